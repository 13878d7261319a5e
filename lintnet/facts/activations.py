"""What activations do to an interval of values: their ranges, what two of them in a row leave, what they make of zero.

Knows the functions and nothing of graphs beyond a node's attributes; no rule. Values are exact up to rounding to three
digits; a function with an attribute that is not known, or that acts on more than one value at a time, is unknown.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.facts.places import feeds_attention, on_output_path
from lintnet.ir import GROUPS, UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = [
    "least_value",
    "rectifies_scores",
    "stacked_activations",
    "stacked_effect",
    "value_at_zero",
    "value_range",
]


class _Interval(NamedTuple):
    """The values between two ends, which may be infinite, and whether each end belongs to it."""

    low: float
    high: float
    has_low: bool = False
    has_high: bool = False

    def __str__(self) -> str:
        """Return it as mathematics writes it: `[0, ∞)`."""
        ends = (f"{round(end, 3) + 0.0:g}".replace("inf", "∞") for end in (self.low, self.high))
        return f"{'[' if self.has_low else '('}{', '.join(ends)}{']' if self.has_high else ')'}"


_EVERYTHING: Final = _Interval(-math.inf, math.inf)


class _Curve(NamedTuple):
    """A continuous function that falls or is flat up to `lowest`, rises from there, and is flat from `highest` on."""

    at: Callable[[float], float]
    lowest: float = -math.inf
    highest: float = math.inf


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _leaky(slope: float, x: float) -> float:
    return x if x >= 0 else slope * x


def _elu(scale: float, slope: float, x: float) -> float:
    return scale * x if x >= 0 else scale * slope * math.expm1(x)


def _celu(slope: float, x: float) -> float:
    return x if x >= 0 else slope * math.expm1(x / slope)


def _clamped(low: float, high: float, x: float) -> float:
    return min(max(x, low), high)


def _hard_sigmoid(x: float) -> float:
    return _clamped(0, 1, (x + 3) / 6)


def _softsign(x: float) -> float:
    return math.copysign(1, x) if math.isinf(x) else x / (1 + abs(x))


def _log_sigmoid(x: float) -> float:
    return -_softplus(-x)


def _normal(x: float) -> float:
    """Return the distribution function of the standard normal distribution."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _tanh_of_softplus(x: float) -> float:
    return math.tanh(_softplus(x))


def _weighted(weight: Callable[[float], float], x: float) -> float:
    """Return x times a weight that is 0 at -∞ and 1 at ∞, as the smooth relatives of ReLU are written."""
    return x if x == math.inf else 0.0 if x == -math.inf else x * weight(x)


# Mean and scale of "Self-Normalizing Neural Networks", arXiv:1706.02515.
_SELU_SCALE: Final = 1.0507009873554805
_SELU_SLOPE: Final = 1.6732632423543772

_CURVES: Final[dict[str, _Curve]] = {
    "selu": _Curve(partial(_elu, _SELU_SCALE, _SELU_SLOPE)),
    "gelu": _Curve(partial(_weighted, _normal), -0.7517916),
    "silu": _Curve(partial(_weighted, _sigmoid), -1.2784645),
    "mish": _Curve(partial(_weighted, _tanh_of_softplus), -1.1924312),
    "hard_swish": _Curve(partial(_weighted, _hard_sigmoid), -1.5),
    "sigmoid": _Curve(_sigmoid),
    "hard_sigmoid": _Curve(_hard_sigmoid, -3, 3),
    "tanh": _Curve(math.tanh),
    "softplus": _Curve(_softplus),
    "softsign": _Curve(_softsign),
    "log_sigmoid": _Curve(_log_sigmoid),
}


def _curve(node: Node) -> _Curve | None:
    """Return the function of an activation, None where an attribute is not known or it takes more than one value."""
    slope = node.number("slope")
    match node.kind:
        case "relu":
            ceiling = node.get("ceiling")
            if ceiling is None:
                return _Curve(partial(_clamped, 0, math.inf), 0)
            top = node.number("ceiling")
            return None if isinstance(top, Unknown) or top <= 0 else _Curve(partial(_clamped, 0, top), 0, top)
        case "leaky_relu" if not isinstance(slope, Unknown) and slope >= 0:
            return _Curve(partial(_leaky, slope), -math.inf if slope else 0)
        case "elu" if not isinstance(slope, Unknown) and slope > 0:
            return _Curve(partial(_elu, 1.0, slope))
        case "celu" if not isinstance(slope, Unknown) and slope > 0:
            return _Curve(partial(_celu, slope))
        case "hard_tanh":
            low, high = node.number("low"), node.number("high")
            if isinstance(low, Unknown) or isinstance(high, Unknown) or low >= high:
                return None
            return _Curve(partial(_clamped, low, high), low, high)
        case _:
            return _CURVES.get(node.kind)


def _image(curve: _Curve, values: _Interval) -> _Interval:
    """Return the values that a function takes on an interval."""
    low, has_low = curve.at(values.low), values.has_low
    high, has_high = curve.at(values.high), values.has_high
    if low > high:  # on the falling side
        low, has_low, high, has_high = high, has_high, low, has_low
    if values.low < curve.lowest < values.high or curve.lowest in _ends(values):
        low, has_low = curve.at(curve.lowest), True
    if values.high > curve.highest or (values.high == curve.highest and values.has_high):
        high, has_high = curve.at(curve.highest), True
    if low == high:  # flat all along
        has_low = has_high = True
    return _Interval(low, high, has_low, has_high)


