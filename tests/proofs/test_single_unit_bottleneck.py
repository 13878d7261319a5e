"""RES108: everything behind one number."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_everything_behind_one_unit_lies_on_a_curve() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    first = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 1))
    rest = nn.Sequential(nn.Tanh(), nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 10))
    x = torch.randn(20)
    derivative = torch.autograd.functional.jacobian(lambda v: rest(first(v)), x)
    assert torch.linalg.matrix_rank(derivative) == 1
    # Steps along the input that leave the one number alone leave the output alone, however far they go.
    gradient = torch.autograd.functional.jacobian(first, x).squeeze()
    step = torch.randn(20)
    step -= (step @ gradient) / (gradient @ gradient) * gradient
    moved = x + 1e-3 * step
    assert torch.allclose(first(moved), first(x), atol=1e-6)
    assert torch.allclose(rest(first(moved)), rest(first(x)), atol=1e-6)
