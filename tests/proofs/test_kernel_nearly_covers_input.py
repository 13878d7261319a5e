"""CNV115: a size that was written as a product."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_a_written_product_is_one_kernel_size() -> None:
    import torch
    from torch import nn

    product, pair = nn.Conv2d(3, 8, 5 * 5), nn.Conv2d(3, 8, (5, 5))
    assert product.kernel_size == (25, 25)
    assert product.weight.numel() == 25 * pair.weight.numel()
    x = torch.randn(2, 3, 28, 28)
    assert product(x).shape[2:] == (4, 4)
    assert pair(x).shape[2:] == (24, 24)
