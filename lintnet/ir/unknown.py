"""`Unknown`, the value of everything that could not be determined, and Kleene's three-valued logic.

Knows nothing of graphs. A comparison with an unknown operand is itself unknown, and a rule fires only on
`True`; so what a loader could not read can suppress a finding, but can never cause one.

Source: S. C. Kleene, *Introduction to Metamathematics*, 1952, section 64 (strong three-valued logic).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UNKNOWN", "Truth", "Unknown", "Value", "all_of", "any_of", "compare", "known", "negate"]


class Unknown:
    """A value that could not be determined; `why` says the reason in a few words, when there is one.

    It has no truth value: `if unknown:` raises `TypeError`, because silently reading it as false (or true)
    is how linters come to report guesses. Two unknowns are equal only when they are the same object.
    """

    __slots__ = ("why",)

    def __init__(self, why: str = "") -> None:
        """Remember `why` the value is not known, for example the name of a symbolic dimension."""
        self.why = why

    def __repr__(self) -> str:
        """Show `?`, with the reason where there is one."""
        return f"?{self.why}"

    def __bool__(self) -> NoReturn:
        """Refuse to be true or false.

        Raises:
            TypeError: always.
        """
        message = "an Unknown has no truth value; compare with the functions of lintnet.ir.unknown"
        raise TypeError(message)


UNKNOWN: Final = Unknown()

Truth = bool | Unknown
"""`True`, `False` or unknown."""

Value = bool | int | float | str | tuple["int | Unknown", ...] | Unknown | None
"""What an attribute can hold. `None` means "known to be absent" (no bias, no ceiling), never "not read"."""


def known(value: object) -> bool:
    """Say whether `value` was determined."""
    return not isinstance(value, Unknown)


def negate(truth: Truth) -> Truth:
    """Return the negation; unknown stays unknown."""
    return truth if isinstance(truth, Unknown) else not truth


def all_of(truths: Iterable[Truth]) -> Truth:
    """Conjunction: false if any is false, else unknown if any is unknown, else true."""
    result: Truth = True
    for truth in truths:
        if isinstance(truth, Unknown):
            result = truth
        elif not truth:
            return False
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """Disjunction: true if any is true, else unknown if any is unknown, else false."""
    result: Truth = False
    for truth in truths:
        if isinstance(truth, Unknown):
            result = truth
        elif truth:
            return True
    return result


def compare(operator: str, left: Value, right: Value) -> Truth:
    """Compare two scalars with one of ``== != < <= > >=``.

    Values of different types are unequal and have no order: ordering a text against a number is unknown,
    not an error, since the attribute may simply hold another form in this model. `None` (absent) equals
    only `None`.
    """
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _ORDER[operator](left, right)
    return UNKNOWN


def _less(left: float, right: float) -> bool:
    return left < right


def _at_most(left: float, right: float) -> bool:
    return left <= right


def _more(left: float, right: float) -> bool:
    return left > right


def _at_least(left: float, right: float) -> bool:
    return left >= right


_ORDER: Final = {"<": _less, "<=": _at_most, ">": _more, ">=": _at_least}
