"""The messages of an ONNX file as plain records, payloads left out.

Knows the vocabulary of the format (onnx.proto) and nothing of bytes or of the layer graph. Plain slotted classes: a
file makes hundreds of thousands of them, and ten dataclasses would cost more to define than a model to read.

Source: field names and meaning, onnx/onnx.proto of ONNX 1.23.
"""

from __future__ import annotations

from dataclasses import dataclass
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


class TensorRecord:
    """A constant tensor. Each payload is empty, a few values, or `Skipped`; external data is never opened."""

    __slots__ = (
        "data_type",
        "dims",
        "doubles",
        "external",
        "floats",
        "int32s",
        "int64s",
        "name",
        "raw",
        "strings",
        "uint64s",
    )

    def __init__(self) -> None:
        self.name: str = ""
        self.dims: tuple[int, ...] = ()
        self.data_type: int = 0
        self.floats: tuple[float, ...] | Skipped = ()
        self.int32s: tuple[int, ...] | Skipped = ()
        self.strings: tuple[bytes, ...] | Skipped = ()
        self.int64s: tuple[int, ...] | Skipped = ()
        self.raw: bytes | Skipped = b""
        self.doubles: tuple[float, ...] | Skipped = ()
        self.uint64s: tuple[int, ...] | Skipped = ()
        self.external: bool = False


class SparseRecord:
    """A constant sparse tensor."""

    __slots__ = ("dims", "indices", "values")

    def __init__(self, values: TensorRecord, indices: TensorRecord, dims: tuple[int, ...] = ()) -> None:
        self.values = values
        self.indices = indices
        self.dims = dims


class TypeRecord:
    """A type. `dims` holds a number, the name of a symbol, or None per axis; None as a whole is an unknown rank."""

    __slots__ = ("container", "dims", "elem_type")

    def __init__(self) -> None:
        self.container: str = ""
        self.elem_type: int = 0
        self.dims: tuple[int | str | None, ...] | None = None


class ValueRecord:
    """A named value of a graph and its type."""

    __slots__ = ("metadata", "name", "type")

    def __init__(self) -> None:
        self.name: str = ""
        self.type: TypeRecord | None = None
        self.metadata: dict[str, str] = {}


class AttributeRecord:
    """One attribute of a node; `type` says which of the value fields counts (AttributeProto.AttributeType)."""

    __slots__ = (
        "f",
        "floats",
        "g",
        "graphs",
        "i",
        "ints",
        "name",
        "ref",
        "s",
        "sparse",
        "strings",
        "t",
        "tensors",
        "type",
    )

    def __init__(self) -> None:
        self.name: str = ""
        self.type: int = 0
        self.f: float = 0.0
        self.i: int = 0
        self.s: bytes | Skipped = b""
        self.t: TensorRecord | None = None
        self.g: GraphRecord | None = None
        self.sparse: SparseRecord | None = None
        self.floats: tuple[float, ...] | Skipped = ()
        self.ints: tuple[int, ...] | Skipped = ()
        self.strings: tuple[bytes, ...] | Skipped = ()
        self.tensors: list[TensorRecord] = []
        self.graphs: list[GraphRecord] = []
        self.ref: str = ""


class NodeRecord:
    """One operator call. An empty name among inputs or outputs is one that is left out.

    `plain` says that no attribute holds a graph or refers to an attribute of the function around the node.
    """

    __slots__ = ("attributes", "domain", "inputs", "metadata", "name", "op_type", "outputs", "overload", "plain")

    def __init__(self) -> None:
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.name: str = ""
        self.op_type: str = ""
        self.domain: str = ""
        self.overload: str = ""
        self.attributes: dict[str, AttributeRecord] = {}
        self.metadata: dict[str, str] = {}
        self.plain: bool = True


class GraphRecord:
    """A graph: the main one, or the body of a control-flow operator."""

    __slots__ = ("initializers", "inputs", "metadata", "name", "nodes", "outputs", "sparse", "values")

    def __init__(self) -> None:
        self.name: str = ""
        self.nodes: list[NodeRecord] = []
        self.initializers: list[TensorRecord] = []
        self.sparse: list[SparseRecord] = []
        self.inputs: list[ValueRecord] = []
        self.outputs: list[ValueRecord] = []
        self.values: list[ValueRecord] = []
        self.metadata: dict[str, str] = {}


class FunctionRecord:
    """A model-local function: a named subgraph with formal inputs, outputs and attributes."""

    __slots__ = (
        "attributes",
        "defaults",
        "domain",
        "inputs",
        "metadata",
        "name",
        "nodes",
        "opsets",
        "outputs",
        "overload",
        "values",
    )

    def __init__(self) -> None:
        self.name: str = ""
        self.domain: str = ""
        self.overload: str = ""
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.attributes: list[str] = []
        self.defaults: dict[str, AttributeRecord] = {}
        self.nodes: list[NodeRecord] = []
        self.opsets: dict[str, int] = {}
        self.values: list[ValueRecord] = []
        self.metadata: dict[str, str] = {}


class ModelRecord:
    """A whole file. `training` counts training graphs, which are not read further."""

    __slots__ = (
        "domain",
        "functions",
        "graph",
        "ir_version",
        "metadata",
        "model_version",
        "opsets",
        "producer",
        "producer_version",
        "training",
    )

    def __init__(self, graph: GraphRecord) -> None:
        self.graph = graph
        self.ir_version: int = 0
        self.producer: str = ""
        self.producer_version: str = ""
        self.domain: str = ""
        self.model_version: int = 0
        self.opsets: dict[str, int] = {}
        self.functions: list[FunctionRecord] = []
        self.metadata: dict[str, str] = {}
        self.training: int = 0
