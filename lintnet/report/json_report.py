"""The JSON report, schema 1 (docs/json-schema/report-1.json). One object on one line-terminated text, nothing else."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from lintnet.ir.finding import Severity

if TYPE_CHECKING:
    from lintnet.ir.finding import Citation, Finding, ModelResult, Report
    from lintnet.ir.graph import Location

__all__ = ["as_json", "write_json"]

SCHEMA = 1


def write_json(report: Report, stream: TextIO) -> None:
    """Write the report as one JSON object; ASCII only, so that no name in a model can disturb a terminal."""
    json.dump(as_json(report), stream, indent=2)
    stream.write("\n")


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain data of the published schema."""
    return {
        "schema": SCHEMA,
        "models": [_model(model) for model in report.models],
        "findings": [_finding(finding) for finding in report.findings],
        "not_applicable": [
            {"rule": each.rule, "reason": each.reason, "model": model.path}
            for model in report.models
            for each in model.not_applicable
        ],
        "suppressed": [{**_finding(finding), "reason": reason} for finding, reason in report.suppressed],
        "errors": [
            {"path": failure.path, "message": failure.message, "kind": failure.kind} for failure in report.failures
        ],
        "diagnostics": [
            {"code": each.code, "name": each.name, "location": _location(each.location), "message": each.message}
            for each in report.diagnostics
        ],
        "notes": [{"path": path, "message": text} for path, text in report.notes],
        "summary": _summary(report),
    }


def _model(model: ModelResult) -> dict[str, Any]:
    coverage = model.coverage
    return {
        "path": model.path,
        "qualname": model.qualname,
        "format": model.format,
        "provenance": {
            "kind": model.provenance.kind,
            "reason": model.provenance.reason,
            "inferred": model.provenance.inferred,
        },
        "layers": coverage.layers,
        "understood": coverage.understood,
        "not_understood": [
            {"op": each.op, "count": each.count, "why": each.why, "first": each.first}
            for each in coverage.not_understood
        ],
        "outside": coverage.outside,
        "sites": coverage.sites,
        "placed": coverage.placed,
        "blind": [{"location": _location(each.location), "why": each.why} for each in coverage.blind],
        "variants": list(model.variants),
        "notes": list(coverage.notes),
        "rules_run": model.rules_run,
        "not_applicable": [{"rule": each.rule, "reason": each.reason} for each in model.not_applicable],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "code": finding.code,
        "grade": finding.grade,
        "severity": finding.severity.name,
        "confidence": finding.confidence.name,
        "message": finding.message,
        "help": finding.help,
        "model": finding.model,
        "qualname": finding.qualname,
        "node": finding.node,
        "scope": finding.scope,
        "location": None if finding.location is None else _location(finding.location),
        "called": None if finding.called is None else _location(finding.called),
        "sites": list(finding.sites),
        "condition": finding.condition,
        "witness": [{"node": step.node, "kind": step.kind, "summary": step.summary} for step in finding.witness],
        "also": finding.also,
        "places": list(finding.places),
        "quantities": {
            name: list(value) if isinstance(value, tuple) else value for name, value in finding.quantities.items()
        },
        "citations": [_citation(citation) for citation in finding.citations],
    }


def _location(location: Location) -> dict[str, Any]:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "cell": location.cell,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "key": citation.key,
        "stance": citation.stance,
        "strength": citation.strength,
        "claim": citation.claim,
        "limits": citation.limits,
        "title": citation.title,
        "authors": citation.authors,
        "year": citation.year,
        "venue": citation.venue,
        "doi": citation.doi,
        "arxiv": citation.arxiv,
        "url": citation.url,
        "further_reading": citation.further,
    }


def _summary(report: Report) -> dict[str, Any]:
    by_severity = Counter(finding.severity for finding in report.findings)
    return {
        "models": len(report.models),
        "layers": sum(model.coverage.layers for model in report.models),
        "understood": sum(model.coverage.understood for model in report.models),
        "findings": {severity.name: by_severity[severity] for severity in sorted(Severity, reverse=True)},
        "suppressed": len(report.suppressed),
        "hidden": report.hidden,
        "errors": len(report.failures),
        "skipped_files": report.skipped,
        "files_without_models": report.without_models,
        "diagnostics": len(report.diagnostics),
    }