def _ends(values: _Interval) -> tuple[float, ...]:
    return (values.low,) * values.has_low + (values.high,) * values.has_high


_SIMPLEX: Final = {
    "softmax": _Interval(0, 1),
    "log_softmax": _Interval(-math.inf, 0),
}


def _range(node: Node) -> _Interval | None:
    curve = _curve(node)
    return _SIMPLEX.get(node.kind) if curve is None else _image(curve, _EVERYTHING)


def _composed(facts: Facts, first: int, second: int) -> _Interval | None:
    values, curve = _range(facts.node(first)), _curve(facts.node(second))
    return None if values is None or curve is None else _image(curve, values)


def value_range(facts: Facts, _witness: Sequence[int], node: int) -> str | Unknown:
    """The values that an activation can give, whatever it is fed with, as an interval: `[0, ∞)`."""
    values = _range(facts.node(node))
    return UNKNOWN if values is None else str(values)


_LOGITS_OF_TWO: Final = frozenset({"binary_cross_entropy"})


def least_value(facts: Facts, _witness: Sequence[int], first: int, second: int) -> float | Unknown:
    """The least probability that a sigmoid can give behind an activation; 0.5 for ReLU.

    `second` is the sigmoid, or a binary loss on logits, which holds one. Unknown for anything else.
    """
    node, values = facts.node(second), _range(facts.node(first))
    binary = node.kind == "loss" and node.get("family") in _LOGITS_OF_TWO and node.get("from_logits") is True
    if values is None or not (binary or node.kind == "sigmoid"):
        return UNKNOWN
    return round(_sigmoid(values.low), 3)


# What a function without a curve makes of zero, or of a zero among other values.
_AT_ZERO: Final = {"exp": "1", "softmax": "a share, that of the score 0"}


def value_at_zero(facts: Facts, _witness: Sequence[int], node: int) -> str | Unknown:
    """What a function emits for the input 0, in words: `0.5` for sigmoid."""
    each = facts.node(node)
    curve = _CURVES.get(each.kind)
    return f"{curve.at(0):.3g}" if curve is not None else _AT_ZERO.get(each.kind, UNKNOWN)


# Activations that no second one makes double: gates and choices, learned or unknown functions, and mere clips.
_APART: Final = frozenset({"glu", "maxout", "other_activation", "hard_tanh", "threshold", "shrink"})
_NORMALISING: Final = frozenset({"softmax", "log_softmax"})
_SCORES: Final = _NORMALISING | {"sigmoid", "log_sigmoid"}
_SQUASHING: Final = _SCORES | {"hard_sigmoid"}


def rectifies_scores(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether an activation bends scores without making probabilities of them, and is neither a gate nor a clip."""
    kind = facts.node(node).kind
    return kind in GROUPS["activation"] and kind not in _APART and kind not in _SQUASHING


def stacked_activations(facts: Facts, witness: Sequence[int], first: int, second: int) -> str:
    """How two activations in a row stand to each other: `twice the same`, `two`, or empty where there is a reason.

    Reasons: a gate or attention weights, which multiply something; a clip; a graph without weights, which is a function
    and no network; and what another question is, a softmax inside the network and the scores right behind the last
    weight layer, which become probabilities at an output.
    """
    one, two = facts.node(first), facts.node(second)
    if one.kind in _APART or two.kind in _APART or not facts.once("learns", _learns)[0]:
        return ""
    if one.kind == two.kind and one.kind in _IDEMPOTENT:
        return "twice the same"
    if feeds_attention(facts, witness, second) or (two.kind in _NORMALISING and one.kind not in _SQUASHING):
        return ""
    if two.kind in _SCORES and one.kind not in _SQUASHING and on_output_path(facts, witness, second):
        return "" if _behind_weight(facts, first) else "two"
    return "two"


_LEARNING: Final = GROUPS["weight"] | GROUPS["recurrent"] | GROUPS["barrier"] | {"embedding", "attention"}


def _learns(facts: Facts) -> tuple[bool]:
    """Whether anything in a graph has weights, or may have some."""
    return (any(node.kind in _LEARNING for node in facts.graph.nodes),)


_IDEMPOTENT: Final = frozenset({"relu", "log_softmax"})


def _behind_weight(facts: Facts, node: int) -> bool:
    """Whether a weight layer, or a norm of its result, is what a node reads."""
    source = facts.solid[node]
    if source >= 0 and facts.node(source).kind in GROUPS["norm"]:
        source = facts.solid[source]
    return source >= 0 and facts.node(source).kind in GROUPS["weight"]


def stacked_effect(facts: Facts, witness: Sequence[int], first: int, second: int) -> str:
    """What two activations in a row come to, in words: `[0.5, 1) is all they give`."""
    if stacked_activations(facts, witness, first, second) == "twice the same":
        return "one of the two changes nothing"
    values = _composed(facts, first, second)
    return "two bends where one is meant" if values is None else f"together they give {values}"
