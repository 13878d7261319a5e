"""HED105: what an activation takes from scores."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_clipped_scores_tie_and_get_no_gradient() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    logits = torch.tensor([[2.0, -1.0, -5.0]])
    probabilities = torch.softmax(torch.relu(logits), 1)
    assert float(probabilities[0, 1]) == float(probabilities[0, 2])
    layer = nn.Linear(20, 10)
    assert 0.4 < float((torch.relu(layer(torch.randn(1000, 20))) == 0).float().mean()) < 0.6

    with torch.no_grad():
        layer.bias[3] = -100.0
    target = torch.full((64,), 3)
    nn.functional.cross_entropy(torch.relu(layer(torch.randn(64, 20))), target).backward()
    gradient = layer.weight.grad
    assert gradient is not None
    assert torch.equal(gradient[3], torch.zeros(20))  # although every sample is of this class
    assert float(gradient[0].abs().sum()) > 0

    assert float(torch.sigmoid(torch.relu(torch.randn(1000) * 10)).min()) == 0.5
    lost = nn.functional.binary_cross_entropy_with_logits(torch.relu(torch.randn(1000) * 10 - 100), torch.zeros(1000))
    assert float(lost) == pytest.approx(0.693, abs=0.001)
