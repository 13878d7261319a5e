"""Checks of dropouts that count along a whole path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts.gains import dropout_series
from lintnet.ir.finding import Severity
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts

__all__ = ["cumulative_dropout"]

_ADVICE: Final = 4
_WARNING: Final = 16


def cumulative_dropout(facts: Facts) -> Iterator[CheckFinding]:
    """Dropouts in series, with no norm between, that multiply the energy of the signal by more than 4 in training.

    One finding per series, at its last dropout; above 16 it is a warning, below it advice.
    """
    for series in sorted(dropout_series(facts), key=lambda each: each.dropouts[-1]):
        gain = round(series.gain, 3)
        if gain <= _ADVICE or len(series.dropouts) < 2:  # noqa: PLR2004 - one alone is no series, its rate is judged elsewhere
            continue
        yield CheckFinding(
            anchor=series.dropouts[-1],
            witness=series.dropouts,
            values={"count": len(series.dropouts), "gain": f"{gain:.3g}"},
            quantities={"energy_gain": gain, "dropouts": len(series.dropouts)},
            severity=None if gain > _WARNING else Severity.advice,
            places=series.dropouts,
        )
