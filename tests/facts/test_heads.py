"""Facts about the end of a model and its loss."""

from __future__ import annotations

import math

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Builder, Edge, Provenance, Tensor, Unknown
from lintnet.paths.notation import parse_graph

CROSS_ENTROPY = "loss(family='cross_entropy', from_logits=true, op='torch.nn.CrossEntropyLoss')"


def fact(name: str, text: str, kind: str = "loss", front_end: str = "S") -> object:
    """Compute a fact of the last node of a kind."""
    graph = parse_graph(text, provenance="source", front_end=front_end)
    node = max(index for index, each in enumerate(graph.nodes) if each.kind == kind)
    return compute(name, Facts(graph), (node,), (node,))


@pytest.mark.parametrize(
    ("op", "front_end", "framework"),
    [
        ("torch.nn.CrossEntropyLoss", "S", "torch"),
        ("torchvision.ops.sigmoid_focal_loss", "S", "torch"),
        ("keras.losses.MeanSquaredError", "S", "keras"),
        ("tensorflow.nn.softmax_cross_entropy_with_logits", "S", "keras"),
        ("torch.nn.CrossEntropyLoss", "K", "torch"),
        ("loss", "K", "keras"),
        ("loss", "T", "torch"),
        ("loss", "S", "keras"),
        ("loss", "Ot", None),
        ("torchlike", "S", None),
        ("optax.softmax_cross_entropy", "S", None),
    ],
)
def test_loss_framework(op: str, front_end: str, framework: str | None) -> None:
    found = fact("loss_framework", f"x -> y -> loss(op='{op}')", front_end=front_end)
    assert found == framework if framework else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("text", "torch", "keras"),
    [
        ("x[8, 20] -> linear(out=10)", 10, 10),
        ("x[8, 5, 20; 2] -> linear(out=10)", 5, 10),
        ("x[8, ?, 20; 2] -> linear(out=10)", None, 10),
        ("x[8, ?, 20; 2] -> linear(out=10) -> transpose(permutation=(0, 2, 1))", 10, None),
        ("x[8, 3, 32, 32] -> conv(out=21)", 21, None),
        ("x[8, 32, 32, 3; 3] -> conv(out=21)", None, 21),
        ("x -> linear(out=10)", 10, 10),
        ("x -> linear(out=10) -> sigmoid -> dropout(rate=0.1)", 10, 10),
        ("x -> conv(out=10)", None, None),
        ("x -> linear(out=10) -> squeeze", None, None),
        ("x -> linear(out=10) -> reshape", None, None),
        ("x -> linear(out=10) -> glu", None, None),
        ("x -> linear", None, None),
        ("x[8] -> identity", None, None),
        ("x[8, 20] -> linear(out=10) -> unknown", None, None),
    ],
)
def test_loss_classes_lie_on_the_axis_of_the_framework(text: str, torch: int | None, keras: int | None) -> None:
    for op, classes in (("torch.nn.CrossEntropyLoss", torch), ("keras.losses.CategoricalCrossentropy", keras)):
        found = fact("loss_classes", f"{text} -> y -> loss(op='{op}')")
        assert found == classes if classes else isinstance(found, Unknown), op


def test_a_loss_that_is_stated_for_a_torch_model_is_one_of_torch() -> None:
    assert fact("loss_framework", "x -> linear(op='torch.nn.Linear') -> y -> loss") == "torch"


def test_classes_of_a_loss_of_unknown_framework_are_known_only_without_other_axes() -> None:
    loss = "loss(op='optax.softmax_cross_entropy')"
    assert fact("loss_classes", f"x[8, 20] -> linear(out=10) -> y -> {loss}") == 10
    assert isinstance(fact("loss_classes", f"x[8, 5, 20; 2] -> linear(out=10) -> y -> {loss}"), Unknown)


