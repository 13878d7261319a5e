"""The wire reader against `onnx.load`, and against bytes that are no model."""

from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import DEFAULT, Limits
from lintnet.loaders.onnx.records import (
    AttributeRecord,
    GraphRecord,
    ModelRecord,
    NodeRecord,
    Skipped,
    SparseRecord,
    TensorRecord,
    TypeRecord,
    ValueRecord,
)
from lintnet.loaders.onnx.wire import Reader
from tests.loaders.onnx_bytes import field, graph, join, model, node, read, scalar, tensor, value, varint

if TYPE_CHECKING:
    from collections.abc import Iterable

_SMALL = model(
    graph(
        node("Conv", "x w", "c", name="conv", kernel_shape=(3, 3), pads=(1, 1, 1, 1)),
        node("Dropout", "c r t", "d"),
        node("Clip", "d", "y", min=0.0),
        inputs=(value("x", "N", 3, 8, 8),),
        outputs=("y",),
        weights=(tensor("w", (4, 3, 3, 3)), scalar("r", 0.5), scalar("t", value=True)),
    )
)

# The last field of the file is the version of the operators, six bytes.
_GRAPH_ENDS = len(_SMALL) - 6


def _parse(data: bytes, limits: Limits = DEFAULT) -> ModelRecord:
    return Reader(io.BytesIO(data), limits).model()


# Comparison with the oracle: both sides as plain tuples, payloads above 1 KiB as their size on the wire.


def _varints(numbers: Iterable[int]) -> int:
    return sum(len(varint(number)) for number in numbers)


def _cut(items: Any, nbytes: int) -> Any:
    return nbytes if nbytes > DEFAULT.payload else tuple(items)


def _mine(payload: Any) -> Any:
    return payload.nbytes if isinstance(payload, Skipped) else payload


def _their_tensor(t: Any) -> Any:
    return (
        t.name,
        tuple(t.dims),
        t.data_type,
        _cut(t.float_data, 4 * len(t.float_data)),
        _cut(t.int32_data, _varints(t.int32_data)),
        _cut(t.string_data, sum(map(len, t.string_data))),
        _cut(t.int64_data, _varints(t.int64_data)),
        t.raw_data if len(t.raw_data) <= DEFAULT.payload else len(t.raw_data),
        _cut(t.double_data, 8 * len(t.double_data)),
        _cut(t.uint64_data, _varints(t.uint64_data)),
        bool(t.external_data) or t.data_location == 1,
    )


def _my_tensor(t: TensorRecord) -> Any:
    payloads = (t.floats, t.int32s, t.strings, t.int64s, t.raw, t.doubles, t.uint64s)
    return (t.name, t.dims, t.data_type, *map(_mine, payloads), t.external)


def _their_sparse(s: Any) -> Any:
    return (_their_tensor(s.values), _their_tensor(s.indices), tuple(s.dims))


def _my_sparse(s: SparseRecord) -> Any:
    return (_my_tensor(s.values), _my_tensor(s.indices), s.dims)


def _their_type(t: Any) -> Any:
    container = {"tensor_type": "tensor", "sequence_type": "sequence", "map_type": "map", "optional_type": "optional",
                 "sparse_tensor_type": "sparse", "opaque_type": "opaque"}.get(t.WhichOneof("value"), "")  # fmt: skip
    if container not in {"tensor", "sparse"}:
        return (container, 0, None)
    inner = t.tensor_type if container == "tensor" else t.sparse_tensor_type
    dims = None
    if inner.HasField("shape"):
        dims = tuple(
            d.dim_value if d.HasField("dim_value") else (d.dim_param or None) if d.HasField("dim_param") else None
            for d in inner.shape.dim
        )
    return (container, inner.elem_type, dims)


def _my_type(t: TypeRecord | None) -> Any:
    return None if t is None else (t.container, t.elem_type, t.dims)


def _their_value(v: Any) -> Any:
    return (v.name, _their_type(v.type) if v.HasField("type") else None, _their_entries(v.metadata_props))


def _my_value(v: ValueRecord) -> Any:
    return (v.name, _my_type(v.type), v.metadata)


def _their_entries(entries: Any) -> dict[str, str]:
    return {entry.key: entry.value for entry in entries}


def _their_attribute(a: Any) -> Any:
    return (
        a.name, a.type, a.f, a.i, a.s if len(a.s) <= DEFAULT.payload else len(a.s),
        _their_tensor(a.t) if a.HasField("t") else None,
        _their_graph(a.g) if a.HasField("g") else None,
        _their_sparse(a.sparse_tensor) if a.HasField("sparse_tensor") else None,
        _cut(a.floats, 4 * len(a.floats)), _cut(a.ints, _varints(a.ints)), _cut(a.strings, sum(map(len, a.strings))),
        [_their_tensor(t) for t in a.tensors], [_their_graph(g) for g in a.graphs], a.ref_attr_name,
    )  # fmt: skip


