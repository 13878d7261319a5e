"""The loader against the real onnx and torch: no operator unknown, no node lost, every edge where the file has it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.ir import Edge, known
from lintnet.loaders.limits import DEFAULT
from lintnet.loaders.onnx import load
from lintnet.loaders.onnx.meaning import _RULES
from lintnet.loaders.onnx.ops import MEASURES, OPERATORS, SOURCES
from lintnet.loaders.options import LoadOptions
from tests.loaders.onnx_bytes import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.ir import Graph, Node

_ENDS = {"input", "output", "loss", "body_input"}


@pytest.mark.oracle
def test_every_operator_onnx_knows_is_in_the_table() -> None:
    import onnx

    missing = [
        f"{schema.domain}::{schema.name}"
        for schema in onnx.defs.get_all_schemas_with_history()
        if schema.name not in OPERATORS.get(schema.domain, {})
    ]
    assert missing == []


def test_every_rule_of_the_table_is_written_and_used() -> None:
    used = {row.rule for table in OPERATORS.values() for row in table.values() if row.rule}
    assert used == set(_RULES)


@pytest.mark.oracle
def test_data_positions_are_inputs_the_operator_has() -> None:
    import onnx

    for schema in onnx.defs.get_all_schemas_with_history():
        row = OPERATORS[schema.domain][schema.name]
        newest = onnx.defs.get_schema(schema.name, schema.domain) if not schema.deprecated else schema
        if row.data is not None and newest.max_input:
            assert max(row.data) < newest.max_input, schema.name
            assert len(row.roles) <= newest.max_input, schema.name


# Counting: an independent reading of which nodes depend on the data.


class _Expected:
    """What the graph must hold, by the definition: a node is a layer when the data reaches it."""

    def __init__(self, model: Any) -> None:
        self.makers: dict[str, tuple[int, int]] = {}
        self.constants = 0
        self.outside = 0
        self.layers: list[tuple[Any, list[tuple[int, int]]]] = []
        weights = {tensor.name for tensor in model.graph.initializer}
        index = 0
        for value in model.graph.input:
            if value.name not in weights:
                self.makers[value.name] = (index, 0)
                index += 1
        for node in model.graph.node:
            edges = [self.makers[name] for name in node.input if name in self.makers]
            if node.op_type == "Constant":
                self.constants += 1
            elif (
                (not edges and node.op_type not in SOURCES)
                or node.op_type in MEASURES
                or (node.op_type == "CastLike" and node.input[0] not in self.makers)
            ):
                self.outside += 1
            else:
                self.layers.append((node, edges))
                self.makers.update((name, (index, position)) for position, name in enumerate(node.output) if name)
                index += 1


def _compare(result: Graph, model: Any) -> None:
    expected = _Expected(model)
    layers = [node for node in result.nodes if node.kind not in _ENDS]
    assert len(layers) + result.coverage.outside + expected.constants == len(model.graph.node)
    assert result.coverage.outside == expected.outside
    for mine, (theirs, edges) in zip(layers, expected.layers, strict=True):
        assert mine.op.rpartition("::")[2] == theirs.op_type
        got = [(edge.node, edge.output) for edge in mine.inputs]
        row = OPERATORS[theirs.domain].get(theirs.op_type)
        if row is None or row.data is None or len(got) == len(edges):
            assert got == edges
        else:
            # What is left out is a shape, an index or a size, never the data.
            assert got == [expected.makers[name] for position, name in enumerate(theirs.input)
                           if position in row.data and name in expected.makers]  # fmt: skip
    ends = [node.inputs for node in result.nodes if node.kind == "output"]
    assert [[tuple(edge) for edge in edges] for edges in ends] == [
        [expected.makers[value.name]] if value.name in expected.makers else [] for value in model.graph.output
    ]


@pytest.mark.oracle
def test_every_node_of_the_wheels_files_is_a_layer_or_counted_as_outside() -> None:
    import onnx

    unknown: list[str] = []
    for path in sorted(Path(str(onnx.__file__)).parent.rglob("*.onnx")):
        data = path.read_bytes()
        result = read(data)
        _compare(result, onnx.load_from_string(data))
        unknown += [f"{path.parent.name}: {row.op}" for row in result.coverage.not_understood]
    assert unknown == []


# torch exports: the same small network through both exporters, in both modes.


@pytest.fixture(scope="module")
def exports() -> dict[str, bytes]:
    """Export a small network: exporter, mode, optimised or not."""
    import warnings

    import torch
    from torch.nn import functional

    nn: Any = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU6(), nn.Dropout(0.3), nn.MaxPool2d(2)
            )
            self.conv = nn.Conv2d(8, 8, 3, bias=False)
            self.norm = nn.BatchNorm2d(8, momentum=0.2)
            self.head = nn.Linear(8, 4)

        def forward(self, x: Any) -> Any:
            x = self.features(x)
            x = functional.gelu(self.norm(functional.leaky_relu(self.conv(x), 0.2)))
            return torch.softmax(self.head(x.mean((2, 3))), -1)

    x = torch.randn(2, 3, 8, 8)
    made: dict[str, bytes] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for mode in ("train", "eval"):
            for optimised in (True, False):
                net = Net().train(mode == "train")
                program = torch.onnx.export(net, (x,), dynamo=True, optimize=optimised, verbose=False)
                assert program is not None
                made[f"dynamo {mode} {'optimised' if optimised else 'raw'}"] = program.model_proto.SerializeToString()
            for name, kept in (("default", False), ("preserved", True)):
                file: Any = io.BytesIO()
                net = Net().train(mode == "train")
                phase = torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL
                torch.onnx.export(net, (x,), file, dynamo=False, training=phase, do_constant_folding=not kept)
                made[f"legacy {mode} {name}"] = file.getvalue()
    return made


def _by_scope(result: Graph) -> dict[str, Node]:
    return {node.scope: node for node in result.nodes}


@pytest.mark.oracle
def test_exports_lose_no_node(exports: dict[str, bytes]) -> None:
    import onnx

    for name, data in exports.items():
        result = read(data)
        _compare(result, onnx.load_from_string(data))
        assert result.coverage.not_understood == (), name


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["dynamo train raw", "legacy train preserved"])
def test_a_training_export_shows_dropout_and_batch_norm(exports: dict[str, bytes], name: str) -> None:
    result = read(exports[name])
    layers = _by_scope(result)
    assert result.provenance.kind == "training"
    assert (layers["features.3"].kind, layers["features.3"].get("rate")) == ("dropout", 0.3)
    assert layers["features.3"].get("mode") == "training"
    norm = layers["norm"]
    assert (norm.kind, norm.get("mode"), norm.get("momentum"), norm.get("out")) == ("batch_norm", "training", 0.2, 8)
    assert (layers["features.0"].get("bias"), layers["conv"].get("bias")) == (True, False)
    assert (layers["features.2"].kind, layers["features.2"].get("ceiling")) == ("relu", 6.0)
    assert (layers["head"].kind, layers["head"].get("inp"), layers["head"].get("out")) == ("linear", 8, 4)
    assert (layers["leaky_relu#0"].get("slope"), layers["softmax#0"].get("axis")) == (0.2, "channel")


@pytest.mark.oracle
def test_both_exporters_give_the_same_layers(exports: dict[str, bytes]) -> None:
    def outline(name: str) -> Iterator[tuple[object, ...]]:
        for node in read(exports[name]).nodes:
            facts = {key: value for key, value in node.attributes.items() if key != "module_class"}
            # Names of inputs and outputs are the exporter's own.
            scope = "" if node.kind in _ENDS else node.scope
            yield (node.kind, scope, tuple(node.inputs), facts)

    assert list(outline("dynamo train raw")) == list(outline("legacy train preserved"))


@pytest.mark.oracle
def test_an_evaluation_export_says_what_is_gone(exports: dict[str, bytes]) -> None:
    for name in ("dynamo eval optimised", "dynamo eval raw", "legacy eval default"):
        result = read(exports[name])
        assert result.provenance.front_end == "Oi", name
        assert not any(node.kind == "dropout" for node in result.nodes), name
    folded = read(exports["dynamo eval optimised"]).provenance
    assert folded.kind == "folded"
    assert "1 node" in folded.reason


@pytest.mark.oracle
def test_locations_come_from_the_users_own_frame(exports: dict[str, bytes]) -> None:
    result = read(exports["dynamo train raw"])
    location = _by_scope(result)["conv"].location
    assert location is not None
    assert location.path.endswith("test_onnx_oracle.py")
    assert "self.conv(x)" in location.text
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert source[location.line - 1].strip() == location.text


@pytest.mark.oracle
def test_a_file_is_read_from_wherever_it_stands(exports: dict[str, bytes]) -> None:
    file = io.BytesIO(exports["legacy eval default"])
    file.seek(77)
    (result,) = load(file, "somewhere.onnx", LoadOptions(), DEFAULT)
    assert result.path == "somewhere.onnx"
    assert result.format == "onnx"


@pytest.mark.oracle
def test_functional_dropout_left_on_is_found_live_in_an_inference_file() -> None:
    import warnings

    import torch
    from torch.nn import functional

    nn: Any = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)
            self.norm = nn.BatchNorm2d(8)

        def forward(self, x: Any) -> Any:
            return functional.dropout(self.norm(self.conv(x)), 0.25)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(Net().eval(), (torch.randn(2, 3, 8, 8),), dynamo=True, verbose=False)
    assert program is not None
    result = read(program.model_proto.SerializeToString())
    (dropout,) = [node for node in result.nodes if node.kind == "dropout"]
    assert (dropout.get("rate"), dropout.get("mode")) == (0.25, "training")
    assert result.provenance.front_end == "Oi"
    assert "left live" in result.provenance.reason


@pytest.mark.oracle
def test_recurrent_and_attention_layers_of_torch() -> None:
    import warnings

    import torch

    nn: Any = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(50, 16)
            self.rnn = nn.LSTM(16, 12, batch_first=True, bidirectional=True)
            self.layer = nn.TransformerEncoderLayer(24, 4, 32, batch_first=True)
            self.head = nn.Linear(24, 50)

        def forward(self, x: Any) -> Any:
            return self.head(self.layer(self.rnn(self.words(x))[0]))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file: Any = io.BytesIO()
        x = torch.zeros(2, 9, dtype=torch.int64)
        torch.onnx.export(Net().train(), (x,), file, dynamo=False, training=torch.onnx.TrainingMode.TRAINING,
                          do_constant_folding=False)  # fmt: skip
    result = read(file.getvalue())
    assert result.coverage.not_understood == ()
    layers = {node.kind: node for node in result.nodes}
    assert (layers["embedding"].get("rows"), layers["embedding"].get("out")) == (50, 16)
    lstm = layers["lstm"]
    assert (lstm.get("inp"), lstm.get("out"), lstm.get("directions"), lstm.get("sequence")) == (16, 12, 2, True)
    assert lstm.get("bias") is True
    assert known(layers["layer_norm"].get("epsilon"))
    assert layers["layer_norm"].get("out") == 24
    for node in result.nodes:
        assert all(edge.node < index for index, each in enumerate(result.nodes) if each is node for edge in each.inputs)
    assert all(isinstance(edge, Edge) for node in result.nodes for edge in node.inputs)
