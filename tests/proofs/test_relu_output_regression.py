"""HED211: an output that is off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_a_dead_output_stays_dead() -> None:
    """Two hundred steps of gradient descent do not move it; the same model with softplus learns."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    x, target = torch.randn(64, 5), torch.full((64, 1), 2.0)
    for activation, learns in ((nn.ReLU(), False), (nn.Softplus(), True)):
        linear = nn.Linear(5, 1)
        nn.init.constant_(linear.bias, -10.0)
        model = nn.Sequential(linear, activation)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        before = linear.bias.detach().clone()
        for _ in range(200):
            optimizer.zero_grad()
            ((model(x) - target) ** 2).mean().backward()
            optimizer.step()
        assert bool((linear.bias != before).any()) is learns
