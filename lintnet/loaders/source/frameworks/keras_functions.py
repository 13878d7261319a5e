"""Functions of `keras.ops`, `keras.backend`, `keras.activations` and TensorFlow on tensors in source.

Knows which arguments are tensors and in which order the others come; what a function means, the Keras reader's table of
operators says. What gives numbers, shapes or constants instead of activations has rows of its own here.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from lintnet.ir import UNKNOWN, Edge, Size, Tensor, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.keras.activations import NO_ACTIVATION, is_activation, read_activation
from lintnet.loaders.keras.call import Call
from lintnet.loaders.keras.config import Json
from lintnet.loaders.keras.layers import LAYERS, read_axis
from lintnet.loaders.keras.operators import OPERATORS, function_name
from lintnet.loaders.signals import BATCH, Signal, axis_name, refine, with_channel
from lintnet.loaders.source.frameworks import common
from lintnet.loaders.source.frameworks.keras_layers import ANYTHING, call_layer, make_layer
from lintnet.loaders.source.frameworks.keras_shapes import result_sizes
from lintnet.loaders.source.frameworks.keras_values import (
    REST,
    as_json,
    in_training,
    json_of,
    listed,
    signals_in,
    state_of,
)
from lintnet.loaders.source.frameworks.torch_shapes import size_at
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.keras.call import Described
    from lintnet.loaders.source.tables import Attributes, Machine

__all__ = ["FUNCTION_HOMES", "function_row", "special_rows"]

FUNCTION_HOMES: Final = (
    "keras.ops.",
    "keras.backend.",
    "keras.activations.",
    "keras.random.",
    "tensorflow.math.",
    "tensorflow.nn.",
    "tensorflow.linalg.",
    "tensorflow.image.",
    "tensorflow.signal.",
    "tensorflow.",
)
"""Where functions on tensors live; longer prefixes first."""

# Functions of which every argument may be a tensor, how many of them, and under which names they come.
_PAIRS: Final = """
add subtract multiply divide maximum minimum power squared_difference matmul dot logaddexp arctan2 logical_and
logical_or equal not_equal greater greater_equal less less_equal
"""
_OPERANDS: Final = {
    **dict.fromkeys(_PAIRS.split(), ("x1", "x2")),
    "where": ("condition", "x1", "x2"),
    "dot_product_attention": ("query", "key", "value"),
}
_OTHER_NAMES: Final = {"x": "x1", "y": "x2", "a": "x1", "b": "x2"}

# What comes behind the tensor by position.
_POSITIONS_TABLE: Final = """
softmax log_softmax argmax argmin concatenate stack normalize glu unstack: axis
mean sum max min prod std var logsumexp all any moments: axis keepdims
expand_dims squeeze flip cumsum cumprod: axis
split: sections axis
transpose: axes
reshape: newshape
clip: x_min x_max
leaky_relu: negative_slope
elu celu: alpha
gelu: approximate
relu: negative_slope max_value threshold
swapaxes: axis1 axis2
moveaxis: source destination
"""
_POSITIONS: Final = {
    name: tuple(behind.split())
    for names, _, behind in (line.partition(":") for line in _POSITIONS_TABLE.strip().splitlines())
    for name in names.split()
}
_MOST_PARTS: Final = 4096
_SECTIONS: Final = ("sections", "num_or_size_splits", "indices_or_sections", "num_split")
_KERAS_1_RELU: Final = {"alpha": "negative_slope"}
_AUGMENTING: Final = """
adjust_brightness adjust_gamma adjust_hue adjust_saturation flip_left_right flip_up_down random_brightness
random_contrast random_hue random_saturation random_crop random_jpeg_quality
"""
_EXTRA_NAMES: Final = {
    "batch_dot": "matmul",
    "permute_dimensions": "transpose",
    "batch_flatten": "flatten",
    "repeat_elements": "repeat",
    "resize_images": "resize",
    "spatial_2d_padding": "pad",
    "temporal_padding": "pad",
    "reverse": "flip",
    "multiply_no_nan": "multiply",
    "accumulate_n": "add_n",
    "acosh": "arccosh",
    "asinh": "arcsinh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "reduce_euclidean_norm": "norm",
    "max_pool1d": "max_pool",
    "max_pool3d": "max_pool",
    "avg_pool1d": "average_pool",
    "avg_pool3d": "average_pool",
    "atrous_conv2d": "conv",
    "convolution": "conv",
    "separable_conv2d": "depthwise_conv2d",
    "conv1d_transpose": "conv_transpose",
    "conv3d_transpose": "conv_transpose",
    "convert_image_dtype": "cast",
    "matvec": "matmul",
    **dict.fromkeys(_AUGMENTING.split(), "random_flip_left_right"),
    "space_to_batch": "space_to_depth",
    "identity_n": "identity",
    "grayscale_to_rgb": "rgb_to_grayscale",
}


def function_row(path: str) -> Row | None:
    """Make the row of a function on tensors by its canonical name; None where the table of operators has none."""
    home = next((each for each in FUNCTION_HOMES if path.startswith(each)), None)
    if home is None or "." in path[len(home) :]:
        return None
    spelled = path[len(home) :]
    name = _EXTRA_NAMES.get(spelled) or function_name(spelled)
    if spelled in {"normalize_batch_in_training", "batch_normalization"}:
        name = "batch_norm"
    if name not in OPERATORS and not is_activation(spelled):
        return None
    if name not in OPERATORS:
        return Row(ANYTHING, partial(_activation, spelled, _short(path)))
    return Row(ANYTHING, partial(_run, name, _short(path)))


def _activation(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Apply an activation that is no operator of its own: `keras.activations.mish(x)`."""
    value = _first_argument(machine, bound)
    x = machine.as_signal(value, op)
    kind, attributes = read_activation(name, x) or ("identity", {})
    return value if name in NO_ACTIVATION else _emit(machine, kind, [x], (x.tensor, x.width), attributes, op)


