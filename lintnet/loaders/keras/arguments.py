"""What a layer is called on: the arguments of one entry of `inbound_nodes`, in the spelling of any generation.

Knows how Keras 3 (`{"args", "kwargs"}` with `__keras_tensor__`) and Keras 1 and 2 (`[name, node, tensor, kwargs]`)
write a call; knows no layer class. One recursive collector serves all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import UNKNOWN, Size, Unknown
from lintnet.loaders.keras.config import Json, read_sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NO_ARGUMENTS", "Arguments", "Reference", "Shape", "read_arguments", "read_references"]


Shape = tuple[Size, ...] | Unknown

NO_ARGUMENTS: Final = Json({}, "", "")


class Reference(NamedTuple):
    """A tensor of the graph: output `tensor` of call `node` of a layer."""

    layer: str
    node: int
    tensor: int


@dataclass(frozen=True, slots=True)
class Arguments:
    """One call as it is written.

    tensors: what it is called on, in order; None stands for an optional input that is not given. positional:
    how many of them are no keyword arguments. names: the keys
    under which the first argument holds them, if it is an object. shapes: what the file records of them. constants
    and keywords: the arguments that are no tensors. training: the literal `training=` argument. literal: whether
    the framework obeys that literal.
    """

    tensors: tuple[Reference | None, ...] = ()
    positional: int | None = None
    names: tuple[str, ...] = ()
    shapes: Mapping[Reference, Shape] = field(default_factory=dict[Reference, "tuple[Size, ...] | Unknown"])
    constants: tuple[Json, ...] = ()
    keywords: Json = NO_ARGUMENTS
    training: bool | None = None
    literal: bool = False


def read_arguments(node: Json, layers: frozenset[str]) -> Arguments:
    """Read one entry of `inbound_nodes`."""
    collector = _Collector(layers)
    if node.is_object and node.has("args"):
        # Keras 3. It writes the default `training: false` as if it had been given, and fit and predict override
        # the literal in either case (executed with 3.15), so the phase decides, not the literal.
        for position, argument in enumerate(node["args"].items()):
            collector.collect(argument, first=position == 0)
        collector.positional = len(collector.tensors)
        keywords = Json({}, node.at, node.path) if node["kwargs"].missing else node["kwargs"]
        for _, value in keywords.fields():
            collector.collect(value, keyword=True)
        return collector.finish(keywords, literal=False)
    if node.is_object:
        keywords = Json({}, node.at, node.path)
        for name, value in node.fields():
            collector.names.append(name)
            collector.collect(value, first=True)
        return collector.finish(keywords, literal=True)
    keywords = Json({}, node.at, node.path)
    items = node.items()
    entries = [node] if items and isinstance(items[0].value, str) else items
    for entry in entries:
        last = collector.collect_entry(entry)
        if last is not None:
            keywords = last
            for _, value in last.fields():
                collector.collect(value, keyword=True)
    return collector.finish(keywords, literal=True)


def read_references(value: Json, layers: frozenset[str]) -> list[tuple[str, Reference]]:
    """Read `input_layers` or `output_layers`: one reference, a list or an object of them, each with its key or ""."""
    if value.is_object:
        return [(key, reference) for key, each in value.fields() for _, reference in read_references(each, layers)]
    items = value.items()
    if items and isinstance(items[0].value, str):
        return [("", _reference(value, items, layers))]
    return [pair for each in items for pair in read_references(each, layers)]


def _reference(value: Json, items: list[Json], layers: frozenset[str]) -> Reference:
    if len(items) < 3:
        value.fail("a reference [layer, node, tensor] is expected")
    layer, node, tensor = items[0].name(), items[1].integer(), items[2].integer()
    if isinstance(node, Unknown) or isinstance(tensor, Unknown) or not 0 <= node < 2**31 or not 0 <= tensor < 2**12:
        value.fail("a reference [layer, node, tensor] has a wrong index")
    if layer not in layers:
        value.fail(f"there is no layer {layer!r}")
    return Reference(layer, node, tensor)


class _Collector:
    """Gathers tensors and constants over all arguments of one call."""

    def __init__(self, layers: frozenset[str]) -> None:
        self.layers = layers
        self.positional: int | None = None
        self.tensors: list[Reference | None] = []
        self.names: list[str] = []
        self.shapes: dict[Reference, Shape] = {}
        self.constants: list[Json] = []

    def finish(self, keywords: Json, *, literal: bool) -> Arguments:
        training = keywords["training"].value
        return Arguments(
            tuple(self.tensors),
            self.positional,
            tuple(self.names) if len(self.names) == (self.positional or len(self.tensors)) else (),
            self.shapes,
            tuple(self.constants),
            keywords,
            training if isinstance(training, bool) else None,
            literal,
        )

    def collect(self, value: Json, *, first: bool = False, keyword: bool = False) -> None:
        """Take every tensor inside one argument; `keyword` ones are no positional constants."""
        if value.is_object:
            kind = value["class_name"].value
            if kind == "__keras_tensor__":
                self._keras_tensor(value["config"])
                return
            if first and kind is None:
                self.names.extend(name for name, _ in value.fields())
            for _, each in value.fields():
                self.collect(each, keyword=True)
            return
        if not value.is_list:
            if not keyword and not value.missing:
                self.constants.append(value)
            elif first:
                self.tensors.append(None)
            return
        items = value.items()
        if self._is_reference(items):
            self.tensors.append(_reference(value, items, self.layers))
            return
        before = len(self.tensors)
        for each in items:
            self.collect(each, first=first and each.missing, keyword=True)
        if not keyword and len(self.tensors) == before + sum(1 for each in items if each.missing):
            self.constants.append(value)

    def collect_entry(self, entry: Json) -> Json | None:
        """Take one tensor of Keras 1 or 2, written as [name, node, tensor, keywords], and return the keywords."""
        items = entry.items()
        if not items:
            entry.fail("a reference [layer, node, tensor] is expected")
        if items[0].is_list:
            for each in items:
                self.collect(each)
            return None
        if items[0].value == "_CONSTANT_VALUE":
            self.constants.append(items[2] if len(items) > 2 else entry)
        else:
            self.tensors.append(_reference(entry, items, self.layers))
        return items[3] if len(items) > 3 and items[3].is_object else None

    def _keras_tensor(self, config: Json) -> None:
        history = config["keras_history"]
        reference = _reference(history, history.items(), self.layers)
        self.tensors.append(reference)
        if reference not in self.shapes:
            shape = config["shape"]
            self.shapes[reference] = UNKNOWN if shape.missing else read_sizes(shape)

    def _is_reference(self, items: list[Json]) -> bool:
        """Whether a list in the arguments is a tensor of Keras 2: it names a layer of this model, then two indices."""
        if len(items) not in {3, 4} or not isinstance(items[0].value, str) or items[0].value not in self.layers:
            return False
        return all(isinstance(each.value, int) and not isinstance(each.value, bool) for each in items[1:3])
