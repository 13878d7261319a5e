"""From the text of a rule file to a `Rule`. Knows the keys, what they may say, and which belong together.

Strict on purpose: a key that is misspelt, a capture that does not exist or a grade above its evidence is an error
with a line, never a default. Rules of a user are data only: they may not name Python, and may leave out what only a
published rule needs (grade, citation, profile).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from lintnet.facts.registry import FACTS
from lintnet.ir.finding import Citation, Confidence, Severity
from lintnet.paths.errors import PathError, suggestion
from lintnet.paths.expression import parse_expression
from lintnet.paths.syntax import attributes_of, parse
from lintnet.rulebook.checking import CHECK_NAME
from lintnet.rulebook.errors import fail
from lintnet.rulebook.front import Table, split_front
from lintnet.rulebook.message import Field, MessageError, parse_message
from lintnet.rulebook.page import Page, read_page
from lintnet.rulebook.rule import Proof, Rule, SeverityWhen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lintnet.paths.expression import Expression
    from lintnet.paths.syntax import Pattern
    from lintnet.rulebook.references import Reference

__all__ = ["DEFAULTS", "FRONT_ENDS", "GRADES", "PHASES", "STATUSES", "read_rule"]

GRADES: Final = ("A", "A*", "B", "C", "D")
STATUSES: Final = ("stable", "preview", "deprecated")
PHASES: Final = ("training", "inference", "any")
DEFAULTS: Final = ("on", "ped", "dep", "off")
FRONT_ENDS: Final = ("S", "T", "K", "Ot", "Oi")
_PER: Final = ("node", "layer", "model")
_STANCES: Final = ("for", "against")
_STRENGTHS: Final = ("theorem", "experiment", "practice")
_SEVERITIES: Final = tuple(severity.name for severity in Severity)
_CONFIDENCES: Final = tuple(confidence.name for confidence in Confidence)

# What the grade of the evidence allows and implies (catalogue 1.1, 1.6; linter-craft 4).
_CEILING: Final = {"A": "error", "A*": "error", "B": "warning", "C": "warning", "D": "advice"}
_CONFIDENCE: Final = {"A": "high", "A*": "medium", "B": "medium", "C": "medium", "D": "low"}
_STRENGTH: Final = {"A": "theorem", "A*": "practice", "B": "experiment", "C": "experiment", "D": "practice"}

_ALWAYS: Final = ("name", "code", "severity", "phase", "message", "help")
_BUNDLED: Final = ("summary", "since", "grade", "default", "front_ends", "tier")
_PATH_ONLY: Final = ("strict", "sole", "anchor", "where", "let", "label", "severity_when")
_KEYS: Final = (
    *_ALWAYS,
    *_BUNDLED,
    *_PATH_ONLY,
    *("status", "confidence", "tags", "aliases", "fix", "path", "check", "per", "cite", "proof"),
)

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME_LENGTH: Final = 40
_CODE: Final = re.compile(r"[A-Z]{3}[0-9]{3}")
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")
_PROOF: Final = re.compile(r"tests/[A-Za-z0-9_/]+\.py::[A-Za-z0-9_]+(?:\[.+\])?")


def read_rule(
    text: str, origin: str, references: Mapping[str, Reference], *, user: bool, facts: frozenset[str]
) -> Rule:
    """Read one rule file.

    `origin` is the file as messages and tags should name it, `references` what may be cited, `facts` the names of the
    functions an expression may call. With `user` the rule comes from a user's folder: Python is refused, and only
    name, code, severity, phase, path, message and help are required.

    Raises:
        RuleError: anything unknown, missing, of the wrong type or against the rules of the rulebook, with its line.
    """
    front, body, first_line = split_front(text, origin)
    top = Table(front, front.data)
    top.only(_KEYS, _ALWAYS if user else (*_ALWAYS, *_BUNDLED))
    if user and "check" in top.data:
        message = (
            "a rule file of your own may not name Python: `check` is for bundled rules; describe the fault as a `path`"
        )
        top.fail(message, "check")
    if ("path" in top.data) == ("check" in top.data):
        top.fail("a rule has either a `path` or a `check`", "path")

    name, code = _named(top, user=user)
    grade = top.word("grade", GRADES)
    severity = Severity[top.word("severity", _SEVERITIES)]
    default = top.word("default", DEFAULTS, "on")
    _judge_grade(top, grade, severity, default)
    confidence = Confidence[top.word("confidence", _CONFIDENCES, _CONFIDENCE.get(grade, "medium"))]

    pattern = _pattern(top)
    scope = _Scope(pattern, facts)
    let: list[tuple[str, Expression]] = []
    where: Expression | None = None
    severity_when: tuple[SeverityWhen, ...] = ()
    if pattern is None:
        _refuse_path_keys(top)
        if CHECK_NAME.fullmatch(top.text("check")) is None:
            top.fail("`check` is written lintnet.rulebook.checks_<family>:<function>", "check")
    else:
        for key in top.table("let").data:
            let.append((key, scope.expression(top.table("let"), key)))
            scope.add(top.table("let"), key)
        where = scope.expression(top, "where") if "where" in top.data else None
        severity_when = tuple(_severity_when(table, scope, grade) for table in top.tables("severity_when"))
    anchor = top.text("anchor", scope.captures[-1] if scope.captures else "")
    if "anchor" in top.data and anchor not in scope.captures:
        top.fail(f"`anchor` names no capture of the path{suggestion(anchor, scope.captures)}", "anchor")
    _judge_message(top, scope, free=pattern is None)

    labels = tuple((key, top.table("label").text(key)) for key in top.table("label").data)
    for capture, _ in labels:
        if capture not in {*scope.captures, *scope.lets}:
            top.table("label").fail(f"`{capture}` is neither a capture of the path nor a name of [let]", capture)

    citations = tuple(_citation(table, references, grade) for table in top.tables("cite"))
    proofs = tuple(_proof(table) for table in top.tables("proof"))
    _judge_evidence(top, citations, proofs, user=user, grade=grade)
    page = read_page(body, name, origin, first_line=first_line, partial=user)
    _judge_keys(top, page, citations)
    summary = top.text("summary", name.replace("-", " "))
    return Rule(
        name=name,
        code=code,
        summary=summary,
        since=_since(top),
        status=top.word("status", STATUSES, "stable"),
        grade=grade,
        severity=severity,
        confidence=confidence,
        phase=top.word("phase", PHASES),
        default=default,
        tier=top.integer("tier", range(1, 4), 1),
        front_ends=_front_ends(top),
        message=top.text("message"),
        help=top.text("help"),
        fix=top.text("fix", "none"),
        tags=_tags(top, code, origin, user=user),
        aliases=_aliases(top, name),
        path=pattern,
        path_text=top.text("path"),
        strict=top.flag("strict"),
        sole=top.flag("sole"),
        per=top.word("per", _PER, "node"),
        anchor=anchor,
        where=where,
        let=tuple(let),
        labels=labels,
        severity_when=severity_when,
        check=top.text("check"),
        citations=citations,
        proofs=proofs,
        examples=page.examples,
        sections=page.sections,
        text=text,
        origin=origin,
        user=user,
    )


# ------------------------------------------------------------------------------------------------------- identity


def _named(top: Table, *, user: bool) -> tuple[str, str]:
    name, code = top.text("name"), top.text("code")
    if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
        top.fail(f"`name` must be lower-case words joined by `-`, at most {_NAME_LENGTH} characters", "name")
    if not _CODE.fullmatch(code):
        top.fail("`code` must be three capital letters and three digits, as DRP101", "code")
    if user and code.startswith("LNT"):
        top.fail("codes LNT… are lintnet's own diagnostics", "code")
    return name, code


def _since(top: Table) -> str:
    since = top.text("since")
    if since and not _VERSION.fullmatch(since):
        top.fail("`since` must be a version, as 0.1.0", "since")
    return since


def _front_ends(top: Table) -> tuple[str, ...]:
    marks = top.texts("front_ends", FRONT_ENDS)
    for mark in marks:
        if mark not in FRONT_ENDS:
            top.fail(f"`front_ends` may hold {', '.join(FRONT_ENDS)}, not `{mark}`", "front_ends")
    if not marks:
        top.fail("`front_ends` is empty: nothing could ever show this rule", "front_ends")
    return marks


def _tags(top: Table, code: str, origin: str, *, user: bool) -> tuple[str, ...]:
    """Return the tags written, the family of the code, and for bundled rules the folder."""
    tags = top.texts("tags")
    for tag in tags:
        if not _NAME.fullmatch(tag):
            top.fail(f"tag `{tag}` must be lower-case words joined by `-`", "tags")
    parents = re.split(r"[/\\]", origin)[:-1]
    folder = parents[-1:] if not user else []
    return tuple(dict.fromkeys((code[:3].lower(), *folder, *tags)))


def _aliases(top: Table, name: str) -> tuple[str, ...]:
    aliases = top.texts("aliases")
    for alias in aliases:
        if not _NAME.fullmatch(alias) or alias == name:
            top.fail(f"alias `{alias}` must be another name, lower-case words joined by `-`", "aliases")
    return aliases


# ------------------------------------------------------------------------------------------------------- judgement


def _judge_grade(top: Table, grade: str, severity: Severity, default: str) -> None:
    if not grade:
        return
    _judge_ceiling(top, "severity", grade, severity)
    if grade == "A*" and severity is Severity.error:
        top.fail("grade A* is a warning at most; an error needs a condition, `[[severity_when]]`", "severity")
    if grade == "D" and default != "off":
        top.fail("grade D is contested: its `default` is off", "default")


def _judge_ceiling(table: Table, key: str, grade: str, severity: Severity) -> None:
    if grade and severity > Severity[_CEILING[grade]]:
        table.fail(f"grade {grade} allows at most {_CEILING[grade]}, not {severity.name}", key)


def _judge_evidence(
    top: Table, citations: tuple[Citation, ...], proofs: tuple[Proof, ...], *, user: bool, grade: str
) -> None:
    keys = [citation.key for citation in citations]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            top.front.fail(f"`{key}` is cited twice", "key", "cite", index)
    supported = any(not citation.further for citation in citations) or bool(proofs)
    if not user and not supported:
        top.fail("a rule needs a source that is fully verified (`[[cite]]`), or a test that proves it (`[[proof]]`)")
    if user and grade and not (citations or proofs):
        top.fail("a grade needs evidence: cite a source, or leave `grade` out", "grade")


def _judge_keys(top: Table, page: Page, citations: tuple[Citation, ...]) -> None:
    """Check that the text refers to what is cited and to nothing else; a user's rule may have no text at all."""
    cited = [citation.key for citation in citations]
    for key, line in page.cited:
        if key not in cited:
            fail(top.front.origin, f"[{key}] has no `[[cite]]`{suggestion(key, cited)}", line=line)
    mentioned = {key for key, _ in page.cited}
    for index, key in enumerate(cited):
        if page.sections and key not in mentioned:
            top.front.fail(f"the text never refers to [{key}], which is cited", "key", "cite", index)


