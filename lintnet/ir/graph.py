"""The layer graph: one model as frozen data, whatever file it came from.

Knows no model format, no rule and no report. Everything is a value: two graphs can be compared, and nothing
here reads a file, imports a framework or changes after it was built. Records are named tuples where no field collides
with a method of tuples: a graph of 100,000 nodes is ordinary, and they are made in half the time of dataclasses.

Vocabulary: a *node* is one call of one layer or operation; a *layer* is what holds the parameters, so a layer
that is used twice is two nodes with the same `layer`; an *edge* carries one activation tensor. Weights and
constants are not edges, they are `Parameter`s of the node that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.kinds import KINDS
from lintnet.ir.unknown import UNKNOWN, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_COVERAGE",
    "Blind",
    "Condition",
    "Coverage",
    "Edge",
    "Graph",
    "Location",
    "Node",
    "NotUnderstood",
    "Parameter",
    "Provenance",
    "Size",
    "Tensor",
    "Training",
]

_NO_ATTRIBUTES: Final[Mapping[str, Value]] = MappingProxyType({})
_NO_METADATA: Final[Mapping[str, str]] = MappingProxyType({})

Size = int | Unknown
"""A number of elements along one axis; a symbolic size is an `Unknown` whose `why` is its name."""


class Location(NamedTuple):
    """A place in source text. Lines and columns count from 1, in code points; ends are exclusive.

    `path` is as the model file or the checked source names it, `text` the source line if the file carries it.
    """

    path: str
    line: int
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
    text: str = ""
    cell: int | None = None
    """Number of the notebook cell from 1; `line` then counts within the cell."""


class Edge(NamedTuple):
    """A tensor, named by the index of the node that makes it and which of its outputs it is."""

    node: int
    output: int = 0


class Tensor(NamedTuple):
    """What is known of one activation tensor.

    `sizes` has one entry per axis, the batch axis included, or is unknown as a whole (rank unknown).
    `channel` is the index of the channel or feature axis, counted from 0. By convention axis 0 is the batch;
    every other axis is spatial (pixels, time steps, tokens).
    """

    sizes: tuple[Size, ...] | Unknown = UNKNOWN
    channel: int | Unknown = UNKNOWN

    @property
    def rank(self) -> int | Unknown:
        """Number of axes."""
        return self.sizes if isinstance(self.sizes, Unknown) else len(self.sizes)

    @property
    def channels(self) -> Size:
        """Number of channels or features."""
        if isinstance(self.sizes, Unknown) or isinstance(self.channel, Unknown):
            return UNKNOWN
        return self.sizes[self.channel] if -len(self.sizes) <= self.channel < len(self.sizes) else UNKNOWN

    @property
    def spatial(self) -> tuple[Size, ...] | Unknown:
        """Sizes of the spatial axes, in order."""
        if isinstance(self.sizes, Unknown) or isinstance(self.channel, Unknown):
            return UNKNOWN
        channel = self.channel % len(self.sizes) if self.sizes else 0
        return tuple(size for axis, size in enumerate(self.sizes) if axis not in (0, channel))

    def axis_name(self, axis: int) -> str | Unknown:
        """Name an axis, counted from 0 or from the end: batch, channel or spatial."""
        rank, channel = self.rank, self.channel
        if axis < 0:
            if isinstance(rank, Unknown):
                return UNKNOWN
            axis += rank
        if axis == 0:
            return "batch"
        if isinstance(channel, Unknown):
            return UNKNOWN
        if channel < 0:
            if isinstance(rank, Unknown):
                return UNKNOWN
            channel += rank
        return "channel" if axis == channel else "spatial"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A weight or constant that a node uses.

    `role` says what for: weight, bias, scale, shift, mean, variance, constant. `position` is the index of the
    input it occupied. `sizes` are elements per axis. `values` holds the numbers only where they are few
    (payload of at most 1 KB); weights are never read.
    """

    role: str
    name: str
    sizes: tuple[int, ...] | Unknown = UNKNOWN
    dtype: str = ""
    position: int = -1
    values: tuple[float, ...] | Unknown = UNKNOWN

    @property
    def count(self) -> int | Unknown:
        """Number of elements."""
        if isinstance(self.sizes, Unknown):
            return self.sizes
        count = 1
        for size in self.sizes:
            count *= size
        return count


