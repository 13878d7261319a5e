"""What torch operations do to sizes and to the channel axis. Knows tensors and numbers, no table and no node.

Sizes count elements per axis, the batch axis included; a size that does not follow is unknown. Everything here is pure.
Formulas of windows: documentation of torch.nn.MaxPool2d and torch.nn.ConvTranspose2d.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from lintnet.facts.shapes import window_output
from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.signals import BATCH, Signal, axis_name
from lintnet.loaders.source.values import Weight

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Axes",
    "Outcome",
    "Sizes",
    "axis_index",
    "batch_like",
    "broadcast",
    "channels_second",
    "common_channel",
    "concatenated",
    "each",
    "expanded",
    "flattened",
    "kept_channel",
    "known_rank",
    "last",
    "map_of",
    "name_axis",
    "outcome",
    "permuted",
    "product",
    "rank_of",
    "reduced",
    "reshaped",
    "resized",
    "size_at",
    "sizes_of",
    "squeezed",
    "times",
    "transposed_window",
    "unsqueezed",
    "window_output",
    "windowed",
    "with_size",
]

Sizes: TypeAlias = tuple[Size, ...] | Unknown
Axes: TypeAlias = tuple[int | Unknown, ...] | Unknown
Outcome: TypeAlias = tuple[Tensor, Size]
"""What is known of a result: its tensor, and the number of its channels."""

_LARGEST: Final = 1 << 63
_MOST_AXES: Final = 64


def batch_like(size: Size) -> bool:
    """Say whether a size is that of the batch axis, as far as one can see."""
    return isinstance(size, Unknown) and size.why == BATCH.why


def outcome(tensor: Tensor, width: Size = UNKNOWN) -> Outcome:
    """Return a tensor with its number of channels: its own, or `width` where that is not known. Drops huge sizes."""
    sizes = tensor.sizes
    if not isinstance(sizes, Unknown):
        if len(sizes) > _MOST_AXES:
            return Tensor(), UNKNOWN
        if any(isinstance(size, int) and not 0 <= size < _LARGEST for size in sizes):
            sizes = tuple(size if isinstance(size, Unknown) or 0 <= size < _LARGEST else UNKNOWN for size in sizes)
            tensor = Tensor(sizes, tensor.channel)
    own = tensor.channels
    return tensor, width if isinstance(own, Unknown) else own


def each(values: Axes, position: int) -> Size:
    """Return the value of one axis."""
    return values if isinstance(values, Unknown) else values[position] if position < len(values) else UNKNOWN


def product(sizes: Sequence[Size]) -> Size:
    """Multiply sizes."""
    total = 1
    for size in sizes:
        if isinstance(size, Unknown):
            return UNKNOWN
        total *= size
    return total


def times(size: Size, factor: float | Unknown) -> Size:
    """Scale a size and round down, as interpolation does."""
    if isinstance(size, Unknown) or isinstance(factor, Unknown):
        return UNKNOWN
    try:
        return int(size * factor)
    except (OverflowError, ValueError):
        return UNKNOWN


def rank_of(signal: Signal) -> int | Unknown:
    """Return the number of axes."""
    return signal.tensor.rank


def sizes_of(value: object) -> Sizes:
    """Return the sizes of a tensor or weight; a number has no axes."""
    if isinstance(value, Signal):
        return value.tensor.sizes
    if isinstance(value, Weight):
        return value.sizes
    return () if isinstance(value, int | float | complex) else UNKNOWN


def axis_index(axis: int | Unknown, rank: int | Unknown) -> int | Unknown:
    """Count an axis from 0; unknown where it cannot be or does not exist."""
    if isinstance(axis, Unknown):
        return UNKNOWN
    if isinstance(rank, Unknown):
        return axis if axis >= 0 else UNKNOWN
    return axis % rank if -rank <= axis < rank else UNKNOWN


def name_axis(signal: Signal, axis: int | Unknown) -> str | Unknown:
    """Name an axis: batch, channel or spatial.

    Axis 0 is the batch only where it is known to be: of an unknown rank it may be all there is, and in front of a
    recurrent layer it may be time.
    """
    sizes = signal.tensor.sizes
    if isinstance(axis, Unknown):
        return UNKNOWN
    if isinstance(sizes, Unknown):
        return UNKNOWN if axis == 0 else axis_name(signal.tensor, axis)
    if not -len(sizes) <= axis < len(sizes):
        return UNKNOWN
    if axis % len(sizes) == 0:
        return "batch" if batch_like(sizes[0]) else UNKNOWN
    return axis_name(signal.tensor, axis)


def size_at(signal: Signal, axis: int | Unknown) -> Size:
    """Return the number of elements along an axis; the channels' also where the rank is not known."""
    if isinstance(axis, Unknown):
        return UNKNOWN
    sizes, channel = signal.tensor.sizes, signal.tensor.channel
    if isinstance(sizes, Unknown):
        return signal.width if axis == channel else UNKNOWN
    if not -len(sizes) <= axis < len(sizes):
        return UNKNOWN
    size = sizes[axis]
    if isinstance(size, Unknown) and isinstance(channel, int) and axis % len(sizes) == channel % len(sizes):
        return size if isinstance(signal.width, Unknown) else signal.width
    return size


