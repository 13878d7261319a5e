"""The table of operators that stand in a Keras graph as if they were layers: `x * 2`, `keras.ops.mean`, `tf.concat`.

Knows the functions of `keras.ops` (class names such as `ExpandDims`, here in their function spelling `expand_dims`)
and their TensorFlow names in Keras 2 (`TFOpLambda`). Arithmetic with a constant is `affine`, with two tensors a merge.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown, Value
from lintnet.loaders.keras.activations import read_activation
from lintnet.loaders.keras.call import Attributes, Row
from lintnet.loaders.keras.flows import flat, keep, last, lose, new_layout
from lintnet.loaders.keras.layers import permuted, plain, read_axis
from lintnet.loaders.signals import axis_name, blank, extent, keeps_channel, with_channel

if TYPE_CHECKING:
    from lintnet.loaders.keras.call import Call, Described
    from lintnet.loaders.keras.config import Json

__all__ = ["OPERATORS", "function_name", "snake"]


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """Spell a class name as Keras spells the names it makes up: `MaxPooling2D` is `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def function_name(name: str) -> str:
    """Reduce the name of an operator to a key of `OPERATORS`: `tf.math.reduce_mean`, `Mean`, `AddV2` are functions."""
    name = name.removeprefix("tf.").removeprefix("compat.v1.")
    last_part = name.rsplit(".", 1)[-1]
    key = _SPELLINGS.get(name) or _SPELLINGS.get(last_part)
    if key is not None:
        return key
    spelled = last_part if last_part.islower() else snake(re.sub(r"V\d+$", "", last_part))
    return _SPELLINGS.get(spelled, spelled)


_SPELLINGS: Final = {
    "__operators__.getitem": "get_item",
    "getitem": "get_item",
    "strided_slice": "get_item",
    "cropping": "slice",
    "addv2": "add",
    "sub": "subtract",
    "mul": "multiply",
    "scalar_mul": "multiply",
    "div": "divide",
    "truediv": "divide",
    "true_divide": "divide",
    "real_div": "divide",
    "realdiv": "divide",
    "divide_no_nan": "divide",
    "div_no_nan": "divide",
    "floordiv": "floor_divide",
    "neg": "negative",
    "pow": "power",
    "fmax": "maximum",
    "fmin": "minimum",
    "biasadd": "bias_add",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_std": "std",
    "reduce_variance": "var",
    "reduce_logsumexp": "logsumexp",
    "reduce_all": "all",
    "reduce_any": "any",
    "amax": "max",
    "amin": "min",
    "abs": "absolute",
    "fabs": "absolute",
    "concat": "concatenate",
    "concatv2": "concatenate",
    "hstack": "concatenate",
    "vstack": "concatenate",
    "dstack": "concatenate",
    "append": "concatenate",
    "pack": "stack",
    "unpack": "unstack",
    "expanddims": "expand_dims",
    "batch_matmul": "matmul",
    "batch_mat_mul": "matmul",
    "tensordot": "einsum",
    "clip_by_value": "clip",
    "swish": "silu",
    "hard_silu": "hard_swish",
    "crelu": "concatenated_relu",
    "l2_normalize": "normalize",
    "resize_bilinear": "resize",
    "resize_nearest_neighbor": "resize",
    "pad_to_aspect_ratio": "pad",
    "depthtospace": "depth_to_space",
    "spacetodepth": "space_to_depth",
    "broadcast_dynamic_shape": "shape",
    "reverse": "flip",
    "top_kv2": "top_k",
    "batch_norm_with_global_normalization": "batch_norm",
    "batch_normalization": "batch_norm",
    "fused_batch_norm": "batch_norm",
    "layer_normalization": "layer_norm",
    "rms_normalization": "rms_norm",
    "reduce_max_v2": "max",
    "select_v2": "where",
    "transpose_v2": "transpose",
    "convert_to_tensor": "identity",
    "stop_gradient": "identity",
    "copy": "identity",
    "saturate_cast": "cast",
    "add_v2": "add",
    "concat_v2": "concatenate",
    "top_kv_2": "top_k",
    "relu_6": "relu6",
    "argpartition": "argsort",
}

# Functions that need no attribute, by kind.
_PLAIN: Final = """
exp: exp exp2 expm1
log: log log10 log1p log2 logaddexp logaddexp2
sqrt: sqrt cbrt
reciprocal: reciprocal
absolute: absolute hypot
erf: erf erfc erfinv
sine: sin cos tan arcsin arccos arctan arctan2 sinh cosh arcsinh arccosh arctanh sinc asin acos atan
round: round floor ceil trunc sign signbit heaviside rint
logical: logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not all_close
mask: tril triu boolean_mask sequence_mask band_part matrix_band_part
cast: cast
identity: identity view ensure_shape
cumulative: cumsum cumprod nancumsum nancumprod
top_k: top_k sort argsort in_top_k
index_math: shape size rank ndim arange range linspace one_hot multi_hot bincount digitize search_sorted nonzero
index_math: count_nonzero unravel_index meshgrid eye zeros_like ones_like full full_like mod fmod floor_divide
index_math: floor_mod left_shift right_shift fill zeros ones empty_like is_in
compare: isnan isinf isfinite isclose is_close is_nan is_inf
select: where select switch
gather: take take_along_axis gather gather_nd flip fliplr flipud rot90 reverse_sequence embedding_lookup diagonal
scatter: scatter scatter_update slice_update scatter_nd tensor_scatter_nd_update
tile: tile repeat
expand: broadcast_to broadcast_tensors
pad: pad pad_images
crop: crop_images crop_to_bounding_box central_crop
resize: resize scale_and_translate
roll: roll
einsum: einsum
matmul: matmul dot inner outer vdot kron cross
stack: stack
unit_norm: normalize
attention: dot_product_attention
extract: extract_patches extract_sequences unfold
augment: rgb_to_grayscale rgb_to_hsv hsv_to_rgb gaussian_blur elastic_transform sobel_edges adjust_contrast
augment: random_flip_left_right random_flip_up_down per_image_standardization
spatial_transform: affine_transform map_coordinates perspective_transform
signal: fft fft2 ifft2 rfft irfft stft istft rfft2d irfft2d
detect: non_max_suppression combined_non_max_suppression crop_and_resize
random: random_uniform random_normal uniform normal truncated_normal
depth_to_space: depth_to_space
space_to_depth: space_to_depth
local_response_norm: local_response_normalization lrn
max_pool: max_pool max_pool2d
average_pool: average_pool avg_pool avg_pool2d
conv: conv depthwise_conv separable_conv conv2d conv1d conv3d depthwise_conv2d
conv_transpose: conv_transpose conv2d_transpose
batch_norm: batch_norm
layer_norm: layer_norm
rms_norm: rms_norm
reduce: moments median quantile percentile ptp norm segment_sum segment_max logdet trace average nanmean nansum
dropout: dropout
"""
_KEEPING: Final = """
exp log sqrt reciprocal absolute erf sine round logical mask cast identity cumulative compare select unit_norm roll pad
crop resize local_response_norm batch_norm layer_norm rms_norm augment tile dropout
"""
_MERGES: Final = ("add", "subtract", "multiply", "divide", "maximum", "minimum")
_REDUCTIONS: Final = {
    "mean": "mean",
    "sum": "sum",
    "max": "max",
    "min": "min",
    "prod": "product",
    "std": "deviation",
    "var": "variance",
    "logsumexp": "logsumexp",
    "all": "all",
    "any": "any",
}
_COMPARISONS: Final = {
    "equal": "equal",
    "not_equal": "not_equal",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "less": "less",
    "less_equal": "less_equal",
}
_ACTIVATIONS: Final = """
relu relu6 leaky_relu elu selu celu gelu silu hard_swish sigmoid hard_sigmoid hard_tanh tanh softplus softsign softmax
log_softmax log_sigmoid hard_shrink soft_shrink tanh_shrink threshold glu sparsemax squareplus sparse_plus
sparse_sigmoid
"""
_OPERANDS: Final = ("x1", "x2", "x", "y", "a", "b", "value", "other")


def _constants(call: Call) -> list[Json]:
    """The arguments of arithmetic that are no tensors of the graph."""
    named = [call.keywords[key] for key in _OPERANDS if call.keywords.has(key)]
    return [each for each in (*call.constants, *named) if not each.missing]


def _one_number(values: list[Json]) -> Value:
    numbers = [each for each in values if isinstance(each.value, int | float) and not isinstance(each.value, bool)]
    return numbers[0].number() if len(numbers) == 1 == len(values) else UNKNOWN


def _arithmetic(name: str, call: Call) -> Described:
    if len(call.inputs) > 1:
        return name, {}
    constant = _one_number(_constants(call))
    if name == "maximum":
        return ("relu", {"ceiling": None}) if constant == 0 else ("clamp", {"low": constant, "high": None})
    if name == "minimum":
        return "clamp", {"low": None, "high": constant}
    return "affine", {"function": name, "constant": constant}


def _negative(_call: Call) -> Described:
    return "affine", {"function": "multiply", "constant": -1.0}


def _power(exponent: float | None, call: Call) -> Described:
    return "power", {"constant": _one_number(_constants(call)) if exponent is None else exponent}


def _clip(call: Call) -> Described:
    low = call.argument("x_min", "min_value", "clip_value_min", position=0)
    high = call.argument("x_max", "max_value", "clip_value_max", position=1)
    return "clamp", {"low": low.number(), "high": high.number()}


def _compare(name: str, _call: Call) -> Described:
    return "compare", {"function": name}


def _axis_argument(call: Call) -> Json:
    return call.argument("axis", "axes", "dim", position=0)


def _axes(call: Call, value: Json) -> tuple[Size, ...] | Unknown:
    """Axes of a reduction, counted from 0; all of them where none is given."""
    rank = call.rank
    if value.missing:
        return UNKNOWN if isinstance(rank, Unknown) else tuple(range(rank))
    raw = [item.integer() for item in value.items()] if value.is_list else [value.integer()]
    if any(isinstance(axis, Unknown) for axis in raw) or (isinstance(rank, Unknown) and -1 in raw):
        return UNKNOWN
    found: list[Size] = []
    for axis in raw:
        if isinstance(axis, Unknown) or (axis < 0 and isinstance(rank, Unknown)):
            return UNKNOWN
        found.append(axis if axis >= 0 or isinstance(rank, Unknown) else axis + rank)
    return tuple(found)


def _keepdims(call: Call) -> bool | Unknown:
    return call.argument("keepdims", "keep_dims").flag(default=False)


def _reduce(function: str, call: Call) -> Described:
    axes = _axes(call, _axis_argument(call))
    spatial = _is_global(call, axes)
    if function in {"mean", "max"} and spatial:
        return ("global_average_pool" if function == "mean" else "global_max_pool"), {}
    return "reduce", {"function": function, "over": axes, "keepdims": _keepdims(call)}


def _is_global(call: Call, axes: tuple[Size, ...] | Unknown) -> bool:
    """Whether exactly the spatial axes are reduced, of which there must be some."""
    rank, channel = call.rank, call.tensor.channel
    if isinstance(rank, Unknown) or isinstance(channel, Unknown) or isinstance(axes, Unknown) or rank < 3:
        return False
    return {axis for axis in axes if not isinstance(axis, Unknown)} == set(range(1, rank)) - {channel % rank}


def _reduce_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    axes, keepdims, rank = _axes(call, _axis_argument(call)), _keepdims(call), call.rank
    if isinstance(axes, Unknown) or isinstance(keepdims, Unknown) or isinstance(rank, Unknown):
        return lose(call, {})
    channel = call.tensor.channel
    gone = {axis for axis in axes if not isinstance(axis, Unknown)}
    if keepdims:
        return blank(rank, channel, UNKNOWN if channel in gone else call.width)
    if isinstance(channel, Unknown) or channel % rank in gone:
        return blank(max(0, rank - len(gone)), UNKNOWN)
    channel %= rank
    return blank(rank - len(gone), channel - sum(1 for axis in gone if axis < channel), call.width)


def _arg(call: Call) -> Described:
    return "arg_max", {"over": _axes(call, _axis_argument(call))}


def _function(name: str, call: Call) -> Described:
    """An activation function with the arguments of the operator in place of the defaults."""
    if not call.inputs:
        return "unknown", {"reason": "an activation without input"}
    found = read_activation(name, call.inputs[0])
    if found is None:
        return "unknown", {"reason": "unknown activation"}
    kind, attributes = found
    if kind in {"softmax", "log_softmax"}:
        axis = read_axis(call.argument("axis"))
        attributes |= {"axis": axis_name(call.tensor, axis), "extent": extent(call.inputs[0], axis)}
    elif kind in {"leaky_relu", "elu", "celu"}:
        attributes["slope"] = call.argument("negative_slope", "alpha").number(_SLOPES[kind])
    elif kind == "gelu":
        tanh = call.argument("approximate").flag(default=True)
        attributes["approximate"] = tanh if isinstance(tanh, Unknown) else "tanh" if tanh else "none"
    elif kind == "glu":
        attributes["axis"] = axis_name(call.tensor, read_axis(call.argument("axis")))
    elif kind in {"threshold", "shrink"} and name != "tanh_shrink":
        attributes["threshold"] = call.argument("threshold").number(0.5 if kind == "shrink" else UNKNOWN)
    return kind, attributes


# Keras and TensorFlow agree on these defaults of their functions; the LeakyReLU layer has another.
_SLOPES: Final = {"leaky_relu": 0.2, "elu": 1.0, "celu": 1.0}


def _concat(call: Call) -> Described:
    return "concat", {"axis": axis_name(call.tensor, read_axis(call.argument("axis", position=0), 0))}


def _concat_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    tensor, width = keep(call, {})
    if attributes.get("axis") != "channel":
        return tensor, width if attributes.get("axis") == "spatial" else UNKNOWN
    total: Size = 0
    for signal in call.inputs:
        total = UNKNOWN if isinstance(signal.width, Unknown) or isinstance(total, Unknown) else total + signal.width
    return blank(tensor.rank, tensor.channel, total)


def _target(call: Call) -> tuple[Size, ...] | Unknown:
    value = call.argument("newshape", "shape", "target_shape", position=0)
    if value.is_list:
        raw = value.items()
    elif len(call.constants) > 1:
        raw = list(call.constants)
    else:
        return UNKNOWN
    return tuple(item.integer() if isinstance(item.value, int) else UNKNOWN for item in raw)


def _reshape(call: Call) -> Described:
    target = _target(call)
    after = UNKNOWN if isinstance(target, Unknown) else _resolved(call, target)
    kept = keeps_channel(call.tensor, after)[0]
    return "reshape", {"shape": target, "keeps_channel": kept}


def _resolved(call: Call, target: tuple[Size, ...]) -> tuple[Size, ...]:
    """Replace -1: by the batch axis in front, where the file says no size, and by unknown elsewhere."""
    _ = call
    return tuple(UNKNOWN if size == -1 else size for size in target)


def _reshape_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    target = _target(call)
    if isinstance(target, Unknown):
        return new_layout(call, {})
    after = _resolved(call, target)
    kept, place = keeps_channel(call.tensor, after)
    return with_channel(Tensor(after), place if kept is True else call.layout)


def _flatten(call: Call) -> Described:
    return "flatten", {"keeps_channel": keeps_channel(call.tensor, UNKNOWN)[0]}


def _transpose(call: Call) -> Described:
    value = call.argument("axes", "perm", position=0)
    axes: tuple[Size, ...] | Unknown = UNKNOWN
    if value.is_list:
        axes = tuple(item.integer() for item in value.items())
    elif value.missing and not isinstance(call.rank, Unknown):
        axes = tuple(reversed(range(call.rank)))
    return "transpose", _permutation(call, axes)


def _swap(call: Call) -> Described:
    first = call.argument("axis1", position=0).integer()
    second = call.argument("axis2", position=1).integer()
    rank = call.rank
    if isinstance(first, Unknown) or isinstance(second, Unknown) or isinstance(rank, Unknown) or rank == 0:
        return "transpose", _permutation(call, UNKNOWN)
    order = list(range(rank))
    first, second = first % rank, second % rank
    order[first], order[second] = order[second], order[first]
    return "transpose", _permutation(call, tuple(order))


def _move(call: Call) -> Described:
    source = read_axis(call.argument("source", position=0))
    target = read_axis(call.argument("destination", position=1))
    rank = call.rank
    if isinstance(source, Unknown) or isinstance(target, Unknown) or isinstance(rank, Unknown) or rank == 0:
        return "transpose", _permutation(call, UNKNOWN)
    order = [axis for axis in range(rank) if axis != source % rank]
    order.insert(target % rank, source % rank)
    return "transpose", _permutation(call, tuple(order))


def _permutation(call: Call, axes: tuple[Size, ...] | Unknown) -> Attributes:
    known = not isinstance(axes, Unknown) and not isinstance(call.tensor.channel, Unknown)
    return {"permutation": axes, "keeps_channel": True if known else UNKNOWN}


def _squeeze_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    axes, rank, channel = _axes(call, _axis_argument(call)), call.rank, call.tensor.channel
    if _axis_argument(call).missing or isinstance(axes, Unknown) or isinstance(rank, Unknown):
        return lose(call, {})
    if isinstance(channel, Unknown) or channel % rank in axes:
        return blank(rank - len(axes), UNKNOWN)
    before = sum(1 for axis in axes if not isinstance(axis, Unknown) and axis < channel % rank)
    return blank(rank - len(axes), channel % rank - before, call.width)


def _unsqueeze_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    axis, rank, channel = read_axis(_axis_argument(call), UNKNOWN), call.rank, call.tensor.channel
    if isinstance(axis, Unknown) or isinstance(rank, Unknown) or isinstance(channel, Unknown) or rank == 0:
        return lose(call, {})
    place = axis % (rank + 1)
    return blank(rank + 1, channel % rank + (place <= channel % rank), call.width)


def _split(call: Call) -> Described:
    axis = read_axis(call.argument("axis", position=1), 0)
    return "split", {"axis": axis_name(call.tensor, axis)}


def _split_flow(call: Call, attributes: Attributes) -> tuple[Tensor, Size]:
    width = UNKNOWN if attributes.get("axis") != "spatial" else call.width
    return blank(call.rank, call.tensor.channel, width)


def _adaptive(kind: str, call: Call) -> Described:
    size = call.argument("output_size", position=0)
    axes = tuple(item.integer() for item in size.items()) if size.is_list else (size.integer(),)
    return (f"global_{kind}_pool", {}) if all(each == 1 for each in axes) else ("adaptive_pool", {"size": axes})


def _squared_difference(call: Call) -> Described:
    return ("subtract", {}) if len(call.inputs) > 1 else ("affine", {})


def _operators() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    keeping = _KEEPING.split()
    for line in _PLAIN.strip().splitlines():
        kind, _, names = line.partition(": ")
        rows |= {name: Row(plain(kind), keep if kind in keeping else lose) for name in names.split()}
    rows |= {name: Row(partial(_arithmetic, name), keep) for name in _MERGES}
    rows |= {name: Row(partial(_reduce, function), _reduce_flow) for name, function in _REDUCTIONS.items()}
    rows |= {name: Row(partial(_compare, function), keep) for name, function in _COMPARISONS.items()}
    rows |= {name: Row(partial(_function, name), keep) for name in _ACTIVATIONS.split()}
    rows |= {
        "bias_add": Row(partial(_arithmetic, "add"), keep),
        "add_n": Row(plain("add"), keep),
        "negative": Row(_negative, keep),
        "square": Row(partial(_power, 2.0), keep),
        "rsqrt": Row(partial(_power, -0.5), keep),
        "power": Row(partial(_power, None), keep),
        "squared_difference": Row(_squared_difference, keep),
        "clip": Row(_clip, keep),
        "adaptive_max_pool": Row(partial(_adaptive, "max"), keep),
        "adaptive_average_pool": Row(partial(_adaptive, "average"), keep),
        "argmax": Row(_arg, lose),
        "argmin": Row(_arg, lose),
        "concatenate": Row(_concat, _concat_flow),
        "reshape": Row(_reshape, _reshape_flow),
        "flatten": Row(_flatten, flat),
        "ravel": Row(_flatten, lose),
        "transpose": Row(_transpose, permuted),
        "swapaxes": Row(_swap, permuted),
        "moveaxis": Row(_move, permuted),
        "squeeze": Row(plain("squeeze"), _squeeze_flow),
        "expand_dims": Row(plain("unsqueeze"), _unsqueeze_flow),
        "split": Row(_split, _split_flow),
        "array_split": Row(_split, _split_flow),
        "unstack": Row(plain("split"), lose),
        "get_item": Row(plain("slice"), _slice_flow),
        "slice": Row(plain("slice"), lose),
        "dot_product_attention": Row(plain("attention", form="dot_product"), last),
    }
    return {name: row._replace(activates=False) for name, row in rows.items()}


def _slice_flow(call: Call, _attributes: Attributes) -> tuple[Tensor, Size]:
    """Ranges keep an axis, an index drops it; anything else (a mask, an ellipsis, a new axis) leaves nothing known."""
    rank, channel = call.rank, call.tensor.channel
    parts = _slice_parts(call)
    if isinstance(rank, Unknown) or isinstance(channel, Unknown) or parts is None or len(parts) > rank:
        return lose(call, {})
    parts += [("range", True)] * (rank - len(parts))
    kept = [axis for axis, (what, _) in enumerate(parts) if what == "range"]
    channel %= max(1, rank)
    if channel not in kept:
        return blank(len(kept), UNKNOWN)
    whole = parts[channel][1]
    return blank(len(kept), kept.index(channel), call.width if whole else UNKNOWN)


def _slice_parts(call: Call) -> list[tuple[str, bool]] | None:
    """For every axis that is named whether it is a range or an index, and whether the whole axis is taken."""
    spec = call.argument("slice_spec", "key", "idx", position=0)
    entries = spec.items() if spec.is_list else [] if spec.missing else [spec]
    parts: list[tuple[str, bool]] = []
    for entry in entries:
        if entry.is_object:
            bounds = entry["config"] if entry.has("config") else entry
            if not bounds.is_object or not bounds.has("start", "stop"):
                return None
            parts.append(("range", all(bounds[each].missing for each in ("start", "stop", "step"))))
        elif isinstance(entry.value, int) and not isinstance(entry.value, bool):
            parts.append(("index", False))
        else:
            return None
    return parts or None


OPERATORS: Final = _operators()
"""Every operator that is understood, by the name of its function."""