def _my_attribute(a: AttributeRecord) -> Any:
    return (
        a.name, a.type, a.f, a.i, _mine(a.s),
        None if a.t is None else _my_tensor(a.t),
        None if a.g is None else _my_graph(a.g),
        None if a.sparse is None else _my_sparse(a.sparse),
        _mine(a.floats), _mine(a.ints), _mine(a.strings),
        [_my_tensor(t) for t in a.tensors], [_my_graph(g) for g in a.graphs], a.ref,
    )  # fmt: skip


def _their_node(n: Any) -> Any:
    attributes = {a.name: _their_attribute(a) for a in n.attribute}
    return (list(n.input), list(n.output), n.name, n.op_type, n.domain, n.overload, attributes,
            _their_entries(n.metadata_props))  # fmt: skip


def _my_node(n: NodeRecord) -> Any:
    attributes = {name: _my_attribute(a) for name, a in n.attributes.items()}
    return (n.inputs, n.outputs, n.name, n.op_type, n.domain, n.overload, attributes, n.metadata)


def _their_graph(g: Any) -> Any:
    return (
        g.name, [_their_node(n) for n in g.node], [_their_tensor(t) for t in g.initializer],
        [_their_sparse(s) for s in g.sparse_initializer], [_their_value(v) for v in g.input],
        [_their_value(v) for v in g.output], [_their_value(v) for v in g.value_info],
        _their_entries(g.metadata_props),
    )  # fmt: skip


def _my_graph(g: GraphRecord) -> Any:
    return (
        g.name, [_my_node(n) for n in g.nodes], [_my_tensor(t) for t in g.initializers],
        [_my_sparse(s) for s in g.sparse], [_my_value(v) for v in g.inputs], [_my_value(v) for v in g.outputs],
        [_my_value(v) for v in g.values], g.metadata,
    )  # fmt: skip


def _their_model(m: Any) -> Any:
    functions = [
        (f.name, f.domain, f.overload, list(f.input), list(f.output), list(f.attribute),
         {a.name: _their_attribute(a) for a in f.attribute_proto}, [_their_node(n) for n in f.node],
         {o.domain: o.version for o in f.opset_import}, [_their_value(v) for v in f.value_info],
         _their_entries(f.metadata_props))
        for f in m.functions
    ]  # fmt: skip
    return (
        m.ir_version, m.producer_name, m.producer_version, m.domain, m.model_version,
        {o.domain: o.version for o in m.opset_import}, _their_entries(m.metadata_props), len(m.training_info),
        functions, _their_graph(m.graph),
    )  # fmt: skip


def _my_model(m: ModelRecord) -> Any:
    functions = [
        (f.name, f.domain, f.overload, f.inputs, f.outputs, f.attributes,
         {name: _my_attribute(a) for name, a in f.defaults.items()}, [_my_node(n) for n in f.nodes], f.opsets,
         [_my_value(v) for v in f.values], f.metadata)
        for f in m.functions
    ]  # fmt: skip
    return (
        m.ir_version, m.producer, m.producer_version, m.domain, m.model_version, m.opsets, m.metadata, m.training,
        functions, _my_graph(m.graph),
    )  # fmt: skip


@pytest.mark.oracle
def test_every_file_in_the_onnx_wheel_reads_as_onnx_reads_it() -> None:
    import onnx

    files = sorted(Path(str(onnx.__file__)).parent.rglob("*.onnx"))
    assert len(files) > 100
    for path in files:
        data = path.read_bytes()
        assert _my_model(_parse(data)) == _their_model(onnx.load_from_string(data)), path.name


