"""HED210: a target beyond the range of the head."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(
    ("name", "target", "nearest"), [("tanh", 3.0, 1.0), ("sigmoid", 3.0, 1.0), ("sigmoid", -1.0, 0.0)]
)
def test_a_target_outside_the_range_is_out_of_reach(name: str, target: float, nearest: float) -> None:
    import torch

    function = getattr(torch, name)
    scores = torch.linspace(-30, 30, 601, dtype=torch.float64)
    losses = (function(scores) - target) ** 2
    assert float(losses.min()) >= (nearest - target) ** 2 - 1e-9
    x = torch.tensor(30.0 if target > 0 else -30.0, dtype=torch.float64, requires_grad=True)
    ((function(x) - target) ** 2).backward()
    assert x.grad is not None
    assert abs(float(x.grad)) < 1e-9
