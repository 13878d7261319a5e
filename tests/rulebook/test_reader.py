"""What a rule file may say, and what the reader answers to one that says something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintnet.ir.finding import Confidence, Severity
from lintnet.paths.syntax import parse
from lintnet.rulebook.errors import RuleError
from tests.rulebook.samples import MINIMAL, ORIGIN, RULE, changed, read

if TYPE_CHECKING:
    from lintnet.rulebook.rule import Rule


def test_every_part_of_a_rule_file_arrives() -> None:
    rule = read()
    assert (rule.name, rule.code, rule.summary) == ("dropout-meets-norm", "DRP901", "A dropout feeds a batch norm.")
    assert (rule.since, rule.status, rule.grade, rule.phase) == ("0.1.0", "stable", "B", "training")
    assert (rule.severity, rule.confidence) == (Severity.warning, Confidence.medium)
    assert (rule.default, rule.tier, rule.front_ends, rule.fix) == ("on", 1, ("T", "K"), "none")
    assert rule.tags == ("drp", "dropout", "regularization")
    assert rule.aliases == ("dropout-near-norm",)
    assert rule.path == parse("dropout[rate > 0] as drop -> activation* -> batch_norm[running] as norm")
    assert rule.path_text.startswith("dropout[rate > 0] as drop")
    assert (rule.strict, rule.sole, rule.per, rule.anchor, rule.check) == (False, False, "node", "norm", "")
    assert str(rule.where) == "ratio < 1 and drop.rate < 1"
    assert [(name, str(value)) for name, value in rule.let] == [
        ("ratio", "variance_shift(drop, norm)"),
        ("half", "ratio / 2"),
    ]
    assert [(str(case.condition), case.then) for case in rule.severity_when] == [
        ("ratio >= 0.9", Severity.advice),
        ("half > 10", None),
    ]
    assert [proof.test for proof in rule.proofs] == ["tests/facts/test_variance.py::test_ratio"]
    assert (rule.text, rule.origin, rule.user) == (RULE, ORIGIN, False)


def test_a_citation_takes_from_the_references_what_the_rule_leaves_out() -> None:
    first, second = read().citations
    assert (first.key, first.stance, first.strength) == ("smith2020drop", "for", "experiment")
    assert (first.claim, first.limits, first.further) == ("A claim.", "Small nets.", False)
    assert (first.authors, first.short) == ("Smith et al.", "Smith et al., arXiv 2020")
    assert (second.stance, second.strength, second.claim, second.limits) == (
        "against",
        "practice",
        "It did no harm.",
        "One run.",
    )
    assert second.authors == "Jones and Lee"
    assert second.further, "a source that is not fully verified is further reading"


def test_the_page_gives_sections_and_examples() -> None:
    rule = read()
    assert [heading for heading, _ in rule.sections] == [
        "What it does",
        "Why it hurts",
        "Example",
        "Use instead",
        "When to ignore",
    ]
    assert "## not a heading" in dict(rule.sections)["Example"]
    bad, good, keras = rule.examples
    assert (bad.language, bad.bad, bad.also, bad.options) == ("graph", True, ("NRM101", "some-rule"), ())
    assert bad.text == "x -> dropout(rate=0.5) -> batch_norm -> y"
    assert RULE.splitlines()[bad.line - 1] == "```graph bad also=NRM101,some-rule"
    assert (good.bad, good.options, good.also) == (False, (("phase", "inference"), ("front_end", "Oi")), ())
    assert (keras.language, keras.bad) == ("keras", False)


@pytest.mark.parametrize(
    ("grade", "confidence"), [("A", "high"), ("A*", "medium"), ("B", "medium"), ("C", "medium"), ("D", "low")]
)
def test_confidence_follows_the_grade(grade: str, confidence: str) -> None:
    text = changed('grade      = "B"', f'grade      = "{grade}"')
    if grade == "D":
        text = changed('"warning"', '"advice"', changed('default    = "on"', 'default    = "off"', text))
    assert read(text).confidence == Confidence[confidence]


def test_a_rule_of_the_user_needs_little() -> None:
    rule = read(MINIMAL, user=True, origin="lint_rules/relu-twice.md")
    assert (rule.user, rule.grade, rule.citations, rule.sections) == (True, "", (), ())
    assert (rule.summary, rule.default, rule.since) == ("relu twice", "on", "")
    assert rule.front_ends == ("S", "T", "K", "Ot", "Oi")
    assert rule.tags == ("own",), "the folder of a user's rule says nothing"
    assert rule.anchor == ""


def test_a_rule_of_the_user_may_not_name_python() -> None:
    text = changed('path     = "relu -> relu"', 'check    = "lintnet.rulebook.checks_export:anything"', MINIMAL)
    with pytest.raises(RuleError, match="a rule file of your own may not name Python") as caught:
        read(text, user=True, origin="mine.md")
    assert caught.value.line == 6


def test_a_bundled_rule_may_name_a_check() -> None:
    text = re.sub(r"(?m)^(path|where) .*\n", "", RULE)
    text = re.sub(r"(?s)\[let\].*?(?=\[\[cite\]\]\nkey = )", "", text)
    text = changed(
        'message    = "dropout (rate {drop.rate:g}) leaves {ratio:.2f} of the variance at `{norm.name}`"',
        'check      = "lintnet.rulebook.checks_export:some_check"\nmessage    = "{what} in {nodes} nodes"',
        text,
    )
    rule = read(text)
    assert (rule.path, rule.check, rule.let) == (None, "lintnet.rulebook.checks_export:some_check", ())
    for old, new, message in (
        ("checks_export:some_check", "checks_export", "`check` is written"),
        ("lintnet.rulebook.checks_export:some_check", "os:system", "`check` is written"),
        ("{what}", "{what.kind}", "a check has values, not captures"),
        ("per", "per", ""),
    ):
        if message:
            with pytest.raises(RuleError, match=re.escape(message)):
                read(changed(old, new, text))
    with pytest.raises(RuleError, match="`where` belongs to a `path`"):
        read(changed("help  ", 'where      = "1 > 0"\nhelp  ', text))


def test_a_byte_order_mark_and_windows_lines_change_nothing() -> None:
    rule = read("\ufeff" + RULE.replace("\n", "\r\n"))
    assert rule.examples == read().examples
    assert rule.sections == read().sections


WRONG = [
    # front matter
    ("+++\nname ", "name ", "begins with a line `+++`", 1),
    ("tier       = 1", "tier       = ", "not valid TOML", 10),
    ("severity   =", "severty    =", "unknown key `severty`; did you mean `severity`?", 7),
    ("stance   =", "stances  =", "unknown key `stances` in [cite]; did you mean `stance`?", 36),
    ('help       = "move the dropout behind the norm"\n', "", "the key `help` is missing", 1),
    ('summary    = "A dropout feeds a batch norm."\n', "", "the key `summary` is missing", 1),
    ('then = "off"\n', "", "the key `then` is missing in [severity_when]", 27),
    # types and values
    ("tier       = 1", 'tier       = "1"', "`tier` must be an integer from 1 to 3", 10),
    ("tier       = 1", "tier       = true", "`tier` must be an integer from 1 to 3", 10),
    ("tier       = 1", "tier       = 4", "`tier` must be an integer from 1 to 3", 10),
    ("tier       = 1", 'tier       = 1\nsole = "yes"', "`sole` must be true or false", 11),
    ('"A dropout feeds a batch norm."', "1", "`summary` must be a text", 4),
    ('"A dropout feeds a batch norm."', '" "', "`summary` is empty", 4),
    ('["T", "K"]', '"TK"', "`front_ends` must be a list of texts", 11),
    ('["T", "K"]', '["T", "T"]', "`front_ends` must be a list of different texts", 11),
    ('["T", "K"]', '["T", "Q"]', "`front_ends` may hold S, T, K, Ot, Oi, not `Q`", 11),
    ('["T", "K"]', "[]", "`front_ends` is empty", 11),
    ('"dropout-meets-norm"', '"Dropout_Norm"', "`name` must be lower-case words", 2),
    ('"dropout-meets-norm"', f'"{"a" * 41}"', "at most 40 characters", 2),
    ('"DRP901"', '"DRP9"', "`code` must be three capital letters and three digits", 3),
    ('"0.1.0"', '"soon"', "`since` must be a version", 5),
    ('= "warning"', '= "warnings"', "did you mean `warning`?", 7),
    ('= "training"', '= "train"', "`phase` must be one of training, inference, any, not `train`", 8),
    ('["regularization"]', '["No Way"]', "tag `No Way` must be lower-case", 12),
    ('["dropout-near-norm"]', '["dropout-meets-norm"]', "must be another name", 13),
    ("[let]\n", "[[let]]\n", "`let` must be a table", 19),
    # grades and evidence
    ('= "warning"', '= "error"', "grade B allows at most warning, not error", 7),
    ('then = "advice"', 'then = "error"', "grade B allows at most warning, not error", 25),
    ('grade      = "B"', 'grade      = "D"', "grade D allows at most advice, not warning", 7),
    (
        'key = "smith2020drop"',
        'key = "smith2020drip"',
        "`smith2020drip` is not in references.toml; did you mean `smith2020drop`?",
        32,
    ),
    ('key = "smith2020drop"', 'key = "false2000news"', "`false2000news` is not verified", 32),
    ('key = "smith2020drop"', 'key = "bare2000limit"', "say where the claim of `bare2000limit` stops", 32),
    ('key = "smith2020drop"', 'key = "jones2021keep"\nlimits = "Many."', "`jones2021keep` is cited twice", 36),
    ("[jones2021keep].", "now and then.", "the text never refers to [jones2021keep]", 35),
    (
        "not always [jones2021keep]",
        "not always [jones2021keep] [jones2021kept]",
        "[jones2021kept] has no `[[cite]]`; did you mean `jones2021keep`?",
        52,
    ),
    ('"tests/facts/test_variance.py::test_ratio"', '"test_ratio"', "`test` must be a pytest id", 42),
    # the path and what refers to it
    ("dropout[rate > 0] as drop", "drpout[rate > 0] as drop", "did you mean `dropout`?", 14),
    ('path       = "dropout', 'check = "x"\npath       = "dropout', "either a `path` or a `check`", 15),
    ("drop.rate < 1", "dorp.rate < 1", "`dorp` is neither a capture nor an earlier [let]; did you mean `drop`?", 15),
    ("drop.rate < 1", "drop.kernel < 1", "`drop` has no attribute `kernel`", 15),
    ("drop.rate < 1", "ratio.rate < 1", "the path captures no `ratio`", 15),
    (
        '"variance_shift(drop, norm)"',
        '"variance_shift(half, norm)"',
        "`half` is neither a capture nor an earlier [let]",
        20,
    ),
    ('"variance_shift(drop, norm)"', '"variance_drift(drop, norm)"', "unknown function `variance_drift`", 20),
    ('"variance_shift(drop, norm)"', '"variance_shift(drop)"', "`variance_shift` takes 2 captured nodes, not 1", 20),
    ('"ratio >= 0.9"', '"ratio >= "', "`if`: not an expression", 24),
    ('half  = "ratio / 2"', 'drop  = "ratio / 2"', "`drop` must be a new lower-case name", 21),
    (
        "help       =",
        'anchor     = "nrom"\nhelp       =',
        "`anchor` names no capture of the path; did you mean `norm`?",
        17,
    ),
    # messages
    ("{drop.rate:g}", "{drop.rat:g}", "`drop` has no such attribute; did you mean `rate`?", 16),
    ("{drop.rate:g}", "{drop}", "{drop} is no name of [let]; write {drop.name}", 16),
    ("{drop.rate:g}", "{dorp.rate}", "the path captures no `dorp`; did you mean `drop`?", 16),
    ("{drop.rate:g}", "{drop.__class__}", "is no placeholder", 16),
    ("{drop.rate:g}", "{drop.rate!r}", "is no placeholder", 16),
    ("{drop.rate:g}", "{drop.rate:>99}", "`:>99` is no number format", 16),
    ("{drop.rate:g}", "{drop.rate", "`message`:", 16),
    ("{ratio:.2f}", "{rato:.2f}", "did you mean `ratio`?", 16),
    ("behind the norm", "behind {norm.name}", "`help` has no placeholders", 17),
    # the page
    ("# dropout-meets-norm\n", "# another-name\n", "the title of the page must be the name of the rule", 46),
    ("# dropout-meets-norm\n", "# dropout-meets-norm\nHello.\n", "text before the first heading", 47),
    ("## When to ignore\n", "## When\n", "unknown heading `When`", 68),
    ("## Why it hurts\n", "## Evidence\n", "`Evidence` is generated", 51),
    ("## Use instead\n", "## Example\n", "`Example` cannot follow `Example`", 63),
    ("## When to ignore\n```keras good\nmodel = None\n```\n", "", "lacks the heading `## When to ignore`", 66),
    ("model = None\n```\n", "model = None\n", "this fenced block is never closed", 69),
    ("```keras good", "```jax good", "`jax` is no language of an example", 69),
    ("```keras good", "```keras model good", "`good` comes right behind `keras`", 69),
    ("```graph good phase", "```graph phase", "say `bad` or `good` behind `graph`", 64),
    ("phase=inference", "phase=later", "phase must be one of training, inference, not `later`", 64),
    ("also=NRM101", "alos=NRM101", "`alos=NRM101,some-rule` is not understood", 55),
    ("x -> batch_norm -> y\n", "\n", "this example is empty", 64),
    (
        "Looks for the pair. `[absent2000key]` in code is no citation, nor is [a link](https://example.org).\n",
        "",
        "the section `What it does` is empty",
        48,
    ),
]


@pytest.mark.parametrize(("old", "new", "message", "line"), WRONG, ids=[f"{row[2][:40]}-{row[3]}" for row in WRONG])
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, message: str, line: int) -> None:
    first = "name" in old and old.startswith('"dropout-meets')
    text = RULE.replace(old, new, 1) if first or old.startswith("x ->") else changed(old, new)
    with pytest.raises(RuleError) as caught:
        read(text)
    assert message in str(caught.value)
    assert caught.value.origin == ORIGIN
    assert caught.value.line == line


def test_a_wrong_path_is_shown_with_a_caret() -> None:
    with pytest.raises(RuleError) as caught:
        read(changed("activation* -> batch_norm", "activtion* -> batch_norm"))
    first, excerpt, caret = str(caught.value).splitlines()
    line = RULE.splitlines()[13].replace("activation*", "activtion*")
    column = line.index("activtion") + 1
    assert first.startswith(f"{ORIGIN}:14:{column}: `path`: ")
    assert excerpt[len(caret) - 1 :].startswith("activtion*")


def test_a_wrong_row_of_a_long_path_is_found_in_the_file() -> None:
    path = '"""\ndropout[rate > 0] as drop\n    -> activation*\n    -> batch_nrom as norm\n"""'
    text = changed('"dropout[rate > 0] as drop -> activation* -> batch_norm[running] as norm"', path)
    with pytest.raises(RuleError) as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (17, 8)
    assert text.splitlines()[16][7:].startswith("batch_nrom")


def test_a_wrong_name_in_an_expression_is_shown_with_a_caret() -> None:
    with pytest.raises(RuleError) as caught:
        read(changed("drop.rate < 1", "drop.rats < 1"))
    excerpt, caret = str(caught.value).splitlines()[1:]
    assert excerpt[len(caret) - 1 :] == "rats < 1"


@pytest.mark.parametrize(
    ("severity", "when", "fine"),
    [("error", "advice", False), ("warning", "error", True), ("warning", "advice", True)],
)
def test_grade_a_star_is_an_error_under_a_condition_only(severity: str, when: str, fine: bool) -> None:
    text = changed('grade      = "B"', 'grade      = "A*"', changed('= "warning"', f'= "{severity}"'))
    text = changed('then = "advice"', f'then = "{when}"', text)
    if fine:
        assert read(text).severity == Severity[severity]
    else:
        with pytest.raises(RuleError, match="grade A\\* is a warning at most"):
            read(text)


def test_grade_d_is_off_by_default() -> None:
    text = changed('grade      = "B"', 'grade      = "D"', changed('= "warning"', '= "advice"'))
    with pytest.raises(RuleError, match="its `default` is off"):
        read(text)
    assert read(changed('default    = "on"', 'default    = "off"', text)).grade == "D"


def test_a_bundled_rule_rests_on_a_verified_source_or_a_proof() -> None:
    without_proof = re.sub(r"(?s)\[\[proof\]\].*?(?=\+\+\+)", "", RULE)
    only_further = changed('[[cite]]\nkey = "smith2020drop"\n\n', "", without_proof)
    only_further = changed(" [smith2020drop]", "", only_further)
    with pytest.raises(RuleError, match="a source that is fully verified"):
        read(only_further)
    assert read(without_proof).proofs == ()


def test_a_rule_of_the_user_may_cite_without_a_page() -> None:
    cited = changed("help     =", 'grade    = "C"\nhelp     =', MINIMAL).removesuffix("+++\n")
    rule = read(f'{cited}\n[[cite]]\nkey = "smith2020drop"\n+++\n', user=True)
    assert [citation.key for citation in rule.citations] == ["smith2020drop"]
    assert (rule.grade, rule.confidence) == ("C", Confidence.medium)


def test_a_grade_of_the_user_needs_evidence() -> None:
    with pytest.raises(RuleError, match="a grade needs evidence"):
        read(changed('phase    = "any"', 'phase    = "any"\ngrade    = "C"', MINIMAL), user=True)


def test_codes_of_diagnostics_are_not_for_users() -> None:
    with pytest.raises(RuleError, match="codes LNT"):
        read(changed("OWN001", "LNT001", MINIMAL), user=True)


def test_an_unclosed_front_matter_is_said() -> None:
    with pytest.raises(RuleError, match="never closed"):
        read("+++\nname = 'x'\n")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_rule_file_is_a_rule_or_a_rule_error(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from((RULE, MINIMAL)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 20)))
        piece = data.draw(
            st.one_of(st.just(""), st.text(max_size=5), st.sampled_from(('"', "[", "]]", "+++\n", "```\n")))
        )
        text = text[:start] + piece + text[end:]
    outcome: Rule | RuleError
    try:
        outcome = read(text, user=data.draw(st.booleans()))
    except RuleError as error:
        outcome = error
    if isinstance(outcome, RuleError):
        assert str(outcome).startswith(ORIGIN)
        assert 0 <= outcome.line <= len(text.splitlines()) + 1
    else:
        assert outcome.text == text