def _channel(tensor: Tensor) -> int | Unknown:
    """Return the channel axis counted from 0."""
    channel = tensor.channel
    if isinstance(channel, Unknown) or channel >= 0:
        return channel
    return UNKNOWN if isinstance(tensor.sizes, Unknown) else channel + len(tensor.sizes)


def known_rank(signal: Signal, rank: int) -> Tensor:
    """Return what is known of a tensor of which a layer says the rank; it may contradict, then nothing is known."""
    sizes, channel = signal.tensor.sizes, signal.tensor.channel
    if isinstance(sizes, Unknown):
        blank: list[Size] = [BATCH, *(UNKNOWN,) * (rank - 1)]
        if isinstance(channel, int) and -rank <= channel < rank and channel % rank:
            blank[channel] = signal.width
            return Tensor(tuple(blank), channel % rank)
        return Tensor(tuple(blank))
    return signal.tensor if len(sizes) == rank else Tensor()


def map_of(signal: Signal, spatial: int) -> Tensor:
    """Return a map of `spatial` axes with its channels on axis 1, as the layers of torch want it."""
    tensor = known_rank(signal, spatial + 2)
    if isinstance(tensor.sizes, Unknown):
        return Tensor(UNKNOWN, UNKNOWN)
    sizes = tensor.sizes
    if isinstance(sizes[1], Unknown) and signal.tensor.channel == 1:
        sizes = (sizes[0], signal.width, *sizes[2:])
    return Tensor(sizes, 1)


def channels_second(signal: Signal) -> Outcome:
    """Return the tensor with axis 1 as channels; the rank may be unknown."""
    return outcome(Tensor(signal.tensor.sizes, 1), signal.width if signal.tensor.channel == 1 else UNKNOWN)


def windowed(  # noqa: PLR0917 - the arguments of one formula
    signal: Signal,
    spatial: int,
    out: Size | None,
    kernel: Axes,
    stride: Axes,
    dilation: Axes,
    pads: Axes,
    *,
    ceil: object = False,
) -> Outcome:
    """Slide a window. `pads` begins of all axes, then ends; `out` channels, None as many as before."""
    tensor = map_of(signal, spatial)
    if isinstance(tensor.sizes, Unknown):
        return outcome(tensor, UNKNOWN if out is None else out)
    sizes = list(tensor.sizes)
    if out is not None:
        sizes[1] = out
    for axis in range(spatial):
        begin, end = each(pads, axis), each(pads, axis + spatial)
        padded: Size = UNKNOWN if isinstance(begin, Unknown) or isinstance(end, Unknown) else begin + end
        k, s, d = each(kernel, axis), each(stride, axis), each(dilation, axis)
        before = sizes[axis + 2]
        after = window_output(before, k, s, d, padded)
        if ceil is not False and not isinstance(after, Unknown):
            after = _ceiled(before, after, (k, s, d), (begin, padded)) if ceil is True else UNKNOWN
        sizes[axis + 2] = after if isinstance(after, int) and after > 0 else UNKNOWN
    return outcome(Tensor(tuple(sizes), 1))


