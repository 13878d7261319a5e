"""HED212: the slope of softmax in the gradient of the loss."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_a_confident_wrong_answer_has_no_gradient() -> None:
    import torch
    from torch.nn import functional

    target = torch.tensor([[1.0, 0.0]], dtype=torch.float64)

    def gradient(loss: str, score: float) -> float:
        x = torch.tensor([[-score, score]], dtype=torch.float64, requires_grad=True)
        p = torch.softmax(x, 1)
        losses = {
            "squared": ((p - target) ** 2).sum(),
            "absolute": (p - target).abs().sum(),
            "cross-entropy": functional.cross_entropy(x, torch.tensor([0])),
        }
        losses[loss].backward()
        assert x.grad is not None
        return float(x.grad.abs().max())

    for loss, factor in (("squared", 4.0), ("absolute", 2.0)):
        assert gradient(loss, 12.0) < 1e-8
        right = float(torch.softmax(torch.tensor([-1.0, 1.0]).double(), 0)[0])
        error = 1 - right if loss == "squared" else 1.0
        assert gradient(loss, 1.0) == pytest.approx(factor * error * right * (1 - right))
    assert gradient("cross-entropy", 12.0) > 0.99