def _judge_message(top: Table, scope: _Scope, *, free: bool) -> None:
    """Check the placeholders of the message; `free` for a check, whose values are known only when it runs."""
    try:
        parts = parse_message(top.text("message"))
    except MessageError as error:
        top.fail(f"`message`: {error}", "message")
    for part in parts:
        if not isinstance(part, Field):
            continue
        if free:
            if part.attribute:
                top.fail(f"`message`: {part}: a check has values, not captures; write {{name}}", "message")
        elif not part.attribute:
            if part.name not in scope.lets:
                captured = part.name in scope.captures
                guess = f"; write {{{part.name}.name}}" if captured else suggestion(part.name, scope.lets)
                top.fail(f"`message`: {part} is no name of [let]{guess}", "message")
        elif part.name not in scope.captures:
            guess = suggestion(part.name, scope.captures)
            top.fail(f"`message`: {part}: the path captures no `{part.name}`{guess}", "message")
        elif part.attribute not in scope.attributes(part.name):
            guess = suggestion(part.attribute, scope.attributes(part.name))
            top.fail(f"`message`: {part}: `{part.name}` has no such attribute{guess}", "message")
    # The help is the same for every finding of a rule, so that reports can print it once.
    if re.search(r"\{[a-z_]+(\.[a-z_]+)?(:[^}]*)?\}", top.text("help")):
        top.fail("`help` has no placeholders; they belong in the message", "help")


