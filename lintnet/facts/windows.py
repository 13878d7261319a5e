"""What windows read of their input, and what dropout does inside a window. Knows windows and strides; no rule.

Formulas: the share of positions that a strided window never reads is 1 - Π min(1, k_eff / s) with
k_eff = d (k - 1) + 1. The expected maximum over a window of w non-negative values behind an inverted dropout of rate q
is at most (1 - q^w) / (1 - q) of the maximum without it, with equality where all values are equal (Jensen);
tests/facts/test_windows.py counts and simulates both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["pooled_gain", "smoothed_before", "unread_share", "window_size"]

_MAP_RANK: Final = 3
# A window with more positions than that is a slip of a file.
_LARGEST: Final = 1 << 40


def window_size(facts: Facts, _witness: Sequence[int], node: int) -> Size:
    """Number of positions in the window of a pool or convolution."""
    kernel = _per_axis(facts, node, facts.node(node).axes("kernel"))
    if isinstance(kernel, Unknown):
        return kernel
    product = 1
    for size in kernel:
        if isinstance(size, Unknown):
            return size
        product *= size
    return product if 0 < product < _LARGEST else UNKNOWN


def _per_axis(facts: Facts, node: int, values: tuple[Size, ...] | Unknown) -> tuple[Size, ...] | Unknown:
    """Return one value per spatial axis; a single one stands for every axis of the map, whose rank must be known."""
    if isinstance(values, Unknown) or len(values) > 1:
        return values
    rank = facts.input_tensor(node).rank
    if isinstance(rank, Unknown) or rank < _MAP_RANK:
        return values if values == (1,) else UNKNOWN
    return values * (rank - 2)


def unread_share(facts: Facts, _witness: Sequence[int], node: int) -> float | Unknown:
    """Share of the input positions that a strided window steps over, 0 to 1, borders left out of account.

    An axis of one position is read whole. A window of one row in a map of unknown height may be meant for such a map,
    as `AvgPool2d((1, 4), stride=4)` on signals is: unknown.
    """
    each = facts.node(node)
    kernel = _per_axis(facts, node, each.axes("kernel"))
    stride = _per_axis(facts, node, each.axes("stride"))
    if isinstance(kernel, Unknown) or isinstance(stride, Unknown):
        return UNKNOWN
    dilation = _dilation(each)
    axes = max(len(kernel), len(stride))
    read = 1.0
    spatial = facts.input_tensor(node).spatial
    positions = spatial if not isinstance(spatial, Unknown) and len(spatial) == axes else (UNKNOWN,) * axes
    flat = any(size == 1 for size in kernel) and any(size != 1 for size in kernel)
    for size, step, spacing, extent in zip(
        *(values * axes if len(values) == 1 else values for values in (kernel, stride, dilation)),
        positions,
        strict=False,
    ):
        if isinstance(size, Unknown) or isinstance(step, Unknown) or isinstance(spacing, Unknown) or step < 1:
            return UNKNOWN
        if extent == 1:
            continue
        if flat and size == 1 and step > 1 and isinstance(extent, Unknown):
            return UNKNOWN
        # The taps of a dilated window lie apart; it reads no more positions than it has taps.
        span = spacing * (size - 1) + 1
        read *= 1.0 if span >= step else span / step
    return round(1 - read, 3)


def _dilation(node: Node) -> tuple[Size, ...]:
    dilation = node.axes("dilation")
    return (
        (UNKNOWN,)
        if isinstance(dilation, Unknown) and "dilation" in node.attributes
        else ((1,) if isinstance(dilation, Unknown) else dilation)
    )


def smoothed_before(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a pool or a convolution of each channel by itself, as a blur is, comes right before a node."""
    source = facts.solid[node]
    if source < 0:
        return False
    before = facts.node(source)
    if before.kind in GROUPS["local_pool"]:
        return True
    groups, inp = before.integer("groups"), before.integer("inp")
    return before.kind == "conv" and not isinstance(groups, Unknown) and groups > 1 and groups == inp


def pooled_gain(facts: Facts, witness: Sequence[int], drop: int, pool: int) -> float | Unknown:
    """Greatest factor by which an elementwise dropout raises what a max pool gives in training.

    Unknown unless only rectifiers stand between the two: others do not commute with a factor.
    """
    rate, window = facts.node(drop).number("rate"), window_size(facts, witness, pool)
    between = witness[list(witness).index(drop) + 1 : list(witness).index(pool)]
    if any(facts.node(each).kind in GROUPS["activation"] - GROUPS["rectifier"] for each in between):
        return UNKNOWN
    if isinstance(rate, Unknown) or isinstance(window, Unknown) or not 0 <= rate < 1:
        return UNKNOWN
    return round((1 - rate**window) / (1 - rate), 3)
