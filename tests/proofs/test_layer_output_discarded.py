"""SHP113: a call without an assignment."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_a_call_does_not_change_its_input() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    x = torch.randn(64, 20)
    before = x.clone()
    for layer in (nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 20), nn.LayerNorm(20), nn.Softmax(1), nn.Flatten()):
        layer.train()(x)
        assert torch.equal(x, before), layer
    nn.ReLU(inplace=True)(x)
    assert not torch.equal(x, before)


def test_a_discarded_batch_norm_still_moves_its_statistics() -> None:
    import torch

    norm = torch.nn.BatchNorm1d(20).train()
    norm(torch.ones(64, 20))
    assert norm.running_mean is not None
    assert float(norm.running_mean.mean()) == pytest.approx(0.1)
