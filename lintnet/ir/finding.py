"""Findings: what a run says of a model, as frozen data. Knows no rule file and no output format.

Records are named tuples where no field collides with a method of tuples: as frozen as dataclasses, made in half the
time, and their classes cost an eighth to create, which a process that lives for a tenth of a second notices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.ir.graph import Coverage, Location, Provenance

__all__ = [
    "Citation",
    "Confidence",
    "Diagnostic",
    "Failure",
    "Finding",
    "Ignore",
    "ModelResult",
    "NotApplicable",
    "QuantityValue",
    "Report",
    "Severity",
    "Step",
]


class Severity(IntEnum):
    """Cost if the finding is true. `warning` and `error` fail a run by default."""

    info = 0
    advice = 1
    warning = 2
    error = 3


class Confidence(IntEnum):
    """Chance that the finding applies to this graph; lowered by unknown operators and inferred phases."""

    low = 0
    medium = 1
    high = 2


QuantityValue = float | int | str | bool | tuple[float, ...] | None
"""A number computed for the user's own model; a tuple is an interval or one value per assumption."""


class Citation(NamedTuple):
    """A source of a rule: its key and title, whether it speaks for or against, what it claims and where it stops."""

    key: str
    stance: str
    strength: str
    claim: str
    limits: str
    title: str
    authors: str
    year: int
    venue: str = ""
    doi: str = ""
    arxiv: str = ""
    url: str = ""
    detail: str = ""
    """Volume and pages, or how it was published, where there is no identifier."""
    further: bool = False
    """True when the source is not fully verified: shown as further reading, never as support."""

    @property
    def short(self) -> str:
        """Author, venue and year in one breath: `Li et al., CVPR 2019`."""
        return f"{self.authors}, {self.venue} {self.year}" if self.venue else f"{self.authors}, {self.year}"


class Step(NamedTuple):
    """One node of a witness path; `note` marks the ends with what matters there."""

    node: str
    kind: str
    summary: str
    note: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `id` is stable over weights, renumbering and exporter versions; `fingerprint` adds the model."""

    id: str
    fingerprint: str
    rule: str
    code: str
    grade: str
    severity: Severity
    confidence: Confidence
    message: str
    help: str
    model: str
    qualname: str
    node: str
    scope: str
    kinds: tuple[str, ...]
    location: Location | None = None
    witness: tuple[Step, ...] = ()
    quantities: Mapping[str, QuantityValue] = field(default_factory=dict[str, QuantityValue])
    meanings: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a quantity means, in a few words, where its name does not say it."""
    citations: tuple[Citation, ...] = ()
    also: str = ""
    """What else the same anchor reaches, in words: `and 2 more batch norms`."""
    places: tuple[str, ...] = ()
    """The nodes one finding stands for, the first of them `node`, where a rule speaks once per layer or model."""
    called: Location | None = None
    """Where the layer is called, in source, if that is not where it was made."""
    sites: tuple[str, ...] = ()
    """Qualified names of the models that share this place of the source, where there are several."""
    condition: str = ""
    """What must hold for the finding to apply, where the source leaves it open."""
    selected: bool = False
    """Whether the user named the rule, so that it is printed in full."""
    format: str = ""
    """Format of the model: findings of source are printed with the line, those of files with the node."""


class NotApplicable(NamedTuple):
    """A rule that this model could not be judged by, and why."""

    rule: str
    code: str
    reason: str


class ModelResult(NamedTuple):
    """What was understood of one model, and what was found in it."""

    path: str
    qualname: str
    format: str
    provenance: Provenance
    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    not_applicable: tuple[NotApplicable, ...] = ()
    rules_run: int = 0
    variants: tuple[str, ...] = ()
    """What holds in each variant of a model of which the source leaves several open, in words."""


class Ignore(NamedTuple):
    """A comment that silences rules: `# lintnet: ignore[rule-name] reason`.

    location is that of the comment. first and last are the lines (of the same file or cell) whose findings it silences,
    the same for all of them. rules are words as the user wrote them: names, codes or aliases. With `whole_file` it
    silences the whole file. problem says what is wrong with it, in words; it then silences nothing.
    """

    location: Location
    rules: tuple[str, ...] = ()
    reason: str = ""
    whole_file: bool = False
    first: int = 0
    last: int = 0
    problem: str = ""


class Diagnostic(NamedTuple):
    """Something lintnet says of its own directions in a checked file, not of a model: `unused-ignore`.

    It has no evidence and no effect on the exit code.
    """

    code: str
    name: str
    location: Location
    message: str


class Failure(NamedTuple):
    """A target that could not be read. `named` says whether the user wrote its path, or a directory held it.

    kind is `unreadable`; `no graph` for files that hold no model graph (weights, or a body in Python); `unsupported`
    for formats that are not read; `fault` where lintnet itself failed. Files without a graph and of formats that are
    not read count as errors only when the user named them.
    """

    path: str
    message: str
    kind: str = "unreadable"
    named: bool = True

    @property
    def is_error(self) -> bool:
        """Whether this makes the run end with the exit code of an unreadable model."""
        return self.named or self.kind in {"unreadable", "fault"}


class Report(NamedTuple):
    """The result of one run, in the order of the targets.

    skipped counts files that are no models, without_models the Python files and notebooks that define none; empty names
    those of them that the user named. notes are what else must be known of a file: its path and a text.
    """

    models: tuple[ModelResult, ...] = ()
    failures: tuple[Failure, ...] = ()
    skipped: int = 0
    suppressed: tuple[tuple[Finding, str], ...] = ()
    hidden: int = 0
    """Findings below the confidence that was asked for."""
    diagnostics: tuple[Diagnostic, ...] = ()
    without_models: int = 0
    empty: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all models."""
        return tuple(finding for model in self.models for finding in model.findings)
