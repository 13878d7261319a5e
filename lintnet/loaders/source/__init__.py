"""The source reader: model definitions in Python files and notebooks, by abstract interpretation, never executed.

Knows the files of one run. What a program does is the interpreter's business (`interpreter`), what a layer means that
of the tables (`frameworks`), which models there are that of `entries`.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import DEFAULT
from lintnet.loaders.options import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.ir import Graph
    from lintnet.ir.finding import Ignore
    from lintnet.loaders.limits import Limits

__all__ = ["Project", "SourceResult", "may_define_model"]

_NO_OPTIONS: Final = LoadOptions()
_RHYTHM: Final = 50_000
"""Objects made between two searches for garbage."""
_SIGNS: Final = (
    b"torch",
    b"keras",
    b"tensorflow",
    b"lightning",
    b"nn.",
    b"layers",
    b"def forward",
    b"def call(",
    b"Sequential",
    b"timm",
)


class SourceResult(NamedTuple):
    """What was read of one file: its models, the comments that silence rules, and what must be said of the file."""

    graphs: tuple[Graph, ...]
    ignores: tuple[Ignore, ...] = ()
    notes: tuple[str, ...] = ()


def may_define_model(data: bytes) -> bool:
    """Say whether a file may define a model, by its bytes alone; one that could import a base class may, too."""
    return any(sign in data for sign in _SIGNS)


class Project:
    """Reads the source files of one run; what several of them import is parsed once."""

    def __init__(self, options: LoadOptions = _NO_OPTIONS, limits: Limits = DEFAULT, roots: Sequence[str] = ()) -> None:
        """`roots` are the directories that were given as targets, where absolute imports are looked for."""
        from lintnet.loaders.source.project import Files  # noqa: PLC0415 - the byte scan needs none of it
        from lintnet.loaders.source.uses import Others  # noqa: PLC0415 - as above

        self._options = options
        self._limits = limits
        self._files = Files(limits, roots)
        self._others = Others(self._files)

    def note_files(self, paths: Sequence[str]) -> None:
        """Say which files are checked in this run: what one of them builds from another is no model of its own."""
        self._others.note(paths)

    def read(self, path: str, data: bytes) -> SourceResult:
        """Read the models of a Python file or a notebook; none where it defines none.

        Raises:
            LoadError: it is no Python that this version reads; its kind is `fault` where lintnet failed at it.
        """
        from lintnet.loaders.source.entries import read_models  # noqa: PLC0415 - as above
        from lintnet.loaders.source.ignores import read_ignores  # noqa: PLC0415 - as above

        text = self._files.checked(path, data)
        ignores = read_ignores(text.lines, path, text.cells)
        self._others.scan()  # it is the cost of the run, not of this file
        rhythm = gc.get_threshold()
        try:
            # What a reading makes lives until its end; the usual search for garbage would cost a quarter of the time.
            gc.set_threshold(max(rhythm[0], _RHYTHM) if rhythm[0] else 0, *rhythm[1:])
            reading = read_models(text, self._files, self._options, self._others)
        except RecursionError as error:
            raise LoadError(path, "the program is nested too deeply to be read", help="check parts of it") from error
        except Exception as error:
            # One file must not take the others with it.
            if os.environ.get("LINTNET_TRACEBACK"):
                raise
            reason = f"this is a fault of lintnet ({type(error).__name__}: {error})"
            help = "please report it with the output of LINTNET_TRACEBACK=1"
            raise LoadError(path, reason, help=help, kind="fault") from error
        finally:
            gc.set_threshold(*rhythm)
        # Models say themselves which cells were left out; where there is none, nobody else does.
        left_out = () if reading.graphs else dict.fromkeys(blind.why for blind in text.blind)
        return SourceResult(reading.graphs, ignores, (*reading.notes, *left_out))