def _ceiled(before: Size, floored: int, window: tuple[Size, Size, Size], pads: tuple[Size, Size]) -> Size:
    """Count a last window that reaches over the border, if it starts inside the map or the padding in front."""
    kernel, stride, dilation = window
    begin, padded = pads
    if (
        isinstance(before, Unknown)
        or isinstance(kernel, Unknown)
        or isinstance(stride, Unknown)
        or isinstance(dilation, Unknown)
        or isinstance(begin, Unknown)
        or isinstance(padded, Unknown)
    ):
        return UNKNOWN
    rest = (before + padded - dilation * (kernel - 1) - 1) % stride
    return floored + 1 if rest and floored * stride < before + begin else floored


def transposed_window(  # noqa: PLR0917 - the arguments of one formula
    signal: Signal, spatial: int, out: Size, kernel: Axes, stride: Axes, dilation: Axes, padding: Axes, extra: Axes
) -> Outcome:
    """Transposed convolution: (in - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1."""
    tensor = map_of(signal, spatial)
    if isinstance(tensor.sizes, Unknown):
        return outcome(tensor, out)
    sizes = [*tensor.sizes[:1], out]
    for axis in range(spatial):
        size, k, s = tensor.sizes[axis + 2], each(kernel, axis), each(stride, axis)
        d, p, e = each(dilation, axis), each(padding, axis), each(extra, axis)
        if (
            isinstance(size, Unknown)
            or isinstance(k, Unknown)
            or isinstance(s, Unknown)
            or isinstance(d, Unknown)
            or isinstance(p, Unknown)
            or isinstance(e, Unknown)
        ):
            sizes.append(UNKNOWN)
        else:
            after = (size - 1) * s - 2 * p + d * (k - 1) + e + 1
            sizes.append(after if after > 0 else UNKNOWN)
    return outcome(Tensor(tuple(sizes), 1))


def resized(signal: Signal, spatial: int, target: Axes) -> Outcome:
    """Give the spatial axes other sizes."""
    tensor = map_of(signal, spatial)
    if isinstance(tensor.sizes, Unknown):
        return outcome(tensor)
    return outcome(Tensor((*tensor.sizes[:2], *(each(target, axis) for axis in range(spatial))), 1))


def last(signal: Signal, out: Size, channel: int = -1) -> Outcome:
    """Change the size of the last axis, which then holds the features."""
    sizes = signal.tensor.sizes
    if isinstance(sizes, Unknown) or not sizes:
        return outcome(Tensor(UNKNOWN, channel), out)
    return outcome(Tensor((*sizes[:-1], out), len(sizes) - 1))


def with_size(signal: Signal, axis: int | Unknown, size: Size) -> Outcome:
    """Change the size of one axis."""
    sizes, channel = signal.tensor.sizes, signal.tensor.channel
    if isinstance(sizes, Unknown):
        if isinstance(axis, Unknown):
            return Tensor(UNKNOWN, channel), UNKNOWN
        if axis == channel:
            return Tensor(UNKNOWN, channel), size
        sure = isinstance(channel, int) and (axis < 0) == (channel < 0)
        return Tensor(UNKNOWN, channel), signal.width if sure else UNKNOWN
    index = axis_index(axis, len(sizes))
    if isinstance(index, Unknown):
        return outcome(Tensor((UNKNOWN,) * len(sizes), channel))
    return outcome(Tensor((*sizes[:index], size, *sizes[index + 1 :]), channel))


