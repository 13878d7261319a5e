"""CNV114: two pools are one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("k1", "s1", "k2", "s2"), [(2, 2, 2, 2), (3, 2, 2, 2), (2, 2, 3, 2), (3, 3, 2, 1)])
def test_two_pools_are_one(k1: int, s1: int, k2: int, s2: int) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    x = torch.randn(4, 8, 41, 41)
    window, stride = k1 + (k2 - 1) * s1, s1 * s2
    two = nn.Sequential(nn.MaxPool2d(k1, s1), nn.MaxPool2d(k2, s2))
    assert torch.equal(two(x), nn.MaxPool2d(window, stride)(x))
    if k1 == s1:
        averages = nn.Sequential(nn.AvgPool2d(k1, s1), nn.AvgPool2d(k2, s2))
        assert torch.allclose(averages(x), nn.AvgPool2d(window, stride)(x), atol=1e-6)
