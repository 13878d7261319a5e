"""Replacing a few nodes by one: the mechanism that all recognisers share. Knows no pattern."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING

from lintnet.ir import UNKNOWN, Edge, Graph, Node, Unknown, count_coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Lifted", "Region", "one_number", "rewrite"]


@dataclasses.dataclass(frozen=True, slots=True)
class Lifted:
    """A recognised layer: `node` takes the place of the root, the `absorbed` nodes (indices) disappear.

    The inputs of `node` are edges of the graph before the rewrite.
    """

    node: Node
    absorbed: frozenset[int]


class Region:
    """A graph as recognisers look at it: nodes, producers and consumers by index."""

    def __init__(self, graph: Graph) -> None:
        """Look at a graph."""
        self.graph = graph
        self.nodes = graph.nodes

    @cached_property
    def consumers(self) -> list[list[int]]:
        """For every node, who reads its outputs; a node that reads twice stands twice."""
        lists: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes):
            for edge in node.inputs:
                lists[edge.node].append(index)
        return lists

    def only_consumer(self, index: int) -> int | None:
        """Return the one node that reads a node's result, or None if it is read more or less than once."""
        consumers = self.consumers[index]
        return consumers[0] if len(consumers) == 1 else None

    def producer(self, index: int, position: int = 0) -> int | None:
        """Return the node behind an input, or None if there is no such input."""
        inputs = self.nodes[index].inputs
        return inputs[position].node if position < len(inputs) else None


def one_number(node: Node) -> float | Unknown:
    """Return the constant of an affine or power node if it is a single number.

    A vector whose elements happen to be equal is a vector: what is lifted must not depend on the weights.
    """
    constant = node.parameter("constant")
    return node.number("constant") if constant is None or constant.count == 1 else UNKNOWN


def rewrite(graph: Graph, recognise: Callable[[Region, int], Lifted | None], roots: frozenset[str]) -> Graph:
    """Ask `recognise` at every node of a kind in `roots`, last first, and replace what it proves.

    Returns the same graph if nothing was.

    Last first, so that the largest region that ends at a node wins over the smaller ones inside it.
    """
    region = Region(graph)
    lifted: dict[int, Lifted] = {}
    gone: set[int] = set()
    candidates = [index for index, node in enumerate(graph.nodes) if node.kind in roots]
    for root in reversed(candidates):
        if root in gone:
            continue
        found = recognise(region, root)
        if found is not None and not (found.absorbed & gone):
            lifted[root] = found
            gone |= found.absorbed
    if not lifted:
        return graph
    nodes: list[Node] = []
    moved: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        if index in gone:
            continue
        kept = lifted[index].node if index in lifted else node
        moved[index] = len(nodes)
        nodes.append(kept._replace(inputs=_moved(kept.inputs, moved)))
    counted = count_coverage(nodes)
    coverage = graph.coverage._replace(
        layers=counted.layers, understood=counted.understood, not_understood=counted.not_understood
    )
    return graph._replace(nodes=tuple(nodes), coverage=coverage)


def _moved(edges: Iterable[Edge], moved: dict[int, int]) -> tuple[Edge, ...]:
    return tuple(Edge(moved[edge.node], edge.output) for edge in edges)
