"""Ranges of activations, alone and behind each other. Torch is asked in tests/proofs/test_double_activation.py."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


def _ask(name: str, text: str, *kinds: str) -> object:
    graph = parse_graph(text)
    nodes = [next(i for i, each in enumerate(graph.nodes) if each.kind == kind) for kind in kinds]
    return compute(name, Facts(graph), tuple(nodes), tuple(nodes))


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", "[0, ∞)"),
        ("relu(ceiling=6)", "[0, 6]"),
        ("leaky_relu(slope=0.1)", "(-∞, ∞)"),
        ("leaky_relu(slope=0)", "[0, ∞)"),
        ("elu", "(-1, ∞)"),
        ("elu(slope=0.5)", "(-0.5, ∞)"),
        ("celu(slope=2)", "(-2, ∞)"),
        ("selu", "(-1.758, ∞)"),
        ("gelu", "[-0.17, ∞)"),
        ("silu", "[-0.278, ∞)"),
        ("mish", "[-0.309, ∞)"),
        ("hard_swish", "[-0.375, ∞)"),
        ("sigmoid", "(0, 1)"),
        ("hard_sigmoid", "[0, 1]"),
        ("tanh", "(-1, 1)"),
        ("hard_tanh(low=-2, high=3)", "[-2, 3]"),
        ("softplus", "(0, ∞)"),
        ("softsign", "(-1, 1)"),
        ("log_sigmoid", "(-∞, 0)"),
        ("softmax", "(0, 1)"),
        ("log_softmax", "(-∞, 0)"),
    ],
)
def test_range_of_an_activation(activation: str, expected: str) -> None:
    assert _ask("value_range", f"x -> {activation} -> y", activation.partition("(")[0]) == expected


@pytest.mark.parametrize(
    "activation",
    [
        "relu(ceiling=?)",
        "relu(ceiling=-1)",
        "leaky_relu",
        "leaky_relu(slope=-1)",
        "elu(slope=?)",
        "elu(slope=0)",
        "celu(slope=0)",
        "celu",
        "hard_tanh",
        "hard_tanh(low=2, high=1)",
        "prelu",
        "glu",
        "maxout",
        "other_activation",
    ],
)
def test_range_that_depends_on_what_is_not_known_is_unknown(activation: str) -> None:
    assert isinstance(_ask("value_range", f"x -> {activation} -> y", activation.partition("(")[0]), Unknown)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("relu", "sigmoid", "together they give [0.5, 1)"),
        ("tanh", "sigmoid", "together they give (0.269, 0.731)"),
        ("log_sigmoid", "gelu", "together they give [-0.17, 0)"),
        ("log_sigmoid", "relu", "together they give [0, 0]"),
        ("log_sigmoid", "hard_sigmoid", "together they give [0, 0.5)"),
        ("hard_tanh(low=-4, high=-1)", "silu", "two bends where one is meant"),
        ("prelu", "tanh", "two bends where one is meant"),
        ("relu", "prelu", "two bends where one is meant"),
        ("relu", "relu(ceiling=6)", "one of the two changes nothing"),
    ],
)
def test_what_two_in_a_row_come_to(first: str, second: str, expected: str) -> None:
    graph = parse_graph(f"x -> linear -> {first} -> {second} -> linear -> y")
    effect = compute("stacked_effect", Facts(graph), (2, 3), (2, 3))
    if first.startswith("hard_tanh"):
        # A clip is no activation that doubles another; its range still goes through.
        assert effect == "together they give [-0.278, -0.072]"
    else:
        assert effect == expected


@pytest.mark.parametrize(
    ("text", "first", "second", "expected"),
    [
        ("x -> linear -> relu -> tanh -> linear -> y", "relu", "tanh", "two"),
        ("x -> linear -> softmax -> sigmoid -> y", "softmax", "sigmoid", "two"),
        ("x -> lstm -> relu -> tanh -> y", "relu", "tanh", "two"),
        ("x -> unknown -> relu -> tanh -> y", "relu", "tanh", "two"),
        ("x -> relu -> tanh -> y", "relu", "tanh", ""),
        ("x -> linear -> glu -> tanh -> linear -> y", "glu", "tanh", ""),
        ("x -> linear -> tanh -> glu -> linear -> y", "tanh", "glu", ""),
        ("x -> linear -> relu -> softmax -> linear -> y", "relu", "softmax", ""),
        ("x -> linear -> sigmoid -> softmax -> linear -> y", "sigmoid", "softmax", "two"),
        ("x -> linear -> relu -> sigmoid -> y", "relu", "sigmoid", ""),
        ("x -> linear -> batch_norm -> relu -> sigmoid -> y", "relu", "sigmoid", ""),
        ("x -> linear -> h\nh, x -> add -> relu -> sigmoid -> y", "relu", "sigmoid", "two"),
        ("x -> linear -> h\nh -> softplus -> tanh -> gate\nh, gate -> multiply -> y", "softplus", "tanh", ""),
    ],
)
def test_stacked_activations(text: str, first: str, second: str, expected: str) -> None:
    assert _ask("stacked_activations", text, first, second) == expected


def test_least_probability() -> None:
    assert _ask("least_value", "x -> relu -> sigmoid -> y", "relu", "sigmoid") == 0.5
    assert _ask("least_value", "x -> tanh -> sigmoid -> y", "tanh", "sigmoid") == 0.269
    loss = "x -> relu -> y -> loss(family='{}', from_logits={})"
    assert _ask("least_value", loss.format("binary_cross_entropy", "true"), "relu", "loss") == 0.5
    for text in (loss.format("binary_cross_entropy", "false"), loss.format("cross_entropy", "true")):
        assert isinstance(_ask("least_value", text, "relu", "loss"), Unknown)
    assert isinstance(_ask("least_value", "x -> prelu -> sigmoid -> y", "prelu", "sigmoid"), Unknown)
    assert isinstance(_ask("least_value", "x -> relu -> softmax -> y", "relu", "softmax"), Unknown)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("sigmoid", "0.5"), ("hard_sigmoid", "0.5"), ("softplus", "0.693"), ("exp", "1"), ("tanh", "0")],
)
def test_value_at_zero(kind: str, expected: str) -> None:
    assert _ask("value_at_zero", f"x -> {kind} -> y", kind) == expected


def test_a_softmax_makes_a_share_of_zero_and_a_layer_nothing_that_is_known() -> None:
    assert "share" in str(_ask("value_at_zero", "x -> softmax -> y", "softmax"))
    assert isinstance(_ask("value_at_zero", "x -> linear -> y", "linear"), Unknown)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("relu", True), ("tanh", True), ("prelu", True), ("sigmoid", False), ("softmax", False), ("glu", False)],
)
def test_what_rectifies_scores(kind: str, expected: bool) -> None:
    assert _ask("rectifies_scores", f"x -> {kind} -> y", kind) is expected
    assert _ask("rectifies_scores", "x -> linear -> y", "linear") is False
