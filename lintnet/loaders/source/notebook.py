"""Jupyter notebooks: the Python of all code cells as one text, with the way back to the cells.

Knows nbformat 3 and 4 and what IPython adds to Python: magics, shell lines and questions. Knows no model; nothing is
run. A cell that is no Python, or is none that can be parsed, is left out and said.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from lintnet.ir import Blind, Location
from lintnet.loaders.errors import LoadError
from lintnet.loaders.json_text import parse_json
from lintnet.loaders.limits import DEFAULT, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.loaders.limits import Limits

__all__ = ["Cells", "read_cells"]

_LONGEST: Final = 2 * MIB
"""Characters of code in one notebook; a parser takes a hundred times that in memory."""
_PYTHON: Final = frozenset({"", "python", "python2", "python3", "ipython", "ipython2", "ipython3", "py"})
# Cell magics whose body runs in the notebook's own Python; the bodies of others are another language or go elsewhere.
_RUN_HERE: Final = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "matplotlib", "pylab"})
_WAY: Final = "open the notebook in Jupyter and save it again"


class Cells(NamedTuple):
    """The Python of a notebook. `line_map` has the cell and the line in it, both from 1, for every line of `source`.

    blind says which cells were left out although they should be Python, and why.
    """

    source: str
    line_map: tuple[tuple[int, int], ...] = ()
    blind: tuple[Blind, ...] = ()

    def place(self, line: int) -> tuple[int, int]:
        """Return cell and line in the cell of a line of `source`, from 1."""
        return self.line_map[line - 1] if 0 < line <= len(self.line_map) else (1, line)


def read_cells(data: bytes, path: str, limits: Limits = DEFAULT) -> Cells:
    """Join the Python cells of a notebook. Magics and shell lines are replaced, so that lines keep their numbers.

    Cells are numbered from 1 over all cells, text cells included, as a reader counts them down the page.

    Raises:
        LoadError: it is no notebook, damaged, too long or nested too deeply.
    """
    document = parse_json(data, path, limits)
    lines: list[str] = []
    line_map: list[tuple[int, int]] = []
    blind: list[Blind] = []
    length = 0
    for number, language, text in _code_cells(document, path):
        length += len(text)
        if length > _LONGEST:
            raise LoadError(
                path, f"the notebook holds more than {_LONGEST // MIB} MiB of code", help="check a part of it"
            )
        if language not in _PYTHON:
            continue
        python = _as_python(text)
        if python is None:
            continue
        error = _error(python)
        if error is not None:
            where = min(max(error.lineno or 1, 1), max(python.count("\n") + 1, 1))
            shown = text.split("\n")[where - 1].strip()
            reason = f"cell {number} was left out: {error.msg}"
            blind.append(Blind(Location(path, where, max(error.offset or 1, 1), text=shown, cell=number), reason))
            continue
        cell = python.split("\n")
        lines += cell
        line_map += ((number, line) for line in range(1, len(cell) + 1))
    return Cells("\n".join(lines) + "\n" if lines else "", tuple(line_map), tuple(blind))


def _code_cells(document: object, path: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, language and text of every code cell of nbformat 3 or 4."""
    notebook = _table(document)
    if "worksheets" in notebook:
        cells = [cell for sheet in _list(notebook["worksheets"]) for cell in _list(_table(sheet).get("cells"))]
    elif "cells" in notebook:
        cells = _list(notebook["cells"])
    else:
        raise LoadError(path, "this is no Jupyter notebook: it has no cells", help=_WAY)
    metadata = _table(notebook.get("metadata"))
    language = ""
    for table, key in (("kernelspec", "language"), ("language_info", "name")):
        language = language or _text(_table(metadata.get(table)).get(key)).lower()
    for number, each in enumerate(cells, start=1):
        cell = _table(each)
        if cell.get("cell_type") != "code":
            continue
        own = _text(cell.get("language")) or _text(_table(_table(cell.get("metadata")).get("vscode")).get("languageId"))
        # Form feeds and old Mac line ends would count as lines in one place and not in another.
        text = _text(cell.get("source", cell.get("input"))).replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")
        yield number, own.lower() or language, text.removesuffix("\n")


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text that may be stored as a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(part for part in _list(value) if isinstance(part, str))


def _error(text: str) -> SyntaxError | None:
    """Return why a text is no Python, None if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in checked code is none of ours
            ast.parse(text, "")  # no name, for which the parser would look to quote a line
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "it is nested too deeply")
    return None


def _as_python(text: str) -> str | None:
    """Replace what IPython adds to Python; None for a cell of another language."""
    if not _may_hold_magic(text) or _error(text) is None:
        return text
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name = lines[first][2:].split(maxsplit=1)
        if not name or name[0] not in _RUN_HERE:
            return None
        lines[first] = ""
    magic = re.compile(r"(?:%%?[A-Za-z_]|!|\?\??[\w*.%]).*|[\w.*%]+\?\??")
    assigned = re.compile(r"([\w., ]+=\s*)(?:%[A-Za-z_]|!).*")
    continued = False
    for index, line in enumerate(lines):
        body = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if continued:
            continued = line.endswith("\\")
            lines[index] = ""
        elif magic.fullmatch(body):
            # `%time model = build()` runs its statement here; the two heads are of one length, so that columns hold.
            timed = body.startswith("%time ") and _error(f"if 1: {body[6:]}") is None
            lines[index] = f"{indent}if 1: {body[6:]}" if timed else f"{indent}pass"
            continued = line.endswith("\\") and not timed
        elif (found := assigned.fullmatch(body)) is not None:
            lines[index] = f"{indent}{found[1]}get_ipython()"  # as IPython writes it; its result is not known
            continued = line.endswith("\\")
    return "\n".join(lines)


def _may_hold_magic(text: str) -> bool:
    return "%" in text or "!" in text or "?" in text
