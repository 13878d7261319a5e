"""The definition corpus: small models written for this purpose, in every style that the source reader should read.

Knows where they lie and how they are run; `corpus/manifest.toml` says what is expected of each.
"""

from __future__ import annotations

import importlib
import json
import tomllib
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from lintnet.loaders.source import Project, SourceResult

__all__ = ["CORPUS", "ENTRIES", "FILES", "Entry", "files_of", "namespace_of", "read"]

CORPUS = Path(__file__).with_name("corpus")


class Entry(NamedTuple):
    """One model of the corpus.

    file: relative to the corpus. model: the name under which the reader should find it. build: how to make it, in the
    namespace of its file. inputs: sizes of each input without the batch. integers: whether the inputs are indices.
    run: how to call it where a plain call is not enough, with `model`, `inputs` and `torch` at hand. layers: how many
    layers and operations it has. kinds: what they are, for the few that no installed framework runs. incomplete: why it
    cannot be read whole, empty for nearly all. ignore: attributes on which reader and execution may differ, and unequal
    says why.
    """

    file: str
    model: str
    build: str = ""
    inputs: tuple[tuple[int, ...], ...] = ()
    integers: bool = False
    run: str = ""
    layers: int = 0
    kinds: str = ""
    incomplete: str = ""
    ignore: tuple[str, ...] = ()
    unequal: str = ""

    @property
    def id(self) -> str:
        """A short name for tests."""
        return f"{self.file.rsplit('.', 1)[0]}:{self.model}"


def _entry(file: str, model: str, given: dict[str, Any]) -> Entry:
    inputs = tuple(tuple(shape) for shape in given.pop("inputs", ()))
    return Entry(file, model, inputs=inputs, ignore=tuple(given.pop("ignore", ())), **given)


_MANIFEST: dict[str, dict[str, dict[str, Any]]] = tomllib.loads((CORPUS / "manifest.toml").read_text(encoding="utf-8"))
ENTRIES = tuple(_entry(file, model, given) for file, models in _MANIFEST.items() for model, given in models.items())
FILES = tuple(dict.fromkeys(entry.file for entry in ENTRIES))


def files_of(framework: str = "*") -> list[Path]:
    """Return every Python file and notebook of the corpus."""
    return sorted(path for path in CORPUS.glob(f"{framework}/**/*") if path.suffix in {".py", ".ipynb"})


@cache
def read(file: str) -> SourceResult:
    """Read a file of the corpus, with all the others known to be checked too."""
    project = Project(roots=[str(CORPUS / "torch"), str(CORPUS / "keras")])
    project.note_files([str(path) for path in files_of()])
    path = CORPUS / file
    return project.read(str(path), path.read_bytes())


def namespace_of(file: str) -> Any:
    """Import a file of the corpus, or run the code cells of a notebook, and return what it defines."""
    path = CORPUS / file
    if path.suffix == ".py":
        name = ".".join((*__name__.split(".")[:-1], "corpus", *Path(file).with_suffix("").parts))
        return importlib.import_module(name)
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            lines = [line for line in cell["source"] if not line.startswith(("%", "!"))]
            exec("".join(lines), space)  # noqa: S102 - our own notebook, run to see what it does
    return SimpleNamespace(**space)
