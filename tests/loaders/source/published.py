"""Published model code as a judge of the source reader: where it lies, what it is made of, how it is read.

Knows the committed list of what really runs (`benchmarks/source_denominator.toml`, written by the script beside it).
Packages are found without being imported. Used by the robustness test and by the benchmark.
"""

from __future__ import annotations

import importlib.util
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lintnet.engine import check_graph
from lintnet.lifting import lift
from lintnet.loaders.errors import LoadError
from lintnet.loaders.source import Project, may_define_model
from lintnet.rulebook.book import load_rules, select
from tests.loaders.source.compare import pooled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lintnet.ir import Graph

__all__ = ["PACKAGES", "Judged", "Read", "Target", "causes", "files_of", "judge", "read_all", "root_of", "targets_of"]

DENOMINATOR = Path(__file__).resolve().parents[3] / "benchmarks" / "source_denominator.toml"
PACKAGES = {"torchvision": "torchvision/models", "keras": "keras/src/applications", "timm": "timm/models"}
"""Package and the folder of its models."""

COMPARABLE = frozenset(
    kind
    for section in tomllib.loads(DENOMINATOR.read_text(encoding="utf-8")).values()
    for models in section["models"].values()
    for counts in models.values()
    for kind in counts
)
ENOUGH = 0.9
"""Which part of the layer sites of a model must be placed."""


class Target(NamedTuple):
    """A function that builds a model which really runs, and the layers of that model by kind."""

    file: str
    name: str
    layers: Counter[str]


class Read(NamedTuple):
    """One file that was read: its models, what it cost in seconds of CPU, and what went wrong, if anything."""

    file: str
    graphs: tuple[Graph, ...]
    notes: tuple[str, ...]
    seconds: float
    failure: str = ""


class Judged(NamedTuple):
    """A target and how its graph from source came out: `fault` is empty where all is as it should be."""

    target: Target
    fault: str
    detail: str = ""
    causes: tuple[str, ...] = ()


def root_of(package: str) -> Path | None:
    """Return the folder in which an installed package lies, None if it is not installed; nothing is imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).parent


def files_of(package: str, root: Path) -> list[Path]:
    """Return the files of a package that are to be read."""
    return sorted((root / PACKAGES[package]).rglob("*.py"))


def targets_of(package: str) -> list[Target]:
    """Return the models of a package that run when they are called by default."""
    table = tomllib.loads(DENOMINATOR.read_text(encoding="utf-8")).get(package, {"models": {}})
    return [
        Target(file, name, Counter(layers))
        for file, models in table["models"].items()
        for name, layers in models.items()
    ]


def read_all(files: Sequence[Path], root: Path) -> list[Read]:
    """Read, lift and check files in one project, as one run of the program does."""
    rules, _ = select(load_rules())
    project = Project(roots=[str(root)])
    project.note_files([str(path) for path in files])
    found: list[Read] = []
    for path in files:
        data = path.read_bytes()
        name = path.relative_to(root).as_posix()
        start = time.process_time()
        try:
            if not may_define_model(data):
                found.append(Read(name, (), (), time.process_time() - start))
                continue
            result = project.read(str(path), data)
        except LoadError as error:
            found.append(Read(name, (), (), time.process_time() - start, str(error)))
            continue
        for graph in result.graphs:
            check_graph(lift(graph), rules)
        found.append(Read(name, result.graphs, tuple(result.notes), time.process_time() - start))
    return found


def judge(targets: Iterable[Target], read: Iterable[Read]) -> list[Judged]:
    """Compare every target with the best of the graphs of its name in its file."""
    files = {each.file: each for each in read}
    return [_judge(target, files.get(target.file)) for target in targets]


def _judge(target: Target, read: Read | None) -> Judged:
    if read is None or read.failure:
        return Judged(target, "file not read", "" if read is None else read.failure)
    graphs = [graph for graph in read.graphs if graph.qualname == target.name]
    if not graphs:
        notes = tuple(note for note in read.notes if target.name in note) or read.notes[:1]
        return Judged(target, "no graph", "; ".join(notes)[:200], tuple(notes) or ("no graph and no note",))
    return min((_judge_graph(target, graph) for graph in graphs), key=lambda each: _ORDER.index(each.fault))


_ORDER = ("", "counts differ", "not placed", "budget")


def _judge_graph(target: Target, graph: Graph) -> Judged:
    coverage = graph.coverage
    why = (
        *(f"{each.op}: {each.why}" for each in coverage.not_understood),
        *(each.why for each in coverage.blind),
        *coverage.notes,
    )
    if any("budget" in note for note in coverage.notes):
        return Judged(target, "budget", "; ".join(coverage.notes), why)
    if not coverage.sites or coverage.placed < ENOUGH * coverage.sites:
        return Judged(target, "not placed", f"{coverage.placed} of {coverage.sites}", why)
    counts = Counter(node.kind for node in pooled(graph).nodes if node.kind in COMPARABLE)
    if counts == target.layers:
        return Judged(target, "")
    more, less = counts - target.layers, target.layers - counts
    detail = ", ".join([*(f"+{n} {kind}" for kind, n in more.items()), *(f"-{n} {kind}" for kind, n in less.items())])
    return Judged(target, "counts differ", detail, why or (f"no blind spot, but {detail}",))


def causes(judged: Iterable[Judged], most: int = 15) -> list[tuple[str, int]]:
    """Return what failures have in common, with the number of models it touches."""
    counted = Counter(cause for each in judged if each.fault for cause in set(each.causes))
    return counted.most_common(most)
