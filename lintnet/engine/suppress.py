"""Findings that comments in the source silence, and what is wrong with these comments.

Knows findings, comments and the names of rules; reads no file. A silenced finding is kept with its reason. A comment
that silences nothing, names no rule that exists or cannot be read is said: it would lull its readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.finding import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lintnet.ir import Location
    from lintnet.ir.finding import Finding, Ignore, ModelResult, Report
    from lintnet.rulebook.book import Rulebook

__all__ = ["suppress"]

_UNUSED: Final = ("LNT001", "unused-ignore")
_MALFORMED: Final = ("LNT002", "malformed-ignore")
_UNKNOWN: Final = ("LNT003", "unknown-rule")


def suppress(
    report: Report, ignores: Sequence[Ignore], book: Rulebook, ran: Iterable[str], checked: Iterable[str]
) -> Report:
    """Set findings aside that a comment silences, and add what is to be said of the comments.

    `ran` names the rules of the run; a comment about another one, or about one that no model of its file could be
    judged by, is not unused. `checked` are the files whose comments are judged: the targets of the run.
    """
    if not ignores:
        return report
    by_path: dict[str, list[_Comment]] = {}
    for ignore in ignores:
        found = {word: book.find(word) for word in ignore.rules}
        names = {word: "" if rule is None else rule.name for word, rule in found.items()}
        by_path.setdefault(ignore.location.path, []).append(_Comment(ignore, names, set()))
    suppressed = list(report.suppressed)
    models: list[ModelResult] = []
    for model in report.models:
        kept: list[Finding] = []
        for finding in model.findings:
            comments = [comment for comment in _beside(finding, by_path) if _silences(comment, finding)]
            if comments:
                suppressed.append((finding, next((one.ignore.reason for one in comments if one.ignore.reason), "")))
            else:
                kept.append(finding)
        models.append(model if len(kept) == len(model.findings) else model._replace(findings=tuple(kept)))
    said: list[Diagnostic] = []
    for path in dict.fromkeys(checked):
        judged = _judged(path, report.models, frozenset(ran))
        for comment in sorted(by_path.get(path, ()), key=lambda one: (one.ignore.location.cell or 0, one.ignore.first)):
            said += _said(comment, judged, book)
    return report._replace(models=tuple(models), suppressed=tuple(suppressed), diagnostics=(*report.diagnostics, *said))


class _Comment(NamedTuple):
    """A comment, what its words mean (empty for no rule), and the rules it has silenced."""

    ignore: Ignore
    names: Mapping[str, str]
    used: set[str]


def _beside(finding: Finding, by_path: Mapping[str, Sequence[_Comment]]) -> Iterable[_Comment]:
    """Return the comments in the files where a finding stands."""
    if finding.format != "source":  # an ONNX file may name any file of the machine
        return ()
    paths = dict.fromkeys(place.path for place in (finding.location, finding.called) if place is not None)
    return [comment for path in paths for comment in by_path.get(path, ())]


def _silences(comment: _Comment, finding: Finding) -> bool:
    if finding.rule not in comment.names.values():
        return False
    places = (place for place in (finding.location, finding.called) if place is not None)
    if not any(_covers(comment.ignore, place) for place in places):
        return False
    comment.used.add(finding.rule)
    return True


def _covers(ignore: Ignore, place: Location) -> bool:
    if ignore.problem or ignore.location.path != place.path:
        return False
    return ignore.whole_file or (ignore.location.cell == place.cell and ignore.first <= place.line <= ignore.last)


def _judged(path: str, models: Iterable[ModelResult], ran: frozenset[str]) -> frozenset[str]:
    """Return the rules that at least one model of a file was judged by."""
    judged: set[str] = set()
    for model in models:
        if model.path == path:
            judged |= ran - {each.rule for each in model.not_applicable}
    return frozenset(judged)


def _said(comment: _Comment, judged: frozenset[str], book: Rulebook) -> Iterable[Diagnostic]:
    ignore = comment.ignore
    if ignore.problem:
        yield Diagnostic(*_MALFORMED, ignore.location, f"this comment silences nothing: {ignore.problem}")
        return
    for word, name in comment.names.items():
        if not name:
            yield Diagnostic(*_UNKNOWN, ignore.location, str(book.unknown(word)))
        elif name in judged and name not in comment.used:
            where = "file" if ignore.whole_file else "place"
            yield Diagnostic(*_UNUSED, ignore.location, f"{word} finds nothing in this {where}; remove the comment")
