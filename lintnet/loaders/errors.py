"""The one error every reader raises."""

from __future__ import annotations

__all__ = ["LoadError"]

_AGAIN = "save or export the model again, or fetch the file again"


class LoadError(Exception):
    """A target that could not be read: which, where in it, why, and the way out.

    help is the way out; where a reader knows no better one, it is to get the file anew.

    place is a byte offset, a member or a JSON path in words, or empty. kind is `unreadable`; `no graph` for a file that
    is what it should be but holds no model graph (weights only, a body in Python); `unsupported` for a format that
    this version does not read; `fault` where lintnet itself failed.
    """

    def __init__(
        self, path: str, reason: str, *, place: str = "", help: str = _AGAIN, kind: str = "unreadable"
    ) -> None:
        """Keep the parts; `str()` of the error joins them into one line."""
        super().__init__(path, reason, place, help)
        self.path = path
        self.reason = reason
        self.place = place
        self.help = help
        self.kind = kind

    def __str__(self) -> str:
        """Return one line: reason, place, way out. The path is left to the reporter."""
        text = f"{self.reason} (at {self.place})" if self.place else self.reason
        return f"{text}; {self.help}" if self.help else text