# ------------------------------------------------------------------------------------------------------- evidence


def _citation(table: Table, references: Mapping[str, Reference], grade: str) -> Citation:
    table.only(("key", "stance", "strength", "claim", "limits"), ("key",))
    key = table.text("key")
    if key not in references:
        table.fail(f"`{key}` is not in references.toml{suggestion(key, references)}", "key")
    source = references[key]
    if source.verified == "no":
        table.fail(f"`{key}` is not verified; a rule may not cite it", "key")
    limits = table.text("limits", source.limits)
    if not limits:
        table.fail(f"say where the claim of `{key}` stops: `limits`", "key")
    return Citation(
        key=key,
        stance=table.word("stance", _STANCES, "for"),
        strength=table.word("strength", _STRENGTHS, _STRENGTH.get(grade, "practice")),
        claim=table.text("claim", source.claim),
        limits=limits,
        title=source.title,
        authors=source.short_authors,
        year=source.year,
        venue=source.venue,
        doi=source.doi,
        arxiv=source.arxiv,
        url=source.url,
        detail=source.detail,
        further=source.verified != "yes",
    )


def _proof(table: Table) -> Proof:
    table.only(("test", "statement"), ("test", "statement"))
    test = table.text("test")
    if not _PROOF.fullmatch(test):
        table.fail("`test` must be a pytest id, as tests/facts/test_variance.py::test_ratio", "test")
    return Proof(test, table.text("statement"))


