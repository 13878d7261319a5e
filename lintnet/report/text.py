"""The report a person reads in a terminal: the path through the network, and in source the line that made its anchor.

Knows findings only. Lines are built once as styled pieces; rich colours them on a terminal and is not imported
otherwise.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Final, TextIO

from lintnet.ir.finding import Severity
from lintnet.report.words import count, line_of, place, quantity, safe, spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lintnet.ir.finding import Citation, Finding, ModelResult, Report, Step
    from lintnet.ir.graph import Location

__all__ = ["write_concise", "write_text"]

Piece = tuple[str, str]
"""Text and its style, in rich's words; an empty style is plain."""

_STYLES: Final = {
    Severity.error: "bold red",
    Severity.warning: "bold yellow",
    Severity.advice: "bold cyan",
    Severity.info: "dim",
}
_WIDTH: Final = 96
_LONGEST_LINE: Final = 240
"""Characters of a source line that are shown; generated and minified code has lines of any length."""
_SHOWN_STEPS: Final = 12
_NAMED_RULES: Final = 4
_NAMED_PLACES: Final = 3
_BLIND_SPOTS: Final = 5
_FILE_NOTES: Final = 8
_OWN: Final = "lintnet"
"""What stands in the place of a severity where lintnet speaks of its own directions."""
_ERASED: Final = frozenset({"inference", "folded"})
_TRAINING_EXPORT: Final = (
    "check the .keras file, or export from torch with torch.onnx.export(model.train(), args, path, dynamo=True, "
    "optimize=False)"
)
_IN_GENERAL: Final = {
    "inference": "inference graphs: exporters erase dropout and usually fold batch norm",
    "folded": "inference graphs: dropout was erased and batch norm folded into weights at export",
}


def write_text(report: Report, stream: TextIO, *, color: bool, width: int = _WIDTH) -> None:
    """Write the whole report. `color` says whether `stream` is a terminal that shows it; `width` is in columns."""
    _write(_lines(report, min(width, _WIDTH)), stream, color=color)


def write_concise(report: Report, stream: TextIO, summary: TextIO) -> None:
    """Write one line per finding and per file that was not read to `stream`, and the closing lines to `summary`.

    The closing lines say what could not be judged; without them an empty output would look like a clean model.
    """
    for finding in report.findings:
        more = f" ({count(len(finding.places), 'place')})" if len(finding.places) > 1 else ""
        message = f"{safe(finding.message)}{_condition(finding)}{more}{_sites(finding)}"
        location = finding.location
        made = f" ({line_of(location)})" if location is not None and finding.format != "source" else ""
        stream.write(f"{place(finding)}: {finding.severity.name}[{finding.rule}] {message}{made}\n")
    for failure in report.failures:
        word = "error" if failure.is_error else "skipped"
        stream.write(f"{safe(failure.path)}: {word}: {safe(failure.message)}\n")
    stream.writelines(
        f"{spot(each.location)}: {_OWN}[{each.name}] {safe(each.message)}\n" for each in report.diagnostics
    )
    _write(_summary(report, _WIDTH), summary, color=False)


def _write(lines: Iterable[Sequence[Piece]], stream: TextIO, *, color: bool) -> None:
    if not color:
        stream.writelines("".join(text for text, _ in line).rstrip() + "\n" for line in lines)
        return
    from rich.console import Console  # noqa: PLC0415, TID251 - only a terminal pays for it
    from rich.text import Text  # noqa: PLC0415, TID251 - as above

    # Whether to colour was decided before: NO_COLOR and TERM must not decide again, and otherwise.
    console = Console(
        file=stream, force_terminal=True, no_color=False, color_system="standard", highlight=False, soft_wrap=True
    )
    for line in lines:
        console.print(Text.assemble(*line))


