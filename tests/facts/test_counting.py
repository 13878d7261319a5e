"""Numbers of parameters, against the frameworks and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Builder, Edge, Graph, Parameter, Provenance, Unknown
from lintnet.loaders import load
from lintnet.paths.notation import parse_graph

if TYPE_CHECKING:
    from pathlib import Path


def _ask(name: str, graph: Graph, *nodes: int) -> object:
    return compute(name, Facts(graph), nodes, nodes)


def _count(layer: str, shape: str = "x[8, 20]") -> object:
    return _ask("parameter_count", parse_graph(f"{shape} -> {layer} -> y"), 1)


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        ("linear(inp=20, out=10, bias=true)", 210),
        ("linear(inp=20, out=10, bias=false)", 200),
        ("linear(out=10, bias=true)", 210),
        ("conv(inp=6, out=4, kernel=(3, 3), groups=2, bias=true)", 112),
        ("conv_transpose(inp=6, out=4, kernel=(3, 3), groups=1, bias=false)", 216),
        ("embedding(rows=100, out=8)", 800),
        ("batch_norm(out=16, scale=true, shift=true)", 32),
        ("layer_norm(out=16, scale=true, shift=false)", 16),
        ("layer_norm(out=?, scale=false, shift=false)", 0),
        ("group_norm(scale=true, shift=true)", 40),
        ("lstm(inp=20, out=16, layers=1, directions=1, bias=true)", 4 * (20 * 16 + 16 * 16 + 2 * 16)),
        ("gru(inp=20, out=16, layers=3, directions=2, bias=false)", 6 * (20 * 16 + 256) + 2 * 6 * (32 * 16 + 256)),
        ("attention(out=16)", 4 * (256 + 16)),
        ("relu", 0),
        ("max_pool(kernel=2)", 0),
    ],
)
def test_count_of_a_layer(layer: str, count: int) -> None:
    assert _count(layer) == count


@pytest.mark.parametrize(
    "layer",
    [
        "linear(inp=20)",
        "linear(inp=?, out=10)",
        "conv(inp=6, out=4)",
        "conv(inp=6, out=4, kernel=(3, ?))",
        "conv(inp=6, out=4, kernel=(3, 3), groups=?)",
        "embedding(out=8)",
        "lstm(out=?)",
        "attention",
        "unknown",
        f"linear(inp={1 << 40}, out={1 << 40})",
        f"lstm(inp=20, out=16, layers={1 << 60}, directions=2)",
    ],
)
def test_count_that_is_not_known(layer: str) -> None:
    assert isinstance(_count(layer, "x"), Unknown)


def test_the_file_wins_and_statistics_are_not_trained() -> None:
    builder = Builder()
    source = builder.add("input", "x")
    builder.add(
        "batch_norm",
        "norm",
        inputs=(Edge(source),),
        parameters=tuple(Parameter(role, role, (7,)) for role in ("scale", "shift", "mean", "variance")),
    )
    graph = builder.finish(path="", format="onnx", provenance=Provenance("inference", "", "Oi"))
    assert _ask("parameter_count", graph, 1) == 14


def test_share_counts_a_shared_layer_once_and_is_unknown_beside_an_unknown_count() -> None:
    text = "x -> linear(inp=10, out=10, bias=false, layer='a') -> {}linear(inp=10, out=10, bias=false, layer='{}') -> y"
    assert _ask("parameter_share", parse_graph(text.format("", "b")), 1) == 0.5
    assert _ask("parameter_share", parse_graph(text.format("", "a")), 1) == 1
    assert isinstance(_ask("parameter_share", parse_graph(text.format("unknown -> ", "b")), 1), Unknown)
    assert isinstance(_ask("parameter_share", parse_graph("x -> relu -> y"), 1), Unknown)


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("x[8, 16, 5, 4] -> flatten -> linear(inp=320) -> y", 20),
        ("x[8, 16, ?, ?] -> flatten -> linear(inp=320) -> y", 20),
        ("x[8, 16, ?, ?] -> reshape(shape=(-1, 320)) -> linear(inp=320) -> y", 20),
        ("x -> conv(out=16) -> relu -> max_pool -> flatten -> linear(inp=320) -> y", 20),
    ],
)
def test_positions_that_a_flatten_spreads_out(text: str, positions: int) -> None:
    graph = parse_graph(text)
    flat = next(i for i, node in enumerate(graph.nodes) if node.kind in {"flatten", "reshape"})
    assert _ask("flattened_positions", graph, flat, flat + 1) == positions


@pytest.mark.parametrize(
    "text",
    [
        "x[8, 16, ?, ?] -> flatten -> linear(inp=321) -> y",
        "x[8, 16, ?, ?] -> flatten -> linear -> y",
        "x -> flatten -> linear(inp=320) -> y",
        "x -> conv(out=16) -> depth_to_space -> flatten -> linear(inp=320) -> y",
        "x[8, 16, 5, 4] -> reshape(shape=(-1, 16, 20)) -> linear(inp=20) -> y",
        "x[8, 16, 5, 4] -> reshape -> linear(inp=320) -> y",
    ],
)
def test_positions_that_do_not_follow(text: str) -> None:
    graph = parse_graph(text)
    flat = next(i for i, node in enumerate(graph.nodes) if node.kind in {"flatten", "reshape"})
    assert isinstance(_ask("flattened_positions", graph, flat, flat + 1), Unknown)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("parameters=12", True),
        ("parameters=0, kind='linear'", False),
        ("kind='lstm'", True),
        ("kind='relu'", False),
        ("kind='instance_norm'", False),
        ("op='torch.nn.Linear'", True),
        ("op='torch.nn.ReLU'", False),
        ("op='keras.layers.MaxPooling2D'", False),
        ("op='blocks.Attention'", True),
        ("op='Attention', kind='unknown'", True),
    ],
)
def test_which_unused_layers_hold_parameters(layer: str, expected: bool) -> None:
    graph = parse_graph(f"x -> linear -> y\nunused({layer})")
    node = next(i for i, each in enumerate(graph.nodes) if each.kind == "unused")
    assert _ask("holds_parameters", graph, node) is expected


def test_an_unused_layer_of_which_nothing_is_known() -> None:
    graph = parse_graph("x -> linear -> y\nunused(name='a')")
    node = next(i for i, each in enumerate(graph.nodes) if each.kind == "unused")
    assert isinstance(_ask("holds_parameters", graph, node), Unknown)


@pytest.mark.oracle
def test_counts_of_keras_layers(tmp_path: Path) -> None:
    import keras
    from keras import layers

    stack: list[Any] = [
        layers.Conv2D(8, 3, use_bias=False),
        layers.BatchNormalization(),
        layers.SeparableConv2D(12, 3),
        layers.Conv2DTranspose(6, 3),
        layers.DepthwiseConv2D(3, depth_multiplier=2),
        layers.Conv2D(12, 3, groups=2),
        layers.LayerNormalization(),
        layers.Flatten(),
        layers.Dense(20),
        layers.Reshape((4, 5)),
        layers.LSTM(7),
        layers.Dense(3),
    ]
    model = keras.Sequential([layers.Input((24, 24, 3)), *stack])
    model.save(tmp_path / "model.keras")
    (graph,) = load(str(tmp_path / "model.keras"))
    # torch keeps two biases per gate, Keras one: 4 gates of 7 units.
    assert _total(graph) - 4 * 7 == sum(weight.shape.num_elements() for weight in _trainable(model))


def _trainable(model: Any) -> list[Any]:
    return [weight.value for weight in model.trainable_weights]


def _total(graph: Graph) -> int:
    counts = {node.layer: _ask("parameter_count", graph, index) for index, node in enumerate(graph.nodes)}
    assert all(isinstance(count, int) for count in counts.values())
    return sum(count for count in counts.values() if isinstance(count, int))


@pytest.mark.oracle
@pytest.mark.parametrize(("kind", "name"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn", "RNN")])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_counts_of_recurrent_layers_of_torch(kind: str, name: str, layers: int, both: bool, bias: bool) -> None:
    import torch

    module = getattr(torch.nn, name)(20, 16, num_layers=layers, bidirectional=both, bias=bias)
    settings = f"inp=20, out=16, layers={layers}, directions={1 + both}, bias={str(bias).lower()}"
    assert _count(f"{kind}({settings})") == sum(each.numel() for each in module.parameters())


@pytest.mark.oracle
def test_counts_of_torch_layers(tmp_path: Path) -> None:
    import warnings

    import torch
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(4, 8, 3, groups=2),
        nn.BatchNorm2d(8),
        nn.ConvTranspose2d(8, 6, 3),
        nn.Flatten(),
        nn.Linear(6 * 20 * 20, 5, bias=False),
    )
    target = tmp_path / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.randn(2, 4, 20, 20),),
            str(target),
            dynamo=False,
            training=torch.onnx.TrainingMode.TRAINING,
            do_constant_folding=False,
        )
    (graph,) = load(str(target))
    assert _total(graph) == sum(parameter.numel() for parameter in model.parameters())
