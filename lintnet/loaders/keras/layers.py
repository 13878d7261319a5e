"""The table of Keras layers: class name to kind, attributes and effect on the channel axis.

Knows every public layer class of Keras 3 and the spellings of Keras 1 and 2; no graph. Conventions are normalised
here: the rate is the probability of dropping, the momentum of a batch norm the weight of the new batch, axes have
names. Wrappers, models and separable convolutions are several nodes and live in `walk`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown, Value
from lintnet.loaders.keras.call import Attributes, Row
from lintnet.loaders.keras.config import BATCH, Json, read_sizes
from lintnet.loaders.keras.flows import flat, formatted, keep, last, lose, new_layout, pooled, ranked, recurrent
from lintnet.loaders.signals import axis_name, blank, extent, keeps_channel, with_channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.keras.call import Call, Described, Read

__all__ = ["LAYERS", "RECURRENT_CELLS", "permuted", "plain", "read_axis", "read_shape", "window"]


def plain(kind: str, **attributes: Value) -> Read:
    """A layer of a kind without attributes, or with fixed ones."""
    return partial(_plain, kind, attributes)


def _plain(kind: str, attributes: Attributes, _call: Call) -> Described:
    return kind, dict(attributes)


# Weights.


def window(call: Call, spatial: int, kernel: Json, stride_default: tuple[Size, ...] | Unknown) -> Attributes:
    """Kernel, stride, dilation and padding of a conv or pool over `spatial` axes."""
    config = call.config
    size = kernel.axes(spatial)
    stride = config.first("strides", "subsample", "subsample_length", "stride")
    dilation = config.first("dilation_rate", "atrous_rate").axes(spatial, 1)
    steps = stride_default if stride.missing else stride.axes(spatial)
    attributes: Attributes = {"kernel": size, "stride": steps, "dilation": dilation}
    padding = config.first("padding", "border_mode").text("valid")
    if isinstance(padding, Unknown) or padding.lower() in {"valid", "same"}:
        attributes["padding"] = padding if isinstance(padding, Unknown) else padding.lower()
    else:
        attributes["padding"] = "explicit"
        if padding == "causal" and not isinstance(size, Unknown) and not isinstance(dilation, Unknown):
            taps = tuple(
                UNKNOWN if isinstance(k, Unknown) or isinstance(d, Unknown) else (k - 1) * d
                for k, d in zip(size, dilation, strict=True)
            )
            attributes["pads"] = (*taps, *[0] * spatial)
    return attributes


# Initialisers with fixed weights or gains, and those whose variance is a scale over a fan, as Keras spells them without
# underscores: word of the attribute `init`, and the scale where the class says it.
_CONSTANTS: Final = {"zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}
_FANS: Final = {
    "glorotuniform": ("fan_avg", 1.0),
    "glorotnormal": ("fan_avg", 1.0),
    "heuniform": ("fan_in", 2.0),
    "henormal": ("fan_in", 2.0),
    "lecununiform": ("fan_in", 1.0),
    "lecunnormal": ("fan_in", 1.0),
}
# Variance of a standard normal variable that is drawn again beyond two standard deviations.
_TRUNCATED: Final = 0.773741


def _initial(call: Call) -> Attributes:
    """How a weight layer starts; nothing of a layer that is not trained, whose weights mean something."""
    config = call.config
    if call.frozen or config["trainable"].value is False:
        return {}
    word, scale = _distribution(config.first("kernel_initializer", "depthwise_initializer", "init"))
    bias: Value = None
    if config.first("use_bias", "bias").value is not False:
        name, value = _distribution(config["bias_initializer"], "zeros")
        bias = value if name in {"zeros", "ones", "constant"} else UNKNOWN
    return {"init": word, "init_scale": scale, "init_bias": bias}


def _distribution(initial: Json, default: str = "glorot_uniform") -> tuple[str | Unknown, float | Unknown]:
    """Return the words of an initialiser and its scale; unknown for one of somebody's own."""
    name: object = default if initial.missing else initial.value
    config = Json({}, "", "")
    if initial.is_object:
        if ">" in str(initial["registered_name"].value):
            return UNKNOWN, UNKNOWN
        name, config = initial["class_name"].value, initial["config"] if initial["config"].is_object else config
    if not isinstance(name, str):
        return UNKNOWN, UNKNOWN
    name = name.replace("_", "").lower()
    if name in _CONSTANTS:
        return ("ones" if _CONSTANTS[name] else "zeros"), _CONSTANTS[name]
    if name in _FANS:
        return _FANS[name]
    row = _SPREADS.get(name)
    return (UNKNOWN, UNKNOWN) if row is None else row(config)


