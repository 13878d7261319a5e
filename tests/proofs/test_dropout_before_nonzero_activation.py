"""DRP106: what a function makes of a dropped value."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_no_unit_is_zero_behind_the_activation() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    x, drop = torch.randn(64, 128), nn.Dropout(0.5).train()
    functions = {
        "sigmoid": (torch.sigmoid, 0.5),
        "hard_sigmoid": (nn.functional.hardsigmoid, 0.5),
        "softplus": (nn.functional.softplus, 0.693),
        "exp": (torch.exp, 1.0),
    }
    for name, (function, at_zero) in functions.items():
        dropped = drop(x)
        result = function(dropped)
        assert torch.allclose(result[dropped == 0], torch.tensor(at_zero), atol=1e-3), name
        share = float((drop(function(x)) == 0).float().mean())
        assert 0.45 < share < 0.55, name
    shares = torch.softmax(drop(x), 1)
    assert float(shares.min()) > 0
    # The scaling of what stays is bent, so that the means of training and test differ.
    mean = torch.stack([torch.sigmoid(drop(x + 2)) for _ in range(200)]).mean()
    assert abs(float(mean - torch.sigmoid(x + 2).mean())) > 0.05


def test_functions_with_a_zero_at_zero_do_remove_the_unit() -> None:
    import torch
    from torch import nn

    zero = torch.zeros(1)
    for function in (nn.ReLU(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.SELU(), nn.Mish()):
        assert float(function(zero)) == 0
