"""Recognisers prove what they lift: near misses stay what they are."""

from __future__ import annotations

import pytest

from lintnet.lifting import lift
from lintnet.paths.notation import parse_graph


def _kinds(text: str) -> list[str]:
    return [node.kind for node in lift(parse_graph(text)).nodes if node.is_layer]


def test_x_times_its_own_sigmoid_is_silu() -> None:
    assert _kinds("x -> conv -> c\nc -> sigmoid -> s\nc, s -> multiply -> y") == ["conv", "silu"]


def test_a_gate_by_another_branch_is_not_silu() -> None:
    text = "x -> conv -> a\nx -> conv -> b\na -> sigmoid -> s\nb, s -> multiply -> y"
    assert _kinds(text) == ["conv", "conv", "sigmoid", "multiply"]


def test_a_sigmoid_that_is_also_an_output_is_not_swallowed() -> None:
    assert "sigmoid" in _kinds("x -> conv -> c\nc -> sigmoid -> s\nc, s -> multiply -> y\ns -> relu -> z")


@pytest.mark.parametrize(("factor", "kinds"), [(1.0, ["silu"]), (1.702, ["affine", "sigmoid", "multiply"])])
def test_a_scaled_sigmoid_gate_is_another_function(factor: float, kinds: list[str]) -> None:
    text = f"x -> affine(function='multiply', constant={factor}) -> sigmoid -> s\nx, s -> multiply -> y"
    assert _kinds(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        # x * 0.5 * (1 + erf(x / sqrt 2)), the constant in three places
        (
            "x -> affine(function='divide', constant=1.4142135) -> erf -> affine(function='add', constant=1) -> e\n"
            "x, e -> multiply -> affine(function='multiply', constant=0.5) -> y"
        ),
        (
            "x -> affine(function='multiply', constant=0.70710677) -> erf -> affine(function='add', constant=1) -> e\n"
            "x -> affine(function='multiply', constant=0.5) -> h\nh, e -> multiply -> y"
        ),
        (
            "x -> affine(function='multiply', constant=0.70710677) -> erf -> affine(function='add', constant=1)"
            " -> affine(function='multiply', constant=0.5) -> e\nx, e -> multiply -> y"
        ),
    ],
)
def test_gelu_in_every_algebraic_form(text: str) -> None:
    assert _kinds(text) == ["gelu"]


def test_gelu_with_a_wrong_constant_stays_arithmetic() -> None:
    text = (
        "x -> affine(function='divide', constant=1.5) -> erf -> affine(function='add', constant=1) -> e\n"
        "x, e -> multiply -> affine(function='multiply', constant=0.5) -> y"
    )
    assert "gelu" not in _kinds(text)


def test_coverage_counts_the_lifted_graph() -> None:
    graph = lift(parse_graph("x -> conv -> c\nc -> sigmoid -> s\nc, s -> multiply -> y"))
    assert (graph.coverage.layers, graph.coverage.understood) == (2, 2)


def test_a_graph_without_decompositions_is_returned_as_it_is() -> None:
    graph = parse_graph("x -> conv -> relu -> y")
    assert lift(graph) is graph