def _literal(config: Json, key: str, default: float) -> float | Unknown:
    value = config[key].value
    if value is None:
        return default
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN


def _constant(config: Json) -> tuple[str | Unknown, float | Unknown]:
    value = _literal(config, "value", 0.0)
    if isinstance(value, Unknown):
        return UNKNOWN, UNKNOWN  # an array
    return ("zeros" if value == 0 else "constant"), value


def _normal(share: float, config: Json) -> tuple[str | Unknown, float | Unknown]:
    mean, deviation = _literal(config, "mean", 0.0), _literal(config, "stddev", 0.05)
    if isinstance(deviation, Unknown) or mean != 0:
        return UNKNOWN, UNKNOWN
    return "normal", share * deviation**2


def _uniform(config: Json) -> tuple[str | Unknown, float | Unknown]:
    low, high = _literal(config, "minval", -0.05), _literal(config, "maxval", 0.05)
    if isinstance(low, Unknown) or isinstance(high, Unknown) or low != -high:
        return UNKNOWN, UNKNOWN
    return "uniform", (high - low) ** 2 / 12


def _scaled(config: Json) -> tuple[str | Unknown, float | Unknown]:
    mode, scale = config["mode"].value, _literal(config, "scale", 1.0)
    mode = "fan_in" if mode is None else mode.lower() if isinstance(mode, str) else ""
    return (mode, scale) if mode in {"fan_in", "fan_out", "fan_avg"} else (UNKNOWN, UNKNOWN)


_SPREADS: Final[dict[str, Callable[[Json], tuple[str | Unknown, float | Unknown]]]] = {
    "constant": _constant,
    "randomnormal": partial(_normal, 1.0),
    "normal": partial(_normal, 1.0),
    "truncatednormal": partial(_normal, _TRUNCATED),
    "randomuniform": _uniform,
    "uniform": _uniform,
    "variancescaling": _scaled,
    "orthogonal": lambda config: ("orthogonal", _literal(config, "gain", 1.0)),
    "orthogonalinitializer": lambda config: ("orthogonal", _literal(config, "gain", 1.0)),
    "identity": lambda config: ("identity", _literal(config, "gain", 1.0)),
    "identityinitializer": lambda config: ("identity", _literal(config, "gain", 1.0)),
}

_KERNEL_PARTS: Final = {2: ("nb_row", "nb_col"), 3: ("kernel_dim1", "kernel_dim2", "kernel_dim3")}


def _kernel(config: Json, spatial: int) -> Json:
    parts = _KERNEL_PARTS.get(spatial, ())
    if parts and config.has(*parts):
        sizes = [config[part].value for part in parts]
        return Json(sizes, (config.at, parts[0]), config.path)
    return config.first("kernel_size", "filter_length")


def _conv_base(call: Call, spatial: int) -> Attributes:
    return {
        "inp": call.width,
        **window(call, spatial, _kernel(call.config, spatial), (1,) * spatial),
        "bias": call.config.first("use_bias", "bias").flag(default=True),
        **_initial(call),
    }


def _conv(kind: str, spatial: int, call: Call) -> Described:
    out = call.config.first("filters", "nb_filter").integer()
    return kind, {**_conv_base(call, spatial), "out": out, "groups": call.config["groups"].integer(1)}


def _depthwise(spatial: int, call: Call) -> Described:
    each = call.config["depth_multiplier"].integer(1)
    inp = call.width
    out = UNKNOWN if isinstance(inp, Unknown) or isinstance(each, Unknown) else inp * each
    return "conv", {**_conv_base(call, spatial), "out": out, "groups": inp}


