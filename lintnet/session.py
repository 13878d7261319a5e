"""One run: targets in, a report out. The only place that joins loaders, lifting and the engine.

The command line, and later the Python API, call this; it parses no arguments and prints nothing.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.finding import Confidence, Failure, ModelResult, Report, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lintnet.ir import Condition, Graph
    from lintnet.ir.finding import Finding, Ignore
    from lintnet.loaders import Loaded, Loader
    from lintnet.rulebook.book import Rulebook
    from lintnet.rulebook.rule import Rule

__all__ = ["ExampleResult", "Exit", "Options", "check", "exit_code", "load_graphs", "rulebook", "try_examples"]

STDIN: Final = "-"
_SKIPPED_FOLDERS: Final = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


class Exit:
    """Exit codes, as documented in docs/cli.md. Where several hold: 4 before 2 before 3 before 1 before 5 before 0."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3
    INTERNAL = 4
    NOTHING = 5
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is told. phase and loss are facts that files cannot say, empty when not told."""

    profile: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.medium
    phase: str = ""
    loss: str = ""
    rules: tuple[Path, ...] = field(default=())


class ExampleResult(NamedTuple):
    """What the engine says of one example of a rule file: whether the rule fired, and whether it should have."""

    rule: str
    origin: str
    line: int
    number: int
    fired: bool
    due: bool


def try_examples(paths: Sequence[Path]) -> tuple[ExampleResult, ...]:
    """Run the graph examples of rule files against their own rule; examples in other languages need frameworks.

    Raises:
        RuleError: a file cannot be used, or an example is not in the graph notation.
    """
    from lintnet.engine import check_graph  # noqa: PLC0415 - as below
    from lintnet.paths.errors import PathError  # noqa: PLC0415 - as below
    from lintnet.rulebook.book import load_rules  # noqa: PLC0415 - as below
    from lintnet.rulebook.errors import fail  # noqa: PLC0415 - as below
    from lintnet.rulebook.examples import graphs_of  # noqa: PLC0415 - as below

    results: list[ExampleResult] = []
    for rule in (rule for rule in load_rules(paths).rules if rule.user):
        for example in rule.examples:
            try:
                graphs = graphs_of(example)
            except PathError as error:
                fail(rule.origin, str(error), line=example.line)
            results += (
                ExampleResult(
                    rule.name, rule.origin, example.line, number, bool(check_graph(graph, [rule]).findings), example.bad
                )
                for number, graph in enumerate(graphs, start=1)
            )
    return tuple(results)


def rulebook(options: Options) -> Rulebook:
    """Read the bundled rules and the user's.

    Raises:
        RuleError: a rule file cannot be used.
    """
    from lintnet.rulebook.book import load_rules  # noqa: PLC0415 - `--version` needs no rules

    return load_rules(options.rules)


def check(targets: Sequence[str], options: Options) -> Report:
    """Check every target: files, directories (searched for models and source), `-` for standard input.

    A target that cannot be read becomes a `Failure`; the others are still checked.

    Raises:
        RuleError, SelectionError: the rules cannot be read, or a selection names what does not exist.
    """
    from lintnet.engine import check_graph  # noqa: PLC0415 - as above
    from lintnet.rulebook.book import select  # noqa: PLC0415 - as above
    from lintnet.rulebook.errors import SelectionError  # noqa: PLC0415 - as above

    book = rulebook(options)
    rules, named = select(book, options.profile, options.select, options.ignore)
    if not rules:
        message = "no rule is left to run: --ignore takes away all that --select or the profile chose"
        raise SelectionError(message)
    found = list(_files(targets))
    loader = _loader(options, targets, found)
    results: list[tuple[Graph, ModelResult]] = []
    failures: list[Failure] = []
    ignores: list[Ignore] = []
    notes: list[tuple[str, str]] = []
    empty: list[str] = []
    skipped = without_models = 0
    for target in found:
        if isinstance(target, Failure):
            failures.append(target)
            continue
        if target.skip:
            skipped += 1
            continue
        loaded = _loaded(target.path, loader)
        if isinstance(loaded, Failure):
            failures.append(loaded._replace(named=target.named))
            continue
        results += ((graph, check_graph(graph, rules, named=named)) for graph in loaded.graphs)
        if loaded.is_source:
            shown = _shown(target.path)
            ignores += loaded.ignores
            notes += ((shown, note) for note in loaded.notes)
            if not loaded.graphs:
                without_models += 1
                empty += (shown,) if target.named else ()
    report = Report(
        _joined(results),
        tuple(failures),
        skipped,
        without_models=without_models,
        empty=tuple(empty),
        notes=tuple(notes),
    )
    if loader.has_source:
        report = _with_source(report, loader, ignores, book, rules)
    return _filtered(report, options.min_confidence)


def load_graphs(path: str, options: Options) -> tuple[Graph, ...] | Failure:
    """Read one file into lifted graphs, or say why not; none for a source file that defines no model."""
    loaded = _loaded(path, _loader(options, (), [_Target(path, named=True)]))
    return loaded if isinstance(loaded, Failure) else loaded.graphs


def _loader(options: Options, targets: Sequence[str], found: Sequence[_Target | Failure]) -> Loader:
    """Prepare the reader of a run, which must know all its source files before it reads the first."""
    from lintnet.loaders import Loader, LoadOptions  # noqa: PLC0415 - as above

    folders = [_shown(target) for target in targets if os.path.isdir(target)]  # noqa: PTH112 - as below
    files = [
        _shown(target.path)
        for target in found
        if not isinstance(target, Failure) and not target.skip and target.path.lower().endswith((".py", ".ipynb"))
    ]
    return Loader(LoadOptions(phase=options.phase, loss=options.loss), roots=folders, files=files)


def _loaded(path: str, loader: Loader) -> Loaded | Failure:
    """Read one file, its graphs lifted, or say why not."""
    from lintnet.lifting import lift  # noqa: PLC0415 - as above
    from lintnet.loaders import LoadError  # noqa: PLC0415 - as above

    shown = _shown(path)
    try:
        loaded = _stdin(loader) if path == STDIN else loader.read(path, shown)
    except LoadError as error:
        return Failure(shown, str(error), error.kind)
    for graph in loaded.graphs:
        if graph.provenance.kind == "opaque":
            # Nothing of it can be judged, so it is no clean model either.
            way = "check a functional or Sequential model, or an ONNX export"
            return Failure(shown, f"{graph.provenance.reason}; {way}", "no graph")
    return loaded._replace(graphs=tuple(lift(graph)._replace(path=shown) for graph in loaded.graphs))


def _stdin(loader: Loader) -> Loaded:
    from lintnet.loaders import LoadError  # noqa: PLC0415 - as above

    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is when the shell closed it
        reason = "standard input is closed"
        raise LoadError(_shown(STDIN), reason, help="pipe a model into it, or name a file")
    return loader.read_file(sys.stdin.buffer, _shown(STDIN))


def _joined(results: Sequence[tuple[Graph, ModelResult]]) -> tuple[ModelResult, ...]:
    """Make one result of the variants of a model."""
    if not any(graph.variant for graph, _ in results):
        return tuple(result for _, result in results)
    from lintnet.engine.variants import join_variants  # noqa: PLC0415 - only source has variants

    groups: dict[tuple[object, ...], list[tuple[tuple[Condition, ...], ModelResult]]] = {}
    for index, (graph, result) in enumerate(results):
        # Without conditions a graph is a model of its own, whatever it is called.
        key = (graph.path, graph.qualname) if graph.variant else (index,)
        groups.setdefault(key, []).append((graph.variant, result))
    return tuple(join_variants(group) for group in groups.values())


def _with_source(
    report: Report, loader: Loader, ignores: Sequence[Ignore], book: Rulebook, rules: Sequence[Rule]
) -> Report:
    """Join what several models share, set aside what comments silence, and put the lines beside the places."""
    from lintnet.engine.sites import join_sites  # noqa: PLC0415 - a run over model files needs none of it
    from lintnet.engine.suppress import suppress  # noqa: PLC0415 - as above

    report = report._replace(models=join_sites(report.models))
    places = (
        place
        for finding in report.findings
        if finding.format == "source"
        for place in (finding.location, finding.called)
        if place is not None
    )
    elsewhere = dict.fromkeys(place.path for place in places if not loader.was_read(place.path))
    ignores = [*ignores, *(ignore for path in elsewhere for ignore in loader.ignores(path))]
    checked = dict.fromkeys(ignore.location.path for ignore in ignores if loader.was_read(ignore.location.path))
    report = suppress(report, ignores, book, ran=[rule.name for rule in rules], checked=checked)
    return report._replace(
        models=tuple(
            model._replace(findings=tuple(_with_lines(finding, loader) for finding in model.findings))
            if model.format == "source"
            else model
            for model in report.models
        )
    )


def _with_lines(finding: Finding, loader: Loader) -> Finding:
    """Return a finding whose places carry their whole source line, so that a report can point into it."""
    location, called = finding.location, finding.called
    return dataclasses.replace(
        finding,
        location=None if location is None else location._replace(text=loader.line(location)),
        called=None if called is None else called._replace(text=loader.line(called)),
    )


def exit_code(report: Report, fail_on: Severity | None) -> int:
    """Return the exit code of a report. `fail_on` is the least severity that fails a run; None never fails."""
    if any(failure.kind == "fault" for failure in report.failures):
        return Exit.INTERNAL
    if any(failure.is_error for failure in report.failures):
        return Exit.UNREADABLE
    if fail_on is not None and any(finding.severity >= fail_on for finding in report.findings):
        return Exit.FINDINGS
    if not report.models and not report.failures and not report.without_models:
        return Exit.NOTHING
    return Exit.CLEAN


def _filtered(report: Report, least: Confidence) -> Report:
    """Set findings aside that are less sure than asked for, unless the user named their rule."""
    hidden = 0
    models: list[ModelResult] = []
    for model in report.models:
        kept = tuple(each for each in model.findings if each.selected or each.confidence >= least)
        hidden += len(model.findings) - len(kept)
        models.append(model._replace(findings=kept))
    return report._replace(models=tuple(models), hidden=hidden)


class _Target(NamedTuple):
    """A file to read, whether the user named it, and whether it is no model and only counted."""

    path: str
    named: bool
    skip: bool = False


def _files(targets: Sequence[str]) -> Iterator[_Target | Failure]:
    """Yield every file of the targets once, however often and by whatever name it is reached."""
    seen: set[str] = set()
    for target in targets:
        # A SavedModel is a directory, and one model: its reader says what to do with it.
        if target == STDIN or not os.path.isdir(target) or os.path.isfile(os.path.join(target, "saved_model.pb")):  # noqa: PTH112, PTH113, PTH118 - these answer False where pathlib raises
            if _first(target, seen):
                yield _Target(target, named=True)
        else:
            yield from _walk(target, seen)


def _walk(target: str, seen: set[str]) -> Iterator[_Target | Failure]:
    from lintnet.loaders import may_be_model  # noqa: PLC0415 - as above

    closed: list[Failure] = []

    def refuse(error: OSError) -> None:
        folder = error.filename if isinstance(error.filename, str) else target
        closed.append(Failure(_shown(folder), f"the folder cannot be read: {error.strerror}; check its permissions"))

    for folder, folders, names in os.walk(target, onerror=refuse):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            path = str(Path(folder) / name)
            if _first(path, seen):
                yield _Target(path, named=False, skip=name.startswith(".") or not may_be_model(path))
    yield from closed


def _first(path: str, seen: set[str]) -> bool:
    """Whether this file was not met before, under this name or another."""
    try:
        real = path if path == STDIN else os.path.realpath(path)
    except ValueError:  # no path can have this name; opening it will say so
        real = path
    if real in seen:
        return False
    seen.add(real)
    return True


def _shown(path: str) -> str:
    """Return a path as reports print it: relative to the working directory where it lies below, with slashes."""
    if path == STDIN:
        return "<stdin>"
    full = Path(path)
    try:
        return full.absolute().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):  # elsewhere, or the working directory is gone
        return full.as_posix()
