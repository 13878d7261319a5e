"""A protobuf encoder of a few lines, so that hostile and hand-made ONNX files need no onnx package."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from lintnet.loaders.limits import DEFAULT, Limits
from lintnet.loaders.onnx import load
from lintnet.loaders.options import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.ir import Graph

FLOAT, INT64, BOOL = 1, 7, 9


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def field(number: int, value: float | str | bytes) -> bytes:
    """Encode one field: varint, 32-bit float, or length-delimited, by the type of the value."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def join(*parts: bytes) -> bytes:
    return b"".join(parts)


def tensor(name: str, dims: tuple[int, ...], data_type: int = FLOAT, raw: bytes = b"") -> bytes:
    return join(*(field(1, size) for size in dims), field(2, data_type), field(8, name), field(9, raw) if raw else b"")


def scalar(name: str, value: float | bool) -> bytes:
    if isinstance(value, bool):
        return tensor(name, (), BOOL, struct.pack("<?", value))
    return tensor(name, (), FLOAT, struct.pack("<f", value))


def integers(name: str, *values: int) -> bytes:
    return tensor(name, (len(values),), INT64, struct.pack(f"<{len(values)}q", *values))


Attribute = int | float | str | bytes | tuple[int, ...] | list[str]


def attribute(name: str, value: Attribute) -> bytes:
    """Encode an attribute; bytes are an encoded graph, a tuple is a list of integers, a list one of texts."""
    if isinstance(value, float):
        return join(field(1, name), field(2, value), field(20, 1))
    if isinstance(value, int):
        return join(field(1, name), field(3, value), field(20, 2))
    if isinstance(value, str):
        return join(field(1, name), field(4, value), field(20, 3))
    if isinstance(value, bytes):
        return join(field(1, name), field(6, value), field(20, 5))
    if isinstance(value, list):
        return join(field(1, name), *(field(9, text) for text in value), field(20, 8))
    return join(field(1, name), *(field(8, number) for number in value), field(20, 7))


def node(
    op: str,
    inputs: str,
    outputs: str,
    *,
    name: str = "",
    domain: str = "",
    meta: Mapping[str, str] | None = None,
    given: Mapping[str, Attribute] | None = None,
    **attributes: Attribute,
) -> bytes:
    """Encode a node; inputs and outputs are separated by blanks, `_` is one that is left out.

    Attributes are keywords, or `given` as a mapping.
    """
    return join(
        *(field(1, "" if part == "_" else part) for part in inputs.split()),
        *(field(2, "" if part == "_" else part) for part in outputs.split()),
        field(3, name),
        field(4, op),
        *(field(5, attribute(key, value)) for key, value in {**(given or {}), **attributes}.items()),
        field(7, domain),
        *(field(9, join(field(1, key), field(2, value))) for key, value in (meta or {}).items()),
    )


def value(name: str, *sizes: int | str, rank: bool = True) -> bytes:
    dims = (field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in sizes)
    shape = field(2, join(*dims)) if rank else b""
    return join(field(1, name), field(2, field(1, join(field(1, FLOAT), shape))))


def graph(
    *nodes: bytes,
    inputs: tuple[bytes, ...] = (),
    outputs: tuple[str, ...] = (),
    weights: tuple[bytes, ...] = (),
    values: tuple[bytes, ...] = (),
    meta: dict[str, str] | None = None,
) -> bytes:
    return join(
        *(field(1, each) for each in nodes),
        field(2, "g"),
        *(field(5, each) for each in weights),
        *(field(11, each) for each in inputs),
        *(field(12, value(name, rank=False)) for name in outputs),
        *(field(13, each) for each in values),
        *(field(16, join(field(1, key), field(2, text))) for key, text in (meta or {}).items()),
    )


def model(body: bytes, *, opset: int = 17, functions: tuple[bytes, ...] = (), extra: bytes = b"") -> bytes:
    return join(
        field(1, 8),
        field(2, "test"),
        field(7, body),
        field(8, join(field(1, ""), field(2, opset))),
        *(field(25, each) for each in functions),
        extra,
    )


def function(name: str, inputs: str, outputs: str, *nodes: bytes, domain: str = "local", opset: int = 17) -> bytes:
    return join(
        field(1, name),
        *(field(4, part) for part in inputs.split()),
        *(field(5, part) for part in outputs.split()),
        *(field(7, each) for each in nodes),
        field(9, join(field(1, ""), field(2, opset))),
        field(10, domain),
    )


def read(data: bytes, *, limits: Limits = DEFAULT, phase: str = "", loss: str = "") -> Graph:
    (result,) = load(io.BytesIO(data), "model.onnx", LoadOptions(phase, loss), limits)
    return result


def read_nodes(*nodes: bytes, opset: int = 17, weights: tuple[bytes, ...] = (), x: bytes | None = None) -> Graph:
    """Read nodes that turn the input `x` (2, 3, 8, 8) into the output `y`."""
    inputs = (value("x", 2, 3, 8, 8) if x is None else x,)
    return read(model(graph(*nodes, inputs=inputs, outputs=("y",), weights=weights), opset=opset))