# ------------------------------------------------------------------------------------------------------- the path


class _Scope:
    """The names an expression may use so far: captures of the path, and earlier names of `[let]`."""

    def __init__(self, pattern: Pattern | None, facts: frozenset[str]) -> None:
        self.captures = pattern.captures if pattern else ()
        self.lets: list[str] = []
        self._pattern = pattern
        self._facts = facts

    def attributes(self, capture: str) -> frozenset[str]:
        """What can be asked of a capture: the attributes of every kind it can hold."""
        return attributes_of(self._pattern.kinds(capture)) if self._pattern else frozenset()

    def add(self, table: Table, name: str) -> None:
        if not _IDENTIFIER.fullmatch(name) or name in self.captures:
            table.fail(f"`{name}` must be a new lower-case name, and no capture", name)
        self.lets.append(name)

    def expression(self, table: Table, key: str) -> Expression:
        text = table.text(key)
        try:
            expression = parse_expression(text, self._facts)
        except PathError as error:
            _path_error(table, key, error.offset, error.message)
        bound = {*self.captures, *self.lets}
        for name in sorted(expression.names):
            if name not in bound:
                self._at(table, key, name, f"`{name}` is neither a capture nor an earlier [let]", bound)
        for function, arguments in sorted(expression.calls):
            wanted = FACTS[function][1] if function in FACTS else len(arguments)
            if len(arguments) != wanted:
                message = f"`{function}` takes {wanted} captured node{'s' if wanted != 1 else ''}, not {len(arguments)}"
                self._at(table, key, function, message, ())
        for name, attribute in sorted(expression.attributes):
            if name not in self.captures:
                self._at(table, key, name, f"the path captures no `{name}`", self.captures)
            if attribute not in self.attributes(name):
                known = self.attributes(name)
                self._at(table, key, attribute, f"`{name}` has no attribute `{attribute}`", known)
        return expression

    @staticmethod
    def _at(table: Table, key: str, word: str, message: str, known: Iterable[str]) -> NoReturn:
        text = table.text(key)
        found = re.search(rf"\b{re.escape(word)}\b", text)
        _path_error(table, key, found.start() if found else 0, message + suggestion(word, known))


def _pattern(top: Table) -> Pattern | None:
    if "path" not in top.data:
        return None
    text = top.text("path")
    try:
        return parse(text)
    except PathError as error:
        _path_error(top, "path", error.offset, error.message)


def _path_error(table: Table, key: str, offset: int, message: str) -> NoReturn:
    """Raise the error with a caret under the character of the value that has this offset, counted from 0."""
    text = table.text(key)
    start = text[:offset].rfind("\n") + 1
    row = text[start:].partition("\n")[0]
    line, indent = table.place_of(key, row)
    excerpt = f"    {row}\n    {' ' * (offset - start)}^"
    fail(table.front.origin, f"`{key}`: {message}", line=line, column=indent + offset - start + 1, excerpt=excerpt)


def _severity_when(table: Table, scope: _Scope, grade: str) -> SeverityWhen:
    table.only(("if", "then"), ("if", "then"))
    then = table.word("then", (*_SEVERITIES, "off"))
    severity = None if then == "off" else Severity[then]
    if severity is not None:
        _judge_ceiling(table, "then", grade, severity)
    return SeverityWhen(scope.expression(table, "if"), severity)


def _refuse_path_keys(top: Table) -> None:
    for key in _PATH_ONLY:
        if key in top.data:
            top.fail(f"`{key}` belongs to a `path`; a `check` decides that itself", key)
