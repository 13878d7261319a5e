"""A graph as the automaton reads it: lists of integers, built once per graph.

Knows graphs and the vocabulary, no path. Counts edges: two edges between the same nodes are two consumers.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from lintnet.ir.kinds import GROUPS, KINDS
from lintnet.ir.unknown import UNKNOWN, Unknown, Value

if TYPE_CHECKING:
    from lintnet.ir.graph import Edge, Graph

__all__ = ["OPAQUE", "PROVEN_IDENTITY", "TRANSPARENT", "View"]

OPAQUE: Final = 0
TRANSPARENT: Final = 1
"""Skipped by rules that do not name the kind and are not strict."""
PROVEN_IDENTITY: Final = 2
"""Returns its input unchanged, so every rule may skip it."""

_BARRIERS: Final = GROUPS["barrier"]
_SEVERAL: Final = 2
# Kinds that pass or not whatever their attributes are.
_PASSING: Final = {
    kind: {"yes": TRANSPARENT, "no": OPAQUE}[row.transparent]
    for kind, row in KINDS.items()
    if row.transparent != "channel" and kind != "dropout"
} | {"identity": PROVEN_IDENTITY}


class View:
    """Edges, consumers, calls and transparency of every node of `graph`, by node index.

    predecessors: the nodes whose results a node uses, each once. sole_predecessors: those among them whose tensor
    nobody else uses, neither a second node nor a second input of the same node; a tensor that reaches a barrier
    is never sole. consumers: edges that use any result of the node, unknown once one of them enters a barrier, since
    nothing is known of what happens there. calls: nodes of the same layer. passing: OPAQUE, TRANSPARENT or
    PROVEN_IDENTITY.
    """

    __slots__ = ("calls", "consumers", "graph", "kinds", "passing", "predecessors", "sole_predecessors")

    def __init__(self, graph: Graph) -> None:
        """Read the graph once."""
        nodes = graph.nodes
        self.graph = graph
        self.kinds = [node.kind for node in nodes]
        self.predecessors: list[tuple[int, ...]] = []
        uses: dict[Edge, int] = {}
        into_barriers: set[int] = set()
        counts = [0] * len(nodes)
        for node in nodes:
            inputs = node.inputs
            sources = [edge.node for edge in inputs]
            self.predecessors.append(tuple(sources) if len(sources) < _SEVERAL else tuple(dict.fromkeys(sources)))
            weight = 1
            if node.kind in _BARRIERS:
                # Two uses are enough to be shared; a barrier may use what it gets any number of times.
                weight = 2
                into_barriers.update(sources)
            for edge in inputs:
                uses[edge] = uses.get(edge, 0) + weight
            for source in sources:
                counts[source] += 1
        self.consumers: list[int | Unknown] = [*counts]
        for index in into_barriers:
            self.consumers[index] = UNKNOWN
        shared = {edge for edge, count in uses.items() if count > 1}
        self.sole_predecessors = [
            sources
            if shared.isdisjoint(node.inputs)
            else tuple(dict.fromkeys(edge.node for edge in node.inputs if edge not in shared))
            for node, sources in zip(nodes, self.predecessors, strict=True)
        ]
        layers = Counter([node.layer for node in nodes])
        layers[""] = 1
        self.calls = [layers[node.layer] for node in nodes]
        self.passing = [
            _PASSING[kind] if kind in _PASSING else self._passing(index) for index, kind in enumerate(self.kinds)
        ]

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self.kinds)

    def attribute(self, index: int, name: str) -> Value:
        """Return an attribute or pseudo attribute of a node; unknown if it was not determined."""
        node = self.graph.nodes[index]
        match name:
            case "consumers":
                return self.consumers[index]
            case "calls":
                return self.calls[index]
            case "name":
                return node.name
            case "op":
                return node.op
            case _:
                return node.attributes.get(name, UNKNOWN)

    def _passing(self, index: int) -> int:
        """Judge a node of a kind whose attributes decide."""
        kind, attributes = self.kinds[index], self.graph.nodes[index].attributes
        if kind == "dropout":
            rate = attributes.get("rate", UNKNOWN)
            # False equals 0, but a flag is no rate.
            return PROVEN_IDENTITY if not isinstance(rate, Unknown | bool) and rate == 0 else OPAQUE
        return TRANSPARENT if attributes.get("keeps_channel", UNKNOWN) is True else OPAQUE
