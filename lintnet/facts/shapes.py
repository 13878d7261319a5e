"""Shape propagation over layers: sizes and the channel axis of every tensor, as far as they follow from what is known.

What the loader read from the file wins; a size that does not follow stays unknown. Sizes count elements per
axis; axis 0 is the batch. Formulas: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep
learning", arXiv:1603.07285 (conv, pooling and transposed conv), and the broadcasting rule of the ONNX
specification ("Multidirectional Broadcasting").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import GROUPS, UNKNOWN, Graph, Node, Size, Tensor, Unknown, known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["infer_tensors", "window_output"]

_NOTHING = Tensor()
_LARGEST = 1 << 63


def _bounded(size: Size) -> Size:
    """No tensor is that large; without a bound, a chain of layers could make numbers of any length."""
    return size if isinstance(size, Unknown) or size < _LARGEST else UNKNOWN


def infer_tensors(graph: Graph) -> tuple[tuple[Tensor, ...], ...]:
    """Return the tensors of every node's outputs, in the order of the nodes."""
    result: list[tuple[Tensor, ...]] = []
    for node in graph.nodes:
        inputs = [_at(result[edge.node], edge.output) for edge in node.inputs]
        rule = _RULES.get(node.kind)
        inferred = rule(node, inputs) if rule is not None and inputs else _NOTHING
        first = _merge(node.outputs[0], inferred) if node.outputs else inferred
        result.append((first, *node.outputs[1:]))
    return tuple(result)


def window_output(size: Size, kernel: Size, stride: Size, dilation: Size, pads: Size) -> Size:
    """Output positions of one axis of a conv or pool: floor((size + pads - dilation*(kernel-1) - 1) / stride) + 1."""
    if (
        isinstance(size, Unknown)
        or isinstance(kernel, Unknown)
        or isinstance(stride, Unknown)
        or isinstance(dilation, Unknown)
        or isinstance(pads, Unknown)
        or stride < 1
    ):
        return UNKNOWN
    return (size + pads - dilation * (kernel - 1) - 1) // stride + 1


def _at(outputs: tuple[Tensor, ...], position: int) -> Tensor:
    return outputs[position] if position < len(outputs) else _NOTHING


def _merge(read: Tensor, inferred: Tensor) -> Tensor:
    """Prefer what was read; fill single unknown sizes and an unknown channel axis from what was inferred."""
    if read is inferred or inferred is _NOTHING:
        return read
    sizes = read.sizes
    if isinstance(sizes, Unknown):
        sizes = inferred.sizes
    elif not isinstance(inferred.sizes, Unknown) and len(inferred.sizes) == len(sizes):
        sizes = tuple(a if known(a) else b for a, b in zip(sizes, inferred.sizes, strict=True))
    channel = read.channel if known(read.channel) else inferred.channel
    return Tensor(sizes, channel)


def _same(_node: Node, inputs: Sequence[Tensor]) -> Tensor:
    return inputs[0]


def _with_channels(tensor: Tensor, channels: Size) -> Tensor:
    """Return the tensor with another number of channels."""
    if isinstance(tensor.sizes, Unknown) or isinstance(tensor.channel, Unknown):
        return Tensor(UNKNOWN, tensor.channel)
    sizes = list(tensor.sizes)
    if not -len(sizes) <= tensor.channel < len(sizes):
        return _NOTHING
    sizes[tensor.channel] = channels
    return Tensor(tuple(sizes), tensor.channel)


def _axis(values: tuple[Size, ...] | Unknown, position: int, count: int, default: Size) -> Size:
    """Return one axis of an axes attribute; a single value stands for every axis."""
    if isinstance(values, Unknown):
        return default
    if len(values) == 1:
        return values[0]
    return values[position] if len(values) == count else UNKNOWN


def _channel_axis(node: Node, tensor: Tensor) -> int | Unknown:
    """Channel axis of a windowed layer: its own, which the format fixes, before what reaches it."""
    own = node.outputs[0].channel if node.outputs else UNKNOWN
    return tensor.channel if isinstance(own, Unknown) else own