class Node(NamedTuple):
    """One call of one layer or operation.

    kind: a word of `KINDS`. op: what the format calls it (`Conv2D`, `onnx::Conv`, `com.acme::Fuse`).
    name: what a person finds in the file or in a viewer. scope: the address used for identity and ignores,
    dotted, with names that a framework made up replaced by kind and ordinal. layer: identity of the layer;
    nodes with equal `layer` share their parameters. call: which call of that layer this is, from 0.
    inputs: the activation tensors, in the order of the operator. outputs: what is known of each result.
    location: where the layer was made, or the operation called. called: where the layer is called, in source.
    """

    kind: str
    name: str
    op: str = ""
    scope: str = ""
    layer: str = ""
    call: int = 0
    inputs: tuple[Edge, ...] = ()
    outputs: tuple[Tensor, ...] = (Tensor(),)
    attributes: Mapping[str, Value] = _NO_ATTRIBUTES
    parameters: tuple[Parameter, ...] = ()
    location: Location | None = None
    called: Location | None = None

    def get(self, name: str) -> Value:
        """Return an attribute; one that was not determined is `UNKNOWN`."""
        return self.attributes.get(name, UNKNOWN)

    def number(self, name: str) -> float | Unknown:
        """Return a numeric attribute as a float; unknown when it is missing or no number."""
        value = self.attributes.get(name, UNKNOWN)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN

    def integer(self, name: str) -> int | Unknown:
        """Return an integer attribute; unknown when it is missing or no integer."""
        value = self.attributes.get(name, UNKNOWN)
        return value if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN

    def flag(self, name: str) -> bool | Unknown:
        """Return a flag; unknown when it is missing or no flag."""
        value = self.attributes.get(name, UNKNOWN)
        return value if isinstance(value, bool) else UNKNOWN

    def text(self, name: str) -> str | Unknown:
        """Return a text attribute; unknown when it is missing or no text."""
        value = self.attributes.get(name, UNKNOWN)
        return value if isinstance(value, str) else UNKNOWN

    def axes(self, name: str) -> tuple[Size, ...] | Unknown:
        """Return a per-axis attribute; unknown when it is missing or not per axis."""
        value = self.attributes.get(name, UNKNOWN)
        return value if isinstance(value, tuple) else UNKNOWN

    def parameter(self, role: str) -> Parameter | None:
        """Return the first parameter with that role."""
        return next((each for each in self.parameters if each.role == role), None)

    @property
    def is_layer(self) -> bool:
        """Whether the node counts as a layer or operation, and not as an end of the graph."""
        return "boundary" not in KINDS[self.kind].groups


class Provenance(NamedTuple):
    """What kind of graph this is, since that decides which rules can be judged.

    kind:
        training   layers as they are trained: dropout live, batch norm with batch statistics
        inference  an inference graph whose dropout or batch norm may be gone
        folded     an inference graph in which batch norm is proven to be folded into weights
        source     read from source text
        tree       module tree only, no data flow
        opaque     a model whose inside the file does not hold
    reason: how that was decided, in words a person understands. inferred: decided from evidence, not stated.
    front_end: which of the catalogue's front ends this is: S, T, K, Ot or Oi. stated: the phase the user told, if any;
    it never outweighs what the file proves.
    """

    kind: str
    reason: str
    front_end: str
    inferred: bool = False
    stated: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """An operator or layer that stayed a barrier: what it is called, how often it occurs, and why."""

    op: str
    count: int
    why: str
    first: str = ""


class Blind(NamedTuple):
    """Something in source that could not be followed: where, and why."""

    location: Location
    why: str


class Coverage(NamedTuple):
    """How much of the model was understood.

    layers counts the nodes of the model, understood those that are no barrier. outside counts operations
    that are not on the data path (arithmetic on shapes and weights) and were left out of the graph.
    notes says what else a person must know to read a clean result rightly.

    Source only: sites counts the places where the model calls a layer or an operation, placed those that were put into
    the data flow; blind says what could not be followed, and where.
    """

    layers: int
    understood: int
    not_understood: tuple[NotUnderstood, ...] = ()
    outside: int = 0
    notes: tuple[str, ...] = ()
    sites: int = 0
    placed: int = 0
    blind: tuple[Blind, ...] = ()


class Condition(NamedTuple):
    """A condition of the source that cannot be decided by reading, and the way it was taken in one variant."""

    text: str
    taken: bool
    location: Location | None = None


NO_COVERAGE: Final = Coverage(0, 0)


class Training(NamedTuple):
    """What the target tells of its training; everything may be unknown."""

    optimizer: str | Unknown = UNKNOWN
    learning_rate: float | Unknown = UNKNOWN
    batch_size: int | Unknown = UNKNOWN


class Graph(NamedTuple):
    """One model. `nodes` are in topological order: every edge points to an earlier node.

    path is the target as the user wrote it, qualname tells models of one file apart (empty for the only one),
    format is onnx, keras, source, …; metadata is what the file says of itself, as texts.

    variant: graphs of one path and qualname that differ in it are variants of one model, each under the conditions it
    names; empty where there is only one.
    """

    nodes: tuple[Node, ...]
    path: str = ""
    qualname: str = ""
    format: str = ""
    provenance: Provenance = Provenance("training", "", "K")
    coverage: Coverage = NO_COVERAGE
    training: Training = Training()
    metadata: Mapping[str, str] = _NO_METADATA
    variant: tuple[Condition, ...] = ()
