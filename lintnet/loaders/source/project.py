"""The files of one run: which file an import means, and the parsed text of each, read once for all that import it.

Knows paths, encodings and syntax errors; no framework, and nothing of what a program does. Only regular files below the
roots are opened, and none is executed.
"""

from __future__ import annotations

import ast
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.loaders.errors import LoadError
from lintnet.loaders.sniff import open_regular
from lintnet.loaders.source.frameworks import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.ir import Blind
    from lintnet.loaders.limits import Limits

__all__ = ["Files", "Text", "parse"]

_LARGEST: Final = 2 << 20
"""Bytes of a file that is imported; those that are checked are measured by who reads them."""
_MOST_NODES_DEEP: Final = 400
_WAY: Final = "mend it, or leave the file out"
_PYTHON_2: Final = (
    "Missing parentheses in call to 'print'",
    "Missing parentheses in call to 'exec'",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer literals",
    "invalid hexadecimal literal",
)
_NO_FILE: Final = ""
"""What is parsed stands in no file: with its usual name for that the parser would open it to quote a line."""
_HIGHEST: Final = 12
"""Folders between a file and the outermost package that holds it."""


class Text(NamedTuple):
    """A parsed file: its tree and lines, and for a notebook cell and line in it for every line, and cells left out."""

    path: str
    tree: ast.Module
    lines: Sequence[str]
    cells: Sequence[tuple[int, int]] = ()
    blind: tuple[Blind, ...] = ()

    @property
    def cell_of(self) -> Callable[[int], tuple[int, int] | None] | None:
        """Return what gives cell and line in the cell of a line, None for a plain file."""
        if not self.cells:
            return None
        cells = self.cells
        return lambda line: cells[line - 1] if 0 < line <= len(cells) else None


def parse(path: str, data: bytes, limits: Limits) -> Text:
    """Parse a file, a notebook where its name or its content says so.

    Raises:
        LoadError: it is no Python of this version, in an encoding that is not known, or nested too deeply.
    """
    if path.lower().endswith(".ipynb") or (data.lstrip()[:1] == b"{" and b'"cells"' in data and b'"nbformat"' in data):
        from lintnet.loaders.source.notebook import read_cells  # noqa: PLC0415 - most files are none

        cells = read_cells(data, path, limits)
        lines = cells.source.split("\n")
        return Text(path, _tree(path, cells.source), lines, cells.line_map, cells.blind)
    source = _decoded(path, data).replace("\r\n", "\n").replace("\r", "\n")
    # A form feed ends no line for Python's parser.
    return Text(path, _tree(path, source), source.split("\n"))


def _decoded(path: str, data: bytes) -> str:
    """Return the text of a file in the encoding that it declares."""
    encoding = "utf-8-sig"
    head = data[:512].split(b"\n", 2)[:2]
    if any(b"coding" in line for line in head):
        import io  # noqa: PLC0415 - few files declare an encoding
        import tokenize  # noqa: PLC0415 - as above

        try:
            encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        except SyntaxError as error:
            raise LoadError(path, f"its encoding is not known: {error.msg}", place="line 1", help=_WAY) from error
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        if not isinstance(error, UnicodeDecodeError):
            raise LoadError(path, f"its encoding is not known: {encoding}", place="line 1", help=_WAY) from error
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        raise LoadError(path, f"the text is not {name}", place=f"line {line}", help=_WAY) from error


def _tree(path: str, source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in checked code is none of ours
            tree = ast.parse(source, _NO_FILE)
    except SyntaxError as error:
        why = error.msg or "invalid syntax"
        place = f"line {error.lineno}" if error.lineno else ""
        if why.startswith(_PYTHON_2):
            raise LoadError(path, "this is Python 2", place=place, help="convert it with 2to3") from error
        raise LoadError(path, f"it is no valid Python: {why}", place=place, help=_WAY) from error
    except (RecursionError, MemoryError) as error:
        raise LoadError(path, "its expressions are nested too deeply to be parsed", help=_WAY) from error
    except ValueError as error:
        raise LoadError(path, f"it is no valid Python: {error}", help=_WAY) from error
    if _depth_exceeds(tree, _MOST_NODES_DEEP):
        raise LoadError(path, "its expressions are nested too deeply to be read", help=_WAY)
    return tree


def _depth_exceeds(tree: ast.AST, most: int) -> bool:
    """Whether a tree is deeper than the reader, which is recursive, may go."""
    level: list[ast.AST] = [tree]
    for _ in range(most):
        below: list[ast.AST] = []
        for node in level:
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, ast.AST):
                    below.append(value)
                elif isinstance(value, list):
                    below += [each for each in value if isinstance(each, ast.AST)]  # pyright: ignore[reportUnknownVariableType]
        if not below:
            return False
        level = below
    return True


