"""Two poolings in a row: the one pool that they amount to.

Knows windows; no rule. Formula: windows k1 and k2 with strides s1 and s2 read k1 + (k2 - 1) s1 positions and step by
s1 s2; for two max pools the composition is that pool exactly. tests/facts/test_pools.py compares it with both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts.extents import axis_windows
from lintnet.ir import UNKNOWN, Size, Truth, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = ["joint_step", "joint_stride", "joint_window", "least_side", "lost_positions", "pools_in_series"]

# A pool with a larger window, over a map of unknown size, may be the global one of an old model.
_SMALL: Final = 3


def _joint(facts: Facts, first: int, second: int) -> list[tuple[int, int]] | Unknown:
    """Return (window, stride) per axis of the pool that the two amount to."""
    one, two = _windows(facts, first), _windows(facts, second)
    if isinstance(one, Unknown) or isinstance(two, Unknown):
        return UNKNOWN
    if 1 in {len(one), len(two)}:
        one, two = one * max(len(two), 1), two * max(len(one), 1)
    if len(one) != len(two):
        return UNKNOWN
    return [(k1 + (k2 - 1) * s1, s1 * s2) for (k1, s1), (k2, s2) in zip(one, two, strict=True)]


def _windows(facts: Facts, pool: int) -> list[tuple[int, int]] | Unknown:
    node = facts.node(pool)
    kernel, stride, dilation = node.axes("kernel"), node.axes("stride"), node.axes("dilation")
    if isinstance(kernel, Unknown) or isinstance(stride, Unknown):
        return UNKNOWN
    spacing = ((UNKNOWN if "dilation" in node.attributes else 1),) if isinstance(dilation, Unknown) else dilation
    axes = max(len(kernel), len(stride))
    found: list[tuple[int, int]] = []
    for size, step, gap in zip(*(_repeat(each, axes) for each in (kernel, stride, spacing)), strict=False):
        if isinstance(size, Unknown) or isinstance(step, Unknown) or isinstance(gap, Unknown) or gap != 1:
            return UNKNOWN
        found.append((size, step))
    return found if len(found) == axes else UNKNOWN


def _repeat(values: tuple[Size, ...], count: int) -> tuple[Size, ...]:
    return values * count if len(values) == 1 else values


def pools_in_series(facts: Facts, _witness: Sequence[int], first: int, second: int) -> Truth:
    """Whether two pools slide over the same axes and positions are left for the second one to choose from.

    False where the second covers its map: it is a global pool by another name, which is how old models end. Over a map
    of unknown size only windows of at most 3 positions are taken to be local.
    """
    joint = _joint(facts, first, second)
    if isinstance(joint, Unknown):
        return joint
    one, two = facts.input_tensor(first).rank, facts.input_tensor(second).rank
    if not isinstance(one, Unknown) and not isinstance(two, Unknown) and one != two:
        return False
    axes = axis_windows(facts, second)
    if not isinstance(axes, Unknown) and all(isinstance(size, int) and isinstance(k, int) for size, k, *_ in axes):
        return not all(k >= size for size, k, *_ in axes if isinstance(size, int) and isinstance(k, int))
    windows = _windows(facts, second)
    if isinstance(windows, Unknown):
        return windows
    return True if all(size <= _SMALL for size, _step in windows) else UNKNOWN


def joint_window(facts: Facts, _witness: Sequence[int], first: int, second: int) -> str | Unknown:
    """Window of the pool that two amount to: `6 x 6`."""
    joint = _joint(facts, first, second)
    return joint if isinstance(joint, Unknown) else " x ".join(str(window) for window, _ in joint)


def joint_stride(facts: Facts, _witness: Sequence[int], first: int, second: int) -> str | Unknown:
    """Stride of the pool that two amount to: `4 x 4`."""
    joint = _joint(facts, first, second)
    return joint if isinstance(joint, Unknown) else " x ".join(str(step) for _, step in joint)


def joint_step(facts: Facts, _witness: Sequence[int], first: int, second: int) -> Size:
    """Largest step of the pool that two amount to, over its axes."""
    joint = _joint(facts, first, second)
    return joint if isinstance(joint, Unknown) else max(step for _, step in joint)


def lost_positions(facts: Facts, _witness: Sequence[int], first: int, second: int) -> float | Unknown:
    """Share of the positions before two pools that is gone behind them, 0 to 1."""
    joint = _joint(facts, first, second)
    if isinstance(joint, Unknown):
        return joint
    left = 1.0
    for _, step in joint:
        left /= max(step, 1)
    return round(1 - left, 3)


def least_side(facts: Facts, _witness: Sequence[int], layer: int) -> Size:
    """Number of positions along the shortest axis of the map that enters a layer."""
    axes = axis_windows(facts, layer)
    if isinstance(axes, Unknown):
        return axes
    known = [size for size, *_ in axes if not isinstance(size, Unknown)]
    return min(known) if len(known) == len(axes) else UNKNOWN
