"""Message templates: `dropout (rate {drop.rate:g}) shrinks the variance to {ratio:.2f}`. Knows no rule and no graph.

The engine fills a template with `str.format`, whose fields may index and look up attributes of whatever they are
given. A rule file of a stranger must not do that, so only this is let through: a name, or a capture with one
attribute, and a short number format.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Final

__all__ = ["Field", "MessageError", "parse_message"]


class MessageError(ValueError):
    """A template with a field that is not allowed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One placeholder: a let name or message value (`attribute` empty), or an attribute of a captured node."""

    name: str
    attribute: str = ""
    format: str = ""

    def __str__(self) -> str:
        """Return the placeholder as it is written."""
        attribute = f".{self.attribute}" if self.attribute else ""
        spec = f":{self.format}" if self.format else ""
        return f"{{{self.name}{attribute}{spec}}}"


_FIELD: Final = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?:\.(?P<attribute>[a-z][a-z0-9_]*))?")
# Grouped thousands, fixed digits, significant digits or percent; nothing that could pad, align or sign.
_FORMAT: Final = re.compile(r",|g|,?\.\d[f%g]|,?d")


def parse_message(text: str) -> tuple[str | Field, ...]:
    """Split a template into literal texts and fields; `{{` and `}}` stand for braces.

    Raises:
        MessageError: unbalanced braces, or a field that is not `{name}`, `{capture.attribute}`, or one of the two
            with a number format (`:.2f`, `:.1%`, `:.3g`, `:g`, `:,`, `:d`).
    """
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        raise MessageError(str(error)) from None
    parts: list[str | Field] = []
    for literal, name, spec, conversion in pieces:
        if literal:
            parts.append(literal)
        if name is None:
            continue
        match = _FIELD.fullmatch(name)
        if match is None or conversion:
            written = "{" + name + (f"!{conversion}" if conversion else "") + "}"
            message = f"`{written}` is no placeholder; write {{name}} or {{capture.attribute}}"
            raise MessageError(message)
        if spec and not _FORMAT.fullmatch(spec):
            message = f"`:{spec}` is no number format; use for example :.2f, :.1%, :.3g, :, or :d"
            raise MessageError(message)
        parts.append(Field(match["name"], match["attribute"] or "", spec or ""))
    return tuple(parts)
