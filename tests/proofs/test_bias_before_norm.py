"""NRM101: which norms cancel a bias."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_bias_gradient_vanishes_under_batch_and_instance_norm_only() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    x = torch.randn(16, 3, 12, 12, dtype=torch.float64)
    target = torch.randn(16, 8, 10, 10, dtype=torch.float64)
    norms = {
        "batch": nn.BatchNorm2d(8),
        "instance": nn.InstanceNorm2d(8, affine=True),
        "group, one channel each": nn.GroupNorm(8, 8),
        "group, four channels each": nn.GroupNorm(2, 8),
        "layer": nn.LayerNorm([8, 10, 10]),
    }
    gradients: dict[str, float] = {}
    for name, norm in norms.items():
        conv = nn.Conv2d(3, 8, 3)
        model = nn.Sequential(conv, norm, nn.ReLU()).double()
        ((model(x) - target) ** 2).sum().backward()
        assert conv.bias is not None
        assert conv.bias.grad is not None
        gradients[name] = float(conv.bias.grad.abs().max())
    for name in ("batch", "instance", "group, one channel each"):
        assert gradients[name] < 1e-9, name
    for name in ("group, four channels each", "layer"):
        assert gradients[name] > 1, name


def test_a_frozen_batch_norm_keeps_the_bias() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    conv = nn.Conv2d(3, 8, 3)
    model = nn.Sequential(conv, nn.BatchNorm2d(8).eval())
    model(torch.randn(4, 3, 8, 8)).square().sum().backward()
    assert conv.bias is not None
    assert conv.bias.grad is not None
    assert float(conv.bias.grad.abs().max()) > 1e-2
