"""The literature: `references.toml` as frozen data. Knows no rule and no report.

A source is described once, here; a rule cites it by its key and may narrow the claim, never the title.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from lintnet.rulebook.errors import fail

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VERIFIED", "Reference", "References", "read_references"]

VERIFIED: Final = ("yes", "bibliographic", "no")
"""How far an entry was checked; only `yes` counts as support, and `no` may not be cited."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One source. See the head of `references.toml` for the meaning of its fields.

    `authors` holds full names, surname first; a last entry `others` means that more authors follow.
    """

    key: str
    type: str
    authors: tuple[str, ...]
    title: str
    year: int
    verified: str
    claim: str
    venue: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    published: str = ""
    doi: str = ""
    arxiv: str = ""
    url: str = ""
    limits: str = ""
    unchecked: str = ""

    @property
    def short_authors(self) -> str:
        """The surnames as a text cites them: `Zhang`, `Gal and Ghahramani`, `Li et al.`."""
        first, *rest = (author.partition(",")[0] for author in self.authors)
        if not rest:
            return first
        return f"{first} and {rest[0]}" if rest != ["others"] and len(rest) == 1 else f"{first} et al."

    @property
    def detail(self) -> str:
        """Volume, number and pages as a bibliography writes them, or how it was published."""
        volume = f"{self.volume}({self.number})" if self.volume and self.number else self.volume
        pages = f"pages {self.pages}" if self.pages else ""
        return ", ".join(part for part in (volume, pages, self.published) if part)

    @property
    def findable(self) -> bool:
        """Whether a reader can get at the very text: an identifier, a page range, or a manual of a stated version."""
        return bool(self.doi or self.arxiv or self.pages or self.type in ("book", "manual"))


_TABLE: Final = re.compile(r"^\[([^\]\n]+)\]$", re.MULTILINE)
_REQUIRED: Final = frozenset({"type", "authors", "title", "year", "verified", "claim"})
_TEXTS: Final = frozenset(field.name for field in fields(Reference)) - {"key", "authors", "year"}


def read_references(text: str, origin: str) -> Mapping[str, Reference]:
    """Read the references in `text`, by key; `origin` names the file in messages.

    Raises:
        RuleError: no TOML, an unknown or missing field, a value of the wrong type, or an unknown `verified`.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fail(origin, f"not valid TOML: {error}")
    return MappingProxyType({key: _reference(key, table, origin) for key, table in tables.items()})


class References(Mapping[str, Reference]):
    """References of which a table is parsed when it is first asked for.

    A run cites a quarter of the bundled list, and parsing all of it would cost as much as reading a model. For text
    in which every line that begins with `[` opens a table, as in the bundled file (a test compares both readings).
    """

    def __init__(self, text: str, origin: str) -> None:
        """Cut the text into its tables."""
        parts = _TABLE.split(text)
        self._tables = dict(zip(parts[1::2], parts[2::2], strict=True))
        self._origin = origin
        self._read: dict[str, Reference] = {}

    def __getitem__(self, key: str) -> Reference:
        """Return a reference; raises what `read_references` does."""
        if key not in self._read:
            table = f"[{key}]\n{self._tables[key]}"
            self._read[key] = read_references(table, self._origin)[key]
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        """Yield the keys in the order of the text."""
        return iter(self._tables)

    def __len__(self) -> int:
        """Return how many references there are."""
        return len(self._tables)


def _reference(key: str, table: object, origin: str) -> Reference:
    if not isinstance(table, dict):
        fail(origin, f"`{key}` must be a table")
    authors: tuple[str, ...] = ()
    year = 0
    texts: dict[str, str] = {}
    for name, value in cast("dict[str, object]", table).items():
        if name == "authors" and (people := _people(value)):
            authors = people
        elif name == "year" and type(value) is int:
            year = value
        elif name in _TEXTS and isinstance(value, str):
            texts[name] = value
        else:
            fail(origin, f"[{key}] `{name}` is not a known field, or its value has the wrong type")
    missing = _REQUIRED - texts.keys() - ({"authors"} if authors else set()) - ({"year"} if year else set())
    if missing:
        fail(origin, f"[{key}] lacks {', '.join(sorted(missing))}")
    if texts["verified"] not in VERIFIED:
        fail(origin, f"[{key}] verified must be one of {', '.join(VERIFIED)}, not {texts['verified']!r}")
    return Reference(key=key, authors=authors, year=year, **texts)


def _people(value: object) -> tuple[str, ...]:
    """Return a list of names, or nothing if it is anything else."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    people = tuple(item for item in items if isinstance(item, str) and item)
    return people if len(people) == len(items) else ()
