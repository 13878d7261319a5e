"""The layers of torch.nn: what their constructors say, in the words of the IR.

Knows no function of torch and no container. The functions of `torch.nn.functional` share these descriptions where the
names of their parameters agree. Signatures are those of torch 2.13.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.signals import BATCH
from lintnet.loaders.source.frameworks import torch_shapes as shapes
from lintnet.loaders.source.frameworks.torch_call import (
    MODULE,
    Attributes,
    Call,
    Describe,
    Described,
    as_attribute,
    emit,
    get,
    integers,
    items_of,
    layer,
    lines,
    number_of,
    plain,
    signals_in,
    size_value,
)
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, Instance, Signal, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.source.frameworks.torch_shapes import Axes, Outcome
    from lintnet.loaders.source.tables import Machine, Run

__all__ = [
    "LAYERS",
    "activation",
    "adaptive",
    "clamp",
    "compared",
    "dropout_attributes",
    "flatten",
    "layer_norm",
    "named",
    "pad",
    "pool",
    "reshape_to",
    "resize",
    "rms_norm",
    "softmax_axis",
    "window",
]

_SAME: Final = "same"


# Windows: convolution and pooling.


def _padding(value: Value, count: int) -> tuple[str | Unknown, Axes]:
    """Read `padding=`: a word, a number or one per axis. Returns the word of the IR and the pads, begins then ends."""
    if value == "valid":
        return "valid", (0,) * (2 * count)
    if value == _SAME:
        return _SAME, UNKNOWN
    pads = _per_axis(value, count)
    if isinstance(pads, Unknown):
        return UNKNOWN, UNKNOWN
    if any(isinstance(each, Unknown) for each in pads):
        return UNKNOWN, pads + pads
    return ("explicit" if any(each != 0 for each in pads) else "valid"), pads + pads


def _per_axis(value: Value, count: int) -> Axes:
    """Return one integer per axis, from one for all of them or a sequence."""
    values = integers(value)
    if isinstance(values, Unknown):
        return UNKNOWN
    return values * count if len(values) == 1 else values if len(values) == count else UNKNOWN


def window(bound: Bound, count: int, kernel: Value, stride: Value) -> Attributes:
    """Describe a sliding window over `count` axes."""
    padding, pads = _padding(get(bound, "padding"), count)
    dilation = bound.arguments.get("dilation", 1)
    return {
        "kernel": _per_axis(kernel, count),
        "stride": _per_axis(stride, count),
        "dilation": _per_axis(dilation, count),
        "padding": padding,
        "pads": pads,
    }


def _axes(attributes: Attributes, name: str) -> Axes:
    value = attributes.get(name, UNKNOWN)
    return value if isinstance(value, tuple) else UNKNOWN


def windowed(call: Call, count: int, out: Size | None, attributes: Attributes, *, ceil: Value = False) -> Outcome:
    """Return what follows for the result of a sliding window."""
    kernel, stride, dilation = (_axes(attributes, name) for name in ("kernel", "stride", "dilation"))
    pads = _axes(attributes, "pads")
    if attributes["padding"] == _SAME:
        # Only allowed with stride 1: the sizes stay.
        stay = shapes.map_of(call.x, count)
        sizes = stay.sizes if isinstance(stay.sizes, tuple) else None
        return shapes.outcome(Tensor((sizes[0], out, *sizes[2:]), 1) if sizes and out is not None else stay)
    return shapes.windowed(call.x, count, out, kernel, stride, dilation, pads, ceil=ceil)


def _conv(count: int, call: Call) -> Described:
    s = call.settings
    inp = s.integer("in_channels") if "in_channels" in s.arguments else UNKNOWN
    attributes: Attributes = {
        "inp": call.size(1) if isinstance(inp, Unknown) else inp,
        "out": s.integer("out_channels"),
        **window(s, count, s["kernel_size"], s["stride"]),
        "groups": s.integer("groups"),
        "bias": s.flag("bias"),
    }
    return "conv", attributes, windowed(call, count, size_value(attributes["out"]), attributes)


def _conv_transpose(count: int, call: Call) -> Described:
    kind, attributes, _result = _conv(count, call)
    s = call.settings
    given = get(call.bound, "output_size")
    out = size_value(attributes["out"])
    if given is None or "output_size" not in call.bound.arguments:
        extra = _per_axis(s["output_padding"], count)
        result = transposed(call, count, out, attributes, extra)
    else:
        target = integers(given)
        result = shapes.resized(call.x, count, target if isinstance(target, Unknown) else target[-count:])
        result = (Tensor(_second(result[0], out), 1), out)
    return f"{kind}_transpose", attributes, result


def _second(tensor: Tensor, out: Size) -> tuple[Size, ...] | Unknown:
    return tensor.sizes if isinstance(tensor.sizes, Unknown) else (tensor.sizes[0], out, *tensor.sizes[2:])


def transposed(call: Call, count: int, out: Size, attributes: Attributes, extra: Axes) -> Outcome:
    """Return what follows for the result of a transposed convolution."""
    kernel, stride, dilation = (_axes(attributes, name) for name in ("kernel", "stride", "dilation"))
    pads = _axes(attributes, "pads")
    return shapes.transposed_window(
        call.x, count, out, kernel, stride, dilation, pads if isinstance(pads, Unknown) else pads[:count], extra
    )


def pool(kind: str, count: int, call: Call) -> Described:
    """Describe a local pooling; without a stride it is that of the kernel."""
    s = call.settings
    kernel, stride = s["kernel_size"], s["stride"]
    # An empty tuple is torch's other spelling of no stride.
    attributes = window(s, count, kernel, kernel if stride is None or stride == () else stride)
    return kind, attributes, windowed(call, count, None, attributes, ceil=_flag(get(s, "ceil_mode")))


def _flag(value: Value) -> bool | Unknown:
    return bool(value) if isinstance(value, bool | int) else UNKNOWN


def _lp_pool(count: int, call: Call) -> Described:
    s = call.settings
    padded = Bound(s.path, {**s.arguments, "padding": 0})
    return pool("lp_pool", count, call._replace(settings=padded))


def _fractional(count: int, call: Call) -> Described:
    s = call.settings
    size = s["output_size"]
    target: Axes = _per_axis(size, count)
    ratio = s["output_ratio"]
    if size is None and ratio is not None:
        ratios = items_of(ratio) or [ratio] * count
        target = tuple(shapes.times(call.size(axis + 2), number_of(each)) for axis, each in enumerate(ratios))
    attributes: Attributes = {"kernel": _per_axis(s["kernel_size"], count), "stride": UNKNOWN, "padding": "valid"}
    return "max_pool", attributes, shapes.resized(call.x, count, target)


def adaptive(word: str, count: int, call: Call) -> Described:
    """Describe adaptive pooling: to size 1 it is global pooling."""
    wanted = call.settings["output_size"]
    raw = items_of(wanted) or [wanted] * count
    if len(raw) != count:
        raw = raw * count if len(raw) == 1 else [UNKNOWN] * count
    # None keeps the size of an axis.
    target = tuple(call.size(axis + 2) if each is None else size_value(each) for axis, each in enumerate(raw))
    result = shapes.resized(call.x, count, target)
    if all(size == 1 for size in target if isinstance(size, int)) and not any(
        isinstance(size, Unknown) for size in target
    ):
        return f"global_{word}_pool", {}, result
    return "adaptive_pool", {"size": target}, result


def _unpool(count: int, call: Call) -> Described:
    s = call.settings
    given = get(call.bound, "output_size")
    if given is None:
        kernel = _per_axis(s["kernel_size"], count)
        stride = kernel if s["stride"] is None else _per_axis(s["stride"], count)
        padding = _per_axis(s["padding"], count)
        result = shapes.transposed_window(
            call.x, count, call.size(1), kernel, stride, (1,) * count, padding, (0,) * count
        )
        sizes = result[0].sizes
        target: Axes = sizes if isinstance(sizes, Unknown) else sizes[2:]
    else:
        wanted = integers(given)
        target = wanted if isinstance(wanted, Unknown) else wanted[-count:]
    return "resize", {"method": UNKNOWN, "size": target}, shapes.resized(call.x, count, target)


# Matrix products and lookups.


def _linear(call: Call) -> Described:
    s = call.settings
    inp = s.integer("in_features") if "in_features" in s.arguments else UNKNOWN
    out = s.integer("out_features")
    attributes: Attributes = {
        "inp": call.size(-1) if isinstance(inp, Unknown) else inp,
        "out": out,
        "bias": s.flag("bias"),
    }
    return "linear", attributes, shapes.last(call.x, out)


def _embedding(call: Call) -> Described:
    s = call.settings
    out = s.integer("embedding_dim")
    return "embedding", {"rows": s.integer("num_embeddings"), "out": out}, looked_up(call, out)


def looked_up(call: Call, out: Size) -> Outcome:
    """Return what follows for a lookup: an axis of features behind those of the indices."""
    sizes = call.x.tensor.sizes
    if isinstance(sizes, Unknown):
        return shapes.outcome(Tensor(UNKNOWN, -1), out)
    return shapes.outcome(Tensor((*sizes, out), len(sizes)))


def _embedding_bag(call: Call) -> Described:
    s = call.settings
    out = s.integer("embedding_dim")
    sizes = call.x.tensor.sizes
    batch: Size = BATCH if isinstance(sizes, Unknown) or len(sizes) != 2 else sizes[0]
    attributes: Attributes = {"rows": s.integer("num_embeddings"), "out": out}
    return "embedding", attributes, shapes.outcome(Tensor((batch, out), 1))


# Norms.


def _batch_norm(count: int, call: Call) -> Described:
    s = call.settings
    out: Size = s.integer("num_features") if "num_features" in s.arguments else UNKNOWN
    running = s.flag("track_running_stats")
    affine = s.flag("affine")
    momentum = s["momentum"]
    tensor = shapes.known_rank(call.x, count + 2) if count > 1 else call.x.tensor
    axis = second_axis(call, tensor, out)
    attributes: Attributes = {
        "out": call.size(1) if isinstance(out, Unknown) else out,
        "epsilon": s.number("eps"),
        "momentum": Unknown("cumulative") if momentum is None else s.number("momentum"),
        "scale": affine,
        "shift": _both(affine, bound_flag(s, "bias")),
        "axis": axis,
        # Without running statistics those of the batch are used at inference too.
        "mode": UNKNOWN if isinstance(running, Unknown) else "phase" if running else "training",
        "running": running,
    }
    return "batch_norm", attributes, seconded(call, tensor, out)


def seconded(call: Call, tensor: Tensor, out: Size) -> Outcome:
    """Return what follows for a norm over axis 1: what came, whose axis 1 has `out` elements."""
    sizes = tensor.sizes
    if isinstance(sizes, Unknown):
        # Behind a linear layer the features are the last axis, which is axis 1 only without steps in between.
        return shapes.outcome(tensor, out if isinstance(call.x.width, Unknown) else call.x.width)
    if len(sizes) < 2:
        return shapes.outcome(Tensor(sizes))
    return shapes.outcome(Tensor((sizes[0], out if isinstance(sizes[1], Unknown) else sizes[1], *sizes[2:]), 1))


def second_axis(call: Call, tensor: Tensor, out: Size) -> str | Unknown:
    """Name axis 1, the one batch norm works on: behind a linear layer over (batch, steps, features) it is the steps."""
    channel, rank = tensor.channel, tensor.rank
    if isinstance(channel, Unknown):
        return "channel"
    if isinstance(rank, Unknown):
        differs = isinstance(out, int) and isinstance(call.x.width, int) and out != call.x.width
        return "spatial" if differs else "channel"
    return "channel" if rank and channel % rank == 1 else "spatial"


def _both(first: bool | Unknown, second: bool | Unknown) -> bool | Unknown:  # noqa: FBT001 - truth values of the source
    if first is False or second is False:
        return False
    return second if isinstance(second, Unknown) else first


def bound_flag(bound: Bound, name: str) -> bool | Unknown:
    """Return a flag that older signatures lack, where it was always on."""
    return bound.flag(name) if name in bound.arguments else True


def _instance_norm(count: int, call: Call) -> Described:
    kind_free = _batch_norm(count, call)[1]
    running = kind_free["running"]
    attributes: Attributes = {name: kind_free[name] for name in ("out", "epsilon", "scale", "shift", "running")}
    attributes["axis"] = "channel"
    attributes["momentum"] = None if running is False else kind_free["momentum"]
    return (
        "instance_norm",
        attributes,
        seconded(call, shapes.known_rank(call.x, count + 2), size_value(attributes["out"])),
    )


def _group_norm(call: Call) -> Described:
    s = call.settings
    affine = s.flag("affine")
    out = s.integer("num_channels")
    attributes: Attributes = {
        "groups": s.integer("num_groups"),
        "out": out,
        "epsilon": s.number("eps"),
        "scale": affine,
        "shift": _both(affine, bound_flag(s, "bias")),
        "axis": "channel",
    }
    return "group_norm", attributes, seconded(call, call.x.tensor, out)


def layer_norm(call: Call, scale: bool | Unknown, shift: bool | Unknown) -> Described:  # noqa: FBT001 - truth values of the source
    """Describe a norm over the trailing axes that `normalized_shape` names: the features, when it is the last only."""
    s = call.settings
    sizes = integers(s["normalized_shape"])
    width: Size = UNKNOWN if isinstance(sizes, Unknown) or not sizes else sizes[-1]
    single = size_value(s["normalized_shape"])
    if isinstance(sizes, Unknown) and isinstance(single, int):
        sizes, width = (single,), single
    one = UNKNOWN if isinstance(sizes, Unknown) else len(sizes) == 1
    attributes: Attributes = {
        "out": call.size(-1) if isinstance(width, Unknown) else width,
        "epsilon": UNKNOWN if s["eps"] is None else s.number("eps"),
        "scale": scale,
        "shift": shift,
        "axis": "channel" if one is True else UNKNOWN,
    }
    if one is True:
        return "layer_norm", attributes, shapes.last(call.x, size_value(attributes["out"]))
    return "layer_norm", attributes, call.same()


def _layer_norm(call: Call) -> Described:
    affine = call.settings.flag("elementwise_affine")
    return layer_norm(call, affine, _both(affine, bound_flag(call.settings, "bias")))


def rms_norm(call: Call, scale: bool | Unknown) -> Described:  # noqa: FBT001 - a truth value of the source
    """Describe a root mean square norm over trailing axes."""
    _kind, attributes, result = layer_norm(call, scale, shift=False)
    return "rms_norm", attributes, result


def _rms_norm(call: Call) -> Described:
    return rms_norm(call, call.settings.flag("elementwise_affine"))


# Dropout.


def dropout_attributes(rate: float | Unknown, form: str, mode: str | Unknown) -> Attributes:
    """Describe a dropout."""
    return {"rate": rate, "mode": mode, "form": form}


def _dropout(form: str, call: Call) -> Described:
    return "dropout", dropout_attributes(call.settings.number("p"), form, "phase"), call.same()


# Activations.


def clamp(low: Value, high: Value) -> tuple[str, Attributes]:
    """Describe limits: from zero it is a rectifier, within the same distance of zero a hard tanh."""
    below, above = as_attribute(low), as_attribute(high)
    if isinstance(below, int | float) and not isinstance(below, bool) and below == 0:
        return "relu", {"ceiling": above}
    if isinstance(below, int | float) and isinstance(above, int | float) and below == -above:
        return "hard_tanh", {"low": below, "high": above}
    return "clamp", {"low": below, "high": above}


def _hard_tanh(call: Call) -> Described:
    s = call.settings
    low, high = s["min_val"], s["max_val"]
    if get(s, "min_value") is not None and "min_value" in s.arguments:
        low = s["min_value"]
    if get(s, "max_value") is not None and "max_value" in s.arguments:
        high = s["max_value"]
    kind, attributes = clamp(low, high)
    return kind, attributes, call.same()


def named(kind: str, target: str, name: str) -> Describe:
    """Describe an activation with one number, which torch calls `name`."""
    return partial(_named, kind, target, name)


def _named(kind: str, target: str, name: str, call: Call) -> Described:
    return kind, {target: call.settings.number(name)}, call.same()


def _gelu(call: Call) -> Described:
    return "gelu", {"approximate": call.settings.text("approximate")}, call.same()


def softmax_axis(call: Call, dim: Value) -> Attributes:
    """Name the axis of a softmax. Without one torch takes axis 0 for ranks 0, 1 and 3, else axis 1."""
    axis = size_value(dim)
    if dim is None:
        rank = call.rank
        axis = UNKNOWN if isinstance(rank, Unknown) else 0 if rank in {0, 1, 3} else 1
    over: Axes = UNKNOWN if isinstance(axis, Unknown) else (axis,)
    return {"axis": shapes.name_axis(call.x, axis), "extent": call.size(axis), "over": over}


def _softmax(kind: str, call: Call) -> Described:
    return kind, softmax_axis(call, call.settings["dim"]), call.same()


def _softmax2d(call: Call) -> Described:
    # Over (batch, channels, height, width), or without the batch.
    tensor = shapes.known_rank(call.x, 4)
    rank = tensor.rank
    channel = UNKNOWN if isinstance(rank, Unknown) else rank - 3
    x = Signal(call.x.edge, Tensor(tensor.sizes, channel), call.x.width)
    attributes: Attributes = {"axis": "channel", "extent": shapes.size_at(x, channel), "over": (-3,)}
    return "softmax", attributes, (x.tensor, x.width)


def _glu(call: Call) -> Described:
    dim = size_value(call.settings["dim"])
    size = call.size(dim)
    half: Size = size // 2 if isinstance(size, int) else UNKNOWN
    return "glu", {"axis": shapes.name_axis(call.x, dim)}, shapes.with_size(call.x, dim, half)


def _threshold(call: Call) -> Described:
    s = call.settings
    number, value = s.number("threshold"), s.number("value")
    if number == 0 and value == 0:
        return "relu", {"ceiling": None}, call.same()
    if value == 0:
        return "threshold", {"threshold": number}, call.same()
    return "other_activation", {}, call.same()


ACTIVATIONS: Final[dict[str, Describe]] = {
    "relu": plain("relu", ceiling=None),
    "relu6": plain("relu", ceiling=6.0),
    "hardtanh": _hard_tanh,
    "leaky_relu": named("leaky_relu", "slope", "negative_slope"),
    # The slope is drawn anew for every number while training.
    "rrelu": plain("leaky_relu", slope=UNKNOWN),
    "prelu": plain("prelu"),
    "elu": named("elu", "slope", "alpha"),
    "selu": plain("selu"),
    "celu": named("celu", "slope", "alpha"),
    "gelu": _gelu,
    "silu": plain("silu"),
    "mish": plain("mish"),
    "hardswish": plain("hard_swish"),
    "sigmoid": plain("sigmoid"),
    "hardsigmoid": plain("hard_sigmoid"),
    "tanh": plain("tanh"),
    "softplus": plain("softplus"),
    "softsign": plain("softsign"),
    "softmax": partial(_softmax, "softmax"),
    "log_softmax": partial(_softmax, "log_softmax"),
    "softmin": partial(_softmax, "softmax"),
    "logsigmoid": plain("log_sigmoid"),
    "hardshrink": named("shrink", "threshold", "lambd"),
    "softshrink": named("shrink", "threshold", "lambd"),
    "tanhshrink": plain("shrink"),
    "threshold": _threshold,
    "glu": _glu,
}
"""Activations by their name in torch.nn.functional; the classes have parameters of the same names."""


def activation(name: str) -> Describe:
    """Return what is said of an activation."""
    return ACTIVATIONS[name]


# Reshaping, padding and resizing.


def flatten(call: Call, start: Value, end: Value) -> Described:
    """Describe the merging of axes; behind the batch axis it is a flatten, elsewhere a reshape."""
    first, final = size_value(start), size_value(end)
    after = shapes.flattened(call.x, first, final)
    kind, attributes, result = reshape_to(call, after)
    rank = call.rank
    whole = final == -1 or (isinstance(rank, int) and final == rank - 1)
    if first != 1 or not whole:
        return kind, attributes, result
    if isinstance(after, tuple) and len(after) != 2:
        result = shapes.outcome(Tensor(after, UNKNOWN))
    return "flatten", {"keeps_channel": attributes["keeps_channel"]}, result


def reshape_to(call: Call, after: tuple[Size, ...] | Unknown) -> Described:
    """Describe a reshape to sizes, one of which may be -1."""
    if isinstance(after, Unknown):
        return "reshape", {"shape": UNKNOWN, "keeps_channel": UNKNOWN}, (Tensor(), UNKNOWN)
    tensor, width = shapes.reshaped(call.x, after)
    place = shapes.kept_channel(call.x.tensor, tensor.sizes)
    kept = UNKNOWN if isinstance(place, Unknown) else place is not None
    return "reshape", {"shape": after, "keeps_channel": kept}, (tensor, width)


def _flatten(call: Call) -> Described:
    return flatten(call, call.settings["start_dim"], call.settings["end_dim"])


def _unflatten(call: Call) -> Described:
    s = call.settings
    return unflatten(call, s["dim"], s["unflattened_size"])


def unflatten(call: Call, dim: Value, sizes: Value) -> Described:
    """Describe the splitting of one axis into several."""
    before = call.x.tensor.sizes
    parts = integers(sizes)
    index = shapes.axis_index(size_value(dim), call.rank)
    if isinstance(before, Unknown) or isinstance(parts, Unknown) or isinstance(index, Unknown):
        return reshape_to(call, UNKNOWN)
    return reshape_to(call, (*before[:index], *parts, *before[index + 1 :]))


def pad(call: Call, amounts: Axes, spatial: int | None = None) -> Described:
    """Describe padding: torch counts pairs from the last axis, the IR begins of all axes and then ends."""
    tensor = call.x.tensor if spatial is None else shapes.known_rank(call.x, spatial + 2)
    sizes = tensor.sizes
    if isinstance(sizes, Unknown) or isinstance(amounts, Unknown) or len(amounts) > 2 * len(sizes) or len(amounts) % 2:
        same = Tensor((UNKNOWN,) * len(sizes), tensor.channel) if isinstance(sizes, tuple) else Tensor()
        return "pad", {"pads": UNKNOWN}, (same, UNKNOWN)
    begins: list[Size] = [0] * len(sizes)
    ends: list[Size] = [0] * len(sizes)
    for place in range(0, len(amounts), 2):
        begins[-1 - place // 2], ends[-1 - place // 2] = amounts[place], amounts[place + 1]
    after = tuple(map(_padded, sizes, begins, ends))
    channel = 1 if spatial is not None else tensor.channel
    return "pad", {"pads": (*begins, *ends)}, shapes.outcome(Tensor(after, channel), call.x.width)


def _padded(size: Size, begin: Size, end: Size) -> Size:
    if isinstance(begin, Unknown) or isinstance(end, Unknown):
        return UNKNOWN
    return size if begin == end == 0 else UNKNOWN if isinstance(size, Unknown) else size + begin + end


def _pad(count: int, call: Call) -> Described:
    amounts = integers(call.settings["padding"])
    if isinstance(amounts, tuple) and len(amounts) == 1:
        amounts *= 2 * count
    return pad(call, amounts, count)


_METHODS: Final = {
    "nearest": "nearest",
    "nearest-exact": "nearest",
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "bicubic": "cubic",
    "area": "area",
}


def resize(call: Call, size: Value, scale: Value, mode: Value, spatial: int | None = None) -> Described:
    """Describe interpolation to a size, or by a factor."""
    rank = call.rank
    if spatial is None:
        spatial = (
            rank - 2
            if isinstance(rank, int)
            else {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(str(mode))
        )
    method = _METHODS.get(mode, UNKNOWN) if isinstance(mode, str) else UNKNOWN
    if spatial is None or spatial < 1:
        return "resize", {"method": method, "size": UNKNOWN}, (Tensor(UNKNOWN, UNKNOWN), UNKNOWN)
    if size is not None:
        target = _per_axis(size, spatial)
    else:
        factors = items_of(scale) or [scale] * spatial
        target = tuple(
            shapes.times(call.size(axis + 2), number_of(factor)) for axis, factor in enumerate(factors[:spatial])
        )
    return "resize", {"method": method, "size": target}, shapes.resized(call.x, spatial, target)


def _upsample(mode: str | None, call: Call) -> Described:
    s = call.settings
    return resize(call, s["size"], s["scale_factor"], s["mode"] if mode is None else mode, None if mode is None else 2)


def shuffled(call: Call, factor: int | Unknown, *, up: bool) -> Described:
    """Describe pixel shuffle (up) or its inverse: channels become positions, or positions channels."""
    tensor = call.x.tensor
    kind = "depth_to_space" if up else "space_to_depth"
    sizes = tensor.sizes
    if isinstance(sizes, Unknown):
        sizes = shapes.known_rank(call.x, 4).sizes
    if isinstance(sizes, Unknown) or len(sizes) < 3:
        return kind, {}, (Tensor(), UNKNOWN)
    place = len(sizes) - 3
    changed: list[Size] = []
    for size, grows in zip(sizes[place:], (not up, up, up), strict=True):
        power = 2 if not changed else 1
        if isinstance(size, Unknown) or isinstance(factor, Unknown) or factor < 1:
            changed.append(UNKNOWN)
        else:
            changed.append(size * factor**power if grows else size // factor**power)
    return kind, {}, shapes.outcome(Tensor((*sizes[:place], *changed), place))


def _pixel_shuffle(call: Call) -> Described:
    return shuffled(call, call.settings.integer("upscale_factor"), up=True)


def _pixel_unshuffle(call: Call) -> Described:
    return shuffled(call, call.settings.integer("downscale_factor"), up=False)


def _channel_shuffle(call: Call) -> Described:
    return "channel_shuffle", {}, shapes.channels_second(call.x)


def unfolded(call: Call) -> Described:
    """Describe im2col: windows become columns of (batch, channels times window, positions)."""
    s = call.settings
    attributes = window(s, 2, s["kernel_size"], s["stride"])
    tensor, _width = shapes.windowed(
        call.x, 2, None, *(_axes(attributes, name) for name in ("kernel", "stride", "dilation", "pads"))
    )
    kernel = _axes(attributes, "kernel")
    if isinstance(tensor.sizes, Unknown):
        return "extract", {}, (Tensor((BATCH, UNKNOWN, UNKNOWN), 1), UNKNOWN)
    columns = UNKNOWN if isinstance(kernel, Unknown) else shapes.product((tensor.sizes[1], *kernel))
    return "extract", {}, shapes.outcome(Tensor((tensor.sizes[0], columns, shapes.product(tensor.sizes[2:])), 1))


def folded(call: Call) -> Described:
    """Describe col2im, the inverse of `unfolded`."""
    s = call.settings
    kernel, target = _per_axis(s["kernel_size"], 2), _per_axis(s["output_size"], 2)
    columns, window_size = call.size(1), UNKNOWN if isinstance(kernel, Unknown) else shapes.product(kernel)
    out: Size = UNKNOWN
    if isinstance(columns, int) and isinstance(window_size, int) and window_size:
        out = columns // window_size
    sizes = call.x.tensor.sizes
    batch = BATCH if isinstance(sizes, Unknown) or len(sizes) != 3 else sizes[0]
    return "extract", {}, shapes.outcome(Tensor((batch, out, shapes.each(target, 0), shapes.each(target, 1)), 1))


# What construction makes: attributes that programs read (`self.kernel_size[0]`, `self.weight`).


def _tuple_of(value: Value, count: int) -> Value:
    """Return a setting as torch keeps it: one value per axis, words as they are."""
    if isinstance(value, int):
        return (value,) * count
    items = items_of(value)
    return value if items is None else tuple(items)


def _made_conv(count: int, transposed_: bool, _machine: Machine, bound: Bound) -> Value:  # noqa: FBT001 - a column of the table
    instance = bound.layer
    if instance is None:
        return None
    for name in ("kernel_size", "stride", "padding", "dilation", "output_padding"):
        if name in bound.arguments:
            instance.attributes[name] = _tuple_of(bound[name], count)
    if "output_padding" not in bound.arguments:
        instance.attributes["output_padding"] = (0,) * count
    instance.attributes["transposed"] = transposed_
    out, groups = bound.integer("out_channels"), bound.integer("groups")
    inp = bound.integer("in_channels") if "in_channels" in bound.arguments else UNKNOWN
    kernel = _per_axis(bound["kernel_size"], count)
    first, second = (inp, out) if transposed_ else (out, inp)
    divided: Size = UNKNOWN
    if isinstance(second, int) and isinstance(groups, int) and groups > 0:
        divided = second // groups
    sizes = (first, divided, *(UNKNOWN if isinstance(kernel, Unknown) else kernel[axis] for axis in range(count)))
    instance.attributes["weight"] = Weight(sizes, trainable=True, owner=instance, name="weight")
    _set_vector(instance, "bias", out, there=bound.flag("bias"))
    return None


def _set_vector(instance: Instance, name: str, size: Size, *, there: bool | Unknown) -> None:
    if isinstance(there, Unknown):
        instance.attributes[name] = Unknown(f"whether there is a {name}")
    else:
        vector = Weight((size,), trainable=True, owner=instance, name=name)
        instance.attributes[name] = vector if there else None


def _made_linear(_machine: Machine, bound: Bound) -> Value:
    if bound.layer is not None:
        inp = bound.integer("in_features") if "in_features" in bound.arguments else UNKNOWN
        out = bound.integer("out_features")
        bound.layer.attributes["weight"] = Weight((out, inp), trainable=True, owner=bound.layer, name="weight")
        _set_vector(bound.layer, "bias", out, there=bound.flag("bias"))
    return None


def _made_embedding(_machine: Machine, bound: Bound) -> Value:
    if bound.layer is not None:
        sizes = (bound.integer("num_embeddings"), bound.integer("embedding_dim"))
        bound.layer.attributes["weight"] = Weight(sizes, trainable=True, owner=bound.layer, name="weight")
    return None


def _made_norm(size: str, affine: str, _machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None:
        return None
    wide: Size = UNKNOWN
    if size in bound.arguments:
        value = bound[size]
        wide = size_value(value)
        if size == "normalized_shape":
            shape = integers(value)
            instance.attributes[size] = UNKNOWN if isinstance(shape, Unknown) else shape
            wide = UNKNOWN if isinstance(shape, Unknown) or len(shape) != 1 else shape[0]
    there = bound.flag(affine)
    _set_vector(instance, "weight", wide, there=there)
    _set_vector(instance, "bias", wide, there=_both(there, bound_flag(bound, "bias")))
    if "track_running_stats" in bound.arguments:
        tracked = bound.flag("track_running_stats")
        for name in ("running_mean", "running_var"):
            _set_vector(instance, name, wide, there=tracked)
        instance.attributes["num_batches_tracked"] = Weight(()) if tracked is not False else None
    return None


# Recurrent layers: several results.


_RECURRENT_SIGNATURE: Final = (
    "input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False, "
    "proj_size=0, device=None, dtype=None"
)
_RNN_SIGNATURE: Final = (
    "input_size, hidden_size, num_layers=1, nonlinearity='tanh', bias=True, batch_first=False, dropout=0.0, "
    "bidirectional=False, device=None, dtype=None"
)
_GRU_SIGNATURE: Final = _RECURRENT_SIGNATURE.replace("proj_size=0, ", "")
_CELL_SIGNATURE: Final = "input_size, hidden_size, bias=True, device=None, dtype=None"
_RNN_CELL_SIGNATURE: Final = "input_size, hidden_size, bias=True, nonlinearity='tanh', device=None, dtype=None"


def _cell_attributes(kind: str, settings: Bound, x_width: Size) -> Attributes:
    inp = settings.integer("input_size")
    return {
        "inp": x_width if isinstance(inp, Unknown) else inp,
        "out": settings.integer("hidden_size"),
        "bias": settings.flag("bias"),
        "layers": 1,
        "directions": 1,
        "sequence": False,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "layer_dropout": 0.0,
        "activation": settings.text("nonlinearity") if kind == "rnn" else "tanh",
        "gate": None if kind == "rnn" else "sigmoid",
    }


def _recurrent(kind: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run a recurrent layer: its result is (every step, last state), the state of an LSTM a pair."""
    instance, value = bound.layer, get(bound, "input")
    settings = None if instance is None else instance.settings
    if settings is None:
        return machine.barrier(op, signals_in(value), "its constructor was not run", layer=instance)
    if isinstance(value, Weight):
        state: Value = (Weight(), Weight()) if kind == "lstm" else Weight()
        return Weight(), state
    x = machine.as_signal(value, op)
    both = settings.flag("bidirectional")
    directions: int | Unknown = UNKNOWN if isinstance(both, Unknown) else 2 if both else 1
    attributes = _cell_attributes(kind, settings, shapes.size_at(x, -1))
    layers, hidden = settings.integer("num_layers"), size_value(attributes["out"])
    attributes |= {
        "layers": layers,
        "directions": directions,
        "sequence": True,
        "layer_dropout": settings.number("dropout"),
    }
    projected = settings.integer("proj_size") if "proj_size" in settings.arguments else 0
    width: Size = hidden if projected == 0 else projected
    features: Size = UNKNOWN if isinstance(width, Unknown) or isinstance(directions, Unknown) else width * directions
    sizes = shapes.known_rank(x, 3).sizes
    first = settings.flag("batch_first")
    steps: tuple[Size, Size] = (UNKNOWN, UNKNOWN)
    batch: Size = UNKNOWN
    if isinstance(sizes, tuple) and not isinstance(first, Unknown):
        batch = sizes[0] if first else sizes[1]
        # With time in front the leading axis is no batch, whatever was taken for it.
        steps = (sizes[0] if first or not shapes.batch_like(sizes[0]) else UNKNOWN, sizes[1])
    result = shapes.outcome(Tensor((*steps, features), 2))
    stacked = layers * directions if isinstance(layers, int) and isinstance(directions, int) else UNKNOWN
    states = [Tensor((stacked, batch, width), 2)]
    if kind == "lstm":
        states.append(Tensor((stacked, batch, hidden), 2))
    states_in = [each for each in signals_in(get(bound, "hx")) if each is not x]
    out = emit(machine, kind, [x, *states_in], result, attributes, op, instance, more=states)
    made = [
        Signal(out.edge._replace(output=number + 1), tensor, tensor.channels) for number, tensor in enumerate(states)
    ]
    return out, tuple(made) if kind == "lstm" else made[0]