def _short(path: str) -> str:
    for long, short in (("tensorflow.", "tf."), ("keras.ops.", "ops."), ("keras.backend.", "K.")):
        if path.startswith(long):
            return short + path[len(long) :]
    return path


class _Arguments:
    """The arguments of a function: its tensors in order, and everything else as JSON."""

    def __init__(self, machine: Machine, op: str) -> None:
        self.machine = machine
        self.op = op
        self.tensors: list[Signal] = []
        self.weights: list[Weight] = []
        self.constants: list[Json] = []
        self.keywords: dict[str, object] = {}

    def tensor(self, value: Value) -> None:
        """Take an argument that is a tensor, a list of them, or a constant in the place of one."""
        value = in_training(value)
        items = listed(value)
        if isinstance(value, Signal):
            self.tensors.append(value)
        elif isinstance(value, Weight):
            self.weights.append(value)
            self.constants.append(Json(UNKNOWN, "", ""))
        elif isinstance(value, Unknown):
            self.tensors.append(self.machine.as_signal(value, self.op))
        elif items is not None and signals_in(items):
            for each in items:
                self.tensor(each)
        elif value is not None:
            self.constants.append(json_of(value))


def _sorted(machine: Machine, name: str, op: str, bound: Bound) -> _Arguments:
    args = cast("Sequence[Value]", bound["args"])
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    found = _Arguments(machine, op)
    operands = _OPERANDS.get(name)
    count = len(operands) if operands else 1
    names = _POSITIONS.get(name, ())
    for position, value in enumerate(args):
        if position < count or signals_in([value]):
            found.tensor(value)
        else:
            found.constants.append(json_of(value))
            if position - count < len(names):
                found.keywords[names[position - count]] = as_json(value)
    for key, value in keywords.items():
        if key in {"name", REST}:
            continue
        own = _OTHER_NAMES.get(key, key)
        if signals_in([value]) or (operands and own in operands) or (not args and not found.tensors):
            found.tensor(value)
        else:
            found.keywords[key] = as_json(value)
    return found


