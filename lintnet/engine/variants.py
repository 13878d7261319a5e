"""Variants of one model: what the source leaves open is judged each way, and said once.

Knows results and conditions; knows no file. A finding that holds in every variant is as sure as ever; one that holds in
some is less so, says under which condition, and is no error, since the program may never take that way.
"""

from __future__ import annotations

import dataclasses
from itertools import combinations
from typing import TYPE_CHECKING, Final

from lintnet.ir.finding import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lintnet.ir import Condition, Coverage, Location
    from lintnet.ir.finding import Finding, ModelResult

__all__ = ["join_variants"]

_SHOWN: Final = 2
_NAMED: Final = 3

Literal = tuple[str, bool]
"""The text of a condition, and how it was taken."""


def join_variants(variants: Sequence[tuple[Sequence[Condition], ModelResult]]) -> ModelResult:
    """Make one result of those of all variants of a model, in the order of its variants.

    Findings are the same if they speak of one rule at one place of the source. Coverage is that of the variant that was
    understood least, with what could not be followed in any of them; of the calls in the source, that of the variant
    that runs most of them.
    """
    first = variants[0][1]
    if len(variants) == 1:
        return first
    taken = [{condition.text: condition.taken for condition in conditions} for conditions, _ in variants]
    held: dict[tuple[object, ...], dict[int, list[Finding]]] = {}
    for index, (_, result) in enumerate(variants):
        for finding in result.findings:
            held.setdefault(_key(finding), {}).setdefault(index, []).append(finding)
    findings: list[Finding] = []
    for where in held.values():
        # The variant that shows the most of it; which one, where several show as much, is the order of the variants.
        shown = max(where.values(), key=len)
        if len(where) < len(variants):
            text = _in_words(taken, sorted(where))
            shown = [_conditional(finding, text) for finding in shown]
        findings += shown
    findings.sort(key=lambda each: -each.severity)
    return first._replace(
        findings=tuple(findings),
        coverage=_coverage([result.coverage for _, result in variants], _note(taken)),
        variants=tuple(_words(literals.items()) for literals in taken),
    )


def _key(finding: Finding) -> tuple[object, ...]:
    if finding.location is None:
        return finding.rule, finding.id
    # Not the id: what else the conditions put into the path must not make two findings of one.
    return finding.rule, _place(finding.location), _place(finding.called)


def _place(location: Location | None) -> tuple[object, ...]:
    return () if location is None else (location.path, location.cell, location.line, location.column)


def _conditional(finding: Finding, text: str) -> Finding:
    return dataclasses.replace(
        finding,
        severity=min(finding.severity, Severity.warning),
        confidence=Confidence(max(finding.confidence - 1, Confidence.low)),
        condition=text,
    )


def _coverage(each: Sequence[Coverage], note: str) -> Coverage:
    worst = min(each, key=lambda one: _share(one.understood, one.layers))
    # A call in a branch that one variant does not take was followed in another.
    followed = max(each, key=lambda one: _share(one.placed, one.sites))
    notes = dict.fromkeys(note for one in each for note in one.notes)
    blind = dict.fromkeys(spot for one in each for spot in one.blind)
    return worst._replace(notes=(*notes, note), blind=tuple(blind), sites=followed.sites, placed=followed.placed)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _note(taken: Sequence[Mapping[str, bool]]) -> str:
    texts = list(dict.fromkeys(text for literals in taken for text in literals))
    rest = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return f"{len(taken)} variants, by {', '.join(f'`{text}`' for text in texts[:_NAMED])}{rest}"


def _in_words(taken: Sequence[Mapping[str, bool]], having: Sequence[int]) -> str:
    """Say in the fewest words which variants have something: `if `use_bn``, `unless `a` and if `b``."""
    others = [literals for index, literals in enumerate(taken) if index not in having]
    terms: list[tuple[Literal, ...]] = []
    uncovered = list(having)
    while uncovered:
        options = _terms([taken[index] for index in uncovered], others)
        best = max(options, key=lambda term: (sum(_holds(term, taken[index]) for index in uncovered), -len(term)))
        terms.append(best)
        uncovered = [index for index in uncovered if not _holds(best, taken[index])]
    text = ", or ".join(_words(term) for term in terms[:_SHOWN])
    return f"{text}, or {len(terms) - _SHOWN} more ways" if len(terms) > _SHOWN else text


def _terms(wanted: Sequence[Mapping[str, bool]], others: Sequence[Mapping[str, bool]]) -> Iterator[tuple[Literal, ...]]:
    """Yield, for each variant that is wanted, the shortest conjunctions that hold in it and in none of the others."""
    for literals in wanted:
        for size in range(1, len(literals) + 1):
            found = [
                term
                for term in combinations(literals.items(), size)
                if not any(_holds(term, other) for other in others)
            ]
            yield from found
            if found:
                break
        else:  # two variants that name the same conditions; nothing tells them apart
            yield tuple(literals.items())


def _holds(term: Sequence[Literal], literals: Mapping[str, bool]) -> bool:
    return all(literals.get(text) is way for text, way in term)


def _words(literals: Iterable[Literal]) -> str:
    return " and ".join(f"{'if' if way else 'unless'} `{text}`" for text, way in literals)
