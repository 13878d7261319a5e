"""What layers do to the rank and the channel axis of a tensor. Knows calls and signals, no class name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown, Value
from lintnet.loaders.signals import blank, with_channel

if TYPE_CHECKING:
    from lintnet.loaders.keras.call import Attributes, Call, Flow

__all__ = [
    "as_size",
    "flat",
    "formatted",
    "keep",
    "last",
    "lose",
    "new_layout",
    "pooled",
    "ranked",
    "recurrent",
]


def keep(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """Elementwise: the same axes; of several inputs, those of the highest rank."""
    if not call.inputs:
        return Tensor(), UNKNOWN
    if len(call.inputs) == 1:
        return call.tensor, call.width
    ranks = [signal.tensor.rank for signal in call.inputs]
    known = [rank for rank in ranks if not isinstance(rank, Unknown)]
    if len(known) < len(ranks):
        channels = [signal.tensor.channel for signal in call.inputs]
        same = all(channel == channels[0] for channel in channels)
        return Tensor(UNKNOWN, channels[0] if same else UNKNOWN), _agreed([signal.width for signal in call.inputs])
    highest = [signal for signal in call.inputs if signal.tensor.rank == max(known)]
    channels = [s.tensor.channel for s in highest if not isinstance(s.tensor.channel, Unknown)]
    channel = channels[0] if channels and all(each == channels[0] for each in channels) else UNKNOWN
    width = _widest([signal.width for signal in highest])
    return blank(max(known), channel, width)


def last(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    """The last axis becomes the features: linear layers, attention."""
    return _with_last(call, as_size(attributes.get("out")), call.rank)


def formatted(spatial: int | None = None) -> Flow:
    """A map with the channel axis where `data_format` says; `out` or the input's number of channels."""
    return partial(_formatted, spatial)


def pooled(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """Global pooling: batch and channels are left, unless the reduced axes are kept."""
    if call.config["keepdims"].flag(default=False) is True:
        return blank(call.rank, channel_axis(call, None), call.width)
    return blank(2, 1, call.width)


def flat(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """Two axes are left, batch and features; how many is known if every size is."""
    sizes = call.tensor.sizes
    width: Size = UNKNOWN
    if not isinstance(sizes, Unknown):
        width = 1
        for size in sizes[1:]:
            width = UNKNOWN if isinstance(size, Unknown) or isinstance(width, Unknown) else width * size
    return blank(2, 1, width)


def recurrent(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    """Features last; the time axis stays if every step is returned."""
    out, directions = as_size(attributes.get("out")), as_size(attributes.get("directions"))
    width = UNKNOWN if isinstance(out, Unknown) or isinstance(directions, Unknown) else out * directions
    sequence = attributes.get("sequence")
    rank = (call.rank if sequence else _less(call.rank)) if isinstance(sequence, bool) else UNKNOWN
    return _with_last(call, width, rank)


def ranked(rank: int, channel: int = -1) -> Flow:
    """A fixed rank, with `out` channels."""
    return partial(_ranked, rank, channel)


def new_layout(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """The axes got a new meaning of which the file says nothing: the default of the framework holds."""
    return Tensor(UNKNOWN, call.layout), UNKNOWN


def lose(_call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """Nothing is known of the result."""
    return Tensor(), UNKNOWN


def channel_axis(call: Call, spatial: int | None) -> int | Unknown:
    """The channel axis that the layer's `data_format` names; else that of its input."""
    form = call.config.first("data_format", "dim_ordering").text("")
    if form in {"channels_first", "th"}:
        return 1
    if form in {"channels_last", "tf"}:
        return -1
    if spatial is None:
        return call.tensor.channel
    return call.layout


def as_size(value: Value) -> Size:
    """Return an attribute as a size."""
    return value if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN


def _with_last(call: Call, width: Size, rank: int | Unknown) -> tuple[Tensor, Size]:
    sizes = call.tensor.sizes
    if not isinstance(sizes, Unknown) and len(sizes) == rank and len(sizes) > 1:
        return with_channel(Tensor((*sizes[:-1], UNKNOWN)), -1, width)
    return blank(rank, -1, width)


def _formatted(spatial: int | None, call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    width = as_size(attributes.get("out")) if "out" in attributes else call.width
    rank = call.rank if spatial is None else spatial + 2
    return blank(rank, channel_axis(call, spatial), width)


def _ranked(rank: int, channel: int, _call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    return blank(rank, channel, as_size(attributes.get("out")))


def _less(rank: int | Unknown) -> int | Unknown:
    return rank if isinstance(rank, Unknown) else max(1, rank - 1)


def _agreed(widths: list[Size]) -> Size:
    return widths[0] if all(width == widths[0] for width in widths) else UNKNOWN


def _widest(widths: list[Size]) -> Size:
    numbers = [width for width in widths if not isinstance(width, Unknown)]
    return max(numbers) if numbers and len(numbers) == len(widths) else UNKNOWN
