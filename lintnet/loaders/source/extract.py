"""From a slice of the tape to a graph: which nodes are a model's, in which order, and under which addresses.

Knows the tape and graphs; no framework and no Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import (
    UNKNOWN,
    Builder,
    Edge,
    Location,
    Provenance,
    Tensor,
    Training,
    Unknown,
)
from lintnet.loaders.source.tape import OPEN, Compiled, Functional, Loss, Record

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from lintnet.ir import Blind, Coverage, Graph, Node
    from lintnet.ir.unknown import Value as AttributeValue
    from lintnet.loaders.options import LoadOptions
    from lintnet.loaders.source.tape import Tape
    from lintnet.loaders.source.values import Value

__all__ = ["Slice", "Unused", "ancestors", "graph_key", "make_graph", "slice_functional", "slice_record"]

_READ: Final = "read from source text"


class Unused(NamedTuple):
    """A layer that a model holds and never calls."""

    path: str
    op: str
    attributes: Mapping[str, AttributeValue]
    location: Location | None


class Slice(NamedTuple):
    """What of the tape is one model's: indices of nodes in order, outputs by name, losses, and how it is compiled."""

    nodes: tuple[int, ...]
    outputs: tuple[tuple[str, Edge], ...]
    losses: tuple[Loss, ...] = ()
    compiled: Compiled | None = None


def slice_record(tape: Tape, record: Record, compiled: Compiled | None) -> Slice:
    """Return the nodes that a model made while it ran, and those behind it that lead to a loss."""
    number = record.number
    losses = _once(loss for loss in tape.losses if loss.region == number)
    chosen = {index for index, region in enumerate(tape.regions) if region == number}
    for loss in losses:
        chosen |= ancestors(tape, [loss.edge], chosen, {number, -number, OPEN})
    whole = {node for node, _ in record.parts}
    if whole:  # an argument that is several tensors is no input itself, unless it is used as one
        used = {edge.node for index in chosen for edge in tape.nodes[index].inputs}
        chosen -= whole - used
    return Slice(tuple(sorted(chosen)), tuple(record.outputs), losses, compiled)


def slice_functional(tape: Tape, model: Functional, compiled: Compiled | None) -> Slice:
    """Return the nodes that lead from the inputs of a model to its outputs, and what is thrown away on the way."""
    stop = {edge.node for edge in model.inputs}
    chosen = ancestors(tape, model.outputs, stop, {OPEN}) | stop
    ends = {edge.node for edge in model.outputs}
    losses: list[Loss] = []
    for loss in tape.losses:
        if loss.region != OPEN:
            continue
        behind = ancestors(tape, [loss.edge], chosen, {OPEN})
        # What is computed from other inputs too belongs to whatever model those are of.
        fed = any(tape.nodes[index].kind == "input" for index in behind)
        used = {edge.node for index in behind for edge in tape.nodes[index].inputs}
        if not fed and (loss.edge.node in ends or used & ends):
            losses.append(loss)
            chosen |= behind
    for index, node in enumerate(tape.nodes):
        if node.kind == "discarded" and tape.regions[index] == OPEN:
            behind = ancestors(tape, node.inputs, chosen, {OPEN})
            used = {edge.node for each in behind for edge in tape.nodes[each].inputs}
            if used & chosen and not any(tape.nodes[each].kind == "input" for each in behind):
                chosen |= behind | {index}
    names = tuple((tape.nodes[edge.node].name, edge) for edge in model.outputs)
    return Slice(tuple(sorted(chosen)), names, _once(losses), compiled)


def ancestors(tape: Tape, edges: Iterable[Edge], stop: set[int], regions: set[int]) -> set[int]:
    """Return the nodes that tensors are computed from, up to those in `stop`, in these regions of the tape only."""
    found: set[int] = set()
    stack = [edge.node for edge in edges]
    while stack:
        index = stack.pop()
        if index in found or index in stop or tape.regions[index] not in regions:
            continue
        found.add(index)
        stack += [edge.node for edge in tape.nodes[index].inputs]
    return found


