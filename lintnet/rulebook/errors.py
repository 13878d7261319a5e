"""What can be wrong with a rule file, with the reference list, or with a selection of rules."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["RuleError", "SelectionError", "fail"]


class RuleError(ValueError):
    """A rule file, or a file beside the rules, that cannot be used: which, where in it, and why.

    `line` and `column` count from 1; either is 0 where it is not known. `excerpt` shows the place with a caret, where a
    path or an expression is wrong.
    """

    def __init__(self, origin: str, message: str, *, line: int = 0, column: int = 0, excerpt: str = "") -> None:
        """Keep the parts; `str()` of the error joins them."""
        super().__init__(origin, message, line, column)
        self.origin = origin
        self.message = message
        self.line = line
        self.column = column
        self.excerpt = excerpt

    def __str__(self) -> str:
        """Return `file:line:column: message`, and the excerpt below it."""
        place = ":".join(str(part) for part in (self.origin, self.line, self.column) if part)
        text = f"{place}: {self.message}"
        return f"{text}\n{self.excerpt}" if self.excerpt else text


class SelectionError(ValueError):
    """A rule, code, prefix, tag or profile that is not known; the message says what may have been meant."""


def fail(origin: str, message: str, *, line: int = 0, column: int = 0, excerpt: str = "") -> NoReturn:
    """Raise the error; what led to it is left out of the traceback, since the message says it.

    Raises:
        RuleError: always.
    """
    raise RuleError(origin, message, line=line, column=column, excerpt=excerpt) from None
