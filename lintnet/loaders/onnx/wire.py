"""The protobuf wire format of an ONNX file, read by seeking over the weights.

Knows field numbers and nothing of operators. A message up to one window is cut in memory; a longer one (a graph, a
weight) is walked in the file, window by window, and a payload above `Limits.payload` is stepped over, never kept.
Memory-mapping was refused: a mapped file that shrinks while it is read kills the process.

As in protobuf, a field that is unknown or has another wire type than its message says is ignored. Unlike protobuf, a
singular submessage that occurs twice is refused: protobuf merges the two deeply, which no exporter relies on.

Source: the protobuf encoding guide; field numbers of onnx/onnx.proto, ONNX 1.23.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from lintnet.loaders.onnx.records import (
    AttributeRecord,
    FunctionRecord,
    GraphRecord,
    ModelRecord,
    NodeRecord,
    Skipped,
    SparseRecord,
    TensorRecord,
    TypeRecord,
    ValueRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lintnet.loaders.limits import Limits

__all__ = ["MalformedError", "Reader"]

_WINDOW: Final = 1 << 15
_SHORT_RUN: Final = 2048
# Attributes repeat: a network has few kinds of windows. Equal short ones are cut once and shared.
_SHARED_BYTES: Final = 128
_SHARED_MOST: Final = 4096
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class MalformedError(ValueError):
    """Bytes that are no ONNX model, or more of them than the limits allow."""


class Span(NamedTuple):
    """A length-delimited value that stays in the file: its first byte and the one after its last."""

    start: int
    stop: int


# A field is (tag, value); the tag (number * 8 + wire type) fixes the type of the value: int for a varint, bytes of
# 4 or 8 for a fixed one, bytes or Span for a length-delimited one, Skipped for a long run of scalars.
_Field = tuple[int, Any]
_Message = bytes | Span


class Reader:
    """Reads one model from a seekable file. `at` is the offset of the last record that was started."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Measure the file; nothing is read yet."""
        self._file = file
        self._limits = limits
        self._size = file.seek(0, 2)
        self._fields = 0
        self._structure = 0
        self._nodes = 0
        self._shared: dict[bytes, AttributeRecord] = {}
        self.at = 0

    def model(self) -> ModelRecord:
        """Read the whole file as a ModelProto.

        Raises:
            MalformedError: empty, truncated, not protobuf, without a graph, or beyond a limit.
            ValueError, IndexError, struct.error: other malformed bytes.
        """
        if not self._size:
            message = "the file is empty"
            raise MalformedError(message)
        if self._size > self._limits.file:
            message = f"the file is larger than {self._limits.file} bytes"
            raise MalformedError(message)
        graph: GraphRecord | None = None
        model = ModelRecord(GraphRecord())
        for tag, value in self._walk(Span(0, self._size)):
            if tag == 0x08:
                model.ir_version = _signed(value)
            elif tag == 0x12:
                model.producer = self._text(value)
            elif tag == 0x1A:
                model.producer_version = self._text(value)
            elif tag == 0x22:
                model.domain = self._text(value)
            elif tag == 0x28:
                model.model_version = _signed(value)
            elif tag == 0x3A:
                _once(graph, "graph")
                graph = self._graph(value, 1)
            elif tag == 0x42:
                self._opset(value, model.opsets)
            elif tag == 0x72:
                self._entry(value, model.metadata)
            elif tag == 0xA2:
                model.training += 1
            elif tag == 0xCA:
                model.functions.append(self._function(value, 1))
        if graph is None:
            message = "no ONNX model: the file holds no graph"
            raise MalformedError(message)
        model.graph = graph
        return model

    # Messages. Tags are number * 8 + wire type, in the order of onnx.proto.

    def _graph(self, data: _Message, depth: int) -> GraphRecord:
        graph = GraphRecord()
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                graph.nodes.append(self._node(value, depth + 1))
            elif tag == 0x12:
                graph.name = self._text(value)
            elif tag == 0x2A:
                graph.initializers.append(self._tensor(value, depth + 1))
            elif tag == 0x5A:
                graph.inputs.append(self._value(value, depth + 1))
            elif tag == 0x62:
                graph.outputs.append(self._value(value, depth + 1))
            elif tag == 0x6A:
                graph.values.append(self._value(value, depth + 1))
            elif tag == 0x7A:
                graph.sparse.append(self._sparse(value, depth + 1))
            elif tag == 0x82:
                self._entry(value, graph.metadata)
        return graph

    def _node(self, data: _Message, depth: int) -> NodeRecord:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            message = f"more than {self._limits.nodes} nodes"
            raise MalformedError(message)
        node = NodeRecord()
        text, shared = self._text, self._shared
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                node.inputs.append(text(value))
            elif tag == 0x12:
                node.outputs.append(text(value))
            elif tag == 0x1A:
                node.name = text(value)
            elif tag == 0x22:
                node.op_type = text(value)
            elif tag == 0x2A:
                attribute = shared.get(value) or self._attribute(value, depth + 1)
                node.attributes[attribute.name] = attribute
                if attribute.ref or attribute.g is not None or attribute.graphs:
                    node.plain = False
            elif tag == 0x3A:
                node.domain = text(value)
            elif tag == 0x42:
                node.overload = text(value)
            elif tag == 0x4A:
                self._entry(value, node.metadata)
        return node

    def _attribute(self, data: _Message, depth: int) -> AttributeRecord:
        record = AttributeRecord()
        floats = ints = strings = None
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                record.name = self._text(value)
            elif tag == 0x15:
                record.f = struct.unpack("<f", value)[0]
            elif tag == 0x18:
                record.i = _signed(value)
            elif tag == 0x22:
                record.s = self._kept(value)
            elif tag == 0x2A:
                _once(record.t, "tensor")
                record.t = self._tensor(value, depth + 1)
            elif tag == 0x32:
                _once(record.g, "graph")
                record.g = self._graph(value, depth + 1)
            elif tag in {0x3A, 0x3D}:
                floats = floats or self._payload()
                floats.fixed(value, "f")
            elif tag in {0x40, 0x42}:
                ints = ints or self._payload()
                ints.varints(value)
            elif tag == 0x4A:
                strings = strings or self._payload()
                strings.text(value)
            elif tag == 0x52:
                record.tensors.append(self._tensor(value, depth + 1))
            elif tag == 0x5A:
                record.graphs.append(self._graph(value, depth + 1))
            elif tag == 0xA0:
                record.type = _signed(value)
            elif tag == 0xAA:
                record.ref = self._text(value)
            elif tag == 0xB2:
                _once(record.sparse, "sparse tensor")
                record.sparse = self._sparse(value, depth + 1)
        record.floats, record.ints, record.strings = _result(floats), _result(ints, _signed), _result(strings)
        if isinstance(data, bytes) and len(data) <= _SHARED_BYTES and len(self._shared) < _SHARED_MOST:
            self._shared[data] = record
        return record

    def _tensor(self, data: _Message, depth: int) -> TensorRecord:
        record = TensorRecord()
        dims: list[int] = []
        # Most tensors hold one payload, so the collectors are made when a payload is met.
        payloads: dict[int, _Payload] = {}
        for tag, value in self._split(data, depth):
            if tag == 0x08:
                dims.append(_signed(value))
            elif tag == 0x0A:
                dims += map(_signed, _varints(self._bytes(value)))
            elif tag == 0x10:
                record.data_type = _signed(value)
            elif tag == 0x42:
                record.name = self._text(value)
            elif tag == 0x4A:
                record.raw = self._kept(value)
            elif tag == 0x6A:
                record.external = True
            elif tag == 0x70:
                record.external = record.external or value == 1
            else:
                number = tag >> 3
                if number in _TENSOR_PAYLOADS:
                    payloads.setdefault(number, self._payload()).add(tag, value)
        record.dims = tuple(dims)
        if payloads:
            record.floats = _result(payloads.get(4))
            record.int32s = _result(payloads.get(5), _signed)
            record.strings = _result(payloads.get(6))
            record.int64s = _result(payloads.get(7), _signed)
            record.doubles = _result(payloads.get(10))
            record.uint64s = _result(payloads.get(11))
        return record

    def _sparse(self, data: _Message, depth: int) -> SparseRecord:
        values: TensorRecord | None = None
        indices: TensorRecord | None = None
        dims: list[int] = []
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                _once(values, "values")
                values = self._tensor(value, depth + 1)
            elif tag == 0x12:
                _once(indices, "indices")
                indices = self._tensor(value, depth + 1)
            elif tag == 0x18:
                dims.append(_signed(value))
            elif tag == 0x1A:
                dims += map(_signed, _varints(self._bytes(value)))
        return SparseRecord(values or TensorRecord(), indices or TensorRecord(), tuple(dims))

    def _value(self, data: _Message, depth: int) -> ValueRecord:
        record = ValueRecord()
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                record.name = self._text(value)
            elif tag == 0x12:
                _once(record.type, "type")
                record.type = self._type(value, depth + 1)
            elif tag == 0x22:
                self._entry(value, record.metadata)
        return record

    def _type(self, data: _Message, depth: int) -> TypeRecord:
        record = TypeRecord()
        for tag, value in self._split(data, depth):
            container = _CONTAINERS.get(tag)
            if container is None:
                continue
            if record.container:
                message = "a type that is two things at once"
                raise MalformedError(message)
            record.container = container
            if container not in {"tensor", "sparse"}:
                continue
            for inner, part in self._split(value, depth + 1):
                if inner == 0x08:
                    record.elem_type = _signed(part)
                elif inner == 0x12:
                    _once(record.dims, "shape")
                    record.dims = self._shape(part, depth + 2)
        return record

    def _shape(self, data: _Message, depth: int) -> tuple[int | str | None, ...]:
        dims: list[int | str | None] = []
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                size: int | str | None = None
                for inner, part in self._split(value, depth + 1):
                    if inner == 0x08:
                        size = _signed(part)
                    elif inner == 0x12:
                        size = self._text(part) or None
                dims.append(size)
        return tuple(dims)

    def _function(self, data: _Message, depth: int) -> FunctionRecord:
        record = FunctionRecord()
        for tag, value in self._split(data, depth):
            if tag == 0x0A:
                record.name = self._text(value)
            elif tag == 0x22:
                record.inputs.append(self._text(value))
            elif tag == 0x2A:
                record.outputs.append(self._text(value))
            elif tag == 0x32:
                record.attributes.append(self._text(value))
            elif tag == 0x3A:
                record.nodes.append(self._node(value, depth + 1))
            elif tag == 0x4A:
                self._opset(value, record.opsets)
            elif tag == 0x52:
                record.domain = self._text(value)
            elif tag == 0x5A:
                attribute = self._attribute(value, depth + 1)
                record.defaults[attribute.name] = attribute
            elif tag == 0x62:
                record.values.append(self._value(value, depth + 1))
            elif tag == 0x6A:
                record.overload = self._text(value)
            elif tag == 0x72:
                self._entry(value, record.metadata)
        return record

    def _opset(self, data: _Message, opsets: dict[str, int]) -> None:
        domain, version = "", 0
        for tag, value in self._split(data, 2):
            if tag == 0x0A:
                domain = self._text(value)
            elif tag == 0x10:
                version = _signed(value)
        opsets[domain] = version

    def _entry(self, data: _Message, entries: dict[str, str]) -> None:
        key = text = ""
        for tag, value in self._split(data, 2):
            if tag == 0x0A:
                key = self._text(value)
            elif tag == 0x12:
                text = self._text(value)
        entries[key] = text

    # Values.

    def _text(self, value: _Message) -> str:
        return (value if isinstance(value, bytes) else self._bytes(value)).decode("utf-8", "replace")

    def _kept(self, value: _Message) -> bytes | Skipped:
        size = value.stop - value.start if isinstance(value, Span) else len(value)
        return self._bytes(value) if size <= self._limits.payload else Skipped(size)

    def _payload(self) -> _Payload:
        return _Payload(self._limits.payload, self._bytes)

    def _bytes(self, value: _Message) -> bytes:
        if not isinstance(value, Span):
            return value
        size = value.stop - value.start
        if size > self._limits.string:
            message = f"a text of {size} bytes; at most {self._limits.string} are read"
            raise MalformedError(message)
        self._charge(size)
        return self._read(value.start, size)

    # Cutting messages into fields.

    def _split(self, data: _Message, depth: int) -> Iterable[_Field]:
        if depth > self._limits.depth:
            message = f"messages are nested more than {self._limits.depth} deep"
            raise MalformedError(message)
        if isinstance(data, Span):
            return self._walk(data)
        fields: list[_Field] = []
        pos, end = 0, len(data)
        while pos < end:
            tag = data[pos]
            pos += 1
            if tag >= 0x80:
                tag, pos = _varint(data, pos - 1)
            wire = tag & 7
            if wire == _BYTES:
                size = data[pos]
                pos += 1
                if size >= 0x80:
                    size, pos = _varint(data, pos - 1)
                start, pos = pos, pos + size
                if pos > end:
                    raise MalformedError(_truncated(size, end - start))
                fields.append((tag, data[start:pos]))
            elif wire == _VARINT:
                number = data[pos]
                pos += 1
                if number >= 0x80:
                    number, pos = _varint(data, pos - 1)
                fields.append((tag, number))
            elif wire in {_FIXED32, _FIXED64}:
                start, pos = pos, pos + (4 if wire == _FIXED32 else 8)
                if pos > end:
                    raise MalformedError(_truncated(pos - start, end - start))
                fields.append((tag, data[start:pos]))
            else:
                raise MalformedError(_not_protobuf(wire))
        self._count(len(fields))
        return fields

    def _walk(self, span: Span) -> Iterator[_Field]:
        """Cut a message that stays in the file; long values are given as spans and stepped over."""
        pos, stop = span
        window, base = b"", pos
        while pos < stop:
            self.at = pos
            # A header is at most 20 bytes: two varints.
            if base + len(window) < min(pos + 20, stop):
                window, base = self._read(pos, min(_WINDOW, stop - pos)), pos
            tag, here = _varint(window, pos - base)
            wire = tag & 7
            value: int | bytes | Span
            if wire == _BYTES:
                size, here = _varint(window, here)
                start = base + here
                pos = start + size
                if pos > stop:
                    raise MalformedError(_truncated(size, stop - start))
                if size > _WINDOW:
                    value = Span(start, pos)
                else:
                    if pos > base + len(window):
                        window, base = self._read(start, min(_WINDOW, stop - start)), start
                    value = window[start - base : pos - base]
                    self._charge(size)
            elif wire == _VARINT:
                value, here = _varint(window, here)
                pos = base + here
            elif wire in {_FIXED32, _FIXED64}:
                width = 4 if wire == _FIXED32 else 8
                value = window[here : here + width]
                pos = base + here + width
                if pos > stop or len(value) < width:
                    raise MalformedError(_truncated(width, stop - base - here))
            else:
                raise MalformedError(_not_protobuf(wire))
            self._count(1)
            yield tag, value
            if wire != _BYTES and tag < 0x80:
                # Millions of unpacked numbers are stepped over at the speed of a regular expression.
                run = _run(tag).match(window, pos - base)
                if run and run.end() - run.start() > _SHORT_RUN:
                    pos = base + run.end()
                    yield tag, Skipped(run.end() - run.start())

    def _read(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        data = self._file.read(size)
        if len(data) < size:
            message = "the file ended while it was read"
            raise MalformedError(message)
        return data

    def _charge(self, size: int) -> None:
        self._structure += size
        if self._structure > self._limits.kept:
            message = f"more than {self._limits.kept} bytes besides the weights"
            raise MalformedError(message)

    def _count(self, fields: int) -> None:
        self._fields += fields
        limits = self._limits
        if self._fields > limits.fields_free and (
            self._fields > limits.fields
            or self._fields > limits.fields_free + self._structure * limits.fields_per_kib // 1024
        ):
            message = f"more than {self._fields} fields in {self._structure} bytes of structure"
            raise MalformedError(message)


class _Payload:
    """Collects a repeated scalar, packed or not, until it is longer than the limit; then only counts its bytes."""

    __slots__ = ("_fetch", "_items", "_limit", "_nbytes")

    def __init__(self, limit: int, fetch: Callable[[_Message], bytes]) -> None:
        self._limit = limit
        self._fetch = fetch
        self._items: list[Any] = []
        self._nbytes = 0

    def add(self, tag: int, value: Any) -> None:  # noqa: ANN401 - the tag fixes the type
        how = _TENSOR_PAYLOADS[tag >> 3]
        if how == "v":
            self.varints(value)
        elif how == "s":
            self.text(value)
        else:
            self.fixed(value, how)

    def fixed(self, value: _Message | Skipped, how: str) -> None:
        if data := self._take(value):
            self._items += struct.unpack(f"<{len(data) // struct.calcsize(how)}{how}", data)

    def varints(self, value: int | _Message | Skipped) -> None:
        if isinstance(value, int):
            self._nbytes += 1 if value < 0x80 else (value.bit_length() + 6) // 7
            if self._nbytes <= self._limit:
                self._items.append(value)
        elif data := self._take(value):
            self._items += _varints(data)

    def text(self, value: _Message | Skipped) -> None:
        data = self._take(value)
        if data is not None:
            self._items.append(data)

    def _take(self, value: _Message | Skipped) -> bytes | None:
        if isinstance(value, Skipped):
            self._nbytes += value.nbytes
        else:
            self._nbytes += value.stop - value.start if isinstance(value, Span) else len(value)
            if self._nbytes <= self._limit:
                return self._fetch(value)
        self._items.clear()
        return None

    def result(self, convert: Callable[[Any], Any] | None = None) -> Any:  # noqa: ANN401 - the field fixes the type
        if self._nbytes > self._limit:
            return Skipped(self._nbytes)
        return tuple(map(convert, self._items)) if convert else tuple(self._items)


def _result(payload: _Payload | None, convert: Callable[[Any], Any] | None = None) -> Any:  # noqa: ANN401 - as above
    return payload.result(convert) if payload else ()


# Payload fields of TensorProto by number: struct code, v for varints, s for byte strings.
_TENSOR_PAYLOADS: Final = {4: "f", 5: "v", 6: "s", 7: "v", 10: "d", 11: "v"}
_CONTAINERS: Final = {0x0A: "tensor", 0x22: "sequence", 0x2A: "map", 0x42: "sparse", 0x4A: "optional", 0x3A: "opaque"}


def _varint(data: bytes, pos: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[pos]
        pos += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, pos
        shift += 7
        if shift > 63:
            message = "a number of more than ten bytes: not a protobuf file"
            raise MalformedError(message)


def _varints(data: bytes) -> list[int]:
    values: list[int] = []
    pos, end = 0, len(data)
    while pos < end:
        value, pos = _varint(data, pos)
        values.append(value)
    return values


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _once(old: object, what: str) -> None:
    if old is not None:
        message = f"a second {what} where there can be only one"
        raise MalformedError(message)


def _truncated(wanted: int, left: int) -> str:
    return f"truncated, or not an ONNX file: {wanted} bytes are announced and {max(left, 0)} are left"


def _not_protobuf(wire: int) -> str:
    return f"not a protobuf file: wire type {wire}"


@lru_cache(maxsize=256)
def _run(tag: int) -> re.Pattern[bytes]:
    """Match a run of scalars that all carry the one-byte `tag`."""
    item = {_VARINT: rb"[\x80-\xff]{0,9}[\x00-\x7f]", _FIXED32: rb".{4}", _FIXED64: rb".{8}"}[tag & 7]
    return re.compile(rb"(?:" + re.escape(bytes((tag,))) + item + rb")*", re.DOTALL)