def _everything() -> Any:
    """A model with every message of the format: nested bodies, functions, sparse, packed and skipped payloads."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", None, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    inner = helper.make_graph([helper.make_node("Relu", ["x"], ["i"])], "inner", [], [_info("i")])
    inner_if = helper.make_node("If", ["flag"], ["j"], then_branch=inner, else_branch=inner)
    outer = helper.make_graph([inner_if], "outer", [], [_info("j")])
    values = numpy_helper.from_array(np.arange(3, dtype=np.float32), "sparse")
    indices = numpy_helper.from_array(np.arange(3, dtype=np.int64), "indices")
    sparse = helper.make_sparse_tensor(values, indices, [700])
    unpacked = helper.make_tensor("unpacked", TensorProto.FLOAT, [400], np.arange(400, dtype=np.float32))
    texts: Any = [b"a", b"\xff\xfe"]
    kinds = [
        helper.make_tensor("i32", TensorProto.INT32, [3], [-1, 2, 70000]),
        helper.make_tensor("i64", TensorProto.INT64, [2], [-(2**62), 2**62]),
        helper.make_tensor("u64", TensorProto.UINT64, [1], [2**64 - 1]),
        helper.make_tensor("f64", TensorProto.DOUBLE, [200], [0.5] * 200),
        helper.make_tensor("text", TensorProto.STRING, [2], texts),
        numpy_helper.from_array(np.zeros((70, 70, 3, 3), np.float32), "large"),
        unpacked,
    ]
    outside = helper.make_tensor("outside", TensorProto.FLOAT, [1], [1.0])
    outside.ClearField("float_data")
    outside.data_location = TensorProto.EXTERNAL
    entry = outside.external_data.add()
    entry.key, entry.value = "location", "../outside.bin"
    nodes = [
        helper.make_node("If", ["flag"], ["k"], name="top", then_branch=outer, else_branch=outer),
        helper.make_node("Constant", [], ["c"], sparse_value=sparse),
        helper.make_node(
            "Own", ["k"], ["y"], domain="local", name="own", floats=[0.5] * 300, ints=list(range(-300, 300)),
            strings=["s" * 50] * 30, blob=b"b" * 3000, few=[1, -2], graphs=[inner, inner],
            tensors=[values, kinds[5]],
        ),
    ]  # fmt: skip
    body = helper.make_graph(nodes, "g", [x], [y], [*kinds, outside], sparse_initializer=[sparse])
    body.value_info.append(
        helper.make_value_info("seq", helper.make_sequence_type_proto(helper.make_tensor_type_proto(1, [2])))
    )
    function = helper.make_function(
        "local", "Own", ["a"], ["b"], [helper.make_node("Elu", ["a"], ["b"])], [helper.make_opsetid("", 17)],
        attributes=["few"], attribute_protos=[helper.make_attribute("blob", b"d")],
    )  # fmt: skip
    made = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], functions=[function])
    training = made.training_info.add()
    training.algorithm.CopyFrom(inner)
    helper.set_model_props(made, {"key": "value", "naïve": "ünïcode"})
    return made


def _info(name: str) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


@pytest.mark.oracle
def test_a_file_with_every_message_reads_as_onnx_reads_it() -> None:
    made = _everything()
    mine, theirs = _my_model(_parse(made.SerializeToString())), _their_model(made)
    # Text that is no UTF-8 is kept as bytes in payloads, so both agree on it.
    assert mine == theirs


def test_packed_and_unpacked_scalars_are_the_same() -> None:
    packed = join(field(1, b"\x02\x03"), field(2, 7), field(8, "t"), field(7, varint(5) + varint(-1)))
    loose = join(field(1, 2), field(1, 3), field(2, 7), field(8, "t"), field(7, 5), field(7, -1))
    for data in (packed, loose):
        (record,) = _parse(field(7, field(5, data))).graph.initializers
        assert (record.dims, record.int64s) == ((2, 3), (5, -1))


def test_a_run_of_unpacked_numbers_is_stepped_over() -> None:
    run = b"\x25\x00\x00\x80\x3f" * 400_000
    data = field(7, field(5, join(field(1, 400_000), field(2, 1), run, field(8, "w"))))
    reader = Reader(io.BytesIO(data), DEFAULT)
    (record,) = reader.model().graph.initializers
    assert record.name == "w"
    assert isinstance(record.floats, Skipped)
    assert record.floats.nbytes == pytest.approx(2_000_000, rel=0.3)


class _Counting(io.BytesIO):
    """Counts the bytes that are read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_weights_are_stepped_over() -> None:
    weights = tuple(tensor(f"w{index}", (1 << 18,), raw=bytes(1 << 20)) for index in range(20))
    names = "".join(f" w{index}" for index in range(20))
    data = model(graph(node("Sum", f"x{names}", "y"), inputs=(value("x", 1),), outputs=("y",), weights=weights))
    file = _Counting(data)
    tracemalloc.start()
    parsed = Reader(file, DEFAULT).model()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.raw for record in parsed.graph.initializers] == [Skipped(1 << 20)] * 20
    assert file.taken < len(data) // 10
    assert peak < 1 << 20


# Hazards: one LoadError, with a place.


def _refused(data: bytes, limits: Limits = DEFAULT) -> LoadError:
    with pytest.raises(LoadError) as caught:
        read(data, limits=limits)
    return caught.value


def test_the_small_model_is_sound() -> None:
    assert [each.kind for each in read(_SMALL).nodes] == ["input", "conv", "dropout", "relu", "output"]


@pytest.mark.parametrize("size", range(len(_SMALL)))
def test_a_truncated_file_is_refused_or_whole(size: int) -> None:
    # Cut behind the graph, between two fields of the model, the file is still a whole model.
    if size == _GRAPH_ENDS:
        assert len(read(_SMALL[:size]).nodes) == 5
        return
    error = _refused(_SMALL[:size])
    assert error.place.startswith("byte ")
    assert int(error.place.split()[1]) <= size