def _cell(kind: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run one step of a recurrent layer: the new state, of an LSTM a pair."""
    instance, value = bound.layer, get(bound, "input")
    settings = None if instance is None else instance.settings
    state = get(bound, "hx")
    if settings is None:
        return machine.barrier(op, signals_in(value, state), "its constructor was not run", layer=instance)
    if isinstance(value, Weight) and not signals_in(state):
        return (Weight(), Weight()) if kind == "lstm" else Weight()
    inputs = signals_in(value, state)
    if not signals_in(value) and not isinstance(value, Weight):
        inputs.insert(0, machine.as_signal(value, op))
    x = inputs[0]
    attributes = _cell_attributes(kind, settings, shapes.size_at(x, -1))
    result = shapes.last(x, size_value(attributes["out"]))
    if kind != "lstm":
        return emit(machine, kind, inputs, result, attributes, op, instance)
    out = emit(machine, kind, inputs, result, attributes, op, instance, more=[result[0]])
    return out, Signal(out.edge._replace(output=1), result[0], result[1])


def _bilinear(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    settings = None if instance is None else instance.settings
    values = [get(bound, "input1"), get(bound, "input2")]
    inputs = signals_in(*values)
    if settings is None or not inputs:
        return machine.barrier("torch.nn.Bilinear", inputs, "its constructor was not run", layer=instance)
    out = settings.integer("out_features")
    attributes: Attributes = {"inp": settings.integer("in1_features"), "out": out, "bias": settings.flag("bias")}
    return emit(machine, "linear", inputs, shapes.last(inputs[0], out), attributes, "torch.nn.Bilinear", instance)


def _softmin(machine: Machine, bound: Bound) -> Value:
    """Negation, then softmax."""
    instance, value = bound.layer, get(bound, "input")
    settings = bound if instance is None else instance.settings
    if isinstance(value, Weight):
        return Weight(value.sizes)
    x = machine.as_signal(value, "torch.nn.Softmin")
    negative: Attributes = {"function": "multiply", "constant": -1.0}
    y = emit(machine, "affine", [x], (x.tensor, x.width), negative, "torch.nn.Softmin", instance, part="negative")
    dim = UNKNOWN if settings is None else settings["dim"]
    attributes = softmax_axis(Call(y, bound, bound), dim)
    return emit(machine, "softmax", [y], (y.tensor, y.width), attributes, "torch.nn.Softmin", instance)


def _attention(machine: Machine, bound: Bound) -> Value:
    """Run multi-head attention: the attended values, and the weights where they are wanted."""
    instance = bound.layer
    settings = None if instance is None else instance.settings
    values = [get(bound, name) for name in ("query", "key", "value")]
    if settings is None:
        return machine.barrier(
            "torch.nn.MultiheadAttention", signals_in(*values), "its constructor was not run", layer=instance
        )
    if not signals_in(*values) and any(isinstance(value, Weight) for value in values):
        return Weight(), Weight()
    inputs = [
        machine.as_signal(value, "torch.nn.MultiheadAttention") for value in values if not isinstance(value, Weight)
    ]
    embed, heads = settings.integer("embed_dim"), settings.integer("num_heads")
    width: Size = embed // heads if isinstance(embed, int) and isinstance(heads, int) and heads else UNKNOWN
    masks = [*signals_in(get(bound, "attn_mask"), get(bound, "key_padding_mask"))]
    attributes: Attributes = {
        "form": "multi_head",
        "heads": heads,
        "head_width": width,
        "out": embed,
        "dropout": settings.number("dropout"),
        "causal": causal(bound, masks),
    }
    query = values[0]
    first = settings.flag("batch_first")
    rank = query.tensor.rank if isinstance(query, Signal) else UNKNOWN
    tensor, out_width = (Tensor(UNKNOWN, -1), embed)
    if isinstance(query, Signal):
        tensor, out_width = shapes.last(query, embed)
        if first is not True and rank == 3 and isinstance(tensor.sizes, tuple) and shapes.batch_like(tensor.sizes[0]):
            tensor = Tensor((UNKNOWN, *tensor.sizes[1:]), tensor.channel)
    weights = Tensor()
    out = emit(
        machine,
        "attention",
        inputs,
        (tensor, out_width),
        attributes,
        "torch.nn.MultiheadAttention",
        instance,
        more=[weights],
    )
    if get(bound, "need_weights") is False:
        return out, None
    return out, Signal(out.edge._replace(output=1), weights)


def causal(bound: Bound, masks: list[Signal]) -> bool | Unknown:
    """Say whether later positions are masked: what `is_causal` says, or nothing is masked at all."""
    flag = bound.flag("is_causal")
    if flag is True:
        return True
    mask = get(bound, "attn_mask")
    return False if mask is None and not masks and flag is False else UNKNOWN


def _distance(reduction: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Compare two tensors along one axis."""
    instance = bound.layer
    settings = None if instance is None else instance.settings
    values = [get(bound, "x1"), get(bound, "x2")]
    inputs = signals_in(*values)
    if settings is None or not inputs:
        return Weight() if settings is not None else machine.barrier(op, inputs, "its constructor was not run")
    attributes, result = compared(inputs, values, size_value(settings.arguments.get("dim", -1)), reduction)
    if settings.arguments.get("keepdim", False) is not False:
        attributes["keepdims"], result = settings.flag("keepdim"), (Tensor(), UNKNOWN)
    return emit(machine, "reduce", inputs, result, attributes, op, instance)


def compared(
    inputs: list[Signal], values: list[Value], dim: int | Unknown, reduction: str
) -> tuple[Attributes, Outcome]:
    """Describe a comparison of two tensors along an axis, which is gone afterwards."""
    tensor, width = shapes.broadcast(values)
    joined = Signal(inputs[0].edge, tensor, width)
    axis = shapes.axis_index(dim, tensor.rank)
    over: Axes = UNKNOWN if isinstance(axis, Unknown) else (axis,)
    return {"function": reduction, "over": over, "keepdims": False}, shapes.reduced(joined, over, keepdims=False)


_PLACE: Final = "device=None, dtype=None"
_CONV: Final = (
    f"out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', {_PLACE}"
)
_TURNED: Final = (
    "out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, "
    f"padding_mode='zeros', {_PLACE}"
)
_LAZY_NORM: Final = f"eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, {_PLACE}, *, bias=True"
_INSTANCE: Final = (
    f"num_features, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, {_PLACE}, *, bias=True"
)
_WINDOW: Final = "kernel_size, stride=None, padding=0"
_BY_RANK: Final[tuple[tuple[str, str, Callable[[int, Call], Described]], ...]] = (
    ("Conv", f"in_channels, {_CONV}", _conv),
    ("LazyConv", _CONV, _conv),
    ("ConvTranspose", f"in_channels, {_TURNED}", _conv_transpose),
    ("LazyConvTranspose", _TURNED, _conv_transpose),
    ("MaxPool", f"{_WINDOW}, dilation=1, return_indices=False, ceil_mode=False", partial(pool, "max_pool")),
    ("LPPool", "norm_type, kernel_size, stride=None, ceil_mode=False", _lp_pool),
    ("AdaptiveAvgPool", "output_size", partial(adaptive, "average")),
    ("AdaptiveMaxPool", "output_size, return_indices=False", partial(adaptive, "max")),
    ("MaxUnpool", _WINDOW, _unpool),
    ("BatchNorm", f"num_features, {_LAZY_NORM}", _batch_norm),
    ("LazyBatchNorm", _LAZY_NORM, _batch_norm),
    ("InstanceNorm", _INSTANCE, _instance_norm),
    ("LazyInstanceNorm", _LAZY_NORM, _instance_norm),
    ("ZeroPad", "padding", _pad),
    ("ConstantPad", "padding, value", _pad),
    ("ReflectionPad", "padding", _pad),
    ("ReplicationPad", "padding", _pad),
    ("CircularPad", "padding", _pad),
)
_SECOND_RESULT: Final = {"MaxPool", "AdaptiveMaxPool"}
_WITH_SIZE: Final = {"ConvTranspose", "LazyConvTranspose"}

_DROPOUTS: Final = {
    "Dropout": "element",
    "Dropout1d": "channel",
    "Dropout2d": "channel",
    "Dropout3d": "channel",
    "AlphaDropout": "alpha",
    "FeatureAlphaDropout": "alpha",
}

# class | constructor | key of ACTIVATIONS
_ACTIVATION_CLASSES: Final = """
ReLU | inplace=False | relu
ReLU6 | inplace=False | relu6
Hardtanh | min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None | hardtanh
LeakyReLU | negative_slope=0.01, inplace=False | leaky_relu
RReLU | lower=0.125, upper=0.3333333333333333, inplace=False | rrelu
PReLU | num_parameters=1, init=0.25, device=None, dtype=None | prelu
ELU | alpha=1.0, inplace=False | elu
SELU | inplace=False | selu
CELU | alpha=1.0, inplace=False | celu
GELU | approximate='none' | gelu
SiLU | inplace=False | silu
Mish | inplace=False | mish
Hardswish | inplace=False | hardswish
Sigmoid | *args, **kwargs | sigmoid
Hardsigmoid | inplace=False | hardsigmoid
Tanh | *args, **kwargs | tanh
Softplus | beta=1.0, threshold=20.0 | softplus
Softsign | *args, **kwargs | softsign
Softmax | dim=None | softmax
LogSoftmax | dim=None | log_softmax
LogSigmoid | *args, **kwargs | logsigmoid
Hardshrink | lambd=0.5 | hardshrink
Softshrink | lambd=0.5 | softshrink
Tanhshrink | *args, **kwargs | tanhshrink
Threshold | threshold, value, inplace=False | threshold
GLU | dim=-1 | glu
"""


def with_indices(path: str, row: Row) -> Row:
    """Let a pooling return the places of its maxima too, where it is asked for them."""
    return row._replace(run=partial(_with_indices, row.run, path))


def _with_indices(run: Callable[[Machine, Bound], Value] | None, op: str, machine: Machine, bound: Bound) -> Value:
    result = UNKNOWN if run is None else run(machine, bound)
    settings = bound if bound.layer is None else bound.layer.settings
    wanted = False if settings is None else settings.flag("return_indices")
    if wanted is False:
        return result
    if isinstance(wanted, Unknown):
        machine.blind(f"whether {op} returns indices is not known")
        return result
    if isinstance(result, Signal):
        # The places go into unpooling or nowhere: a second output of the pooling.
        return result, Signal(result.edge, result.tensor, result.width)
    return result, Weight()


def _layers() -> dict[str, Row]:
    rows: dict[str, Row] = {}

    def add(name: str, signature: str, describe: Describe, call: str = "input", made: Run | None = None) -> None:
        path = f"torch.nn.{name}"
        rows[path] = layer(path, signature, describe, call, made)

    for name, signature, describe in _BY_RANK:
        for count in (1, 2, 3):
            call = "input"
            made: Run | None = None
            if name.endswith(("Conv", "ConvTranspose")):
                made = partial(_made_conv, count, name.endswith("Transpose"))
            elif "Norm" in name:
                made = partial(_made_norm, "num_features", "affine")
            if name in _WITH_SIZE:
                call = "input, output_size=None"
            elif name == "MaxUnpool":
                call = "input, indices, output_size=None"
            add(f"{name}{count}d", signature, partial(describe, count), call, made)
            if name in _SECOND_RESULT:
                path = f"torch.nn.{name}{count}d"
                rows[path] = with_indices(path, rows[path])
    for count in (1, 2, 3):
        divisor = "" if count == 1 else ", divisor_override=None"
        signature = f"{_WINDOW}, ceil_mode=False, count_include_pad=True{divisor}"
        add(f"AvgPool{count}d", signature, partial(pool, "average_pool", count))
    for count in (2, 3):
        signature = "kernel_size, output_size=None, output_ratio=None, return_indices=False, _random_samples=None"
        path = f"torch.nn.FractionalMaxPool{count}d"
        rows[path] = with_indices(path, layer(path, signature, partial(_fractional, count)))
    for name, form in _DROPOUTS.items():
        add(name, "p=0.5, inplace=False", partial(_dropout, form))
    for name, signature, key in lines(_ACTIVATION_CLASSES, 3):
        add(name, signature, ACTIVATIONS[key])
    rows["torch.nn.Softmin"] = Row("dim=None", _softmin, layer=True, base=MODULE, is_class=True)
    sync = _LAZY_NORM.replace("device", "process_group=None, device")
    add(
        "SyncBatchNorm",
        f"num_features, {sync}",
        partial(_batch_norm, 1),
        made=partial(_made_norm, "num_features", "affine"),
    )
    linear = "in_features, out_features, bias=True, device=None, dtype=None"
    add("Linear", linear, _linear, made=_made_linear)
    add("LazyLinear", "out_features, bias=True, device=None, dtype=None", _linear, made=_made_linear)
    add("NonDynamicallyQuantizableLinear", linear, _linear, made=_made_linear)
    add("Softmax2d", "*args, **kwargs", _softmax2d)
    add("Identity", "*args, **kwargs", plain("identity"))
    options = "max_norm=None, norm_type=2.0, scale_grad_by_freq=False"
    table = f"num_embeddings, embedding_dim, padding_idx=None, {options}, sparse=False, _weight=None, _freeze=False"
    add("Embedding", f"{table}, {_PLACE}", _embedding, made=_made_embedding)
    bag = (
        f"num_embeddings, embedding_dim, {options}, mode='mean', sparse=False, _weight=None, include_last_offset=False"
    )
    call = "input, offsets=None, per_sample_weights=None"
    add("EmbeddingBag", f"{bag}, padding_idx=None, {_PLACE}", _embedding_bag, call, _made_embedding)
    group = f"num_groups, num_channels, eps=1e-05, affine=True, {_PLACE}, *, bias=True"
    add("GroupNorm", group, _group_norm, made=partial(_made_norm, "num_channels", "affine"))
    norm = partial(_made_norm, "normalized_shape", "elementwise_affine")
    add(
        "LayerNorm",
        f"normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, {_PLACE}",
        _layer_norm,
        made=norm,
    )
    add("RMSNorm", f"normalized_shape, eps=None, elementwise_affine=True, {_PLACE}", _rms_norm, "x", norm)
    add("LocalResponseNorm", "size, alpha=0.0001, beta=0.75, k=1.0", _local_norm)
    add("CrossMapLRN2d", "size, alpha=0.0001, beta=0.75, k=1", _local_norm)
    add("Flatten", "start_dim=1, end_dim=-1", _flatten)
    add("Unflatten", "dim, unflattened_size", _unflatten)
    add("PixelShuffle", "upscale_factor", _pixel_shuffle)
    add("PixelUnshuffle", "downscale_factor", _pixel_unshuffle)
    add("ChannelShuffle", "groups", _channel_shuffle)
    resized = "size=None, scale_factor=None"
    upsample = f"{resized}, mode='nearest', align_corners=None, recompute_scale_factor=None"
    add("Upsample", upsample, partial(_upsample, None))
    add("UpsamplingNearest2d", resized, partial(_upsample, "nearest"))
    add("UpsamplingBilinear2d", resized, partial(_upsample, "bilinear"))
    add("Unfold", "kernel_size, dilation=1, padding=0, stride=1", unfolded)
    add("Fold", "output_size, kernel_size, dilation=1, padding=0, stride=1", folded)
    bilinear = f"in1_features, in2_features, out_features, bias=True, {_PLACE}"
    attention = (
        "embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, "
        f"batch_first=False, {_PLACE}"
    )
    attended = (
        "query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, "
        "is_causal=False"
    )
    distance = "p=2.0, eps=1e-06, keepdim=False"
    state = "input, hx=None"
    several: list[tuple[str, str, str, Run]] = [
        ("LSTM", _RECURRENT_SIGNATURE, state, partial(_recurrent, "lstm", "torch.nn.LSTM")),
        ("GRU", _GRU_SIGNATURE, state, partial(_recurrent, "gru", "torch.nn.GRU")),
        ("RNN", _RNN_SIGNATURE, state, partial(_recurrent, "rnn", "torch.nn.RNN")),
        ("LSTMCell", _CELL_SIGNATURE, state, partial(_cell, "lstm", "torch.nn.LSTMCell")),
        ("GRUCell", _CELL_SIGNATURE, state, partial(_cell, "gru", "torch.nn.GRUCell")),
        ("RNNCell", _RNN_CELL_SIGNATURE, state, partial(_cell, "rnn", "torch.nn.RNNCell")),
        (
            "CosineSimilarity",
            "dim=1, eps=1e-08",
            "x1, x2",
            partial(_distance, "similarity", "torch.nn.CosineSimilarity"),
        ),
        ("PairwiseDistance", distance, "x1, x2", partial(_distance, "distance", "torch.nn.PairwiseDistance")),
        ("Bilinear", bilinear, "input1, input2", _bilinear),
        ("MultiheadAttention", attention, attended, _attention),
    ]
    for name, signature, call, run in several:
        rows[f"torch.nn.{name}"] = Row(signature, run, layer=True, call=call, base=MODULE, is_class=True)
    return rows


def _local_norm(call: Call) -> Described:
    return "local_response_norm", {}, shapes.channels_second(call.x)


LAYERS: Final = _layers()
"""Rows of the layer classes by canonical name."""
