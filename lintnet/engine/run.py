"""The engine: judges one graph by a list of rules. Pure; knows graphs, facts and rules, no file and no output.

All path rules are swept over the graph together; the matches that end somewhere are then asked for their
`where`, so a longer witness can pass where the shortest fails. What cannot be decided does not fire.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lintnet.engine.applicable import why_not_applicable
from lintnet.engine.environment import RuleEnvironment
from lintnet.engine.identity import finding_id, fingerprint
from lintnet.facts import Facts
from lintnet.ir import Unknown, Value
from lintnet.ir.describe import spoken, summary, word
from lintnet.ir.finding import Confidence, Finding, ModelResult, NotApplicable, QuantityValue, Severity, Step
from lintnet.paths.automaton import PathSpec, compile_paths, sweep
from lintnet.paths.expression import evaluate
from lintnet.paths.view import View
from lintnet.paths.witness import BudgetError, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lintnet.ir import Coverage, Graph, Node
    from lintnet.paths.automaton import Program
    from lintnet.paths.witness import Match
    from lintnet.rulebook.rule import Rule

__all__ = ["check_graph"]

_LONGEST_SEARCH: Final = 1_000_000
"""Layers on all the matches that one rule may look at: in a chain of many thousands their number has no other bound."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Hit:
    """A match that passed its `where`, with everything a finding needs."""

    anchor: int
    match: Match
    severity: Severity
    message: str
    quantities: Mapping[str, QuantityValue]


def check_graph(graph: Graph, rules: Sequence[Rule], *, named: frozenset[str] = frozenset()) -> ModelResult:
    """Judge a graph. `named` are the rules the user selected by name, which reports then print in full."""
    facts, view = Facts(graph), View(graph)
    applicable: list[Rule] = []
    skipped: list[NotApplicable] = []
    for rule in rules:
        reason = why_not_applicable(rule, graph)
        if reason:
            skipped.append(NotApplicable(rule.name, rule.code, reason))
        else:
            applicable.append(rule)
    program = _compile(tuple(rule for rule in applicable if rule.path is not None))
    ends = sweep(program, view)
    findings: list[Finding] = []
    stopped: list[str] = []
    for rule in applicable:
        if rule.path is None:
            found = _from_check(rule, facts)
        elif rule.name in ends:
            ways = (matches(program, rule.name, view, end) for end in ends[rule.name])
            found = _from_path(rule, facts, view, ways, stopped)
        else:
            continue
        findings += (dataclasses.replace(each, selected=rule.name in named) for each in found)
    order = dict.fromkeys((each.node for each in findings), 0)
    if len(order) > 1:
        for index in range(len(graph.nodes) - 1, -1, -1):
            name = graph.nodes[index].name
            if name in order:
                order[name] = index
    findings.sort(key=lambda each: (-each.severity, order[each.node], each.code))
    return ModelResult(
        path=graph.path,
        qualname=graph.qualname,
        format=graph.format,
        provenance=graph.provenance,
        coverage=_with_notes(graph.coverage, stopped),
        findings=tuple(_distinct(findings)),
        not_applicable=tuple(skipped),
        rules_run=len(applicable),
    )


@lru_cache(maxsize=64)
def _compile(rules: tuple[Rule, ...]) -> Program:
    """Compile the paths of a rule list once for all models that share it."""
    return compile_paths(
        [PathSpec(rule.name, rule.path, strict=rule.strict, sole=rule.sole) for rule in rules if rule.path is not None]
    )


def _from_path(
    rule: Rule, facts: Facts, view: View, found: Iterable[Iterator[Match]], exhausted: list[str]
) -> Iterator[Finding]:
    """Yield one finding per anchor, layer or model, with the shortest witness that passes `where`.

    `found` holds the matches of each end; `exhausted` takes what to say where a search was cut off.
    """
    best: dict[int, _Hit] = {}
    reached: dict[int, set[int]] = {}
    spent = 0
    for each in found:
        if spent > _LONGEST_SEARCH:
            exhausted.append(_cut_off(rule))
            break
        for match in _within_budget(rule, each, exhausted):
            spent += len(match.nodes) + len(match.passed)
            if spent > _LONGEST_SEARCH:
                break
            anchor = match.captures.get(rule.anchor) if rule.anchor else match.nodes[-1]
            if anchor is None:
                continue
            other = match.nodes[-1] if anchor != match.nodes[-1] else match.nodes[0]
            if anchor in best and other in reached[anchor] and len(match.nodes) >= len(best[anchor].match.nodes):
                continue
            hit = _judge(rule, facts, view, match, anchor)
            if hit is None:
                continue
            reached.setdefault(anchor, set()).add(other)
            if anchor not in best or len(match.nodes) < len(best[anchor].match.nodes):
                best[anchor] = hit
    for hits in _grouped(rule, facts, best):
        yield _finding(rule, facts, hits, reached)


