"""Layers in a row without norm or shortcut: what passes through them, forward and backward.

Knows graphs; no rule. A sigmoid passes at most a quarter of a gradient, since its slope is s (1 - s) <= 1/4; a hard
sigmoid at most a fifth. A tanh passes at most all of it: there the factor is that of a wide net at Glorot
initialisation, whose weights keep the variance q of a signal, q -> E[tanh(sqrt(q) z)^2] and gradients shrink by
E[tanh'(sqrt(q) z)^2] per layer, z standard normal (X. Glorot and Y. Bengio, "Understanding the difficulty of training
deep feedforward neural networks", AISTATS 2010, section 4.2, without its linear approximation; B. Poole et al.,
"Exponential expressivity in deep neural networks through transient chaos", arXiv:1606.05340).
tests/facts/test_stacks.py simulates such nets.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = ["gradient_at_most", "gradient_expected", "saturating_layers", "sigmoid_layers", "tanh_gradient"]

_SATURATING: Final = frozenset({"sigmoid", "hard_sigmoid", "tanh"})
_STEEPEST: Final = {"sigmoid": 0.25, "hard_sigmoid": 0.2, "tanh": 1.0}
_BETWEEN: Final = frozenset({"dropout", "flatten"})
_LONGEST: Final = 1000


def saturating_layers(facts: Facts, _witness: Sequence[int], first: int, last: int) -> int:
    """Number of hidden layers from one weight layer to the next but their last, if each ends in sigmoid or tanh.

    The whole stack only: 0 where it begins before `first` or goes on behind `last`. Hidden layers are weight layers
    right before such an activation, with dropout and flatten at most before the next one and no second reader.
    """
    runs = facts.once("saturating runs", _runs)
    goes_on = facts.once("saturating goes on", _goes_on)
    return runs[last] if not runs[first] and not goes_on[last] else 0


def _runs(facts: Facts) -> tuple[int, ...]:
    """Say of every weight layer how many saturating layers in a row end right before it."""
    counts = [0] * len(facts.graph.nodes)
    for index in range(len(counts)):
        before = _layer_before(facts, index)
        counts[index] = counts[before] + 1 if before >= 0 else 0
    return tuple(counts)


def _goes_on(facts: Facts) -> tuple[bool, ...]:
    found = [False] * len(facts.graph.nodes)
    for index in range(len(found)):
        before = _layer_before(facts, index)
        if before >= 0:
            found[before] = True
    return tuple(found)


def _layer_before(facts: Facts, index: int) -> int:
    """Return the weight layer that a weight layer reads through one saturating activation, -1 if there is none."""
    node = facts.node(index)
    if node.kind not in GROUPS["weight"] or not node.inputs:
        return -1
    source = _sole(facts, index)
    while source >= 0 and (facts.node(source).kind in _BETWEEN or KINDS[facts.node(source).kind].transparent != "no"):
        source = _sole(facts, source)
    if source < 0 or facts.node(source).kind not in _SATURATING:
        return -1
    layer = _sole(facts, source)
    return layer if layer >= 0 and facts.node(layer).kind in GROUPS["weight"] else -1


def _sole(facts: Facts, index: int) -> int:
    """Return the node whose result only this one reads, -1 if others read it as well or there is none."""
    inputs = facts.node(index).inputs
    if len(inputs) != 1 or len(facts.consumers[inputs[0].node]) != 1:
        return -1
    return inputs[0].node


def sigmoid_layers(facts: Facts, witness: Sequence[int], _first: int, _last: int) -> int:
    """Number of sigmoids and hard sigmoids on the witness."""
    return sum(facts.node(index).kind in {"sigmoid", "hard_sigmoid"} for index in witness)


def gradient_at_most(facts: Facts, witness: Sequence[int], _first: int, _last: int) -> float | Unknown:
    """Greatest factor on a gradient by the activations of the witness alone; unknown without a sigmoid."""
    slopes = [_STEEPEST[facts.node(index).kind] for index in witness if facts.node(index).kind in _SATURATING]
    return float(f"{math.prod(slopes):.3g}") if any(slope < 1 for slope in slopes) else UNKNOWN


def gradient_expected(facts: Facts, witness: Sequence[int], _first: int, _last: int) -> float | Unknown:
    """Expected factor on a gradient through tanh layers at Glorot initialisation; unknown with a sigmoid."""
    kinds = [facts.node(index).kind for index in witness if facts.node(index).kind in _SATURATING]
    if not kinds or set(kinds) != {"tanh"}:
        return UNKNOWN
    return round(tanh_gradient(min(len(kinds), _LONGEST)), 3)


def tanh_gradient(layers: int) -> float:
    """Root mean square factor on a gradient through so many wide tanh layers, inputs of variance 1, square weights."""
    variance, factor = 1.0, 1.0
    for _ in range(layers):
        values = [math.tanh(math.sqrt(variance) * z) ** 2 for z in _POINTS]
        variance = math.fsum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True))
        factor *= math.fsum(weight * (1 - value) ** 2 for weight, value in zip(_WEIGHTS, values, strict=True))
    return math.sqrt(factor)


# The trapezoidal rule over a normal density is exact to rounding for functions this smooth.
_STEP: Final = 0.05
_POINTS: Final = [index * _STEP for index in range(-160, 161)]
_WEIGHTS: Final = [_STEP * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in _POINTS]
