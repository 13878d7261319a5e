"""Gradients through saturating layers: bounds by slope, and the expected factor against random nets."""

from __future__ import annotations

import math

import pytest

from lintnet.facts import Facts
from lintnet.facts.stacks import gradient_at_most, gradient_expected, saturating_layers, sigmoid_layers, tanh_gradient
from lintnet.ir import GROUPS, Unknown
from lintnet.paths.notation import parse_graph


def _stack(text: str) -> tuple[Facts, tuple[int, ...], int, int]:
    graph = parse_graph(text)
    weights = [i for i, node in enumerate(graph.nodes) if node.kind in GROUPS["weight"]]
    return Facts(graph), tuple(range(weights[0], weights[-1] + 1)), weights[0], weights[-1]


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("x -> linear -> tanh -> linear -> y", 1),
        ("x -> linear -> tanh -> linear -> tanh -> y", 0),  # from the first to the last: the stack of one ends there
        ("x -> linear -> sigmoid -> dropout(rate=0.1) -> linear -> hard_sigmoid -> flatten -> linear -> y", 2),
        ("x -> linear -> sigmoid -> batch_norm -> linear -> y", 0),
        ("x -> linear -> batch_norm -> sigmoid -> linear -> y", 0),
        ("x -> linear -> relu -> linear -> y", 0),
        ("x -> conv -> tanh -> max_pool -> conv -> y", 0),
        ("x -> linear -> tanh -> a; a -> linear -> y; a -> relu -> z", 0),
    ],
)
def test_layers_of_a_whole_stack(text: str, layers: int) -> None:
    facts, _witness, first, last = _stack(text)
    if text.endswith("tanh -> y"):
        assert saturating_layers(facts, (), first, last) == 1
        assert saturating_layers(facts, (), last, last) == layers
        return
    assert saturating_layers(facts, (), first, last) == layers


def test_a_part_of_a_stack_does_not_count() -> None:
    facts, _witness, first, last = _stack("x -> linear -> tanh -> linear -> tanh -> linear -> y")
    middle = first + 2
    assert saturating_layers(facts, (), first, last) == 2
    assert saturating_layers(facts, (), first, middle) == 0
    assert saturating_layers(facts, (), middle, last) == 0


def test_the_steepest_slopes_multiply() -> None:
    facts, witness, first, last = _stack(
        "x -> linear -> sigmoid -> linear -> hard_sigmoid -> linear -> tanh -> linear -> y"
    )
    slope = max(1 / (1 + math.exp(-z)) * (1 - 1 / (1 + math.exp(-z))) for z in (x / 100 for x in range(-500, 501)))
    assert gradient_at_most(facts, witness, first, last) == pytest.approx(slope * 0.2)
    assert isinstance(gradient_expected(facts, witness, first, last), Unknown)
    assert sigmoid_layers(facts, witness, first, last) == 2


def test_tanh_alone_has_no_bound_below_one() -> None:
    facts, witness, first, last = _stack("x -> linear -> tanh -> linear -> tanh -> linear -> y")
    assert isinstance(gradient_at_most(facts, witness, first, last), Unknown)
    assert gradient_expected(facts, witness, first, last) == round(tanh_gradient(2), 3)


@pytest.mark.oracle
@pytest.mark.parametrize("layers", [1, 3, 8])
def test_the_expected_factor_is_that_of_wide_nets(layers: int) -> None:
    import numpy as np

    draw, width, samples = np.random.default_rng(0), 400, 20
    found: list[float] = []
    for _ in range(samples):
        signal = draw.standard_normal(width)
        weights = [draw.standard_normal((width, width)) / math.sqrt(width) for _ in range(layers)]
        slopes: list[np.ndarray] = []
        for weight in weights:
            signal = np.tanh(weight @ signal)
            slopes.append(1 - signal**2)
        gradient = draw.standard_normal(width)
        before = float(gradient @ gradient)
        for weight, slope in zip(reversed(weights), reversed(slopes), strict=True):
            gradient = weight.T @ (slope * gradient)
        found.append(float(gradient @ gradient) / before)
    assert tanh_gradient(layers) == pytest.approx(math.sqrt(sum(found) / samples), rel=0.04)
