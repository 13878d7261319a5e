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
        self.predecessors = [tuple(dict.fromkeys(edge.node for edge in node.inputs)) for node in nodes]
        uses: Counter[Edge] = Counter()
        self.consumers: list[int | Unknown] = [0] * len(nodes)
        for node in nodes:
            barrier = node.kind in _BARRIERS
            for edge in node.inputs:
                # Two uses are enough to be shared; a barrier may use what it gets any number of times.
                uses[edge] += 2 if barrier else 1
                count = self.consumers[edge.node]
                self.consumers[edge.node] = UNKNOWN if barrier or isinstance(count, Unknown) else count + 1
        self.sole_predecessors = [
            tuple(dict.fromkeys(edge.node for edge in node.inputs if uses[edge] == 1)) for node in nodes
        ]
        layers = Counter(node.layer for node in nodes if node.layer)
        self.calls = [layers[node.layer] if node.layer else 1 for node in nodes]
        self.passing = [self._passing(index) for index in range(len(nodes))]

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
        kind, attributes = self.kinds[index], self.graph.nodes[index].attributes
        if kind == "identity":
            return PROVEN_IDENTITY
        if kind == "dropout":
            rate = attributes.get("rate", UNKNOWN)
            # False equals 0, but a flag is no rate.
            return PROVEN_IDENTITY if not isinstance(rate, Unknown | bool) and rate == 0 else OPAQUE
        match KINDS[kind].transparent:
            case "yes":
                return TRANSPARENT
            case "channel":
                return TRANSPARENT if attributes.get("keeps_channel", UNKNOWN) is True else OPAQUE
            case _:
                return OPAQUE
