"""What single layers do where they stand."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


def _ask(name: str, text: str, kind: str, *, front_end: str = "S") -> object:
    graph = parse_graph(text, provenance="source", front_end=front_end)
    node = next(i for i, each in enumerate(graph.nodes) if each.kind == kind)
    return compute(name, Facts(graph), (node,), (node,))


@pytest.mark.parametrize(
    ("dropout", "expected"),
    [
        ("rate=0.5, op='torch.nn.functional.dropout'", "drops"),
        ("rate=0.5, op='F.dropout2d'", "drops"),
        ("op='torch.dropout'", "drops unless its rate is 0"),
        ("rate=0, op='torch.nn.functional.dropout'", ""),
        ("rate=0.5, op='keras.layers.Dropout'", ""),
        ("rate=0.5, op='Dropout'", ""),
        ("rate=0.5, op='torchlike.dropout'", ""),
        ("rate=0.5", ""),
    ],
)
def test_what_always_drops(dropout: str, expected: str) -> None:
    assert _ask("always_on", f"x -> dropout({dropout}, mode='training') -> y", "dropout") == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x[8, 20] -> dropout(rate=0.5) -> y", 10),
        ("x[?, 20] -> dropout(rate=0.25) -> y", 15),
        ("x[8, 4, 5, 5] -> dropout(rate=0.5) -> y", 50),
        ("x[8, 4, 5, 5] -> dropout(rate=0.5, form='channel') -> y", 2),
        ("x[8, 4, ?, ?] -> dropout(rate=0.5, form='channel') -> y", 2),
        ("x[8, 20] -> dropout(rate=1) -> y", 0),
    ],
)
def test_units_that_a_dropout_leaves(text: str, kept: float) -> None:
    assert _ask("kept_units", text, "dropout") == kept


@pytest.mark.parametrize(
    "text",
    [
        "x -> dropout(rate=0.5) -> y",
        "x[8] -> dropout(rate=0.5) -> y",
        "x[8, 20] -> dropout(rate=?) -> y",
        "x[8, 20] -> dropout(rate=2) -> y",
        "x[8, 4, ?, 5] -> dropout(rate=0.5) -> y",
        "x[8, 0, 5] -> dropout(rate=0.5) -> y",
    ],
)
def test_units_that_are_not_known(text: str) -> None:
    assert isinstance(_ask("kept_units", text, "dropout"), Unknown)


def test_what_reads_an_input() -> None:
    assert _ask("at_input", "x -> dropout -> y", "dropout") is True
    assert _ask("at_input", "x -> flatten -> dropout -> y", "dropout") is True
    assert _ask("at_input", "x -> linear -> dropout -> y", "dropout") is False
    assert _ask("at_input", "random -> dropout -> y", "dropout") is False


def test_the_axis_of_a_softmax() -> None:
    assert _ask("softmax_over", "x -> softmax -> y", "softmax") == "channel"
    assert _ask("softmax_over", "x -> softmax(axis='spatial') -> y", "softmax") == "spatial"
    assert _ask("softmax_over", "x -> linear -> softmax(axis=?) -> y", "softmax") == "channel"
    assert isinstance(_ask("softmax_over", "x[8, 5, 3] -> linear -> softmax(axis=?) -> y", "softmax"), Unknown)
    assert isinstance(_ask("softmax_over", "x -> conv -> softmax(axis=?) -> y", "softmax"), Unknown)
    assert isinstance(_ask("softmax_over", "x -> softmax(axis=?) -> y", "softmax"), Unknown)


def test_the_size_of_a_simplex() -> None:
    assert _ask("simplex_size", "x -> softmax(extent=7) -> y", "softmax") == 7
    assert _ask("simplex_size", "x[8, 5] -> softmax -> y", "softmax") == 5
    assert _ask("simplex_size", "x -> linear(out=6) -> softmax(axis=?) -> y", "softmax") == 6
    assert isinstance(_ask("simplex_size", "x[8, 5] -> softmax(axis='spatial') -> y", "softmax"), Unknown)
    assert isinstance(_ask("simplex_size", "x -> relu -> softmax -> y", "softmax"), Unknown)


def test_scores_that_something_else_reads() -> None:
    assert _ask("logits_shared", "x -> linear -> softmax -> linear -> y", "softmax") is False
    assert _ask("logits_shared", "x -> linear -> s -> output\ns -> softmax -> linear -> y", "softmax") is True
    assert _ask("logits_shared", "x -> softmax -> p -> output\np -> linear -> y", "softmax") is True


@pytest.mark.parametrize(
    ("text", "front_end", "expected"),
    [
        ("x[8, 20] -> linear -> softmax -> y", "S", True),
        ("x[8, 20] -> linear -> batch_norm -> affine -> softmax -> y", "S", True),
        ("x[8, 3, 9, 9] -> conv -> softmax -> y", "S", True),
        ("x[8, 3, 9] -> conv(kernel=1, stride=1, padding='same') -> softmax -> y", "S", True),
        ("x[8, 9, 3; 2] -> linear -> softmax -> y", "S", False),
        ("x[8, 9, 3; 2] -> linear -> softmax -> y", "K", True),
        ("x -> linear -> softmax -> y", "S", False),
        ("x[20] -> linear -> softmax -> y", "S", False),
        ("x[8, 20] -> linear -> softmax -> linear -> y", "S", False),
        ("x[8, 20] -> linear -> transpose(permutation=(1, 0)) -> softmax -> y", "S", False),
        ("x[8, 20] -> softmax -> y", "S", False),
        ("x[8, 20] -> linear -> softmax -> w -> output\nw, x -> matmul -> y", "S", False),
    ],
)
def test_samples_that_compete(text: str, front_end: str, expected: bool) -> None:
    text = text.replace("conv ->", "conv(kernel=1, stride=1, padding='same', out=4) ->").replace(
        "linear ->", "linear(out=4) ->"
    )
    assert _ask("mixes_samples", text, "softmax", front_end=front_end) is expected
