"""HED104: what a softmax leaves for the next layer."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_one_dimension_is_lost_and_values_shrink_with_width() -> None:
    import torch

    torch.manual_seed(0)
    for width in (4, 64):
        squashed = torch.softmax(torch.randn(1000, width, dtype=torch.float64), 1)
        assert torch.allclose(squashed.mean(), torch.tensor(1 / width, dtype=torch.float64))
        spread = torch.linalg.svdvals(squashed - squashed.mean(0))
        assert float(spread[-1]) < 1e-10 < float(spread[-2])
    # The units sum to one, so a bias behind them says nothing that the weights could not say.
    weight, bias = torch.randn(3, 4, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
    x = torch.softmax(torch.randn(5, 4, dtype=torch.float64), 1)
    assert torch.allclose(x @ weight.T + bias, x @ (weight + bias[:, None]).T)