def _once(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Keep one of the losses that are computed in several places alike, as in training and in validation."""
    kept: dict[Hashable, Loss] = {}
    for loss in losses:
        kept.setdefault((loss.edge, loss.op, _frozen(loss.attributes)), loss)
    return tuple(kept.values())


class _Names:
    """Numbers addresses anew, so that they do not depend on what else was on the tape."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._next: dict[tuple[str, str], int] = {}
        self._layers: dict[str, str] = {}

    def scope(self, scope: str) -> str:
        """Replace the ordinals in an address by those of first appearance."""
        if "#" not in scope:
            return scope
        old = new = ""
        for part in scope.split("."):
            word, mark, number = part.rpartition("#")
            if mark and number.isdigit():
                key = (old, part)
                known = self._known.get(key)
                if known is None:
                    count = self._next.get((new, word), 0)
                    self._next[new, word] = count + 1
                    known = self._known[key] = f"{word}#{count}"
                renamed = known
            else:
                renamed = part
            old = f"{old}.{part}" if old else part
            new = f"{new}.{renamed}" if new else renamed
        return new

    def layer(self, identity: str) -> str:
        """Replace the number of a layer without a name by that of its first appearance."""
        if not identity.startswith("@"):
            return identity
        number, dot, part = identity[1:].partition(".")
        if not number.isdigit():
            return identity
        return self._layers.setdefault(number, f"@{len(self._layers)}") + dot + part


def make_graph(
    tape: Tape,
    part: Slice,
    *,
    path: str,
    qualname: str,
    options: LoadOptions,
    unused: Sequence[Unused] = (),
    blind: Sequence[Blind] = (),
    sites: tuple[int, int] | None = None,
    notes: Sequence[str] = (),
) -> Graph:
    """Copy a slice of the tape into a graph of its own, and put outputs, losses and unused layers behind it.

    sites: how many places call layers and operations, and how many of them were put into the data flow; None to count
    the nodes.
    """
    builder, names = Builder(), _Names()
    places: dict[int, int] = {}

    def edge_of(edge: Edge) -> Edge:
        index = places.get(edge.node)
        if index is None:  # a tensor of another model
            tensor = (
                tape.nodes[edge.node].outputs[edge.output]
                if edge.output < len(tape.nodes[edge.node].outputs)
                else Tensor()
            )
            outer = builder.add("input", "from outside", auto=True, op="input", outputs=(tensor,))
            return Edge(outer)
        return Edge(index, edge.output)

    for index in part.nodes:
        node = tape.nodes[index]
        places[index] = builder.add(
            node.kind,
            node.name,
            op=node.op,
            scope=names.scope(node.scope),
            layer=names.layer(node.layer) if tape.own[index] else "",
            inputs=[edge_of(edge) for edge in node.inputs],
            outputs=node.outputs,
            attributes=node.attributes,
            parameters=node.parameters,
            location=node.location,
            called=node.called,
        )
    extra = _add_ends(builder, tape, part, edge_of, options)
    for each in unused:
        builder.add(
            "unused",
            each.path,
            op=each.op,
            scope=each.path,
            layer=each.path,
            attributes=dict(each.attributes),
            location=each.location,
            outputs=(),
        )
    graph = builder.finish(
        path=path,
        format="source",
        provenance=Provenance("source", _READ, "S", stated=options.phase),
        qualname=qualname,
        training=_training(part.compiled),
        notes=[*notes, *extra],
    )
    total, placed = _count(graph.nodes) if sites is None else sites
    coverage: Coverage = graph.coverage._replace(sites=total, placed=placed, blind=tuple(blind))
    return graph._replace(coverage=coverage)


def _count(nodes: Iterable[Node]) -> tuple[int, int]:
    """Count the places of calls, and those whose result has a place in the data flow."""
    places: dict[Hashable, bool] = {}
    barriers: set[int] = set()
    for index, node in enumerate(nodes):
        if not node.is_layer:
            continue
        if node.kind == "unknown" and not node.inputs:
            barriers.add(index)
        where = node.called or node.location
        key = (where.path, where.line, where.column, where.cell) if where is not None else index
        good = index not in barriers and not any(edge.node in barriers for edge in node.inputs)
        places[key] = places.get(key, True) and good
    return len(places), sum(places.values())


def _add_ends(
    builder: Builder,
    tape: Tape,
    part: Slice,
    edge_of: _EdgeOf,
    options: LoadOptions,
) -> list[str]:
    """Add outputs and the losses behind them; return what must be said of the losses."""
    ends: dict[Edge, int] = {}
    several = len({edge for _, edge in part.outputs}) > 1
    for name, edge in part.outputs:
        if edge not in ends:
            ends[edge] = _add_output(builder, tape, edge, edge_of, name or "output")
    declared = list(ends)
    losses: dict[Edge, list[Loss]] = {}
    for loss in part.losses:
        losses.setdefault(loss.edge, []).append(loss)
    notes: list[str] = []
    if part.compiled is not None and part.compiled.losses:
        notes = _compiled(part.compiled, declared, losses)
    if options.loss:
        for edge in declared:
            if not any(loss.attributes.get("family") == options.loss for loss in losses.get(edge, ())):
                losses[edge] = [Loss(edge, {"family": options.loss}, "loss", None, None, OPEN)]
    for edge, found in losses.items():
        if edge not in ends:
            ends[edge] = _add_output(builder, tape, edge, edge_of, "output")
        for loss in found:
            name = builder.nodes[ends[edge]].name.removesuffix(" (output)")
            builder.add(
                "loss",
                f"{name} (loss)" if several or name != "output" else "loss",
                auto=True,
                op=loss.op,
                inputs=[Edge(ends[edge])],
                attributes=dict(loss.attributes),
                location=loss.location,
                called=loss.called,
            )
    return notes


if TYPE_CHECKING:
    from collections.abc import Callable

    _EdgeOf = Callable[[Edge], Edge]


def _add_output(builder: Builder, tape: Tape, edge: Edge, edge_of: _EdgeOf, name: str) -> int:
    made = tape.nodes[edge.node].outputs
    tensor = made[edge.output] if edge.output < len(made) else Tensor()
    shown = name if name == "output" else f"{name} (output)"
    return builder.add("output", shown, auto=True, inputs=[edge_of(edge)], outputs=(tensor,))


def _compiled(compiled: Compiled, outputs: Sequence[Edge], losses: dict[Edge, list[Loss]]) -> list[str]:
    """Put the losses that a model is compiled with behind its outputs."""
    given = compiled.losses * len(outputs) if len(compiled.losses) == 1 else compiled.losses
    missing = 0
    for edge, attributes in zip(outputs, given, strict=False):
        if attributes is None:
            missing += 1
            continue
        found = Loss(edge, attributes, "loss", compiled.location, None, OPEN)
        losses.setdefault(edge, []).append(found)
    missing += max(0, len(outputs) - len(given))
    if not missing:
        return []
    where = "the output" if len(outputs) == 1 else f"{missing} of {len(outputs)} outputs"
    return [f"the model was compiled, but no known loss belongs to {where}"]


def _training(compiled: Compiled | None) -> Training:
    if compiled is None:
        return Training()

    def of(name: str, *types: type) -> Value:
        value = compiled.training.get(name, UNKNOWN)
        return value if isinstance(value, types) and not isinstance(value, bool) else UNKNOWN

    optimizer, rate, batch = of("optimizer", str), of("learning_rate", int, float), of("batch_size", int)
    return Training(
        optimizer if isinstance(optimizer, str) else UNKNOWN,
        rate if isinstance(rate, int | float) else UNKNOWN,
        batch if isinstance(batch, int) else UNKNOWN,
    )


_ATOMS: Final = frozenset({str, int, float, bool, type(None)})


def _frozen(value: object) -> Hashable:
    """Return a key of a value that does not tell unknown values apart."""
    kind = type(value)
    if kind in _ATOMS:
        return kind, value
    if isinstance(value, Unknown):
        return "?"
    if isinstance(value, tuple | list):
        return tuple([_frozen(each) for each in value])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, dict):
        return tuple([(key, _frozen(each)) for key, each in sorted(value.items())])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return repr(value)


def graph_key(graph: Graph) -> Hashable:
    """Return a key that is equal for graphs that say the same, wherever their layers stand in the text."""
    return tuple(
        (
            node.kind,
            node.name,
            node.op,
            node.scope,
            node.layer,
            node.call,
            node.inputs,
            _frozen(node.outputs),
            _frozen(node.attributes),
        )
        for node in graph.nodes
    )