def _run(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    found = _sorted(machine, name, op, bound)
    if not found.tensors:
        return Weight(trainable=any(each.trainable for each in found.weights))
    if name in {"matmul", "dot"} and len(found.tensors) == 1 and found.weights:
        args = cast("Sequence[Value]", bound["args"])
        turned = found.keywords.get("transpose_b") is True
        if len(args) > 1:
            return common.matmul(machine, args[0], _turned(args[1]) if turned else args[1], op)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(machine, op, found)
    try:
        return _operate(name, op, machine, found)
    except LoadError as error:
        return machine.barrier(op, found.tensors, error.reason)


def _operate(name: str, op: str, machine: Machine, found: _Arguments) -> Value:
    """Read a call by the table of operators, and add its node.

    Raises:
        LoadError: an argument is of a type that no such function takes.
    """
    row = OPERATORS[name]
    call = Call(
        Json({}, "", ""),
        tuple(found.tensors),
        tuple(found.constants),
        Json(found.keywords, "", ""),
        layout=state_of(machine).layout,
    )
    kind, attributes = row.read(call)
    if kind == "relu" and name == "relu":
        kind, attributes = _relu(found, call)
    if kind == "unknown":
        return machine.barrier(op, found.tensors, str(attributes.get("reason", "")))
    if kind == "split":
        return _split(machine, name, op, call)
    result = row.flow(call, attributes)
    result = refine(*result, result_sizes(call, kind, attributes, result, operator=True))
    more = _MORE.get(name, 0)
    signal = _emit(machine, kind, found.tensors, result, attributes, op, more)
    if not more:
        return signal
    return (signal, *(Signal(Edge(signal.edge.node, index), Tensor()) for index in range(1, more + 1)))


def _turned(value: Value) -> Value:
    """Return a matrix with its axes swapped."""
    if not isinstance(value, Weight) or isinstance(value.sizes, Unknown):
        return value
    return Weight((*value.sizes[:-2], *value.sizes[:-3:-1]), value.trainable, value.owner, value.name)


_MORE: Final = {"moments": 1, "top_k": 1, "max_pool_with_argmax": 1}


def _emit(  # noqa: PLR0917 - as the machine's
    machine: Machine,
    kind: str,
    inputs: Sequence[Signal],
    result: tuple[Tensor, Size],
    attributes: Attributes,
    op: str,
    more: int = 0,
) -> Signal:
    tensor, width = result
    return machine.emit(
        kind,
        inputs,
        tensor,
        attributes,
        op=op,
        more=(Tensor(),) * more,
        width=None if isinstance(width, Unknown) else width,
    )


def _relu(found: _Arguments, call: Call) -> Described:
    """`relu(x, negative_slope, max_value, threshold)` is the layer of these settings."""
    config = {_KERAS_1_RELU.get(key, key): value for key, value in found.keywords.items()}
    return LAYERS["ReLU"].read(Call(Json(config, "", ""), call.inputs))


def _split(machine: Machine, name: str, op: str, call: Call) -> Value:
    """Take a tensor apart: as many results as the program says, each with its size along the axis."""
    x = call.inputs[0]
    axis = read_axis(call.argument("axis"), 0)
    size = size_at(x, axis)
    drop = name == "unstack"
    if drop:
        number = call.argument("num").value
        count = number if isinstance(number, int) else size
        known = not isinstance(count, Unknown) and 0 < count <= _MOST_PARTS
        parts: list[Size] = [UNKNOWN] * count if known and isinstance(count, int) else []
    else:
        parts = _parts(call.argument(*_SECTIONS, position=0), size, numpy=op.startswith("ops."))
    if not 0 < len(parts) <= _MOST_PARTS:
        return machine.barrier(op, [x], "the number of its results is not known")
    tensors = [_part(x.tensor, axis, each, drop=drop) for each in parts]
    attributes = {"axis": axis_name(x.tensor, axis)}
    first = machine.emit("split", [x], tensors[0], attributes, op=op, more=tensors[1:])
    signals = [Signal(Edge(first.edge.node, index), tensor, tensor.channels) for index, tensor in enumerate(tensors)]
    return tuple(signals) if drop else signals


def _parts(sections: Json, size: Size, *, numpy: bool) -> list[Size]:
    value = sections.value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_PARTS:
        each = UNKNOWN if isinstance(size, Unknown) else size // value
        return [each] * value
    if not sections.is_list:
        return []
    items = [item.integer() if isinstance(item.value, int) else UNKNOWN for item in sections.items()]
    if not numpy:
        return [UNKNOWN if isinstance(item, Unknown) or item < 0 else item for item in items]
    ends: list[Size] = [0, *items, size]
    return [UNKNOWN if isinstance(a, Unknown) or isinstance(b, Unknown) else b - a for a, b in pairwise(ends)]


def _part(tensor: Tensor, axis: int | Unknown, size: Size, *, drop: bool) -> Tensor:
    sizes = tensor.sizes
    if isinstance(sizes, Unknown) or isinstance(axis, Unknown) or not -len(sizes) <= axis < len(sizes):
        return Tensor(UNKNOWN, UNKNOWN if drop else tensor.channel)
    axis %= len(sizes)
    if not drop:
        return Tensor((*sizes[:axis], size, *sizes[axis + 1 :]), tensor.channel)
    channel = tensor.channel
    if not isinstance(channel, Unknown):
        channel %= len(sizes)
        channel = UNKNOWN if channel == axis else channel - (channel > axis)
    return Tensor((*sizes[:axis], *sizes[axis + 1 :]), channel)


# Functions with weights of their own, and random ones.


def _conv(machine: Machine, op: str, found: _Arguments) -> Value:
    """`tf.nn.conv2d(x, filters, strides, padding)` with a weight of the program."""
    x, weight = found.tensors[0], found.weights[0] if found.weights else None
    sizes = weight.sizes if weight is not None else UNKNOWN
    attributes: dict[str, object] = {"bias": False, "groups": 1}
    words = [found.keywords.get("padding"), *(each.value for each in found.constants)]
    padding = next((each for each in words if isinstance(each, str)), None)
    if isinstance(padding, str) and padding.lower() in {"same", "valid"}:
        attributes["padding"] = padding.lower()
    width: Size = UNKNOWN
    tensor, _ = (
        with_channel(Tensor((BATCH, *[UNKNOWN] * (len(sizes) - 1))), -1) if isinstance(sizes, tuple) else (Tensor(), 0)
    )
    if isinstance(sizes, tuple) and len(sizes) > 2:
        width = sizes[-1]
        attributes |= {"kernel": sizes[:-2], "inp": sizes[-2], "out": width}
        strides = found.keywords.get("strides", next((c.value for c in found.constants if c.is_list), None))
        if isinstance(strides, int):
            attributes["stride"] = (strides,) * (len(sizes) - 2)
        elif isinstance(strides, list) and len(cast("list[object]", strides)) == len(sizes):
            attributes["stride"] = tuple(
                each if isinstance(each, int) else UNKNOWN for each in cast("list[object]", strides)[1:-1]
            )
        tensor, _ = with_channel(tensor, -1, width)
    return _emit(machine, "conv", [x], (tensor, width), cast("Attributes", attributes), op)


def _dropout(machine: Machine, op: str, found: _Arguments) -> Value:
    """A dropout that is called as a function always drops, unless code around it asks for the phase."""
    x = found.tensors[0]
    rate: object = next((found.keywords[key] for key in ("rate", "level") if key in found.keywords), None)
    keep = found.keywords.get("keep_prob")
    if rate is None and isinstance(keep, int | float):
        rate = round(1 - keep, 12)
    if rate is None and not op.startswith("tf."):
        rate = next((each.value for each in found.constants), None)
    known = isinstance(rate, int | float) and not isinstance(rate, bool)
    # In TensorFlow 1 the second argument is what is kept, in TensorFlow 2 what is dropped.
    mode = "phase" if machine.guarded else "training" if known else "unstated"
    attributes = {"rate": rate if known else UNKNOWN, "form": "element", "mode": mode}
    if "noise_shape" in found.keywords and found.keywords["noise_shape"] is not None:
        attributes["form"] = UNKNOWN
    return _emit(machine, "dropout", [x], (x.tensor, x.width), cast("Attributes", attributes), op)


def _same_tensor(_machine: Machine, _op: str, found: _Arguments) -> Value:
    """No operation: `convert_to_tensor(x)`, `ensure_shape(x, …)`."""
    return found.tensors[0]


def _constant_like(_machine: Machine, _op: str, found: _Arguments) -> Value:
    return Weight(found.tensors[0].tensor.sizes)


def _shape(_machine: Machine, _op: str, found: _Arguments) -> Value:
    sizes = found.tensors[0].tensor.sizes
    return Unknown("the shape of a tensor") if isinstance(sizes, Unknown) else sizes


def _rank(_machine: Machine, _op: str, found: _Arguments) -> Value:
    return found.tensors[0].tensor.rank


_SPECIAL: Final = {
    "conv2d": _conv,
    "conv1d": _conv,
    "conv3d": _conv,
    "conv": _conv,
    "dropout": _dropout,
    "ensure_shape": _same_tensor,
    "zeros_like": _constant_like,
    "ones_like": _constant_like,
    "full_like": _constant_like,
    "shape": _shape,
    "rank": _rank,
    "ndim": _rank,
}


# What gives numbers, shapes and constants.


def _int_shape(_machine: Machine, bound: Bound) -> Value:
    """The shape as Keras knows it: None for the batch."""
    args = cast("Sequence[Value]", bound["args"]) or list(cast("Mapping[str, Value]", bound["kwargs"]).values())
    value = args[0] if args else UNKNOWN
    if isinstance(value, Weight):
        return value.sizes
    if not isinstance(value, Signal) or isinstance(value.tensor.sizes, Unknown):
        return Unknown("the shape of a tensor")
    sizes = value.tensor.sizes
    return tuple(None if index == 0 and isinstance(size, Unknown) else size for index, size in enumerate(sizes))


def _gives(value: Value, _machine: Machine, _bound: Bound) -> Value:
    return value


def _weight(shape_first: bool, trainable: bool, machine: Machine, bound: Bound) -> Value:  # noqa: FBT001 - columns of a table
    """Make a constant or a variable, of the sizes that are given or that its value has."""
    _ = machine
    args = cast("Sequence[Value]", bound["args"])
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    value = keywords.get("shape", args[0] if args else keywords.get("value", UNKNOWN))
    if shape_first or "shape" in keywords:
        return Weight(_sizes(value), trainable=trainable)
    if isinstance(value, Weight):
        return Weight(value.sizes, trainable=trainable)
    if isinstance(value, Signal):
        return value
    if isinstance(value, int | float):
        return Weight((), trainable=True) if trainable else value
    return Weight(_extent(value), trainable=trainable)


def _sizes(value: Value) -> tuple[Size, ...] | Unknown:
    value = in_training(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if not isinstance(value, tuple | list):
        return UNKNOWN
    return tuple(each if isinstance(each, int) else UNKNOWN for each in cast("Sequence[Value]", value))


def _extent(value: Value) -> tuple[Size, ...] | Unknown:
    """Return the sizes of nested lists of numbers."""
    found: list[Size] = []
    while isinstance(value, list | tuple):
        items = cast("Sequence[Value]", value)
        found.append(len(items))
        value = items[0] if items else 0
    return tuple(found) if isinstance(value, int | float) else UNKNOWN


def _range(_machine: Machine, bound: Bound) -> Value:
    args = list(cast("Sequence[Value]", bound["args"]))
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    start: Value = args[0] if len(args) > 1 else keywords.get("start", 0)
    stop: Value = args[1] if len(args) > 1 else args[0] if args else keywords.get("stop", keywords.get("limit"))
    step: Value = args[2] if len(args) > 2 else keywords.get("step", keywords.get("delta", 1))
    if stop is None and "start" in keywords:
        start, stop = 0, start
    if isinstance(start, int) and isinstance(stop, int) and isinstance(step, int) and step:
        return Weight((max(0, -(-(stop - start) // step)),))
    return Weight((UNKNOWN,))


def _set_format(machine: Machine, bound: Bound) -> Value:
    """`set_image_data_format("channels_first")`: from here on nothing is where it usually is."""
    args = cast("Sequence[Value]", bound["args"])
    first = args[0] if args else None
    known = {"channels_last": -1, "tf": -1, "channels_first": 1, "th": 1}
    state_of(machine).layout = known.get(first, UNKNOWN) if isinstance(first, str) else UNKNOWN
    return None


def _format(first: str, last: str, machine: Machine, _bound: Bound) -> Value:
    layout = state_of(machine).layout
    return Unknown("the image data format") if isinstance(layout, Unknown) else first if layout == 1 else last


def _in_train_phase(swap: bool, machine: Machine, bound: Bound) -> Value:  # noqa: FBT001 - a column of a table
    """`in_train_phase(x, alt)`: the training graph takes the first."""
    args = list(cast("Sequence[Value]", bound["args"]))
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    both = [args[0] if args else keywords.get("x"), args[1] if len(args) > 1 else keywords.get("alt")]
    value = both[1] if swap else both[0]
    return machine.call(value, []) if value is not None and not isinstance(value, Signal | Weight) else value


def _first_argument(_machine: Machine, bound: Bound) -> Value:
    args = cast("Sequence[Value]", bound["args"])
    return args[0] if args else next(iter(cast("Mapping[str, Value]", bound["kwargs"]).values()), UNKNOWN)


# What is called for what it does besides.
_INERT: Final = """
print Assert assert_equal assert_greater assert_less assert_rank no_op group control_dependencies name_scope
debugging.assert_equal debugging.assert_shapes debugging.check_numerics debugging.assert_rank summary.scalar
summary.histogram summary.image ensure_initialized
"""


def _is_tensor(_machine: Machine, bound: Bound) -> Value:
    value = bound["x"]
    return value if isinstance(value, Unknown) else isinstance(value, Signal | Weight)


def _cond(machine: Machine, bound: Bound) -> Value:
    """`tf.cond(training, f, g)`: the training graph takes the first; any other condition is not known."""
    chosen = in_training(bound["pred"])
    if not isinstance(chosen, bool):
        return Unknown("a branch of `cond`")
    return machine.call(bound["true_fn"] if chosen else bound["false_fn"], [])


# Functions that make a layer and call it.


def _layer_function(class_name: str, machine: Machine, bound: Bound) -> Value:
    """`concatenate([a, b], axis=-1)`: a layer that is made and called in one."""
    args = list(cast("Sequence[Value]", bound["args"]))
    keywords = dict(cast("Mapping[str, Value]", bound["kwargs"]))
    name = keywords.pop("name", None)
    value = args[0] if args else keywords.pop("inputs", UNKNOWN)
    names = ("axis",) if class_name == "Concatenate" else ("axes", "normalize") if class_name == "Dot" else ()
    keywords.update(zip(names, args[1:], strict=False))
    layer = make_layer(machine, class_name, keywords, name)
    return call_layer(machine, layer, [value], {})


def _merge(machine: Machine, bound: Bound) -> Value:
    """`merge([a, b], mode="concat")` of Keras 1."""
    args = list(cast("Sequence[Value]", bound["args"]))
    keywords = dict(cast("Mapping[str, Value]", bound["kwargs"]))
    keywords.update(zip(("inputs", "mode", "concat_axis", "dot_axes"), args, strict=False))
    name, value = keywords.pop("name", None), keywords.pop("inputs", UNKNOWN)
    mode = keywords.get("mode", "sum")
    if not isinstance(mode, str | Unknown):
        return machine.call(mode, [value])
    classes = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate"}
    class_name = classes.get(mode, "Merge") if isinstance(mode, str) else "Merge"
    if class_name == "Concatenate":
        keywords = {"axis": keywords.get("concat_axis", -1)}
    elif class_name != "Merge":
        keywords = {}
    layer = make_layer(machine, class_name, keywords, name)
    return call_layer(machine, layer, [value], {})


# Functions of TensorFlow 1 that are layers: name, class, parameters behind the input.
_TF_LAYERS: Final = """
dense Dense units activation use_bias
conv1d Conv1D filters kernel_size strides padding data_format dilation_rate activation use_bias
conv2d Conv2D filters kernel_size strides padding data_format dilation_rate activation use_bias
conv3d Conv3D filters kernel_size strides padding data_format dilation_rate activation use_bias
conv2d_transpose Conv2DTranspose filters kernel_size strides padding data_format activation use_bias
separable_conv2d SeparableConv2D filters kernel_size strides padding data_format dilation_rate depth_multiplier
max_pooling1d MaxPooling1D pool_size strides padding data_format
max_pooling2d MaxPooling2D pool_size strides padding data_format
max_pooling3d MaxPooling3D pool_size strides padding data_format
average_pooling1d AveragePooling1D pool_size strides padding data_format
average_pooling2d AveragePooling2D pool_size strides padding data_format
average_pooling3d AveragePooling3D pool_size strides padding data_format
batch_normalization BatchNormalization axis momentum epsilon center scale
dropout Dropout rate noise_shape seed training
flatten Flatten
"""


def _tf_layer(class_name: str, names: tuple[str, ...], machine: Machine, bound: Bound) -> Value:
    args = list(cast("Sequence[Value]", bound["args"]))
    keywords = dict(cast("Mapping[str, Value]", bound["kwargs"]))
    value = args[0] if args else keywords.pop("inputs", UNKNOWN)
    keywords.update(zip(names, args[1:], strict=False))
    name = keywords.pop("name", None)
    phased = class_name in {"Dropout", "BatchNormalization"}
    # Unlike the layers of Keras, these do not know of a phase unless they are told.
    training = keywords.pop("training", False)
    if not isinstance(training, bool | ByPhase):
        training = None
    layer = make_layer(machine, class_name, keywords, name)
    return call_layer(machine, layer, [value], {"training": training} if phased else {})


def special_rows() -> dict[str, Row]:
    """Return the rows of functions that are no operators on activations."""
    rows: dict[str, Row] = {}
    for home in ("keras.backend", "tensorflow.keras.backend"):
        rows[f"{home}.int_shape"] = Row(ANYTHING, _int_shape, pure=True)
        rows[f"{home}.image_data_format"] = Row(
            ANYTHING, partial(_format, "channels_first", "channels_last"), pure=True
        )
        rows[f"{home}.image_dim_ordering"] = Row(ANYTHING, partial(_format, "th", "tf"), pure=True)
        rows[f"{home}.set_image_data_format"] = Row(ANYTHING, _set_format, pure=True)
        rows[f"{home}.set_image_dim_ordering"] = Row(ANYTHING, _set_format, pure=True)
        rows[f"{home}.floatx"] = Row(ANYTHING, partial(_gives, "float32"), pure=True)
        rows[f"{home}.epsilon"] = Row(ANYTHING, partial(_gives, 1e-7), pure=True)
        rows[f"{home}.backend"] = Row(ANYTHING, partial(_gives, "tensorflow"), pure=True)
        rows[f"{home}.clear_session"] = Row(ANYTHING, partial(_gives, None), pure=True)
        rows[f"{home}.is_keras_tensor"] = Row(ANYTHING, partial(_gives, True), pure=True)  # noqa: FBT003 - its result
        rows[f"{home}.learning_phase"] = Row(ANYTHING, partial(_gives, ByPhase(True, False)), pure=True)  # noqa: FBT003 - the phase itself
        rows[f"{home}.in_train_phase"] = Row(ANYTHING, partial(_in_train_phase, False), pure=True)  # noqa: FBT003 - as above
        rows[f"{home}.in_test_phase"] = Row(ANYTHING, partial(_in_train_phase, True), pure=True)  # noqa: FBT003 - as above
    for name in ("image_data_format", "set_image_data_format", "floatx", "epsilon"):
        rows[f"keras.config.{name}"] = rows[f"keras.backend.{name}"]
    shaped = "zeros ones random_normal random_uniform truncated_normal random_binomial random_normal_variable"
    for home in ("keras.ops", "keras.backend", "tensorflow", "tensorflow.random", "keras.random"):
        names = f"{shaped} normal uniform" if "random" in home else shaped
        rows |= {f"{home}.{name}": Row(ANYTHING, partial(_weight, True, False), pure=True) for name in names.split()}  # noqa: FBT003 - columns
        rows[f"{home}.eye"] = rows[f"{home}.linspace"] = Row(ANYTHING, partial(_gives, Weight()), pure=True)
        rows[f"{home}.arange"] = rows[f"{home}.range"] = Row(ANYTHING, _range, pure=True)
        for name in ("constant", "convert_to_tensor", "array", "asarray"):
            rows[f"{home}.{name}"] = Row(ANYTHING, partial(_weight, False, False), pure=True)  # noqa: FBT003 - columns
    for path in ("keras.backend.variable", "tensorflow.Variable", "keras.Variable", "tensorflow.get_variable"):
        rows[path] = Row(ANYTHING, partial(_weight, False, True), pure=True)  # noqa: FBT003 - columns
    rows["keras.initializers.get"] = Row(ANYTHING, _first_argument, pure=True)
    rows["keras.activations.get"] = rows["keras.activations.deserialize"] = Row(ANYTHING, _first_argument, pure=True)
    rows["tensorflow.function"] = Row(ANYTHING, _first_argument, pure=True)
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"):
        rows[f"keras.layers.{name.lower()}"] = Row(ANYTHING, partial(_layer_function, name))
    for name in _INERT.split():
        rows[f"tensorflow.{name}"] = Row(ANYTHING, partial(_gives, None), pure=True)
    for name in ("tensorflow.is_tensor", "keras.ops.is_tensor"):
        rows[name] = Row("x", _is_tensor, pure=True)
    rows["tensorflow.cond"] = rows["keras.ops.cond"] = Row(
        "pred, true_fn=None, false_fn=None, name=None", _cond, pure=True
    )
    rows["keras.layers.merge"] = Row(ANYTHING, _merge)
    for line in _TF_LAYERS.strip().splitlines():
        name, class_name, *behind = line.split()
        rows[f"tensorflow.layers.{name}"] = Row(ANYTHING, partial(_tf_layer, class_name, tuple(behind)))
    return rows
