"""INI101: what becomes of units that start alike."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def _trained(first: float | None, second: float | None, activation: str) -> tuple[bool, bool]:
    """Return whether the units of the first layer are still equal after 20 steps, and whether they are still zero."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(8, 6), getattr(nn, activation)(), nn.Linear(6, 5), getattr(nn, activation)(), nn.Linear(5, 3)
    )
    for layer, value in ((model[0], first), (model[2], second)):
        if value is not None and isinstance(layer, nn.Linear):
            nn.init.constant_(layer.weight, value)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    x, target = torch.randn(64, 8), torch.randint(0, 3, (64,))
    for _ in range(20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        optimizer.step()
    weight = model[0].weight
    assert isinstance(weight, torch.Tensor)
    return bool((weight - weight[0]).abs().max() < 1e-6), not bool(weight.any())


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
def test_units_stay_copies_and_zeros_before_relu_stay_zero(activation: str) -> None:
    assert _trained(0.5, 0.5, activation)[0]
    assert _trained(0.0, 0.0, activation)[0]
    assert not _trained(0.5, None, activation)[0]
    assert _trained(0.0, None, activation) == ((True, True) if activation == "ReLU" else (False, False))
