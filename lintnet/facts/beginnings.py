"""How weight layers begin: constants that stay, and what the first weights do to the energy of a signal.

For independent zero-mean weights and inputs of second moment m, a layer of fan-in n gives pre-activations of second
moment n Var(w) m, and a rectifier keeps half of it, a leaky one of slope s (1 + s^2) / 2. The gain of a layer is the
product; 1 for He initialisation with ReLU, 1/2 for Glorot and a square layer. tests/facts/test_beginnings.py simulates.

Sources: K. He et al., "Delving Deep into Rectifiers", arXiv:1502.01852, section 2.2; X. Glorot and Y. Bengio,
"Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, section 4.2. Knows graphs; no
rule.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["chain_gain", "constant_effect", "energy_factor", "next_weight", "rectified_chains", "saturated_share"]

_CONSTANT: Final = frozenset({"zeros", "ones", "constant"})
_BETWEEN: Final = (GROUPS["activation"] - {"glu", "maxout"}) | GROUPS["norm"] | GROUPS["pool"] | {"dropout", "flatten"}
_LARGEST: Final = 1e150
# Beyond it the slope of the activation is below a fiftieth of what it is at 0.
_SATURATED: Final = {"sigmoid": 5.3, "hard_sigmoid": 3.0, "tanh": 2.65}


def next_weight(facts: Facts, layer: int) -> tuple[int, tuple[int, ...]]:
    """Return the weight layer that alone reads a layer, and the nodes between; (-1, ()) where there is none."""
    between: list[int] = []
    index = layer
    while len(facts.consumers[index]) == 1:
        index = facts.consumers[index][0]
        kind = facts.node(index).kind
        if kind in GROUPS["weight"]:
            return index, tuple(between)
        if kind not in _BETWEEN and KINDS[kind].transparent == "no":
            break
        between.append(index)
    return -1, ()


def constant_effect(facts: Facts, layer: int) -> str:
    """What a constant start does to the units of a hidden layer: `dead`, `copies`, `alike at first`; empty if nothing.

    Dead: all weights and biases are zero in front of a rectifier, whose slope at 0 is 0, so that no gradient passes.
    Copies: the layer that alone reads these units begins constant as well, so that their gradients are equal for ever.
    Otherwise only what that layer, a dropout or a bias draws at random tells them apart. Nothing is said of a layer
    that no weight layer reads directly: heads, last layers of residual branches, gates, adapters.
    """
    node = facts.node(layer)
    units = node.integer("out")
    if node.kind not in GROUPS["weight"] or node.get("init") not in _CONSTANT:
        return ""
    if isinstance(units, Unknown) or units < 2:  # noqa: PLR2004 - one unit is no copy
        return ""
    following, between = next_weight(facts, layer)
    if following < 0 or facts.node(following).layer == node.layer:
        return ""
    kinds = [facts.node(index).kind for index in between]
    if node.get("init") == "zeros" and node.get("init_bias") in {0, None} and kinds[:1] == ["relu"]:
        return "dead"
    drawn = "dropout" in kinds or isinstance(node.get("init_bias"), Unknown)
    if facts.node(following).get("init") in _CONSTANT and not drawn:
        return "copies"
    return "alike at first"


def energy_factor(facts: Facts, layer: int) -> float | Unknown:
    """Fan-in times variance of the initial weights: the factor on the second moment of a signal up to the activation.

    Unknown for grouped and transposed convolutions, whose fans frameworks count in their own ways.
    """
    node = facts.node(layer)
    if node.kind not in {"linear", "conv"} or (node.kind == "conv" and node.get("groups") != 1):
        return UNKNOWN
    inp, out, scale = node.integer("inp"), node.integer("out"), node.number("init_scale")
    if isinstance(inp, Unknown):
        inp = facts.input_tensor(layer).channels
    taps = _taps(node)
    init = node.get("init")
    if init == "fan_in":
        return scale
    if isinstance(inp, Unknown) or isinstance(out, Unknown) or isinstance(taps, Unknown) or isinstance(scale, Unknown):
        return UNKNOWN
    if not 0 < inp * taps < _LARGEST or not 0 < out * taps < _LARGEST:
        return UNKNOWN
    return {
        "fan_out": scale * inp / out,
        "fan_avg": 2 * scale * inp / (inp + out),
        "normal": scale * inp * taps,
        "uniform": scale * inp * taps,
    }.get(str(init), UNKNOWN)


def _taps(node: Node) -> int | Unknown:
    if node.kind == "linear":
        return 1
    kernel = node.axes("kernel")
    if isinstance(kernel, Unknown) or any(isinstance(size, Unknown) for size in kernel):
        return UNKNOWN
    return math.prod(size for size in kernel if isinstance(size, int))


def chain_gain(facts: Facts, layer: int) -> float | Unknown:
    """Gain of a hidden layer on the energy of its signal: its factor times what the rectifier behind it keeps."""
    readers = facts.consumers[layer]
    factor = energy_factor(facts, layer)
    if len(readers) != 1 or isinstance(factor, Unknown):
        return UNKNOWN
    node = facts.node(readers[0])
    if node.kind == "relu":
        return factor / 2 if node.get("ceiling") is None else UNKNOWN
    slope = node.number("slope")
    if node.kind != "leaky_relu" or isinstance(slope, Unknown):
        return UNKNOWN
    return factor * (1 + slope * slope) / 2


def rectified_chains(facts: Facts) -> Iterator[tuple[list[int], float]]:
    """Yield hidden layers with rectifiers in a row, without norm, pool, dropout or branch between, and their gain."""
    followed: dict[int, int] = {}
    for index, node in enumerate(facts.graph.nodes):
        if node.kind in GROUPS["weight"] and not isinstance(chain_gain(facts, index), Unknown):
            following, between = next_weight(facts, index)
            plain = all(facts.node(each).kind in {"relu", "leaky_relu", "flatten"} for each in between)
            if following >= 0 and plain:
                followed[index] = following
    inner = set(followed.values())
    for start in followed:
        if start in inner:
            continue
        chain: list[int] = []
        gain, index = 1.0, start
        while index in followed:
            own = chain_gain(facts, index)
            gain *= 1.0 if isinstance(own, Unknown) else own
            chain.append(index)
            index = followed[index]
        yield chain, gain


def saturated_share(kind: str, factor: float) -> float:
    """Share of units with less than a fiftieth of the largest slope, for normal inputs of variance `factor`."""
    return math.erfc(_SATURATED[kind] / math.sqrt(2 * factor)) if factor > 0 else 0.0
