"""NRM306: an epsilon that was meant as a momentum."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_the_second_argument_shrinks_the_output() -> None:
    import torch

    torch.manual_seed(0)
    norm = torch.nn.BatchNorm1d(16, 0.8).train()
    assert (norm.eps, norm.momentum) == (0.8, 0.1)
    result = norm(torch.randn(4096, 16))
    assert float(result.detach().std()) == pytest.approx((1 / 1.8) ** 0.5, rel=0.02)
