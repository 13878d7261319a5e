"""The variance-shift formulas against simulation, and the table of moments against integration."""

from __future__ import annotations

import math

import pytest

from lintnet.facts import Facts
from lintnet.facts.variance import MOMENTS, direct_ratio, variance_shift, variance_shift_range, weighted_ratio
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


@pytest.mark.oracle
@pytest.mark.parametrize("keep", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (0.3989, 0.3408), (0.5, 0.0434)])
def test_formula_agrees_with_simulation(keep: float, mean: float, variance: float) -> None:
    """Inverted dropout on Gaussian inputs of the given moments, right before a norm."""
    import numpy as np

    random = np.random.default_rng(0)
    x = mean + math.sqrt(variance) * random.standard_normal(2_000_000)
    dropped = x * (random.random(x.shape) < keep) / keep
    assert direct_ratio(keep, mean, variance) == pytest.approx(x.var() / dropped.var(), rel=0.01)


@pytest.mark.oracle
@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("bias", [0.0, 0.05])
def test_formula_through_a_weight_layer_agrees_with_simulation(correlation: float, bias: float) -> None:
    """Equally correlated inputs, a weight vector with and without a common sign."""
    import numpy as np

    keep, mean, variance, width = 0.5, 0.4, 0.34, 64
    random = np.random.default_rng(1)
    weights = random.standard_normal(width) / math.sqrt(width) + bias
    spread = weights.sum() ** 2 / (weights**2).sum()
    common = random.standard_normal((100_000, 1))
    own = random.standard_normal((100_000, width))
    x = mean + math.sqrt(variance) * (math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own)
    dropped = x * (random.random(x.shape) < keep) / keep
    measured = (x @ weights).var() / (dropped @ weights).var()
    assert weighted_ratio(keep, mean, variance, correlation, spread) == pytest.approx(measured, rel=0.03)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", sorted(MOMENTS))
def test_moments_are_those_of_the_activation_on_a_standard_normal(kind: str) -> None:
    import torch
    from torch.nn import functional

    names = {"hard_swish": "hardswish"}
    z = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    weight = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    y = getattr(functional, names.get(kind, kind))(z)
    mean = float((y * weight).sum())
    assert MOMENTS[kind] == pytest.approx((mean, float((y * y * weight).sum()) - mean * mean), abs=6e-5)


def _shift(text: str, *kinds: str) -> tuple[object, object]:
    graph = parse_graph(text)
    witness = [next(i for i, node in enumerate(graph.nodes) if node.kind == kind) for kind in kinds]
    facts = Facts(graph)
    ends = witness[0], witness[-1]
    return variance_shift(facts, witness, *ends), variance_shift_range(facts, witness, *ends)


def test_direct_path_takes_the_moments_of_what_feeds_the_dropout() -> None:
    ratio, spread = _shift("x -> conv -> relu -> dropout(rate=0.5) -> batch_norm -> y", "dropout", "batch_norm")
    assert ratio == pytest.approx(0.405, abs=0.001)
    assert isinstance(spread, Unknown)


def test_a_centred_input_loses_exactly_the_keep_rate() -> None:
    ratio, _ = _shift("x -> conv -> dropout(rate=0.3) -> batch_norm -> y", "dropout", "batch_norm")
    assert ratio == pytest.approx(0.7)


def test_relu_behind_the_dropout_counts_as_if_it_stood_before() -> None:
    before, _ = _shift("x -> conv -> relu -> dropout(rate=0.5) -> batch_norm -> y", "dropout", "batch_norm")
    behind, _ = _shift("x -> conv -> dropout(rate=0.5) -> relu -> batch_norm -> y", "dropout", "relu", "batch_norm")
    assert before == behind


def test_a_weight_layer_widens_the_ratio_to_a_range_up_to_its_fan_in() -> None:
    text = "x -> conv -> relu -> dropout(rate=0.5) -> conv(inp=16, out=8, kernel=(3, 3), groups=1) -> batch_norm -> y"
    graph = parse_graph(text)
    witness = [i for i, node in enumerate(graph.nodes) if node.kind in {"dropout", "conv", "batch_norm"}][1:]
    facts = Facts(graph)
    assert variance_shift(facts, witness, witness[0], witness[-1]) == pytest.approx(0.405, abs=0.001)
    spread = variance_shift_range(facts, witness, witness[0], witness[-1])
    assert spread == pytest.approx((0.405, weighted_ratio(0.5, 0.3989, 0.3408, 0.2, 16 * 9)), abs=0.001)


@pytest.mark.parametrize(
    "between",
    ["max_pool", "tanh", "linear -> relu", "linear -> max_pool"],
)
def test_what_does_not_commute_with_dropout_is_not_quantified(between: str) -> None:
    kinds = between.split(" -> ")
    ratio, _ = _shift(f"x -> dropout(rate=0.5) -> {between} -> batch_norm -> y", "dropout", *kinds, "batch_norm")
    assert isinstance(ratio, Unknown)
