"""What ONNX operators mean in the graph: kinds, attributes, edges, constants, and control flow."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from lintnet.ir import Edge, Unknown, known
from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import Limits
from tests.loaders.onnx_bytes import (
    FLOAT,
    attribute,
    field,
    function,
    graph,
    integers,
    join,
    model,
    node,
    read,
    read_nodes,
    scalar,
    tensor,
    value,
)

if TYPE_CHECKING:
    from lintnet.ir import Graph, Node
    from tests.loaders.onnx_bytes import Attribute

_X = (value("x", 2, 3, 8, 8),)


def _one(*nodes: bytes, opset: int = 17, weights: tuple[bytes, ...] = (), x: bytes | None = None) -> Node:
    """Read nodes that make one layer and return it."""
    layers = [each for each in read_nodes(*nodes, opset=opset, weights=weights, x=x).nodes if each.is_layer]
    assert len(layers) == 1
    return layers[0]


def _kinds(result: Graph) -> list[str]:
    return [each.kind for each in result.nodes]


def _refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(LoadError) as caught:
        read(data, limits=limits or Limits())
    return caught.value.reason


# Dropout: rate, mode, inertness, by version.


@pytest.mark.parametrize(
    ("opset", "inputs", "extra", "kind", "rate", "mode"),
    [
        (6, "x", {"ratio": 0.3}, "dropout", 0.3, "training"),
        (6, "x", {"ratio": 0.3, "is_test": 1}, "identity", 0.3, "inference"),
        (7, "x", {"ratio": 0.3}, "identity", 0.3, "inference"),
        (11, "x", {}, "identity", 0.5, "inference"),
        (12, "x r", {}, "identity", 0.25, "unstated"),
        (13, "x r t", {}, "dropout", 0.25, "training"),
        (13, "x _ t", {}, "dropout", 0.5, "training"),
        (13, "x r f", {}, "identity", 0.25, "inference"),
    ],
)
def test_dropout(  # noqa: PLR0917 - one row of the table
    opset: int, inputs: str, extra: dict[str, Attribute], kind: str, rate: float, mode: str
) -> None:
    weights = (scalar("r", 0.25), scalar("t", value=True), scalar("f", value=False))
    layer = _one(node("Dropout", inputs, "y", given=extra), opset=opset, weights=weights)
    assert (layer.kind, layer.get("rate"), layer.get("mode"), layer.op) == (kind, rate, mode, "Dropout")
    assert layer.get("form") == "element" or kind == "identity"


def test_dropout_whose_mode_is_an_input_follows_the_phase() -> None:
    body = graph(node("Dropout", "x _ t", "y"), inputs=(*_X, value("t")), outputs=("y",))
    layer = read(model(body)).nodes[2]
    assert (layer.kind, layer.get("mode")) == ("dropout", "phase")
    assert layer.inputs == (Edge(0),)


# Batch norm.

_STATISTICS = tuple(tensor(name, (3,)) for name in ("s", "b", "m", "v"))


@pytest.mark.parametrize(
    ("opset", "outputs", "extra", "mode"),
    [
        (6, "y", {}, "training"),
        (6, "y", {"is_test": 1}, "inference"),
        (9, "y", {}, "inference"),
        (9, "y m2 v2 a b2", {}, "training"),
        (15, "y", {}, "inference"),
        (15, "y m2 v2", {"training_mode": 1}, "training"),
    ],
)
def test_batch_norm_mode(opset: int, outputs: str, extra: dict[str, Attribute], mode: str) -> None:
    op = node("BatchNormalization", "x s b m v", outputs, momentum=0.99, epsilon=0.001, given=extra)
    layer = _one(op, opset=opset, weights=_STATISTICS)
    assert layer.kind == "batch_norm"
    assert layer.get("mode") == mode
    assert layer.get("momentum") == pytest.approx(0.01)
    assert (layer.get("epsilon"), layer.get("out"), layer.get("axis")) == (0.001, 3, "channel")
    assert [parameter.role for parameter in layer.parameters] == ["scale", "shift", "mean", "variance"]
    assert layer.outputs[0].channel == 1


@pytest.mark.parametrize(
    ("call", "mode"),
    [
        ("aten._native_batch_norm_legit_functional.default](args = (%x, %w, %b, %m, %v, True, 0.1, 1e-05)", "training"),
        (
            "aten._native_batch_norm_legit_functional.default](args = (%x, %w, %b, %m, %v, False, 0.1, 1e-5)",
            "inference",
        ),
        ("aten._native_batch_norm_legit_no_training.default](args = (%x, %w, %b, %m, %v, 0.1, 1e-05)", "inference"),
        ("aten.batch_norm.default](args = (%x, %w, %b, %m, %v, True, 0.1, 1e-05, True)", "training"),
        ("aten.batch_norm.default](args = (%x, %w, %b, %m, %v, False, 0.1, 1e-05, True)", "inference"),
    ],
)
def test_batch_norm_of_a_traced_program_tells_its_mode_in_the_trace(call: str, mode: str) -> None:
    op = node("BatchNormalization", "x s b m v", "y", meta={"pkg.torch.onnx.fx_node": f"call_function[target={call}"})
    assert _one(op, opset=20, weights=_STATISTICS).get("mode") == mode


# Weighted layers.


def test_conv() -> None:
    op = node("Conv", "x w b", "y", pads=(1, 1, 1, 1), strides=(2, 2), group=3)
    layer = _one(op, weights=(tensor("w", (6, 1, 3, 3)), tensor("b", (6,))))
    assert (layer.kind, layer.get("inp"), layer.get("out"), layer.get("groups")) == ("conv", 3, 6, 3)
    assert (layer.get("kernel"), layer.get("stride"), layer.get("dilation")) == ((3, 3), (2, 2), (1, 1))
    assert (layer.get("padding"), layer.get("pads"), layer.get("bias")) == ("explicit", (1, 1, 1, 1), True)
    assert (layer.layer, layer.outputs[0].channels) == ("w", 6)


@pytest.mark.parametrize(
    ("extra", "padding", "pads"),
    [({}, "valid", (0,) * 4), ({"auto_pad": "VALID"}, "valid", (0,) * 4), ({"auto_pad": "SAME_UPPER"}, "same", None)],
)
def test_conv_padding(extra: dict[str, Attribute], padding: str, pads: tuple[int, ...] | None) -> None:
    layer = _one(node("Conv", "x w", "y", given=extra), weights=(tensor("w", (4, 3, 3, 3)),))
    assert layer.get("padding") == padding
    assert not known(layer.get("pads")) if pads is None else layer.get("pads") == pads
    assert layer.get("bias") is False


def test_conv_transpose_has_its_widths_the_other_way_round() -> None:
    layer = _one(node("ConvTranspose", "x w", "y", group=1), weights=(tensor("w", (3, 5, 2, 2)),))
    assert (layer.kind, layer.get("inp"), layer.get("out")) == ("conv_transpose", 3, 5)


def test_a_bias_made_of_literal_zeros_is_none() -> None:
    zero = field(5, join(field(1, "value_float"), field(2, 0.0), field(20, 1)))
    constant = join(field(2, "z"), field(4, "Constant"), zero)
    ops = (constant, node("Expand", "z n", "b"), node("Conv", "x w b", "y"))
    result = read_nodes(*ops, weights=(tensor("w", (4, 3, 3, 3)), integers("n", 4)))
    assert _kinds(result) == ["input", "conv", "output"]
    assert result.nodes[1].get("bias") is False
    assert result.coverage.outside == 1


@pytest.mark.parametrize(
    ("extra", "sizes", "kind", "inp", "out"),
    [
        ({}, (16, 4), "linear", 16, 4),
        ({"transB": 1}, (4, 16), "linear", 16, 4),
    ],
)
def test_gemm(extra: dict[str, Attribute], sizes: tuple[int, int], kind: str, inp: int, out: int) -> None:
    op = node("Gemm", "x w b", "y", given=extra)
    layer = _one(op, weights=(tensor("w", sizes), tensor("b", (4,))), x=value("x", 2, 16))
    assert (layer.kind, layer.get("inp"), layer.get("out"), layer.get("bias")) == (kind, inp, out, True)
    assert (layer.outputs[0].sizes, layer.outputs[0].channel) == ((2, 4), 1)


def test_matmul_with_a_matrix_is_linear_and_of_two_activations_is_not() -> None:
    layer = _one(node("MatMul", "x w", "y"), weights=(tensor("w", (16, 4)),), x=value("x", "N", 7, 16))
    assert (layer.kind, layer.get("inp"), layer.get("out"), layer.get("bias")) == ("linear", 16, 4, False)
    assert layer.outputs[0].channel == 2
    assert _one(node("MatMul", "x x", "y")).kind == "matmul"


def test_a_weight_is_followed_through_what_is_done_to_it() -> None:
    ops = (
        node("DequantizeLinear", "w s", "d"),
        node("Transpose", "d", "t", perm=(1, 0)),
        node("MatMul", "x t", "h"),
        node("Relu", "h", "r"),
        node("MatMul", "r t", "y"),
    )
    result = read_nodes(*ops, weights=(tensor("w", (16, 16), 3), scalar("s", 0.1)), x=value("x", 2, 16))
    assert _kinds(result) == ["input", "linear", "relu", "linear", "output"]
    assert [(each.layer, each.call) for each in result.nodes if each.kind == "linear"] == [("w", 0), ("w", 1)]
    assert result.coverage.outside == 2


def test_weights_that_are_computed_stay_outside() -> None:
    """Weight standardisation normalises a weight: its batch norm and mean are not layers of the network."""
    ops = (
        node("ReduceMean", "w", "mean", axes=(1, 2, 3)),
        node("Sub", "w mean", "centred"),
        node("BatchNormalization", "centred s b m v", "standard"),
        node("Conv", "x standard", "y", kernel_shape=(3, 3)),
    )
    result = read_nodes(*ops, weights=(tensor("w", (4, 3, 3, 3)), *_STATISTICS))
    assert _kinds(result) == ["input", "conv", "output"]
    assert result.coverage.outside == 3
    assert result.nodes[1].layer == "w"


def test_embedding_and_gather() -> None:
    layer = _one(node("Gather", "w x", "y"), weights=(tensor("w", (1000, 64)),), x=value("x", "N", 20))
    assert (layer.kind, layer.get("rows"), layer.get("out")) == ("embedding", 1000, 64)
    assert (layer.inputs, layer.outputs[0].channel) == ((Edge(0),), 2)
    assert _one(node("Gather", "x i", "y"), weights=(integers("i", 0),)).kind == "gather"


@pytest.mark.parametrize(("op", "gates", "gate"), [("LSTM", 4, "sigmoid"), ("GRU", 3, "sigmoid"), ("RNN", 1, None)])
@pytest.mark.parametrize(("outputs", "sequence"), [("y", True), ("_ y", False), ("unread y", False)])
def test_recurrent(op: str, gates: int, gate: str | None, outputs: str, *, sequence: bool) -> None:
    weights = (tensor("w", (2, gates * 5, 7)), tensor("r", (2, gates * 5, 5)))
    layer = _one(
        node(op, "x w r", outputs, hidden_size=5, direction="bidirectional"), weights=weights, x=value("x", 9, 2, 7)
    )
    assert layer.kind == op.lower()
    assert (layer.get("inp"), layer.get("out"), layer.get("directions"), layer.get("layers")) == (7, 5, 2, 1)
    assert (layer.get("activation"), layer.get("gate"), layer.get("sequence")) == ("tanh", gate, sequence)


# Arithmetic and activations.


@pytest.mark.parametrize(
    ("op", "function", "constant"), [("Add", "add", 2.5), ("Sub", "subtract", 2.5), ("Div", "divide", 2.5)]
)
def test_arithmetic_with_a_number_is_affine(op: str, function: str, constant: float) -> None:
    layer = _one(node(op, "x c", "y"), weights=(scalar("c", 2.5),))
    assert (layer.kind, layer.get("function"), layer.get("constant")) == ("affine", function, constant)
    assert [(each.role, each.position) for each in layer.parameters] == [("constant", 1)]


def test_arithmetic_with_a_tensor_keeps_its_sizes() -> None:
    layer = _one(node("Mul", "c x", "y"), weights=(tensor("c", (3, 1, 1)),))
    assert (layer.kind, layer.get("function")) == ("affine", "multiply")
    assert not known(layer.get("constant"))
    assert [(each.role, each.sizes, each.position) for each in layer.parameters] == [("constant", (3, 1, 1), 0)]


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("Add", "add"),
        ("Sub", "subtract"),
        ("Mul", "multiply"),
        ("Div", "divide"),
        ("Max", "maximum"),
        ("Mean", "average"),
    ],
)
def test_arithmetic_of_activations_is_a_merge(op: str, kind: str) -> None:
    layer = _one(node(op, "x x", "y"))
    assert (layer.kind, layer.inputs) == (kind, (Edge(0), Edge(0)))


@pytest.mark.parametrize(
    ("low", "high", "kind", "attributes"),
    [
        ("l", "h", "relu", {"ceiling": 6.0}),
        ("l", "_", "relu", {"ceiling": None}),
        ("n", "h", "hard_tanh", {"low": -6.0, "high": 6.0}),
        ("_", "h", "clamp", {"low": None, "high": 6.0}),
    ],
)
def test_clip(low: str, high: str, kind: str, attributes: dict[str, float | None]) -> None:
    weights = (scalar("l", 0.0), scalar("h", 6.0), scalar("n", -6.0))
    layer = _one(node("Clip", f"x {low} {high}", "y"), weights=weights)
    assert (layer.kind, dict(layer.attributes)) == (kind, attributes)


def test_clip_by_attributes() -> None:
    layer = _one(node("Clip", "x", "y", min=0.0, max=6.0), opset=6)
    assert (layer.kind, layer.get("ceiling")) == ("relu", 6.0)


def test_a_clip_with_a_bound_that_is_not_known_is_not_taken_for_relu6() -> None:
    body = graph(node("Clip", "x l h", "y"), inputs=(*_X, value("h")), outputs=("y",), weights=(scalar("l", 0.0),))
    assert not known(read(model(body)).nodes[2].get("ceiling"))


@pytest.mark.parametrize(("op", "extra", "slope"), [("LeakyRelu", {}, 0.01), ("LeakyRelu", {"alpha": 0.2}, 0.2)])
def test_slope(op: str, extra: dict[str, Attribute], slope: float) -> None:
    assert _one(node(op, "x", "y", given=extra)).get("slope") == slope


@pytest.mark.parametrize(
    ("opset", "extra", "sizes", "axis", "extent"),
    [
        (13, {}, (2, 10), "channel", 10),
        (13, {"axis": 0}, (2, 10), "batch", 2),
        (11, {}, (2, 10), "channel", 10),
        (11, {"axis": 0}, (2, 10), "batch", 20),
        (11, {}, (2, 10, 1, 1), None, 10),
        (11, {}, (2, 10, 4), None, 40),
        (13, {}, (2, 10, 4), None, 4),
    ],
)
def test_softmax(
    opset: int, extra: dict[str, Attribute], sizes: tuple[int, ...], axis: str | None, extent: int
) -> None:
    layer = _one(node("Softmax", "x", "y", given=extra), opset=opset, x=value("x", *sizes))
    assert layer.get("extent") == extent
    assert layer.get("axis") == axis if axis else not known(layer.get("axis"))


def test_softmax_over_channels_of_a_map_before_version_13_covers_all_positions() -> None:
    ops = (node("Conv", "x w", "c"), node("Softmax", "c", "y"))
    declared = value("c", 2, 4, 6, 6)
    body = graph(*ops, inputs=_X, outputs=("y",), weights=(tensor("w", (4, 3, 3, 3)),), values=(declared,))
    old, new = (read(model(body, opset=opset)).nodes[2] for opset in (11, 13))
    assert old.get("extent") == 4 * 6 * 6
    assert not known(old.get("axis"))
    assert (new.get("axis"), new.get("extent")) == ("spatial", 6)


def test_reduce() -> None:
    layer = _one(node("ReduceMean", "x", "y", axes=(-1, -2), keepdims=0))
    assert (layer.get("over"), layer.get("keepdims"), layer.get("function")) == ((2, 3), False, "mean")
    layer = _one(node("ReduceSum", "x a", "y"), weights=(integers("a", 1),))
    assert (layer.get("over"), layer.get("keepdims"), layer.get("function")) == ((1,), True, "sum")


# Shapes: what is data, what is not.


def test_shape_arithmetic_stays_outside() -> None:
    ops = (
        node("Relu", "x", "r"),
        node("Shape", "r", "s"),
        node("Gather", "s zero", "n"),
        node("Unsqueeze", "n zeros", "u"),
        node("Concat", "u rest", "target", axis=0),
        node("Reshape", "r target", "y"),
    )
    result = read_nodes(*ops, weights=(tensor("zero", (), 7, bytes(8)), integers("zeros", 0), integers("rest", -1)))
    assert _kinds(result) == ["input", "relu", "reshape", "output"]
    assert result.coverage.outside == 4
    assert result.nodes[2].inputs == (Edge(1),)


def test_a_shape_that_depends_on_the_data_is_no_data_edge() -> None:
    result = read_nodes(node("NonZero", "x", "found"), node("Reshape", "x found", "y"))
    assert _kinds(result) == ["input", "index_math", "reshape", "output"]
    assert result.nodes[2].inputs == (Edge(0),)
    assert not known(result.nodes[2].get("shape"))


def test_random_numbers_are_nodes() -> None:
    ops = (
        node("RandomUniformLike", "x", "r"),
        node("RandomNormal", "", "n", shape=(2, 3, 8, 8)),
        node("Sum", "x r n", "y"),
    )
    result = read_nodes(*ops)
    assert _kinds(result) == ["input", "random", "random", "add", "output"]
    assert result.nodes[3].inputs == (Edge(0), Edge(1), Edge(2))


@pytest.mark.parametrize(
    ("ops", "keeps"),
    [
        ((node("Flatten", "c", "y"),), False),
        ((node("GlobalAveragePool", "c", "g"), node("Flatten", "g", "y")), True),
        ((node("Reshape", "c s", "y"),), True),
        ((node("Reshape", "c t", "y"),), False),
    ],
)
def test_reshapes_say_if_they_keep_the_channels(ops: tuple[bytes, ...], *, keeps: bool) -> None:
    weights = (tensor("w", (4, 3, 3, 3)), integers("s", 0, 0, -1), integers("t", 2, 12, 12))
    body = graph(
        node("Conv", "x w", "c"), *ops, inputs=_X, outputs=("y",), weights=weights, values=(value("c", 2, 4, 6, 6),)
    )
    assert read(model(body)).nodes[-2].get("keeps_channel") is keeps


def test_the_channel_axis_is_carried() -> None:
    ops = (
        node("Conv", "x w", "c"),
        node("Relu", "c", "r"),
        node("Add", "r r", "a"),
        node("Transpose", "a", "t", perm=(0, 2, 3, 1)),
        node("Softmax", "t", "y"),
    )
    result = read_nodes(*ops, weights=(tensor("w", (4, 3, 3, 3)),))
    assert [each.outputs[0].channel for each in result.nodes[1:5]] == [1, 1, 1, 3]
    assert result.nodes[5].get("axis") == "channel"
    assert result.nodes[5].get("extent") == 4


def test_symbolic_sizes_keep_their_name() -> None:
    body = graph(node("Relu", "x", "y"), inputs=(value("x", "batch", 3),), outputs=("y",))
    sizes = read(model(body)).nodes[0].outputs[0].sizes
    assert isinstance(sizes, tuple)
    assert isinstance(sizes[0], Unknown)
    assert (sizes[0].why, sizes[1]) == ("batch", 3)


# Order and wiring.


def test_an_unsorted_file_is_sorted() -> None:
    ops = (node("Tanh", "b", "y"), node("Sigmoid", "a", "b"), node("Relu", "x", "a"))
    assert _kinds(read_nodes(*ops)) == ["input", "relu", "sigmoid", "tanh", "output"]


def test_wiring_errors_name_the_culprit() -> None:
    cyclic = graph(node("Relu", "b", "a", name="first"), node("Relu", "a", "b"), inputs=_X, outputs=("a",))
    assert "cycle" in _refused(model(cyclic))
    dangling = graph(node("Add", "x nowhere", "y", name="sum"), inputs=_X, outputs=("y",))
    assert "sum" in _refused(model(dangling))
    assert "'nowhere', which nothing makes" in _refused(model(dangling))
    doubled = graph(node("Relu", "x", "y"), node("Tanh", "x", "y"), inputs=_X, outputs=("y",))
    assert "'y' is made twice" in _refused(model(doubled))
    overwritten = graph(node("Relu", "x", "x"), inputs=_X, outputs=("x",))
    assert "'x' is made twice" in _refused(model(overwritten))
    missing = graph(node("Relu", "x", "y"), inputs=_X, outputs=("z",))
    assert "output 'z'" in _refused(model(missing))


def test_an_input_with_an_initializer_is_a_constant() -> None:
    body = graph(
        node("Conv", "x w", "y"),
        inputs=(*_X, value("w", 4, 3, 3, 3)),
        outputs=("y",),
        weights=(tensor("w", (4, 3, 3, 3)),),
    )
    assert _kinds(read(model(body))) == ["input", "conv", "output"]


def test_an_operator_of_another_domain_is_a_barrier_and_counted() -> None:
    result = read_nodes(node("Fuse", "x", "h", domain="com.acme"), node("NoSuchOp", "h", "y"))
    assert _kinds(result) == ["input", "unknown", "unknown", "output"]
    assert [each.op for each in result.nodes[1:3]] == ["com.acme::Fuse", "NoSuchOp"]
    assert [(each.op, each.count) for each in result.coverage.not_understood] == [
        ("com.acme::Fuse", 1),
        ("NoSuchOp", 1),
    ]
    assert (result.coverage.layers, result.coverage.understood) == (2, 0)


def test_a_fused_operator_is_several_layers() -> None:
    op = node("FusedConv", "x w", "y", domain="com.microsoft", activation="Relu")
    result = read_nodes(op, weights=(tensor("w", (4, 3, 3, 3)),))
    assert _kinds(result) == ["input", "conv", "relu", "output"]
    op = node("SkipLayerNormalization", "x x s b", "y", domain="com.microsoft")
    result = read_nodes(op, weights=(tensor("s", (8,)), tensor("b", (8,))))
    assert _kinds(result) == ["input", "add", "layer_norm", "output"]
    assert result.nodes[1].inputs == (Edge(0), Edge(0))


# Functions.


def test_functions_are_expanded_with_their_attributes() -> None:
    slope = field(5, join(field(1, "alpha"), field(21, "slope"), field(20, 1)))
    body = join(field(1, "a"), field(2, "b"), field(4, "LeakyRelu"), slope)
    inner = function("Act", "a", "b", body)
    steps = (node("Conv", "a w", "h", name="conv"), node("Act", "h", "b", domain="local"))
    default = join(function("Outer", "a w", "b", *steps), field(11, attribute("unused", 1)))
    ops = (node("Outer", "x w", "h", domain="local", name="stem"), node("Act", "h", "y", domain="local", slope=0.25))
    data = model(
        graph(*ops, inputs=_X, outputs=("y",), weights=(tensor("w", (4, 3, 3, 3)),)), functions=(inner, default)
    )
    result = read(data)
    assert _kinds(result) == ["input", "conv", "leaky_relu", "leaky_relu", "output"]
    assert result.nodes[1].scope == "stem.conv"
    assert [each.get("slope") for each in result.nodes[2:4]] == [0.01, 0.25]
    assert result.nodes[2].scope.startswith("stem.Act#0")


def test_recursive_functions_are_refused() -> None:
    first = function("A", "a", "b", node("B", "a", "b", domain="local"))
    second = function("B", "a", "b", node("A", "a", "b", domain="local"))
    body = graph(node("A", "x", "y", domain="local"), inputs=_X, outputs=("y",))
    assert "calls itself" in _refused(model(body, functions=(first, second)))


def test_expansion_has_a_budget() -> None:
    functions = [function("F0", "a", "b", node("Relu", "a", "b"))]
    for level in range(1, 40):
        calls = (node(f"F{level - 1}", "a", "h", domain="local"), node(f"F{level - 1}", "h", "b", domain="local"))
        functions.append(function(f"F{level}", "a", "b", *calls))
    body = graph(node("F39", "x", "y", domain="local"), inputs=_X, outputs=("y",))
    assert "more than 5000 nodes come out of functions" in _refused(
        model(body, functions=tuple(functions)), Limits(inlined=5000)
    )


# Control flow.


def test_both_branches_of_an_if_are_in_the_graph() -> None:
    then = graph(node("Relu", "h", "t"), outputs=("t",))
    other = graph(node("Tanh", "h", "e"), outputs=("e",))
    ops = (node("Sigmoid", "x", "h"), node("If", "flag", "y", name="gate", then_branch=then, else_branch=other))
    body = graph(*ops, inputs=(*_X, value("flag")), outputs=("y",))
    result = read(model(body))
    assert _kinds(result) == ["input", "input", "sigmoid", "relu", "tanh", "choice", "output"]
    assert result.nodes[5].inputs == (Edge(3), Edge(4))
    assert result.nodes[3].inputs == (Edge(2),)
    assert [each.scope for each in result.nodes[3:5]] == ["gate.then.relu#0", "gate.else.tanh#0"]
    assert [each.op for each in result.coverage.not_understood] == ["If"]


def test_an_if_waits_for_what_its_branches_capture() -> None:
    then = graph(node("Relu", "late", "t"), outputs=("t",))
    ops = (node("If", "flag", "y", then_branch=then, else_branch=then), node("Sigmoid", "x", "late"))
    body = graph(*ops, inputs=(*_X, value("flag")), outputs=("y",))
    assert _kinds(read(model(body))) == ["input", "input", "sigmoid", "relu", "relu", "choice", "output"]


def test_a_loop_body_is_in_the_graph_once() -> None:
    step = graph(
        node("Identity", "go", "go_on"), node("Add", "state x", "next"),
        inputs=(value("i"), value("go"), value("state")), outputs=("go_on", "next", "next"),
    )  # fmt: skip
    ops = (node("Relu", "x", "start"), node("Loop", "trips _ start", "last y", name="loop", body=step))
    result = read_nodes(*ops, weights=(integers("trips", 3),))
    assert _kinds(result) == ["input", "relu", "body_input", "add", "loop", "output"]
    assert result.nodes[3].inputs == (Edge(2), Edge(0))
    assert result.nodes[4].inputs == (Edge(3), Edge(3), Edge(1))
    assert result.nodes[5].inputs == (Edge(4, 1),)
    assert result.nodes[3].scope == "loop.add#0"


def test_scan_takes_its_states_and_sequences() -> None:
    step = graph(node("Add", "s e", "n"), inputs=(value("s"), value("e")), outputs=("n", "n"))
    ops = (node("Relu", "x", "start"), node("Scan", "start x", "last y", body=step, num_scan_inputs=1))
    result = read_nodes(*ops)
    assert _kinds(result) == ["input", "relu", "body_input", "body_input", "add", "loop", "output"]


# Phase.


def _net(*ops: bytes, phase: str = "", loss: str = "") -> Graph:
    weights = (tensor("w", (3, 3, 1, 1)), *_STATISTICS, scalar("r", 0.5), scalar("t", value=True))
    return read(model(graph(*ops, inputs=_X, outputs=("y",), weights=weights)), phase=phase, loss=loss)


_CONV = node("Conv", "x w", "c")
_LIVE = node("Dropout", "c r t", "d")
_INERT = node("Dropout", "c r", "d")


def _norm(outputs: str = "y", **extra: int) -> bytes:
    return node("BatchNormalization", "d s b m v", outputs, given=extra)


def test_phase_follows_the_evidence() -> None:
    training = _net(_CONV, _LIVE, _norm("y m2 v2", training_mode=1)).provenance
    assert (training.kind, training.front_end, training.inferred) == ("training", "Ot", True)
    assert _net(_CONV, _LIVE, node("Relu", "d", "y")).provenance.kind == "training"
    leaking = _net(_CONV, _LIVE, _norm()).provenance
    assert (leaking.kind, leaking.front_end) == ("inference", "Oi")
    assert "1 dropout left live" in leaking.reason
    assert _net(_CONV, _INERT, node("Relu", "d", "y")).provenance.kind == "inference"
    assert _net(_CONV, node("Relu", "c", "y")).provenance.kind == "inference"


def test_phase_that_was_told_is_believed() -> None:
    told = _net(_CONV, node("Relu", "c", "y"), phase="training").provenance
    assert (told.kind, told.front_end, told.inferred) == ("training", "Ot", False)
    told = _net(_CONV, _LIVE, node("Relu", "d", "y"), phase="inference").provenance
    assert (told.kind, told.front_end, told.inferred) == ("inference", "Oi", False)


def test_batch_norm_that_stands_still_in_a_training_graph_is_frozen() -> None:
    still = node("BatchNormalization", "c s b m v", "d")
    nodes = _net(_CONV, still, _norm("y m2 v2", training_mode=1)).nodes
    assert [(each.get("mode"), each.get("running")) for each in nodes[2:4]] == [
        ("inference", False),
        ("training", True),
    ]
    assert _net(_CONV, still, node("Relu", "d", "y")).nodes[2].get("running") is True


def test_folded_batch_norm_is_told_by_the_rewriter() -> None:
    rule = {"pkg.onnxscript.rewriter.rule_name": "RemoveOptionalBiasFromConv, FuseBatchNormIntoConv"}
    folded = _net(node("Conv", "x w", "c", meta=rule), node("Relu", "c", "y")).provenance
    assert (folded.kind, folded.front_end) == ("folded", "Oi")
    assert "1 node" in folded.reason
    assert _net(node("Conv", "x w", "c", meta=rule), _LIVE, node("Relu", "d", "y")).provenance.kind == "folded"


def test_folded_batch_norm_is_told_by_the_signature_and_by_names() -> None:
    signature = {
        "pkg.torch.export.ExportedProgram.graph_signature": "b_bn_running_mean: BUFFER target='bn.running_mean'"
    }
    data = model(graph(node("Relu", "x", "y"), inputs=_X, outputs=("y",), meta=signature))
    assert read(data).provenance.kind == "folded"
    named = node("Relu", "x", "y", name="StatefulPartitionedCall/net/bn_1/batchnorm/mul_1")
    assert _net(named).provenance.kind == "folded"


def test_a_loss_that_was_told_follows_each_output() -> None:
    result = _net(_CONV, node("Relu", "c", "y"), loss="cross_entropy")
    assert _kinds(result)[-2:] == ["output", "loss"]
    assert result.nodes[-1].inputs == (Edge(len(result.nodes) - 2),)
    assert result.nodes[-1].get("family") == "cross_entropy"
    assert not known(result.nodes[-1].get("from_logits"))


def test_training_graphs_in_the_file_are_noted() -> None:
    data = model(graph(node("Relu", "x", "y"), inputs=_X, outputs=("y",)), extra=field(20, b""))
    assert any("training_info" in note for note in read(data).coverage.notes)


def test_numbers_of_small_constants_are_read_in_every_form() -> None:
    forms = {
        "raw": tensor("c", (1,), FLOAT, struct.pack("<f", 0.1)),
        "float_data": join(field(1, 1), field(2, FLOAT), field(8, "c"), field(4, struct.pack("<f", 0.1))),
        "float16": tensor("c", (1,), 10, struct.pack("<e", 0.5)),
        "float16 bits": join(field(1, 1), field(2, 10), field(8, "c"), field(5, 0x3800)),
        "bfloat16": tensor("c", (1,), 16, b"\x00\x3f"),
        "double": join(field(1, 1), field(2, 11), field(8, "c"), field(10, struct.pack("<d", 0.5))),
        "int64": tensor("c", (1,), 7, struct.pack("<q", -3)),
    }
    expected = {"raw": 0.1, "float_data": 0.1, "int64": -3}
    for form, weight in forms.items():
        layer = _one(node("Mul", "x c", "y"), weights=(weight,))
        assert layer.get("constant") == expected.get(form, 0.5), form
