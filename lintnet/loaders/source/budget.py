"""How much work reading one file may cost: steps, processor time, depth of calls, memory. Knows nothing of Python."""

from __future__ import annotations

from time import process_time
from typing import Final

__all__ = ["DEPTH", "MEMORY", "SECONDS", "STEPS", "Budget", "BudgetError"]

DEPTH: Final = "depth"
MEMORY: Final = "memory"
SECONDS: Final = "seconds"
STEPS: Final = "steps"

_INTERVAL: Final = 2048
"""Steps between two looks at the clock."""


class BudgetError(Exception):
    """The program that is read is too long; `which` of the limits was reached: steps, seconds, depth or memory."""

    def __init__(self, which: str) -> None:
        """Remember which limit it was."""
        super().__init__(which)
        self.which = which


class Budget:
    """What is left to spend. One budget serves one file; `restart` gives it anew.

    steps: statements and iterations. seconds: of processor time. depth: nested calls of functions of the program.
    elements: container elements and characters that are made in all. loop: steps that one loop may take before it is
    cut short and the reading goes on behind it.
    """

    __slots__ = ("_elements", "_end", "_steps", "depth", "elements", "left", "loop", "seconds", "steps")

    def __init__(
        self,
        *,
        steps: int = 3_000_000,
        seconds: float = 3.0,
        depth: int = 60,
        elements: int = 30_000_000,
        loop: int = 300_000,
    ) -> None:
        """Set the limits and start the clock."""
        self.steps = steps
        self.seconds = seconds
        self.depth = depth
        self.elements = elements
        self.loop = loop
        self.left = 0
        self._steps = 0
        self._elements = 0
        self._end = 0.0
        self.restart()

    def restart(self) -> None:
        """Begin anew, with the same limits."""
        self._steps = self.steps
        self._elements = self.elements
        self._end = process_time() + self.seconds
        self.left = _INTERVAL

    @property
    def spent(self) -> int:
        """Steps since the start."""
        return self.steps - self._steps + _INTERVAL - self.left

    def check(self) -> None:
        """Look at the clock; to be called when `left` has come below zero.

        Raises:
            BudgetError: when steps or seconds are used up.
        """
        self._steps -= _INTERVAL - self.left
        self.left = _INTERVAL
        if self._steps < 0:
            raise BudgetError(STEPS)
        if process_time() > self._end:
            raise BudgetError(SECONDS)

    def allocate(self, count: int) -> None:
        """Pay for a container of so many elements, or a text of so many characters.

        Raises:
            BudgetError: when it is more than is left.
        """
        self._elements -= count
        self.left -= count >> 6
        if self._elements < 0:
            raise BudgetError(MEMORY)
        if self.left < 0:
            self.check()
