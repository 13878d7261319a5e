"""DRP107: dropout and an activation in either order, with the same mask."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_order_changes_nothing_for_rectifiers_only() -> None:
    import torch
    from torch import nn

    x = torch.randn(64, 32, generator=torch.Generator().manual_seed(0)) * 5

    def both(function: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
        drop = nn.Dropout(0.5).train()
        torch.manual_seed(1)
        before = function(drop(x))
        torch.manual_seed(1)
        return before, drop(function(x))

    for function in (nn.ReLU(), nn.LeakyReLU(0.1), nn.PReLU()):
        before, behind = both(function)
        assert torch.equal(before, behind), function
    for function in (nn.ReLU6(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.SELU()):
        before, behind = both(function)
        assert not torch.allclose(before, behind), function
