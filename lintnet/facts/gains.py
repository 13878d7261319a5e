"""Dropouts in series: how much they multiply the energy of a signal while training.

Inverted dropout of rate q multiplies the second moment of what it passes by 1 / (1 - q), and a weight layer with
zero-mean independent weights, as at initialisation, hands a second moment on in proportion; so do rectifiers, which are
homogeneous, and other unbounded activations nearly. Along a path the factors multiply until a norm takes its own mean
and variance, until a bounded activation or a gated cell bounds the signal, or until another path joins.

Source: D. Hendrycks and K. Gimpel, "Adjusting for Dropout Variance in Batch Normalization and Weight Initialization",
arXiv:1607.02488. tests/facts/test_gains.py simulates such nets. Knows graphs; no rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import GROUPS, Unknown

if TYPE_CHECKING:
    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["Series", "dropout_series"]

# What hands an energy on in proportion. Alpha dropout keeps mean and variance, and dropping whole branches is no factor
# on any single one.
_PASSING: Final = (
    GROUPS["weight"]
    | (GROUPS["rectifier"] | {"elu", "selu", "celu", "gelu", "silu", "mish", "hard_swish", "softplus", "shrink"})
    | GROUPS["pool"]
    | GROUPS["reshaping"]
    | {"dropout", "noise", "affine", "identity", "cast", "quantize", "dequantize"}
    | {"pad", "crop", "slice", "resize", "depth_to_space", "space_to_depth", "channel_shuffle"}
)
_FORMS: Final = frozenset({"element", "channel"})


class Series(NamedTuple):
    """Dropouts that follow each other on one path, by node index in the order of the data, and their gain."""

    dropouts: tuple[int, ...]
    gain: float


def dropout_series(facts: Facts) -> tuple[Series, ...]:
    """Return the series with the largest gain for every last dropout, and of those that begin alike the largest."""
    nodes = facts.graph.nodes
    series: list[Series] = []
    followed: set[int] = set()
    for index, node in enumerate(nodes):
        above = max((series[edge.node] for edge in node.inputs), key=lambda each: each.gain, default=_NONE)
        if node.kind not in _PASSING or len(node.inputs) != 1:
            above = _NONE
        rate = _rate(node)
        if rate > 0:
            if above.dropouts:
                followed.add(above.dropouts[-1])
            above = Series((*above.dropouts, index), above.gain / (1 - rate))
        series.append(above)
    ends = [series[index] for index, node in enumerate(nodes) if _rate(node) > 0 and index not in followed]
    best: dict[int, Series] = {}
    for each in ends:
        first = each.dropouts[0]
        if first not in best or each.gain > best[first].gain:
            best[first] = each
    return tuple(best.values())


_NONE: Final = Series((), 1.0)


def _rate(node: Node) -> float:
    """Return the rate of a dropout that multiplies energy, 0 for anything else and where it is not known."""
    if node.kind != "dropout" or node.get("form") not in _FORMS or node.get("mode") == "inference":
        return 0
    rate = node.number("rate")
    return 0 if isinstance(rate, Unknown) or not 0 < rate < 1 else rate
