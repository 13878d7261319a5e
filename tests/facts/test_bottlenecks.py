"""What hangs on one unit, against a search over all paths; what a head answers per step or per pixel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintnet.facts import Facts, compute
from lintnet.facts.bottlenecks import answers_per_step, one_number, per_position, shrunken_map
from lintnet.ir import Edge, Graph, Node, Tensor, Unknown
from lintnet.paths.notation import parse_graph


def _all_paths(graph: Graph, end: int) -> list[list[int]]:
    node = graph.nodes[end]
    if not node.inputs:
        return [[end]]
    return [[*path, end] for edge in node.inputs for path in _all_paths(graph, edge.node)]


@given(st.data())
def test_outputs_hang_on_one_node_if_every_path_to_them_has_it(data: st.DataObject) -> None:
    nodes = [Node("input", "x"), Node("linear", "narrow", inputs=(Edge(0),), attributes={"out": 1, "directions": 1})]
    nodes.append(Node("linear", "wide", inputs=(Edge(1),), attributes={"out": 4, "inp": 1}))
    for index in range(3, data.draw(st.integers(4, 8))):
        sources = data.draw(st.lists(st.integers(0, index - 1), min_size=1, max_size=2))
        nodes.append(Node("add", f"add_{index}", inputs=tuple(Edge(each) for each in sources)))
    ends = data.draw(st.lists(st.integers(2, len(nodes) - 1), min_size=1, max_size=2, unique=True))
    nodes += [Node("output", f"y_{index}", inputs=(Edge(index),)) for index in ends]
    graph = Graph(tuple(nodes))
    ways = [_all_paths(graph, index) for index, node in enumerate(nodes) if node.kind == "output"]
    behind = [paths for paths in ways if any(2 in path for path in paths)]
    alone = bool(behind) and all(1 in path for paths in behind for path in paths)
    assert one_number(Facts(graph), (1, 2), 1, 2) is alone


def _ask(text: str, *kinds: str) -> tuple[Facts, tuple[int, ...], list[int]]:
    graph = parse_graph(text)
    nodes = [next(i for i, node in enumerate(graph.nodes) if node.kind == kind) for kind in kinds]
    return Facts(graph), tuple(range(nodes[0], nodes[-1] + 1)), nodes


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("x[8, 3] -> linear(out=1) -> relu -> conv(inp=1) -> y", True),
        ("x[8, 3] -> linear(out=1) -> relu -> conv(inp=?) -> y", True),
        ("x[8, 3] -> linear(out=1) -> flatten -> conv(inp=?) -> y", None),
        ("x[8, 6, 3; 2] -> linear(out=1) -> flatten -> conv(inp=6) -> y", True),
        ("x[8, 6, 3; 2] -> linear(out=1) -> flatten -> conv(inp=7) -> y", False),
        ("x[8, 3] -> linear(out=1) -> softmax -> conv(inp=1) -> y", False),
        ("x[8, 3] -> linear(out=1) -> conv(inp=1) -> unknown -> y", False),
        ("x[8, 3] -> linear(out=1) -> conv(inp=1) -> a; a, e -> add -> y", False),
    ],
)
def test_one_number(text: str, one: bool | None) -> None:
    facts, witness, (narrow, wide) = _ask(text, "linear", "conv")
    found = one_number(facts, witness, narrow, wide)
    assert (None if isinstance(found, Unknown) else found) is one


@pytest.mark.parametrize(
    ("text", "kind", "positions"),
    [
        ("x[8, 3] -> linear(out=1) -> y", "linear", False),
        ("x[8, 5, 3; 2] -> linear(out=1) -> y", "linear", True),
        ("x[8, ?, 3; 2] -> linear(out=1) -> y", "linear", True),
        ("x -> linear(out=1) -> y", "linear", False),
        ("x -> conv(out=1) -> y", "conv", True),
        ("x[8, 3, 1, 1] -> conv(out=1, kernel=1, stride=1, padding='valid') -> y", "conv", False),
        ("x -> lstm(out=1, sequence=false) -> y", "lstm", False),
        ("x -> lstm(out=1, sequence=true) -> y", "lstm", True),
    ],
)
def test_one_number_per_position(text: str, kind: str, positions: bool) -> None:
    facts, witness, (node,) = _ask(text, kind)
    assert per_position(facts, witness, node) is positions


def _steps(edge: int, **attributes: object) -> Graph:
    graph = parse_graph("x[8, 20, 6; 2] -> lstm(out=32, directions=1, sequence=true) -> linear(out=1) -> y")
    head = graph.nodes[2]._replace(
        inputs=(Edge(1, edge),),
        attributes={"out": 1, **attributes},  # type: ignore[dict-item]
        outputs=graph.nodes[2].outputs,
    )
    return graph._replace(nodes=(*graph.nodes[:2], head, *graph.nodes[3:]))


def test_a_head_on_the_steps_and_one_on_the_last_state() -> None:
    assert answers_per_step(Facts(_steps(0)), (1, 2), 1, 2) is True
    assert answers_per_step(Facts(_steps(0, steps=1)), (1, 2), 1, 2) is False
    # The last state of a torch layer is its second result; its rank is 3 as well.
    state = _steps(1)
    lstm = state.nodes[1]._replace(outputs=(Tensor(), Tensor((1, 8, 32), 2)))
    facts = Facts(state._replace(nodes=(state.nodes[0], lstm, *state.nodes[2:])))
    assert facts.output_tensor(2).rank == 3
    assert answers_per_step(facts, (1, 2), 1, 2) is False


@pytest.mark.parametrize(
    ("text", "smaller"),
    [
        ("x[8, 9, 9, 3; 3] -> conv(out=4, kernel=3, stride=1, padding='valid') -> linear(out=2) -> y", True),
        ("x[8, 9, 9, 3; 3] -> conv(out=4, kernel=3, stride=1, padding='same') -> linear(out=2) -> y", False),
        ("x[8, ?, ?, 3; 3] -> conv(out=4, kernel=3, stride=2, padding='same') -> linear(out=2) -> y", True),
        ("x[8, ?, ?, 3; 3] -> conv(out=4, kernel=3, stride=2, padding='same') -> resize -> linear(out=2) -> y", None),
        ("x[8, 3, 3, 3; 3] -> conv(out=4, kernel=3, stride=1, padding='valid') -> linear(out=2) -> y", False),
        ("x[8, 9, 3; 2] -> conv(out=4, kernel=3, stride=2, padding='same') -> linear(out=2) -> y", False),
        ("x -> conv(out=4, kernel=3, stride=2, padding='same') -> linear(out=2) -> y", None),
    ],
)
def test_a_map_smaller_than_the_input(text: str, smaller: bool | None) -> None:
    facts, _witness, (layer,) = _ask(text, "linear")
    found = shrunken_map(facts, (), layer)
    assert (None if isinstance(found, Unknown) else found) is smaller


def test_the_shape_and_the_loss_of_an_output() -> None:
    text = "x[8, 9, ?, 3; 3] -> linear(out=2) -> y -> loss(family='hinge')"
    facts, _witness, nodes = _ask(text, "output")
    assert compute("output_shape", facts, (), nodes) == "(N, 9, ?, 2)"
    assert compute("known_loss", facts, (), nodes) == "hinge"
    facts, _witness, nodes = _ask("x -> linear(out=2) -> y", "output")
    assert isinstance(compute("output_shape", facts, (), nodes), Unknown)
    assert compute("known_loss", facts, (), nodes) == ""
