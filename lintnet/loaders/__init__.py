"""Readers: a file becomes graphs. Knows which reader a format has; imports it only when such a file comes.

A reader knows its format and nothing of rules or reports. Model files are untrusted: nothing of them is executed,
unpickled or followed, and every failure is one `LoadError`. Source files of one run are read together, since models
import one another; that is what a `Loader` keeps.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import DEFAULT, GIB, MIB
from lintnet.loaders.options import LoadOptions
from lintnet.loaders.sniff import Format, may_be_model, open_regular, sniff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from lintnet.ir import Graph, Location
    from lintnet.ir.finding import Ignore
    from lintnet.loaders.limits import Limits
    from lintnet.loaders.source import Project

__all__ = ["LoadError", "LoadOptions", "Loaded", "Loader", "load", "load_file", "may_be_model"]

_NO_OPTIONS: Final = LoadOptions()
# A pipe has to be held in memory, since the formats are read from the end or in leaps.
_LONGEST_STREAM: Final = GIB
# Far above what people write; a parser takes a hundred times the length of its text.
_LONGEST_SOURCE: Final = 2 * MIB


class Loaded(NamedTuple):
    """What a file holds: its models, and of a source file the comments to lintnet and what else must be known of it.

    `is_source` is true of Python files and notebooks, which may well define no model.
    """

    graphs: tuple[Graph, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    notes: tuple[str, ...] = ()
    is_source: bool = False


class _Text(NamedTuple):
    """The lines of a source file, those of a notebook with their cells; `numbers` leads from cell and line to them."""

    lines: Sequence[str]
    line_map: Sequence[tuple[int, int]]
    numbers: dict[tuple[int, int], int]


class Loader:
    """Reads the files of one run."""

    def __init__(
        self,
        options: LoadOptions = _NO_OPTIONS,
        limits: Limits = DEFAULT,
        *,
        roots: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> None:
        """Prepare; nothing is read yet.

        `roots` are the folders that were given as targets, where imports of local modules are looked for. `files` are
        the source files of the run: what one of them builds out of another is a model there and not here.
        """
        self._options = options
        self._limits = limits
        self._roots = roots
        self._files = dict.fromkeys(files)
        self._project: Project | None = None
        self._texts: dict[str, _Text | None] = {}
        self._read: set[str] = set()

    @property
    def has_source(self) -> bool:
        """Whether source was read that may define models."""
        return bool(self._read)

    def was_read(self, name: str) -> bool:
        """Whether a source file of this name was read as a target."""
        return name in self._read

    def read(self, path: str, name: str = "") -> Loaded:
        """Read every model of a file, whatever format its content shows. `name` is what reports call it.

        Raises:
            LoadError: the file is missing, no regular file, no model, of a format that is not read, damaged, or larger
                than the limits allow.
        """
        with open_regular(path) as file:
            return self.read_file(file, name or path)

    def read_file(self, file: BinaryIO, name: str) -> Loaded:
        """Read every model of an open binary file; `name` is what reports call it, and its ending a tie-break.

        A stream that cannot be positioned (standard input) is read into memory, up to 1 GiB.

        Raises:
            LoadError: as `read`.
        """
        try:
            source = file if file.seekable() else _held(file, name)
            size = source.seek(0, io.SEEK_END)
            if size > self._limits.file:
                raise LoadError(name, f"the file is larger than {self._limits.file // GIB} GiB")
            format = sniff(source, name, self._limits)
            match format:
                case Format.ONNX:
                    from lintnet.loaders import onnx  # noqa: PLC0415 - one reader is loaded, not all

                    return Loaded(onnx.load(source, name, self._options, self._limits))
                case Format.KERAS:
                    from lintnet.loaders import keras  # noqa: PLC0415 - as above

                    return Loaded(keras.load(source, name, self._options, self._limits))
                case Format.SOURCE | Format.NOTEBOOK:
                    longest = _LONGEST_SOURCE if format is Format.SOURCE else self._limits.json
                    if size > longest:
                        reason = f"the file is longer than {longest // MIB} MiB"
                        raise LoadError(name, reason, help="check the part of it that defines models")
                    source.seek(0)
                    return self._read_source(source.read(longest + 1), name, format)
        except OSError as error:
            raise LoadError(
                name, f"the file cannot be read: {error.strerror or error}", help="check the disk"
            ) from error

    def _read_source(self, data: bytes, name: str, format: Format) -> Loaded:
        from lintnet.loaders.source import Project, may_define_model  # noqa: PLC0415 - as above

        if not may_define_model(data):
            return Loaded(is_source=True)
        if self._project is None:
            self._project = Project(self._options, self._limits, self._roots)
            self._project.note_files(list(self._files))
        if name not in self._files:  # no file on disk: what a report shows of it cannot be read again
            self._texts[name] = _text(data, name, self._limits, notebook=format is Format.NOTEBOOK)
        self._read.add(name)
        result = self._project.read(name, data)
        return Loaded(result.graphs, result.ignores, result.notes, is_source=True)

    def line(self, location: Location) -> str:
        """Return the source line at a place, with its indentation; an empty text where it cannot be read again."""
        text = self._text(location.path)
        if text is None:
            return ""
        number = location.line if location.cell is None else text.numbers.get((location.cell, location.line), 0)
        return text.lines[number - 1] if 0 < number <= len(text.lines) else ""

    def ignores(self, path: str) -> tuple[Ignore, ...]:
        """Read the comments to lintnet of a source file that a model was built from, if it can be read."""
        from lintnet.loaders.source.ignores import read_ignores  # noqa: PLC0415 - as above

        text = self._text(path)
        return () if text is None else read_ignores(text.lines, path, text.line_map)

    def _text(self, path: str) -> _Text | None:
        if path not in self._texts:
            try:
                with open_regular(path) as file:
                    data = file.read(self._limits.json + 1)
                self._texts[path] = _text(data, path, self._limits, notebook=path.lower().endswith(".ipynb"))
            except (LoadError, OSError):
                self._texts[path] = None
        return self._texts[path]


def load(path: str, options: LoadOptions = _NO_OPTIONS, limits: Limits = DEFAULT) -> tuple[Graph, ...]:
    """Read every model of one file, as `Loader.read` does.

    Raises:
        LoadError: as `Loader.read`.
    """
    return Loader(options, limits).read(path).graphs


def load_file(
    file: BinaryIO, name: str, options: LoadOptions = _NO_OPTIONS, limits: Limits = DEFAULT
) -> tuple[Graph, ...]:
    """Read every model of one open binary file, as `Loader.read_file` does.

    Raises:
        LoadError: as `Loader.read`.
    """
    return Loader(options, limits).read_file(file, name).graphs


def _text(data: bytes, name: str, limits: Limits, *, notebook: bool) -> _Text | None:
    """Return the lines of a source file as Python counts them, None where it is none."""
    import tokenize  # noqa: PLC0415 - as above

    if notebook:
        from lintnet.loaders.source.notebook import read_cells  # noqa: PLC0415 - as above

        try:
            cells = read_cells(data, name, limits)
        except LoadError:
            return None
        numbers = {place: number for number, place in enumerate(cells.line_map, start=1)}
        return _Text(cells.source.split("\n"), cells.line_map, numbers)
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = data.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        return None
    return _Text(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), (), {})


def _held(file: BinaryIO, name: str) -> BinaryIO:
    data = file.read(_LONGEST_STREAM + 1)
    if len(data) > _LONGEST_STREAM:
        raise LoadError(name, "the stream is longer than 1 GiB", help="save it to a file and check that")
    return io.BytesIO(data)
