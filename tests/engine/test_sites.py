"""One place of the source is one finding, however many models and layers come from it."""

from __future__ import annotations

import dataclasses

from lintnet.engine import check_graph
from lintnet.engine.sites import join_sites
from lintnet.ir.finding import ModelResult, Severity
from lintnet.rulebook.book import load_rules
from tests.engine.graphs import at, source_graph

RULE = load_rules().lookup("DRP101")
TWICE = (
    "x -> dropout(rate=0.5, name='a.drop') -> batch_norm -> relu"
    " -> linear -> relu -> dropout(rate=0.5, name='b.drop') -> batch_norm -> y"
)
ONCE = "x -> dropout(rate=0.5, name='a.drop') -> batch_norm -> y"
PLACES = {"a.drop": at(7), "b.drop": at(7)}


def _models(*graphs: tuple[str, str, str]) -> list[ModelResult]:
    return [check_graph(source_graph(text, PLACES, path=path, qualname=name), [RULE]) for text, path, name in graphs]


def test_layers_of_one_place_are_one_finding_with_its_places() -> None:
    (model,) = join_sites(_models((TWICE, "net.py", "Net")))
    (finding,) = model.findings
    assert finding.places == ("a.drop", "b.drop")
    assert finding.sites == ()


def test_models_that_share_a_place_are_named_and_only_the_first_keeps_the_finding() -> None:
    models = join_sites(_models((ONCE, "net.py", "one"), (TWICE, "net.py", "two"), (ONCE, "other.py", "three")))
    assert [len(model.findings) for model in models] == [1, 0, 0]
    (finding,) = models[0].findings
    assert finding.sites == ("one", "two", "other.py::three")
    assert finding.places == ("a.drop",)


def test_it_stays_where_it_weighs_most() -> None:
    light, heavy = _models((ONCE, "net.py", "one"), (TWICE, "net.py", "two"))
    light = light._replace(
        findings=tuple(dataclasses.replace(each, severity=Severity.advice) for each in light.findings)
    )
    models = join_sites([light, heavy])
    assert [len(model.findings) for model in models] == [0, 1]
    (finding,) = models[1].findings
    assert finding.sites == ("two", "one")
    assert finding.places == ("a.drop", "b.drop")


def test_what_always_holds_is_said_without_a_condition() -> None:
    open_, sure = _models((ONCE, "net.py", "one"), (ONCE, "net.py", "two"))
    open_ = open_._replace(findings=tuple(dataclasses.replace(each, condition="if `a`") for each in open_.findings))
    (finding,) = join_sites([open_, sure])[1].findings
    assert finding.condition == ""


def test_other_rules_places_and_calls_stay_apart() -> None:
    graph = source_graph(TWICE, PLACES, called={"a.drop": at(20), "b.drop": at(21)})
    assert len(join_sites([check_graph(graph, [RULE])])[0].findings) == 2
    graph = source_graph(TWICE, {"a.drop": at(7), "b.drop": at(8)})
    assert len(join_sites([check_graph(graph, [RULE])])[0].findings) == 2


def test_findings_of_model_files_are_left_alone() -> None:
    graphs = [source_graph(ONCE, PLACES, path=path)._replace(format="onnx") for path in ("a.onnx", "b.onnx")]
    models = [check_graph(graph, [load_rules().lookup("HED101")]) for graph in graphs]
    assert join_sites(models) == tuple(models)
    nowhere = [check_graph(source_graph(ONCE, {}, qualname=name), [RULE]) for name in ("one", "two")]
    assert [len(model.findings) for model in join_sites(nowhere)] == [1, 1]
