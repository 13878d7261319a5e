"""How much a reader may take from an untrusted file before it refuses, in one place for all readers.

Knows no format's insides. Each number is far above what real models need and far below what would hurt: a hostile
file must cost a bounded time and a bounded memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT", "GIB", "KIB", "MIB", "Limits"]

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for every reader; sizes are in bytes, the rest are counts.

    file: largest file that is opened. payload: largest run of numbers that is kept; longer ones are skipped. string:
    longest name. kept: what may be held in memory besides skipped payloads.

    Protobuf: depth of nested messages; fields in all, and per KiB of structure beyond the first `fields_free`; nodes
    in the file; inlined nodes, those that come out of functions, since a file of a kilobyte can ask for any number.
    JSON: json bytes, json_items containers and commas, nesting depth. Zip: ratio of unpacked to packed above 1 MiB,
    members.
    """

    file: int = 64 * GIB
    payload: int = KIB
    string: int = MIB
    kept: int = 64 * MIB

    depth: int = 100
    fields: int = 100_000_000
    fields_free: int = 200_000
    fields_per_kib: int = 300
    nodes: int = 1_000_000
    inlined: int = 250_000

    json: int = 64 * MIB
    json_items: int = 2_000_000
    nesting: int = 50
    ratio: int = 200
    members: int = 10_000


DEFAULT: Final = Limits()
"""The limits used unless a caller says otherwise."""
