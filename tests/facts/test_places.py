"""Facts about where a node stands."""

from __future__ import annotations

import pytest

from lintnet.facts import FACTS, Facts, compute
from lintnet.facts.registry import function_of
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


def _fact(name: str, text: str, kind: str) -> object:
    graph = parse_graph(text)
    node = next(i for i, each in enumerate(graph.nodes) if each.kind == kind)
    return compute(name, Facts(graph), (node,), (node,))


def test_every_registered_fact_takes_as_many_nodes_as_it_says() -> None:
    import inspect

    for name, (_, arity) in FACTS.items():
        assert len(inspect.signature(function_of(name)).parameters) == arity + 2, name


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("x[8, 3, 4, 5] -> dropout -> y", 20),
        ("x[8, 3] -> dropout -> y", 1),
    ],
)
def test_spatial_extent(text: str, extent: int) -> None:
    assert _fact("spatial_extent", text, "dropout") == extent


def test_spatial_extent_of_a_dynamic_map_is_unknown() -> None:
    assert isinstance(_fact("spatial_extent", "x[8, 3, ?, 5] -> dropout -> y", "dropout"), Unknown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x -> softmax -> s\ns, x -> matmul -> y", True),
        ("x -> softmax -> dropout(rate=0.1) -> s\ns, x -> multiply -> y", True),
        ("x -> softmax -> linear -> y", False),
        ("x -> softmax -> y", False),
    ],
)
def test_feeds_attention(text: str, expected: bool) -> None:
    assert _fact("feeds_attention", text, "softmax") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x -> softmax -> y", True),
        ("x -> softmax -> flatten -> affine -> y", True),
        ("x -> softmax -> linear -> y", False),
    ],
)
def test_on_output_path(text: str, expected: bool) -> None:
    assert _fact("on_output_path", text, "softmax") is expected


def test_gain_multiplies_along_a_path_and_a_norm_resets_it() -> None:
    text = "x -> dropout(rate=0.5) -> conv -> dropout(rate=0.5, name='last') -> y"
    graph = parse_graph(text)
    node = next(i for i, each in enumerate(graph.nodes) if each.name == "last")
    assert compute("dropout_gain", Facts(graph), (node,), (node,)) == pytest.approx(4.0)
    graph = parse_graph(text.replace("conv", "layer_norm"))
    assert compute("dropout_gain", Facts(graph), (node,), (node,)) == pytest.approx(2.0)


@pytest.mark.oracle
def test_gain_is_the_factor_on_the_second_moment() -> None:
    """Two dropouts with a zero-mean random layer between them, simulated."""
    import numpy as np

    random = np.random.default_rng(0)
    x = random.standard_normal((4000, 256))
    weights = random.standard_normal((256, 256)) / 16
    plain = ((x @ weights) ** 2).mean()
    once = x * (random.random(x.shape) < 0.5) / 0.5
    twice = once @ weights
    twice = twice * (random.random(twice.shape) < 0.8) / 0.8
    graph = parse_graph("x -> dropout(rate=0.5) -> linear -> dropout(rate=0.2, name='last') -> y")
    node = next(i for i, each in enumerate(graph.nodes) if each.name == "last")
    assert compute("dropout_gain", Facts(graph), (node,), (node,)) == pytest.approx(
        float((twice**2).mean() / plain), rel=0.02
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x -> batch_norm -> dropout -> conv -> y", True),
        ("x -> layer_norm -> dropout -> flatten -> conv -> y", True),
        ("x -> batch_norm -> relu -> dropout -> conv -> y", False),
        ("x -> batch_norm -> dropout -> relu -> conv -> y", False),
        ("x -> dropout -> conv -> y", False),
    ],
)
def test_independent_component(text: str, expected: bool) -> None:
    graph = parse_graph(text)
    kinds = [node.kind for node in graph.nodes]
    drop, weight = kinds.index("dropout"), kinds.index("conv")
    witness = tuple(range(drop, weight + 1))
    assert compute("independent_component", Facts(graph), witness, (drop, weight)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x[8, 20, 1; 2] -> softmax -> y", True),
        ("x[8, ?, 1; 2] -> softmax -> y", True),
        ("x[8, 1, 1; 2] -> softmax -> y", False),
        ("x[8, 1] -> softmax -> y", False),
        ("x[8, 20, 1; 2] -> softmax(axis='spatial') -> y", False),
        ("x -> softmax -> y", False),
    ],
)
def test_normalises_features(text: str, expected: bool) -> None:
    assert _fact("normalises_features", text, "softmax") is expected
