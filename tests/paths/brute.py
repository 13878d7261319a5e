"""Everything a path can match, found the slow way: every way through the graph, every reading of the pattern.

Written from the semantics of the path language and from nothing else: no bit masks, no sets of positions, no
breadth-first search. Only the values of tests are asked from `evaluate`, which has tables of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import KINDS, UNKNOWN, Graph, Node
from lintnet.paths.expression import evaluate
from lintnet.paths.syntax import Atom, Chain, Group, Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.ir import Edge, Value
    from lintnet.paths.automaton import PathSpec

Captures = frozenset[tuple[str, int]]
BARRIERS = {"unknown", "choice", "loop", "body_input"}
ENDS = {"input", "output", "loss"}


class Brute:
    """Matches of one path in one graph."""

    def __init__(self, spec: PathSpec, graph: Graph) -> None:
        """Prepare; nothing is computed."""
        self.spec = spec
        self.graph = graph

    def matches(self) -> dict[int, dict[tuple[int, Captures], int]]:
        """Return end -> (start, captures) -> number of nodes on the shortest way, skipped nodes included."""
        found: dict[int, dict[tuple[int, Captures], int]] = {}
        for way in self.ways():
            for chain in self.spec.pattern.alternatives:
                for place, captures in self.chain(chain, way, -1, frozenset()):
                    if place == len(way) - 1:
                        best = found.setdefault(way[-1], {})
                        key = (way[0], captures)
                        best[key] = min(len(way), best.get(key, len(way)))
        return found

    def ways(self) -> Iterator[list[int]]:
        """Yield every way through the graph that the path may take."""
        ways = [[node] for node in range(len(self.graph.nodes))]
        while ways:
            way = ways.pop()
            yield way
            for successor, node in enumerate(self.graph.nodes):
                edges = [edge for edge in node.inputs if edge.node == way[-1]]
                if edges and (not self.spec.sole or any(self.sole(edge) for edge in edges)):
                    ways.append([*way, successor])

    def users(self, edge: Edge) -> list[Node]:
        """Return the node of every use of a tensor."""
        return [node for node in self.graph.nodes for each in node.inputs if each == edge]

    def sole(self, edge: Edge) -> bool:
        """Whether exactly one edge carries the tensor, and none leads into the unknown."""
        users = self.users(edge)
        return len(users) == 1 and users[0].kind not in BARRIERS

    def chain(self, chain: Chain, way: list[int], place: int, captures: Captures) -> Iterator[tuple[int, Captures]]:
        """Yield where a chain can end that begins behind `place`."""
        if not chain:
            yield place, captures
            return
        for middle, more in self.item(chain[0], way, place, captures):
            yield from self.chain(chain[1:], way, middle, more)

    def item(self, item: Item, way: list[int], place: int, captures: Captures) -> Iterator[tuple[int, Captures]]:
        """Yield where a repetition can end, each repetition moving on."""
        low, high = item.low, item.high
        if low == 0:
            yield place, captures
        if high == 0:
            return
        rest = Item(item.body, max(low - 1, 0), None if high is None else high - 1, item.capture)
        for middle, more in self.body(item, way, place, captures):
            if middle > place:
                yield from self.item(rest, way, middle, more)
            elif low > 0:
                yield from self.item(Item(item.body, 0, 0), way, middle, more)

    def body(self, item: Item, way: list[int], place: int, captures: Captures) -> Iterator[tuple[int, Captures]]:
        """Yield where one repetition can end."""
        if isinstance(item.body, Group):
            for chain in item.body.alternatives:
                for end, more in self.chain(chain, way, place, captures):
                    named = {(item.capture, way[end])} if item.capture and end > place else set[tuple[str, int]]()
                    yield end, more | named
            return
        for end in range(place + 1, len(way)):
            if self.fits(item.body, way[end]):
                yield end, captures | ({(item.capture, way[end])} if item.capture else set[tuple[str, int]]())
            if place < 0 or not self.skippable(way[end]):
                return

    def skippable(self, index: int) -> bool:
        """Whether the path may step over a node."""
        node = self.graph.nodes[index]
        if node.kind == "identity" or (node.kind == "dropout" and node.get("rate") == 0):
            return True
        transparent = KINDS[node.kind].transparent
        passes = transparent == "yes" or (transparent == "channel" and node.get("keeps_channel") is True)
        return passes and not self.spec.strict and node.kind not in self.spec.pattern.words

    def fits(self, atom: Atom, index: int) -> bool:
        """Whether a node matches an atom."""
        node = self.graph.nodes[index]
        groups = KINDS[node.kind].groups
        named = any(word == node.kind or word in groups for word in atom.words)
        if atom.negated:
            if node.kind in ENDS or (node.kind in BARRIERS and atom.words):
                return False
            return not named
        return named and all(evaluate(test, _Attributes(self, index)) is True for test in atom.tests)


class _Attributes:
    def __init__(self, brute: Brute, index: int) -> None:
        self.brute = brute
        self.index = index

    def name(self, name: str, /) -> Value:
        nodes = self.brute.graph.nodes
        if name == "consumers":
            users = [node for node in nodes for edge in node.inputs if edge.node == self.index]
            return UNKNOWN if any(node.kind in BARRIERS for node in users) else len(users)
        if name == "calls":
            return sum(node.layer == nodes[self.index].layer for node in nodes)
        return nodes[self.index].get(name)

    def attribute(self, capture: str, attribute: str, /) -> Value:
        raise AssertionError(capture, attribute)

    def call(self, function: str, arguments: tuple[str, ...], /) -> Value:
        raise AssertionError(function, arguments)
