"""How a match went: the captured nodes and the shortest way between them, searched backward from where it ends.

The search walks (node, position, captures so far) breadth first through what the sweep left, so matches come shortest
first, and only ways that the sweep reached are walked. Knows nothing of rules; `where` is the caller's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.kinds import GROUPS
from lintnet.paths.automaton import bits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lintnet.paths.automaton import CompiledPath, Program
    from lintnet.paths.view import View

__all__ = ["BUDGET", "BudgetError", "Match", "matches"]

BUDGET: Final = 20_000
"""Product states searched for one end of one path."""

_BARRIERS: Final = GROUPS["barrier"]


class BudgetError(RuntimeError):
    """The search stopped at its budget; the matches yielded before are right, longer ones may be missing."""


@dataclass(frozen=True, slots=True)
class Match:
    """One match, by node index.

    nodes: matched nodes from start to end. passed: transparent nodes skipped between them; both together, sorted,
    are the way through the graph, which is the shortest for this start and these captures. captures: the node of
    every capture of the path, `None` where it took no part. uncertain: an operation that is not understood lies on
    the way, matched by `.`.
    """

    nodes: tuple[int, ...]
    passed: tuple[int, ...]
    captures: Mapping[str, int | None]
    uncertain: bool


class _State(NamedTuple):
    """A place on the way back: `node` was matched at `position`, or skipped on the way to it (`skipped`)."""

    node: int
    position: int
    skipped: bool
    captures: tuple[tuple[str, int], ...]


def matches(program: Program, key: str, view: View, end: int, *, budget: int = BUDGET) -> Iterator[Match]:
    """Yield every distinct (start, captures) of matches of path `key` that end at node `end`, shortest first.

    Raises:
        BudgetError: after the last match within the budget, if the search had to stop there.
    """
    path = program.paths[key]
    behind: dict[_State, _State | None] = {}  # the state one node closer to the end
    queue: deque[_State] = deque()
    seen: set[tuple[int, tuple[tuple[str, int], ...]]] = set()
    exhausted = False

    def admit(node: int, position: int, after: _State | None, *, skipped: bool) -> bool:
        captures = after.captures if after else ()
        capture = program.positions[position].capture
        if capture is not None and not skipped:
            captures = ((capture, node), *captures)
        state = _State(node, position, skipped, captures)
        if state in behind:
            return True
        if len(behind) >= budget:
            return False
        behind[state] = after
        queue.append(state)
        return True

    for position in bits(program.trace(view).matched[end] & path.final):
        exhausted |= not admit(end, position, None, skipped=False)
    while queue:
        state = queue.popleft()
        start = (state.node, state.captures)
        if not state.skipped and path.first >> state.position & 1 and start not in seen:
            seen.add(start)
            yield _match(program, path, view, state, behind)
        for source, position, skipped in _before(program, path, view, state):
            exhausted |= not admit(source, position, state, skipped=skipped)
    if exhausted:
        message = f"more than {budget} states on the way to node {end} of path {key!r}"
        raise BudgetError(message)


def _before(program: Program, path: CompiledPath, view: View, state: _State) -> Iterator[tuple[int, int, bool]]:
    """Yield (node, position, skipped) of everything that can stand one edge before a state."""
    matched, carried = program.trace(view)
    wanted = program.precede[state.position]
    sources = view.sole_predecessors if path.spec.sole else view.predecessors
    for source in sources[state.node]:
        for position in bits(matched[source] & wanted):
            yield source, position, False
        if carried[source] & wanted & program.skippable(view, source):
            yield source, state.position, True


def _match(
    program: Program, path: CompiledPath, view: View, start: _State, behind: Mapping[_State, _State | None]
) -> Match:
    nodes: list[int] = []
    passed: list[int] = []
    uncertain = False
    state: _State | None = start
    while state is not None:
        if state.skipped:
            passed.append(state.node)
        else:
            nodes.append(state.node)
            uncertain |= view.kinds[state.node] in _BARRIERS and program.positions[state.position].atom.wild
        state = behind[state]
    captures: dict[str, int | None] = dict.fromkeys(path.spec.pattern.captures)
    captures.update(start.captures)
    return Match(tuple(nodes), tuple(passed), captures, uncertain)
