"""The tape: every layer call and operation of one run of a program, in the order in which they happen.

Knows nodes, where they stand in the source, and which model they belong to; no framework and no Python. A model is a
slice of the tape, which `extract` makes a graph of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from lintnet.ir import Builder, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.ir import Blind, Edge, Location, Parameter
    from lintnet.ir.unknown import Value as AttributeValue
    from lintnet.loaders.source.values import Instance, Signal, Value

__all__ = ["MIXED", "OPEN", "Compiled", "Functional", "Loss", "Record", "Tape", "Where"]

_ONE_TENSOR: Final = (Tensor(),)

NODE: Final = 16
"""Steps that a layer or a node costs, so that the clock is looked at often enough while many are made."""
OPEN: Final = 0
"""Region of nodes that no model that ran made: those of Keras' functional models, and loose operations."""
MIXED: Final = -(1 << 40)
"""Region of what was computed from the outputs of several models."""


class Where(Protocol):
    """Who knows where the program is."""

    @property
    def here(self) -> Location | None:
        """Where the innermost call of the program stands."""
        ...

    def pay(self, steps: int) -> None:
        """Pay for what the program makes."""
        ...


class Loss(NamedTuple):
    """A loss that the program computes on a tensor. region: that of the tensor's model."""

    edge: Edge
    attributes: Mapping[str, AttributeValue]
    op: str
    location: Location | None
    called: Location | None
    region: int


class Compiled(NamedTuple):
    """How a Keras model is compiled: one loss for all outputs, or one for each; None where it is not known."""

    losses: tuple[Mapping[str, AttributeValue] | None, ...]
    training: dict[str, Value]
    location: Location | None


class Functional(NamedTuple):
    """A model between tensors of the tape."""

    inputs: tuple[Edge, ...]
    outputs: tuple[Edge, ...]


@dataclass(slots=True, eq=False)
class Record:
    """One run of a model.

    number: its region on the tape, from 1. outputs: the tensors it returned, by name where they have one. value: what
    it returned. sites: the places where it called layers and operations, and whether those were put into the data flow.
    called: the layers that were called, by identity. results: what each module gave, for code that calls a part of the
    model again outside of it. parts: the inputs that stand for one that is several tensors. holds: the layers that the
    model had behind the run, by identity. outdated: layers came later, and the model was run again.
    """

    number: int
    instance: Instance
    method: str
    inputs: list[Signal] = field(default_factory=list["Signal"])
    outputs: list[tuple[str, Edge]] = field(default_factory=list["tuple[str, Edge]"])
    value: Value = None
    done: bool = False
    failed: str = ""
    evaluated: bool = False
    sites: dict[tuple[str, int, int, int, int], bool] = field(
        default_factory=dict["tuple[str, int, int, int, int]", bool]
    )
    blind: list[Blind] = field(default_factory=list["Blind"])
    called: dict[int, Instance] = field(default_factory=dict[int, "Instance"])
    results: dict[int, Value] = field(default_factory=dict[int, "Value"])
    paths: dict[int, str] | None = None
    parts: dict[tuple[int, int], list[Signal]] = field(default_factory=dict["tuple[int, int]", "list[Signal]"])
    holds: tuple[int, ...] = ()
    outdated: bool = False


class Tape(Builder):
    """A builder that remembers of every node where it stands and whose it is.

    extra: what a table keeps for the time of one run, as counters of names.
    """

    def __init__(self, where: Where) -> None:
        """Start empty; `where` is asked for the place of nodes that are added without one."""
        super().__init__()
        self._where = where
        self.region = OPEN
        self.regions: list[int] = []
        self.own: list[bool] = []
        self.made: Location | None = None
        self.records: list[Record] = []
        self.losses: list[Loss] = []
        self.extra: dict[str, object] = {}

    def add(
        self,
        kind: str,
        name: str,
        *,
        op: str = "",
        scope: str = "",
        auto: bool = False,
        layer: str = "",
        inputs: Sequence[Edge] = (),
        outputs: tuple[Tensor, ...] = _ONE_TENSOR,
        attributes: Mapping[str, AttributeValue] | None = None,
        parameters: tuple[Parameter, ...] = (),
        location: Location | None = None,
        called: Location | None = None,
    ) -> int:
        """Add a node as any builder does, at the present place unless another is given."""
        self._where.pay(NODE)
        if location is None:
            location, called = self.place()
        self.regions.append(self.region if self.region > OPEN else self.region_of(inputs))
        self.own.append(bool(layer))
        return super().add(
            kind,
            name,
            op=op,
            scope=scope,
            auto=auto,
            layer=layer,
            inputs=inputs,
            outputs=outputs,
            attributes=attributes,
            parameters=parameters,
            location=location,
            called=called,
        )

    def place(self) -> tuple[Location | None, Location | None]:
        """Return where the layer that is called now was made, and where it is called if that is another line.

        An operation is made where it is called. A layer that is made within the call, as one in the list that a
        Sequential gets, is called nowhere else.
        """
        here, made = self._where.here, self.made
        if made is None or here is None:
            return (here if made is None else made), None
        last = here.line if here.end_line is None else here.end_line
        within = here.line <= made.line <= last and made.path == here.path and made.cell == here.cell
        return made, None if within else here

    def region_of(self, edges: Sequence[Edge]) -> int:
        """Return the region of what is computed outside of models from these tensors: behind a model, or open."""
        region = OPEN
        for edge in edges:
            if not 0 <= edge.node < len(self.regions):
                continue
            behind = -abs(self.regions[edge.node])
            if behind not in {region, OPEN}:
                region = behind if region == OPEN else MIXED
        return region