def test_an_empty_file_is_refused() -> None:
    assert "empty" in _refused(b"").reason


def test_random_bytes_are_refused() -> None:
    source = random.Random(20)  # noqa: S311 - the same bytes in every run
    for size in (1, 10, 100, 1000, 70_000):
        for _ in range(20):
            _refused(source.randbytes(size))


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(100), b"{}", b"\x89HDF\r\n\x1a\n", bytes(5000), b"\x08\x08"])
def test_other_formats_are_refused(data: bytes) -> None:
    _refused(data)


def test_group_tags_are_no_protobuf() -> None:
    assert "not a protobuf file: wire type 3" in _refused(b"\x0b" + bytes(30)).reason
    assert "wire type 4" in _refused(model(graph(b"\x0c"))).reason


def test_a_huge_varint_is_refused() -> None:
    assert "ten bytes" in _refused(b"\x08" + b"\xff" * 30).reason


@pytest.mark.parametrize("size", [1 << 31, 1 << 62, (1 << 64) - 1])
def test_an_announced_length_is_not_believed(size: int) -> None:
    tracemalloc.start()
    error = _refused(b"\x3a" + varint(size) + b"x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "truncated" in error.reason
    assert error.place == "byte 0"
    assert peak < 1 << 20


def test_a_singular_message_cannot_occur_twice() -> None:
    assert "second graph" in _refused(model(graph()) + field(7, graph())).reason
    twice = join(field(1, "value"), field(5, scalar("", 1.0)), field(5, scalar("", 2.0)), field(20, 4))
    assert "second tensor" in _refused(model(graph(join(field(2, "y"), field(4, "Constant"), field(5, twice))))).reason


def test_deep_nesting_is_refused() -> None:
    body = graph(node("Relu", "x", "y"), outputs=("y",))
    for _ in range(40):
        body = graph(node("If", "x", "y", then_branch=body, else_branch=graph(outputs=("x",))), outputs=("y",))
    assert "nested more than 100 deep" in _refused(model(body)).reason


def test_nesting_by_thousands_is_refused() -> None:
    body = b""
    for _ in range(5000):
        body = field(1, field(5, field(6, body)))
    assert "nested more than 100 deep" in _refused(field(7, body)).reason


def test_fields_structure_and_strings_are_budgeted() -> None:
    flood = field(7, b"\x12\x00\x62\x00" * 30_000)
    assert "fields" in _refused(flood, Limits(fields_free=1000, fields_per_kib=100)).reason
    nodes = graph(*(node("Relu", f"x{i}", f"x{i + 1}") for i in range(500)))
    assert "besides the weights" in _refused(model(nodes), Limits(kept=5000)).reason
    assert "more than 400 nodes" in _refused(model(nodes), Limits(nodes=400)).reason
    assert "a text of 100000 bytes" in _refused(field(7, field(2, "n" * 100_000)), Limits(string=50_000)).reason


def test_text_that_is_no_utf8_is_replaced() -> None:
    body = graph(join(field(1, "x"), field(2, "y"), field(3, b"bad\xff\xfe"), field(4, "Relu")),
                 inputs=(value("x", 1),), outputs=("y",))  # fmt: skip
    assert read(model(body)).nodes[1].name == "bad\ufffd\ufffd"


@pytest.mark.parametrize("dims", [(-1, 3, 3, 3), (-(1 << 62),)])
def test_negative_sizes_of_weights_are_refused(dims: tuple[int, ...]) -> None:
    body = graph(node("Add", "x w", "y"), inputs=(value("x", 1),), outputs=("y",), weights=(tensor("w", dims),))
    assert "negative" in _refused(model(body)).reason


def test_enormous_sizes_cost_nothing() -> None:
    weights = (tensor("w", (1 << 62, 1 << 62, 3, 3)),)
    body = graph(node("Conv", "x w", "y"), inputs=(value("x", 1 << 62, 1 << 62),), outputs=("y",), weights=weights)
    assert read(model(body)).nodes[1].get("out") == 1 << 62


def test_external_data_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = field(13, join(field(1, "location"), field(2, "weights.bin")))
    weight = join(
        field(1, 4), field(1, 3), field(1, 3), field(1, 3), field(2, 1), field(8, "w"), location, field(14, 1)
    )
    body = graph(node("Conv", "x w", "y"), inputs=(value("x", 1, 3, 8, 8),), outputs=("y",), weights=(weight,))
    data = model(body)
    (tmp_path / "weights.bin").write_bytes(b"x")

    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("a file was opened")

    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setattr("builtins.open", refuse)
        patch.setattr("io.open", refuse)
        patch.setattr("os.open", refuse)
        result = read(data)
    assert result.nodes[1].get("out") == 4