class Files:
    """Finds and parses what is imported."""

    def __init__(self, limits: Limits, roots: Sequence[str]) -> None:
        """`roots` are the directories where absolute imports are looked for besides those of the importing file."""
        self._limits = limits
        self._roots = [root or "." for root in roots]
        self._texts: dict[str, Text | None] = {}
        self._checked: dict[str, Text] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._installed: dict[str, bool] = {}

    def checked(self, path: str, data: bytes) -> Text:
        """Parse a file that is checked, and keep it for those that import it.

        Raises:
            LoadError: as `parse`.
        """
        text = parse(path, data, self._limits)
        self._texts[os.path.normpath(path)] = text
        return text

    def text(self, path: str) -> Text | None:
        """Parse a file that is imported or looked at; None if it cannot be read."""
        key = os.path.normpath(path)
        if key in self._texts:
            return self._texts[key]
        self._texts[key] = None
        try:
            with open_regular(path) as file:
                data = file.read(_LARGEST + 1)
            if len(data) <= _LARGEST:
                self._texts[key] = parse(path, data, self._limits)
        except (LoadError, OSError, ValueError):
            pass
        return self._texts[key]

    @property
    def external(self) -> frozenset[str]:
        """Packages that are never read."""
        return EXTERNAL

    @staticmethod
    def is_package(path: str) -> bool:
        """Whether a file is that of a package."""
        return _last(path) == "__init__.py"

    def takes_all(self, importer: str, name: str, level: int) -> bool:
        """Whether a file imports everything there is in a module."""
        text = self._texts.get(os.path.normpath(importer))
        if text is None:
            return True
        return any(
            isinstance(node, ast.ImportFrom)
            and node.level == level
            and (node.module or "") == name
            and any(alias.name == "*" for alias in node.names)
            for node in text.tree.body
        )

    def package_of(self, path: str) -> tuple[str, str]:
        """Return the dotted package that a file lies in, and the folder that holds the outermost package."""
        folder = _folder(path)
        parts: list[str] = []
        for _ in range(_HIGHEST):
            if not _is_file(_join(folder, "__init__.py")):
                break
            full = _full(folder) if _last(folder) in {"", ".", ".."} else folder
            parts.append(_last(full))
            folder = _folder(full)
        return ".".join(reversed(parts)), folder

    def name_of(self, path: str) -> tuple[str, str]:
        """Return the dotted name of a module and of the package that its relative imports start from."""
        package, _ = self.package_of(path)
        stem = _last(path).rpartition(".")[0]
        if stem == "__init__":
            return package or "__init__", package
        return (f"{package}.{stem}" if package else stem), package

    def find(self, name: str, level: int, importer: str) -> str | None:
        """Return the file that an import means, None if it is none of the tree.

        name is dotted, `level` the number of dots in front; importer is the path of the file with the import.
        """
        key = (("." * level) + name, _folder(importer))
        if key not in self._found:
            self._found[key] = self._find(name, level, importer)
        return self._found[key]

    def beside(self, dotted: str, importer: str) -> str | None:
        """Return the file of a module of a framework, if a checked file of that framework has it in its own folder.

        What else a framework consists of is never read; the tables speak for it.
        """
        package, _ = self.package_of(importer)
        parent, _, last = dotted.rpartition(".")
        if not package or parent != package:
            return None
        return self._file(_folder(importer), [last], [_folder(importer)])

    def _find(self, name: str, level: int, importer: str) -> str | None:
        if "\0" in name or "/" in name or "\\" in name:
            return None
        parts = [part for part in name.split(".") if part]
        folder = _folder(importer)
        _, top = self.package_of(importer)
        if level:
            for _ in range(level - 1):
                folder = _above(folder)
            return self._file(folder, parts, [folder, top, _folder(importer), *self._roots])
        if not parts or parts[0] in EXTERNAL or parts[0] in sys.stdlib_module_names:
            return None
        own = self.package_of(importer)[0].partition(".")[0]
        for root in dict.fromkeys((folder, top, *self._roots, "")):
            if root == top and parts[0] != own and self._is_installed(root):
                continue  # what else is installed beside a package is none of the tree
            found = self._file(root, parts, [root])
            if found is not None:
                return found
        return None

    def _is_installed(self, folder: str) -> bool:
        """Whether packages are installed in a folder."""
        known = self._installed.get(folder)
        if known is None:
            try:
                names = [each.name for each in Path(folder or ".").iterdir()]
            except OSError:
                names = []
            known = self._installed[folder] = any(name.endswith((".dist-info", ".egg-info")) for name in names) and (
                _last(_full(folder)) in {"site-packages", "dist-packages"}
                or sum(name.endswith(".dist-info") for name in names) > 1
            )
        return known

    @staticmethod
    def _file(root: str, parts: Sequence[str], within: Sequence[str]) -> str | None:
        """Return the module or package of a dotted name below a folder, if it is a regular file within the roots."""
        base = _join(root, *parts) if parts else root
        candidates = (_join(base, "__init__.py"), f"{base}.py") if parts else (_join(base, "__init__.py"),)
        for path in candidates:
            try:
                if not _is_file(path):
                    continue
                real = os.path.realpath(path)
                if any(_is_below(real, os.path.realpath(folder or ".")) for folder in within):
                    return os.path.normpath(path)
            except (OSError, ValueError):
                continue
        return None


# Paths stay texts, as the user wrote them and as reports print them; pathlib would normalise them.


def _join(*parts: str) -> str:
    return os.path.join(*parts)  # noqa: PTH118 - as above


def _folder(path: str) -> str:
    return os.path.dirname(path)  # noqa: PTH120 - as above


def _above(folder: str) -> str:
    """Return the folder that holds a folder."""
    return _folder(_full(folder) if folder in {"", ".", ".."} else folder)


def _last(path: str) -> str:
    return os.path.basename(path)  # noqa: PTH119 - as above


def _full(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - resolves no links


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - answers False where pathlib raises


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
