"""Damaged files: whatever is done to the bytes, a graph or one LoadError comes out."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lintnet.ir import ATTRIBUTES, KINDS, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import MIB
from lintnet.loaders.onnx.ops import OPERATORS
from tests.loaders.onnx_bytes import (
    Attribute,
    field,
    function,
    graph,
    integers,
    join,
    model,
    node,
    read,
    scalar,
    tensor,
    value,
)

_WITH_BODIES = {"If", "Loop", "Scan", "SequenceMap", "Constant"}
Row = tuple[tuple[str, str], list[int], int, dict[str, Attribute]]

_BODY = graph(node("Relu", "h", "t"), outputs=("t",))
_SEED = model(
    graph(
        node("Conv", "x w", "c", name="/a/Conv", kernel_shape=(3, 3), pads=(1, 1, 1, 1), auto_pad="NOTSET"),
        node("BatchNormalization", "c s s s s", "n", momentum=0.9, meta={"pkg.torch.onnx.name_scopes": "['', 'bn']"}),
        node("Dropout", "n r t", "d"),
        node("Clip", "d zero six", "h"),
        node("If", "t", "i", then_branch=_BODY, else_branch=_BODY),
        node("Scan", "i h", "l o", body=graph(node("Add", "p q", "z"), inputs=(value("p"), value("q")),
                                            outputs=("z", "z")), num_scan_inputs=1),
        node("Own", "o", "f", domain="local", alpha=0.5),
        node("Shape", "f", "dims"),
        node("Slice", "dims one two one", "part"),
        node("Reshape", "f target", "flat"),
        node("Gemm", "flat m", "g", transB=1),
        node("LSTM", "g k k", "u y", hidden_size=3, activations=["Sigmoid", "Tanh", "Tanh"]),
        node("Softmax", "y", "e", axis=1),
        inputs=(value("x", "N", 3, 8, 8),),
        outputs=("e", "u"),
        weights=(
            tensor("w", (4, 3, 3, 3)), tensor("s", (4,)), tensor("m", (10, 256)), tensor("k", (1, 12, 3)),
            scalar("r", 0.5), scalar("t", value=True), scalar("zero", 0.0), scalar("six", 6.0),
            integers("target", 0, -1), integers("one", 1), integers("two", 2),
        ),
        values=(value("c", "N", 4, 8, 8),),
    ),
    functions=(function("Own", "a", "b", node("Elu", "a", "b", alpha=0.5)),),
    extra=field(14, join(field(1, "k"), field(2, "v"))),
)  # fmt: skip


def _survives(data: bytes) -> None:
    with contextlib.suppress(LoadError):
        result = read(data)
        for index, each in enumerate(result.nodes):
            assert each.kind in KINDS
            assert all(0 <= edge.node < index for edge in each.inputs)


def test_the_seed_is_sound() -> None:
    kinds = [each.kind for each in read(_SEED).nodes]
    for kind in ("batch_norm", "dropout", "choice", "loop", "elu", "lstm", "softmax"):
        assert kind in kinds


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "insert", "delete"]), st.integers(0, len(_SEED) - 1), st.integers(0, 255)),
        min_size=1,
        max_size=6,
    )
)
def test_changed_bytes(changes: list[tuple[str, int, int]]) -> None:
    data = bytearray(_SEED)
    for what, place, byte in changes:
        at = place % max(len(data), 1)
        if what == "set":
            data[at] = byte
        elif what == "insert":
            data.insert(at, byte)
        else:
            del data[at]
    _survives(bytes(data))


@settings(max_examples=300)
@given(st.integers(0, len(_SEED)), st.integers(0, len(_SEED)), st.integers(0, len(_SEED)))
def test_moved_and_doubled_pieces(start: int, stop: int, to: int) -> None:
    _survives(_SEED[:to] + _SEED[min(start, stop) : max(start, stop)] + _SEED[to:])


_OPS = sorted((domain, op) for domain, table in OPERATORS.items() for op in table if op not in _WITH_BODIES)
_numbers = st.integers(-4, 6)
_WHOLE = (
    "axis", "group", "num_groups", "num_heads", "hidden_size", "q_num_heads", "to", "transA", "transB", "allowzero",
    "keepdims", "training_mode",
)  # fmt: skip
_attributes = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(_WHOLE, _numbers),
        **{
            name: st.lists(_numbers, max_size=4).map(tuple)
            for name in ("axes", "perm", "kernel_shape", "pads", "shape")
        },
        "activation": st.just("Relu"),
    },
)
_rows = st.lists(
    st.tuples(st.sampled_from(_OPS), st.lists(st.integers(-4, 7), max_size=6), st.integers(1, 3), _attributes),
    min_size=1,
    max_size=6,
)  # fmt: skip
_sizes = st.lists(st.integers(0, 4), max_size=4)


@settings(max_examples=500)
@given(_rows, _sizes, _sizes, st.lists(_numbers, max_size=4), st.integers(1, 25))
def test_graphs_that_make_no_sense_are_read_all_the_same(
    rows: list[Row], shape: list[int], weight: list[int], numbers: list[int], opset: int
) -> None:
    """Sound wiring with operators, axes and sizes at random: what does not fit is unknown, never an error."""
    names = ["x", "w", "i", "_"]
    nodes: list[bytes] = []
    for (domain, op), inputs, count, attributes in rows:
        outputs = [f"n{len(nodes)}_{index}" for index in range(count)]
        reads = [names[index % len(names)] for index in inputs]
        nodes.append(node(op, " ".join(reads), " ".join(outputs), domain=domain, given=attributes))
        names.append(outputs[0])
    weights = (tensor("w", tuple(weight)), integers("i", *numbers))
    result = read(
        model(graph(*nodes, inputs=(value("x", *shape),), outputs=(names[-1],), weights=weights), opset=opset)
    )
    for index, each in enumerate(result.nodes):
        assert set(each.attributes) <= set(ATTRIBUTES)
        assert all(0 <= edge.node < index for edge in each.inputs)


def _cost(data: bytes) -> tuple[float, int]:
    """CPU seconds and peak bytes of reading a file, whether it is refused or not."""
    tracemalloc.start()
    start = time.process_time()
    with contextlib.suppress(LoadError):
        read(data)
    cost = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return cost


def _chain(count: int, op: str, more: str = "", **attributes: tuple[int, ...]) -> list[bytes]:
    names = ["x", *(f"t{index}" for index in range(count))]
    return [node(op, f"{a} {more}", b, given=attributes) for a, b in pairwise(names)]


def _file(*nodes: bytes, weights: tuple[bytes, ...] = (), functions: tuple[bytes, ...] = (), end: str) -> bytes:
    return model(graph(*nodes, inputs=(value("x", 2, 4),), outputs=(end,), weights=weights), functions=functions)


def _amplified() -> bytes:
    body = function("F", "a", "b", *(node("Relu", "a", f"t{index}") for index in range(200)), node("Relu", "a", "b"))
    calls = [
        node("F", "x" if not index else f"y{index - 1}", f"y{index}", domain="local", name=f"{'p' * 60_000}{index}")
        for index in range(100)
    ]
    return _file(*calls, functions=(body,), end="y99")


@pytest.mark.parametrize(
    "data",
    [
        _file(node("Relu", "x", "y", meta={"pkg.torch.onnx.stack_trace": "\n" * 500_000}), end="y"),
        _file(node("Relu", "x", "y", name="/".join("a" * 200_000)), end="y"),
        _file(*_chain(400, "Reshape", "s"), weights=(integers("s", *(1,) * 120),), end="t399"),
        _amplified(),
    ],
    ids=["blank lines in a stack trace", "a deep path", "many axes", "names of functions"],
)
def test_small_files_cost_little_time_and_memory(data: bytes) -> None:
    seconds, peak = _cost(data)
    assert seconds < 4
    assert peak < 150 * MIB


def test_numbers_do_not_grow_with_the_length_of_a_chain() -> None:
    doubled = [node("Concat", f"{a} {a}", b, axis=1) for a, b in pairwise(["x", *(f"t{i}" for i in range(200))])]
    sizes = read(_file(*doubled, end="t199")).nodes[-1].outputs[0].sizes
    assert isinstance(sizes, tuple)
    assert isinstance(sizes[1], Unknown)
    squared = [node("Mul", f"{a} {a}", b) for a, b in pairwise(["k", *(f"k{i}" for i in range(60))])]
    last = read(_file(*squared, node("Add", "x k59", "y"), weights=(integers("k", 3),), end="y")).nodes[1]
    assert isinstance(last.get("constant"), Unknown)
    grown = read(_file(*_chain(30, "Unsqueeze", axes=tuple(range(8))), end="t29")).nodes
    assert grown[1].outputs[0].rank == 10
    assert isinstance(grown[-1].outputs[0].rank, Unknown)
