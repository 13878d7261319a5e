"""What a call's result looks like: sizes, and which axis holds the channels.

Declared sizes count first. Only what follows from one call without arithmetic on windows is derived; full shape
inference is not attempted here. Knows kinds, not operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.onnx.values import LARGEST, MOST_AXES, Activation, Constant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.ir import Value
    from lintnet.loaders.onnx.call import Call

__all__ = ["combine", "infer", "keeps_channel"]

_Sizes = tuple[Size, ...] | Unknown

_SAME: Final = (
    GROUPS["activation"] | GROUPS["elementwise"] | GROUPS["norm"]
    | {"dropout", "noise", "identity", "cast", "quantize", "dequantize", "cumulative", "local_response_norm",
       "unit_norm", "mask", "rotary"}
) - {"glu", "maxout"}  # fmt: skip
_BROADCAST: Final = frozenset({"add", "subtract", "multiply", "divide", "maximum", "minimum", "average", "select"})
_BROADCAST_ELEMENTWISE: Final = frozenset({"affine", "power", "compare", "logical", "mask"})
_CHANNEL_SECOND: Final = frozenset({"batch_norm", "group_norm", "instance_norm", "local_response_norm"})
_WINDOWS: Final = frozenset({"max_pool", "average_pool", "lp_pool", "adaptive_pool"})
_SAME_CHANNEL: Final = frozenset({"slice", "split", "pad", "crop", "tile", "resize", "roll", "reverse", "top_k"})


def combine(declared: _Sizes, inferred: Tensor) -> Tensor:
    """Return a tensor with the declared sizes; inferred ones fill gaps where the ranks agree."""
    if isinstance(declared, Unknown):
        return inferred
    if isinstance(inferred.sizes, Unknown):
        return Tensor(declared, inferred.channel)
    if len(declared) != len(inferred.sizes):
        return Tensor(declared)
    sizes = tuple(
        other if isinstance(size, Unknown) and isinstance(other, int) else size
        for size, other in zip(declared, inferred.sizes, strict=True)
    )
    return Tensor(sizes, inferred.channel)


def infer(kind: str, attributes: Mapping[str, Value], call: Call, declared: _Sizes, x: Tensor) -> Tensor:
    """Return what is known of the first result of a call; `x` is its first activation."""
    tensor = combine(declared, _infer(kind, attributes, call, x))
    if isinstance(tensor.channel, Unknown) and kind in {"reshape", "flatten"}:
        tensor = Tensor(tensor.sizes, _reshaped_channel(x, tensor))
    return tensor if isinstance(tensor.sizes, Unknown) else _bounded(tensor, tensor.sizes)


def _bounded(tensor: Tensor, sizes: tuple[Size, ...]) -> Tensor:
    if len(sizes) > MOST_AXES:
        return Tensor()
    for size in sizes:
        if isinstance(size, int) and size >= LARGEST:
            return Tensor((UNKNOWN,) * len(sizes), tensor.channel)
    return tensor


def _infer(kind: str, attributes: Mapping[str, Value], call: Call, x: Tensor) -> Tensor:
    sizes = x.sizes
    if kind in _BROADCAST or kind in _BROADCAST_ELEMENTWISE:
        return _broadcast(call)
    if kind in _SAME:
        if kind in _CHANNEL_SECOND:
            return Tensor(sizes, 1)
        if kind in {"layer_norm", "rms_norm"} and attributes.get("axis") == "channel" and isinstance(sizes, tuple):
            return Tensor(sizes, len(sizes) - 1)
        return x
    if kind in {"conv", "conv_transpose"}:
        return _window(call, sizes, attributes.get("out", UNKNOWN))
    if kind in _WINDOWS:
        return _window(call, sizes, None)
    if kind in {"global_average_pool", "global_max_pool"}:
        return Tensor((*sizes[:2], *(1,) * (len(sizes) - 2)) if isinstance(sizes, tuple) else UNKNOWN, 1)
    if kind == "linear":
        return _linear(call, x, attributes.get("out", UNKNOWN))
    if kind == "embedding":
        out = attributes.get("out", UNKNOWN)
        if isinstance(sizes, tuple):
            return Tensor((*sizes, out if isinstance(out, int) else UNKNOWN), len(sizes))
        return Tensor()
    if kind == "concat":
        return _concat(call, x)
    if kind == "gather":
        return _gather(call, x)
    if kind in GROUPS["recurrent"]:
        # Steps, directions, batch, features; with layout 1 the batch is first.
        return Tensor(UNKNOWN, 3)
    if kind == "transpose":
        order = attributes.get("permutation", UNKNOWN)
        return _transpose(x, order) if isinstance(order, tuple) else Tensor()
    if kind == "reshape":
        shape = attributes.get("shape", UNKNOWN)
        return Tensor(_reshape(sizes, shape, call.integer("allowzero", 0))) if isinstance(shape, tuple) else Tensor()
    if kind == "flatten":
        return Tensor(_flatten(sizes, call.integer("axis", 1)))
    if kind in {"squeeze", "unsqueeze"}:
        axes = call.whole(1, "axes")
        return _squeeze(x, axes, drop=kind == "squeeze") if isinstance(axes, tuple) else Tensor()
    if kind == "reduce":
        over = attributes.get("over", UNKNOWN)
        if isinstance(over, tuple):
            axes = tuple(axis for axis in over if isinstance(axis, int))
            if attributes.get("keepdims") is False:
                return _squeeze(x, axes, drop=True)
            if isinstance(sizes, tuple):
                kept = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
                return Tensor(kept, x.channel)
        return Tensor()
    if kind in _SAME_CHANNEL:
        return Tensor(_part(kind, sizes, attributes, call), x.channel)
    if kind == "matmul":
        return Tensor((UNKNOWN,) * len(sizes) if isinstance(sizes, tuple) and len(sizes) > 1 else UNKNOWN)
    return Tensor()


def _window(call: Call, sizes: _Sizes, out: Value) -> Tensor:
    if not isinstance(sizes, tuple):
        return Tensor(UNKNOWN, UNKNOWN if call.node.op_type.startswith("Nhwc") else 1)
    if len(sizes) < 2:
        return Tensor()
    if call.node.op_type.startswith("Nhwc"):
        channels = sizes[-1] if out is None else out if isinstance(out, int) else UNKNOWN
        return Tensor((sizes[0], *(UNKNOWN,) * (len(sizes) - 2), channels), len(sizes) - 1)
    channels = sizes[1] if out is None else out if isinstance(out, int) else UNKNOWN
    return Tensor((sizes[0], channels, *(UNKNOWN,) * (len(sizes) - 2)), 1)


def _linear(call: Call, x: Tensor, out: Value) -> Tensor:
    width: Size = out if isinstance(out, int) else UNKNOWN
    if not isinstance(call.input(0), Activation):
        return Tensor()
    if isinstance(x.sizes, tuple) and x.sizes:
        return Tensor((*x.sizes[:-1], width), len(x.sizes) - 1)
    return Tensor((UNKNOWN, width), 1) if call.node.op_type == "Gemm" else Tensor(UNKNOWN, -1)


def _broadcast(call: Call) -> Tensor:
    shapes: list[_Sizes] = []
    channels: list[tuple[int, int | Unknown]] = []
    for value in call.inputs:
        if isinstance(value, Activation):
            shapes.append(value.tensor.sizes)
            if isinstance(value.tensor.channel, int):
                channels.append((value.tensor.channel, value.tensor.rank))
        elif isinstance(value, Constant):
            shapes.append(value.sizes)
    known = [sizes for sizes in shapes if isinstance(sizes, tuple)]
    if len(known) == len(shapes) and known:
        sizes = _broadcast_sizes(known)
        channel = next((index for index, rank in channels if rank == len(sizes)), UNKNOWN)
        return Tensor(sizes, channel)
    agreed = {index for index, _ in channels}
    return Tensor(UNKNOWN, agreed.pop() if len(agreed) == 1 else UNKNOWN)


def _broadcast_sizes(shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    if shapes.count(shapes[0]) == len(shapes):
        return shapes[0]
    result: list[Size] = []
    for axis in range(1, max(map(len, shapes)) + 1):
        sizes = [shape[-axis] for shape in shapes if len(shape) >= axis]
        wide = [size for size in sizes if size != 1]
        number = next((size for size in wide if isinstance(size, int)), None)
        result.append(number if number is not None else wide[0] if wide else 1)
    return tuple(reversed(result))


def _concat(call: Call, x: Tensor) -> Tensor:
    shapes: list[_Sizes] = []
    for value in call.inputs:
        if isinstance(value, Activation):
            shapes.append(value.tensor.sizes)
        elif isinstance(value, Constant):
            shapes.append(value.sizes)
    axis = call.integer("axis", 1)
    known = [sizes for sizes in shapes if isinstance(sizes, tuple) and isinstance(x.sizes, tuple)
             and len(sizes) == len(x.sizes)]  # fmt: skip
    if not isinstance(x.sizes, tuple) or len(known) != len(shapes) or not -len(x.sizes) <= axis < len(x.sizes):
        return Tensor(UNKNOWN, x.channel)
    total: Size = 0
    for sizes in known:
        size = sizes[axis]
        total = total + size if isinstance(total, int) and isinstance(size, int) else UNKNOWN
    axis %= len(x.sizes)
    return Tensor((*x.sizes[:axis], total, *x.sizes[axis + 1 :]), x.channel)


def _part(kind: str, sizes: _Sizes, attributes: Mapping[str, Value], call: Call) -> _Sizes:
    """Return the sizes where only some axes change: those of a slice or a split are known, else all may."""
    if not isinstance(sizes, tuple):
        return UNKNOWN
    changed: tuple[Size, ...] = tuple(range(len(sizes)))
    over = attributes.get("over", UNKNOWN)
    if kind == "slice" and isinstance(over, tuple):
        changed = over
    elif kind == "split" and -len(sizes) <= (axis := call.integer("axis", 0)) < len(sizes):
        changed = (axis % len(sizes),)
    return tuple(UNKNOWN if axis in changed else size for axis, size in enumerate(sizes))


def _gather(call: Call, x: Tensor) -> Tensor:
    """One or several elements along an axis, at a constant index."""
    index = call.constant(1)
    if call.node.op_type != "Gather" or index is None or call.constant(0) is not None:
        return Tensor()
    if not isinstance(x.sizes, tuple) or not isinstance(index.sizes, tuple) or isinstance(x.channel, Unknown):
        return Tensor()
    rank, axis, channel = len(x.sizes), call.integer("axis", 0), x.channel
    if not -rank <= axis < rank:
        return Tensor()
    axis %= rank
    channel += rank if channel < 0 else 0
    moved: int | Unknown = channel + len(index.sizes) - 1 if channel > axis else channel
    if channel == axis and len(index.sizes) != 1:
        moved = UNKNOWN
    return Tensor((*x.sizes[:axis], *index.sizes, *x.sizes[axis + 1 :]), moved)


def _transpose(x: Tensor, order: tuple[Size, ...]) -> Tensor:
    axes = [axis for axis in order if isinstance(axis, int)]
    channel = x.channel
    if isinstance(channel, int) and channel < 0:
        channel += len(axes)
    moved: int | Unknown = axes.index(channel) if isinstance(channel, int) and channel in axes else UNKNOWN
    if isinstance(x.sizes, tuple) and sorted(axes) == list(range(len(x.sizes))):
        return Tensor(tuple(x.sizes[axis] for axis in axes), moved)
    return Tensor((UNKNOWN,) * len(axes), moved)


def _squeeze(x: Tensor, axes: tuple[int, ...], *, drop: bool) -> Tensor:
    if not isinstance(x.sizes, tuple):
        return Tensor()
    rank = len(x.sizes) if drop else len(x.sizes) + len(axes)
    if not rank or any(not -rank <= axis < rank for axis in axes):
        return Tensor()
    changed = {axis % rank for axis in axes}
    if len(changed) < len(axes):
        return Tensor()
    sizes: list[Size] = []
    channel: int | Unknown = UNKNOWN
    old = x.channel
    if isinstance(old, int) and old < 0:
        old += len(x.sizes)
    if drop:
        for axis, size in enumerate(x.sizes):
            if axis not in changed:
                if axis == old:
                    channel = len(sizes)
                sizes.append(size)
        return Tensor(tuple(sizes), channel)
    rest = iter(enumerate(x.sizes))
    for axis in range(rank):
        if axis in changed:
            sizes.append(1)
            continue
        index, size = next(rest)
        if index == old:
            channel = axis
        sizes.append(size)
    return Tensor(tuple(sizes), channel)


def _product(sizes: Sequence[Size]) -> Size:
    total = 1
    for size in sizes:
        if isinstance(size, Unknown):
            return UNKNOWN
        total *= size
    return total


def _flatten(sizes: _Sizes, axis: int) -> _Sizes:
    if not isinstance(sizes, tuple):
        return (UNKNOWN, UNKNOWN)
    axis += len(sizes) if axis < 0 else 0
    head = sizes[0] if axis == 1 and sizes else _product(sizes[:axis])
    return (head, _product(sizes[axis:]))


def _reshape(sizes: _Sizes, shape: tuple[Size, ...], allow_zero: int) -> _Sizes:
    result: list[Size] = []
    for axis, size in enumerate(shape):
        if size == 0 and not allow_zero:
            size = sizes[axis] if isinstance(sizes, tuple) and axis < len(sizes) else UNKNOWN  # noqa: PLW2901 - copied
        result.append(size)
    if -1 in shape and isinstance(sizes, tuple):
        inferred: Size = UNKNOWN
        # Symbolic sizes that are on both sides cancel out.
        left, right = list(sizes), [size for size in result if size != -1]
        for size in list(right):
            if isinstance(size, Unknown) and any(size is other for other in left):
                left = [other for other in left if other is not size]
                right = [other for other in right if other is not size]
        above, below = _product(left), _product(right)
        if isinstance(above, int) and isinstance(below, int) and below and above % below == 0:
            inferred = above // below
        return tuple(inferred if size == -1 else size for size in result)
    return tuple(UNKNOWN if size == -1 else size for size in result)


def keeps_channel(before: Tensor, after: Tensor) -> bool | Unknown:
    """Say whether the channel axis is still one axis with the same elements after a reshape."""
    kept = _kept_channel(before, after)
    return kept if isinstance(kept, Unknown) else kept is not None


def _kept_channel(before: Tensor, after: Tensor) -> int | Unknown | None:
    """Return the axis that is the channel axis after a reshape; None when there is no such axis."""
    old, new, channel = before.sizes, after.sizes, before.channel
    if isinstance(old, Unknown) or isinstance(new, Unknown) or isinstance(channel, Unknown):
        return UNKNOWN
    channel += len(old) if channel < 0 else 0
    if not 0 <= channel < len(old) or isinstance(old[channel], Unknown):
        return UNKNOWN
    # The same axes in front of it, or the same number of elements behind it.
    if len(new) > channel and all(
        _same(a, b, axis) for axis, (a, b) in enumerate(zip(old, new[: channel + 1], strict=False))
    ):
        return channel
    behind = _product(old[channel + 1 :])
    unsure = False
    for axis, size in enumerate(new):
        rest = _product(new[axis + 1 :])
        if isinstance(behind, int) and isinstance(rest, int):
            if size == old[channel] and rest == behind:
                return axis
            unsure = unsure or (isinstance(size, Unknown) and axis > 0)
        else:
            unsure = True
    return UNKNOWN if unsure else None


def _same(a: Size, b: Size, axis: int) -> bool:
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    # The batch stays the batch; a symbol is equal to itself.
    return axis == 0 or a is b


def _reshaped_channel(before: Tensor, after: Tensor) -> int | Unknown:
    kept = _kept_channel(before, after)
    if isinstance(kept, int):
        return kept
    # Two axes are a batch and its features.
    return 1 if after.rank == 2 else UNKNOWN