@pytest.mark.parametrize(("channel", "op", "classes"), [(1, "torch", 21), (-1, "keras", 21), (-1, "torch", None)])
def test_a_convolution_of_unknown_rank_has_classes_where_its_channels_are(
    channel: int, op: str, classes: int | None
) -> None:
    builder = Builder()
    x = builder.add("input", "x")
    tensor = (Tensor(channel=channel),)
    conv = builder.add("conv", "conv", inputs=[Edge(x)], attributes={"out": 21}, outputs=tensor)
    y = builder.add("output", "y", inputs=[Edge(conv)], outputs=tensor)
    loss = builder.add("loss", "loss", op=f"{op}.loss", inputs=[Edge(y)])
    graph = builder.finish(path="", format="source", provenance=Provenance("source", "", "S"))
    found = compute("loss_classes", Facts(graph), (loss,), (loss,))
    assert found == classes if classes else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("loss", "least"),
    [
        (CROSS_ENTROPY, round(math.log(math.e + 9) - 1, 3)),
        ("loss(family='binary_cross_entropy', from_logits=true)", (0.313, 0.693)),
        ("loss(family='cross_entropy', from_logits=false, op='keras.losses')", None),
        ("loss(family='cross_entropy', op='keras.losses')", None),
        ("loss(family='hinge', from_logits=true)", None),
        ("loss(family='binary_cross_entropy', from_logits=true, op='torchvision.ops.sigmoid_focal_loss')", None),
        ("loss(family='binary_cross_entropy', from_logits=true, op='keras.losses.BinaryFocalCrossentropy')", None),
    ],
)
def test_least_loss(loss: str, least: object) -> None:
    found = fact("least_loss", f"x -> linear(out=10) -> y -> {loss}")
    assert found == least if least else isinstance(found, Unknown)


def test_least_loss_needs_the_number_of_classes() -> None:
    assert isinstance(fact("least_loss", f"x -> linear -> y -> {CROSS_ENTROPY}"), Unknown)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("loss(family='squared_error')", True),
        ("loss(family='absolute_error')", True),
        ("loss(family='other', op='torch.nn.functional.smooth_l1_loss')", True),
        ("loss(family='other', op='torch.nn.HuberLoss')", True),
        ("loss(family='other', op='keras.losses.LogCosh')", True),
        ("loss(family='other', op='torch.nn.PoissonNLLLoss')", False),
        ("loss(family='cross_entropy')", False),
        ("loss(family='other')", None),
        ("loss", None),
    ],
)
def test_regression_loss(loss: str, expected: bool | None) -> None:
    found = fact("regression_loss", f"x -> y -> {loss}")
    assert found is expected if expected is not None else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("text", "kind", "width"),
    [
        ("x -> linear(out=10) -> softmax(extent=7) -> y", "softmax", 7),
        ("x[8, 20] -> linear(out=10) -> softmax -> y", "softmax", 10),
        ("x -> linear(out=10) -> softmax(axis=?) -> y", "softmax", 10),
        ("x -> linear(out=10) -> softmax(axis='spatial', extent=7) -> y", "softmax", None),
        ("x -> linear(out=10) -> batch_norm -> softmax(axis=?) -> y", "softmax", None),
        ("x[8, 3, 8, 8] -> conv(out=4) -> tanh -> y", "tanh", 4),
        ("x -> linear(out=4) -> tanh -> y", "tanh", 4),
        ("x -> tanh -> y", "tanh", None),
    ],
)
def test_head_width(text: str, kind: str, width: int | None) -> None:
    found = fact("head_width", text, kind)
    assert found == width if width else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("activation", "range_", "leaves"),
    [
        ("sigmoid", "(0, 1)", False),
        ("hard_sigmoid", "[0, 1]", False),
        ("tanh", "(-1, 1)", True),
        ("relu", "[0, ∞)", True),
        ("relu(ceiling=6)", "[0, 6]", True),
        ("relu(ceiling=1)", "[0, 1]", False),
        ("relu(ceiling=?)", None, None),
        ("elu(slope=0.5)", "(-0.5, ∞)", True),
        ("elu(slope=?)", None, None),
        ("leaky_relu", "(-∞, ∞)", True),
        ("hard_tanh(low=0, high=1)", "[0, 1]", False),
        ("hard_tanh(low=-1, high=1)", "[-1, 1]", True),
        ("hard_tanh", None, None),
        ("maxout", None, None),
        ("log_softmax", None, None),
    ],
)
def test_head_range(activation: str, range_: str | None, leaves: bool | None) -> None:
    text, kind = f"x -> {activation} -> y", activation.partition("(")[0]
    found, outside = fact("head_range", text, kind), fact("leaves_unit_interval", text, kind)
    assert found == range_ if range_ else isinstance(found, Unknown)
    assert outside is leaves if leaves is not None else isinstance(outside, Unknown)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "kind",
    ["selu", "gelu", "silu", "mish", "hard_swish", "elu", "celu", "softsign", "softplus", "tanh", "hard_sigmoid"],
)
def test_the_range_is_that_of_the_function(kind: str) -> None:
    import torch
    from torch.nn import functional

    name = {"hard_swish": "hardswish", "hard_sigmoid": "hardsigmoid"}.get(kind, kind)
    function = getattr(functional, name, None) or getattr(torch, name)
    values = function(torch.linspace(-60, 60, 240_001, dtype=torch.float64))
    text = f"x -> {kind}{'(slope=1)' if kind in {'elu', 'celu'} else ''} -> y"
    found = fact("head_range", text, kind)
    assert isinstance(found, str)
    low, high = (float(end.replace("∞", "inf")) for end in found[1:-1].split(", "))
    assert float(values.min()) == pytest.approx(low, abs=2e-2 if kind == "softsign" else 1e-3)
    assert float(values.max()) == pytest.approx(high, abs=2e-2) if high < math.inf else float(values.max()) > 59


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("x[8, 13] -> linear(out=1) -> sigmoid", "values"),
        ("x -> linear(inp=13, out=64) -> relu -> linear(out=1) -> tanh", "values"),
        ("x -> conv(inp=3, kernel=(3, 3)) -> global_average_pool -> flatten -> linear(out=5) -> sigmoid", "values"),
        ("x -> conv(inp=3, kernel=(3, 3)) -> flatten -> linear(out=5) -> sigmoid", "values"),
        ("x -> embedding(out=8) -> lstm -> linear(out=1) -> sigmoid", "values"),
        ("x[8, 3, 64, 64] -> conv(out=1) -> batch_norm -> sigmoid", "a map"),
        ("x -> conv -> sigmoid -> reshape", "a map"),
        ("x[8, 2, 9, 9; 3] -> linear(out=1) -> sigmoid", "a map"),
        ("x[8, 100] -> linear -> conv_transpose -> relu -> flatten -> linear -> tanh", "an image"),
        ("x[8, 784] -> linear(out=32) -> linear(out=784) -> sigmoid", "a reconstruction"),
        ("x[8, 28, 28; 2] -> flatten -> linear(out=32) -> linear(out=784) -> sigmoid", "a reconstruction"),
        ("x -> flatten -> linear(inp=784, out=32) -> linear(out=784) -> sigmoid", "a reconstruction"),
        ("x[8, 24, 1; 2] -> lstm(out=9, directions=1, sequence=false) -> linear(out=1) -> tanh", "a reconstruction"),
        ("x -> conv(inp=3, kernel=(3, 3)) -> flatten -> linear(out=3072) -> sigmoid", None),
        ("x -> linear(out=64) -> relu -> linear(out=1) -> tanh", None),
        ("x[8, 13] -> linear -> sigmoid", None),
        ("x[8, 13] -> unknown -> linear -> sigmoid", None),
    ],
)
def test_output_form(text: str, form: str | None) -> None:
    found = fact("output_form", f"{text} -> y -> loss")
    assert found == form if form else isinstance(found, Unknown)


