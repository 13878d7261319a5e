"""The semantics of paths in words: one example for each sentence of the language."""

from __future__ import annotations

import pytest

from lintnet.paths.automaton import PathSpec, compile_paths, sweep
from lintnet.paths.notation import parse_graph
from lintnet.paths.syntax import parse
from lintnet.paths.view import View
from lintnet.paths.witness import BudgetError, Match, matches


def found(path: str, graph: str, *, strict: bool = False, sole: bool = False) -> list[tuple[View, Match]]:
    view, program = View(parse_graph(graph)), compile_paths([PathSpec("p", parse(path), strict=strict, sole=sole)])
    result: list[tuple[View, Match]] = []
    for end in sweep(program, view)["p"]:
        here = [(view, match) for match in matches(program, "p", view, end)]
        assert here, "the sweep promised a match"
        result += here
    return result


def ways(path: str, graph: str, *, strict: bool = False, sole: bool = False) -> list[str]:
    """Return every match as names; skipped nodes in parentheses."""
    result: list[str] = []
    for view, match in found(path, graph, strict=strict, sole=sole):
        names = {node: view.graph.nodes[node].name for node in match.nodes}
        names |= {node: f"({view.graph.nodes[node].name})" for node in match.passed}
        result.append(" ".join(names[node] for node in sorted(names)))
    return result


@pytest.mark.parametrize(
    "graph",
    [
        "x -> conv -> dropout(rate=0.5) as d -> relu -> batch_norm as n -> y",
        "x -> dropout(rate=0.2) as d -> batch_norm as n -> y",
        "x -> dropout(rate=0.5) as d -> max_pool -> conv -> batch_norm as n -> y",
        "x -> dropout(rate=0.5) as d -> linear -> batch_norm as n -> y",
    ],
)
def test_the_running_example_fires(graph: str) -> None:
    path = (
        "dropout[rate > 0, form != 'path'] as drop -> (activation | pool)* -> (weight -> (activation | pool)*)? "
        "-> batch_norm[running] as norm"
    )
    ((view, match),) = found(path, graph)
    captured = {name: view.graph.nodes[node].name for name, node in match.captures.items() if node is not None}
    assert captured == {"drop": "d", "norm": "n"}
    for quiet in (graph.replace("0.5", "0").replace("0.2", "0"), graph.replace("rate=", "form='path', rate=")):
        assert found(path, quiet) == []
    assert found(path, graph.replace("batch_norm", "batch_norm(running=?)")) == [], "unknown is not true"
    assert found(path, graph.replace("batch_norm as", "layer_norm -> batch_norm as")) == []


def test_transparent_operations_are_skipped_unless_named_or_strict() -> None:
    graph = "x -> conv as a -> cast as c -> squeeze as s -> batch_norm as n -> y"
    assert ways("conv -> batch_norm", graph) == ["a (c) (s) n"]
    assert ways("conv -> batch_norm", graph, strict=True) == []
    assert ways("conv -> cast -> batch_norm", graph) == ["a c (s) n"]
    assert ways("conv -> (squeeze -> relu)? -> batch_norm", graph) == []
    assert ways("conv -> !squeeze* -> batch_norm", graph) == [], "an excluded kind is named too"
    assert ways("conv -> reshaping* -> batch_norm", graph) == ["a (c) s n"], "a group names its kinds"
    assert ways("conv -> reshape", "x -> conv as a -> reshape(keeps_channel=true) as r -> y") == ["a r"]
    assert ways("conv -> batch_norm", "x -> conv -> reshape -> batch_norm -> y") == []
    assert ways("conv -> batch_norm", "x -> conv as a -> reshape(keeps_channel=true) as r -> batch_norm as n -> y") == [
        "a (r) n"
    ]


def test_a_proven_identity_is_always_skipped_and_may_still_be_matched() -> None:
    graph = "x -> conv as a -> identity as i -> dropout(rate=0) as d -> relu as r -> y"
    assert ways("conv -> relu", graph) == ["a (i) (d) r"]
    assert ways("conv -> relu", graph, strict=True) == ["a (i) (d) r"]
    assert ways("conv -> dropout[rate > 0]? -> relu", graph) == ["a (i) (d) r"]
    assert ways("conv -> dropout -> relu", graph) == ["a (i) d r"]
    assert ways("identity -> identity? -> dropout", graph) == ["i d"]
    assert ways("conv -> relu", graph.replace("rate=0", "rate=?")) == []


def test_an_unknown_operation_is_a_barrier() -> None:
    graph = "x -> conv as a -> unknown as u -> relu as r -> y"
    assert ways("conv -> relu", graph) == []
    assert ways("conv -> !norm -> relu", graph) == []
    assert ways("conv -> !norm* -> relu", graph) == []
    ((_, match),) = found("conv -> . -> relu", graph)
    assert match.uncertain
    ((_, match),) = found("conv -> unknown -> relu", graph)
    assert not match.uncertain, "the rule speaks of it"
    ((_, match),) = found("conv -> . -> relu", graph.replace("unknown", "tanh"))
    assert not match.uncertain
    assert ways("conv[consumers == 1]", graph) == []
    assert ways("conv[consumers == 1]", graph.replace("unknown", "tanh")) == ["a"]


