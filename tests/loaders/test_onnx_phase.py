"""How real exports tell their phase, and what the exporters' habits must not make of them."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.engine import check_graph
from lintnet.lifting import lift
from lintnet.loaders import LoadOptions, load_file
from lintnet.rulebook.book import load_rules

if TYPE_CHECKING:
    from torch import nn

    from lintnet.ir import Graph

pytestmark = pytest.mark.oracle


def _export(module: nn.Module, *shape: int, train: bool, dynamo: bool = False) -> bytes:
    import torch

    module.train(train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            program = torch.onnx.export(module, (torch.randn(*shape),), dynamo=True, verbose=False)
            assert program is not None
            return program.model_proto.SerializeToString()
        buffer: Any = io.BytesIO()
        mode = torch.onnx.TrainingMode.TRAINING if train else torch.onnx.TrainingMode.EVAL
        torch.onnx.export(
            module, (torch.randn(*shape),), buffer, dynamo=False, training=mode, do_constant_folding=not train
        )
        return buffer.getvalue()


def _graph(data: bytes, phase: str = "") -> Graph:
    (graph,) = load_file(io.BytesIO(data), "m.onnx", LoadOptions(phase=phase))
    return lift(graph)


def _rules(graph: Graph) -> dict[str, str]:
    return {each.rule: each.severity.name for each in check_graph(graph, load_rules().rules).findings}


def _leaky() -> nn.Module:
    import torch
    from torch import nn
    from torch.nn import functional

    class Leaky(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm, self.head = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(functional.dropout(functional.relu(self.norm(self.conv(x))).mean((2, 3)), 0.5))

    return Leaky()


@pytest.mark.parametrize("dynamo", [False, True])
def test_a_dropout_that_eval_cannot_switch_off_is_an_error_from_either_exporter(dynamo: bool) -> None:
    graph = _graph(_export(_leaky(), 2, 3, 8, 8, train=False, dynamo=dynamo))
    assert graph.provenance.kind == "folded"
    assert _rules(graph) == {"exported-in-training-mode": "error"}


def test_attention_without_its_flag_does_not_hide_a_training_graph() -> None:
    from torch import nn

    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
    graph = _graph(_export(encoder, 2, 5, 16, train=True))
    assert graph.provenance.kind == "training"
    assert _rules(graph).get("exported-in-training-mode") == "info"


def test_batch_norm_over_steps_does_not_cancel_the_bias_over_features() -> None:
    from torch import nn

    steps = nn.Sequential(nn.Linear(20, 7), nn.BatchNorm1d(7), nn.ReLU())
    features = nn.Sequential(nn.Linear(20, 7), nn.ReLU())
    assert "bias-before-batch-norm" not in _rules(_graph(_export(steps, 4, 7, 20, train=True)))
    assert "bias-before-batch-norm" in _rules(_graph(_export(steps, 4, 20, train=True)))
    assert not _rules(_graph(_export(features, 4, 20, train=True)))


def test_a_stated_phase_settles_what_is_open_and_not_what_is_folded() -> None:
    data = _export(_leaky(), 2, 3, 8, 8, train=False)
    assert _graph(data, "training").provenance.kind == "folded"
    assert "exported-in-training-mode" not in _rules(_graph(data, "training"))
    train = _export(_leaky(), 2, 3, 8, 8, train=True)
    assert _rules(_graph(train, "inference")) == {"exported-in-training-mode": "error"}