def permuted(signal: Signal, order: Sequence[int | Unknown]) -> Outcome:
    """Permute the axes: `order` names the old axis that stands at each new place."""
    sizes, channel = signal.tensor.sizes, signal.tensor.channel
    axes = [axis % len(order) for axis in order if isinstance(axis, int)]
    if sorted(axes) != list(range(len(order))):
        return Tensor((UNKNOWN,) * len(order)), UNKNOWN
    if isinstance(sizes, Unknown):
        sizes = known_rank(signal, len(axes)).sizes
    if isinstance(sizes, Unknown) or len(sizes) != len(axes):
        return Tensor(), UNKNOWN
    if isinstance(channel, int):
        channel = axes.index(channel % len(axes))
    return outcome(Tensor(tuple(sizes[axis] for axis in axes), channel), signal.width)


def squeezed(signal: Signal, axes: Sequence[int | Unknown] | None) -> Outcome:
    """Drop axes of size 1: the named ones that have it, or all that have it."""
    sizes = signal.tensor.sizes
    if isinstance(sizes, Unknown):
        return Tensor(), UNKNOWN
    gone: set[int] = set()
    if axes is None:
        if any(isinstance(size, Unknown) for size in sizes[1:]) or (
            isinstance(sizes[0] if sizes else 1, Unknown) and not batch_like(sizes[0])
        ):
            return Tensor(), UNKNOWN
        gone = {axis for axis, size in enumerate(sizes) if size == 1}
    else:
        for axis in axes:
            index = axis_index(axis, len(sizes))
            size = UNKNOWN if isinstance(index, Unknown) else sizes[index]
            if isinstance(index, Unknown) or isinstance(size, Unknown):
                return Tensor(), UNKNOWN
            if size == 1:
                gone.add(index)
    return _without(signal, gone)


def _without(signal: Signal, gone: set[int]) -> Outcome:
    sizes, channel = signal.tensor.sizes, _channel(signal.tensor)
    if isinstance(sizes, Unknown):
        return Tensor(), UNKNOWN
    left = [axis for axis in range(len(sizes)) if axis not in gone]
    moved: int | Unknown = left.index(channel) if isinstance(channel, int) and channel in left else UNKNOWN
    return outcome(Tensor(tuple(sizes[axis] for axis in left), moved))


def unsqueezed(signal: Signal, axis: int | Unknown) -> Outcome:
    """Add an axis of size 1; `axis` counts in the result."""
    sizes, channel = signal.tensor.sizes, _channel(signal.tensor)
    if isinstance(sizes, Unknown):
        return Tensor(), UNKNOWN
    index = axis_index(axis, len(sizes) + 1)
    if isinstance(index, Unknown):
        return Tensor((UNKNOWN,) * (len(sizes) + 1)), UNKNOWN
    moved = channel + (channel >= index) if isinstance(channel, int) else UNKNOWN
    return outcome(Tensor((*sizes[:index], 1, *sizes[index:]), moved))


def reduced(signal: Signal, over: Axes, keepdims: object) -> Outcome:
    """Reduce axes, which are counted from 0; keepdims may be unknown."""
    sizes = signal.tensor.sizes
    if isinstance(sizes, Unknown) or isinstance(over, Unknown) or not isinstance(keepdims, bool):
        return Tensor(), UNKNOWN
    gone = {axis for axis in over if isinstance(axis, int)}
    if not keepdims:
        return _without(signal, gone)
    return outcome(Tensor(tuple(1 if axis in gone else size for axis, size in enumerate(sizes)), signal.tensor.channel))


