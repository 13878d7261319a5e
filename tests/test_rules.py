"""Every bundled rule file, held to what it promises: its examples are its tests, its sources are checked.

A new rule needs no test of its own here: it is found, read and judged because it lies in the folder.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lintnet
from lintnet.engine import check_graph
from lintnet.ir.finding import Severity
from lintnet.rulebook.book import bundled_references
from lintnet.rulebook.checking import resolve
from lintnet.rulebook.examples import graphs_of
from lintnet.rulebook.page import HEADINGS
from lintnet.rulebook.rule import Example
from tests.doors import FILES, LANGUAGES, ROOT, block_id, book, code_blocks, example_of, graphs_through, rule_of

if TYPE_CHECKING:
    from lintnet.ir import Graph
    from lintnet.rulebook.rule import Rule
    from tests.doors import Block

PROJECT = Path(__file__).parent.parent

each_rule = pytest.mark.parametrize("file", FILES)

FIRST_RELEASE = (0, 1)
# A name states the pattern, never the cure.
INSTRUCTIONS = {"no", "use", "avoid", "should", "must", "never", "prefer", "add", "remove", "require"}
# How a help may begin: an imperative. A list, since no grammar of the standard library knows a verb.
VERBS = frozenset(
    """
    add apply ask build call change check choose compute declare define delete divide drop enlarge export feed fix give
    insert keep leave lower make mask merge move multiply name normalise pass pool put raise reduce register remove
    replace reshape return scale set share shrink split state store swap take train transpose tune turn use widen
    """.split()  # noqa: SIM905 - sixty quoted words would hide the list
)
DEMANDS = re.compile(r"\b(should|shall|must|please)\b", re.IGNORECASE)


def fired(graph: Graph) -> dict[str, Severity]:
    """Return the highest severity with which each rule of the whole book speaks of a graph."""
    found: dict[str, Severity] = {}
    for finding in check_graph(graph, book().rules).findings:
        found[finding.rule] = max(finding.severity, found.get(finding.rule, Severity.info))
    return found


def judge_example(rule: Rule, example: Example, graph: Graph) -> list[str]:
    """Return what is wrong with the verdict on one graph of an example; nothing if it is as the rule file says."""
    found = fired(graph)
    allowed = {rule.name, *(book().lookup(word).name for word in example.also)}
    wrong: list[str] = []
    if example.bad and rule.name not in found:
        wrong.append("does not fire")
    if not example.bad and rule.name in found:
        wrong.append("fires")
    others = sorted(name for name, severity in found.items() if name not in allowed and severity >= Severity.warning)
    if others:
        wrong.append(f"also fires {', '.join(others)}")
    wrong += (
        f"{word} is listed in `also` and does not fire"
        for word in example.also
        if book().lookup(word).name not in found
    )
    return wrong


def test_there_are_rules_and_each_file_is_one() -> None:
    assert FILES
    assert [rule.origin for rule in book().rules] == sorted(
        (f"rules/{file}" for file in FILES), key=lambda origin: rule_of(origin.removeprefix("rules/")).code
    )
    assert list(ROOT.glob("*.md")) == [], "rules lie in the folder of their family"


@each_rule
def test_the_name_states_the_pattern(file: str) -> None:
    rule = rule_of(file)
    assert Path(file).stem == rule.name
    assert not INSTRUCTIONS & set(rule.name.split("-"))
    assert rule.code not in book().retired


@each_rule
def test_the_page_is_whole(file: str) -> None:
    rule = rule_of(file)
    assert tuple(heading for heading, _ in rule.sections) == HEADINGS
    graphs = [example for example in rule.examples if example.language == "graph"]
    assert any(example.bad for example in graphs), "needs a bad example in the graph notation"
    assert any(not example.bad for example in graphs), "needs a good example in the graph notation"
    placed = {heading: [] for heading in HEADINGS}
    lines = rule.text.splitlines()
    for example in rule.examples:
        heading = next(line[3:].strip() for line in reversed(lines[: example.line]) if line.startswith("## "))
        placed[heading].append(example.bad)
    assert all(placed["Example"]), "good examples stand under `Use instead` and `When to ignore`"
    assert not any(placed["Use instead"]), "bad examples stand under `Example`"


@each_rule
def test_the_words_are_short_and_make_no_demands(file: str) -> None:
    rule = rule_of(file)
    assert len(rule.message) <= 100, f"message of {len(rule.message)} characters"
    assert not DEMANDS.search(rule.message)
    assert not DEMANDS.search(rule.help)
    assert re.split(r"\W", rule.help, maxsplit=1)[0] in VERBS, "the help begins with a verb, in lower case"
    assert rule.summary[0].isupper()
    assert rule.summary.endswith(".")
    assert len(rule.summary) <= 1024
    assert len(dict(rule.sections)["What it does"]) <= 1024, "longer than a SARIF description may be"
    assert not rule.message.endswith(".")


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@each_rule
def test_a_rule_is_no_newer_than_its_status(file: str) -> None:
    rule, current = rule_of(file), version(lintnet.__version__)
    assert version(rule.since) <= current
    if current[:2] > FIRST_RELEASE and version(rule.since)[:2] == current[:2]:
        assert rule.status == "preview", "a new rule is promoted after a release in which it was in preview"


@each_rule
def test_every_claim_has_a_source_that_can_be_found_or_a_proof(file: str) -> None:
    rule, references = rule_of(file), bundled_references()
    assert any(not citation.further for citation in rule.citations) or rule.proofs
    for citation in rule.citations:
        assert citation.limits
        assert citation.strength == "practice" or references[citation.key].findable, (
            f"{citation.key} cannot be looked up"
        )


@each_rule
def test_every_proof_is_a_test_that_exists(file: str) -> None:
    for proof in rule_of(file).proofs:
        path, _, name = proof.test.partition("::")
        source = PROJECT / path
        assert source.is_file(), proof.test
        tree = ast.parse(source.read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name.partition("[")[0] in functions, proof.test
        assert name.startswith("test_"), "pytest would not run it"


@each_rule
def test_every_check_exists(file: str) -> None:
    rule = rule_of(file)
    if rule.check:
        assert resolve(rule.check).__doc__


GRAPHS = [
    (file, number)
    for file in FILES
    for number in range(len(re.findall(r"(?m)^```graph ", (ROOT / file).read_text("utf-8"))))
]


@pytest.mark.parametrize(("file", "number"), GRAPHS)
def test_a_graph_example_is_judged_as_its_rule_file_says(file: str, number: int) -> None:
    rule = rule_of(file)
    example = [example for example in rule.examples if example.language == "graph"][number]
    wrong = [
        f"graph {index} of the block at line {example.line}: {fault}\n"
        for index, graph in enumerate(graphs_of(example), start=1)
        for fault in judge_example(rule, example, graph)
    ]
    assert not wrong, "".join(wrong)


def test_a_wrong_verdict_is_noticed() -> None:
    rule = book().lookup("dropout-before-batch-norm")
    harmless, harmful = "x -> relu -> y", "x -> dropout(rate=0.5) -> batch_norm -> y"
    head = "x -> dropout(rate=0.5) -> batch_norm -> linear(out=1) -> softmax(extent=1) -> y"

    def verdict(text: str, *, bad: bool, also: tuple[str, ...] = ()) -> list[str]:
        example = Example("graph", bad, text, 1, (), also)
        return [fault for graph in graphs_of(example) for fault in judge_example(rule, example, graph)]

    assert verdict(harmful, bad=True) == []
    assert verdict(harmless, bad=False) == []
    assert verdict(harmless, bad=True) == ["does not fire"]
    assert verdict(harmful, bad=False) == ["fires"]
    assert verdict(head, bad=True) == ["also fires softmax-over-single-unit"]
    assert verdict(head, bad=True, also=("HED101",)) == []
    assert verdict(harmful, bad=True, also=("HED101",)) == ["HED101 is listed in `also` and does not fire"]


def test_the_severity_of_a_bad_example_is_that_of_the_rule_or_a_stated_exception() -> None:
    for rule in book().rules:
        stated = {rule.severity} | {case.then for case in rule.severity_when if case.then is not None}
        for example in rule.examples:
            for graph in graphs_of(example) if example.bad else ():
                severity = fired(graph).get(rule.name)
                assert severity in stated or rule.check, f"{rule.name}: {severity}"


# ------------------------------------------------------------------------------------------- examples that are code


def judge_block(block: Block, door: str) -> list[str]:
    """Return what is wrong with the verdict on a code example read through a door."""
    rule, example = example_of(block)
    return [fault for graph in graphs_through(door, block) or () for fault in judge_example(rule, example, graph)]


@pytest.mark.oracle
@pytest.mark.parametrize("block", code_blocks("keras"), ids=block_id)
def test_a_keras_example_is_judged_as_its_rule_file_says(block: Block) -> None:
    assert not judge_block(block, "keras"), f"line {example_of(block)[1].line}"


@pytest.mark.parametrize("block", [each for language in LANGUAGES for each in code_blocks(language)], ids=block_id)
def test_an_example_that_is_code_is_judged_alike_from_its_source(block: Block) -> None:
    """Read, not run; a rule that source cannot show says so."""
    rule, example = example_of(block)
    graphs = graphs_through("source", block)
    assert graphs is not None
    assert len(graphs) == 1, [graph.qualname for graph in graphs]
    assert graphs[0].coverage.not_understood == ()
    assert graphs[0].coverage.blind == ()
    if "S" not in rule.front_ends:
        assert rule.name in {each.rule for each in check_graph(graphs[0], book().rules).not_applicable}
        return
    assert not judge_block(block, "source"), f"line {example.line}"


@pytest.mark.oracle
@pytest.mark.parametrize("block", code_blocks("torch"), ids=block_id)
def test_a_torch_example_is_judged_as_its_rule_file_says(block: Block) -> None:
    """It runs; and where it names an `example_input`, so that it can be exported, the export is judged alike."""
    rule, example = example_of(block)
    inference = ("phase", "inference") in example.options
    door = "onnx-inference-legacy" if inference else "onnx-training-legacy"
    if graphs_through(door, block) is None:
        assert not {"Ot", "Oi"} & set(rule.front_ends), "an export could show this: name an example_input"
    assert not judge_block(block, door), f"line {example.line}"