def _lines(report: Report, width: int) -> Iterator[Sequence[Piece]]:
    explained: set[str] = set()
    for model in report.models:
        shown = [finding for finding in model.findings if finding.severity > Severity.info or finding.selected]
        if shown:
            yield [(_title(model), "bold")]
            for finding in shown:
                yield from _finding(finding, width, explained)
            if shown[-1].severity <= Severity.advice and not shown[-1].selected:
                yield []
    yield from _diagnostics(report, width)
    yield from _failures(report)
    yield from _summary(report, width)


def _diagnostics(report: Report, width: int) -> Iterator[Sequence[Piece]]:
    for each in report.diagnostics:
        head = f"{spot(each.location)}: "
        first, *rest = _wrap(f"[{each.name}] {safe(each.message)}", width - 4, first=width - len(head) - len(_OWN))
        yield [(head, "bold"), (_OWN, _STYLES[Severity.advice]), (first, "")]
        yield from ([("    ", ""), (text, "")] for text in rest)
    if report.diagnostics:
        yield []


def _title(model: ModelResult) -> str:
    return safe(f"{model.path}::{model.qualname}" if model.qualname else model.path)


def _finding(finding: Finding, width: int, explained: set[str]) -> Iterator[Sequence[Piece]]:
    """Write one finding; help and evidence stand at the first of each rule only, `explained` remembers which."""
    style = _STYLES[finding.severity]
    message = safe(finding.message) + (f" {safe(finding.also)}" if finding.also else "") + _condition(finding)
    if finding.severity <= Severity.advice and not finding.selected:
        where = place(finding) if finding.format == "source" else safe(finding.node)
        text = f"[{finding.rule}] {where}: {message}{_places(finding, _NAMED_PLACES)}{_sites(finding)}"
        head = finding.severity.name
        first, *rest = _wrap(text, width - 4, first=width - 2 - len(head))
        yield [("  ", ""), (head, style), (first, "")]
        yield from ([("    ", ""), (line, "")] for line in rest)
        return
    message += _places(finding, _SHOWN_STEPS) + _sites(finding)
    yield [
        ("  ", ""),
        (f"{finding.severity.name}[{finding.rule}]", style),
        (f"  {finding.confidence.name} confidence · {finding.code}", "dim"),
    ]
    yield from _wrapped("  ", "  ", message, width)
    yield []
    location = finding.location
    if location is not None and finding.format == "source":
        yield from _excerpt(location, finding.called)
        yield []
    yield from _path(finding.witness, width, location if finding.format == "source" else None)
    yield []
    if location is not None and finding.format != "source":
        excerpt = f"   {safe(location.text.strip())}" if location.text else ""
        yield [("  ", ""), (line_of(location), "underline"), (excerpt, "")]
    for name, value in finding.quantities.items():
        meaning = f" ({finding.meanings[name]})" if name in finding.meanings else ""
        line = [("  ", ""), (f"{name.replace('_', ' ')}: ", "dim"), (quantity(value), "bold"), (meaning, "")]
        if sum(len(text) for text, _ in line) <= width:
            yield line
        else:
            yield line[:-1]
            yield from _wrapped("    ", "    ", meaning.strip(), width)
    if finding.rule not in explained:
        explained.add(finding.rule)
        yield from _wrapped("  help: ", "        ", finding.help, width)
        yield from _evidence(finding, width)
    yield []


def _places(finding: Finding, most: int) -> str:
    """Name the places a finding stands for, where they are several."""
    if len(finding.places) < 2:  # noqa: PLR2004 - one place is the node that the finding names anyway
        return ""
    rest = len(finding.places) - most
    more = f" and {rest} more" if rest > 0 else ""
    names = ", ".join(safe(name) for name in finding.places[:most])
    return f" ({count(len(finding.places), 'place')}: {names}{more})"


def _condition(finding: Finding) -> str:
    return f" ({safe(finding.condition)})" if finding.condition else ""


def _sites(finding: Finding) -> str:
    """Name the models that share the place: the one that keeps the finding, and how many more."""
    if len(finding.sites) < 2:  # noqa: PLR2004 - one model is the one that the finding stands under
        return ""
    return f" (in {safe(finding.sites[0])} and {count(len(finding.sites) - 1, 'more model')})"


