"""One operator call as the operator table sees it: attributes with their defaults, inputs, and what is known of them.

Knows records and values; knows no operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lintnet.ir import UNKNOWN, Tensor, Unknown
from lintnet.loaders.onnx.records import Skipped
from lintnet.loaders.onnx.values import Activation, Constant, from_tensor, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.loaders.onnx.records import AttributeRecord, NodeRecord
    from lintnet.loaders.onnx.values import Value

__all__ = ["Call"]

_NO_TENSOR = Tensor()


class Call(NamedTuple):
    """A node with its inputs resolved.

    `opset` is the version of the node's own domain, `read` the names that somebody reads.
    """

    node: NodeRecord
    opset: int
    inputs: tuple[Value, ...]
    attributes: Mapping[str, AttributeRecord]
    read: frozenset[str]

    def uses(self, output: int) -> bool:
        """Say whether somebody reads an output."""
        outputs = self.node.outputs
        return output < len(outputs) and bool(outputs[output]) and outputs[output] in self.read

    def has(self, name: str) -> bool:
        """Say whether the attribute is written."""
        return name in self.attributes

    def integer(self, name: str, default: int) -> int:
        """Return an integer attribute."""
        record = self.attributes.get(name)
        return default if record is None else record.i

    def number(self, name: str, default: float) -> float:
        """Return a float attribute."""
        record = self.attributes.get(name)
        return default if record is None else shorten(record.f)

    def text(self, name: str, default: str) -> str:
        """Return a text attribute."""
        record = self.attributes.get(name)
        return default if record is None or isinstance(record.s, Skipped) else record.s.decode("utf-8", "replace")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty when it is absent or was too long to keep."""
        record = self.attributes.get(name)
        if record is None or isinstance(record.strings, Skipped):
            return ()
        return tuple(text.decode("utf-8", "replace") for text in record.strings)

    def integers(self, name: str) -> tuple[int, ...] | None:
        """Return a list of integers; None when it is absent or was too long to keep."""
        record = self.attributes.get(name)
        return None if record is None or isinstance(record.ints, Skipped) else record.ints

    def input(self, index: int) -> Value:
        """Return an input; None when it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def constant(self, index: int) -> Constant | None:
        """Return an input that is a constant; None when it is left out or an activation."""
        value = self.input(index)
        return value if isinstance(value, Constant) else None

    def tensor(self, index: int = 0) -> Tensor:
        """Return what is known of an activation input."""
        value = self.input(index)
        return value.tensor if isinstance(value, Activation) else _NO_TENSOR

    def sizes(self, index: int) -> tuple[int, ...] | Unknown:
        """Return the sizes of a constant input."""
        value = self.constant(index)
        return UNKNOWN if value is None else value.sizes

    def size(self, index: int, axis: int) -> int | Unknown:
        """Return one size of a constant input."""
        sizes = self.sizes(index)
        return sizes[axis] if isinstance(sizes, tuple) and -len(sizes) <= axis < len(sizes) else UNKNOWN

    def scalar(self, index: int) -> float | Unknown | None:
        """Return a constant input as one number; None when it is left out."""
        value = self.input(index)
        if value is None:
            return None
        return value.number if isinstance(value, Constant) else UNKNOWN

    def whole(self, index: int, name: str = "") -> tuple[int, ...] | Unknown | None:
        """Return whole numbers given as an input or, in older versions, as the attribute `name`; None if absent."""
        value = self.input(index)
        if isinstance(value, Constant):
            return tuple(map(int, value.values)) if isinstance(value.values, tuple) else UNKNOWN
        if value is not None:
            return UNKNOWN
        return self.integers(name) if self.has(name) else None

    def literal(self, name: str) -> Constant | None:
        """Return a tensor attribute."""
        record = self.attributes.get(name)
        return None if record is None or record.t is None else from_tensor(record.t, literal=True)
