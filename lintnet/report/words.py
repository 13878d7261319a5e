"""Words and characters that every report shares: counts, safe text, values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lintnet.ir.finding import Finding, QuantityValue
    from lintnet.ir.graph import Location

__all__ = ["count", "line_of", "place", "quantity", "safe", "spot"]

_RANGES = (
    (0x00, 0x20),  # C0 controls
    (0x7F, 0xA0),  # delete and C1 controls
    (0x061C, 0x061D),  # Arabic letter mark
    (0x200B, 0x2010),  # zero-width characters and direction marks
    (0x2028, 0x202F),  # line and paragraph separators, direction overrides
    (0x2060, 0x2070),  # invisible operators, direction isolates
    (0xD800, 0xE000),  # surrogates, which no encoder takes
    (0xFEFF, 0xFF00),  # byte order mark
)
_ESCAPES = {code: f"\\u{code:04x}" for first, end in _RANGES for code in range(first, end)}


def safe(text: str) -> str:
    """Escape control and direction characters: names in a model file must not drive the reader's terminal."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 model`, `2 models`."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def quantity(value: QuantityValue) -> str:
    """Return a quantity as a person reads it; an interval as `0.4 to 0.9`."""
    if isinstance(value, tuple):
        return " to ".join(quantity(part) for part in value)
    if isinstance(value, float):
        return f"{value:.3g}"
    return safe(str(value))


def place(finding: Finding) -> str:
    """Return where a finding is: file, line and column if the source is what was checked, else model and node."""
    location = finding.location
    if location is not None and finding.format == "source":
        return spot(location)
    name = f"{finding.model}::{finding.qualname}" if finding.qualname else finding.model
    return safe(f"{name}:{finding.node}")


def spot(location: Location) -> str:
    """Return a place in source as terminals and editors know it: `net.py:12:8`, `net.ipynb:cell 3:line 2`."""
    if location.cell is not None:
        return safe(f"{location.path}:cell {location.cell}:line {location.line}")
    return safe(f"{location.path}:{location.line}:{location.column}")


def line_of(location: Location) -> str:
    """Return a place without its column: `net.py:12`."""
    return spot(location) if location.cell is not None else safe(f"{location.path}:{location.line}")
