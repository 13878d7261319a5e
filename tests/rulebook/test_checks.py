"""Checks at their boundaries: where a finding begins, and where it becomes a warning or an error."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts
from lintnet.ir import Graph, Location
from lintnet.ir.graph import Training
from lintnet.paths.notation import parse_graph
from lintnet.rulebook.checking import CheckFinding, resolve
from lintnet.rulebook.examples import graphs_of
from lintnet.rulebook.rule import Example


def _check(name: str, graph: Graph) -> list[CheckFinding]:
    return list(resolve(f"lintnet.rulebook.checks_{name}")(Facts(graph)))


def _severities(name: str, graph: Graph) -> list[str]:
    return [each.severity.name if each.severity is not None else "base" for each in _check(name, graph)]


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ((0.5, 0.5), []),
        ((0.5, 0.51), ["advice"]),
        ((0.5, 0.5, 0.5, 0.5), ["advice"]),
        ((0.5, 0.5, 0.5, 0.51), ["base"]),
    ],
)
def test_dropouts_in_series_from_a_gain_of_4_and_16(rates: tuple[float, ...], said: list[str]) -> None:
    chain = " -> ".join(f"linear -> relu -> dropout(rate={rate})" for rate in rates)
    graph = parse_graph(f"x -> {chain} -> linear -> y")
    assert _severities("dropout:cumulative_dropout", graph) == said
    for finding in _check("dropout:cumulative_dropout", graph):
        assert len(finding.witness) == len(rates)
        assert finding.anchor == finding.witness[-1]


def test_a_kernel_written_as_a_product_is_a_warning() -> None:
    name = "convolution:kernel_nearly_covers_input"
    conv = "conv(inp=1, out=8, kernel=(25, 25), stride=(1, 1), groups=1, padding='valid', layer='c')"
    graph = parse_graph(f"x[8, 1, 28, 28] -> {conv} -> relu -> y")
    assert _severities(name, graph) == ["base"]
    line = Location("net.py", 1, text="self.conv = nn.Conv2d(1, 8, 5*5)")
    nodes = tuple(node._replace(location=line) for node in graph.nodes)
    (finding,) = _check(name, graph._replace(nodes=nodes))
    assert _severities(name, graph._replace(nodes=nodes)) == ["warning"]
    assert finding.quantities == {"cover": 0.893, "weights": 5000}


def test_a_layer_that_is_called_twice_is_reported_once() -> None:
    conv = "conv(inp=1, out=1, kernel=(12, 12), stride=(1, 1), groups=1, padding='same', layer='c')"
    graph = parse_graph(f"x[8, 1, 12, 12] -> {conv} -> relu -> {conv} -> y")
    assert len(_check("convolution:kernel_nearly_covers_input", graph)) == 1


BEFORE = "conv(kernel=3, groups=1) -> batch_norm -> relu"
AFTER = "conv(kernel=3, groups=1) -> relu -> batch_norm"


@pytest.mark.parametrize(
    ("orders", "places"),
    [
        ((BEFORE, BEFORE, BEFORE, AFTER, AFTER), 2),
        ((BEFORE, BEFORE, AFTER, AFTER, AFTER), 2),
        ((BEFORE, BEFORE, AFTER), 0),
        ((BEFORE, AFTER, BEFORE, AFTER), 2),
    ],
)
def test_the_rarer_order_is_reported_from_two_places_on(orders: tuple[str, ...], places: int) -> None:
    graph = parse_graph(f"x -> {' -> '.join(orders)} -> conv(kernel=3, groups=1) -> y")
    findings = _check("normalization:mixed_batch_norm_order", graph)
    assert sum(len(each.places) for each in findings) == places
    for finding in findings:
        assert finding.values == {"before": orders.count(BEFORE), "after": orders.count(AFTER)}
        kinds = {graph.nodes[graph.nodes[place].inputs[0].node].kind for place in finding.places}
        rarer_after = orders.count(AFTER) <= orders.count(BEFORE)
        assert kinds == ({"relu"} if rarer_after else {"conv"})


@pytest.mark.parametrize(
    ("optimizer", "rate", "batch", "front_end", "said"),
    [
        ("adam", 0.1, 32, "K", ["base"]),
        ("adam", 0.099, 32, "K", []),
        ("rm_sprop", 0.5, 32, "S", ["base"]),
        ("sgd", 2.0, 32, "K", ["base"]),
        ("sgd", 1.99, 32, "K", []),
        ("sgd", 2.0, 4096, "K", []),
        ("sgd", 2.0, 4095, "K", ["base"]),
        ("adam", 1e-8, 32, "S", ["base"]),
        ("adam", 1.1e-8, 32, "S", []),
        ("adam", 1e-8, 32, "K", []),
        ("adam", 0.0, 32, "S", ["error"]),
        ("lion", 0.5, 32, "S", []),
        ("adagrad", 0.5, 32, "S", []),
    ],
)
def test_learning_rates(optimizer: str, rate: float, batch: int, front_end: str, said: list[str]) -> None:
    graph = parse_graph("x -> linear -> y -> loss(family='cross_entropy')", front_end=front_end)
    graph = graph._replace(training=Training(optimizer, rate, batch))
    assert _severities("training:learning_rate_extreme", graph) == said


def test_nothing_is_said_of_an_unknown_rate() -> None:
    assert _check("training:learning_rate_extreme", parse_graph("x -> linear -> y")) == []


def test_an_example_can_say_how_it_is_trained() -> None:
    options = (("optimizer", "adam"), ("learning_rate", "1e-3"), ("batch_size", "64"))
    (graph,) = graphs_of(Example("graph", True, "x -> linear -> y", 1, options))  # noqa: FBT003 - it is a bad one
    assert graph.training == Training("adam", 0.001, 64)


HIDDEN = "linear(inp=64, out=64, init='fan_avg', init_scale=1) -> relu"


@pytest.mark.parametrize(("layers", "said"), [(9, []), (10, ["warning"])])
def test_glorot_halves_the_energy_of_a_rectified_layer(layers: int, said: list[str]) -> None:
    graph = parse_graph(f"x -> {' -> '.join([HIDDEN] * layers)} -> linear(out=10) -> y")
    assert _severities("initialisation:init_variance_mismatch", graph) == said


@pytest.mark.parametrize(
    ("variance", "behind", "said"), [(0.25, "sigmoid", 0), (0.26, "sigmoid", 1), (0.125, "relu", 0), (0.13, "relu", 1)]
)
def test_a_fixed_spread_is_reported_above_16_and_4(variance: float, behind: str, said: int) -> None:
    graph = parse_graph(f"x -> linear(inp=64, out=64, init='normal', init_scale={variance}) -> {behind} -> linear -> y")
    assert len(_check("initialisation:init_variance_mismatch", graph)) == said
