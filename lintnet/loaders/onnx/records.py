"""The messages of an ONNX file as plain records, payloads left out.

Knows the vocabulary of the format (onnx.proto) and nothing of bytes or of the layer graph.

Source: field names and meaning, onnx/onnx.proto of ONNX 1.23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "DTYPES",
    "AttributeRecord",
    "FunctionRecord",
    "GraphRecord",
    "ModelRecord",
    "NodeRecord",
    "Skipped",
    "SparseRecord",
    "TensorRecord",
    "TypeRecord",
    "ValueRecord",
]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A payload that was not read: its size in bytes."""

    nbytes: int


DTYPES: Final = (
    "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
    "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz",
    "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2",
)  # fmt: skip
"""Names of TensorProto.DataType, by number."""


@dataclass(slots=True)
class TensorRecord:
    """A constant tensor. Each payload is empty, a few values, or `Skipped`; external data is never opened."""

    name: str = ""
    dims: tuple[int, ...] = ()
    data_type: int = 0
    floats: tuple[float, ...] | Skipped = ()
    int32s: tuple[int, ...] | Skipped = ()
    strings: tuple[bytes, ...] | Skipped = ()
    int64s: tuple[int, ...] | Skipped = ()
    raw: bytes | Skipped = b""
    doubles: tuple[float, ...] | Skipped = ()
    uint64s: tuple[int, ...] | Skipped = ()
    external: bool = False


@dataclass(slots=True)
class SparseRecord:
    """A constant sparse tensor."""

    values: TensorRecord
    indices: TensorRecord
    dims: tuple[int, ...] = ()


@dataclass(slots=True)
class TypeRecord:
    """A type. `dims` holds a number, the name of a symbol, or None per axis; None as a whole is an unknown rank."""

    container: str = ""
    elem_type: int = 0
    dims: tuple[int | str | None, ...] | None = None


@dataclass(slots=True)
class ValueRecord:
    """A named value of a graph and its type."""

    name: str = ""
    type: TypeRecord | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class AttributeRecord:
    """One attribute of a node; `type` says which of the value fields counts (AttributeProto.AttributeType)."""

    name: str = ""
    type: int = 0
    f: float = 0.0
    i: int = 0
    s: bytes | Skipped = b""
    t: TensorRecord | None = None
    g: GraphRecord | None = None
    sparse: SparseRecord | None = None
    floats: tuple[float, ...] | Skipped = ()
    ints: tuple[int, ...] | Skipped = ()
    strings: tuple[bytes, ...] | Skipped = ()
    tensors: list[TensorRecord] = field(default_factory=list[TensorRecord])
    graphs: list[GraphRecord] = field(default_factory=list["GraphRecord"])
    ref: str = ""


@dataclass(slots=True)
class NodeRecord:
    """One operator call. An empty name among inputs or outputs is one that is left out."""

    inputs: list[str] = field(default_factory=list[str])
    outputs: list[str] = field(default_factory=list[str])
    name: str = ""
    op_type: str = ""
    domain: str = ""
    overload: str = ""
    attributes: dict[str, AttributeRecord] = field(default_factory=dict[str, AttributeRecord])
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class GraphRecord:
    """A graph: the main one, or the body of a control-flow operator."""

    name: str = ""
    nodes: list[NodeRecord] = field(default_factory=list[NodeRecord])
    initializers: list[TensorRecord] = field(default_factory=list[TensorRecord])
    sparse: list[SparseRecord] = field(default_factory=list[SparseRecord])
    inputs: list[ValueRecord] = field(default_factory=list[ValueRecord])
    outputs: list[ValueRecord] = field(default_factory=list[ValueRecord])
    values: list[ValueRecord] = field(default_factory=list[ValueRecord])
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class FunctionRecord:
    """A model-local function: a named subgraph with formal inputs, outputs and attributes."""

    name: str = ""
    domain: str = ""
    overload: str = ""
    inputs: list[str] = field(default_factory=list[str])
    outputs: list[str] = field(default_factory=list[str])
    attributes: list[str] = field(default_factory=list[str])
    defaults: dict[str, AttributeRecord] = field(default_factory=dict[str, AttributeRecord])
    nodes: list[NodeRecord] = field(default_factory=list[NodeRecord])
    opsets: dict[str, int] = field(default_factory=dict[str, int])
    values: list[ValueRecord] = field(default_factory=list[ValueRecord])
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class ModelRecord:
    """A whole file. `training` counts training graphs, which are not read further."""

    graph: GraphRecord
    ir_version: int = 0
    producer: str = ""
    producer_version: str = ""
    domain: str = ""
    model_version: int = 0
    opsets: dict[str, int] = field(default_factory=dict[str, int])
    functions: list[FunctionRecord] = field(default_factory=list[FunctionRecord])
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    training: int = 0