def _locally_connected(spatial: int, _call: Call) -> Described:
    # A conv whose weights differ from place to place: no kind says so, and calling it a conv would be wrong.
    return "unknown", {"reason": f"weights that are not shared over {spatial} axes"}


def _linear(call: Call) -> Described:
    config = call.config
    inp = extent(call.inputs[0], -1) if call.inputs else UNKNOWN
    if isinstance(inp, Unknown):
        inp = config["input_dim"].integer()
    bias = config.first("use_bias", "bias").flag(default=True)
    return "linear", {"inp": inp, "out": config.first("units", "output_dim").integer(), "bias": bias, **_initial(call)}


def _einsum(call: Call) -> Described:
    """A matrix product written as `ab,bc->ac`: contracted letters are the width in, new letters the width out."""
    config = call.config
    equation = config["equation"].text("")
    bias = not config["bias_axes"].missing
    attributes: Attributes = {"inp": UNKNOWN, "out": UNKNOWN, "bias": bias}
    if isinstance(equation, Unknown):
        return "linear", attributes
    left, _, result = equation.replace(" ", "").partition("->")
    data, _, weight = left.partition(",")
    shape = config["output_shape"]
    target = read_sizes(shape) if shape.is_list else (shape.integer(),)
    source = call.tensor.sizes
    if not isinstance(source, Unknown):
        attributes["inp"] = _letters(data, source, [each for each in weight if each in data and each not in result])
    if not isinstance(target, Unknown):
        attributes["out"] = _letters(result, target, [each for each in weight if each in result and each not in data])
    return "linear", attributes


def _letters(term: str, sizes: tuple[Size, ...], wanted: list[str]) -> Size:
    """Product of the sizes of some letters of a term; the term is aligned with the sizes from the right."""
    total: Size = 1
    for letter in wanted:
        behind = len(term) - term.index(letter)
        size = sizes[-behind] if behind <= len(sizes) else UNKNOWN
        total = UNKNOWN if isinstance(size, Unknown) or isinstance(total, Unknown) else total * size
    return total


def _einsum_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    shape = call.config["output_shape"]
    sizes = read_sizes(shape) if shape.is_list else (shape.integer(),)
    width = UNKNOWN if isinstance(sizes, Unknown) or not sizes else sizes[-1]
    equation = call.config["equation"].value
    ranks = equation.partition("->")[2].strip() if isinstance(equation, str) else "..."
    return blank(call.rank if "..." in ranks or not ranks else len(ranks), -1, width) if attributes else lose(call, {})


def _embedding(call: Call) -> Described:
    config = call.config
    return "embedding", {"rows": config["input_dim"].integer(), "out": config["output_dim"].integer()}


def _embedding_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    sizes = call.tensor.sizes
    out = attributes["out"]
    width = out if isinstance(out, int) else UNKNOWN
    if isinstance(sizes, Unknown):
        return blank(UNKNOWN, -1, width)
    return with_channel(Tensor((*sizes, UNKNOWN)), -1, width)


def _recurrent(kind: str, call: Call) -> Described:
    config = call.config
    return kind, {
        "inp": call.width,
        "out": config.first("units", "output_dim", "filters", "nb_filter").integer(),
        "bias": config["use_bias"].flag(default=True),
        "layers": 1,
        "directions": 1,
        "sequence": config["return_sequences"].flag(default=False),
        "dropout": config.first("dropout", "dropout_W").number(0.0),
        "recurrent_dropout": config.first("recurrent_dropout", "dropout_U").number(0.0),
        "activation": _function_name(config["activation"], "tanh"),
        "gate": None
        if kind == "rnn"
        else _function_name(config.first("recurrent_activation", "inner_activation"), "sigmoid"),
    }


def _function_name(value: Json, default: str) -> str | Unknown:
    if value.is_object:
        inner = value["config"]
        return inner.value if isinstance(inner.value, str) else UNKNOWN
    return value.text(default)


