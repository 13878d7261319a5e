"""Conditions that cannot be decided by reading: a program is run once for every way they can be taken.

Knows decisions and their order; no program, no framework. What a run gives is told apart by a key alone, so that ways
that make no difference fall together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from lintnet.ir import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from lintnet.ir import Location

__all__ = ["MOST", "Decisions", "Leaf", "collapse", "explore"]

MOST: Final = 8
"""Variants of one model; more are not told apart by a reader of the report either."""

T = TypeVar("T")


class Decisions:
    """How the conditions of one run are taken: as given, else true and remembered.

    given: ways by the text of the condition, as `explore` prescribes them. inherited: ways that an earlier run took
    that this one continues. only: the texts that may be decided at all, None for any. Equal texts share one decision.
    """

    __slots__ = ("_given", "_inherited", "_only", "_texts", "refused", "taken")

    def __init__(
        self,
        given: Mapping[str, bool] | None = None,
        only: frozenset[str] | None = None,
        inherited: Mapping[str, bool] | None = None,
    ) -> None:
        """Start with nothing taken."""
        self._given = dict(given or {})
        self._only = only
        self._inherited = inherited or {}
        self._texts: dict[str, bool] = {}
        self.taken: list[Condition] = []
        self.refused = False

    def ask(self, text: str, location: Location | None) -> bool | None:
        """Return how a condition is taken, None where none of its branches is to be run."""
        known = self._texts.get(text)
        if known is None:
            known = self._inherited.get(text)
        if known is not None:
            return known
        if self._only is not None and text not in self._only:
            self.refused = True
            return None
        way = self._given.get(text, True)
        self._texts[text] = way
        self.taken.append(Condition(text, way, location))
        return way

    @property
    def ways(self) -> dict[str, bool]:
        """Every decision that holds, by text."""
        return {**self._inherited, **self._texts}


class Leaf(NamedTuple, Generic[T]):
    """One run: the conditions in the order in which they were asked, and what came of it."""

    taken: tuple[Condition, ...]
    result: T


def explore(
    run: Callable[[Decisions], T],
    most: int = MOST,
    inherited: Mapping[str, bool] | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> list[Leaf[T]]:
    """Run a program once for every way its undecided conditions can be taken, at most `most` times.

    A run that asks nothing is not repeated. Where there are more ways, only the conditions asked first are decided (as
    many as have `most` ways together), and the others are answered None. `go_on` is asked before every run but the
    first.
    """
    leaves, complete = _ways(run, most, inherited, None, go_on)
    if complete:
        return leaves
    first: dict[str, None] = {}
    for leaf in leaves:
        first.update((condition.text, None) for condition in leaf.taken)
    only = frozenset(list(first)[: max(1, most.bit_length() - 1)])
    # The ways of a few conditions are at most `most`; with no time left the ways run so far are what there is.
    fewer, _ = _ways(run, most, inherited, only, go_on) if go_on() else ([], True)
    return fewer or leaves


def _ways(
    run: Callable[[Decisions], T],
    most: int,
    inherited: Mapping[str, bool] | None,
    only: frozenset[str] | None,
    go_on: Callable[[], bool],
) -> tuple[list[Leaf[T]], bool]:
    """Walk the tree of decisions depth first; also say whether it was walked to its end."""
    leaves: list[Leaf[T]] = []
    stack: list[dict[str, bool]] = [{}]
    while stack:
        if leaves and (len(leaves) >= most or not go_on()):
            return leaves, False
        given = stack.pop()
        decisions = Decisions(given, only, inherited)
        result = run(decisions)
        leaves.append(Leaf(tuple(decisions.taken), result))
        ways = {condition.text: condition.taken for condition in decisions.taken}
        # Later conditions first onto the stack last: neighbours in the tree are run one after the other.
        before: dict[str, bool] = {}
        for text, way in ways.items():
            if text not in given:
                stack.append({**before, text: not way})
            before[text] = way
    return leaves, True


def collapse(leaves: Sequence[Leaf[T]], key: Callable[[T], Hashable]) -> list[Leaf[T]]:
    """Keep one leaf of those that cannot be told apart, with only the conditions that make a difference.

    The leaves are those of one tree of decisions. A condition makes none where both of its sides lead to the same.
    """
    if not leaves:
        return []
    return [Leaf(tuple(taken), leaf.result) for taken, leaf in _reduced(list(leaves), 0, key)]


def _reduced(leaves: list[Leaf[T]], depth: int, key: Callable[[T], Hashable]) -> list[tuple[list[Condition], Leaf[T]]]:
    """Return the leaves of a subtree that differ, each with the conditions below `depth` that lead to it."""
    head = leaves[0]
    if len(leaves) == 1 and len(head.taken) <= depth:
        return [([], head)]
    if any(len(leaf.taken) <= depth for leaf in leaves):
        return [([], head)]  # runs that did not repeat themselves: the first stands for all
    way = head.taken[depth].taken
    first = _reduced([leaf for leaf in leaves if leaf.taken[depth].taken is way], depth + 1, key)
    others = [leaf for leaf in leaves if leaf.taken[depth].taken is not way]
    # Where there was no time for the other side, what was found holds under this condition only.
    second = _reduced(others, depth + 1, key) if others else []
    if second and _shape(first, key) == _shape(second, key):
        return first
    return [([leaf.taken[depth], *taken], leaf) for side in (first, second) for taken, leaf in side]


def _shape(side: list[tuple[list[Condition], Leaf[T]]], key: Callable[[T], Hashable]) -> list[Hashable]:
    return [(tuple((each.text, each.taken) for each in taken), key(leaf.result)) for taken, leaf in side]
