"""Recognisers prove what they lift: near misses stay what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.lifting import lift
from lintnet.paths.notation import parse_graph

if TYPE_CHECKING:
    from lintnet.ir import Node


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


# Norms, gates and attention


def _only(text: str) -> Node:
    """The one layer that is left."""
    (node,) = (node for node in lift(parse_graph(text)).nodes if node.is_layer)
    return node


RMS = (
    "x[9, 32] -> power(constant=2) -> reduce(function='mean', over=(-1), keepdims=true)"
    " -> affine(function='add', constant=0.000001) -> sqrt -> r\n"
)


@pytest.mark.parametrize("end", ["r -> reciprocal -> i\nx, i -> multiply -> y", "x, r -> divide -> y"])
def test_x_over_its_root_mean_square_is_an_rms_norm(end: str) -> None:
    node = _only(RMS + end)
    assert (node.kind, node.get("epsilon"), node.get("scale"), node.get("out")) == ("rms_norm", 1e-6, False, 32)


@pytest.mark.parametrize(
    "text",
    [
        RMS.replace("(-1)", "(1)") + "x, r -> divide -> y",  # another axis
        RMS.replace("'mean'", "'sum'") + "x, r -> divide -> y",
        RMS.replace("constant=2", "constant=3") + "x, r -> divide -> y",
        RMS + "r, x -> divide -> y",  # the reciprocal of it
        RMS + "x -> relu -> z\nz, r -> divide -> y",  # another tensor
        RMS + "x, r -> divide -> y\nr -> tanh -> z",  # the root is used elsewhere too
    ],
)
def test_what_is_no_rms_norm_stays(text: str) -> None:
    assert "rms_norm" not in _kinds(text)


MASK = "u -> random -> compare(function='less', constant=0.8) -> cast -> m\n"


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        (MASK + "m -> affine(function='divide', constant=0.8) -> s\nx, s -> multiply -> y", 0.2),
        (MASK + "m -> affine(function='multiply', constant=1.25) -> s\ns, x -> multiply -> y", 0.2),
        (MASK + "x, m -> multiply -> y", 0.2),
    ],
)
def test_a_random_mask_is_a_dropout(text: str, rate: float) -> None:
    (node,) = (node for node in lift(parse_graph(text)).nodes if node.kind == "dropout")
    assert node.get("rate") == pytest.approx(rate)
    assert len(node.inputs) == 1


@pytest.mark.parametrize(
    "text",
    [
        MASK + "m -> affine(function='divide', constant=0.5) -> s\nx, s -> multiply -> y",  # another scale
        MASK.replace("less", "equal") + "x, m -> multiply -> y",
        MASK + "x, m -> add -> y",
        MASK + "x, m -> multiply -> y\nm -> relu -> z",  # the mask is used elsewhere too
        "x -> compare(function='less', constant=0.8) -> cast -> m\nx, m -> multiply -> y",  # no random numbers
    ],
)
def test_what_is_no_random_mask_stays(text: str) -> None:
    assert "dropout" not in _kinds(text)


ATTENTION = (
    "q, k -> matmul -> affine(function='multiply', constant=0.125) -> softmax(over=(-1)) -> dropout(rate=0.1) -> w\n"
    "w, v -> matmul -> y"
)


def test_two_products_around_a_softmax_are_attention() -> None:
    (node,) = (node for node in lift(parse_graph(ATTENTION)).nodes if node.is_layer)
    assert (node.kind, node.get("form"), node.get("dropout")) == ("attention", "dot_product", 0.1)
    assert len(node.inputs) == 3


@pytest.mark.parametrize(
    "text",
    [
        ATTENTION.replace("(-1)", "(1)"),  # another axis, or the last of an unknown rank
        ATTENTION.replace("w, v", "v, w"),  # the weights on the other side
        ATTENTION + "\nw -> relu -> z",  # the weights are an output too
        ATTENTION.replace("q, k -> matmul", "q -> relu"),
        ATTENTION.replace("softmax(over=(-1))", "sigmoid"),
    ],
)
def test_what_is_no_attention_stays(text: str) -> None:
    assert "attention" not in _kinds(text)
