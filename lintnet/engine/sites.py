"""One place of the source, many models: a block that is used fifty times is wrong once.

Knows findings and models of one run; knows no file.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.ir import Location
    from lintnet.ir.finding import Finding, ModelResult

__all__ = ["join_sites"]

_Key = tuple[str, tuple[object, ...], tuple[object, ...]]


def join_sites(models: Sequence[ModelResult]) -> tuple[ModelResult, ...]:
    """Make one finding of all of one rule at one place of the source, over the models of a run.

    It stays with the model in which it weighs most, the first of them where several do, and names all of them in
    `sites`; its `places` are the nodes in that model. The others keep no finding of their own.
    """
    held: dict[_Key, dict[int, list[Finding]]] = {}
    for index, model in enumerate(models):
        for finding in model.findings:
            key = _key(finding)
            if key is not None:
                held.setdefault(key, {}).setdefault(index, []).append(finding)
    kept: dict[int, Finding] = {}  # by identity of the finding that stands for all
    gone: set[int] = set()
    for where in held.values():
        findings = [finding for each in where.values() for finding in each]
        if len(findings) == 1:
            continue
        # What holds unconditionally is said unconditionally.
        best = max(findings, key=lambda each: (each.severity, each.confidence, not each.condition))
        home = next(index for index, each in where.items() if any(one is best for one in each))
        gone |= {id(finding) for finding in findings}
        kept[id(best)] = dataclasses.replace(
            best,
            places=tuple(dict.fromkeys(place for each in where[home] for place in each.places)),
            sites=_sites([models[index] for index in where], models[home]) if len(where) > 1 else (),
        )
    if not gone:
        return tuple(models)
    return tuple(
        model._replace(
            findings=tuple(
                kept.get(id(finding), finding)
                for finding in model.findings
                if id(finding) not in gone or id(finding) in kept
            )
        )
        for model in models
    )


def _key(finding: Finding) -> _Key | None:
    if finding.location is None or finding.format != "source":
        return None
    return finding.rule, _place(finding.location), _place(finding.called)


def _place(location: Location | None) -> tuple[object, ...]:
    if location is None:
        return ()
    return location.path, location.cell, location.line, location.column


def _sites(models: Sequence[ModelResult], home: ModelResult) -> tuple[str, ...]:
    """Name models, the one that keeps the finding first; those of another file with its path."""
    ordered = [home, *(model for model in models if model is not home)]
    return tuple(
        model.qualname if model.path == home.path and model.qualname else f"{model.path}::{model.qualname}".rstrip(":")
        for model in ordered
    )