def test_an_input_that_nothing_uses_is_not_reconstructed() -> None:
    text = "x[8, 13] -> linear(out=1) -> sigmoid -> y -> loss\nunused -> output"
    assert fact("output_form", text) == "values"


@pytest.mark.parametrize(
    ("name", "text", "qualname", "expected"),
    [
        ("named_regression", "x -> linear(name='box_regressor') -> tanh -> y -> loss", "", True),
        ("named_regression", "x -> linear -> tanh -> y -> loss", "HousePriceRegressor", True),
        ("named_regression", "x -> linear -> tanh -> regression -> loss", "", True),
        ("named_regression", "x -> linear(name='regressor') -> linear -> tanh -> y -> loss", "", False),
        ("named_regression", "x -> linear -> tanh -> y -> loss", "Progressor", False),
        ("named_non_negative", "x -> linear(name='count_head') -> relu -> y -> loss", "", True),
        ("named_non_negative", "x -> linear -> relu -> y -> loss", "DepthNet", True),
        ("named_non_negative", "x -> linear(name='encounter') -> relu -> y -> loss", "", False),
    ],
)
def test_names_are_read_word_by_word_up_to_the_last_layer(name: str, text: str, qualname: str, expected: bool) -> None:
    graph = parse_graph(text)._replace(qualname=qualname)
    node = max(index for index, each in enumerate(graph.nodes) if each.kind == "loss")
    assert compute(name, Facts(graph), (node,), (node,)) is expected