def reshaped(signal: Signal, shape: Sequence[Size]) -> Outcome:
    """Reshape. One size may be -1; it is inferred, and sizes that are the same unknown on both sides cancel out."""
    sizes = signal.tensor.sizes
    after = list(shape)
    if -1 in shape:
        place = next(index for index, size in enumerate(shape) if size == -1)
        inferred: Size = UNKNOWN
        if not isinstance(sizes, Unknown):
            left: list[Size] = list(sizes)
            right: list[Size] = [size for index, size in enumerate(shape) if index != place]
            for size in list(right):
                if isinstance(size, Unknown) and any(size is other for other in left):
                    right.remove(size)
                    left.pop(next(index for index, other in enumerate(left) if other is size))
            if len(left) == 1 and product(right) == 1:
                inferred = left[0]
            else:
                above, below = product(left), product(right)
                if isinstance(above, int) and isinstance(below, int) and below and above % below == 0:
                    inferred = above // below
                elif (rest := _only_unknown(left)) is not None and isinstance(below, int):
                    # One unknown size, and all that is known of the others is used up by the sizes that were given.
                    numbers = product([size for size in left if isinstance(size, int)])
                    inferred = rest if numbers == below else UNKNOWN
        if place == 0 and isinstance(inferred, Unknown) and not batch_like(inferred):
            first: Size = UNKNOWN if isinstance(sizes, Unknown) or not sizes else sizes[0]
            # A batch that took in other axes, or is of unknown origin: still what samples are counted along.
            inferred = Unknown(BATCH.why) if isinstance(first, Unknown) and len(shape) > 1 else UNKNOWN
        after[place] = inferred
    target = tuple(after)
    place_of = kept_channel(signal.tensor, target)
    if isinstance(place_of, int):
        return outcome(Tensor(target, place_of))
    # Two axes are a batch and its features.
    return outcome(Tensor(target, 1 if len(target) == 2 else UNKNOWN))


def _only_unknown(sizes: Sequence[Size]) -> Unknown | None:
    unknown = [size for size in sizes if isinstance(size, Unknown)]
    return unknown[0] if len(unknown) == 1 else None


def kept_channel(before: Tensor, after: Sizes) -> int | Unknown | None:
    """Return the axis that is the channel axis after a reshape; None when there is no such axis."""
    sizes, channel = before.sizes, _channel(before)
    if isinstance(sizes, Unknown) or isinstance(after, Unknown) or isinstance(channel, Unknown):
        return UNKNOWN
    if channel >= len(sizes) or isinstance(sizes[channel], Unknown):
        return UNKNOWN
    # The same axes in front of it, or the same number of elements behind it.
    front = zip(sizes, after[: channel + 1], strict=False)
    if len(after) > channel and all(_same(a, b) for a, b in front):
        return channel
    behind = product(sizes[channel + 1 :])
    unsure = False
    for axis, size in enumerate(after):
        rest = product(after[axis + 1 :])
        if isinstance(behind, int) and isinstance(rest, int):
            if size == sizes[channel] and rest == behind:
                return axis
            unsure = unsure or (isinstance(size, Unknown) and axis > 0)
        else:
            unsure = True
    return UNKNOWN if unsure else None


def _same(a: Size, b: Size) -> bool:
    return a is b or (isinstance(a, int) and isinstance(b, int) and a == b)


def flattened(signal: Signal, start: int | Unknown, end: int | Unknown) -> Sizes:
    """Return the sizes after axes `start` to `end` became one."""
    sizes = signal.tensor.sizes
    if isinstance(sizes, Unknown):
        return (BATCH, UNKNOWN) if start == 1 and end == -1 else UNKNOWN
    if not sizes:
        return (1,)
    first, final = axis_index(start, len(sizes)), axis_index(end, len(sizes))
    if isinstance(first, Unknown) or isinstance(final, Unknown) or first > final:
        return UNKNOWN
    return (*sizes[:first], _merged_size(sizes[first : final + 1]), *sizes[final + 1 :])


def _merged_size(sizes: tuple[Size, ...]) -> Size:
    wide = [size for size in sizes if size != 1]
    return wide[0] if len(wide) == 1 else product(wide)


