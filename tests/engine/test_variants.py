"""Variants of one model become one result that says under which condition a finding holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.engine import check_graph
from lintnet.engine.variants import join_variants
from lintnet.ir import Blind, Coverage
from lintnet.ir.finding import Confidence, ModelResult, Severity
from lintnet.rulebook.book import load_rules
from tests.engine.graphs import at, source_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.ir import Graph

BOOK = load_rules()
DROP = "x -> conv -> dropout(rate=0.5, name='d') -> batch_norm -> y"
PLAIN = "x -> conv -> batch_norm -> y"
PLACES = {"d": at(7)}


def _joined(variants: list[tuple[str, Mapping[str, bool]]], rule: str = "DRP101") -> ModelResult:
    graphs = [source_graph(text, PLACES, variant=taken) for text, taken in variants]
    return _join(graphs, rule)


def _join(graphs: list[Graph], rule: str = "DRP101") -> ModelResult:
    return join_variants([(graph.variant, check_graph(graph, [BOOK.lookup(rule)])) for graph in graphs])


def test_what_all_variants_show_is_as_sure_as_ever() -> None:
    result = _joined([(DROP, {"a": True}), (DROP.replace("-> y", "-> relu -> y"), {"a": False})])
    (finding,) = result.findings
    assert finding.confidence is BOOK.lookup("DRP101").confidence
    assert finding.severity is Severity.warning
    assert finding.condition == ""


def test_what_some_variants_show_is_less_sure_and_says_when() -> None:
    (finding,) = _joined([(DROP, {"use_bn": True}), (PLAIN, {"use_bn": False})]).findings
    assert finding.condition == "if `use_bn`"
    assert finding.confidence == BOOK.lookup("DRP101").confidence - 1
    (finding,) = _joined([(PLAIN, {"stride != 1": True}), (DROP, {"stride != 1": False})]).findings
    assert finding.condition == "unless `stride != 1`"


def test_an_error_in_some_variants_is_a_warning() -> None:
    bad, good = "x -> linear(out=1) -> softmax(extent=1, name='d') -> y", "x -> linear(out=1) -> y"
    (always,) = _joined([(bad, {"a": True}), (bad, {"a": False})], "HED101").findings
    (once,) = _joined([(bad, {"a": True}), (good, {"a": False})], "HED101").findings
    assert (always.severity, once.severity) == (Severity.error, Severity.warning)
    assert once.confidence is Confidence.medium


@pytest.mark.parametrize(
    ("having", "others", "text"),
    [
        ([{"a": True, "b": True}], [{"a": True, "b": False}, {"a": False, "b": True}], "if `a` and if `b`"),
        ([{"a": True, "b": False}, {"a": True, "b": True}], [{"a": False, "b": True}], "if `a`"),
        ([{"a": False, "b": True}], [{"a": True}, {"a": False, "b": False}], "if `b`"),
        ([{"a": True}], [{"a": False, "b": True}, {"a": False, "b": False}], "if `a`"),
        (
            [{"a": True, "b": False}, {"a": False, "b": True}],
            [{"a": True, "b": True}, {"a": False, "b": False}],
            "if `a` and unless `b`, or unless `a` and if `b`",
        ),
        ([{"a": True, "b": True}, {"a": False, "b": False}], [], ""),
    ],
)
def test_the_condition_is_the_smallest_that_tells_them_apart(
    having: list[dict[str, bool]], others: list[dict[str, bool]], text: str
) -> None:
    (finding,) = _joined([*((DROP, taken) for taken in having), *((PLAIN, taken) for taken in others)]).findings
    assert finding.condition == text


def test_findings_without_a_place_are_told_apart_by_their_identity() -> None:
    graphs = [source_graph(text, {}, variant={"a": text is DROP}) for text in (DROP, PLAIN)]
    (finding,) = _join(graphs).findings
    assert finding.condition == "if `a`"


def test_the_same_place_in_a_longer_path_is_the_same_finding() -> None:
    longer = DROP.replace("-> batch_norm", "-> relu -> batch_norm")
    (finding,) = _joined([(DROP, {"a": True}), (longer, {"a": False})]).findings
    assert finding.condition == ""


def test_coverage_is_the_worst_and_names_the_variants() -> None:
    graphs = [source_graph(DROP, PLACES, variant={"a": taken}) for taken in (True, False)]
    first, second = Blind(at(3), "one"), Blind(at(9), "two")
    covered = (
        graphs[0]._replace(coverage=Coverage(10, 10, sites=10, placed=10, blind=(first,), notes=("n",))),
        graphs[1]._replace(coverage=Coverage(10, 7, sites=10, placed=6, blind=(second, first))),
    )
    result = _join(list(covered))
    assert (result.coverage.understood, result.coverage.placed) == (7, 10)  # a branch not taken was still followed
    assert result.coverage.blind == (first, second)
    assert result.coverage.notes == ("n", "2 variants, by `a`")
    assert result.variants == ("if `a`", "unless `a`")


def test_one_variant_is_left_as_it_is() -> None:
    result = check_graph(source_graph(DROP, PLACES, variant={"a": True}), [BOOK.lookup("DRP101")])
    assert join_variants([((), result)]) is result
