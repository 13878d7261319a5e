"""How many positions or values there are where a layer acts, and what that leaves: maps that end, norms over one value.

Knows windows and shapes; no rule and no framework. Formulas, from arithmetic: an axis of n positions with p padded ones
has floor((n + p - k_eff) / s) + 1 positions behind a window of k_eff = d (k - 1) + 1, so none is left where
k_eff > n + p; o positions behind it need (o - 1) s + k_eff - p before it. tests/facts/test_extents.py counts them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lintnet.facts.places import spatial_extent
from lintnet.ir import GROUPS, UNKNOWN, Size, Truth, Unknown, any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = [
    "axis_windows",
    "kernel_cover",
    "kernel_weights",
    "literal_product",
    "map_before",
    "map_continues",
    "map_exhausted",
    "norm_extent",
    "norm_result",
    "smallest_input",
]

_MAP_RANK: Final = 3
_PLANE_RANK: Final = 4
# A map with fewer positions per axis is covered by any kernel; there it says nothing.
_EARLY: Final = 12
_LARGEST: Final = 1 << 40


# ------------------------------------------------------------------------------------------------------- norms


def norm_extent(facts: Facts, witness: Sequence[int], norm: int) -> Size:
    """Number of values over which a layer, group or instance norm takes its mean, per sample.

    The features of a layer norm; the channels of a group times the positions of a group norm; the positions of an
    instance norm. Unknown where one of them is, for a layer norm over several axes, and where there are none: such a
    model was made without saying how wide it is.
    """
    extent = _norm_extent(facts, witness, norm)
    return UNKNOWN if extent == 0 else extent


def _norm_extent(facts: Facts, witness: Sequence[int], norm: int) -> Size:
    node = facts.node(norm)
    if node.get("axis") != "channel":
        return UNKNOWN
    channels = node.integer("out")
    if isinstance(channels, Unknown):
        channels = facts.input_tensor(norm).channels
    if node.kind == "layer_norm":
        return channels
    rank, positions = facts.input_tensor(norm).rank, spatial_extent(facts, witness, norm)
    if isinstance(rank, Unknown) or isinstance(positions, Unknown):
        return UNKNOWN
    if node.kind == "instance_norm":
        return positions if rank >= _MAP_RANK else UNKNOWN
    groups = node.integer("groups")
    if isinstance(groups, Unknown) or isinstance(channels, Unknown) or groups < 1 or channels % groups:
        return UNKNOWN
    return channels // groups * positions


def norm_result(facts: Facts, witness: Sequence[int], norm: int) -> str | Unknown:
    """What a norm over one or two values gives, in words; unknown over more."""
    extent = norm_extent(facts, witness, norm)
    if isinstance(extent, Unknown):
        return extent
    return {
        1: "one value, so it gives a constant",
        2: "two values, so it gives the sign of their difference",
    }.get(extent, UNKNOWN)


# ------------------------------------------------------------------------------------------------------- windows


def axis_windows(facts: Facts, index: int) -> list[tuple[Size, Size, Size, Size]] | Unknown:
    """Return (positions before, effective kernel, stride, padded positions) for every spatial axis of a window.

    Padded positions of "same" padding are as many as are needed, so they are unknown here. Unknown as a whole where the
    rank of the map is.
    """
    node, tensor = facts.node(index), facts.input_tensor(index)
    own = node.outputs[0].channel if node.outputs else UNKNOWN
    sizes, channel = tensor.sizes, tensor.channel if isinstance(own, Unknown) else own
    if isinstance(sizes, Unknown) or isinstance(channel, Unknown) or len(sizes) < _MAP_RANK:
        return UNKNOWN
    before = [size for axis, size in enumerate(sizes) if axis not in {0, channel % len(sizes)}]
    count = len(before)
    kernel, stride = _spread(node, "kernel", count), _spread(node, "stride", count)
    dilation, pads = _spread(node, "dilation", count, 1), _pads(node, count)
    return [(before[axis], _effective(kernel[axis], dilation[axis]), stride[axis], pads[axis]) for axis in range(count)]


def _spread(node: Node, name: str, count: int, default: Size = UNKNOWN) -> tuple[Size, ...]:
    values = node.axes(name)
    if isinstance(values, Unknown):
        return (UNKNOWN if name in node.attributes else default,) * count
    if len(values) == 1:
        return values * count
    return values if len(values) == count else (UNKNOWN,) * count


def _pads(node: Node, count: int) -> tuple[Size, ...]:
    if node.get("padding") == "valid":
        return (0,) * count
    pads = node.axes("pads")
    if isinstance(pads, Unknown) or len(pads) != 2 * count or node.get("padding") == "same":
        return (UNKNOWN,) * count
    return tuple(_sum(pads[axis], pads[axis + count]) for axis in range(count))


def _sum(one: Size, two: Size) -> Size:
    return UNKNOWN if isinstance(one, Unknown) or isinstance(two, Unknown) else one + two


def _effective(kernel: Size, dilation: Size) -> Size:
    return UNKNOWN if isinstance(kernel, Unknown) or isinstance(dilation, Unknown) else dilation * (kernel - 1) + 1


def map_exhausted(facts: Facts, _witness: Sequence[int], layer: int) -> Truth:
    """Whether a window is larger than the padded map it slides over, so that no position is left.

    False where the map has no positions any more, since the layer before it is to blame, and with "same" padding, which
    adds as many as are needed. What a reader knows of the result counts more than the formula, which rounds down.
    """
    axes = axis_windows(facts, layer)
    if isinstance(axes, Unknown):
        return axes
    gone = any(not isinstance(before, Unknown) and before < 1 for before, *_ in axes)
    if gone or facts.node(layer).get("padding") == "same":
        return False
    spatial = facts.node(layer).outputs[0].spatial if facts.node(layer).outputs else UNKNOWN
    after = spatial if not isinstance(spatial, Unknown) and len(spatial) == len(axes) else (UNKNOWN,) * len(axes)
    return any_of(_too_large(axis, size) for axis, size in zip(axes, after, strict=True))


def _too_large(axis: tuple[Size, Size, Size, Size], after: Size) -> Truth:
    before, kernel, _stride, pads = axis
    if not isinstance(after, Unknown):
        return after < 1
    if isinstance(before, Unknown) or isinstance(kernel, Unknown) or isinstance(pads, Unknown):
        return UNKNOWN
    return kernel > before + pads


def map_before(facts: Facts, _witness: Sequence[int], layer: int) -> str | Unknown:
    """Size of the map that enters a layer: `3 x 3`."""
    axes = axis_windows(facts, layer)
    return UNKNOWN if isinstance(axes, Unknown) else _product_text([before for before, *_ in axes])


def _product_text(sizes: Sequence[Size]) -> str | Unknown:
    known = [size for size in sizes if not isinstance(size, Unknown)]
    return " x ".join(map(str, known)) if len(known) == len(sizes) else UNKNOWN


# What leaves every axis as it is.
_KEEPING: Final = (
    (GROUPS["activation"] - {"glu", "maxout"})
    | GROUPS["norm"]
    | {"identity", "cast", "quantize", "dequantize", "dropout", "noise", "affine", "clamp"}
)
_WINDOWS: Final = GROUPS["local_pool"] | {"conv"}


def smallest_input(facts: Facts, _witness: Sequence[int], layer: int) -> str | Unknown:
    """Least size of the input of the model that leaves one position behind a layer: `46 x 46`.

    Unknown unless only windows and what keeps the size of a map stand between the two.
    """
    needed: list[int] = []
    index = layer
    while True:
        node = facts.node(index)
        if node.kind == "input":
            return _product_text(needed)
        if node.kind in _WINDOWS:
            axes = axis_windows(facts, index)
            if isinstance(axes, Unknown):
                return axes
            needed = needed or [1] * len(axes)
            found = [_needed(after, axis, node) for after, axis in zip(needed, axes, strict=True)]
            needed = [size for size in found if not isinstance(size, Unknown)]
            if len(needed) < len(found):
                return UNKNOWN
        elif node.kind not in _KEEPING:
            return UNKNOWN
        if not node.inputs:
            return UNKNOWN
        index = node.inputs[0].node


def _needed(after: int, axis: tuple[Size, Size, Size, Size], node: Node) -> Size:
    _before, kernel, stride, pads = axis
    if isinstance(kernel, Unknown) or isinstance(stride, Unknown):
        return UNKNOWN
    if node.get("padding") == "same":
        size = (after - 1) * stride + 1
    elif isinstance(pads, Unknown):
        return UNKNOWN
    else:
        size = max((after - 1) * stride + kernel - pads, 1)
    return size if size < _LARGEST else UNKNOWN


def kernel_cover(facts: Facts, _witness: Sequence[int], layer: int) -> float | Unknown:
    """Least share of an axis of its map that a kernel spans, over all axes, 0 to 1 and more.

    Unknown for maps of one axis and for those with fewer than 12 positions along one.
    """
    axes = axis_windows(facts, layer)
    if isinstance(axes, Unknown) or len(axes) < _PLANE_RANK - 2:
        return UNKNOWN
    shares: list[float] = []
    for before, kernel, *_ in axes:
        if isinstance(before, Unknown) or isinstance(kernel, Unknown) or before < _EARLY:
            return UNKNOWN
        shares.append(kernel / before)
    return round(min(shares), 3)


def kernel_weights(facts: Facts, _witness: Sequence[int], layer: int) -> Size:
    """Number of weights of a convolution without its bias."""
    node, kernel = facts.node(layer), facts.node(layer).axes("kernel")
    inp, out, groups = node.integer("inp"), node.integer("out"), node.integer("groups")
    if isinstance(inp, Unknown):
        inp = facts.input_tensor(layer).channels
    if isinstance(inp, Unknown) or isinstance(out, Unknown) or isinstance(groups, Unknown):
        return UNKNOWN
    if isinstance(kernel, Unknown):
        return kernel
    count = inp * out // max(groups, 1)
    for size in kernel:
        if isinstance(size, Unknown):
            return size
        count *= size
    return count if 0 < count < _LARGEST else UNKNOWN


def map_continues(facts: Facts, _witness: Sequence[int], layer: int) -> Truth:
    """Whether a map is left behind a convolution, or another convolution of more than one tap follows somewhere."""
    spatial = facts.output_tensor(layer).spatial
    left: Truth = UNKNOWN
    if not isinstance(spatial, Unknown):
        left = any_of(UNKNOWN if isinstance(size, Unknown) else size > 1 for size in spatial)
    if left is True:
        return True
    return True if facts.once("window ahead", _window_ahead)[layer] else left


def _window_ahead(facts: Facts) -> tuple[bool, ...]:
    """Say of every node whether a convolution with a window of more than one position follows it."""
    nodes = facts.graph.nodes
    ahead = [False] * len(nodes)
    for index in range(len(nodes) - 1, -1, -1):
        kernel = nodes[index].axes("kernel") if nodes[index].kind == "conv" else ()
        wide = not isinstance(kernel, Unknown) and any(not isinstance(size, Unknown) and size > 1 for size in kernel)
        if wide or ahead[index]:
            for edge in nodes[index].inputs:
                ahead[edge.node] = True
    return tuple(ahead)


_PRODUCT: Final = r"(?<![\w.*])(\d{1,3})\s*\*\s*(\d{1,3})(?![\w.*])"


def literal_product(facts: Facts, _witness: Sequence[int], layer: int) -> bool:
    """Whether the source line of a layer writes a kernel size as a product: `5*5` for 25."""
    node = facts.node(layer)
    kernel = node.axes("kernel")
    if node.location is None or isinstance(kernel, Unknown):
        return False
    products = {int(one) * int(two) for one, two in re.findall(_PRODUCT, node.location.text)}
    return any(not isinstance(size, Unknown) and size in products for size in kernel)
