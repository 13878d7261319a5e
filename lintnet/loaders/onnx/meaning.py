"""What an operator call means: its kind and attributes in the words of the IR.

One function per rule of the operator table. Each is given a `Call` and returns a `Meaning`; none looks at other nodes.
Conventions of `lintnet.ir.kinds` hold: rates are those of dropping, momentum is the weight of the new batch, axes are
named. A number that the file does not hold is UNKNOWN.

Source: operator schemas of ONNX 1.23, all versions; ContribOperators.md of ONNX Runtime for com.microsoft.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.onnx.records import Skipped
from lintnet.loaders.onnx.values import MOST_AXES, Activation, Constant, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lintnet.ir import Size, Tensor, Value
    from lintnet.loaders.onnx.call import Call
    from lintnet.loaders.onnx.ops import Operator

__all__ = ["Meaning", "meaning_of"]


_NO_ATTRIBUTES: Final[Mapping[str, Value]] = MappingProxyType({})


class Meaning(NamedTuple):
    """Kind and attributes, and the `roles` of constant inputs by position.

    A fused operator is several layers: `before` is the kind of a node to put in front of this one, `after` kind and
    attributes of one to put behind it.
    """

    kind: str
    attributes: Mapping[str, Value] = _NO_ATTRIBUTES
    roles: tuple[str, ...] = ()
    before: str = ""
    after: tuple[str, Mapping[str, Value]] | None = None


def meaning_of(operator: Operator, call: Call) -> Meaning:
    """Return the meaning of a call of a known operator."""
    if not operator.rule:
        return Meaning(operator.kind, {}, operator.roles)
    meaning = _RULES[operator.rule](operator.kind, call)
    return (
        meaning
        if meaning.roles
        else Meaning(meaning.kind, meaning.attributes, operator.roles, meaning.before, meaning.after)
    )


def _trained(call: Call, index: int, neutral: float = 0.0) -> bool | Unknown:
    """Say whether an optional parameter is there and can be trained.

    One made of literals that changes nothing (`neutral`) is none: torch writes `bias=False` as a bias of zeros, and a
    norm without affine parameters with a scale of ones.
    """
    value = call.input(index)
    if value is None:
        return False
    if isinstance(value, Activation) or value.origin:
        return True
    return UNKNOWN if isinstance(value.fill, Unknown) or value.fill != neutral else False


def _axis(tensor: Tensor, axis: int) -> str | Unknown:
    return tensor.axis_name(axis)


def _last(tensor: Tensor) -> Size:
    return tensor.sizes[-1] if isinstance(tensor.sizes, tuple) and tensor.sizes else UNKNOWN


# Windows


def _window(call: Call, rank: int | Unknown, kernel: tuple[int, ...] | Unknown) -> dict[str, Value]:
    """Attributes of a sliding window over `rank` spatial axes."""
    kernel = call.integers("kernel_shape") or kernel
    if isinstance(kernel, tuple):
        rank = len(kernel)

    def ones(name: str) -> tuple[int, ...] | Unknown:
        values = call.integers(name)
        if values is None and isinstance(rank, int):
            return (1,) * rank
        return UNKNOWN if values is None else values

    auto = call.text("auto_pad", "NOTSET")
    pads: tuple[int, ...] | Unknown = UNKNOWN
    padding: str | Unknown
    if auto == "VALID":
        padding = "valid"
        if isinstance(rank, int):
            pads = (0,) * (2 * rank)
    elif auto in {"SAME_UPPER", "SAME_LOWER"}:
        padding = "same"
    elif auto in {"NOTSET", ""}:
        written = call.integers("pads")
        if written is not None:
            pads = written
        elif isinstance(rank, int) and not call.has("pads"):
            pads = (0,) * (2 * rank)
        padding = UNKNOWN
        if isinstance(pads, tuple):
            padding = "explicit" if any(pads) else "valid"
        elif not call.has("pads"):
            padding = "valid"
    else:
        padding = UNKNOWN
    return {
        "kernel": kernel,
        "stride": ones("strides"),
        "dilation": ones("dilations"),
        "padding": padding,
        "pads": pads,
    }


def _conv_with(call: Call, weight: int, bias: int, *, channel: int = 1) -> dict[str, Value]:
    sizes = call.sizes(weight)
    groups = call.integer("group", 1)
    kernel: tuple[int, ...] | Unknown = UNKNOWN
    inp: int | Unknown = UNKNOWN
    out: int | Unknown = UNKNOWN
    rank: int | Unknown = UNKNOWN
    if isinstance(sizes, tuple) and len(sizes) > 2:
        out, inp = sizes[0], sizes[1] * groups
        kernel = sizes[2:]
    elif isinstance(seen := call.tensor().rank, int):
        rank = max(seen - 2, 0)
    if isinstance(inp, Unknown):
        inp = _at(call.tensor(), channel)
    return {
        "inp": inp,
        "out": out,
        **_window(call, rank, kernel),
        "groups": groups,
        "bias": _trained(call, bias),
    }


def _at(tensor: Tensor, axis: int) -> Size:
    sizes = tensor.sizes
    return sizes[axis] if isinstance(sizes, tuple) and -len(sizes) <= axis < len(sizes) else UNKNOWN


def _conv(kind: str, call: Call) -> Meaning:
    if call.node.op_type == "QLinearConv":
        return Meaning(kind, _conv_with(call, 3, 8))
    return Meaning(kind, _conv_with(call, 1, 9 if call.node.op_type == "ConvInteger" else 2))


def _deform_conv(kind: str, call: Call) -> Meaning:
    return Meaning(kind, _conv_with(call, 1, 3))


def _nhwc_conv(kind: str, call: Call) -> Meaning:
    sizes = call.sizes(1)
    attributes = _conv_with(call, 1, 2, channel=-1)
    if isinstance(sizes, tuple) and len(sizes) > 2 and not call.has("kernel_shape"):
        attributes["kernel"] = sizes[2:]
    return Meaning(kind, attributes, after=_activation(call))


def _fused_conv(kind: str, call: Call) -> Meaning:
    return Meaning(kind, _conv_with(call, 1, 2), after=_activation(call))


def _conv_transpose(kind: str, call: Call) -> Meaning:
    sizes = call.sizes(1)
    groups = call.integer("group", 1)
    attributes = _conv_with(call, 1, 2)
    if isinstance(sizes, tuple) and len(sizes) > 2:
        attributes["inp"], attributes["out"] = sizes[0], sizes[1] * groups
    if call.has("output_shape"):
        attributes["padding"], attributes["pads"] = UNKNOWN, UNKNOWN
    return Meaning(kind, attributes)


def _pool(kind: str, call: Call) -> Meaning:
    return Meaning(kind, _window(call, UNKNOWN, UNKNOWN))


_ACTIVATIONS: Final[Mapping[str, str]] = {
    "Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "LeakyRelu": "leaky_relu", "Clip": "clamp",
    "HardSigmoid": "hard_sigmoid", "Gelu": "gelu", "FastGelu": "gelu", "Softplus": "softplus", "Softsign": "softsign",
    "Elu": "elu", "ThresholdedRelu": "threshold", "HardSwish": "hard_swish", "Affine": "affine",
    "ScaledTanh": "tanh",
}  # fmt: skip


def _activation(call: Call) -> tuple[str, Mapping[str, Value]] | None:
    """Return the activation that is fused into an operator of ONNX Runtime, as a layer of its own."""
    name = call.text("activation", "")
    if not name:
        return None
    kind = _ACTIVATIONS.get(name, "other_activation")
    record = call.attributes.get("activation_params")
    params = () if record is None or isinstance(record.floats, Skipped) else record.floats
    attributes: dict[str, Value] = {}
    if kind == "relu":
        attributes["ceiling"] = None
    elif kind == "leaky_relu":
        attributes["slope"] = shorten(params[0]) if params else UNKNOWN
    elif kind == "clamp" and len(params) > 1:
        kind, attributes = _clamp(shorten(params[0]), shorten(params[1]))
    return kind, attributes


# Matrix products


def _gemm(kind: str, call: Call) -> Meaning:
    weight, activation = call.constant(1), call.input(0)
    if weight is None or not isinstance(activation, Activation):
        return Meaning("matmul", {}, ("constant", "constant", "bias"), after=_activation(call))
    inp, out = call.size(1, 0), call.size(1, 1)
    if call.integer("transB", 0):
        inp, out = out, inp
    if call.integer("transA", 0):
        # The batch is then the second axis: not a layer over features.
        return Meaning("matmul", {}, ("", "constant", "bias"), after=_activation(call))
    return Meaning(kind, {"inp": inp, "out": out, "bias": _trained(call, 2)}, after=_activation(call))


def _matmul(kind: str, call: Call) -> Meaning:
    second = 3 if call.node.op_type == "QLinearMatMul" else 1
    weight = call.constant(second)
    roles = ("weight",) + ("",) * (second - 1) + ("weight",)
    if weight is not None:
        transposed = bool(call.integer("transB", 0))
        return Meaning(*_product(weight, call, transposed=transposed, first=False), roles)
    weight = call.constant(0)
    if weight is not None:
        return Meaning(*_product(weight, call, transposed=bool(call.integer("transA", 0)), first=True), roles)
    return Meaning(kind, {})


def _product(weight: Constant, call: Call, *, transposed: bool, first: bool) -> tuple[str, dict[str, Value]]:
    """A product with a constant matrix is a linear layer; with a stack of matrices it is not."""
    sizes = weight.sizes
    inp: Size = UNKNOWN
    out: Size = UNKNOWN
    if isinstance(sizes, tuple):
        while len(sizes) > 2 and sizes[0] == 1:
            sizes = sizes[1:]
        if len(sizes) > 2:
            return "matmul", {}
        if len(sizes) == 2:
            inp, out = reversed(sizes) if transposed or first else sizes
        elif len(sizes) == 1:
            inp, out = sizes[0], 1
    if isinstance(inp, Unknown) and not first:
        inp = _last(call.tensor())
    return "linear", {"inp": inp, "out": out, "bias": False}


def _fused_matmul_activation(kind: str, call: Call) -> Meaning:
    meaning = _matmul(kind, call)
    return Meaning(meaning.kind, meaning.attributes, meaning.roles, after=_activation(call))


def _gemm_fast_gelu(kind: str, call: Call) -> Meaning:
    attributes = {"inp": call.size(1, 0), "out": call.size(1, 1), "bias": _trained(call, 2)}
    return Meaning(kind, attributes, after=("gelu", {"approximate": "tanh"}))


def _transposed_linear(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"inp": call.size(1, 0), "out": call.size(1, 1), "bias": _trained(call, 4)})


def _matmul_nbits(kind: str, call: Call) -> Meaning:
    inp, out = call.integer("K", 0), call.integer("N", 0)
    return Meaning(kind, {"inp": inp or UNKNOWN, "out": out or UNKNOWN, "bias": _trained(call, 5)})


def _q_gemm(kind: str, call: Call) -> Meaning:
    inp, out = call.size(3, 0), call.size(3, 1)
    if call.integer("transB", 0):
        inp, out = out, inp
    return Meaning(kind, {"inp": inp, "out": out, "bias": _trained(call, 6)})


def _opaque_weights(_kind: str, _call: Call) -> Meaning:
    return Meaning("unknown", {"reason": "mixture of experts with packed weights"})


def _gather(kind: str, call: Call) -> Meaning:
    table = call.constant(0)
    if table is not None and call.integer("axis", 0) == 0 and isinstance(call.input(1), Activation):
        sizes = table.sizes
        if isinstance(sizes, tuple) and len(sizes) == 2 and table.origin and not table.measured:
            return Meaning("embedding", {"rows": sizes[0], "out": sizes[1]}, ("weight",))
    return Meaning(kind, {}, ("constant", "constant"))


def _embed_layer_norm(kind: str, call: Call) -> Meaning:
    attributes = {"rows": call.size(2, 0), "out": call.size(2, 1)}
    epsilon = call.number("epsilon", 1e-12)
    after = (
        "layer_norm",
        {"out": call.size(2, 1), "epsilon": epsilon, "scale": True, "shift": True, "axis": "channel"},
    )
    return Meaning(kind, attributes, ("", "", "weight", "position", "segment"), after=after)


# Norms


def _batch_norm(kind: str, call: Call) -> Meaning:
    opset = call.opset
    out: Size = call.size(1, 0)
    if isinstance(out, Unknown):
        out = _at(call.tensor(), 1)
    if opset >= 14:
        mode = "training" if call.integer("training_mode", 0) else "inference"
        if mode == "inference" and not call.has("training_mode") and _traced_in_training(call):
            mode = "training"
    elif opset >= 7:
        mode = "training" if sum(map(bool, call.node.outputs)) > 1 else "inference"
    else:
        mode = "inference" if call.integer("is_test", 0) else "training"
    momentum = round(1 - call.number("momentum", 0.9), 7)
    attributes: dict[str, Value] = {
        "out": out,
        "epsilon": call.number("epsilon", 1e-5),
        "momentum": momentum,
        "scale": _trained(call, 1, 1.0),
        "shift": _trained(call, 2),
        "axis": _second_axis(call.tensor()),
        "mode": mode,
        "running": True,
    }
    return Meaning(kind, attributes)


def _second_axis(tensor: Tensor) -> str:
    """Name axis 1, the one batch norm works on: behind a linear layer over (batch, steps, features) it is the steps."""
    channel, rank = tensor.channel, tensor.rank
    if isinstance(channel, Unknown) or isinstance(rank, Unknown):
        return "channel"
    return "channel" if channel % rank == 1 else "spatial"


def _traced_in_training(call: Call) -> bool:
    """The torch.export-based exporter of torch 2.13 writes no training_mode; the traced call still says it."""
    trace = call.node.metadata.get("pkg.torch.onnx.fx_node", "") or call.node.name
    if "_no_training" in trace:
        return False
    if "_native_batch_norm_legit_functional" in trace:
        return ", False, " not in trace
    # aten.batch_norm(x, weight, bias, mean, variance, training, momentum, eps, cudnn), native_batch_norm likewise
    return "batch_norm" in trace and ", True, " in trace.partition("batch_norm")[2]


def _scale_size(call: Call, index: int = 1) -> Size:
    sizes = call.sizes(index)
    return sizes[-1] if isinstance(sizes, tuple) and sizes else _last(call.tensor())


def _normalised_axis(call: Call) -> str | Unknown:
    """Name the axis of a norm over trailing axes: the features, when it is the last one only."""
    axis = call.integer("axis", -1)
    rank = call.tensor().rank
    if axis == -1 or (isinstance(rank, int) and axis == rank - 1):
        return "channel"
    return UNKNOWN


def _layer_norm(kind: str, call: Call) -> Meaning:
    attributes: dict[str, Value] = {
        "out": _scale_size(call),
        "epsilon": call.number("epsilon", 1e-5),
        "scale": _trained(call, 1, 1.0),
        "shift": _trained(call, 2),
        "axis": _normalised_axis(call),
    }
    return Meaning(kind, attributes)


def _rms_norm(kind: str, call: Call) -> Meaning:
    meaning = _layer_norm(kind, call)
    return Meaning(kind, {**meaning.attributes, "shift": False})


def _skip_layer_norm(kind: str, call: Call) -> Meaning:
    attributes: dict[str, Value] = {
        "out": _scale_size(call, 2),
        "epsilon": call.number("epsilon", 1e-5),
        "scale": _trained(call, 2, 1.0),
        "shift": _trained(call, 3),
        "axis": "channel",
    }
    return Meaning(kind, attributes, before="add")


def _skip_rms_norm(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {**_skip_layer_norm(kind, call).attributes, "shift": False}, before="add")


def _group_norm(kind: str, call: Call) -> Meaning:
    groups = call.integer("num_groups", 0)
    out = _at(call.tensor(), 1)
    scale = call.size(1, 0)
    if isinstance(out, Unknown) and isinstance(scale, int):
        # Before version 21 there is one scale per group.
        out = scale if call.opset >= 21 else UNKNOWN
    attributes: dict[str, Value] = {
        "groups": groups or UNKNOWN,
        "out": out,
        "epsilon": call.number("epsilon", 1e-5),
        "scale": _trained(call, 1, 1.0),
        "shift": _trained(call, 2),
        "axis": "channel",
    }
    return Meaning(kind, attributes)


def _microsoft_group_norm(kind: str, call: Call) -> Meaning:
    attributes: dict[str, Value] = {
        "groups": call.integer("groups", 0) or UNKNOWN,
        "out": call.size(1, 0),
        "epsilon": call.number("epsilon", 1e-5),
        "scale": _trained(call, 1, 1.0),
        "shift": _trained(call, 2),
        "axis": "channel",
    }
    after: tuple[str, Mapping[str, Value]] | None = ("silu", {}) if call.integer("activation", 0) else None
    return Meaning(kind, attributes, after=after)


def _skip_group_norm(kind: str, call: Call) -> Meaning:
    meaning = _microsoft_group_norm(kind, call)
    return Meaning(kind, meaning.attributes, before="add", after=meaning.after)


def _instance_norm(kind: str, call: Call) -> Meaning:
    out: Size = call.size(1, 0)
    attributes: dict[str, Value] = {
        "out": _at(call.tensor(), 1) if isinstance(out, Unknown) else out,
        "epsilon": call.number("epsilon", 1e-5),
        "scale": _trained(call, 1, 1.0),
        "shift": _trained(call, 2),
        "axis": "channel",
        "running": False,
        "momentum": None,
    }
    return Meaning(kind, attributes)


def _mean_variance(kind: str, call: Call) -> Meaning:
    axes = call.integers("axes") or (0, 2, 3)
    attributes: dict[str, Value] = {"out": _at(call.tensor(), 1), "epsilon": 1e-9, "scale": False, "shift": False}
    if 0 in axes:
        # Statistics over the batch, at inference too.
        return Meaning("batch_norm", {**attributes, "axis": "channel", "running": False, "momentum": None})
    if 1 in axes:
        return Meaning("layer_norm", attributes)
    return Meaning(kind, {**attributes, "axis": "channel", "running": False, "momentum": None})


# Dropout and recurrent layers


def _dropout(kind: str, call: Call) -> Meaning:
    opset = call.opset if call.node.domain in {"", "ai.onnx"} else 13
    rate: float | Unknown = call.number("ratio", 0.5)
    if opset >= 12:
        given = call.scalar(1)
        rate = 0.5 if given is None else given
        flag = call.scalar(2)
        # Without the flag nothing is dropped. But torch's legacy exporter forgets it inside attention when it writes a
        # training graph, so that its absence says nothing about the phase of the file.
        told = "unstated" if flag is None else "phase"
        mode = told if flag is None or isinstance(flag, Unknown) else _phase(training=bool(flag))
    elif opset >= 7:
        mode = "inference"
    else:
        mode = _phase(training=not call.integer("is_test", 0))
    attributes: dict[str, Value] = {"rate": rate, "mode": mode}
    if mode in {"inference", "unstated"}:
        # It does nothing here, so it must not be taken for a dropout.
        return Meaning("identity", attributes)
    return Meaning(kind, {**attributes, "form": "element"})


def _phase(*, training: bool) -> str:
    return "training" if training else "inference"


def _bias_dropout(kind: str, call: Call) -> Meaning:
    given, flag = call.scalar(3), call.scalar(4)
    mode = "inference" if flag is None else "phase" if isinstance(flag, Unknown) else _phase(training=bool(flag))
    attributes: dict[str, Value] = {"rate": 0.5 if given is None else given, "mode": mode}
    if mode == "inference":
        return Meaning("identity", attributes, before="affine")
    return Meaning(kind, {**attributes, "form": "element"}, before="affine")


def _recurrent(kind: str, call: Call) -> Meaning:
    functions = [name.lower() for name in call.texts("activations")]
    gates = kind != "rnn"
    if call.has("activations") and not functions:
        gate: str | Unknown | None = UNKNOWN
        activation: str | Unknown = UNKNOWN
    else:
        functions = functions or (["sigmoid", "tanh"] if gates else ["tanh"])
        gate = functions[0] if gates else None
        activation = (functions[1] if len(functions) > 1 else UNKNOWN) if gates else functions[0]
    out: Size = call.integer("hidden_size", 0) or call.size(2, 2)
    inp: Size = call.size(1, 2)
    attributes: dict[str, Value] = {
        "inp": _last(call.tensor()) if isinstance(inp, Unknown) else inp,
        "out": out,
        "bias": _trained(call, 3),
        "layers": 1,
        "directions": 2 if call.text("direction", "forward") == "bidirectional" else 1,
        "sequence": call.uses(0),
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "activation": activation,
        "gate": gate,
    }
    return Meaning(kind, attributes)


# Attention


def _attention(kind: str, call: Call) -> Meaning:
    query = call.tensor()
    heads: Size = call.integer("q_num_heads", 0) or UNKNOWN
    width: Size = UNKNOWN
    if isinstance(query.sizes, tuple):
        if len(query.sizes) == 4:
            heads, width = query.sizes[1], query.sizes[3]
        elif isinstance(heads, int) and isinstance(total := _last(query), int):
            width = total // heads
    attributes: dict[str, Value] = {
        "form": "dot_product",
        "heads": heads,
        "head_width": width,
        "out": heads * width if isinstance(heads, int) and isinstance(width, int) else UNKNOWN,
        "dropout": 0.0,
        "causal": bool(call.integer("is_causal", 0)),
    }
    return Meaning(kind, attributes)


def _linear_attention(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"heads": call.integer("q_num_heads", 0) or UNKNOWN, "dropout": 0.0})


def _flex_attention(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {**_attention(kind, call).attributes, "causal": UNKNOWN})


def _microsoft_attention(kind: str, call: Call) -> Meaning:
    heads = call.integer("num_heads", 0)
    packed = call.constant(1)
    form = "multi_head" if packed is not None else "dot_product"
    width = _last(call.tensor())
    if packed is not None:
        total = call.size(1, -1)
        width = total // 3 if isinstance(total, int) else UNKNOWN
    causal = call.integer("unidirectional", 0) or call.node.op_type in {"GroupQueryAttention", "SparseAttention"}
    attributes: dict[str, Value] = {
        "form": form,
        "heads": heads or UNKNOWN,
        "head_width": width // heads if heads and isinstance(width, int) else UNKNOWN,
        "out": width,
        "dropout": 0.0,
        "causal": bool(causal),
    }
    return Meaning(kind, attributes)


# Activations


def _relu(kind: str, _call: Call) -> Meaning:
    return Meaning(kind, {"ceiling": None})


_SLOPES: Final = {"LeakyRelu": 0.01, "QLinearLeakyRelu": 0.01, "Elu": 1.0, "Celu": 1.0}


def _slope(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"slope": call.number("alpha", _SLOPES[call.node.op_type])})


def _clip(_kind: str, call: Call) -> Meaning:
    bounds: list[float | Unknown | None] = []
    for index, name in ((1, "min"), (2, "max")):
        value = call.number(name, 0.0) if call.has(name) else call.scalar(index)
        # The older versions write the largest float for "no bound".
        bounds.append(None if isinstance(value, float) and abs(value) > 3e38 else value)
    return Meaning(*_clamp(*bounds))


def _clamp(low: float | Unknown | None, high: float | Unknown | None) -> tuple[str, dict[str, Value]]:
    if isinstance(low, float | int) and low == 0:
        return "relu", {"ceiling": high}
    if isinstance(low, float | int) and isinstance(high, float | int) and low == -high:
        return "hard_tanh", {"low": low, "high": high}
    return "clamp", {"low": low, "high": high}


def _gelu(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"approximate": call.text("approximate", "none")})


def _fast_gelu(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"approximate": "tanh"}, before="" if call.input(1) is None else "affine")


def _biased(kind: str, _call: Call) -> Meaning:
    return Meaning(kind, {"approximate": "none"}, before="affine")


def _quick_gelu(kind: str, call: Call) -> Meaning:
    # x times sigmoid(alpha x): silu at alpha 1, an approximation of gelu at the default 1.702.
    return Meaning(kind if call.number("alpha", 1.702) == 1 else "gelu", {"approximate": "sigmoid"})


def _swish(kind: str, call: Call) -> Meaning:
    return Meaning(kind if call.number("alpha", 1.0) == 1 else "other_activation")


def _shrink(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"threshold": call.number("lambd", 0.5)})


def _threshold(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"threshold": call.number("alpha", 1.0)})


def _softmax(kind: str, call: Call) -> Meaning:
    tensor = call.tensor()
    if call.opset >= 13 or call.node.domain not in {"", "ai.onnx"}:
        axis = call.integer("axis", -1)
        return Meaning(kind, {"axis": _axis(tensor, axis), "extent": _at(tensor, axis), "over": (axis,)})
    # Before version 13 the input is seen as a matrix, cut in front of `axis`, and each row is normalised.
    axis = call.integer("axis", 1)
    if not isinstance(tensor.sizes, tuple):
        return Meaning(kind, {"axis": UNKNOWN if axis else "batch", "extent": UNKNOWN})
    axis += len(tensor.sizes) if axis < 0 else 0
    extent: Size = 1
    wide: list[int] = []
    for index, size in enumerate(tensor.sizes):
        if index < axis or size == 1:
            continue
        wide.append(index)
        extent = extent * size if isinstance(extent, int) and isinstance(size, int) else UNKNOWN
    name: str | Unknown = UNKNOWN
    if axis == 0:
        name = "batch"
    elif len(wide) < 2:
        name = _axis(tensor, wide[0] if wide else axis)
    return Meaning(kind, {"axis": name, "extent": extent})


def _bias_softmax(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"axis": UNKNOWN, "extent": _at(call.tensor(), call.integer("axis", 1))}, before="add")


# Arithmetic

_FUNCTIONS: Final = {
    "Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "Sum": "add", "Mean": "mean",
    "Max": "max", "Min": "min", "QLinearAdd": "add", "QLinearMul": "multiply",
}  # fmt: skip


def _arithmetic(kind: str, call: Call) -> Meaning:
    activations = sum(isinstance(value, Activation) for value in call.inputs)
    constants = [value for value in call.inputs if isinstance(value, Constant)]
    if activations > 1:
        return Meaning(kind, {}, ("constant",) * len(call.inputs))
    if not constants:
        return Meaning("identity")
    # A trained bias may hold equal numbers at the moment; only one number, or a literal, is a constant.
    number: float | Unknown = UNKNOWN
    if len(constants) == 1:
        number = constants[0].number if constants[0].origin else constants[0].fill
    roles = ("constant",) * len(call.inputs)
    name = call.node.op_type
    first = isinstance(call.inputs[0], Constant)
    if name in {"Max", "Min"} and len(constants) == 1:
        low, high = (number, None) if name == "Max" else (None, number)
        kind, attributes = _clamp(low, high)
        return Meaning(kind, attributes, roles)
    if name == "Div" and first and not isinstance(number, Unknown) and number == 1:
        return Meaning("reciprocal", {}, roles)
    return Meaning("affine", {"function": _FUNCTIONS[name], "constant": number}, roles)


def _quantized_arithmetic(kind: str, call: Call) -> Meaning:
    if isinstance(call.input(0), Activation) and isinstance(call.input(3), Activation):
        return Meaning(kind)
    roles = ("constant", "", "", "constant")
    return Meaning("affine", {"function": _FUNCTIONS[call.node.op_type], "constant": UNKNOWN}, roles)


def _negate(kind: str, _call: Call) -> Meaning:
    return Meaning(kind, {"function": "multiply", "constant": -1.0})


def _power(kind: str, call: Call) -> Meaning:
    constant = call.constant(1)
    return Meaning(kind, {"constant": UNKNOWN if constant is None else constant.fill}, ("constant", "constant"))


_COMPARES: Final = {
    "Equal": "equal", "Less": "less", "LessOrEqual": "less_equal", "Greater": "greater",
    "GreaterOrEqual": "greater_equal", "IsNaN": "nan", "IsInf": "infinite",
}  # fmt: skip


def _compare(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"function": _COMPARES[call.node.op_type]}, ("constant", "constant"))


def _where(kind: str, call: Call) -> Meaning:
    branches = sum(isinstance(call.input(index), Activation) for index in (1, 2))
    return Meaning(kind if branches == 2 else "mask", {}, ("constant",) * 3)


_REDUCTIONS: Final = {
    "ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "product",
    "ReduceL1": "l1", "ReduceL2": "l2", "ReduceLogSum": "log_sum", "ReduceLogSumExp": "log_sum_exp",
    "ReduceSumSquare": "sum_square", "QLinearReduceMean": "mean",
}  # fmt: skip


def _reduce(kind: str, call: Call) -> Meaning:
    function = _REDUCTIONS[call.node.op_type]
    axes = call.whole(1, "axes") if call.node.op_type != "QLinearReduceMean" else call.integers("axes")
    if axes in {None, ()} and call.integer("noop_with_empty_axes", 0):
        return Meaning("identity")
    attributes: dict[str, Value] = {
        "function": function,
        "over": _over(None if axes == () else axes, call.tensor()),
        "keepdims": bool(call.integer("keepdims", 1)),
    }
    return Meaning(kind, attributes)


def _over(axes: tuple[int, ...] | Unknown | None, tensor: Tensor) -> tuple[int, ...] | Unknown:
    """Count axes from 0; None means all."""
    if isinstance(axes, Unknown):
        return UNKNOWN
    rank = tensor.rank
    if axes is None:
        return tuple(range(rank)) if isinstance(rank, int) else UNKNOWN
    if all(axis >= 0 for axis in axes):
        return tuple(sorted(axes))
    return tuple(sorted(axis % rank for axis in axes)) if isinstance(rank, int) and rank else UNKNOWN


def _arg(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"over": _over((call.integer("axis", 0),), call.tensor())})


# Shapes


def _concat(kind: str, call: Call) -> Meaning:
    axis = call.integer("axis", 1)
    tensor = next((value.tensor for value in call.inputs if isinstance(value, Activation)), None)
    name = UNKNOWN if tensor is None else _axis(tensor, axis)
    return Meaning(kind, {"axis": name}, ("constant",) * len(call.inputs))


def _split(kind: str, call: Call) -> Meaning:
    return Meaning(kind, {"axis": _axis(call.tensor(), call.integer("axis", 0))})


def _slice(kind: str, call: Call) -> Meaning:
    axes = call.whole(3, "axes")
    if axes is None:
        starts = call.whole(1, "starts")
        axes = tuple(range(len(starts))) if isinstance(starts, tuple) else UNKNOWN
    return Meaning(kind, {"over": UNKNOWN if isinstance(axes, Unknown) else _over(axes, call.tensor())})


def _reshape(kind: str, call: Call) -> Meaning:
    shape = call.whole(1, "shape")
    known = isinstance(shape, tuple) and len(shape) <= MOST_AXES
    return Meaning(kind, {"shape": shape if known else UNKNOWN})


def _flatten(kind: str, _call: Call) -> Meaning:
    return Meaning(kind)


def _transpose(kind: str, call: Call) -> Meaning:
    order = call.integers("perm")
    rank = call.tensor().rank
    if order is None and not call.has("perm") and isinstance(rank, int):
        order = tuple(reversed(range(rank)))
    return Meaning(kind, {"permutation": UNKNOWN if order is None else order, "keeps_channel": True})


def _pad(kind: str, call: Call) -> Meaning:
    pads = call.whole(1, "pads" if call.has("pads") else "paddings")
    return Meaning(kind, {"pads": UNKNOWN if pads is None else pads})


def _resize(kind: str, call: Call) -> Meaning:
    sizes = call.whole(3) if call.node.op_type == "Resize" else None
    attributes: dict[str, Value] = {"method": call.text("mode", "nearest"), "size": UNKNOWN}
    if isinstance(sizes, tuple) and len(sizes) > 2 and not call.has("axes"):
        attributes["size"] = sizes[2:]
    return Meaning(kind, attributes)


# Losses


def _nll(kind: str, call: Call) -> Meaning:
    reduction = call.text("reduction", "mean")
    return Meaning(kind, {"family": "nll", "from_logits": False, "reduction": reduction, "sparse": True})


def _cross_entropy(kind: str, call: Call) -> Meaning:
    reduction = call.text("reduction", "mean")
    return Meaning(kind, {"family": "cross_entropy", "from_logits": True, "reduction": reduction, "sparse": True})


def _nhwc_pool(kind: str, call: Call) -> Meaning:
    return _pool(kind, call)


_RULES: Final[dict[str, Callable[[str, Call], Meaning]]] = {
    "arg": _arg,
    "arithmetic": _arithmetic,
    "attention": _attention,
    "batch_norm": _batch_norm,
    "bias_dropout": _bias_dropout,
    "bias_softmax": _bias_softmax,
    "biased": _biased,
    "clip": _clip,
    "compare": _compare,
    "concat": _concat,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "cross_entropy": _cross_entropy,
    "deform_conv": _deform_conv,
    "dropout": _dropout,
    "embed_layer_norm": _embed_layer_norm,
    "fast_gelu": _fast_gelu,
    "flatten": _flatten,
    "flex_attention": _flex_attention,
    "fused_conv": _fused_conv,
    "fused_matmul_activation": _fused_matmul_activation,
    "gather": _gather,
    "gelu": _gelu,
    "gemm": _gemm,
    "gemm_fast_gelu": _gemm_fast_gelu,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "layer_norm": _layer_norm,
    "linear_attention": _linear_attention,
    "matmul": _matmul,
    "matmul_nbits": _matmul_nbits,
    "mean_variance": _mean_variance,
    "microsoft_attention": _microsoft_attention,
    "microsoft_group_norm": _microsoft_group_norm,
    "negate": _negate,
    "nhwc_conv": _nhwc_conv,
    "nhwc_pool": _nhwc_pool,
    "nll": _nll,
    "opaque_weights": _opaque_weights,
    "pad": _pad,
    "pool": _pool,
    "power": _power,
    "q_gemm": _q_gemm,
    "quantized_arithmetic": _quantized_arithmetic,
    "quick_gelu": _quick_gelu,
    "recurrent": _recurrent,
    "reduce": _reduce,
    "relu": _relu,
    "reshape": _reshape,
    "resize": _resize,
    "rms_norm": _rms_norm,
    "shrink": _shrink,
    "skip_group_norm": _skip_group_norm,
    "skip_layer_norm": _skip_layer_norm,
    "skip_rms_norm": _skip_rms_norm,
    "slice": _slice,
    "slope": _slope,
    "softmax": _softmax,
    "split": _split,
    "swish": _swish,
    "threshold": _threshold,
    "transpose": _transpose,
    "transposed_linear": _transposed_linear,
    "where": _where,
}
