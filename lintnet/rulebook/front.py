"""The front matter of a rule file: typed, closed tables with line numbers. Knows TOML and nothing of what keys mean."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, cast

from lintnet.paths.errors import suggestion
from lintnet.rulebook.errors import fail

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Front", "Table", "split_front"]

_MARK: Final = "+++"
_HEADER: Final = re.compile(r"\s*(?P<open>\[{1,2})\s*(?P<name>[A-Za-z0-9_.-]+)\s*\]{1,2}\s*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Front:
    """The parsed front matter: `data` as TOML gives it, and the text it came from, to find lines again."""

    origin: str
    text: str
    data: Mapping[str, object]

    def line_of(self, key: str, table: str = "", index: int = 0) -> int:
        """Return the line of `key` in the file, or that of its table; 1 if neither is found.

        tomllib keeps no positions, so the text is searched: good for one key per line, which is how rule files are
        written; a stranger's layout costs precision of the line, never correctness.
        """
        current, seen, header = "", -1, 1
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        for number, line in enumerate(self.text.splitlines(), start=2):
            if match := _HEADER.fullmatch(line):
                current = match["name"]
                if current == (table or key):
                    seen += 1
                    header = number if seen == index else header
            elif current == table and (not table or seen == index) and pattern.match(line):
                return number
        return header

    def fail(self, message: str, key: str = "", table: str = "", index: int = 0) -> NoReturn:
        """Raise the error for a value, at the line of its key.

        Raises:
            RuleError: always.
        """
        fail(self.origin, message, line=self.line_of(key, table, index))


def split_front(text: str, origin: str) -> tuple[Front, str, int]:
    """Split a rule file into front matter, page, and the line on which the page begins.

    Raises:
        RuleError: no `+++` on the first line, no second one, or no valid TOML between them.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _MARK:
        fail(origin, f"a rule file begins with a line `{_MARK}`, then TOML, then `{_MARK}` again", line=1)
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _MARK), 0)
    if not end:
        fail(origin, f"the front matter is never closed with `{_MARK}`", line=1)
    front = "\n".join(lines[1:end]) + "\n"
    try:
        data = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(place[1]) + 1, int(place[2])) if place else (1, 0)
        message = re.sub(r" \(at .*\)", "", str(error))
        fail(origin, f"not valid TOML: {message}", line=line, column=column)
    return Front(origin, front, data), "\n".join(lines[end + 1 :]), end + 2


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the front matter, read strictly: every getter names the wrong value and its line."""

    front: Front
    data: Mapping[str, object]
    name: str = ""
    index: int = 0

    def fail(self, message: str, key: str = "") -> NoReturn:
        """Raise the error for `key` of this table.

        Raises:
            RuleError: always.
        """
        self.front.fail(message, key, self.name, self.index)

    def place_of(self, key: str, row: str) -> tuple[int, int]:
        """Return the line of the file on which `row`, one line of the value of `key`, stands, and what precedes it.

        A row that is written with escapes is not found again; then it is the line of the key.
        """
        first = self.front.line_of(key, self.name, self.index)
        for number, line in enumerate(self.front.text.splitlines()[first - 2 :], start=first):
            if row and row in line:
                return number, line.index(row)
        return first, 0

    def only(self, known: Collection[str], required: Collection[str] = ()) -> None:
        """Refuse keys that are not known, and the absence of required ones.

        Raises:
            RuleError: the first such key, with what may have been meant.
        """
        where = f" in [{self.name}]" if self.name else ""
        for key in self.data:
            if key not in known:
                self.fail(f"unknown key `{key}`{where}{suggestion(key, known)}", key)
        for key in required:
            if key not in self.data:
                self.fail(f"the key `{key}` is missing{where}")

    def text(self, key: str, default: str = "") -> str:
        """Return a text; a text that is there may not be blank."""
        value = self.data.get(key, default)
        if not isinstance(value, str):
            self.fail(f"`{key}` must be a text", key)
        if key in self.data and not value.strip():
            self.fail(f"`{key}` is empty", key)
        return value

    def word(self, key: str, allowed: Collection[str], default: str = "") -> str:
        """Return a text out of a closed list."""
        value = self.text(key, default)
        if key in self.data and value not in allowed:
            self.fail(f"`{key}` must be one of {', '.join(allowed)}, not `{value}`{suggestion(value, allowed)}", key)
        return value

    def flag(self, key: str) -> bool:
        """Return a flag, false where it is absent."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"`{key}` must be true or false", key)
        return value

    def integer(self, key: str, allowed: range, default: int) -> int:
        """Return an integer within a range."""
        value = self.data.get(key, default)
        if type(value) is not int or value not in allowed:
            self.fail(f"`{key}` must be an integer from {allowed.start} to {allowed.stop - 1}", key)
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, list):
            self.fail(f"`{key}` must be a list of texts", key)
        items = cast("list[object]", value)
        texts = tuple(item for item in items if isinstance(item, str) and item.strip())
        if len(texts) != len(items) or len(set(texts)) != len(texts):
            self.fail(f"`{key}` must be a list of different texts", key)
        return texts

    def table(self, key: str) -> Table:
        """Return the table `[key]`, empty where it is absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"`{key}` must be a table, `[{key}]`", key)
        return Table(self.front, cast("dict[str, object]", value), key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables `[[key]]` in order."""
        value = self.data.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        tables = tuple(
            Table(self.front, cast("dict[str, object]", item), key, index)
            for index, item in enumerate(items)
            if isinstance(item, dict)
        )
        if len(tables) != len(items):
            self.fail(f"`{key}` must be a list of tables, `[[{key}]]`", key)
        return tables