def _excerpt(location: Location, called: Location | None) -> Iterator[Sequence[Piece]]:
    """Show the line of a place with its number and a line of carets below, and where the layer is called."""
    gutter = " " * len(str(location.line))
    yield [(f"  {gutter}--> ", "dim"), (spot(location), "underline")]
    text = location.text.expandtabs(1).rstrip()
    body = text.lstrip()
    if body:
        indent = len(text) - len(body)
        begin = location.column - 1 - indent
        # The place may run over several lines, and what it says of its end may be missing.
        end = len(body)
        if location.end_line == location.line and location.end_column is not None:
            end = location.end_column - 1 - indent
        body, cut = _window(body, begin)
        begin, end = begin - cut, min(end - cut, len(body))
        yield [(f"  {gutter} |", "dim")]
        yield [(f"  {location.line} | ", "dim"), (safe(body), "")]
        if 0 <= begin < len(body):
            lead, marked = safe(body[:begin]), safe(body[begin : max(end, begin + 1)])
            # Wide letters take two columns; the carets are as many as the letters take.
            yield [(f"  {gutter} | ", "dim"), (" " * _columns(lead), ""), ("^" * _columns(marked), "bold yellow")]
    if called is not None:
        shown = f":  {safe(_window(called.text.strip(), 0)[0])}" if called.text else ""
        yield [("  called at ", "dim"), (line_of(called), "underline"), (shown, "")]