def _within_budget(rule: Rule, found: Iterator[Match], exhausted: list[str]) -> Iterator[Match]:
    """Yield matches until the search is done or its budget is spent; what was found until then holds."""
    try:
        yield from found
    except BudgetError:
        exhausted.append(_cut_off(rule))


def _cut_off(rule: Rule) -> str:
    return f"the search for {rule.name} stopped at its budget; a finding may be missing"


def _with_notes(coverage: Coverage, stopped: Sequence[str]) -> Coverage:
    return coverage._replace(notes=(*coverage.notes, *dict.fromkeys(stopped))) if stopped else coverage


def _judge(rule: Rule, facts: Facts, view: View, match: Match, anchor: int) -> _Hit | None:
    environment = RuleEnvironment(facts, view, match.nodes, match.captures, rule.let)
    if rule.where is not None and evaluate(rule.where, environment) is not True:
        return None
    severity: Severity | None = rule.severity
    for case in rule.severity_when:
        if evaluate(case.condition, environment) is True:
            severity = case.then
            break
    if severity is None:
        return None
    values = {name: _text(value) for name, value in environment.quantities().items()}
    captured = {
        capture: _Fields(facts.node(index), environment, capture)
        for capture, index in match.captures.items()
        if index is not None
    }
    message = _format(rule.message, {**dict.fromkeys((name for name, _ in rule.let), "?"), **values, **captured})
    quantities: dict[str, QuantityValue] = {}
    for name, value in environment.quantities().items():
        if isinstance(value, tuple):
            quantities[name] = tuple(float(part) for part in value if not isinstance(part, Unknown))
        elif not isinstance(value, Unknown) and value != "":  # no words: nothing to report
            quantities[name] = value
    return _Hit(anchor, match, severity, message, quantities)


class _Fields:
    """A captured node as the message template sees it: `{drop.rate}`."""

    def __init__(self, node: Node, environment: RuleEnvironment, capture: str) -> None:
        self._node = node
        self._environment = environment
        self._capture = capture

    def __getattr__(self, name: str) -> object:
        return spoken(self._node) if name == "name" else _text(self._environment.attribute(self._capture, name))

    def __str__(self) -> str:
        return spoken(self._node)


def _text(value: Value) -> object:
    """Return a value as a message shows it; a number keeps its type, for format specifications."""
    if isinstance(value, Unknown) or value is None:
        return "?"
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _format(template: str, values: Mapping[str, object]) -> str:
    """Fill a message; a format specification meant for a number is dropped where the number is not known."""
    try:
        return template.format_map(values)
    except ValueError:
        import re  # noqa: PLC0415 - only where a number is not known

        return re.sub(r"\{([a-z_.]+):[^}]*\}", r"{\1}", template).format_map(values)


def _grouped(rule: Rule, facts: Facts, best: Mapping[int, _Hit]) -> Iterator[list[_Hit]]:
    """Group the hits by what the rule speaks once for: each anchor, each layer, or the whole model."""
    groups: dict[str, list[_Hit]] = {}
    for anchor in sorted(best):
        key = {"node": str(anchor), "layer": facts.node(anchor).layer, "model": ""}[rule.per]
        groups.setdefault(key, []).append(best[anchor])
    yield from groups.values()


