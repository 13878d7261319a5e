"""Layers and functions of the libraries around torch that models import most: torchvision.ops, timm.layers, einops.

Composed layers are made of torch's own, under the names their libraries give the parts. Signatures are those of
torchvision 0.29 and timm 1.0. What has no row here is a barrier.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.source.frameworks import torch_shapes as shapes
from lintnet.loaders.source.frameworks.torch_call import (
    MODULE,
    Attributes,
    Call,
    Described,
    emit,
    entries_of,
    get,
    integers,
    items_of,
    layer,
    number_of,
    plain,
    rest,
    signals_in,
    size_value,
)
from lintnet.loaders.source.frameworks.torch_containers import CONTAINERS, make
from lintnet.loaders.source.frameworks.torch_layers import dropout_attributes, window, windowed
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, Instance, Signal, Symbol, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.source.tables import Machine, Run

__all__ = ["ALIASES", "OTHERS"]

_SEQUENTIAL: Final = "torch.nn.Sequential"


def _self(bound: Bound) -> Instance:
    """Return the layer that is made or called.

    Raises:
        LookupError: there is none.
    """
    if bound.layer is None:
        message = "a method of a layer without the layer"
        raise LookupError(message)
    return bound.layer


def _class(value: Value) -> Value:
    """Return a class that a default names as text."""
    return Symbol(value) if isinstance(value, str) else value


def _hold(machine: Machine, instance: Instance, name: str, module: Value) -> None:
    machine.register(instance, name, module)
    instance.children[name] = module


def _chain(machine: Machine, instance: Instance, modules: Sequence[Value]) -> None:
    for place, module in enumerate(modules):
        _hold(machine, instance, str(place), module)


def _new(machine: Machine, function_: Value, *arguments: Value, **keywords: Value) -> Value:
    """Make a layer of a class that the program chose."""
    if isinstance(function_, Symbol) and function_.path.startswith("torch.nn."):
        return make(machine, function_.path, *arguments, **keywords)
    return machine.call(function_, list(arguments), dict(keywords))


# torchvision.


def _made_conv_norm(count: int, machine: Machine, bound: Bound) -> Value:
    """Make a convolution, its norm and its activation, those that are wanted."""
    instance = _self(bound)
    inp, out, kernel, stride = (bound[name] for name in ("in_channels", "out_channels", "kernel_size", "stride"))
    padding, dilation, norm = bound["padding"], bound["dilation"], bound["norm_layer"]
    if padding is None:
        padding = _same_padding(kernel, dilation, count)
    bias = norm is None if bound["bias"] is None else bound["bias"]
    conv = f"torch.nn.Conv{count}d"
    modules = [make(machine, conv, inp, out, kernel, stride, padding, dilation, bound["groups"], bias=bias)]
    if norm is not None:
        modules.append(_new(machine, _class(norm), out))
    activation = bound["activation_layer"]
    if activation is not None:
        keywords: dict[str, Value] = {} if bound["inplace"] is None else {"inplace": bound["inplace"]}
        modules.append(_new(machine, _class(activation), **keywords))
    _chain(machine, instance, modules)
    instance.attributes["out_channels"] = out
    return None


def _same_padding(kernel: Value, dilation: Value, count: int) -> Value:
    """Return the padding that keeps the size at stride 1."""
    if isinstance(kernel, int) and isinstance(dilation, int):
        return (kernel - 1) // 2 * dilation
    kernels, dilations = integers(kernel), integers(dilation)
    if isinstance(kernels, Unknown) or isinstance(dilations, Unknown):
        return UNKNOWN
    pairs = zip(kernels * count if len(kernels) == 1 else kernels, dilations * count, strict=False)
    return tuple((k - 1) // 2 * d if isinstance(k, int) and isinstance(d, int) else UNKNOWN for k, d in pairs)


def _made_squeeze(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    wide, narrow = bound["input_channels"], bound["squeeze_channels"]
    parts = {
        "avgpool": make(machine, "torch.nn.AdaptiveAvgPool2d", 1),
        "fc1": make(machine, "torch.nn.Conv2d", wide, narrow, 1),
        "fc2": make(machine, "torch.nn.Conv2d", narrow, wide, 1),
        "activation": _new(machine, _class(bound["activation"])),
        "scale_activation": _new(machine, _class(bound["scale_activation"])),
    }
    for name, part in parts.items():
        _hold(machine, instance, name, part)
    return None


def _squeeze(machine: Machine, bound: Bound) -> Value:
    """Weigh the channels of a map by what their means say."""
    children, x = _self(bound).children, get(bound, "input")
    scale = x
    for name in ("avgpool", "fc1", "activation", "fc2", "scale_activation"):
        scale = machine.call(children.get(name, UNKNOWN), [scale])
    return machine.call(Symbol("operator.mul"), [scale, x])


def _made_mlp(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    hidden = machine.iterate(bound["hidden_channels"])
    if hidden is None or not hidden:
        machine.blind("of which layers an MLP is made is not known")
        return None
    modules: list[Value] = []
    keywords: dict[str, Value] = {} if bound["inplace"] is None else {"inplace": bound["inplace"]}
    width = bound["in_channels"]
    for place, each in enumerate(hidden):
        final = place == len(hidden) - 1
        modules.append(make(machine, "torch.nn.Linear", width, each, bias=bound["bias"]))
        if not final:
            if bound["norm_layer"] is not None:
                modules.append(_new(machine, bound["norm_layer"], each))
            modules.append(_new(machine, _class(bound["activation_layer"]), **keywords))
        modules.append(make(machine, "torch.nn.Dropout", bound["dropout"], **keywords))
        width = each
    _chain(machine, instance, modules)
    return None


def _permute(call: Call) -> Described:
    dims = integers(get(call.settings, "dims"))
    attributes: Attributes = {"permutation": UNKNOWN, "keeps_channel": True}
    if isinstance(dims, Unknown) or not all(isinstance(axis, int) for axis in dims):
        return "transpose", attributes, (Tensor(), UNKNOWN)
    rank = len(dims)
    attributes["permutation"] = tuple(axis % rank if isinstance(axis, int) else axis for axis in dims)
    return "transpose", attributes, shapes.permuted(call.x, dims)


def _frozen_norm(call: Call) -> Described:
    s = call.settings
    attributes: Attributes = {
        "out": s.integer("num_features"),
        "epsilon": s.number("eps"),
        "momentum": None,
        "scale": False,
        "shift": False,
        "axis": "channel",
        "mode": "inference",
        "running": False,
    }
    return "batch_norm", attributes, shapes.channels_second(call.x)


def _path_layer(name: str, call: Call) -> Described:
    """Drop a whole branch of a sample."""
    rate = call.settings.number(name)
    if rate == 0:
        return "identity", {}, call.same()
    return "dropout", dropout_attributes(rate, "path", "phase"), call.same()


def _path_function(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if not isinstance(value, Signal):
        return value if isinstance(value, Weight) else machine.as_signal(value, op)
    training, rate = get(bound, "training"), number_of(get(bound, name))
    if (training is False) or rate == 0:
        return emit(machine, "identity", [value], (value.tensor, value.width), {}, op)
    follows = isinstance(training, ByPhase) or machine.guarded
    mode = UNKNOWN if isinstance(training, Unknown) else "phase" if follows else "training"
    attributes = dropout_attributes(rate, "path", mode)
    return emit(machine, "dropout", [value], (value.tensor, value.width), attributes, op)


def _block_layer(name: str, call: Call) -> Described:
    """Drop connected blocks of a map: neither single elements nor whole channels."""
    attributes: Attributes = {"rate": call.settings.number(name), "mode": "phase", "form": UNKNOWN}
    return "dropout", attributes, call.same()


def _deform(machine: Machine, bound: Bound) -> Value:
    """Convolve at places that are computed."""
    settings = _self(bound).settings
    inputs = signals_in(*bound.arguments.values())
    x = get(bound, "input")
    if settings is None or not isinstance(x, Signal):
        return machine.barrier("torchvision.ops.DeformConv2d", inputs, "its constructor was not run", layer=bound.layer)
    attributes: Attributes = {
        "inp": settings.integer("in_channels"),
        "out": settings.integer("out_channels"),
        **window(settings, 2, settings["kernel_size"], settings["stride"]),
        "groups": settings.integer("groups"),
        "bias": settings.flag("bias"),
    }
    result = windowed(Call(x, settings, bound), 2, size_value(attributes["out"]), attributes)
    return emit(machine, "conv", inputs, result, attributes, "torchvision.ops.DeformConv2d", bound.layer)


def _detect(op: str, machine: Machine, bound: Bound) -> Value:
    inputs = signals_in(*bound.arguments.values())
    return Weight() if not inputs else emit(machine, "detect", inputs, (Tensor(), UNKNOWN), {}, op)


# timm.


def _made_timm_mlp(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    width = bound["in_features"]
    hidden = width if bound["hidden_features"] is None else bound["hidden_features"]
    out = width if bound["out_features"] is None else bound["out_features"]
    rates = bound["drop"]
    pair = items_of(rates)
    first, second = pair if pair is not None and len(pair) == 2 else (rates, rates)
    bias, norm = bound["bias"], bound["norm_layer"]
    parts: dict[str, Value] = {
        "fc1": make(machine, "torch.nn.Linear", width, hidden, bias=bias),
        "act": _new(machine, _class(bound["act_layer"])),
        "drop1": make(machine, "torch.nn.Dropout", first),
        "norm": make(machine, "torch.nn.Identity") if norm is None else _new(machine, norm, hidden),
        "fc2": make(machine, "torch.nn.Linear", hidden, out, bias=bias),
        "drop2": make(machine, "torch.nn.Dropout", second),
    }
    for name, part in parts.items():
        _hold(machine, instance, name, part)
    return None


def _in_order(machine: Machine, bound: Bound) -> Value:
    x = get(bound, "x")
    for child in list(_self(bound).children.values()):
        x = machine.call(child, [x])
    return x


def _made_patches(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    patch, image = (_pair(bound[name]) for name in ("patch_size", "img_size"))
    width, norm = bound["embed_dim"], bound["norm_layer"]
    proj = make(machine, "torch.nn.Conv2d", bound["in_chans"], width, patch, patch, bias=bound["bias"])
    _hold(machine, instance, "proj", proj)
    _hold(machine, instance, "norm", make(machine, "torch.nn.Identity") if norm is None else _new(machine, norm, width))
    counts = [
        size // each if isinstance(size, int) and isinstance(each, int) and each else UNKNOWN
        for size, each in zip(image, patch, strict=False)
    ]
    instance.attributes |= {
        "patch_size": patch,
        "img_size": image,
        "grid_size": tuple(counts),
        "num_patches": shapes.product(counts),
    }
    return None


def _pair(value: Value) -> tuple[Size, ...]:
    sizes = integers(value)
    if isinstance(sizes, Unknown):
        return UNKNOWN, UNKNOWN
    return sizes * 2 if len(sizes) == 1 else sizes


def _patches(machine: Machine, bound: Bound) -> Value:
    """Cut an image into patches, and make words of them."""
    instance = _self(bound)
    x = machine.call(instance.children.get("proj", UNKNOWN), [get(bound, "x")])
    settings = instance.settings
    if settings is not None and settings["flatten"] is True:
        x = machine.call(Symbol("torch.flatten"), [x, 2])
        x = machine.call(Symbol("torch.transpose"), [x, 1, 2])
    return machine.call(instance.children.get("norm", UNKNOWN), [x])


def _norm_2d(kind: str, call: Call) -> Described:
    """A norm over the channels of a map, whose channels are on axis 1."""
    s = call.settings
    affine = s.flag("affine")
    attributes: Attributes = {
        "out": s.integer("num_channels"),
        "epsilon": s.number("eps"),
        "scale": affine,
        "shift": affine if kind == "layer_norm" else False,
        "axis": "channel",
    }
    return kind, attributes, shapes.channels_second(call.x)


def _tuple_of(count: int, machine: Machine, bound: Bound) -> Value:
    """Repeat a value unless it is a sequence already."""
    value = get(bound, "x")
    _ = machine
    items = items_of(value)
    return (value,) * count if items is None else tuple(items)


def _divisible(_machine: Machine, bound: Bound) -> Value:
    """Round to a multiple that is not much smaller."""
    value, divisor = number_of(get(bound, "v")), size_value(get(bound, "divisor"))
    least = get(bound, "min_value")
    lower = divisor if least is None else size_value(least)
    limit = number_of(get(bound, "round_limit"))
    if isinstance(value, Unknown) or isinstance(divisor, Unknown) or divisor < 1:
        return UNKNOWN
    if isinstance(lower, Unknown) or isinstance(limit, Unknown):
        return UNKNOWN
    new = max(lower, int(value + divisor / 2) // divisor * divisor)
    return new + divisor if new < limit * value else new


def _constant(_machine: Machine, _bound: Bound, *, value: Value) -> Value:
    return value


def _first(_machine: Machine, bound: Bound) -> Value:
    return next(iter(rest(bound)), UNKNOWN)


# einops.


def _groups(side: str) -> list[list[str]] | None:
    """Read one side of a pattern: one list of names per axis. None where it has an ellipsis or is no pattern."""
    found: list[list[str]] = []
    inner: list[str] | None = None
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            if inner is not None:
                return None
            inner = []
        elif word == ")":
            if inner is None:
                return None
            found.append(inner)
            inner = None
        elif "." in word or "…" in word or not (word.isidentifier() or word.isdigit()):
            return None
        elif inner is None:
            found.append([] if word == "1" else [word])
        elif word != "1":
            inner.append(word)
    return None if inner is not None else found


def _named_sizes(sizes: shapes.Sizes, left: Sequence[Sequence[str]], given: Mapping[str, Size]) -> dict[str, Size]:
    """Return how many elements each name of a pattern has."""
    known: dict[str, Size] = {name: size for name, size in given.items() if isinstance(size, int)}
    if isinstance(sizes, Unknown) or len(sizes) != len(left):
        return known
    for size, names in zip(sizes, left, strict=True):
        open_names = [name for name in names if name not in known]
        if len(open_names) != 1:
            continue
        rest = shapes.product([known[name] for name in names if name in known])
        if len(names) == 1:
            known[open_names[0]] = size
        elif isinstance(size, int) and isinstance(rest, int) and rest and size % rest == 0:
            known[open_names[0]] = size // rest
    return known


def _rearranged(x: Signal, pattern: Value, given: Mapping[str, Size]) -> tuple[str, Attributes, shapes.Outcome]:
    """Describe a pattern: an order of axes is a transpose, anything else reshapes."""
    unknown: tuple[str, Attributes, shapes.Outcome] = (
        "reshape", {"shape": UNKNOWN, "keeps_channel": UNKNOWN}, (Tensor(), UNKNOWN),
    )  # fmt: skip
    if not isinstance(pattern, str) or "->" not in pattern:
        return unknown
    before, after = (_groups(side) for side in pattern.split("->", 1))
    if before is None or after is None:
        return unknown
    plain_names = all(len(names) == 1 for names in (*before, *after))
    if plain_names and sorted(before) == sorted(after):
        order = tuple(before.index(names) for names in after)
        return "transpose", {"permutation": order, "keeps_channel": True}, shapes.permuted(x, order)
    known = _named_sizes(x.tensor.sizes, before, given)
    sizes = tuple(
        known.get(names[0], UNKNOWN)
        if len(names) == 1
        else shapes.product([known.get(name, UNKNOWN) for name in names])
        for names in after
    )
    channel, rank = x.tensor.channel, x.tensor.rank
    moved: int | Unknown = UNKNOWN
    kept: bool | Unknown = UNKNOWN
    if isinstance(channel, int) and (isinstance(rank, int) or channel >= 0):
        place = channel % rank if isinstance(rank, int) and rank else channel
        names = before[place] if place < len(before) else []
        if len(names) == 1:
            kept = names in after
            moved = after.index(names) if kept else UNKNOWN
    result = shapes.outcome(Tensor(sizes, moved), x.width if kept is True else UNKNOWN)
    return "reshape", {"shape": sizes, "keeps_channel": kept}, result


def _sizes_given(bound: Bound, name: str) -> dict[str, Size]:
    return {key: size_value(each) for key, each in entries_of(get(bound, name)).items()}


def _reduction(word: Value) -> Attributes:
    return {"function": word if isinstance(word, str) else UNKNOWN, "over": UNKNOWN, "keepdims": UNKNOWN}


def _rearrange(kind: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run a function of einops. With `reduce` and `repeat` axes go or come."""
    value = get(bound, "tensor")
    if items_of(value) is not None:
        value = machine.call(Symbol("torch.stack"), [value])
    if isinstance(value, Weight):
        return Weight()
    x = machine.as_signal(value, op)
    found, attributes, result = _rearranged(x, get(bound, "pattern"), _sizes_given(bound, "axes"))
    if kind == "reduce":
        reduction = get(bound, "reduction")
        attributes = _reduction(reduction)
    elif kind == "expand":
        attributes = {}
    return emit(machine, kind or found, [x], result, attributes, op)


