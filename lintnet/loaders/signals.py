"""What is known of a tensor while a graph is read, and how layers change it: shared by the Keras and source readers.

Knows axes and sizes, no layer and no format. Rank and channel axis are carried on, since the meaning of `axis=-1`
depends on them. Sizes that follow from windows and strides are left to the facts, which compute them for every format.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final

from lintnet.ir import UNKNOWN, Edge, Size, Tensor, Unknown

__all__ = ["BATCH", "Signal", "axis_name", "blank", "extent", "keeps_channel", "refine", "with_channel", "without_axis"]


BATCH: Final = Unknown("batch")
"""The size of the batch axis, which no model fixes."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One tensor: which node makes it, what is known of it, and its number of channels.

    `width` is kept beside the tensor because it is known even where the rank is not.
    """

    edge: Edge
    tensor: Tensor
    width: Size = UNKNOWN


def blank(rank: int | Unknown, channel: int | Unknown, width: Size = UNKNOWN) -> tuple[Tensor, Size]:
    """Make a tensor of a rank and a channel axis, which may count from the end."""
    if isinstance(rank, Unknown):
        return Tensor(UNKNOWN, channel), width
    sizes: tuple[Size, ...] = (BATCH,) * min(rank, 1) + (UNKNOWN,) * (rank - 1)
    return with_channel(Tensor(sizes), channel, width)


def with_channel(tensor: Tensor, channel: int | Unknown, width: Size = UNKNOWN) -> tuple[Tensor, Size]:
    """Set the channel axis, counted from 0 where the rank is known, and the number of channels."""
    if isinstance(tensor.sizes, Unknown) or isinstance(channel, Unknown):
        return Tensor(tensor.sizes, channel), width
    rank = len(tensor.sizes)
    if not -rank <= channel < rank:
        return Tensor(tensor.sizes), UNKNOWN
    channel %= rank
    sizes = list(tensor.sizes)
    if isinstance(sizes[channel], Unknown) and channel > 0:
        sizes[channel] = width
    return Tensor(tuple(sizes), channel), sizes[channel]


def refine(tensor: Tensor, width: Size, recorded: tuple[Size, ...] | Unknown) -> tuple[Tensor, Size]:
    """Prefer the sizes that the file records for a tensor over those that followed."""
    if isinstance(recorded, Unknown):
        return tensor, width
    followed = tensor.sizes
    if not isinstance(followed, Unknown) and len(followed) == len(recorded):
        recorded = tuple(b if isinstance(a, Unknown) else a for a, b in zip(recorded, followed, strict=True))
    return with_channel(Tensor(recorded), tensor.channel, width)


def axis_name(tensor: Tensor, axis: int | Unknown) -> str | Unknown:
    """Name an axis of a tensor, also where both it and the channel axis count from the end of an unknown rank."""
    if isinstance(axis, Unknown):
        return UNKNOWN
    if isinstance(tensor.sizes, Unknown) and not isinstance(tensor.channel, Unknown):
        if axis == tensor.channel:
            return "channel"
        if (axis < 0) != (tensor.channel < 0) and axis != 0:
            return UNKNOWN
    elif not isinstance(tensor.sizes, Unknown) and not -len(tensor.sizes) <= axis < len(tensor.sizes):
        return UNKNOWN
    return tensor.axis_name(axis)


def extent(signal: Signal, axis: int | Unknown) -> Size:
    """Return the number of elements along an axis."""
    if isinstance(axis, Unknown):
        return UNKNOWN
    sizes = signal.tensor.sizes
    if not isinstance(sizes, Unknown) and -len(sizes) <= axis < len(sizes):
        size = sizes[axis]
        if not isinstance(size, Unknown):
            return size
    return signal.width if axis_name(signal.tensor, axis) == "channel" else UNKNOWN


def keeps_channel(before: Tensor, after: tuple[Size, ...] | Unknown) -> tuple[bool | Unknown, int | Unknown]:
    """Say whether a reshape leaves the channel axis one axis with the same elements, and where it then is.

    In row-major order it does exactly if some axis has its size and the same number of elements behind it.
    """
    sizes, channel = before.sizes, before.channel
    if isinstance(sizes, Unknown) or isinstance(channel, Unknown) or isinstance(after, Unknown):
        return UNKNOWN, UNKNOWN
    channel %= max(1, len(sizes))
    behind = _product(sizes[channel + 1 :])
    size = sizes[channel] if channel < len(sizes) else UNKNOWN
    if isinstance(behind, Unknown) or isinstance(size, Unknown):
        return UNKNOWN, UNKNOWN
    for axis in range(len(after) - 1, 0, -1):
        tail = _product(after[axis + 1 :])
        if isinstance(tail, Unknown) or isinstance(after[axis], Unknown):
            return UNKNOWN, UNKNOWN
        if tail == behind and after[axis] == size:
            return True, axis
        if tail > behind:
            break
    return False, UNKNOWN


def without_axis(signal: Signal, axis: int) -> Signal:
    """Drop one axis, as a wrapper does that folds the time steps into the batch."""
    sizes, channel = signal.tensor.sizes, signal.tensor.channel
    if isinstance(sizes, Unknown):
        channel = channel if not isinstance(channel, Unknown) and channel < 0 else UNKNOWN
        return Signal(signal.edge, Tensor(UNKNOWN, channel), signal.width)
    if len(sizes) <= axis:
        return Signal(signal.edge, Tensor(), signal.width)
    if not isinstance(channel, Unknown):
        channel = UNKNOWN if channel == axis else channel - (channel > axis)
    tensor = Tensor(sizes[:axis] + sizes[axis + 1 :], channel)
    return Signal(signal.edge, tensor, signal.width)


def _product(sizes: tuple[Size, ...]) -> Size:
    numbers = [size for size in sizes if not isinstance(size, Unknown)]
    return prod(numbers) if len(numbers) == len(sizes) else UNKNOWN