def _conv_recurrent_flow(spatial: int, call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    rank = spatial + 2 + (attributes["sequence"] is True)
    form = call.config["data_format"].text("")
    first = 1 + (attributes["sequence"] is True)
    out = attributes["out"]
    return blank(rank, first if form == "channels_first" else -1, out if isinstance(out, int) else UNKNOWN)


def _attention(form: str | None, call: Call) -> Described:
    config = call.config
    attributes: Attributes = {
        "out": call.inputs[1].width if len(call.inputs) > 1 else call.width,
        "dropout": config["dropout"].number(0.0),
        "causal": _causal(call),
    }
    if form is not None:
        attributes |= {"form": form, "heads": 1}
    return "attention", attributes


def _multi_head(call: Call) -> Described:
    config = call.config
    shape = config["output_shape"]
    out = call.width
    if not shape.missing:
        sizes = read_sizes(shape) if shape.is_list else (shape.integer(),)
        out = UNKNOWN if isinstance(sizes, Unknown) or not sizes else sizes[-1]
    return "attention", {
        "form": "multi_head",
        "heads": config.first("num_heads", "num_query_heads").integer(),
        "head_width": config.first("key_dim", "head_dim").integer(),
        "out": out,
        "dropout": config["dropout"].number(0.0),
        "causal": _causal(call),
    }


def _causal(call: Call) -> bool | Unknown:
    literal = call.keywords["use_causal_mask"]
    if not literal.missing:
        return literal.flag()
    return call.config["causal"].flag(default=False)


# Normalisation.


def read_axis(axis: Json, default: int | Unknown = -1) -> int | Unknown:
    """Return an axis; a list of one counts as that one, several are unknown."""
    if axis.is_list:
        items = axis.items()
        return items[0].integer() if len(items) == 1 else UNKNOWN
    return axis.integer(default)


def _norm(call: Call, epsilon: float) -> Attributes:
    config = call.config
    axis = read_axis(config["axis"])
    return {
        "axis": axis_name(call.tensor, axis),
        "out": extent(call.inputs[0], axis) if call.inputs else UNKNOWN,
        "epsilon": config["epsilon"].number(epsilon),
        "scale": config["scale"].flag(default=True),
        "shift": config["center"].flag(default=True),
    }


def _batch_norm(call: Call) -> Described:
    config = call.config
    attributes = _norm(call, 1e-3)
    mode = config["mode"].integer(0)  # Keras 1: 1 normalises each sample, 2 uses batch statistics always
    if mode == 1:
        return "layer_norm", attributes
    frozen = call.frozen or config["trainable"].flag(default=True) is False or call.training is False
    keras = config["momentum"].number(0.99)
    attributes["momentum"] = keras if isinstance(keras, Unknown) else round(1 - keras, 12)
    attributes["running"] = not frozen and mode != 2
    attributes["mode"] = "inference" if frozen else "training" if call.training or mode == 2 else "phase"
    return "batch_norm", attributes


def _layer_norm(call: Call) -> Described:
    attributes = _norm(call, 1e-3)
    if call.config["rms_scaling"].flag(default=False) is True:
        attributes["shift"] = False
        return "rms_norm", attributes
    return "layer_norm", attributes


def _rms_norm(call: Call) -> Described:
    return "rms_norm", {**_norm(call, 1e-6), "shift": False}


def _group_norm(call: Call) -> Described:
    attributes = _norm(call, 1e-3)
    groups = call.config["groups"].integer(32)
    if groups == -1:  # one group per channel, which the Keras documentation calls instance normalisation
        return "instance_norm", {**attributes, "running": False}
    return "group_norm", {**attributes, "groups": groups}


def _instance_norm(call: Call) -> Described:
    return "instance_norm", {**_norm(call, 1e-3), "running": False}


# Randomness.


def _dropout(form: str, call: Call) -> Described:
    config = call.config
    if call.training is False:
        return "identity", {}
    rate = config.first("rate", "p", "drop_path_rate").number()
    shape = config["noise_shape"]
    if not shape.missing and form == "element":
        return "dropout", {"rate": rate, "form": _tied(call, shape), "mode": _mode(call)}
    return "dropout", {"rate": rate, "form": form, "mode": _mode(call)}


def _mode(call: Call) -> str:
    return "training" if call.training else "phase"


def _tied(call: Call, shape: Json) -> str | Unknown:
    """Which elements share one draw: size 1 in `noise_shape` ties an axis, null (or the full size) leaves it free."""
    if not shape.is_list:
        return UNKNOWN
    sizes = [None if item.missing else item.integer() for item in shape.items()]
    if len(sizes) < 2 or sizes[0] == 1:
        return UNKNOWN
    tied = [size == 1 for size in sizes]
    if not any(tied):
        return "element"
    if all(tied[1:]):
        return "path"
    channel = call.tensor.channel
    rank = call.rank if not isinstance(call.rank, Unknown) else len(sizes)
    if isinstance(channel, Unknown) or rank != len(sizes):
        return UNKNOWN
    channel %= rank
    spatial = [each for axis, each in enumerate(tied) if axis not in {0, channel}]
    if not tied[channel] and all(spatial):
        return "channel"
    return Unknown("noise_shape ties other axes")


def _noise(key: str | None, call: Call) -> Described:
    if call.training is False:
        return "identity", {}
    return "noise", {"rate": call.config.first(key, "p").number()} if key else {}


# Activations.


def _relu(call: Call) -> Described:
    config = call.config
    slope = config.first("negative_slope", "alpha").number(0.0)
    threshold = config["threshold"].number(0.0)
    if isinstance(threshold, Unknown) or isinstance(slope, Unknown):
        return "unknown", {"reason": "a rectifier whose settings are not known"}
    if threshold != 0:
        return "threshold", {"threshold": threshold}
    if slope != 0:
        return "leaky_relu", {"slope": slope}
    limit = config["max_value"]
    return "relu", {"ceiling": None if limit.missing else limit.number()}


def _sloped(kind: str, default: float, call: Call) -> Described:
    return kind, {"slope": call.config.first("negative_slope", "alpha").number(default)}


def _thresholded(call: Call) -> Described:
    return "threshold", {"threshold": call.config["theta"].number(1.0)}


def _softmax(call: Call) -> Described:
    axis = read_axis(call.config["axis"])
    width = extent(call.inputs[0], axis) if call.inputs else UNKNOWN
    return "softmax", {"axis": axis_name(call.tensor, axis), "extent": width}


# Pooling, merging, shapes.


def _pool(kind: str, spatial: int, call: Call) -> Described:
    config = call.config
    size = config.first("pool_size", "pool_length")
    kernel = size.axes(spatial, 2)
    attributes = window(call, spatial, size, kernel)
    attributes["kernel"] = kernel
    return kind, attributes


def _adaptive(kind: str, spatial: int, call: Call) -> Described:
    size = call.config["output_size"].axes(spatial)
    if size == (1,) * spatial:
        return f"global_{kind}_pool", {}
    return "adaptive_pool", {"size": size}


def _concat(call: Call) -> Described:
    axis = read_axis(call.config.first("axis", "concat_axis"))
    return "concat", {"axis": axis_name(call.tensor, axis)}


def _concat_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    tensor, width = keep(call, {})
    if axis_name(call.tensor, read_axis(call.argument("axis", "concat_axis"))) != "channel":
        return tensor, width
    total: Size = 0
    for signal in call.inputs:
        more = signal.width
        total = UNKNOWN if isinstance(more, Unknown) or isinstance(total, Unknown) else total + more
    return blank(tensor.rank, tensor.channel, total)


_MERGE_MODES: Final = {
    "sum": "add",
    "mul": "multiply",
    "ave": "average",
    "max": "maximum",
    "dot": "matmul",
    "cos": "matmul",
}


def _merge(call: Call) -> Described:
    """The `Merge` layer of Keras 1."""
    mode = call.config["mode"].text("sum")
    if mode == "concat":
        return _concat(call)
    kind = "unknown" if isinstance(mode, Unknown) else _MERGE_MODES.get(mode, "unknown")
    return kind, {"reason": "a merge by a function of its own"} if kind == "unknown" else {}


def _merge_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    if "axis" in attributes:
        return _concat_flow(call, attributes)
    return lose(call, attributes) if attributes else keep(call, attributes)


def read_shape(call: Call, target: Json) -> tuple[Size, ...] | Unknown:
    """Read a target shape without the batch axis, and infer its one -1 where every size is known."""
    if not target.is_list:
        return UNKNOWN
    sizes: list[Size] = [UNKNOWN if item.missing else item.integer() for item in target.items()]
    if -1 in sizes:
        source = call.tensor.sizes
        total: Size = UNKNOWN
        if not isinstance(source, Unknown):
            total = _product(source[1:])
        rest = _product(tuple(size for size in sizes if size != -1))
        known = not isinstance(total, Unknown) and not isinstance(rest, Unknown) and rest > 0
        found = total // rest if known and not isinstance(total, Unknown) and not isinstance(rest, Unknown) else UNKNOWN
        sizes = [found if size == -1 else size for size in sizes]
    return tuple(sizes)


def _product(sizes: tuple[Size, ...]) -> Size:
    total: Size = 1
    for size in sizes:
        total = UNKNOWN if isinstance(size, Unknown) or isinstance(total, Unknown) else total * size
    return total


def _reshape(call: Call) -> Described:
    target = call.config.first("target_shape", "dims")
    sizes = read_shape(call, target)
    after = sizes if isinstance(sizes, Unknown) else (UNKNOWN, *sizes)
    written = tuple(item.integer() for item in target.items()) if target.is_list else UNKNOWN
    shape = written if isinstance(written, Unknown) else (-1, *written)
    if -1 in (() if isinstance(written, Unknown) else written) and not isinstance(sizes, Unknown):
        shape = (UNKNOWN, *sizes)
    return "reshape", {"keeps_channel": keeps_channel(call.tensor, after)[0], "shape": shape}


def _reshape_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    sizes = read_shape(call, call.config.first("target_shape", "dims"))
    if isinstance(sizes, Unknown):
        return new_layout(call, attributes)
    tensor = Tensor((BATCH, *sizes))
    kept, place = keeps_channel(call.tensor, tensor.sizes)
    return with_channel(tensor, place if kept is True else call.layout)


def _flatten(call: Call) -> Described:
    sizes = call.tensor.sizes
    after: tuple[Size, ...] | Unknown = UNKNOWN
    if not isinstance(sizes, Unknown):
        after = (UNKNOWN, _product(sizes[1:]))
    return "flatten", {"keeps_channel": keeps_channel(call.tensor, after)[0]}


def _permute(call: Call) -> Described:
    dims = call.config["dims"]
    axes: tuple[Size, ...] | Unknown = UNKNOWN
    if dims.is_list:
        axes = (0, *[item.integer() for item in dims.items()])
    channel = call.tensor.channel
    return "transpose", {"permutation": axes, "keeps_channel": UNKNOWN if isinstance(channel, Unknown) else True}


def permuted(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    """The channel axis moves to where the permutation puts it."""
    axes, channel, rank = attributes.get("permutation"), call.tensor.channel, call.rank
    if not isinstance(axes, tuple):
        return lose(call, attributes)
    if isinstance(channel, Unknown) or (isinstance(rank, Unknown) and channel < 0):
        return blank(len(axes), UNKNOWN)
    channel %= len(axes)
    return blank(len(axes), axes.index(channel) if channel in axes else UNKNOWN, call.width)


def _pads(spatial: int, call: Call) -> Described:
    value = call.config.first("padding")
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
        each = value.integer(1)
        pairs = [(each, each)] * spatial
    pads = (*[begin for begin, _ in pairs], *[end for _, end in pairs])
    return "pad", {"pads": pads if len(pairs) == spatial else UNKNOWN}


def _upsample(spatial: int, call: Call) -> Described:
    method = call.config["interpolation"].text("nearest")
    factors = call.config.first("size", "length").axes(spatial, 2)
    before = call.tensor.spatial
    size: tuple[Size, ...] | Unknown = UNKNOWN
    if not isinstance(before, Unknown) and not isinstance(factors, Unknown) and len(before) == len(factors):
        size = tuple(
            UNKNOWN if isinstance(a, Unknown) or isinstance(b, Unknown) else a * b
            for a, b in zip(before, factors, strict=True)
        )
    return "resize", {"method": _METHODS.get(method, method) if isinstance(method, str) else method, "size": size}


_METHODS: Final = {"bilinear": "linear", "bicubic": "cubic"}


def _resizing(call: Call) -> Described:
    config = call.config
    method = config["interpolation"].text("bilinear")
    size = (config["height"].integer(), config["width"].integer())
    return "resize", {"method": _METHODS.get(method, method) if isinstance(method, str) else method, "size": size}


def _rescaling(call: Call) -> Described:
    scale = call.config["scale"]
    constant = UNKNOWN if scale.is_list else scale.number()
    return "affine", {"function": "multiply", "constant": constant}


def _opaque(reason: str) -> Row:
    return Row(plain("unknown", reason=reason), lose, activates=False)


RECURRENT_CELLS: Final = {"LSTMCell": "lstm", "GRUCell": "gru", "SimpleRNNCell": "rnn"}
"""The cells that an `RNN` layer can repeat."""


def _by_rank() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for n in (1, 2, 3):
        axes = formatted(n)
        conv = Row(partial(_conv, "conv", n), axes)
        transposed = Row(partial(_conv, "conv_transpose", n), axes)
        # Convolution2D, AtrousConvolution2D and Deconvolution2D are Keras 1.
        for name in (f"Conv{n}D", f"Convolution{n}D", f"AtrousConvolution{n}D", f"AtrousConv{n}D"):
            rows[name] = conv
        for name in (f"Conv{n}DTranspose", f"Convolution{n}DTranspose", f"Deconvolution{n}D", f"Deconv{n}D"):
            rows[name] = transposed
        rows[f"DepthwiseConv{n}D"] = Row(partial(_depthwise, n), axes)
        rows[f"LocallyConnected{n}D"] = Row(partial(_locally_connected, n), axes)
        rows[f"ConvLSTM{n}D"] = Row(partial(_recurrent, "lstm"), partial(_conv_recurrent_flow, n), activates=False)
        for word, kind in (("Max", "max"), ("Average", "average")):
            row = Row(partial(_pool, f"{kind}_pool", n), axes)
            rows[f"{word}Pooling{n}D"] = row
            everywhere = Row(plain(f"global_{kind}_pool"), pooled)
            rows[f"Global{word}Pooling{n}D"] = everywhere
            rows[f"Adaptive{word}Pooling{n}D"] = Row(partial(_adaptive, kind, n), axes)
            short = {"Max": "Max", "Average": "Avg"}[word]
            rows[f"{short}Pool{n}D"] = row
            rows[f"Global{short}Pool{n}D"] = everywhere
        rows[f"UpSampling{n}D"] = Row(partial(_upsample, n), axes)
        rows[f"ZeroPadding{n}D"] = Row(partial(_pads, n), axes)
        rows[f"Cropping{n}D"] = Row(plain("crop"), axes)
        rows[f"SpatialDropout{n}D"] = Row(partial(_dropout, "channel"), keep)
    return rows


_AUGMENT: Final = """
AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MaxNumBoundingBoxes
MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert
RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation
RandomWidth RandomZoom Solarization
"""
_INDICES: Final = """
CategoryCrossing CategoryEncoding Discretization HashedCrossing Hashing IntegerLookup StringLookup TextVectorization
"""
_MERGES: Final = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
}


def _layers() -> dict[str, Row]:
    rows = _by_rank()
    rows |= {name: Row(plain("augment"), keep) for name in _AUGMENT.split()}
    rows |= {name: Row(plain("index_math"), new_layout) for name in _INDICES.split()}
    rows |= {name: Row(plain(kind), keep) for name, kind in _MERGES.items()}
    dense = Row(_linear, last)
    batch_norm = Row(_batch_norm, keep)
    elementwise_dropout = Row(partial(_dropout, "element"), keep)
    for names, kind in (("LSTM CuDNNLSTM", "lstm"), ("GRU CuDNNGRU", "gru"), ("SimpleRNN", "rnn")):
        rows |= {name: Row(partial(_recurrent, kind), recurrent, activates=False) for name in names.split()}
    for name, kind in RECURRENT_CELLS.items():
        rows[name] = Row(partial(_recurrent, kind), last, activates=False)
    for name in ("BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"):
        rows[name] = batch_norm
    rows |= {
        "Dense": dense,
        "TimeDistributedDense": dense,
        "EinsumDense": Row(_einsum, _einsum_flow),
        "MaxoutDense": Row(plain("maxout"), last),
        "Embedding": Row(_embedding, _embedding_flow),
        "ReversibleEmbedding": Row(_embedding, _embedding_flow),
        "Attention": Row(partial(_attention, "dot_product"), last),
        "AdditiveAttention": Row(partial(_attention, None), last),
        "MultiHeadAttention": Row(_multi_head, last),
        "GroupedQueryAttention": Row(_multi_head, last),
        "GroupQueryAttention": Row(_multi_head, last),
        "LayerNormalization": Row(_layer_norm, keep),
        "RMSNormalization": Row(_rms_norm, keep),
        "GroupNormalization": Row(_group_norm, keep),
        "InstanceNormalization": Row(_instance_norm, keep),
        "UnitNormalization": Row(plain("unit_norm"), keep),
        "Dropout": elementwise_dropout,
        "AlphaDropout": Row(partial(_dropout, "alpha"), keep),
        "GaussianDropout": Row(partial(_noise, "rate"), keep),
        "GaussianNoise": Row(partial(_noise, None), keep),
        "ReLU": Row(_relu, keep),
        "LeakyReLU": Row(partial(_sloped, "leaky_relu", 0.3), keep),
        "PReLU": Row(plain("prelu"), keep),
        "ParametricSoftplus": Row(plain("other_activation"), keep),
        "SReLU": Row(plain("other_activation"), keep),
        "ELU": Row(partial(_sloped, "elu", 1.0), keep),
        "ThresholdedReLU": Row(_thresholded, keep),
        "Softmax": Row(_softmax, keep),
        # Layers of the models that Keras ships (ConvNeXt, InceptionResNetV2), saved under their own names.
        "LayerScale": Row(plain("affine", function="multiply"), keep),
        "StochasticDepth": Row(partial(_dropout, "path"), keep),
        "CustomScaleLayer": Row(plain("add"), keep),
        "Concatenate": Row(_concat, _concat_flow),
        "Merge": Row(_merge, _merge_flow),
        "Dot": Row(plain("matmul"), new_layout),
        "Reshape": Row(_reshape, _reshape_flow),
        "Flatten": Row(_flatten, flat),
        "Permute": Row(_permute, permuted),
        "RepeatVector": Row(plain("expand"), ranked(3)),
        "Resizing": Row(_resizing, formatted(2)),
        "Rescaling": Row(_rescaling, keep),
        "Normalization": Row(plain("affine"), keep),
        "Identity": Row(plain("identity"), keep),
        "ActivityRegularization": Row(plain("identity"), keep),
        "Masking": Row(plain("mask"), keep),
        "STFTSpectrogram": Row(plain("signal"), new_layout),
        "MelSpectrogram": Row(plain("signal"), new_layout),
        "TFSMLayer": _opaque("an inference graph in a SavedModel directory of its own"),
        "TorchModuleWrapper": _opaque("a torch module, whose code is not in the file"),
        "JaxLayer": _opaque("a JAX function, whose code is not in the file"),
        "FlaxLayer": _opaque("a Flax module, whose code is not in the file"),
        "Lambda": _opaque("Lambda layer: its code is not decoded"),
        "Layer": _opaque("a base class that computes nothing of its own"),
        "Wrapper": _opaque("a base class that computes nothing of its own"),
        "DenseFeatures": _opaque("feature columns, whose code is not in the file"),
        "Highway": _opaque("a gated layer of Keras 1"),
    }
    return rows


LAYERS: Final = _layers()
"""Every layer class that is one node, by the name it is saved under."""
