"""DRP104: the mean of a maximum over values that dropout deletes and scales."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_training_mean_exceeds_the_test_value_up_to_the_bound(rate: float) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    pool, bound = nn.MaxPool2d(2), (1 - rate**4) / (1 - rate)
    drop, channels = nn.Dropout(rate).train(), nn.Dropout2d(rate).train()

    def ratio(x: torch.Tensor, *layers: nn.Module) -> float:
        return float(nn.Sequential(*layers)(x).mean() / pool(x).mean())

    rectified = torch.relu(torch.randn(200, 16, 32, 32))
    equal = torch.ones(200, 16, 32, 32)
    assert 1.05 < ratio(rectified, drop, pool) < bound
    assert ratio(equal, drop, pool) == pytest.approx(bound, rel=0.01)
    for x in (rectified, equal):
        assert ratio(x, pool, drop) == pytest.approx(1, abs=0.01)
        assert ratio(x, channels, pool) == pytest.approx(1, abs=0.04)
        average = nn.AvgPool2d(2)
        assert float(average(drop(x)).mean() / average(x).mean()) == pytest.approx(1, abs=0.01)
