"""`lintnet explain` and `lintnet rules`: a rule file as a page, and the list of them. Knows rules, no graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from lintnet.report.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lintnet.ir.finding import Citation
    from lintnet.rulebook.rule import Rule

__all__ = ["explanation", "write_explanation", "write_rules"]

_DEFAULTS = {
    "on": "on by default",
    "ped": "only in profile pedantic",
    "dep": "only in profile deploy",
    "off": "off, runs when selected by name",
}
_READ = {"S": "source", "K": "Keras", "Ot": "ONNX training graph", "Oi": "ONNX inference file"}
_LATER = {"T": "live torch"}


def write_explanation(rule: Rule, stream: TextIO, *, color: bool) -> None:
    """Write the page of a rule: typeset by rich on a terminal, as Markdown otherwise."""
    page = "\n".join(explanation(rule)) + "\n"
    if not color:
        stream.write(page)
        return
    from rich.console import Console  # noqa: PLC0415, TID251 - only a terminal pays for it
    from rich.markdown import Markdown  # noqa: PLC0415, TID251 - as above

    console = Console(file=stream, force_terminal=True, no_color=False, color_system="standard")
    console.print(Markdown(page), width=min(console.width, 96))


def explanation(rule: Rule) -> Iterator[str]:
    """Yield the lines of the page: the rule file's text, then the evidence made from its citations and proofs."""
    yield f"# {rule.name} ({rule.code})"
    yield ""
    yield rule.summary
    yield ""
    grade = f"evidence grade {rule.grade}" if rule.grade else "uncited local rule"
    preview = rule.status == "preview" and not rule.user
    when = "in preview, runs in profile pedantic" if preview else _DEFAULTS.get(rule.default, rule.default)
    yield f"- {rule.severity.name}, {rule.confidence.name} confidence, {grade}, {when}"
    read = ", ".join(text for mark, text in _READ.items() if mark in rule.front_ends)
    later = ", ".join(text for mark, text in _LATER.items() if mark in rule.front_ends)
    seen = f"; seen in: {read}" if read else ""
    yield f"- phase: {rule.phase}{seen}{f' (not read yet: {later})' if later else ''}"
    yield f"- fix: {rule.fix}"
    yield ""
    for title, text in rule.sections:
        yield f"## {title}"
        yield ""
        yield text.strip()
        yield ""
    yield from _evidence(rule)
    yield "## Pattern"
    yield ""
    yield "```"
    yield from _pattern(rule)
    yield "```"
    yield ""
    yield from _silencing(rule)


def _silencing(rule: Rule) -> Iterator[str]:
    """Yield how to select a rule that is off, and how to silence one place, one file or a whole run."""
    if rule.default == "off" or rule.grade == "D":
        yield "## How to run it"
        yield ""
        yield f"It is off unless you select it: `lintnet check --select {rule.name} TARGETS`"
        yield ""
    yield "## How to silence it"
    yield ""
    if "S" in rule.front_ends:
        yield f"- at one place of a source file, on its line: `# lintnet: ignore[{rule.name}] the reason`"
        yield f"- in a whole source file, above its first statement: `# lintnet: ignore-file[{rule.name}] the reason`"
    yield f"- for a whole run, whatever it reads: `lintnet check --ignore {rule.name} TARGETS`"


def _pattern(rule: Rule) -> Iterator[str]:
    """Yield what decides: path, condition, severities, as the rule file writes them."""
    if rule.path is None:
        yield f"decided by the function {rule.check.rpartition(':')[2]}, see What it does"
        return
    yield from rule.path_text.strip().splitlines()
    if rule.where is not None:
        yield f"where {rule.where}"
    if rule.sole:
        yield "every edge has one consumer"
    for name, value in rule.let:
        yield f"{name} = {value}"
    for case in rule.severity_when:
        yield f"{'off' if case.then is None else case.then.name} if {case.condition}"


def _evidence(rule: Rule) -> Iterator[str]:
    yield "## Evidence"
    yield ""
    groups = (
        ("For", [each for each in rule.citations if each.stance == "for" and not each.further]),
        ("Against or limiting", [each for each in rule.citations if each.stance == "against" and not each.further]),
        ("Further reading (not fully verified)", [each for each in rule.citations if each.further]),
    )
    for title, citations in groups:
        if citations:
            yield f"**{title}**"
            yield ""
            for citation in citations:
                yield from _citation(citation)
            yield ""
    if rule.proofs:
        yield "**Executed by a test**"
        yield ""
        for proof in rule.proofs:
            yield f"- {proof.statement} (`{proof.test}`)"
        yield ""


def _citation(citation: Citation) -> Iterator[str]:
    where = f"doi:{citation.doi}" if citation.doi else f"arXiv:{citation.arxiv}" if citation.arxiv else ""
    where = where or citation.url or citation.detail
    head = f"{citation.short}. {citation.title}."
    yield f"- [{citation.key}] {head}{f' {where}.' if where else ''}"
    yield f"  {citation.claim}"
    if citation.limits:
        yield f"  *Limits: {citation.limits}*"


def write_rules(rules: Sequence[Rule], stream: TextIO, *, as_json: bool) -> None:
    """Write the list of rules: aligned columns, or a JSON list."""
    if as_json:
        json.dump([_row(rule) for rule in rules], stream, indent=2)
        stream.write("\n")
        return
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        seen = " ".join(rule.front_ends)
        grade = rule.grade or "-"
        default = "preview" if rule.status == "preview" and not rule.user else rule.default
        stream.write(f"{rule.code:<7} {rule.name:<{width}}  {rule.severity.name:<8} {grade:<3} {default:<7} {seen}\n")
    stream.write(
        f"\n{count(len(rules), 'rule')}: code, name, severity, evidence grade, default, front ends\n"
        "S Python source, K Keras, Ot ONNX training graph, Oi ONNX inference file; T live torch is not read yet\n"
        "docs/cli.md says what grades and defaults mean; lintnet explain NAME prints the page of a rule\n"
    )


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "code": rule.code,
        "summary": rule.summary,
        "severity": rule.severity.name,
        "confidence": rule.confidence.name,
        "grade": rule.grade,
        "default": rule.default,
        "phase": rule.phase,
        "front_ends": list(rule.front_ends),
    }
