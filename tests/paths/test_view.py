"""What the automaton sees of a graph."""

from __future__ import annotations

from lintnet.ir import Builder, Edge, Graph, Node, Provenance, Unknown
from lintnet.paths.notation import parse_graph
from lintnet.paths.view import OPAQUE, PROVEN_IDENTITY, TRANSPARENT, View


def index(graph: Graph, name: str) -> int:
    return next(i for i, node in enumerate(graph.nodes) if node.name == name)


def test_consumers_count_edges_and_stop_at_the_unknown() -> None:
    graph = parse_graph("x -> conv as c -> relu as r -> y; c, r, r -> add as s -> unknown as u -> z; s -> tanh -> w")
    view = View(graph)
    found = {node.name: view.attribute(i, "consumers") for i, node in enumerate(graph.nodes)}
    assert found["x"] == 1
    assert found["c"] == 2
    assert found["r"] == 3, "two edges into one node and the output"
    assert isinstance(found["s"], Unknown)
    assert found["u"] == 1
    assert found["tanh_0"] == 1


def test_sole_predecessors() -> None:
    graph = parse_graph("x -> conv as c -> relu as r; c, r -> add as s; s, s -> multiply as m -> unknown as u -> y")
    view = View(graph)
    names = {node.name: [graph.nodes[p].name for p in view.sole_predecessors[i]] for i, node in enumerate(graph.nodes)}
    assert names["c"] == ["x"]
    assert names["r"] == []
    assert names["s"] == ["r"]
    assert names["m"] == [], "the same tensor twice is no sole use"
    assert names["u"] == [], "what the unknown does with it is unknown"
    assert names["y"] == ["u"]


def test_a_second_result_is_another_tensor() -> None:
    builder = Builder()
    split = builder.add("split", "s")
    one = builder.add("relu", "one", inputs=[Edge(split, 0)])
    two = builder.add("tanh", "two", inputs=[Edge(split, 1)])
    view = View(builder.finish(path="", format="graph", provenance=Provenance("training", "", "K")))
    assert view.attribute(split, "consumers") == 2
    assert view.sole_predecessors[one] == view.sole_predecessors[two] == (split,)


def test_calls_and_pseudo_attributes() -> None:
    graph = parse_graph("x -> conv(layer='a', name='n', op='Conv2D', out=4) -> relu -> conv(layer='a') -> y")
    view = View(graph)
    conv = index(graph, "n")
    assert [view.attribute(conv, name) for name in ("calls", "name", "op", "out")] == [2, "n", "Conv2D", 4]
    assert isinstance(view.attribute(conv, "inp"), Unknown)
    assert view.attribute(conv + 1, "calls") == 1
    assert View(Graph((Node("relu", "a"), Node("relu", "b")))).calls == [1, 1], "no layer is no shared layer"


def test_what_may_be_skipped() -> None:
    text = """x -> identity -> cast -> reshape -> reshape(keeps_channel=true) -> reshape(keeps_channel=?) -> squeeze
    -> dropout -> dropout(rate=0) -> dropout(rate=0.0) -> dropout(rate=0.1) -> dropout(rate=?) -> unknown -> y"""
    view = View(parse_graph(text))
    assert view.passing[1:-1] == [
        PROVEN_IDENTITY,
        TRANSPARENT,
        OPAQUE,
        TRANSPARENT,
        OPAQUE,
        TRANSPARENT,
        OPAQUE,
        PROVEN_IDENTITY,
        PROVEN_IDENTITY,
        OPAQUE,
        OPAQUE,
        OPAQUE,
    ]
