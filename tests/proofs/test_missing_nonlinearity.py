"""Two linear maps are one linear map: executed with torch."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_two_linear_layers_are_one() -> None:
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(0)
    x = torch.randn(32, 20, dtype=torch.float64)
    first, second = nn.Linear(20, 7).double(), nn.Linear(7, 12).double()
    merged = second.weight @ first.weight
    bias = second.weight @ first.bias + second.bias
    assert torch.allclose(second(first(x)), functional.linear(x, merged, bias))
    assert int(torch.linalg.matrix_rank(merged)) == 7

    image = torch.randn(2, 3, 12, 12, dtype=torch.float64)
    inner, outer = nn.Conv2d(3, 5, 3, bias=False).double(), nn.Conv2d(5, 4, 3, bias=False).double()
    # The kernel of the composition is the full convolution of the kernels: one 5 x 5 convolution.
    kernel = functional.conv2d(inner.weight.permute(1, 0, 2, 3), outer.weight.flip(2, 3), padding=2).permute(1, 0, 2, 3)
    assert torch.allclose(outer(inner(image)), functional.conv2d(image, kernel))


def test_with_an_activation_between_they_are_not() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    a, b = torch.randn(16, 4), torch.randn(16, 4)
    zero = net(torch.zeros(1, 4))
    assert not torch.allclose(net(a + b) - zero, (net(a) - zero) + (net(b) - zero), atol=1e-3)
