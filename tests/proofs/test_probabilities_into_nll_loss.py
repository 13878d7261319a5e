"""HED209: a loss that takes no logarithm itself."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_the_loss_is_negative() -> None:
    """It is minus the probability, and a confident wrong answer gets no gradient."""
    import torch
    from torch.nn import functional

    x = torch.tensor([[0.3, 0.1, -0.2]], dtype=torch.float64)
    loss = functional.nll_loss(torch.softmax(x, 1), torch.tensor([0]))
    assert float(loss) == pytest.approx(-float(torch.softmax(x, 1)[0, 0]))
    assert -1 < float(loss) < 0
    gradients: list[float] = []
    for squash in (torch.softmax, torch.log_softmax):
        wrong = torch.tensor([[-20.0, 20.0, 0.0]], dtype=torch.float64, requires_grad=True)
        functional.nll_loss(squash(wrong, 1), torch.tensor([0])).backward()
        assert wrong.grad is not None
        gradients.append(float(wrong.grad.abs().max()))
    assert gradients[0] < 1e-12
    assert gradients[1] > 0.9


def test_scores_have_no_optimum() -> None:
    import torch
    from torch.nn import functional

    losses = [float(functional.nll_loss(torch.tensor([[score, 0.0]]), torch.tensor([0]))) for score in (1.0, 1e3, 1e6)]
    assert losses == [-1.0, -1e3, -1e6]
