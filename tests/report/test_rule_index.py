"""The documents that are made: the index of rules, the outputs below snippets, claims and their sources."""

from __future__ import annotations

import re
import runpy
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lintnet.cli import app as command_line
from lintnet.cli import documents
from lintnet.report.rule_index import cited_keys, outputs_of, rule_index, snippets, with_sources
from lintnet.rulebook.book import bundled_references, load_rules
from lintnet.rulebook.errors import RuleError
from lintnet.session import Options, check

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
QUESTIONS = (DOCS / "questions.md").read_text(encoding="utf-8")
CLAIMS = (DOCS / "claims.md").read_text(encoding="utf-8")
SNIPPETS = [*snippets(QUESTIONS), *snippets(CLAIMS)]
RULES = load_rules().rules
VERDICTS = {"Supported", "Contested", "Refuted", "Unsupported", "Not testable"}


def test_the_made_documents_are_current() -> None:
    """On failure: `lintnet dev docs`, and read what it changed."""
    made = documents.made_documents(ROOT)
    assert [each.name for each in made] == ["rules.md", "questions.md", "claims.md"]
    stale = [each.name for each, text in made.items() if each.read_text(encoding="utf-8") != text]
    assert stale == []


def test_documents_are_made_for_the_checkout_that_lintnet_runs_from(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="not the checkout"):
        documents.made_documents(tmp_path)


# The command


def test_dev_docs_says_what_is_stale_and_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rules.md"
    monkeypatch.setattr(documents, "made_documents", lambda _root: {file: "new\n"})
    runner = CliRunner()

    stale = runner.invoke(command_line.app, ["dev", "docs", "--check"])
    assert stale.exit_code == 1
    assert "rules.md is not current" in stale.output
    assert not file.exists()

    assert runner.invoke(command_line.app, ["dev", "docs"]).exit_code == 0
    assert file.read_text(encoding="utf-8") == "new\n"
    current = runner.invoke(command_line.app, ["dev", "docs", "--check"])
    assert (current.exit_code, current.output) == (0, "")


# Rules


def test_the_index_has_a_row_and_a_section_for_every_rule() -> None:
    text = rule_index(RULES)
    for rule in RULES:
        (row,) = re.findall(rf"^\| {rule.code} \| .*$", text, re.MULTILINE)
        assert f"[{rule.name}](#{rule.name})" in row
        assert f"| {rule.severity.name} | {rule.grade.replace('*', chr(92) + '*')} | {rule.default} |" in row
        assert " ".join(rule.front_ends) in row
        assert len(re.findall(r"(?<!\\)\|", row)) == 9  # eight cells, whatever stands in them
        assert text.count(f"\n## {rule.name}\n") == 1
        assert (DOCS / f"../{rule.origin}").is_file()


# Links


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a document, as renderers of Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("name", ["rules.md", "questions.md", "claims.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", (DOCS / name).read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = DOCS / path if path else DOCS / name
        assert file.is_file() or (file.is_dir() and not anchor), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


# Programs and what lintnet says to them


def test_every_program_has_its_output() -> None:
    for text in (QUESTIONS, CLAIMS):
        assert text.count("```python\n") == text.count("```text\n") == len(list(snippets(text)))
    assert len(SNIPPETS) > 30
    assert all(output for _, output in SNIPPETS)


@pytest.mark.parametrize("source", [source for source, _ in SNIPPETS])
def test_the_programs_are_read_whole(source: str, tmp_path: Path) -> None:
    """An answer of no findings means something only if every layer was understood."""
    file = tmp_path / "model.py"
    file.write_text(source, encoding="utf-8")
    report = check([str(file)], Options())
    (model,) = report.models
    assert model.coverage.layers >= 2
    assert model.coverage.understood == model.coverage.layers
    assert model.coverage.blind == ()
    assert report.failures == ()


@pytest.mark.oracle
@pytest.mark.parametrize("source", [source for source, _ in SNIPPETS])
def test_the_programs_run(source: str, tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(source, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are faults of which the framework warns
        made = runpy.run_path(str(file))
    assert any(hasattr(each, "parameters") or hasattr(each, "weights") for each in made.values())


def test_outputs_are_written_below_their_programs() -> None:
    text = "a\n\n```python\nx = 1\n```\n\n```text\nold\n```\n\nb ```python``` c\n"
    assert outputs_of(text, lambda source: f"{source.strip()} is read\n") == text.replace("old", "x = 1 is read")


# Claims


def claims() -> list[tuple[int, str]]:
    """Return the number and the text below the heading of every claim."""
    parts = re.split(r"^### (\d+)\. .+$", CLAIMS.partition("\n## The two experiments")[0], flags=re.MULTILINE)
    texts = (re.split(r"^## ", text, maxsplit=1, flags=re.MULTILINE)[0] for text in parts[2::2])
    return [(int(number), text.strip()) for number, text in zip(parts[1::2], texts, strict=True)]


def test_all_claims_are_answered_with_verdict_and_rule() -> None:
    assert [number for number, _ in claims()] == list(range(1, 53))
    for number, text in claims():
        found = re.match(r"\*([A-Z][a-z]+(?: [a-z]+)?)[.*]", text)
        assert found is not None, number
        assert found[1] in VERDICTS, number
        body, arrow, rule = text.partition("\n→ ")
        assert arrow, number
        assert len(body) > 60, number
        named = re.findall(r"\[([a-z0-9-]+)\]\(rules\.md#([a-z0-9-]+)\)", rule)
        assert named or rule.startswith("no rule"), number
        assert {name for pair in named for name in pair} <= {each.name for each in RULES}, number


def test_claims_rest_on_verified_sources() -> None:
    references = bundled_references()
    keys = cited_keys(CLAIMS)
    assert len(keys) > 20
    for key in keys:
        assert references[key].verified == "yes", key
        assert CLAIMS.count(f"- [{key}] ") == 1, key
    # What rests on nothing says so: an identity, an opinion, or what no graph shows.
    without = {number for number, text in claims() if not cited_keys(text)}
    assert without == {13, 14, 38, 46, 50}


def test_a_source_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_sources("See [nobody1900nothing].\n\n## Sources\n\n", bundled_references())
    assert with_sources("no list", {}) == "no list"