def _windowed(node: Node, tensor: Tensor, out: Size) -> Tensor:
    sizes, channel = tensor.sizes, _channel_axis(node, tensor)
    if isinstance(sizes, Unknown) or isinstance(channel, Unknown) or len(sizes) < 3:
        return Tensor(UNKNOWN, channel)
    channel %= len(sizes)
    spatial = [axis for axis in range(1, len(sizes)) if axis != channel]
    count = len(spatial)
    padding = node.text("padding")
    pads = node.axes("pads")
    result = list(sizes)
    result[channel] = out
    for position, axis in enumerate(spatial):
        kernel = _axis(node.axes("kernel"), position, count, UNKNOWN)
        stride = _axis(node.axes("stride"), position, count, UNKNOWN)
        dilation = _axis(node.axes("dilation"), position, count, 1)
        if padding == "same":
            size = sizes[axis]
            result[axis] = (
                UNKNOWN
                if isinstance(size, Unknown) or isinstance(stride, Unknown) or stride < 1
                else -(-size // stride)
            )
            continue
        padded: Size = UNKNOWN
        if padding == "valid":
            padded = 0
        elif not isinstance(pads, Unknown) and len(pads) == 2 * count:
            begin, end = pads[position], pads[position + count]
            padded = UNKNOWN if isinstance(begin, Unknown) or isinstance(end, Unknown) else begin + end
        result[axis] = window_output(sizes[axis], kernel, stride, dilation, padded)
    return Tensor(tuple(result), channel)


def _conv(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    return _windowed(node, inputs[0], node.integer("out"))


def _pool(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    tensor = inputs[0]
    return _windowed(node, tensor, Tensor(tensor.sizes, _channel_axis(node, tensor)).channels)


def _conv_transpose(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    """Sizes only for "same", where they are input times stride; otherwise they depend on the output padding."""
    sizes, channel = inputs[0].sizes, _channel_axis(node, inputs[0])
    if isinstance(sizes, Unknown) or isinstance(channel, Unknown) or not sizes:
        return Tensor(UNKNOWN, channel)
    channel %= len(sizes)
    result: list[Size] = [UNKNOWN] * len(sizes)
    result[0] = sizes[0]
    result[channel] = node.integer("out")
    spatial = [axis for axis in range(1, len(sizes)) if axis != channel]
    if node.text("padding") == "same":
        for position, axis in enumerate(spatial):
            size, stride = sizes[axis], _axis(node.axes("stride"), position, len(spatial), UNKNOWN)
            if not isinstance(size, Unknown) and not isinstance(stride, Unknown):
                result[axis] = _bounded(size * stride)
    return Tensor(tuple(result), channel)


def _global_pool(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    """Without a known output rank (kept or dropped axes), only the loader can say the shape."""
    sizes = node.outputs[0].sizes if node.outputs else UNKNOWN
    if isinstance(sizes, Unknown) or len(sizes) != 2:
        return _NOTHING
    return Tensor((sizes[0], inputs[0].channels), 1)


def _linear(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    sizes = inputs[0].sizes
    if isinstance(sizes, Unknown) or not sizes:
        return _NOTHING
    return Tensor((*sizes[:-1], node.integer("out")), len(sizes) - 1)


def _flatten(_node: Node, inputs: Sequence[Tensor]) -> Tensor:
    sizes = inputs[0].sizes
    if isinstance(sizes, Unknown) or not sizes:
        return Tensor(UNKNOWN, 1)
    features: Size = 1
    for size in sizes[1:]:
        features = (
            size if isinstance(size, Unknown) else features * size if not isinstance(features, Unknown) else UNKNOWN
        )
        if isinstance(features, Unknown):
            break
    return Tensor((sizes[0], _bounded(features)), 1)


def _transpose(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    order = node.axes("permutation")
    if isinstance(order, Unknown):
        return _NOTHING
    axes = [axis for axis in order if isinstance(axis, int)]
    sizes, channel = inputs[0].sizes, inputs[0].channel
    if sorted(axes) != list(range(len(order))) or isinstance(sizes, Unknown) or len(sizes) != len(axes):
        return _NOTHING
    moved = UNKNOWN if isinstance(channel, Unknown) else axes.index(channel % len(axes))
    return Tensor(tuple(sizes[axis] for axis in axes), moved)


def _merged(_node: Node, inputs: Sequence[Tensor]) -> Tensor:
    """Elementwise with broadcasting: an axis of size 1 gives way; an unknown one leaves the axis unknown."""
    shapes = [tensor.sizes for tensor in inputs]
    ranks: list[int] = []
    for sizes in shapes:
        if isinstance(sizes, Unknown):
            return Tensor(UNKNOWN, _common_channel(inputs))
        ranks.append(len(sizes))
    rank = max(ranks)
    result: list[Size] = []
    for axis in range(rank):
        sizes_here = [
            sizes[axis - rank + len(sizes)]
            for sizes in shapes
            if not isinstance(sizes, Unknown) and axis >= rank - len(sizes)
        ]
        unequal = [size for size in sizes_here if isinstance(size, Unknown) or size != 1]
        first = unequal[0] if unequal else 1
        same = all(size is first or (not isinstance(size, Unknown) and size == first) for size in unequal)
        result.append(first if same else next((size for size in unequal if isinstance(size, int)), UNKNOWN))
    channel = _common_channel([tensor for tensor, each in zip(inputs, ranks, strict=True) if each == rank])
    return Tensor(tuple(result), channel)


def _common_channel(inputs: Sequence[Tensor]) -> int | Unknown:
    channels = {tensor.channel for tensor in inputs if not isinstance(tensor.channel, Unknown)}
    return channels.pop() if len(channels) == 1 else UNKNOWN


def _concat(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    if node.get("axis") != "channel":
        return Tensor(UNKNOWN, _common_channel(inputs))
    total: Size = 0
    for tensor in inputs:
        size = tensor.channels
        total = size if isinstance(size, Unknown) else total + size if not isinstance(total, Unknown) else total
        if isinstance(total, Unknown):
            break
    return _with_channels(inputs[0], _bounded(total))


def _recurrent(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    out, directions = node.integer("out"), node.integer("directions")
    width: Size = UNKNOWN if isinstance(out, Unknown) or isinstance(directions, Unknown) else out * directions
    sizes = inputs[0].sizes
    if isinstance(sizes, Unknown) or len(sizes) != 3 or isinstance(node.flag("sequence"), Unknown):
        return _NOTHING
    return Tensor((sizes[0], sizes[1], width), 2) if node.flag("sequence") is True else Tensor((sizes[0], width), 1)


def _embedding(node: Node, inputs: Sequence[Tensor]) -> Tensor:
    sizes = inputs[0].sizes
    if isinstance(sizes, Unknown):
        return _NOTHING
    return Tensor((*sizes, node.integer("out")), len(sizes))


_RULES: dict[str, Callable[[Node, Sequence[Tensor]], Tensor]] = {
    **dict.fromkeys(GROUPS["activation"] - {"glu", "maxout"}, _same),
    **dict.fromkeys(GROUPS["norm"], _same),
    **dict.fromkeys(
        ("affine", "exp", "log", "sqrt", "reciprocal", "power", "absolute", "erf", "sine", "round", "clamp"), _same
    ),
    **dict.fromkeys(("dropout", "noise", "identity", "cast", "quantize", "dequantize", "output", "cumulative"), _same),
    **dict.fromkeys(("add", "subtract", "multiply", "divide", "maximum", "minimum", "average"), _merged),
    **dict.fromkeys(GROUPS["local_pool"], _pool),
    **dict.fromkeys(GROUPS["global_pool"], _global_pool),
    **dict.fromkeys(GROUPS["recurrent"], _recurrent),
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "flatten": _flatten,
    "transpose": _transpose,
    "concat": _concat,
    "embedding": _embedding,
}
