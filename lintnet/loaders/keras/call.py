"""One call of one layer, as the tables see it, and what they answer.

Knows no class name: `layers` and `operators` hold the tables that read a `Call`, `walk` makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown, Value
from lintnet.loaders.keras.config import Json

if TYPE_CHECKING:
    from lintnet.loaders.signals import Signal

__all__ = ["Attributes", "Call", "Described", "Flow", "Read", "Row"]

Attributes = dict[str, Value]
Described = tuple[str, Attributes]
"""Kind and attributes of a node."""


def _no_keywords() -> Json:
    return Json({}, "", "")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one layer.

    config: what the layer was made with. inputs: the tensors it is called on, in order. constants and keywords: the
    other arguments. frozen: the layer, or a model around it, is set not trainable. training: the literal
    `training=` argument, only where the framework obeys it. layout: the channel axis where nothing else tells: 1,
    -1 or unknown.
    """

    config: Json
    inputs: tuple[Signal, ...]
    constants: tuple[Json, ...] = ()
    keywords: Json = field(default_factory=_no_keywords)
    frozen: bool = False
    training: bool | None = None
    layout: int | Unknown = -1

    @property
    def tensor(self) -> Tensor:
        """The first input."""
        return self.inputs[0].tensor if self.inputs else Tensor()

    @property
    def width(self) -> Size:
        """Number of channels of the first input."""
        return self.inputs[0].width if self.inputs else UNKNOWN

    @property
    def rank(self) -> int | Unknown:
        """Number of axes of the first input."""
        return self.tensor.rank

    def argument(self, *names: str, position: int = -1) -> Json:
        """Return an argument by name, from the config or the call, or by its position among the constants."""
        for source in (self.config, self.keywords):
            found = source.first(*names)
            if not found.missing:
                return found
        if 0 <= position < len(self.constants):
            return self.constants[position]
        return Json(None, names[0], self.config.path)


Read = Callable[[Call], Described]
Flow = Callable[[Call, Attributes], tuple[Tensor, Size]]


class Row(NamedTuple):
    """How a class is read: its kind and attributes, and what it does to rank and channel axis.

    `activates`: its `activation` is a node of its own behind it.
    """

    read: Read
    flow: Flow
    activates: bool = True
