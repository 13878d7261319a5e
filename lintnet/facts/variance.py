r"""Variance shift: how far dropout makes the running variance of a later batch norm wrong at inference.

With inverted dropout ``X = a * x / p``, ``a ~ Bernoulli(p)``, keep rate ``p``, and an input of mean ``c`` and
variance ``v``, batch norm stores the training variance and meets the inference variance. Their ratio is

    direct:                   D = v / ((c^2 + v)/p - c^2)
    through one weight layer: D = (v + v r (k - 1)) / ((c^2 + v)/p - c^2 + v r (k - 1))

with ``r`` the common correlation of the layer's inputs and ``k = d cos^2`` between 1 (zero-mean weights, as at
initialisation) and the fan-in ``d`` (all weights equal). 1 means no harm; the output of the norm has standard
deviation ``sqrt(D)`` at inference.

Source: X. Li, S. Chen, X. Hu, J. Yang, "Understanding the Disharmony Between Dropout and Batch Normalization by
Variance Shift", CVPR 2019, arXiv:1801.05134, section 3; the general formulas were re-derived, and
tests/facts/test_variance.py simulates them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = [
    "MOMENTS",
    "direct_ratio",
    "moments_before",
    "variance_shift",
    "variance_shift_bound",
    "variance_shift_range",
    "weighted_ratio",
]

# Mean and variance of f(z) for a standard normal z. test_variance.py integrates each of them.
MOMENTS: Final[dict[str, tuple[float, float]]] = {
    "relu": (0.3989, 0.3408),
    "elu": (0.1605, 0.6192),
    "gelu": (0.2821, 0.3456),
    "silu": (0.2066, 0.3131),
    "mish": (0.2404, 0.3945),
    "hard_swish": (0.1662, 0.3039),
    "sigmoid": (0.5, 0.0434),
    "tanh": (0.0, 0.3943),
    "softplus": (0.8061, 0.2715),
    "selu": (0.0, 1.0),
}
_CENTRED: Final = (0.0, 1.0)
# Norms that subtract a mean; their own shift starts at 0. Others (RMS, unit length) leave the mean as it was.
_CENTRING: Final = frozenset({"batch_norm", "layer_norm", "group_norm", "instance_norm"})
# Beyond it a fan-in is no number of real inputs, and no float either.
_LARGEST_FAN_IN: Final = 2**53
_MAX_CORRELATION: Final = 0.2


def direct_ratio(keep: float, mean: float, variance: float) -> float:
    """Ratio of inference to training variance right behind a dropout that keeps with probability `keep`."""
    return variance / ((mean * mean + variance) / keep - mean * mean)


def weighted_ratio(keep: float, mean: float, variance: float, correlation: float, spread: float) -> float:
    """Ratio behind one weight layer; `spread` is d cos^2, between 1 and the fan-in."""
    shared = variance * correlation * (spread - 1)
    return (variance + shared) / ((mean * mean + variance) / keep - mean * mean + shared)


def moments_before(facts: Facts, drop: int, between: Sequence[int]) -> tuple[float, float] | Unknown:
    """Mean and variance of what the dropout scales, up to a common factor, with standard normal pre-activations.

    Positively homogeneous activations behind the dropout commute with it, so the last of them counts;
    otherwise what feeds the dropout. A weight layer at initialisation and a norm give mean 0. Unknown behind
    anything else, a pool or a graph input for example.
    """
    behind = [facts.node(index) for index in between if "activation" in KINDS[facts.node(index).kind].groups]
    if behind:
        return _moments_of(behind[-1])
    source = facts.solid[drop]
    return UNKNOWN if source < 0 else _moments_of(facts.node(source))


def _moments_of(node: Node) -> tuple[float, float] | Unknown:
    slope = node.number("slope")
    if node.kind == "leaky_relu" and not isinstance(slope, Unknown):
        mean = (1 - slope) * 0.39894
        return mean, (1 + slope * slope) / 2 - mean * mean
    if node.kind == "relu" and node.get("ceiling") not in (None, 6, 6.0):
        return UNKNOWN
    if "weight" in KINDS[node.kind].groups or node.kind in _CENTRING:
        return _CENTRED
    if node.kind == "elu" and slope != 1:
        return UNKNOWN
    return MOMENTS.get(node.kind, UNKNOWN)


def _parts(facts: Facts, witness: Sequence[int]) -> tuple[float, tuple[float, float] | Unknown, Node | None] | Unknown:
    """Keep rate, moments and the weight layer between, or unknown where the formula does not hold."""
    drop = facts.node(witness[0])
    rate = drop.number("rate")
    if isinstance(rate, Unknown) or not 0 <= rate < 1:
        return UNKNOWN
    between = list(witness[1:-1])
    weights = [index for index in between if "weight" in KINDS[facts.node(index).kind].groups]
    first_weight = between.index(weights[0]) if weights else len(between)
    ahead, after = between[:first_weight], between[first_weight + 1 :]
    for index in ahead:
        node = facts.node(index)
        commutes = node.kind in GROUPS["homogeneous"] and node.get("ceiling") in (None, UNKNOWN)
        if "pool" in KINDS[node.kind].groups or ("activation" in KINDS[node.kind].groups and not commutes):
            return UNKNOWN
    if len(weights) > 1 or any({"pool", "activation"} & KINDS[facts.node(index).kind].groups for index in after):
        return UNKNOWN
    return 1 - rate, moments_before(facts, witness[0], ahead), facts.node(weights[0]) if weights else None


def variance_shift(facts: Facts, witness: Sequence[int], _drop: int, _norm: int) -> float | Unknown:
    """Ratio of inference to training variance at the batch norm that ends the witness.

    Through a weight layer the static value takes zero-mean weights, as at initialisation, since weights are
    never read; there the layer leaves the ratio as it is. Unknown with a pool, a second weight layer or an
    activation that does not commute with dropout on the way, and where the moments are not known.
    """
    parts = _parts(facts, witness)
    if isinstance(parts, Unknown):
        return parts
    keep, moments, _weight = parts
    return moments if isinstance(moments, Unknown) else round(direct_ratio(keep, *moments), 3)


def variance_shift_bound(facts: Facts, witness: Sequence[int], _drop: int, _norm: int) -> float | Unknown:
    """Greatest ratio that an input of unknown moments allows: that of mean 0, since the ratio falls as the mean grows.

    Unknown where `variance_shift` knows the ratio itself, where the formula does not hold, and behind a weight layer:
    there correlated inputs can bring the ratio back towards 1.
    """
    parts = _parts(facts, witness)
    if isinstance(parts, Unknown) or not isinstance(parts[1], Unknown) or parts[2] is not None:
        return UNKNOWN
    return round(direct_ratio(parts[0], *_CENTRED), 3)


def variance_shift_range(facts: Facts, witness: Sequence[int], _drop: int, _norm: int) -> tuple[float, float] | Unknown:
    """Least and greatest ratio through a weight layer, over correlations of 0 to 0.2 and any weights.

    Unknown for a direct path, where the ratio has no such freedom, and where the fan-in is not known.
    """
    parts = _parts(facts, witness)
    if isinstance(parts, Unknown):
        return parts
    keep, moments, weight = parts
    if weight is None or isinstance(moments, Unknown):
        return UNKNOWN
    fan_in = _fan_in(weight)
    if isinstance(fan_in, Unknown):
        return fan_in
    greatest = weighted_ratio(keep, *moments, correlation=_MAX_CORRELATION, spread=fan_in)
    return round(direct_ratio(keep, *moments), 3), round(greatest, 3)


def _fan_in(weight: Node) -> float | Unknown:
    width, groups = weight.integer("inp"), weight.integer("groups")
    if isinstance(width, Unknown):
        return width
    fan_in = width // max(groups, 1) if not isinstance(groups, Unknown) else width
    kernel = weight.axes("kernel")
    if weight.kind != "linear":
        if isinstance(kernel, Unknown):
            return kernel
        for size in kernel:
            if isinstance(size, Unknown):
                return size
            fan_in *= size
    return max(fan_in, 1) if fan_in < _LARGEST_FAN_IN else UNKNOWN