def _rearrange_layer(kind: str, call: Call) -> Described:
    found, attributes, result = _rearranged(call.x, get(call.settings, "pattern"), _sizes_given(call.settings, "axes"))
    if kind == "reduce":
        attributes = _reduction(get(call.settings, "reduction"))
    return kind or found, attributes, result


# Quantisation: stubs that do nothing in a float model, and arithmetic in the shape of a module.


def _float_functional(name: str, machine: Machine, bound: Bound) -> Value:
    values = [get(bound, each) for each in ("x", "dim" if name == "cat" else "y")]
    if name in {"add", "mul", "add_relu", "add_scalar", "mul_scalar", "matmul"}:
        result = machine.call(Symbol(f"operator.{name.partition('_')[0]}"), values)
        return machine.call(Symbol("torch.relu"), [result]) if name == "add_relu" else result
    return machine.call(Symbol("torch.cat"), values)


def _composed(  # noqa: PLR0917 - the columns of a table
    path: str, signature: str, call: str, run: Run, made: Run, base: str = MODULE
) -> tuple[str, Row]:
    return path, Row(signature, run, layer=True, call=call, made=made, base=base, is_class=True)


def _sequential() -> Run:
    run = CONTAINERS[_SEQUENTIAL].run
    assert run is not None  # noqa: S101 - a container can be called
    return run