def test_the_ends_of_a_graph_are_no_operations() -> None:
    graph = "x -> softmax as s -> y -> loss(family='cross_entropy', from_logits=true, name='l')"
    assert ways(". -> softmax", graph) == []
    assert ways("!norm -> softmax", graph) == []
    assert ways("softmax -> .", graph) == []
    assert ways("^ -> softmax -> $", graph) == ["x s y"]
    assert ways("softmax -> $ -> loss[from_logits, family == 'cross_entropy']", graph) == ["s y l"]


def test_an_add_is_passed_only_if_it_is_written() -> None:
    graph = "x -> conv as a -> relu as r; a, r -> add as s -> batch_norm as n -> y"
    assert ways("conv -> batch_norm", graph) == []
    assert ways("conv -> activation? -> add -> batch_norm", graph) == ["a s n"], "shortest"
    assert ways("conv -> activation -> add -> batch_norm", graph) == ["a r s n"]


def test_sole_use_holds_on_every_edge_also_around_skipped_nodes() -> None:
    path, graph = "conv -> batch_norm", "x -> conv as a -> cast as c -> batch_norm as n -> y"
    assert ways(path, graph, sole=True) == ["a (c) n"]
    assert ways(path, graph + "\na -> relu -> z", sole=True) == []
    assert ways(path, graph + "\nc -> relu -> z", sole=True) == []
    assert ways(path, graph + "\nc -> z", sole=True) == [], "an output is a use"
    assert ways(path, graph + "\nc -> relu -> z") == ["a (c) n"]
    assert ways(path, graph + "\nn -> relu -> z", sole=True) == ["a (c) n"], "what follows the path is not on it"
    assert ways("conv -> add", "x -> conv as a; a, a -> add as s -> y", sole=True) == []


def test_every_start_and_assignment_is_found_so_that_where_can_choose() -> None:
    graph = """
    x -> linear(out=8) as near -> add as s
    x2 -> linear(out=64) as far -> relu as r -> tanh as t; t, near -> multiply as m -> linear as end -> y
    """.replace("-> add as s", "-> elu as s")
    listed = found("linear as first -> (activation | merge)* -> linear as last", graph)
    firsts = [match.captures["first"] for _, match in listed]
    view = listed[0][0]
    widths = [view.attribute(node, "out") for node in firsts if node is not None]
    assert widths == [8, 64], "the shortest witness first; a condition on the width finds the other one behind it"
    anonymous = found("linear -> (activation | merge)* -> linear as last", graph)
    assert len(anonymous) == 2, "starts count although they are not captured"


def test_one_assignment_gives_one_match_with_the_shortest_way() -> None:
    graph = "x -> conv as a -> relu as r -> tanh as t; a, t -> add as s -> y"
    assert ways("conv as c -> activation* -> add", graph) == ["a s"]
    assert ways("conv as c -> activation? as f -> activation* -> add", graph) == ["a s", "a r t s"]
    optional = found("conv as c -> activation? as f -> activation* -> add", graph)
    assert [match.captures["f"] is None for _, match in optional] == [True, False]


def test_captures_of_alternatives() -> None:
    path = "(relu as act -> conv | (tanh | elu) as act -> linear) -> batch_norm"
    ((view, match),) = found(path, "x -> elu as e -> linear -> batch_norm -> y")
    assert match.captures == {"act": match.nodes[0]}
    assert view.graph.nodes[match.nodes[0]].name == "e"


def test_repetitions_are_counted() -> None:
    def dense(count: int) -> str:
        return "x -> conv -> " + "relu -> " * count + "linear -> y"

    lengths = [bool(found("conv -> relu{2,3} -> linear", dense(count))) for count in range(6)]
    assert lengths == [False, False, True, True, False, False]
    assert [bool(found("conv -> relu+ -> linear", dense(count))) for count in range(3)] == [False, True, True]
    assert [bool(found("conv -> relu? -> linear", dense(count))) for count in range(3)] == [True, True, False]
    assert len(found("relu", dense(5))) == 5


def test_the_search_stops_at_its_budget_and_says_so() -> None:
    view = View(parse_graph("x -> " + "relu -> " * 50 + "conv -> y"))
    program = compile_paths([PathSpec("p", parse("relu as r -> relu* -> conv"))])
    (end,) = sweep(program, view)["p"]
    seen: list[Match] = []
    with pytest.raises(BudgetError, match="more than 20 states"):
        seen.extend(matches(program, "p", view, end, budget=20))
    seen.clear()
    walk = matches(program, "p", view, end, budget=20)
    first = next(walk)
    assert len(first.nodes) == 2, "what was found before is right"
    assert len(list(matches(program, "p", view, end))) == 50


def test_keys_are_distinct() -> None:
    with pytest.raises(ValueError, match="key 'p'"):
        compile_paths([PathSpec("p", parse("conv")), PathSpec("p", parse("relu"))])


def test_a_long_chain_is_swept_without_recursion() -> None:
    view = View(parse_graph("x -> conv as a -> " + "relu -> " * 5000 + "batch_norm as n -> y"))
    program = compile_paths([PathSpec("p", parse("conv -> activation* -> batch_norm"))])
    (end,) = sweep(program, view)["p"]
    (match,) = matches(program, "p", view, end)
    assert len(match.nodes) == 5002
