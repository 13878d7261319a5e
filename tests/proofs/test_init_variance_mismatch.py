"""INI102: what initial weights do to the energy of a signal, measured on layers that Keras made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lintnet.facts import Facts
from lintnet.facts.beginnings import chain_gain, energy_factor, saturated_share
from lintnet.ir import Unknown
from lintnet.loaders import load_file

pytestmark = pytest.mark.oracle

CASES: dict[str, dict[str, Any]] = {
    "GlorotUniform": {},
    "GlorotNormal": {},
    "HeNormal": {},
    "HeUniform": {},
    "LecunNormal": {},
    "RandomNormal": {"stddev": 0.2},
    "TruncatedNormal": {"stddev": 0.2},
    "RandomUniform": {"minval": -0.2, "maxval": 0.2},
    "VarianceScaling": {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"},
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_energy_follows_the_printed_gain(name: str, kind: str) -> None:
    import io

    import keras
    import numpy as np
    from keras import layers

    keras.utils.set_random_seed(0)
    initial = getattr(keras.initializers, name)(**CASES[name])
    shape = (300,) if kind == "dense" else (24, 24, 30)
    layer = (
        layers.Dense(200, activation="relu", kernel_initializer=initial)
        if kind == "dense"
        else layers.Conv2D(40, 3, activation="relu", kernel_initializer=initial)
    )
    model = keras.Sequential([layers.Input(shape), layer, layers.Flatten(), layers.Dense(4)])
    (graph,) = load_file(io.BytesIO(json.dumps(json.loads(model.to_json())).encode()), "model.json")
    facts = Facts(graph)
    index = next(i for i, node in enumerate(graph.nodes) if node.kind in {"linear", "conv"})
    gain = chain_gain(facts, index)
    assert not isinstance(gain, Unknown)
    x = np.random.default_rng(0).standard_normal((64, *shape)).astype(np.float32)
    found = float((keras.ops.convert_to_numpy(layer(x)) ** 2).mean())
    assert found == pytest.approx(gain, rel=0.06)


@pytest.mark.parametrize("activation", ["sigmoid", "hard_sigmoid", "tanh"])
def test_fixed_spreads_saturate_the_printed_share(activation: str) -> None:
    import numpy as np

    draw = np.random.default_rng(0)
    before = draw.standard_normal(2_000_000) * np.sqrt(20.0)
    slope = {
        "sigmoid": lambda z: 4 / (1 + np.exp(-z)) / (1 + np.exp(z)),
        "hard_sigmoid": lambda z: (np.abs(z) < 3).astype(float),
        "tanh": lambda z: 1 - np.tanh(z) ** 2,
    }[activation](before)
    assert saturated_share(activation, 20.0) == pytest.approx(float((slope < 0.02).mean()), abs=0.005)


def test_what_is_not_known_has_no_factor() -> None:
    from lintnet.paths.notation import parse_graph

    for text in (
        "x -> linear(inp=?, out=4, init='normal', init_scale=1) -> y",
        "x -> linear(inp=4, out=4) -> y",
        "x -> conv(inp=4, out=4, kernel=3, groups=4, init='fan_in', init_scale=2) -> y",
        "x -> conv(inp=4, out=4, kernel=?, groups=1, init='normal', init_scale=2) -> y",
        "x -> conv_transpose(inp=4, out=4, kernel=3, groups=1, init='fan_in', init_scale=2) -> y",
    ):
        assert isinstance(energy_factor(Facts(parse_graph(text)), 1), Unknown)
