"""What a name stands for while a graph is built: an activation, or a constant.

Knows records and the IR, nothing of operators. Weights are never read: a constant holds numbers only where the file
keeps at most 1 KiB of them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import UNKNOWN, Edge, Size, Tensor, Unknown
from lintnet.loaders.onnx.records import DTYPES, Skipped, SparseRecord, TensorRecord

if TYPE_CHECKING:
    from lintnet.loaders.onnx.records import TypeRecord

__all__ = [
    "LARGEST",
    "MOST_AXES",
    "Activation",
    "Constant",
    "Value",
    "dtype_name",
    "from_sparse",
    "from_tensor",
    "shorten",
    "sizes_of",
]


MOST_AXES: Final = 64
"""Tensors of more axes are read as of unknown shape: no framework makes them, and their cost would be the product."""

LARGEST: Final = 1 << 63
"""Computed numbers from here on are unknown: ONNX has no such integers, and they could double with every node."""


class Constant(NamedTuple):
    """A tensor that does not depend on the input data.

    `name` is how the file calls it, `origin` the initializer it was computed from (empty for one that was computed
    from literals only), `values` its numbers where few, `fill` the number all elements are equal to, `measured`
    whether it depends on the shape of an activation, so that its numbers are not known.
    """

    name: str
    sizes: tuple[int, ...] | Unknown = UNKNOWN
    dtype: str = ""
    values: tuple[float, ...] | Unknown = UNKNOWN
    fill: float | Unknown = UNKNOWN
    origin: str = ""
    measured: bool = False

    @property
    def number(self) -> float | Unknown:
        """The one number it holds, for a scalar or a tensor of one element."""
        return self.values[0] if isinstance(self.values, tuple) and len(self.values) == 1 else UNKNOWN


class Activation(NamedTuple):
    """A tensor that depends on the input data: where it comes from and what is known of it."""

    edge: Edge
    tensor: Tensor


Value = Activation | Constant | None
"""What a name stands for; None is an optional input that is left out."""


def dtype_name(number: int) -> str:
    """Name a TensorProto.DataType; empty when the number is not known."""
    return DTYPES[number] if 0 < number < len(DTYPES) else ""


def shorten(value: float) -> float:
    """Undo the widening of a 32-bit number: 0.30000001192092896 is written, and meant, as 0.3."""
    return float(f"{value:.7g}")


def sizes_of(type_: TypeRecord | None) -> tuple[Size, ...] | Unknown:
    """Return the sizes a declared type gives, symbols as `Unknown` with their name."""
    if type_ is None or type_.dims is None or type_.container not in {"tensor", "sparse"}:
        return UNKNOWN
    if len(type_.dims) > MOST_AXES:
        return UNKNOWN
    return tuple(
        size if isinstance(size, int) and size >= 0 else Unknown(size if isinstance(size, str) else "")
        for size in type_.dims
    )


def from_tensor(record: TensorRecord, name: str = "", *, literal: bool = False) -> Constant:
    """Return the constant a tensor record holds; `literal` marks one written in a node, not an initializer.

    Raises:
        ValueError: a negative dimension.
        struct.error: raw data that is no whole number of elements.
    """
    if any(size < 0 for size in record.dims):
        message = f"tensor {record.name!r} has a negative dimension"
        raise ValueError(message)
    values = _numbers(record)
    count = 1
    for size in record.dims:
        count *= size
    if isinstance(values, tuple) and len(values) != count:
        values = UNKNOWN
    name = name or record.name
    return Constant(name, record.dims, dtype_name(record.data_type), values, _fill(values), "" if literal else name)


def from_sparse(record: SparseRecord, name: str = "", *, literal: bool = False) -> Constant:
    """Return a sparse constant; its numbers are not kept."""
    name = name or record.values.name
    return Constant(name, record.dims, dtype_name(record.values.data_type), origin="" if literal else name)


def _fill(values: tuple[float, ...] | Unknown) -> float | Unknown:
    return values[0] if isinstance(values, tuple) and values and values.count(values[0]) == len(values) else UNKNOWN


# struct codes of raw data by TensorProto.DataType.
_RAW: Final = {
    1: "f", 2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 10: "e", 11: "d", 12: "I", 13: "Q", 16: "H",
}  # fmt: skip
_FLOAT32, _FLOAT16, _BFLOAT16, _BOOL = 1, 10, 16, 9


def _numbers(record: TensorRecord) -> tuple[float, ...] | Unknown:
    kind = record.data_type
    if record.external or kind not in _RAW:
        return UNKNOWN
    for payload in (record.floats, record.int32s, record.int64s, record.doubles, record.uint64s):
        if isinstance(payload, Skipped):
            return UNKNOWN
        if payload:
            numbers: tuple[float, ...] = payload
            if kind in {_FLOAT16, _BFLOAT16}:
                # Half floats are kept as the bits of a 16-bit integer.
                return _unpack(kind, struct.pack(f"<{len(payload)}H", *(int(bits) & 0xFFFF for bits in payload)))
            return tuple(map(shorten, numbers)) if kind == _FLOAT32 else numbers
    if isinstance(record.raw, Skipped):
        return UNKNOWN
    return _unpack(kind, record.raw) if record.raw else (() if 0 in record.dims else UNKNOWN)


def _unpack(kind: int, raw: bytes) -> tuple[float, ...]:
    code = _RAW[kind]
    numbers = struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)
    if kind == _BFLOAT16:
        return tuple(struct.unpack("<f", struct.pack("<I", bits << 16))[0] for bits in numbers)
    return (
        tuple(map(shorten, numbers))
        if kind in {_FLOAT32, _FLOAT16}
        else tuple(map(int, numbers))
        if kind == _BOOL
        else numbers
    )
