"""The one error of the path language: a text, the place in it, and what is wrong there.

Knows nothing of graphs or rules. Every reader of this package raises it and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PathError", "suggestion"]


class PathError(ValueError):
    """A path, expression or graph text that cannot be read.

    `text` is the whole text, `message` what is wrong, `offset` where (0-based, in code points); `line` and
    `column` say the same, counted from 1. As a string: the message, the line, and a caret below the column.
    """

    def __init__(self, message: str, text: str, offset: int) -> None:
        """Remember the place; an `offset` behind the end means the end."""
        self.message = message
        self.text = text
        self.offset = max(0, min(offset, len(text)))
        before = text[: self.offset]
        self.line = before.count("\n") + 1
        self.column = self.offset - (before.rfind("\n") + 1) + 1
        super().__init__(message, text, offset)

    def __str__(self) -> str:
        """Return the message, the line it is about, and a caret under the column."""
        # A tab would shift the caret; one space per character keeps it in place.
        line = self.text.split("\n")[self.line - 1].replace("\t", " ").replace("\r", " ")
        return f"{self.message}\n  {line}\n  {' ' * (self.column - 1)}^"

    def within(self, text: str, offset: int) -> PathError:
        """Return the same error as seen from a longer `text` that holds this one at `offset`."""
        return PathError(self.message, text, offset + self.offset)


def suggestion(word: str, vocabulary: Iterable[str]) -> str:
    """Return "; did you mean `conv`?" for the closest word of the vocabulary, or nothing."""
    import difflib  # noqa: PLC0415 - only an error pays for it

    close = difflib.get_close_matches(word, sorted(vocabulary), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
