"""ATT202: the dropout argument of recurrent modules."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_one_layer_drops_nothing(name: str) -> None:
    import torch

    torch.manual_seed(0)
    x = torch.randn(4, 7, 20)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        single = getattr(torch.nn, name)(20, 16, num_layers=1, dropout=0.5, batch_first=True).train()
    assert any("num_layers greater than 1" in str(each.message) for each in said)
    assert torch.equal(single(x)[0], single(x)[0])
    stacked = getattr(torch.nn, name)(20, 16, num_layers=2, dropout=0.5, batch_first=True).train()
    assert not torch.equal(stacked(x)[0], stacked(x)[0])
