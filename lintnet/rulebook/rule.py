"""What one rule file says, as frozen data. Knows paths and findings; knows no file format and no report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lintnet.ir.finding import Citation, Confidence, Severity
    from lintnet.paths.expression import Expression
    from lintnet.paths.syntax import Pattern

__all__ = ["Example", "Proof", "Rule", "SeverityWhen"]


class SeverityWhen(NamedTuple):
    """One `[[severity_when]]`: the first whose condition is true decides the severity (or silences: `then = "off"`)."""

    condition: Expression
    then: Severity | None


class Proof(NamedTuple):
    """A test that executes the rule's claim: its pytest id and the statement it proves."""

    test: str
    statement: str


class Example(NamedTuple):
    """One fenced block. language is graph, keras, torch or onnx; options are the `key=value` words behind it.

    `line` is that of the opening fence in the file; `also` names the other rules that rightly fire.
    """

    language: str
    bad: bool
    text: str
    line: int
    options: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()


class Rule(NamedTuple):
    """One rule. Either `path` (with `where`, `let`, `anchor`) or `check`, never both.

    default: on, ped, dep or off. per: node (one finding per anchor), layer (per layer identity) or model.
    tags always hold the family of the code (`drp`) and the folder name. labels say what matters at a captured node
    of the drawn path, or what a `[let]` value means. sections are the five headings of the page with their
    Markdown; origin is the file, for messages. user is true for a rule from a user's folder.
    """

    name: str
    code: str
    summary: str
    since: str
    status: str
    grade: str
    severity: Severity
    confidence: Confidence
    phase: str
    default: str
    tier: int
    front_ends: tuple[str, ...]
    message: str
    help: str
    fix: str
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    path: Pattern | None
    path_text: str
    strict: bool
    sole: bool
    per: str
    anchor: str
    where: Expression | None
    let: tuple[tuple[str, Expression], ...]
    labels: tuple[tuple[str, str], ...]
    severity_when: tuple[SeverityWhen, ...]
    check: str
    citations: tuple[Citation, ...]
    proofs: tuple[Proof, ...]
    examples: tuple[Example, ...]
    sections: tuple[tuple[str, str], ...]
    text: str
    origin: str
    user: bool = False

    # Two rules are the same only if they are one object: comparing and hashing three dozen fields would cost more than
    # the sweep that the engine keeps compiled per list of rules.

    def __eq__(self, other: object) -> bool:
        """Say whether this is the very rule."""
        return self is other

    def __hash__(self) -> int:
        """Return the identity."""
        return id(self)