def _others() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    vision, timm = "torchvision.ops.", "timm.layers."
    chain = _sequential()
    conv = (
        "in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, "
        "norm_layer='torch.nn.BatchNorm{n}d', activation_layer='torch.nn.ReLU', dilation=1, inplace=True, bias=None"
    )
    square = partial(_made_conv_norm, 2)
    for count in (2, 3):
        made = partial(_made_conv_norm, count)
        rows |= [
            _composed(f"{vision}Conv{count}dNormActivation", conv.format(n=count), "input", chain, made, _SEQUENTIAL)
        ]
    rows |= [
        _composed(f"{vision}ConvNormActivation", conv.format(n=2), "input", chain, square, _SEQUENTIAL),
        _composed(
            f"{vision}SqueezeExcitation",
            "input_channels, squeeze_channels, activation='torch.nn.ReLU', scale_activation='torch.nn.Sigmoid'",
            "input", _squeeze, _made_squeeze,
        ),
        _composed(
            f"{vision}MLP",
            "in_channels, hidden_channels, norm_layer=None, activation_layer='torch.nn.ReLU', inplace=None, bias=True, "
            "dropout=0.0",
            "input", chain, _made_mlp, _SEQUENTIAL,
        ),
        _composed(
            f"{timm}Mlp",
            "in_features, hidden_features=None, out_features=None, act_layer='torch.nn.GELU', norm_layer=None, "
            "bias=True, drop=0.0, use_conv=False, device=None, dtype=None",
            "x", _in_order, _made_timm_mlp,
        ),
        _composed(
            f"{timm}PatchEmbed",
            "img_size=224, patch_size=16, in_chans=3, embed_dim=768, norm_layer=None, flatten=True, output_fmt=None, "
            "bias=True, strict_img_size=True, dynamic_img_pad=False, device=None, dtype=None",
            "x", _patches, _made_patches,
        ),
    ]  # fmt: skip
    for path, signature, describe, call in (
        (f"{vision}Permute", "dims", _permute, "x"),
        (f"{vision}FrozenBatchNorm2d", "num_features, eps=1e-05", _frozen_norm, "x"),
        (f"{vision}StochasticDepth", "p, mode", partial(_path_layer, "p"), "input"),
        (f"{vision}DropBlock2d", "p, block_size, inplace=False, eps=1e-06", partial(_block_layer, "p"), "input"),
        (f"{vision}DropBlock3d", "p, block_size, inplace=False, eps=1e-06", partial(_block_layer, "p"), "input"),
        (f"{timm}DropPath", "drop_prob=0.0, scale_by_keep=True", partial(_path_layer, "drop_prob"), "x"),
        (f"{timm}LayerNorm2d", "num_channels, eps=1e-06, affine=True, **kwargs", partial(_norm_2d, "layer_norm"), "x"),
        ("einops.layers.torch.Rearrange", "pattern, **axes", partial(_rearrange_layer, ""), "input"),
        ("einops.layers.torch.Reduce", "pattern, reduction, **axes", partial(_rearrange_layer, "reduce"), "input"),
        ("torch.ao.quantization.QuantStub", "*args, **kwargs", plain("identity"), "x"),
        ("torch.ao.quantization.DeQuantStub", "*args, **kwargs", plain("identity"), "x"),
    ):
        rows[path] = layer(path, signature, describe, call)
    rows[f"{vision}DeformConv2d"] = Row(
        "in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True", _deform,
        layer=True, call="input, offset, mask=None", base=MODULE, is_class=True,
    )  # fmt: skip
    rows[f"{vision}stochastic_depth"] = Row(
        "input, p, mode, training=True", partial(_path_function, "p", "stochastic_depth")
    )
    rows[f"{timm}drop_path"] = Row(
        "input, drop_prob=0.0, training=False, scale_by_keep=True", partial(_path_function, "drop_prob", "drop_path")
    )
    for name in ("nms", "batched_nms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "box_iou", "box_convert",
                 "clip_boxes_to_image", "remove_small_boxes", "box_area", "generalized_box_iou"):  # fmt: skip
        rows[f"{vision}{name}"] = Row("*args, **kwargs", partial(_detect, name))
    for number, name in enumerate(("to_1tuple", "to_2tuple", "to_3tuple", "to_4tuple"), 1):
        rows[f"{timm}{name}"] = Row("x", partial(_tuple_of, number), pure=True)
    for number, name in enumerate(("_single", "_pair", "_triple", "_quadruple"), 1):
        rows[f"torch.nn.utils.{name}"] = Row("x", partial(_tuple_of, number), pure=True)
    rows[f"{timm}make_divisible"] = Row("v, divisor=8, min_value=None, round_limit=0.9", _divisible, pure=True)
    rows["torchvision.models._utils._make_divisible"] = Row(
        "v, divisor, min_value=None, round_limit=0.9", _divisible, pure=True
    )
    for name in ("trunc_normal_", "trunc_normal_tf_", "lecun_normal_", "variance_scaling_"):
        rows[f"{timm}{name}"] = Row("*args, **kwargs", _first, pure=True)
    for name in ("is_scriptable", "is_exportable", "is_no_jit"):
        rows[f"{timm}{name}"] = Row("*args, **kwargs", partial(_constant, value=False), pure=True)
    rows["torchvision.utils._log_api_usage_once"] = Row("*args, **kwargs", partial(_constant, value=None), pure=True)
    for path, signature, kind in (
        ("einops.rearrange", "tensor, pattern, **axes", ""),
        ("einops.repeat", "tensor, pattern, **axes", "expand"),
        ("einops.reduce", "tensor, pattern, reduction, **axes", "reduce"),
    ):
        rows[path] = Row(signature, partial(_rearrange, kind, path))
    rows["einops.einsum"] = Row("*args", _named_einsum)
    functional = "torch.ao.nn.quantized.FloatFunctional"
    rows[functional] = Row("", layer=True, call="x", base=MODULE, is_class=True)
    for name in ("add", "mul", "add_relu", "add_scalar", "mul_scalar", "matmul"):
        rows[f"{functional}.{name}"] = Row("x, y", partial(_float_functional, name))
    rows[f"{functional}.cat"] = Row("x, dim=0", partial(_float_functional, "cat"))
    return rows


