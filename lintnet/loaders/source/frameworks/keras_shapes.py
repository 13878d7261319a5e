"""Sizes of what Keras layers and operators return, as far as programs ask: `x.shape[1]`, what `Flatten` leaves.

Knows calls and tensors, no class name. A saved model records its sizes and the facts compute the rest of them; here
stands what neither of them has to know.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from lintnet.facts.shapes import infer_tensors
from lintnet.ir import UNKNOWN, Edge, Graph, Node, Size, Tensor, Unknown
from lintnet.loaders.keras.layers import read_axis

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.keras.call import Attributes, Call

__all__ = ["result_sizes"]

Sizes: TypeAlias = tuple[Size, ...]
_LARGEST: Final = 1 << 53


def result_sizes(
    call: Call, kind: str, attributes: Attributes, result: tuple[Tensor, Size], *, operator: bool = False
) -> Sizes | Unknown:
    """Return the sizes of the first result of a call of a layer, or of an operator, batch first; or unknown."""
    inputs = [signal.tensor.sizes for signal in call.inputs]
    known = [sizes for sizes in inputs if not isinstance(sizes, Unknown)]
    if not known or isinstance(inputs[0], Unknown):
        return UNKNOWN
    rule = _OPERATORS.get(kind) if operator else _LAYERS.get(kind)
    if rule is not None:
        found = rule(call, attributes, inputs[0])
        return found if isinstance(found, Unknown) else tuple(_bounded(size) for size in found)
    own = result[0].sizes
    if not isinstance(own, Unknown) and not any(isinstance(size, Unknown) for size in own[1:]):
        return own
    nodes = [Node("input", "", outputs=(signal.tensor,)) for signal in call.inputs]
    edges = tuple(Edge(index) for index in range(len(nodes)))
    nodes.append(Node(kind, "", inputs=edges, outputs=(result[0],), attributes=attributes))
    return infer_tensors(Graph(tuple(nodes)))[-1][0].sizes


def _bounded(size: Size) -> Size:
    return size if isinstance(size, Unknown) or 0 <= size < _LARGEST else UNKNOWN


def _plus(*sizes: Size) -> Size:
    total = 0
    for size in sizes:
        if isinstance(size, Unknown):
            return UNKNOWN
        total += size
    return total


def _spatial(sizes: Sizes, channel: int | Unknown) -> list[int] | None:
    if isinstance(channel, Unknown) or len(sizes) < 3:
        return None
    channel %= len(sizes)
    return [axis for axis in range(1, len(sizes)) if axis != channel]


def _channel(call: Call) -> int | Unknown:
    form = call.config.first("data_format", "dim_ordering").text("")
    if form in {"channels_first", "th"}:
        return 1
    return -1 if form in {"channels_last", "tf"} else call.layout


def _each(
    call: Call, sizes: Sizes, change: Callable[[int, Size], Size], channel: int | Unknown | None = None
) -> Sizes | Unknown:
    """Change every spatial size; `change` gets the position among them."""
    axes = _spatial(sizes, _channel(call) if channel is None else channel)
    if axes is None:
        return UNKNOWN
    result = list(sizes)
    for position, axis in enumerate(axes):
        result[axis] = change(position, sizes[axis])
    return tuple(result)


def _at(values: object, position: int, default: Size = UNKNOWN) -> Size:
    """Return one entry of an attribute per axis."""
    if not isinstance(values, tuple) or position >= len(values):  # pyright: ignore[reportUnknownArgumentType]
        return default
    value: object = values[position]  # pyright: ignore[reportUnknownVariableType]
    return value if isinstance(value, int) else UNKNOWN


def _conv_transpose(call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    extra = call.config["output_padding"]
    spatial = len(sizes) - 2
    more = (0,) * spatial if extra.missing else extra.axes(spatial)

    def grow(position: int, size: Size) -> Size:
        kernel, stride = _at(attributes.get("kernel"), position), _at(attributes.get("stride"), position)
        dilation, added = _at(attributes.get("dilation"), position, 1), _at(more, position)
        if isinstance(size, Unknown) or isinstance(stride, Unknown):
            return UNKNOWN
        padding = attributes.get("padding")
        if extra.missing and padding == "same":
            return size * stride
        if isinstance(kernel, Unknown) or isinstance(dilation, Unknown) or isinstance(added, Unknown):
            return UNKNOWN
        wide = (kernel - 1) * dilation + 1
        if extra.missing:
            return size * stride + max(wide - stride, 0) if padding == "valid" else UNKNOWN
        around = 2 * (wide // 2) if padding == "same" else 0
        return (size - 1) * stride + wide - around + added

    result = _each(call, sizes, grow)
    if isinstance(result, Unknown):
        return result
    return _with(result, _channel(call), attributes.get("out"))


def _with(sizes: Sizes, axis: int | Unknown, size: object) -> Sizes | Unknown:
    if isinstance(axis, Unknown):
        return UNKNOWN
    result = list(sizes)
    result[axis] = size if isinstance(size, int) else UNKNOWN
    return tuple(result)


def _pad(call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    pads = attributes.get("pads")
    if not isinstance(pads, tuple):
        return UNKNOWN
    half = len(pads) // 2
    channel = -1 if half == 1 else None

    def grow(position: int, size: Size) -> Size:
        return _plus(size, _at(pads, position), _at(pads, position + half))

    return _each(call, sizes, grow, channel)


def _crop(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    value = call.config["cropping"]
    spatial = len(sizes) - 2
    default = 0 if spatial == 2 else 1
    pairs: list[tuple[Size, Size]] = []
    if value.is_list:
        items = value.items()
        if spatial == 1 and len(items) == 2 and not items[0].is_list:
            pairs = [(items[0].integer(), items[1].integer())]
        else:
            for item in items:
                sides = item.axes(2)
                pairs.append((UNKNOWN, UNKNOWN) if isinstance(sides, Unknown) else (sides[0], sides[1]))
    else:
        each = value.integer(default)
        pairs = [(each, each)] * spatial
    if len(pairs) != spatial:
        return UNKNOWN

    def shrink(position: int, size: Size) -> Size:
        return _plus(size, *(each if isinstance(each, Unknown) else -each for each in pairs[position]))

    return _each(call, sizes, shrink, -1 if spatial == 1 else None)


def _resize(call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    target = attributes.get("size")
    return _each(call, sizes, lambda position, _size: _at(target, position))


def _global(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    """Pooling over all positions, as a layer or as a reduction over the spatial axes."""
    channel = _channel(call) if call.config.has("data_format") else call.tensor.channel
    if isinstance(channel, Unknown) or len(sizes) < 2:
        return UNKNOWN
    if call.argument("keepdims", "keep_dims").flag(default=False) is True:
        return _each(call, sizes, lambda _position, _size: 1, channel)
    return sizes[0], sizes[channel]


def _concat(default: int, call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    axis = read_axis(call.argument("axis", "concat_axis", position=0), default)
    shapes = [signal.tensor.sizes for signal in call.inputs]
    if isinstance(axis, Unknown) or not -len(sizes) <= axis < len(sizes):
        return UNKNOWN
    result = list(sizes)
    for shape in shapes[1:]:
        if isinstance(shape, Unknown) or len(shape) != len(sizes):
            return UNKNOWN
        for place, size in enumerate(shape):
            if place != axis % len(sizes):
                if isinstance(result[place], Unknown) and place:
                    result[place] = size
                continue
            result[place] = _plus(result[place], size)
    return tuple(result)


def _expand(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    """`RepeatVector`: a new axis in front of the features."""
    if not call.config.has("n") or len(sizes) != 2:
        return UNKNOWN
    return sizes[0], call.config["n"].integer(), sizes[1]


def _axes(call: Call, rank: int) -> list[int] | None:
    value = call.argument("axis", "axes", "dim", position=0)
    raw = [item.integer() for item in value.items()] if value.is_list else [value.integer()]
    found: list[int] = []
    for axis in raw:
        if isinstance(axis, Unknown) or not -rank <= axis < rank:
            return None
        found.append(axis % rank)
    return found


def _reduce(call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    over, keep = attributes.get("over"), call.argument("keepdims", "keep_dims", position=1).flag(default=False)
    if not isinstance(over, tuple) or isinstance(keep, Unknown) or any(isinstance(axis, Unknown) for axis in over):
        return UNKNOWN
    if keep:
        return tuple(1 if axis in over else size for axis, size in enumerate(sizes))
    return tuple(size for axis, size in enumerate(sizes) if axis not in over)


def _squeeze(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    if call.argument("axis", "axes", position=0).missing:
        return UNKNOWN
    axes = _axes(call, len(sizes))
    return UNKNOWN if axes is None else tuple(size for axis, size in enumerate(sizes) if axis not in axes)


def _unsqueeze(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    axes = _axes(call, len(sizes) + 1)
    if axes is None or len(axes) != 1:
        return UNKNOWN
    return (*sizes[: axes[0]], 1, *sizes[axes[0] :])


def _stack(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    value = call.argument("axis", position=0)
    axes = [0] if value.missing else _axes(call, len(sizes) + 1)
    return UNKNOWN if not axes else (*sizes[: axes[0]], len(call.inputs), *sizes[axes[0] :])


def _matmul(call: Call, _attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    if len(call.inputs) < 2:
        return UNKNOWN
    other = call.inputs[1].tensor.sizes
    if isinstance(other, Unknown) or len(other) != len(sizes) or len(sizes) < 2:
        return UNKNOWN
    first = call.keywords["transpose_a"].flag(default=False)
    second = call.keywords["transpose_b"].flag(default=False)
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return UNKNOWN
    return (*sizes[:-2], sizes[-1] if first else sizes[-2], other[-2] if second else other[-1])


def _embedding(_call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    out = attributes.get("out")
    return (*sizes, out if isinstance(out, int) else UNKNOWN)


def _linear(call: Call, attributes: Attributes, sizes: Sizes) -> Sizes | Unknown:
    """A dense layer, or a product of the letters of an equation."""
    out = attributes.get("out")
    if not call.config.has("equation"):
        return (*sizes[:-1], out if isinstance(out, int) else UNKNOWN)
    equation = call.config["equation"].text("")
    shape = call.config["output_shape"]
    target = [each.integer() for each in shape.items()] if shape.is_list else [shape.integer()]
    if isinstance(equation, Unknown) or "." in equation:
        return UNKNOWN
    left, _, result = equation.replace(" ", "").partition("->")
    data = left.partition(",")[0]
    if len(data) != len(sizes) or len(result) != len(target) + 1:
        return UNKNOWN
    return sizes[0], *target


_LAYERS: Final[dict[str, Callable[[Call, Attributes, Sizes], Sizes | Unknown]]] = {
    "conv_transpose": _conv_transpose,
    "pad": _pad,
    "crop": _crop,
    "resize": _resize,
    "global_average_pool": _global,
    "global_max_pool": _global,
    "concat": partial(_concat, -1),
    "expand": _expand,
    "embedding": _embedding,
    "linear": _linear,
}
_OPERATORS: Final[dict[str, Callable[[Call, Attributes, Sizes], Sizes | Unknown]]] = {
    **_LAYERS,
    "concat": partial(_concat, 0),
    "reduce": _reduce,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "stack": _stack,
    "matmul": _matmul,
}
