"""DRP203: two dropouts in a row."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_two_in_a_row_are_one_of_the_printed_rate() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    first, second = 0.5, 0.4
    rate = 1 - (1 - first) * (1 - second)
    x = torch.rand(1000, 1000) + 1
    for between in (nn.Identity(), nn.ReLU(), nn.LeakyReLU(0.1)):
        both = nn.Sequential(nn.Dropout(first), between, nn.Dropout(second)).train()(x)
        kept = both != 0
        assert float(kept.float().mean()) == pytest.approx(1 - rate, abs=0.005)
        assert torch.allclose(both[kept], (between(x) / (1 - rate))[kept])
