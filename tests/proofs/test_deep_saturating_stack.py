"""ACT103: what is left of a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.facts.stacks import tanh_gradient

if TYPE_CHECKING:
    from torch import nn

pytestmark = pytest.mark.oracle


def _share(model: nn.Sequential, width: int) -> float:
    """Return the norm of the gradient at the input over that of the bare weights' product, averaged over inputs."""
    import torch

    ratios: list[float] = []
    for _ in range(20):
        x = torch.randn(1, width, requires_grad=True)
        probe = torch.randn(1, width)
        (gradient,) = torch.autograd.grad(model(x), x, probe)
        ratios.append(float((gradient.norm() / probe.norm()) ** 2))
    return float(sum(ratios) / len(ratios)) ** 0.5


@pytest.mark.parametrize("layers", [3, 5])
def test_the_gradient_shrinks_as_printed(layers: int) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    width = 300

    def stack(activation: type[nn.Module]) -> nn.Sequential:
        blocks: list[nn.Module] = []
        for _ in range(layers):
            weight = nn.Linear(width, width, bias=False)
            nn.init.orthogonal_(weight.weight)  # keeps the length of every gradient, so only activations shrink it
            blocks += [weight, activation()]
        return nn.Sequential(*blocks)

    assert _share(stack(nn.Sigmoid), width) <= 0.25**layers
    glorot = stack(nn.Tanh)
    for module in glorot:
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
    assert _share(glorot, width) == pytest.approx(tanh_gradient(layers), rel=0.08)
    assert _share(stack(nn.ReLU), width) > 3 * 0.25**layers
