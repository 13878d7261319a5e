"""DRP201: a drop rate of one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_rate_one_gives_zeros_and_no_gradient() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    for layer in (nn.Dropout(1.0), nn.Dropout2d(1.0)):
        x = torch.randn(4, 8, 5, 5, requires_grad=True)
        result = layer.train()(x)
        assert torch.equal(result, torch.zeros_like(x))
        (gradient,) = torch.autograd.grad(result.sum(), x)
        assert torch.equal(gradient, torch.zeros_like(x))


def test_the_argument_is_the_share_that_is_dropped() -> None:
    import keras
    import torch

    torch.manual_seed(0)
    ones = torch.ones(100, 100)
    assert float((torch.nn.Dropout(0.9).train()(ones) == 0).float().mean()) == pytest.approx(0.9, abs=0.02)
    dropped = keras.ops.convert_to_numpy(keras.layers.Dropout(0.9, seed=1)(keras.ops.ones((100, 100)), training=True))
    assert float((dropped == 0).mean()) == pytest.approx(0.9, abs=0.02)
