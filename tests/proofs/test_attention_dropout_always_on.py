"""DRP302: attention that is told nothing of the mode of the model."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_eval_mode_does_not_reach_the_function() -> None:
    import torch
    from torch import nn

    model = nn.Identity()  # stands for the module that calls the function; only its mode is used

    def attend(x: torch.Tensor, *, told: bool) -> torch.Tensor:
        rate = 0.5 if model.training or not told else 0.0
        return nn.functional.scaled_dot_product_attention(x, x, x, dropout_p=rate)

    torch.manual_seed(0)
    x = torch.randn(4, 2, 16, 8)
    for told in (False, True):
        model.eval()
        assert torch.equal(attend(x, told=told), attend(x, told=told)) is told
        model.train()
        assert not torch.equal(attend(x, told=told), attend(x, told=told))