def _named_einsum(machine: Machine, bound: Bound) -> Value:
    inputs = signals_in(get(bound, "args"))
    return Weight() if not inputs else emit(machine, "einsum", inputs, (Tensor(), UNKNOWN), {}, "einops.einsum")


OTHERS: Final = _others()
"""Rows by canonical name."""

ALIASES: Final = {
    "torchvision.ops.misc": "torchvision.ops",
    "torchvision.ops.boxes": "torchvision.ops",
    "torchvision.ops.deform_conv": "torchvision.ops",
    "torchvision.ops.stochastic_depth.StochasticDepth": "torchvision.ops.StochasticDepth",
    "torchvision.ops.drop_block": "torchvision.ops",
    "torchvision.ops.feature_pyramid_network": "torchvision.ops",
    "torchvision.models.layers": "torchvision.ops",
    "timm.models.layers": "timm.layers",
    "timm.models.layers.drop": "timm.layers",
    "timm.models.layers.helpers": "timm.layers",
    "timm.models.layers.weight_init": "timm.layers",
    "timm.layers.drop": "timm.layers",
    "timm.layers.helpers": "timm.layers",
    "timm.layers.weight_init": "timm.layers",
    "timm.layers.mlp": "timm.layers",
    "timm.layers.norm": "timm.layers",
    "timm.layers.patch_embed": "timm.layers",
    "torch.quantization.QuantStub": "torch.ao.quantization.QuantStub",
    "torch.quantization.DeQuantStub": "torch.ao.quantization.DeQuantStub",
    "torch.ao.quantization.stubs": "torch.ao.quantization",
    "torch.nn.quantized": "torch.ao.nn.quantized",
    "mmcv.cnn.bricks.DropPath": "timm.layers.DropPath",
    "mmcv.cnn.bricks.drop.DropPath": "timm.layers.DropPath",
    "mmengine.model.weight_init.trunc_normal_": "timm.layers.trunc_normal_",
}
"""Canonical names of names."""