def broadcast(values: Sequence[object]) -> Outcome:
    """Combine operands elementwise: an axis of size 1 gives way."""
    shapes = [sizes_of(value) for value in values]
    signals = [value for value in values if isinstance(value, Signal)]
    known = [sizes for sizes in shapes if not isinstance(sizes, Unknown)]
    if len(known) < len(shapes):
        # What is not known is taken for narrower, if it is no activation: a bias, a mask, a position code.
        ranks = [signal.tensor.rank for signal in signals]
        if len(signals) == 1 or any(isinstance(rank, Unknown) for rank in ranks):
            if len(signals) == 1:
                tensor = signals[0].tensor
                return Tensor(tensor.sizes, tensor.channel), signals[0].width
            channel = common_channel([signal.tensor for signal in signals])
            widths = {signal.width for signal in signals if isinstance(signal.width, int) and signal.width != 1}
            return Tensor(UNKNOWN, channel), widths.pop() if len(widths) == 1 else UNKNOWN
        known = [signal.tensor.sizes for signal in signals if not isinstance(signal.tensor.sizes, Unknown)]
    rank = max(map(len, known), default=0)
    result: list[Size] = []
    for axis in range(1, rank + 1):
        wide = [sizes[-axis] for sizes in known if len(sizes) >= axis and sizes[-axis] != 1]
        number = next((size for size in wide if isinstance(size, int)), None)
        result.append(number if number is not None else wide[0] if wide else 1)
    widest = [s.tensor for s in signals if not isinstance(s.tensor.sizes, Unknown) and len(s.tensor.sizes) == rank]
    return outcome(Tensor(tuple(reversed(result)), common_channel(widest)))


def common_channel(tensors: Sequence[Tensor]) -> int | Unknown:
    """Return the channel axis on which all agree that know it; one with a width of 1 does not count."""
    wide = [tensor for tensor in tensors if tensor.channels != 1] or list(tensors)
    channels = {_channel(t) if isinstance(t.sizes, tuple) else t.channel for t in wide}
    numbers = {channel for channel in channels if isinstance(channel, int)}
    return numbers.pop() if len(numbers) == 1 else UNKNOWN


def concatenated(signals: Sequence[Signal], others: Sequence[Sizes], axis: int | Unknown) -> Outcome:
    """Join tensors along an axis; `others` are sizes of constants that are joined too."""
    first = next((s for s in signals if not isinstance(s.tensor.sizes, Unknown)), signals[0])
    shapes: list[Sizes] = [*(signal.tensor.sizes for signal in signals), *others]
    channel = common_channel([signal.tensor for signal in signals])
    sizes = first.tensor.sizes
    if isinstance(sizes, Unknown):
        total: Size = UNKNOWN
        if axis == channel and not others and isinstance(channel, int):
            total = _sum([signal.width for signal in signals])
        elif isinstance(channel, int) and isinstance(axis, int) and (axis < 0) == (channel < 0):
            total = signals[0].width
        return Tensor(UNKNOWN, channel), total
    index = axis_index(axis, len(sizes))
    if isinstance(index, Unknown):
        return Tensor((UNKNOWN,) * len(sizes), channel), UNKNOWN
    along = [
        each(shape, index) if isinstance(shape, tuple) and len(shape) == len(sizes) else UNKNOWN for shape in shapes
    ]
    merged: list[Size] = []
    for place, size in enumerate(sizes):
        alike = [shape[place] for shape in shapes if isinstance(shape, tuple) and len(shape) == len(sizes)]
        merged.append(next((a for a in alike if isinstance(a, int)), size))
    merged[index] = _sum(along)
    if isinstance(channel, Unknown):
        return outcome(Tensor(tuple(merged), channel))
    if channel % len(sizes) == index and isinstance(merged[index], Unknown) and not others:
        merged[index] = _sum([signal.width for signal in signals])
    return outcome(Tensor(tuple(merged), channel % len(sizes)))


def _sum(sizes: Sequence[Size]) -> Size:
    total = 0
    for size in sizes:
        if isinstance(size, Unknown):
            return UNKNOWN
        total += size
    return total


def expanded(signal: Signal, shape: Sequence[Size]) -> Outcome:
    """Repeat along axes of size 1; -1 keeps an axis, new axes come in front."""
    sizes = signal.tensor.sizes
    new = len(shape)
    if isinstance(sizes, Unknown) or len(sizes) > new:
        return Tensor(tuple(UNKNOWN if size == -1 else size for size in shape)), UNKNOWN
    offset = new - len(sizes)
    after = tuple(
        size if size != -1 else sizes[axis - offset] if axis >= offset else UNKNOWN for axis, size in enumerate(shape)
    )
    channel = _channel(signal.tensor)
    return outcome(Tensor(after, channel + offset if isinstance(channel, int) else UNKNOWN))
