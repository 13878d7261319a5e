"""Activations that an exporter wrote out as arithmetic: both GELUs, SiLU, Mish, hard-swish, softplus and others.

A region of elementwise operations with one tensor going in and only numbers beside it *is* a function of one
variable. It is evaluated at fixed points and compared with the known activations, so every algebraic form of
one is recognised (divided by sqrt 2 or multiplied by its reciprocal, factors in any order), and nothing that
differs from it by more than rounding of float32 constants. The two GELUs differ by 4.7e-4 at most, which the
tolerance tells apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from lintnet.ir import Edge, Unknown
from lintnet.lifting.rewrite import Lifted, Region, one_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lintnet.ir import Node, Value

__all__ = ["ROOTS", "lift_activations"]

_LARGEST_REGION: Final = 16
_TOLERANCE: Final = 2e-5
_POINTS: Final = (
    -9.0,
    -4.5,
    -3.2,
    -2.9,
    -2.2,
    -1.7,
    -1.0,
    -0.6,
    -0.2,
    0.0,
    0.15,
    0.5,
    0.9,
    1.4,
    2.2,
    2.8,
    3.1,
    4.5,
    9.0,
)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _gelu(x: float) -> float:
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _gelu_tanh(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _hard_swish(x: float) -> float:
    return x * min(max(x + 3, 0.0), 6.0) / 6


_KNOWN: Final[tuple[tuple[str, Mapping[str, Value], Callable[[float], float]], ...]] = (
    ("gelu", {"approximate": "none"}, _gelu),
    ("gelu", {"approximate": "tanh"}, _gelu_tanh),
    ("silu", {}, lambda x: x * _sigmoid(x)),
    ("mish", {}, lambda x: x * math.tanh(_softplus(x))),
    ("hard_swish", {}, _hard_swish),
    ("softplus", {}, _softplus),
    ("log_sigmoid", {}, lambda x: -_softplus(-x)),
    ("sigmoid", {}, _sigmoid),
    ("tanh", {}, math.tanh),
    ("softsign", {}, lambda x: x / (1 + abs(x))),
    ("hard_sigmoid", {}, lambda x: min(max(x / 6 + 0.5, 0.0), 1.0)),
)
_EXPECTED: Final = tuple((kind, attributes, tuple(map(known, _POINTS))) for kind, attributes, known in _KNOWN)

_UNARY: Final[dict[str, Callable[[float], float]]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "reciprocal": lambda x: 1 / x,
    "absolute": abs,
    "erf": math.erf,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "softplus": _softplus,
    "identity": lambda x: x,
    "cast": lambda x: x,
}
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}
ROOTS: Final = frozenset({"affine", "multiply", "divide", "log", "reciprocal"})
"""What the last operation of a decomposed activation can be."""

_CURVED: Final = frozenset({"exp", "erf", "sigmoid", "tanh", "softplus", "relu", "clamp", "absolute"})


def lift_activations(region: Region, root: int) -> Lifted | None:
    """Recognise an activation whose last operation is `root`; the largest region that is one wins."""
    if region.nodes[root].kind not in ROOTS or not _evaluates(region.nodes[root]):
        return None
    nodes, consumers = region.nodes, region.consumers
    inside = {root: nodes[root]}  # last first
    entering = set(nodes[root].inputs)
    curved = nodes[root].kind in _CURVED
    best: Lifted | None = None
    while True:
        if len(entering) == 1 and curved and len(inside) > 1:
            best = _as_activation(inside, root, next(iter(entering))) or best
        if len(inside) == _LARGEST_REGION:
            return best
        # The latest node before the region that can join: elementwise, and read by nobody outside.
        for index in sorted({edge.node for edge in entering}, reverse=True):
            if _evaluates(nodes[index]) and all(each in inside for each in consumers[index]):
                break
        else:
            return best
        node = inside[index] = nodes[index]
        entering = {edge for edge in entering if edge.node != index}
        # Joined latest first, so that what a node reads cannot be inside already.
        entering.update(node.inputs)
        curved = curved or node.kind in _CURVED


def _evaluates(node: Node) -> bool:
    """Whether the node is a function of numbers alone: every constant beside its inputs is one known number."""
    if node.kind in {"affine", "power"}:
        return not isinstance(one_number(node), Unknown) and len(node.inputs) == 1
    if node.kind == "relu":
        return not isinstance(node.get("ceiling"), Unknown)
    if node.kind == "clamp":
        return not isinstance(node.get("low"), Unknown) and not isinstance(node.get("high"), Unknown)
    return node.kind in _UNARY or (node.kind in _ARITHMETIC and len(node.inputs) == 2)  # noqa: PLR2004 - two operands


def _value(node: Node, values: list[float]) -> float:
    constant = one_number(node)
    if node.kind == "power" and not isinstance(constant, Unknown):
        # A negative number to a fractional power is complex: float() refuses it, and the region is no activation.
        return float(values[0] ** constant)
    if node.kind == "affine" and not isinstance(constant, Unknown):
        operation = str(node.get("function"))
        # `constant - x` and `constant / x` are written with the constant first.
        reverse = operation.startswith("reverse_")
        function = _ARITHMETIC[operation.removeprefix("reverse_")]
        return function(constant, values[0]) if reverse else function(values[0], constant)
    if node.kind in {"clamp", "relu"}:
        low, high = (0.0, node.get("ceiling")) if node.kind == "relu" else (node.get("low"), node.get("high"))
        value = values[0] if not isinstance(low, int | float) else max(values[0], float(low))
        return value if not isinstance(high, int | float) else min(value, float(high))
    if node.kind in _UNARY:
        return _UNARY[node.kind](values[0])
    return _ARITHMETIC[node.kind](values[0], values[1])


def _as_activation(inside: Mapping[int, Node], root: int, entering: Edge) -> Lifted | None:
    order = sorted(inside)
    candidates = _EXPECTED
    for number, point in enumerate(_POINTS):
        at: dict[int, float] = {}
        try:
            for index in order:
                node = inside[index]
                at[index] = _value(node, [point if edge == entering else at[edge.node] for edge in node.inputs])
        except (ArithmeticError, ValueError, KeyError, TypeError):
            return None
        measured = at[root]
        # Most regions are no activation, which the first points tell.
        candidates = tuple(
            each
            for each in candidates
            if abs(measured - each[2][number]) <= _TOLERANCE * max(1.0, abs(each[2][number]))
        )
        if not candidates:
            return None
    kind, attributes, _expected = candidates[0]
    node = inside[root]._replace(kind=kind, inputs=(entering,), attributes=attributes, parameters=())
    return Lifted(node, frozenset(inside) - {root})