def _window(line: str, place: int) -> tuple[str, int]:
    """Return what is shown of a line around a place in it, and by how much places in it are moved."""
    if len(line) <= _LONGEST_LINE:
        return line, 0
    start = max(min(place - _LONGEST_LINE // 4, len(line) - _LONGEST_LINE), 0)
    shown = line[start : start + _LONGEST_LINE]
    head, tail = "…" if start else "", "…" if start + _LONGEST_LINE < len(line) else ""
    return f"{head}{shown}{tail}", start - len(head)


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # noqa: PLC0415 - most lines are ASCII

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _path(witness: Sequence[Step], width: int, near: Location | None = None) -> Iterator[Sequence[Piece]]:
    """Draw the witness: one layer a line, names and summaries in columns, the ends with what matters there.

    Names are never cut; what is said of an end moves below it where the terminal is too narrow. In source the number of
    the line where a layer was made stands before it, if that is in the file or cell of `near`.
    """
    if not witness:
        return
    names = [safe(step.node) for step in witness]
    column = min(max(map(len, names)), 48)
    margins = ["    " if near is None else f"{_line_near(step.location, near):>4} " for step in witness]
    noted = max((len(safe(step.summary)) for step in witness if step.note), default=0)
    for index, (name, step) in enumerate(zip(names, witness, strict=True)):
        if len(witness) > _SHOWN_STEPS and _SHOWN_STEPS // 2 <= index < len(witness) - _SHOWN_STEPS // 2:
            if index == _SHOWN_STEPS // 2:
                yield [(f"    … {len(witness) - _SHOWN_STEPS} more layers", "dim")]
            continue
        end = index in {0, len(witness) - 1}
        arrow = "  " if index == 0 else "→ "
        described = safe(step.summary).ljust(noted if step.note else 0)
        line = [
            (margins[index], "dim"),
            (arrow, "dim"),
            (name.ljust(column), "bold" if end else ""),
            ("   ", ""),
            (described, "" if end else "dim"),
        ]
        note = f"   ← {safe(step.note)}" if step.note else ""
        if sum(len(text) for text, _ in line) + len(note) <= width:
            yield [*line, (note, "yellow")]
        else:
            yield line
            yield from _wrapped("        ← ", "          ", safe(step.note), width)


def _line_near(location: Location | None, near: Location) -> str:
    """Return the number of a line, where it is one of the same file or cell."""
    if location is None or (location.path, location.cell) != (near.path, near.cell):
        return ""
    return str(location.line)


def _evidence(finding: Finding, width: int) -> Iterator[Sequence[Piece]]:
    support = [each for each in finding.citations if each.stance == "for" and not each.further]
    against = [each for each in finding.citations if each.stance == "against" and not each.further]
    if support:
        yield from _wrapped("  why:  ", "        ", " · ".join(each.short for each in support[:2]), width)
    for citation in against if finding.grade == "D" else against[:2]:
        yield from _wrapped("  but:  ", "        ", _claim(citation), width)
    yield [("  more: ", "dim"), (f"lintnet explain {finding.rule}", "")]


def _claim(citation: Citation) -> str:
    return f"{citation.short}: {citation.claim}"


def _failures(report: Report) -> Iterator[Sequence[Piece]]:
    for failure in report.failures:
        word, style = ("error", "bold red") if failure.is_error else ("skipped", "dim")
        yield [(f"{safe(failure.path)}: ", "bold"), (f"{word}: ", style), (safe(failure.message), "")]
    if report.failures:
        yield []


def _summary(report: Report, width: int) -> Iterator[Sequence[Piece]]:
    models = report.models
    for path in report.empty:
        yield [(f"{safe(path)}: ", "bold"), ("no model is defined here", "")]
    if not models:
        looked = report.without_models and not report.failures
        parts = [
            count(report.without_models, "file without model code", "files without model code")
            if report.without_models
            else "",
            count(report.skipped, "other file") if report.skipped else "",
        ]
        aside = "".join(f" · {part}" for part in parts if part)
        yield [("no model to check" if looked else "no model was read", "bold"), (aside, "")]
        yield from _said_of_files(report, width)
        return
    yield [(_counts(report), "bold"), (f" in {count(len(models), 'model')}{_set_aside(report)}", "")]
    layers = sum(model.coverage.layers for model in models)
    understood = sum(model.coverage.understood for model in models)
    rules = max(model.rules_run + len(model.not_applicable) for model in models)
    unjudged = max(len(model.not_applicable) for model in models)
    aside = f", {unjudged} not applicable" if unjudged else ""
    yield [(f"understood {understood} of {count(layers, 'layer')} · {count(rules, 'rule')}{aside}", "")]
    yield from _calls(models, width)
    yield from _phases(models, width)
    yield from _not_understood(models, width)
    yield from _not_judged(models, width)
    yield from _notes(models, width)
    yield from _said_of_files(report, width)


def _calls(models: Sequence[ModelResult], width: int) -> Iterator[Sequence[Piece]]:
    """Say how much of the source was followed, and the first places where it was not."""
    sites = sum(model.coverage.sites for model in models)
    if not sites:
        return
    placed = sum(model.coverage.placed for model in models)
    yield [(f"source: {placed} of {count(sites, 'layer call')} placed", "")]
    blind = dict.fromkeys(spot for model in models for spot in model.coverage.blind)
    for each in list(blind)[:_BLIND_SPOTS]:
        yield from _wrapped("not followed: ", "              ", f"{line_of(each.location)}: {safe(each.why)}", width)
    if len(blind) > _BLIND_SPOTS:
        yield [("not followed: ", "dim"), (count(len(blind) - _BLIND_SPOTS, "more place"), "")]


def _said_of_files(report: Report, width: int) -> Iterator[Sequence[Piece]]:
    for path, text in report.notes[:_FILE_NOTES]:
        yield from _wrapped("note: ", "      ", f"{safe(path)}: {safe(text)}", width)
    if len(report.notes) > _FILE_NOTES:
        yield [("note: ", "dim"), (f"{len(report.notes) - _FILE_NOTES} more of files, all in --format json", "")]


def _counts(report: Report) -> str:
    by_severity = Counter(finding.severity for finding in report.findings)
    parts = [
        count(by_severity[severity], severity.name, severity.name if severity <= Severity.advice else "")
        for severity in sorted(Severity, reverse=True)
        if by_severity[severity]
    ]
    return ", ".join(parts) or "no findings"


def _set_aside(report: Report) -> str:
    parts = [
        f"{count(len(report.failures), 'file')} not read" if report.failures else "",
        f"{len(report.suppressed)} suppressed" if report.suppressed else "",
        f"{report.hidden} below the confidence asked for" if report.hidden else "",
        f"{count(report.without_models, 'file')} without model code" if report.without_models else "",
        f"{count(report.skipped, 'other file')}" if report.skipped else "",
    ]
    text = ", ".join(part for part in parts if part)
    return f" · {text}" if text else ""


def _phases(models: Sequence[ModelResult], width: int) -> Iterator[Sequence[Piece]]:
    """Say where a file was taken for a training graph on evidence: stated otherwise, other rules would run."""
    inferred = [model for model in models if model.provenance.inferred and model.provenance.kind == "training"]
    if not inferred:
        return
    reasons = {model.provenance.reason for model in inferred}
    what = reasons.pop() if len(reasons) == 1 else "training graphs, by live dropout or batch norm"
    which = f" ({count(len(inferred), 'model')})" if len(models) > 1 else ""
    yield from _wrapped("phase: ", "       ", f"{safe(what)}{which}; --phase inference if that is wrong", width)


def _not_understood(models: Sequence[ModelResult], width: int) -> Iterator[Sequence[Piece]]:
    missing: Counter[tuple[str, str]] = Counter()
    for model in models:
        for each in model.coverage.not_understood:
            missing[each.op, each.why] += each.count
    for (op, why), number in missing.most_common(8):
        times = f" ×{number}" if number > 1 else ""
        yield from _wrapped("not understood: ", "                ", f"{safe(op)}{times}: {safe(why)}", width)
    if len(missing) > 8:  # noqa: PLR2004 - as many as were shown
        yield [(f"not understood: {len(missing) - 8} more operators", "")]


def _not_judged(models: Sequence[ModelResult], width: int) -> Iterator[Sequence[Piece]]:
    """Say which rules these files could not show and why: the file's own reason, or one for all of a kind."""
    reasons: dict[str, tuple[dict[str, None], set[int]]] = {}
    for index, model in enumerate(models):
        for each in model.not_applicable:
            reason = each.reason
            if len(models) > 1 and reason == model.provenance.reason:
                reason = _IN_GENERAL.get(model.provenance.kind, reason)
            rules, where = reasons.setdefault(reason, ({}, set()))
            rules[each.rule] = None
            where.add(index)
    for reason, (rules, where) in reasons.items():
        names = list(rules)
        rest = f" and {len(names) - _NAMED_RULES} more" if len(names) > _NAMED_RULES else ""
        which = f" in {count(len(where), 'model')}" if len(models) > 1 else ""
        text = f"{', '.join(names[:_NAMED_RULES])}{rest}{which}: {safe(reason)}"
        yield from _wrapped("not judged: ", "            ", text, width)
    erased = {model.format for model in models if model.not_applicable and model.provenance.kind in _ERASED}
    if "onnx" in erased:
        yield from _wrapped("to judge them: ", "               ", _TRAINING_EXPORT, width)


def _notes(models: Sequence[ModelResult], width: int) -> Iterator[Sequence[Piece]]:
    notes = Counter(note for model in models for note in model.coverage.notes)
    for note, number in notes.items():
        which = f" ({count(number, 'model')})" if number > 1 else ""
        yield from _wrapped("note: ", "      ", f"{safe(note)}{which}", width)


def _wrapped(first: str, rest: str, text: str, width: int) -> Iterator[Sequence[Piece]]:
    for index, line in enumerate(_wrap(text, width - len(first))):
        yield [(rest if index else first, "" if index else "dim"), (line, "")]


def _wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """Break prose between words; `first` is the room on the first line, where it differs."""
    indent = "" if first is None else " " * max(width - first, 0)
    lines = textwrap.wrap(
        text, max(width, 20), initial_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]
    return [lines[0][len(indent) :], *lines[1:]]
