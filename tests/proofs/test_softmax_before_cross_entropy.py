"""HED201: softmax in front of a loss that applies it."""

from __future__ import annotations

import math

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("classes", "floor"), [(2, 0.313), (10, 1.461), (100, 3.622), (1000, 5.909)])
def test_the_loss_has_a_floor_above_zero(classes: int, floor: float) -> None:
    """The best answer costs the floor, any other more, and the worst one has no gradient."""
    import torch
    from torch.nn import functional

    assert math.log(math.e + classes - 1) - 1 == pytest.approx(floor, abs=5e-4)
    right = torch.zeros(1, dtype=torch.long)
    best = torch.full((1, classes), -100.0, dtype=torch.float64)
    best[0, 0] = 100.0
    assert float(functional.cross_entropy(torch.softmax(best, 1), right)) == pytest.approx(floor, abs=5e-4)
    torch.manual_seed(0)
    others = torch.randn(256, classes, dtype=torch.float64) * 5
    losses = functional.cross_entropy(torch.softmax(others, 1), right.expand(256), reduction="none")
    assert float(losses.min()) > floor - 5e-4

    scores = torch.zeros(1, classes, dtype=torch.float64)
    scores[0, -1] = 20.0
    gradients: list[float] = []
    for squash in (True, False):
        x = scores.clone().requires_grad_()
        functional.cross_entropy(torch.softmax(x, 1) if squash else x, right).backward()
        assert x.grad is not None
        gradients.append(float(x.grad.abs().max()))
    assert gradients[0] < 1e-6
    assert gradients[1] > 0.9


def test_log_softmax_changes_nothing() -> None:
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    target = torch.randint(0, 10, (64,))
    x = torch.randn(64, 10, dtype=torch.float64, requires_grad=True)
    once = functional.cross_entropy(x, target)
    twice = functional.cross_entropy(functional.log_softmax(x, 1), target)
    assert float((once - twice).detach().abs()) < 1e-12
    (first,) = torch.autograd.grad(once, x)
    (second,) = torch.autograd.grad(twice, x)
    assert float((first - second).abs().max()) < 1e-12
