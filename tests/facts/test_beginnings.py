"""Initial weights: gains of single layers and chains, and when a constant start stays."""

from __future__ import annotations

import math

import pytest

from lintnet.facts import Facts
from lintnet.facts.beginnings import chain_gain, constant_effect, energy_factor, rectified_chains
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph

HE = "linear(inp=64, out=64, init='fan_in', init_scale=2)"
GLOROT = "linear(inp=64, out=64, init='fan_avg', init_scale=1)"


@pytest.mark.parametrize(
    ("layer", "gain"),
    [
        (HE, 1),
        (GLOROT, 0.5),
        ("linear(inp=64, out=192, init='fan_avg', init_scale=1)", 0.25),
        ("linear(inp=64, out=16, init='fan_out', init_scale=1)", 2),
        ("linear(inp=64, out=16, init='normal', init_scale=0.25)", 8),
        ("conv(inp=4, out=8, kernel=(3, 5), groups=1, init='uniform', init_scale=0.1)", 3),
        ("conv(inp=4, out=12, kernel=(3, 5), groups=1, init='fan_avg', init_scale=1)", 0.25),
        ("linear(inp=64, out=16, init='orthogonal', init_scale=1)", None),
    ],
)
def test_gains_of_one_layer_before_relu(layer: str, gain: float | None) -> None:
    facts = Facts(parse_graph(f"x -> {layer} -> relu -> linear -> y"))
    found = chain_gain(facts, 1)
    assert (None if isinstance(found, Unknown) else pytest.approx(found)) == gain


def test_a_leaky_rectifier_keeps_more() -> None:
    facts = Facts(parse_graph(f"x -> {HE} -> leaky_relu(slope=0.5) -> linear -> y"))
    assert chain_gain(facts, 1) == 1.25
    assert isinstance(chain_gain(Facts(parse_graph(f"x -> {HE} -> tanh -> linear -> y")), 1), Unknown)
    assert isinstance(chain_gain(Facts(parse_graph(f"x -> {HE} -> relu(ceiling=6) -> y")), 1), Unknown)


@pytest.mark.parametrize(
    ("text", "chains"),
    [
        (f"x -> {GLOROT} -> relu -> {GLOROT} -> relu -> {GLOROT} -> y", [(2, 0.25)]),
        (f"x -> {GLOROT} -> relu -> batch_norm -> {GLOROT} -> relu -> {GLOROT} -> y", [(1, 0.5)]),
        (f"x -> {GLOROT} -> relu -> dropout(rate=0.5) -> {GLOROT} -> y", []),
        (f"x -> {GLOROT} -> relu -> a; a -> {GLOROT} -> y; a -> {GLOROT} -> z", []),
        (f"x -> {GLOROT} -> {GLOROT} -> y", []),
    ],
)
def test_chains_end_where_the_energy_is_changed_otherwise(text: str, chains: list[tuple[int, float]]) -> None:
    facts = Facts(parse_graph(text))
    assert [(len(chain), gain) for chain, gain in rectified_chains(facts)] == chains


@pytest.mark.oracle
def test_the_gain_of_a_chain_is_that_of_random_nets() -> None:
    import numpy as np

    layers = [("fan_avg", 1.0, 96, 64), ("normal", 0.02, 64, 128), ("fan_in", 2.0, 128, 48)]
    parts = (f"linear(inp={i}, out={o}, init='{kind}', init_scale={scale}) -> relu" for kind, scale, i, o in layers)
    facts = Facts(parse_graph(f"x -> {' -> '.join(parts)} -> linear -> y"))
    ((chain, gain),) = rectified_chains(facts)
    assert len(chain) == 3
    draw = np.random.default_rng(0)
    ratios: list[float] = []
    for _ in range(400):
        signal = draw.standard_normal(96)
        before = float((signal**2).mean())
        for kind, scale, inp, out in layers:
            variance = {"fan_avg": 2 * scale / (inp + out), "normal": scale, "fan_in": scale / inp}[kind]
            signal = np.maximum(math.sqrt(variance) * draw.standard_normal((out, inp)) @ signal, 0)
        ratios.append(float((signal**2).mean()) / before)
    assert gain == pytest.approx(sum(ratios) / len(ratios), rel=0.08)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("x -> linear(out=4, init='zeros', init_bias=0) -> relu -> linear(init='fan_in') -> y", "dead"),
        ("x -> linear(out=4, init='zeros', init_bias=none) -> relu -> linear(init='fan_in') -> y", "dead"),
        ("x -> linear(out=4, init='zeros') -> relu -> linear(init='fan_in') -> y", "alike at first"),
        ("x -> linear(out=4, init='zeros', init_bias=0) -> gelu -> linear(init='fan_in') -> y", "alike at first"),
        ("x -> linear(out=4, init='ones', init_bias=0) -> gelu -> linear(init='ones') -> y", "copies"),
        ("x -> linear(out=4, init='ones') -> gelu -> linear(init='ones') -> y", "alike at first"),
        (
            "x -> linear(out=4, init='ones', init_bias=0) -> dropout(rate=0.5) -> linear(init='ones') -> y",
            "alike at first",
        ),
        ("x -> linear(out=1, init='ones', init_bias=0) -> gelu -> linear(init='ones') -> y", ""),
        ("x -> linear(init='ones', init_bias=0) -> gelu -> linear(init='ones') -> y", ""),
        ("x -> linear(out=4, init='ones', init_bias=0) -> gelu -> y", ""),
        ("x -> linear(out=4, init='ones', init_bias=0) -> a; a -> linear(init='ones') -> y; a -> relu -> z", ""),
        ("x -> linear(out=4, init='ones', layer='l') -> gelu -> linear(out=4, init='ones', layer='l') -> y", ""),
    ],
)
def test_what_becomes_of_a_constant_start(text: str, effect: str) -> None:
    assert constant_effect(Facts(parse_graph(text)), 1) == effect


def test_unknown_widths_give_no_factor() -> None:
    facts = Facts(parse_graph("x[8, 12] -> linear(out=4, init='normal', init_scale=2) -> y"))
    assert energy_factor(facts, 1) == 24
    facts = Facts(parse_graph("x -> linear(out=4, init='normal', init_scale=2) -> y"))
    assert isinstance(energy_factor(facts, 1), Unknown)
