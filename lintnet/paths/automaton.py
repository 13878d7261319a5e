"""All paths of all rules as one automaton, and the one sweep that runs it over a graph.

Every atom of every path is a *position*, one bit of an integer (Glushkov's construction). The state of a node is
the set of positions at which it ends the beginning of some match, so one pass in topological order, one step
per node, decides every rule. A step depends only on the incoming set and the kind of the node; steps are computed when
first met and remembered, which makes this a lazily built deterministic automaton. Only tests (`[rate > 0]`) are asked
of every node, and only where the path has come so far.

Source: V. M. Glushkov, The abstract theory of automata, Russian Mathematical Surveys 16(5), 1961.

Knows patterns and views; knows no rule, no finding. How a match went is the business of `witness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.kinds import KINDS
from lintnet.paths.expression import Expression, evaluate
from lintnet.paths.syntax import Atom, Chain, Item, Pattern
from lintnet.paths.view import OPAQUE, TRANSPARENT, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lintnet.ir.unknown import Value

__all__ = ["CompiledPath", "PathSpec", "Position", "Program", "Trace", "bits", "compile_paths", "sweep"]

_MOST_STEPS: Final = 1 << 18
"""Remembered steps; a run over very many models starts again instead of growing without end."""


@dataclass(frozen=True, slots=True)
class PathSpec:
    """One path to look for, under a `key` of the caller's choice.

    strict: no transparent operation is skipped (a proven identity still is, since it does nothing).
    sole: every edge of a match, edges at skipped nodes included, carries a tensor that nobody else uses.
    """

    key: str
    pattern: Pattern
    strict: bool = False
    sole: bool = False


class Position(NamedTuple):
    """One atom of a path, and the capture it fills."""

    atom: Atom
    capture: str | None


class CompiledPath(NamedTuple):
    """A path as bit masks over the positions of the program: where a match begins, where it ends, all of it."""

    spec: PathSpec
    first: int
    final: int
    every: int


class Trace(NamedTuple):
    """What a sweep leaves at every node: positions that the node matches, and those its successors may continue."""

    matched: list[int]
    carried: list[int]


class _Step(NamedTuple):
    """What a node of one kind makes of one incoming set: matched without test, matched if tests hold, passed on."""

    matched: int
    tested: tuple[tuple[int, tuple[Expression, ...]], ...]
    passed: int


class Program:
    """Compiled paths. Immutable in meaning; steps and the trace of the last view are remembered."""

    def __init__(self, specs: Sequence[PathSpec]) -> None:
        """Compile the paths.

        Raises:
            ValueError: two specs have the same key.
        """
        self.positions: list[Position] = []
        self.follow: list[int] = []
        self.paths: dict[str, CompiledPath] = {}
        for spec in specs:
            if spec.key in self.paths:
                message = f"two paths have the key {spec.key!r}"
                raise ValueError(message)
            start = len(self.positions)
            first, final, _ = self._alternatives(spec.pattern.alternatives, None)
            every = (1 << len(self.positions)) - (1 << start)
            self.paths[spec.key] = CompiledPath(spec, first, final, every)
        paths = self.paths.values()
        self.precede = self._reversed()
        self.first = _union(path.first for path in paths)
        self.final = _union(path.final for path in paths)
        self.sole = _union(path.every for path in paths if path.spec.sole)
        self.skipping = {
            kind: _union(path.every for path in paths if not path.spec.strict and kind not in path.spec.pattern.words)
            for kind, row in KINDS.items()
            if row.transparent != "no"
        }
        self._accept: dict[str, int] = dict.fromkeys(KINDS, 0)
        for index, position in enumerate(self.positions):
            for kind in position.atom.kinds:
                self._accept[kind] |= 1 << index
        self._tested = _union(1 << index for index, each in enumerate(self.positions) if each.atom.tests)
        self._steps: dict[tuple[int, str], _Step] = {}
        self._last: tuple[View, Trace] | None = None

    def trace(self, view: View) -> Trace:
        """Sweep a view, or return what the last sweep over it left."""
        if self._last is None or self._last[0] is not view:
            self._last = view, self._sweep(view)
        return self._last[1]

    def skippable(self, view: View, index: int) -> int:
        """Return the positions whose paths may skip this node."""
        match view.passing[index]:
            case 0:
                return 0
            case 1:
                return self.skipping[view.kinds[index]]
            case _:
                return -1

    def _sweep(self, view: View) -> Trace:
        matched, carried = [0] * len(view), [0] * len(view)
        steps, sole = self._steps, self.sole
        test = _NodeTest(view)
        for index, kind in enumerate(view.kinds):
            incoming = 0
            for source in view.predecessors[index]:
                incoming |= carried[source]
            if incoming & sole:
                incoming &= ~sole
                for source in view.sole_predecessors[index]:
                    incoming |= carried[source] & sole
            step = steps.get((incoming, kind))
            if step is None:
                step = self._step(incoming, kind)
            found = step.matched
            if step.tested:
                test.index = index
                for bit, tests in step.tested:
                    if all(evaluate(each, test) is True for each in tests):
                        found |= bit
            matched[index] = found
            passing = view.passing[index]
            if passing != OPAQUE:
                found |= step.passed if passing == TRANSPARENT else incoming
            carried[index] = found
        return Trace(matched, carried)

    def _step(self, incoming: int, kind: str) -> _Step:
        reached = self.first
        for index in bits(incoming):
            reached |= self.follow[index]
        reached &= self._accept[kind]
        tested = tuple((1 << index, self.positions[index].atom.tests) for index in bits(reached & self._tested))
        step = _Step(reached & ~self._tested, tested, incoming & self.skipping.get(kind, 0))
        if len(self._steps) >= _MOST_STEPS:
            self._steps.clear()
        self._steps[incoming, kind] = step
        return step

    # Glushkov's construction: every part gives (first positions, last positions, whether it may be empty).

    def _alternatives(self, chains: tuple[Chain, ...], capture: str | None) -> tuple[int, int, bool]:
        parts = [self._chain(chain, capture) for chain in chains]
        return _union(part[0] for part in parts), _union(part[1] for part in parts), any(part[2] for part in parts)

    def _chain(self, chain: Chain, capture: str | None) -> tuple[int, int, bool]:
        total = 0, 0, True
        for item in chain:
            total = self._join(total, self._item(item, capture))
        return total

    def _item(self, item: Item, capture: str | None) -> tuple[int, int, bool]:
        capture = item.capture or capture
        total = 0, 0, True
        # The last copy of an endless repetition loops; with `*` it is the only one, and may be left out.
        copies = item.high or 1
        for copy in range(copies):
            first, last, empty = self._body(item, capture)
            if item.high is None and copy == copies - 1:
                self._link(last, first)
            total = self._join(total, (first, last, empty or copy >= item.low))
        return total

    def _body(self, item: Item, capture: str | None) -> tuple[int, int, bool]:
        if not isinstance(item.body, Atom):
            return self._alternatives(item.body.alternatives, capture)
        bit = 1 << len(self.positions)
        self.positions.append(Position(item.body, capture))
        self.follow.append(0)
        return bit, bit, False

    def _join(self, left: tuple[int, int, bool], right: tuple[int, int, bool]) -> tuple[int, int, bool]:
        self._link(left[1], right[0])
        first = left[0] | right[0] if left[2] else left[0]
        last = left[1] | right[1] if right[2] else right[1]
        return first, last, left[2] and right[2]

    def _link(self, sources: int, targets: int) -> None:
        for index in bits(sources):
            self.follow[index] |= targets

    def _reversed(self) -> list[int]:
        precede = [0] * len(self.follow)
        for index, targets in enumerate(self.follow):
            for target in bits(targets):
                precede[target] |= 1 << index
        return precede


class _NodeTest:
    """The environment of a test: bare names are attributes of the node at `index`."""

    __slots__ = ("index", "view")

    def __init__(self, view: View) -> None:
        self.view = view
        self.index = 0

    def name(self, name: str, /) -> Value:
        return self.view.attribute(self.index, name)

    # The reader of paths refuses both in a test.
    def attribute(self, capture: str, attribute: str, /) -> Value:
        raise NotImplementedError(capture, attribute)

    def call(self, function: str, arguments: tuple[str, ...], /) -> Value:
        raise NotImplementedError(function, arguments)


def compile_paths(specs: Sequence[PathSpec]) -> Program:
    """Compile paths into one program; the paths do not see one another.

    Raises:
        ValueError: two specs have the same key.
    """
    return Program(specs)


def sweep(program: Program, view: View) -> dict[str, list[int]]:
    """Return, for every key, the nodes at which a match of its path ends, in topological order."""
    ends: dict[str, list[int]] = {key: [] for key in program.paths}
    for index, matched in enumerate(program.trace(view).matched):
        if matched & program.final:
            for key, path in program.paths.items():
                if matched & path.final:
                    ends[key].append(index)
    return ends


def bits(mask: int) -> Iterator[int]:
    """Yield the indices of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _union(masks: Iterator[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
