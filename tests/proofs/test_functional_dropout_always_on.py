"""DRP301: what eval mode does to a dropout function."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_eval_mode_does_not_reach_the_function() -> None:
    import torch
    from torch import nn
    from torch.nn import functional

    class Net(nn.Module):
        def __init__(self, way: str) -> None:
            super().__init__()
            self.drop, self.way = nn.Dropout(0.5), way

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.way == "module":
                return self.drop(x)
            if self.way == "told":
                return functional.dropout(x, 0.5, training=self.training)
            if self.way == "torch.dropout":
                return torch.dropout(x, 0.5, True)  # noqa: FBT003 - as it is written in the wild
            return getattr(functional, self.way)(x, 0.5)

    torch.manual_seed(0)
    x = torch.ones(4, 8, 32, 32)
    for way in ("module", "told"):
        assert torch.equal(Net(way).eval()(x), x)
    for way in ("dropout", "dropout2d", "torch.dropout"):
        assert not torch.equal(Net(way).eval()(x), x), way
    for way in ("alpha_dropout", "feature_alpha_dropout"):  # the other default: these never drop by themselves
        assert torch.equal(Net(way).train()(x), x), way
    share = float((Net("dropout").eval()(x) == 0).float().mean())
    assert 0.45 < share < 0.55


def test_the_same_input_gives_another_prediction_at_every_call() -> None:
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    layer = torch.nn.Linear(20, 3).eval()
    x = torch.randn(4, 20)
    assert not torch.equal(layer(functional.dropout(x)), layer(functional.dropout(x)))