def _finding(rule: Rule, facts: Facts, hits: Sequence[_Hit], reached: Mapping[int, set[int]]) -> Finding:
    """Make one finding of the hits it stands for: the first is shown, counts add up, measures keep the largest."""
    first = hits[0]
    quantities = dict(first.quantities)
    for hit in hits[1:]:
        for name, value in hit.quantities.items():
            present = quantities.get(name)
            if isinstance(value, bool) or isinstance(present, bool):
                continue
            if isinstance(value, int) and isinstance(present, int):
                quantities[name] = present + value
            elif isinstance(value, float) and isinstance(present, int | float):
                quantities[name] = max(present, value)
    places = dict.fromkeys(facts.node(hit.anchor).name for hit in hits)
    return _assemble(
        rule,
        facts,
        anchor=first.anchor,
        witness=first.match.nodes,
        notes={first.match.captures.get(capture): label for capture, label in rule.labels},
        message=first.message,
        severity=max(hit.severity for hit in hits),
        confidence=_lowered(rule.confidence) if first.match.uncertain else rule.confidence,
        quantities=quantities,
        also=_also(facts, first, reached[first.anchor]) if len(hits) == 1 and rule.per != "model" else "",
        places=tuple(places),
    )


def _also(facts: Facts, hit: _Hit, others: Iterable[int]) -> str:
    """Say how many other ends the same anchor reaches: `and 2 more batch norms`."""
    shown = hit.match.nodes[-1] if hit.anchor != hit.match.nodes[-1] else hit.match.nodes[0]
    rest = {index for index in others if index != shown}
    if not rest:
        return ""
    kinds = {facts.node(index).kind for index in rest}
    what = kinds.pop().replace("_", " ") if len(kinds) == 1 else "layer"
    return f"and {len(rest)} more {what}{'s' if len(rest) > 1 else ''}"


def _from_check(rule: Rule, facts: Facts) -> Iterator[Finding]:
    from lintnet.rulebook.checking import resolve  # noqa: PLC0415 - most runs have no check to resolve

    for found in resolve(rule.check)(facts):
        yield _assemble(
            rule,
            facts,
            anchor=found.anchor,
            witness=found.witness,
            message=_format(rule.message, found.values),
            severity=rule.severity if found.severity is None else found.severity,
            confidence=rule.confidence,
            quantities=found.quantities,
            places=tuple(facts.node(index).name for index in found.places),
        )


def _assemble(
    rule: Rule,
    facts: Facts,
    *,
    anchor: int,
    witness: Sequence[int],
    message: str,
    severity: Severity,
    confidence: Confidence,
    quantities: Mapping[str, QuantityValue],
    notes: Mapping[int | None, str] | None = None,
    also: str = "",
    places: tuple[str, ...] = (),
) -> Finding:
    graph = facts.graph
    node = facts.node(anchor)
    kinds = tuple(facts.node(index).kind for index in witness)
    # A finding about a whole model must not change its identity with the layer it happens to show first.
    scopes = ("", "") if rule.per == "model" else (node.scope, facts.node(witness[0]).scope)
    identity = finding_id(rule.name, *scopes, kinds)
    return Finding(
        id=identity,
        fingerprint=fingerprint(graph.path, graph.qualname, identity),
        rule=rule.name,
        code=rule.code,
        grade=rule.grade,
        severity=severity,
        confidence=confidence,
        message=message,
        help=rule.help,
        model=graph.path,
        qualname=graph.qualname,
        node=node.name,
        scope=node.scope,
        kinds=kinds,
        location=node.location,
        called=node.called,
        format=graph.format,
        witness=tuple(_step(facts.node(index), (notes or {}).get(index, "")) for index in witness),
        quantities=quantities,
        meanings={name: label for name, label in rule.labels if name in quantities},
        citations=rule.citations,
        also=also,
        places=places or (node.name,),
    )


def _step(node: Node, note: str) -> Step:
    return Step(node.name or word(node.kind), node.kind, summary(node), note, node.location)


def _lowered(confidence: Confidence) -> Confidence:
    return Confidence(max(confidence - 1, Confidence.low))


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Keep fingerprints unique: an equal one in the same model gets an ordinal, in graph order."""
    seen: dict[str, int] = {}
    for finding in findings:
        ordinal = seen.get(finding.id, 0)
        seen[finding.id] = ordinal + 1
        if not ordinal:
            yield finding
            continue
        identity = finding_id(finding.rule, f"{finding.scope}#{ordinal}", "", finding.kinds)
        mark = fingerprint(finding.model, finding.qualname, identity)
        yield dataclasses.replace(finding, id=identity, fingerprint=mark)
