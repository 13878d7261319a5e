"""JSON of untrusted origin, with its cost bounded before it is parsed.

Knows JSON and no model format. Length, number of values and depth are measured on the text itself: a parsed value
takes up to 80 times the memory of its text, and deep nesting ends in the parser's recursion.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from lintnet.loaders.errors import LoadError

if TYPE_CHECKING:
    from lintnet.loaders.limits import Limits

__all__ = ["count_items", "parse_json"]

# An unterminated string runs to the end of the text, so that every character is looked at once.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def count_items(data: bytes) -> int:
    """Upper bound of the number of values in a JSON text: its containers and commas."""
    return data.count(b"[") + data.count(b"{") + data.count(b",")


def parse_json(data: bytes, path: str, limits: Limits, *, place: str = "") -> object:
    """Parse a JSON text in UTF-8.

    Raises:
        LoadError: it is too long, has too many values, is nested too deeply, or is no JSON.
    """
    if len(data) > limits.json:
        raise LoadError(path, f"the JSON text is longer than {limits.json} bytes", place=place)
    if count_items(data) > limits.json_items:
        raise LoadError(path, f"the JSON text has more than {limits.json_items} values", place=place)
    brackets = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > limits.nesting:
        raise LoadError(path, f"the JSON text is nested deeper than {limits.nesting} levels", place=place)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LoadError(path, "the JSON text is not UTF-8", place=_where(place, error.start)) from error
    except json.JSONDecodeError as error:
        reason = f"the JSON text is damaged: {error.msg[:1].lower()}{error.msg[1:]}"
        raise LoadError(path, reason, place=_where(place, error.pos)) from error
    except (ValueError, RecursionError) as error:
        # ValueError: an integer of more digits than Python converts.
        raise LoadError(path, "the JSON text holds a number or a nesting that is not read", place=place) from error


def _where(place: str, position: int) -> str:
    return f"{place}, character {position}" if place else f"character {position}"
