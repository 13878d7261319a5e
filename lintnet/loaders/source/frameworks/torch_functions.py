"""The functions of torch: torch.nn.functional, torch.*, and the tensor methods of the same names.

Knows no layer class but shares their descriptions. One line of a table is one function; where it is found (F for
torch.nn.functional, t for torch, T for methods of tensors, S for torch.special, L for torch.linalg, _ and ~ for the
methods and the functions of torch that overwrite their tensor) stands beside it. Signatures are those of torch 2.13;
functions that are compiled have theirs by hand, from the documentation.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.source.frameworks import torch_shapes as shapes
from lintnet.loaders.source.frameworks.common import (
    arithmetic,
    compare,
    is_constant,
    logical,
    matmul,
    numbers,
    one_number,
    power,
)
from lintnet.loaders.source.frameworks.torch_call import (
    Attributes,
    Call,
    Describe,
    Described,
    as_attribute,
    emit,
    function,
    get,
    in_place,
    integers,
    items_of,
    keywords,
    lines,
    listed,
    number_of,
    optional_flag,
    overwrite,
    plain,
    rest,
    signals_in,
    size_value,
)
from lintnet.loaders.source.frameworks.torch_layers import (
    ACTIVATIONS,
    adaptive,
    causal,
    clamp,
    compared,
    dropout_attributes,
    flatten,
    folded,
    layer_norm,
    looked_up,
    pad,
    pool,
    reshape_to,
    resize,
    rms_norm,
    second_axis,
    seconded,
    shuffled,
    softmax_axis,
    transposed,
    unflatten,
    unfolded,
    window,
    windowed,
    with_indices,
)
from lintnet.loaders.source.objects import NAMED_TUPLE, LocalClass, RecordTuple, UnknownRest
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, Instance, Signal, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.loaders.source.frameworks.torch_shapes import Outcome
    from lintnet.loaders.source.tables import Machine, Run

__all__ = ["FUNCTIONS", "extremes", "spread", "variadic"]

_SPACES: Final = {
    "F": "torch.nn.functional.",
    "t": "torch.",
    "T": "torch.Tensor.",
    "S": "torch.special.",
    "L": "torch.linalg.",
}
_NOTHING: Final[Outcome] = (Tensor(), UNKNOWN)


_EXTREMES: Final = LocalClass(
    "return_types", "torch.return_types", (NAMED_TUPLE,), {}, None, fields=("values", "indices")
)
_EXTREMES.form = "namedtuple"


def extremes(values: Value, indices: Value) -> RecordTuple:
    """Return the pair, with names, that `max`, `min`, `topk` and `sort` along an axis give."""
    pair = RecordTuple((values, indices))
    pair.cls = _EXTREMES
    return pair


def spread(names: str, where: str) -> list[tuple[str, bool]]:
    """Return the canonical names of functions in the places where they are, and whether each overwrites its tensor."""
    found: list[tuple[str, bool]] = []
    for name in names.split():
        for letter in where:
            if letter in _SPACES:
                found.append((f"{_SPACES[letter]}{name}", False))
                if (letter == "T" and "_" in where) or (letter == "t" and "~" in where):
                    found.append((f"{_SPACES[letter]}{name}_", True))
    return found


# Weight layers and norms in functional form: what the layer says that owns the weight.


def _owner(weight: Value, setting: str) -> Instance | None:
    """Return the layer whose weight this is, if its constructor has such an argument."""
    owner = weight.owner if isinstance(weight, Weight) else None
    return owner if owner is not None and owner.settings is not None and setting in owner.settings.arguments else None


def _there(value: Value) -> bool | Unknown:
    return optional_flag(value)


def _conv(count: int, op: str, machine: Machine, bound: Bound, *, transpose: bool) -> Value:
    value, weight = get(bound, "input"), get(bound, "weight")
    if isinstance(value, Weight) and not isinstance(weight, Signal):
        return Weight()
    x = machine.as_signal(value, op)
    sizes = shapes.sizes_of(weight)
    owner = _owner(weight, "out_channels")
    groups = bound.integer("groups")
    kernel: Value = UNKNOWN
    first: Size = UNKNOWN
    second: Size = UNKNOWN
    if isinstance(sizes, tuple) and len(sizes) == count + 2:
        kernel, first = sizes[2:], sizes[0]
        if isinstance(groups, int) and isinstance(sizes[1], int):
            second = sizes[1] * groups
    inp, out = (first, second) if transpose else (second, first)
    if owner is not None and owner.settings is not None:
        settings = owner.settings
        kernel = settings["kernel_size"] if isinstance(kernel, Unknown) else kernel
        out = settings.integer("out_channels") if isinstance(out, Unknown) else out
    call = Call(x, bound, bound)
    attributes: Attributes = {
        "inp": call.size(1) if isinstance(inp, Unknown) else inp,
        "out": out,
        **window(bound, count, kernel, get(bound, "stride")),
        "groups": groups,
        "bias": _there(get(bound, "bias")),
    }
    if transpose:
        extra = integers(get(bound, "output_padding"))
        result = transposed(
            call, count, out, attributes, extra * count if isinstance(extra, tuple) and len(extra) == 1 else extra
        )
    else:
        result = windowed(call, count, out, attributes)
    kind = "conv_transpose" if transpose else "conv"
    return emit(machine, kind, [x, *signals_in(weight)], result, attributes, op, owner)


def _linear(op: str, machine: Machine, bound: Bound) -> Value:
    value, weight = get(bound, "input"), get(bound, "weight")
    bias = get(bound, "bias")
    if isinstance(weight, Signal) or not isinstance(weight, Weight):
        # The weight is itself computed from the input, or not known.
        if isinstance(weight, Signal):
            product = matmul(machine, value, _transposed(machine, weight, op), op)
            return product if bias is None else arithmetic(machine, "add", product, bias, op)
        weight = Weight()
    if isinstance(value, Weight):
        return Weight()
    x = machine.as_signal(value, op)
    owner = _owner(weight, "out_features")
    inp: Size = UNKNOWN
    out: Size = UNKNOWN
    if isinstance(weight.sizes, tuple) and weight.sizes:
        out, inp = (weight.sizes[0] if len(weight.sizes) > 1 else 1), weight.sizes[len(weight.sizes) - 1]
    call = Call(x, bound, bound)
    attributes: Attributes = {
        "inp": call.size(-1) if isinstance(inp, Unknown) else inp,
        "out": out,
        "bias": _there(bias),
    }
    return emit(machine, "linear", [x], shapes.last(x, out), attributes, op, owner)


def _transposed(machine: Machine, x: Signal, op: str) -> Signal:
    attributes: Attributes = {"permutation": (1, 0), "keeps_channel": True}
    return emit(machine, "transpose", [x], shapes.permuted(x, (1, 0)), attributes, op)


def _embedding(op: str, machine: Machine, bound: Bound) -> Value:
    value, weight = get(bound, "input"), get(bound, "weight")
    if not isinstance(value, Signal) and isinstance(weight, Signal):
        return emit(machine, "gather", [weight], _NOTHING, {}, op)
    if isinstance(value, Weight):
        return Weight()
    x = machine.as_signal(value, op)
    sizes = shapes.sizes_of(weight)
    rows, out = sizes if isinstance(sizes, tuple) and len(sizes) == 2 else (UNKNOWN, UNKNOWN)
    attributes: Attributes = {"rows": rows, "out": out}
    owner = _owner(weight, "embedding_dim")
    return emit(
        machine, "embedding", [x, *signals_in(weight)], looked_up(Call(x, bound, bound), out), attributes, op, owner
    )


def _vector(*values: Value) -> Size:
    """Return the length of the first vector whose length is known."""
    for value in values:
        sizes = shapes.sizes_of(value) if isinstance(value, Weight) else UNKNOWN
        if isinstance(sizes, tuple) and len(sizes) == 1 and isinstance(sizes[0], int):
            return sizes[0]
    return UNKNOWN


def _norm_owner(bound: Bound, setting: str) -> Instance | None:
    for name in ("weight", "running_mean", "bias"):
        owner = _owner(get(bound, name), setting)
        if owner is not None:
            return owner
    return None


def _batch_norm(op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    owner = _norm_owner(bound, "num_features")
    out: Size = _vector(get(bound, "weight"), get(bound, "running_mean"), get(bound, "bias"))
    call = Call(x, bound, bound)
    mode, running = _norm_mode(machine, get(bound, "training"), _there(get(bound, "running_mean")))
    attributes: Attributes = {
        "out": call.size(1) if isinstance(out, Unknown) else out,
        "epsilon": bound.number("eps"),
        "momentum": Unknown("cumulative") if get(bound, "momentum") is None else bound.number("momentum"),
        "scale": _there(get(bound, "weight")),
        "shift": _there(get(bound, "bias")),
        "axis": second_axis(call, x.tensor, out),
        "mode": mode,
        "running": running,
    }
    return emit(machine, "batch_norm", [x], seconded(call, x.tensor, out), attributes, op, owner)


def _norm_mode(machine: Machine, training: Value, kept: bool | Unknown) -> tuple[str | Unknown, bool | Unknown]:  # noqa: FBT001 - a truth value of the source
    """Return the mode of a functional batch norm, and whether statistics kept in training serve at inference."""
    if isinstance(training, ByPhase):
        if training.training is True and training.inference is False:
            return "phase", kept
        training = training.training if training.training is training.inference else UNKNOWN
    if training is True:
        # Always those of the batch; in code for training only it says nothing of inference.
        return ("phase", kept) if machine.guarded else ("training", False)
    return ("inference", False) if training is False else (UNKNOWN, UNKNOWN)


def _instance_norm(op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    call = Call(x, bound, bound)
    out: Size = _vector(get(bound, "weight"), get(bound, "running_mean"))
    running = _there(get(bound, "running_mean"))
    attributes: Attributes = {
        "out": call.size(1) if isinstance(out, Unknown) else out,
        "epsilon": bound.number("eps"),
        "scale": _there(get(bound, "weight")),
        "shift": _there(get(bound, "bias")),
        "axis": "channel",
        "running": running,
        "momentum": None if running is False else bound.number("momentum"),
    }
    owner = _norm_owner(bound, "num_features")
    return emit(machine, "instance_norm", [x], seconded(call, x.tensor, out), attributes, op, owner)


def _group_norm(op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    call = Call(x, bound, bound)
    out: Size = _vector(get(bound, "weight"), get(bound, "bias"))
    attributes: Attributes = {
        "groups": bound.integer("num_groups"),
        "out": call.size(1) if isinstance(out, Unknown) else out,
        "epsilon": bound.number("eps"),
        "scale": _there(get(bound, "weight")),
        "shift": _there(get(bound, "bias")),
        "axis": "channel",
    }
    owner = _norm_owner(bound, "num_groups")
    return emit(machine, "group_norm", [x], seconded(call, x.tensor, out), attributes, op, owner)


def _layer_norm(op: str, machine: Machine, bound: Bound, *, root: bool) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    call, scale = Call(x, bound, bound), _there(get(bound, "weight"))
    described = rms_norm(call, scale) if root else layer_norm(call, scale, _there(get(bound, "bias")))
    kind, attributes, result = described
    return emit(machine, kind, [x], result, attributes, op, _norm_owner(bound, "normalized_shape"))


def _prelu(op: str, machine: Machine, bound: Bound) -> Value:
    value, weight = get(bound, "input"), get(bound, "weight")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    return emit(machine, "prelu", [x], (x.tensor, x.width), {}, op, _owner(weight, "num_parameters"))


# Dropout.


def _dropout(form: str, flag: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Apply dropout by its flag: with a literal it is always on or never; with `self.training` it follows the mode."""
    value = get(bound, "input")
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    training, rate = get(bound, flag), get(bound, "p")
    mode: str | Unknown = UNKNOWN
    if isinstance(training, ByPhase):
        mode = "phase" if training.training is True else "training"
        training = training.training
    elif training is True:
        follows = isinstance(rate, ByPhase) and rate.inference == 0
        mode = "phase" if machine.guarded or follows else "training"
    if training is False:
        result = emit(machine, "identity", [x], (x.tensor, x.width), {}, op)
    else:
        # The program's own `True` is a decision; the default of a function is what nobody thought of.
        asked = flag in bound.given and get(bound, flag) is True
        attributes = {**dropout_attributes(number_of(rate), form, mode), "asked": asked}
        result = emit(machine, "dropout", [x], (x.tensor, x.width), attributes, op)
    if get(bound, "inplace") is True:
        overwrite(x, result)
    return result


# Reductions.


def _dims(bound: Bound) -> Value:
    given = keywords(bound)
    return given["dim"] if "dim" in given else given["axis"] if "axis" in given else get(bound, "dim")


def _keepdim(bound: Bound) -> bool | Unknown:
    given = keywords(bound)
    for name in ("keepdim", "keepdims"):
        if name in given:
            flag = given[name]
            return flag if isinstance(flag, bool) else UNKNOWN
    return bound.flag("keepdim")


def _over(call: Call, dims: Value) -> tuple[int, ...] | Unknown:
    """Return the reduced axes counted from 0; None and an empty sequence mean all."""
    rank = call.rank
    if dims is None or items_of(dims) == []:
        return tuple(range(rank)) if isinstance(rank, int) else UNKNOWN
    axes = integers(dims)
    if isinstance(axes, Unknown):
        return UNKNOWN
    found: list[int] = []
    for axis in axes:
        place = shapes.axis_index(axis, rank)
        if isinstance(place, Unknown):
            return UNKNOWN
        found.append(place)
    return tuple(sorted(found))


_POOLS: Final = {"mean": "global_average_pool", "max": "global_max_pool"}


def _reduce(reduction: str, call: Call) -> Described:
    over, keepdims = _over(call, _dims(call.settings)), _keepdim(call.settings)
    result = shapes.reduced(call.x, over, keepdims)
    kind = _POOLS.get(reduction, "")
    if kind and _is_global(call, over):
        return kind, {}, result
    return "reduce", {"function": reduction, "over": over, "keepdims": keepdims}, result


def _is_global(call: Call, over: tuple[int, ...] | Unknown) -> bool:
    """Say whether exactly the spatial axes of a map are reduced. Of rank 3 it may be a sequence of tokens."""
    rank, channel = call.rank, call.x.tensor.channel
    if isinstance(rank, Unknown) or isinstance(channel, Unknown) or isinstance(over, Unknown) or rank <= 3:
        return False
    return list(over) == [axis for axis in range(1, rank) if axis != channel % rank]


def _extreme(reduction: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run max or min: over everything, along an axis with the places, or of two tensors."""
    value, dims = get(bound, "input"), _dims(bound)
    other: Value = dims if isinstance(dims, Signal | Weight) else None
    other = keywords(bound).get("other", other)
    if other is not None:
        return _maximum(reduction, op, machine, value, other)
    x = machine.as_signal(value, op)
    call = Call(x, bound, bound)
    if dims is None:
        kind, attributes, result = _reduce(reduction, call)
        return emit(machine, kind, [x], result, attributes, op)
    return _along(machine, op, call, _reduce(reduction, call))


def _along(machine: Machine, op: str, call: Call, described: Described) -> RecordTuple:
    """Add a node with two results: values, and the places where they were."""
    kind, attributes, result = described
    out = emit(machine, kind, [call.x], result, attributes, op, more=[result[0]])
    return extremes(out, Signal(out.edge._replace(output=1), result[0], result[1]))


def _with_places(reduction: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run a reduction that returns places too if an axis is named: median, mode."""
    value = get(bound, "input")
    if isinstance(value, Weight):
        return extremes(Weight(), Weight())
    x = machine.as_signal(value, op)
    call = Call(x, bound, bound)
    described = _reduce(reduction, call)
    if _dims(bound) is None:
        return emit(machine, described[0], [x], described[2], described[1], op)
    return _along(machine, op, call, described)


def _maximum(reduction: str, op: str, machine: Machine, left: Value, right: Value) -> Value:
    inputs = [machine.as_signal(each, op) for each in (left, right) if not is_constant(each)]
    if not inputs:
        return Weight()
    result = shapes.broadcast((left, right) if len(inputs) == 1 else inputs)
    if len(inputs) == 2:
        return emit(machine, "maximum" if reduction == "max" else "minimum", inputs, result, {}, op)
    constant = left if is_constant(left) else right
    number = one_number(constant)
    kind, attributes = clamp(number, None) if reduction == "max" else clamp(None, number)
    return emit(machine, kind, inputs, result, attributes, op)


def _both(reduction: str, op: str, machine: Machine, bound: Bound) -> Value:
    return _maximum(reduction, op, machine, get(bound, "input"), get(bound, "other"))


def _arg(call: Call) -> Described:
    over = _over(call, _dims(call.settings))
    return "arg_max", {"over": over}, shapes.reduced(call.x, over, _keepdim(call.settings))


def _norm(order: str, call: Call) -> Described:
    power_ = get(call.settings, "p") if "p" in call.settings.arguments else get(call.settings, "ord")
    if power_ is None or power_ in (2, "fro"):
        return _reduce("l2", call)
    return _reduce("l1" if power_ == 1 else order, call)


def _deviation(reductions: tuple[str, ...], op: str, machine: Machine, bound: Bound) -> Value:
    """Run std and var, alone or with the mean. Older signatures have `unbiased` before `keepdim`."""
    value = get(bound, "input")
    if isinstance(value, Weight):
        return Weight() if len(reductions) == 1 else (Weight(), Weight())
    x = machine.as_signal(value, op)
    given = rest(bound)
    dims = given[0] if given and not isinstance(given[0], bool) else None
    keepdim = given[2] if len(given) > 2 else False
    arguments: dict[str, Value] = {"input": x, "dim": dims, "keepdim": keepdim, "kwargs": keywords(bound)}
    settings = Bound(bound.path, arguments)
    results: list[Value] = []
    for reduction in reductions:
        kind, attributes, result = _reduce(reduction, Call(x, settings, bound))
        results.append(emit(machine, kind, [x], result, attributes, op))
    return results[0] if len(results) == 1 else tuple(results)


def _sorted(op: str, machine: Machine, bound: Bound) -> Value:
    """Run sort: the same sizes, and the places."""
    value = get(bound, "input")
    if isinstance(value, Weight):
        return extremes(Weight(value.sizes), Weight(value.sizes))
    x = machine.as_signal(value, op)
    return _along(machine, op, Call(x, bound, bound), ("top_k", {}, (x.tensor, x.width)))


def _top(op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    if isinstance(value, Weight):
        return extremes(Weight(), Weight())
    x = machine.as_signal(value, op)
    count = size_value(get(bound, "k"))
    result = shapes.with_size(x, size_value(get(bound, "dim")), count)
    return _along(machine, op, Call(x, bound, bound), ("top_k", {}, result))


# Several tensors in.


def _sequence(machine: Machine, value: Value, op: str) -> tuple[list[Signal], list[shapes.Sizes], int]:
    """Return the activations of a sequence, the sizes of its constants, and its length."""
    if isinstance(value, Signal):
        return [value], [], 1
    items = items_of(value)
    if items is None:
        items = machine.iterate(value)
    if items is None:
        return [machine.as_signal(value, op)], [], 1
    inputs: list[Signal] = []
    others: list[shapes.Sizes] = []
    for each in items:
        if is_constant(each):
            others.append(shapes.sizes_of(each))
        else:
            inputs.append(machine.as_signal(each, op))
    return inputs, others, len(items)


def _cat(axis: int | None, op: str, machine: Machine, bound: Bound) -> Value:
    inputs, others, _count = _sequence(machine, get(bound, "tensors"), op)
    if not inputs:
        return Weight()
    dim: int | Unknown = size_value(_dims(bound)) if axis is None else axis
    first = next((s for s in inputs if not isinstance(s.tensor.sizes, Unknown)), inputs[0])
    attributes: Attributes = {"axis": shapes.name_axis(first, dim)}
    return emit(machine, "concat", inputs, shapes.concatenated(inputs, others, dim), attributes, op)


def _stack(op: str, machine: Machine, bound: Bound) -> Value:
    inputs, _others, count = _sequence(machine, get(bound, "tensors"), op)
    if not inputs:
        return Weight()
    tensor, width = shapes.unsqueezed(inputs[0], size_value(_dims(bound)))
    if isinstance(tensor.sizes, tuple):
        axis = shapes.axis_index(size_value(_dims(bound)), len(tensor.sizes))
        if isinstance(axis, int):
            tensor = Tensor((*tensor.sizes[:axis], count, *tensor.sizes[axis + 1 :]), tensor.channel)
    return emit(machine, "stack", inputs, (tensor, width), {}, op)


def _einsum(op: str, machine: Machine, bound: Bound) -> Value:
    operands = listed(get(bound, "operands"))
    inputs = [machine.as_signal(each, op) for each in operands if not is_constant(each)]
    if not inputs:
        return Weight()
    return emit(machine, "einsum", inputs, _contracted(get(bound, "equation"), operands), {}, op)


def _contracted(equation: Value, operands: Sequence[Value]) -> Outcome:
    """Return what follows for the result of an einsum without an ellipsis."""
    if not isinstance(equation, str) or "." in equation or "->" not in equation:
        return _NOTHING
    left, _, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    known: dict[str, Size] = dict.fromkeys(right, UNKNOWN)
    for term, operand in zip(terms, operands, strict=False):
        sizes = shapes.sizes_of(operand)
        if isinstance(sizes, tuple) and len(sizes) == len(term):
            for letter, size in zip(term, sizes, strict=True):
                if isinstance(size, int) or isinstance(known.get(letter, UNKNOWN), Unknown):
                    known[letter] = (
                        size if isinstance(size, int) or shapes.batch_like(size) else known.get(letter, size)
                    )
    return shapes.outcome(Tensor(tuple(known[letter] for letter in right)))


def _where(op: str, machine: Machine, bound: Bound) -> Value:
    condition, left, right = (get(bound, name) for name in ("condition", "input", "other"))
    if left is None and right is None:
        x = machine.as_signal(condition, op)
        return emit(machine, "index_math", [x], _NOTHING, {}, op)
    values = [each for each in (condition, left, right) if not is_constant(each)]
    inputs = [machine.as_signal(each, op) for each in values]
    if not inputs:
        return Weight()
    branches = sum(not is_constant(each) for each in (left, right))
    main = [each for each in (left, right) if isinstance(each, Signal)]
    return emit(machine, "select" if branches == 2 else "mask", inputs, shapes.broadcast(main or inputs), {}, op)


def _masked_fill(op: str, machine: Machine, bound: Bound) -> Value:
    value, mask = get(bound, "input"), get(bound, "mask")
    if isinstance(value, Weight) and not isinstance(mask, Signal):
        return Weight(value.sizes)
    inputs = [*([] if is_constant(mask) else signals_in(mask))]
    x = value if is_constant(value) else machine.as_signal(value, op)
    if isinstance(x, Signal):
        inputs.append(x)
    result = shapes.broadcast([each for each in (value, mask) if isinstance(each, Signal | Weight)])
    if isinstance(x, Signal):
        result = (x.tensor, x.width)
    return emit(machine, "mask", inputs, result, {}, op)


def _gather(kind: str, op: str, machine: Machine, bound: Bound, *, same: bool = False) -> Value:
    """Read or write at indices; `same`: the result looks like the tensor."""
    inputs = signals_in(*bound.arguments.values())
    value = get(bound, "input")
    if not inputs:
        return Weight() if isinstance(value, Weight) else machine.as_signal(value, op)
    result = _NOTHING
    if same and isinstance(value, Signal):
        result = value.tensor, value.width
    elif same:
        result = Tensor(shapes.sizes_of(value)), UNKNOWN
    else:
        index = get(bound, "index")
        dim = size_value(get(bound, "dim")) if "dim" in bound.arguments else UNKNOWN
        if isinstance(value, Signal) and op.endswith("index_select"):
            result = shapes.with_size(value, dim, _vector(index))
        elif isinstance(value, Signal) and op.endswith("gather") and isinstance(index, Signal | Weight):
            result = shapes.outcome(Tensor(shapes.sizes_of(index), value.tensor.channel))
    return emit(machine, kind, inputs, result, {}, op)


def _add_product(op: str, machine: Machine, bound: Bound) -> Value:
    """Run addmm and baddbmm: a matrix product, and something added."""
    added, left, right = (get(bound, name) for name in ("input", "mat1", "mat2"))
    if isinstance(right, Weight) and isinstance(added, Weight) and not is_constant(left):
        x = machine.as_signal(left, op)
        inp, out = right.sizes if isinstance(right.sizes, tuple) and len(right.sizes) == 2 else (UNKNOWN, UNKNOWN)
        attributes: Attributes = {"inp": inp, "out": out, "bias": True}
        return emit(machine, "linear", [x], shapes.last(x, out), attributes, op)
    return arithmetic(machine, "add", added, matmul(machine, left, right, op), op)


def _add_times(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    """Run addcmul and addcdiv."""
    product = arithmetic(machine, name, get(bound, "tensor1"), get(bound, "tensor2"), op)
    return arithmetic(machine, "add", get(bound, "input"), product, op)


def _blend(op: str, machine: Machine, bound: Bound) -> Value:
    """Run lerp: a sum of two tensors with weights that add up to one."""
    return arithmetic(machine, "add", get(bound, "input"), get(bound, "end"), op)


def _arithmetic(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    left, right = get(bound, "input"), get(bound, "other")
    if "alpha" in bound.arguments and get(bound, "alpha") != 1:
        if isinstance(right, Signal):
            right = arithmetic(machine, "mul", right, get(bound, "alpha"), op)
        elif is_constant(right):
            right = Weight()
    if "rounding_mode" in bound.arguments and get(bound, "rounding_mode") is not None:
        return _index_math(op, machine, bound)
    return arithmetic(machine, name, left, right, op)


def _reversed_subtraction(op: str, machine: Machine, bound: Bound) -> Value:
    return arithmetic(machine, "sub", get(bound, "other"), get(bound, "input"), op)


def _index_math(op: str, machine: Machine, bound: Bound) -> Value:
    values = [get(bound, "input"), get(bound, "other")]
    inputs = signals_in(*values)
    if not inputs:
        return Weight()
    known = [each for each in values if isinstance(each, Signal | Weight | int | float)]
    return emit(machine, "index_math", inputs, shapes.broadcast(known), {}, op)


def _power(exponent: float | None, op: str, machine: Machine, bound: Bound) -> Value:
    value = get(bound, "input")
    return power(machine, value, get(bound, "exponent") if exponent is None else exponent, op)


def _compare(name: str, op: str, machine: Machine, bound: Bound) -> Value:
    return compare(machine, name, get(bound, "input"), get(bound, "other"), op)


def _logical(op: str, machine: Machine, bound: Bound) -> Value:
    return logical(machine, [get(bound, name) for name in ("input", "other") if name in bound.arguments], op)


def _matmul(op: str, machine: Machine, bound: Bound) -> Value:
    return matmul(machine, get(bound, "input"), get(bound, "other"), op)


def _pairs(kind: str, attributes: Attributes, op: str, machine: Machine, bound: Bound) -> Value:
    """Add a node over all tensors among the arguments, of whose result nothing is known."""
    values = list(bound.arguments.values())
    inputs = signals_in(*values)
    if not inputs:
        return Weight()
    return emit(machine, kind, inputs, _NOTHING, attributes, op)


def _similarity(op: str, machine: Machine, bound: Bound) -> Value:
    values = [get(bound, "x1"), get(bound, "x2")]
    inputs = signals_in(*values)
    if not inputs:
        return Weight()
    dim = size_value(get(bound, "dim")) if "dim" in bound.arguments else -1
    attributes, result = compared(inputs, values, dim, "similarity" if "cosine" in op else "distance")
    return emit(machine, "reduce", inputs, result, attributes, op)


# Parts.


def _parts(machine: Machine, x: Signal, dim: int | Unknown, lengths: Sequence[Size], op: str) -> tuple[Signal, ...]:
    """Add a split and return one tensor per part."""
    outcomes = [shapes.with_size(x, dim, length) for length in lengths]
    attributes: Attributes = {"axis": shapes.name_axis(x, dim)}
    out = emit(machine, "split", [x], outcomes[0], attributes, op, more=[tensor for tensor, _width in outcomes[1:]])
    rest = [
        Signal(out.edge._replace(output=number), tensor, width)
        for number, (tensor, width) in enumerate(outcomes[1:], 1)
    ]
    return (out, *rest)


_MOST_PARTS: Final = 1024


def _chunk(op: str, machine: Machine, bound: Bound) -> Value:
    value, dim = get(bound, "input"), size_value(_dims(bound))
    count = size_value(get(bound, "chunks"))
    if isinstance(value, Weight):
        return tuple(Weight() for _ in range(count)) if isinstance(count, int) and 0 < count < _MOST_PARTS else UNKNOWN
    x = machine.as_signal(value, op)
    if isinstance(count, Unknown) or not 0 < count < _MOST_PARTS:
        return machine.barrier(op, [x], "into how many parts is not known")
    size = shapes.size_at(x, dim)
    lengths: list[Size] = [UNKNOWN] * count
    if isinstance(size, int):
        each = -(-size // count)
        lengths = [min(each, size - start) for start in range(0, size, each)] if each else [0] * count
    return _parts(machine, x, dim, lengths, op)


def _split(tensor: str, lengths_name: str, op: str, machine: Machine, bound: Bound) -> Value:
    value, dim = get(bound, tensor), size_value(_dims(bound))
    sections = get(bound, lengths_name)
    if isinstance(value, Weight) and value.values is not None:
        return _split_numbers(value.values, sections)
    lengths = integers(sections) if items_of(sections) is not None else None
    if isinstance(value, Weight):
        return tuple(Weight() for _ in lengths) if isinstance(lengths, tuple) else UNKNOWN
    x = machine.as_signal(value, op)
    if lengths is None:
        each, size = size_value(sections), shapes.size_at(x, dim)
        if isinstance(each, Unknown) or isinstance(size, Unknown) or each < 1 or size // each >= _MOST_PARTS:
            return machine.barrier(op, [x], "into how many parts is not known")
        lengths = tuple(min(each, size - start) for start in range(0, size, each))
    if isinstance(lengths, Unknown) or not lengths:
        return machine.barrier(op, [x], "into how many parts is not known")
    return _parts(machine, x, dim, lengths, op)


def _tensor_split(op: str, machine: Machine, bound: Bound) -> Value:
    """Split at places, or into as many parts; the first parts are the longer ones."""
    where = next(iter(keywords(bound).values()), get(bound, "indices_or_sections"))
    value, dim = get(bound, "input"), size_value(get(bound, "dim"))
    places = integers(where) if items_of(where) is not None else None
    count = len(places) + 1 if isinstance(places, tuple) else size_value(where)
    if isinstance(count, Unknown) or not 0 < count < _MOST_PARTS:
        if isinstance(value, Weight):
            return UNKNOWN
        return machine.barrier(op, signals_in(value), "into how many parts is not known")
    if isinstance(value, Weight):
        return tuple(Weight() for _ in range(count))
    x = machine.as_signal(value, op)
    size = shapes.size_at(x, dim)
    lengths: list[Size] = [UNKNOWN] * count
    if isinstance(places, tuple):
        ends = [0, *places, size]
        lengths = [
            after - before if isinstance(after, int) and isinstance(before, int) and 0 <= before <= after else UNKNOWN
            for before, after in pairwise(ends)
        ]
    elif isinstance(size, int):
        lengths = [size // count + (place < size % count) for place in range(count)]
    return _parts(machine, x, dim, lengths, op)


def _split_numbers(known: tuple[float, ...], sections: Value) -> Value:
    count = len(known)
    if isinstance(sections, int) and sections > 0:
        lengths: list[int] = [min(sections, count - start) for start in range(0, count, sections)]
    else:
        sizes = integers(sections)
        if isinstance(sizes, Unknown) or not all(isinstance(each, int) for each in sizes):
            return UNKNOWN
        lengths = [each for each in sizes if isinstance(each, int)]
    parts: list[Value] = []
    start = 0
    for length in lengths:
        parts.append(numbers(known[start : start + length]))
        start += length
    return tuple(parts)


def _unbind(op: str, machine: Machine, bound: Bound) -> Value:
    value, dim = get(bound, "input"), size_value(_dims(bound))
    if isinstance(value, Weight):
        sizes = value.sizes
        count = shapes.each(sizes, dim) if isinstance(dim, int) and dim >= 0 else UNKNOWN
        return tuple(Weight() for _ in range(count)) if isinstance(count, int) and count < _MOST_PARTS else UNKNOWN
    x = machine.as_signal(value, op)
    count = shapes.size_at(x, dim)
    if isinstance(count, Unknown) or not 0 < count < _MOST_PARTS:
        return machine.barrier(op, [x], "into how many parts is not known")
    over = shapes.axis_index(dim, shapes.rank_of(x))
    tensor, width = shapes.reduced(x, UNKNOWN if isinstance(over, Unknown) else (over,), keepdims=False)
    attributes: Attributes = {"axis": shapes.name_axis(x, dim)}
    out = emit(machine, "split", [x], (tensor, width), attributes, op, more=[tensor] * (count - 1))
    return (out, *(Signal(out.edge._replace(output=number), tensor, width) for number in range(1, count)))


# Shapes.


def variadic(bound: Bound, name: str) -> list[Value]:
    """Return what stands in `*args`, one by one or as one sequence, or under its name."""
    return listed(next(iter(keywords(bound).values()), get(bound, name)))


def _sizes_given(bound: Bound, name: str) -> tuple[Size, ...] | Unknown:
    values = variadic(bound, name)
    if _open(values):
        return UNKNOWN
    return tuple(size_value(each) for each in values)


def _open(values: Sequence[Value]) -> bool:
    """Say whether it is not known how many values there are: one unknown may be a whole sequence."""
    return any(isinstance(each, UnknownRest) for each in values) or (
        len(values) == 1 and isinstance(values[0], Unknown)
    )


def _reshape(call: Call) -> Described:
    return reshape_to(call, _sizes_given(call.bound, "shape"))


def _like(name: str, call: Call) -> Described:
    other = get(call.bound, name)
    return reshape_to(call, shapes.sizes_of(other))


def _flatten(call: Call) -> Described:
    return flatten(call, get(call.bound, "start_dim"), get(call.bound, "end_dim"))


def _ravel(call: Call) -> Described:
    return flatten(call, 0, -1)


def _unflatten(call: Call) -> Described:
    return unflatten(call, get(call.bound, "dim"), get(call.bound, "sizes"))


def _transpose_to(call: Call, order: Sequence[int | Unknown] | Unknown) -> Described:
    if isinstance(order, Unknown):
        return "transpose", {"permutation": UNKNOWN, "keeps_channel": True}, _NOTHING
    known = [axis for axis in order if isinstance(axis, int)]
    rank = len(order)
    if len(known) < rank or sorted(axis % rank for axis in known) != list(range(rank)):
        return "transpose", {"permutation": UNKNOWN, "keeps_channel": True}, (Tensor((UNKNOWN,) * rank), UNKNOWN)
    axes = tuple(axis % rank for axis in known)
    return "transpose", {"permutation": axes, "keeps_channel": True}, shapes.permuted(call.x, axes)


def _permute(call: Call) -> Described:
    values = variadic(call.bound, "dims")
    if _open(values):
        return _transpose_to(call, UNKNOWN)
    return _transpose_to(call, [size_value(each) for each in values])


def _swap(call: Call) -> Described:
    rank = call.rank
    first, second = (size_value(get(call.bound, name)) for name in ("dim0", "dim1"))
    if isinstance(rank, Unknown):
        return _swap_blindly(call, first, second)
    a, b = shapes.axis_index(first, rank), shapes.axis_index(second, rank)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return _transpose_to(call, [UNKNOWN] * rank)
    order = list(range(rank))
    order[a], order[b] = b, a
    return _transpose_to(call, order)


def _swap_blindly(call: Call, first: int | Unknown, second: int | Unknown) -> Described:
    """Swap two axes of an unknown rank: the channel axis is known only if it is one of them."""
    channel = call.x.tensor.channel
    moved = second if channel == first else first if channel == second else UNKNOWN
    tensor = Tensor(UNKNOWN, moved if isinstance(channel, int) else UNKNOWN)
    width = call.x.width if isinstance(tensor.channel, int) else UNKNOWN
    return "transpose", {"permutation": UNKNOWN, "keeps_channel": True}, (tensor, width)


def _turn(call: Call) -> Described:
    """Transpose a matrix, or the last two axes."""
    rank = call.rank
    if isinstance(rank, Unknown):
        return _swap_blindly(call, -2, -1)
    order = list(range(rank))
    if rank > 1:
        order[-2:] = reversed(order[-2:])
    return _transpose_to(call, order)


def _move(call: Call) -> Described:
    rank = call.rank
    source, target = integers(get(call.bound, "source")), integers(get(call.bound, "destination"))
    if isinstance(rank, Unknown) or isinstance(source, Unknown) or isinstance(target, Unknown):
        return _transpose_to(call, UNKNOWN)
    froms = [shapes.axis_index(axis, rank) for axis in source]
    tos = [shapes.axis_index(axis, rank) for axis in target]
    if any(isinstance(axis, Unknown) for axis in (*froms, *tos)) or len(froms) != len(tos):
        return _transpose_to(call, [UNKNOWN] * rank)
    order = [axis for axis in range(rank) if axis not in froms]
    for to, origin in sorted(zip(tos, froms, strict=True), key=lambda pair: pair[0] if isinstance(pair[0], int) else 0):
        order.insert(to if isinstance(to, int) else 0, origin if isinstance(origin, int) else 0)
    return _transpose_to(call, order)


def _squeeze(call: Call) -> Described:
    dims = get(call.bound, "dim")
    axes = None if dims is None else integers(dims)
    if isinstance(axes, Unknown):
        return "squeeze", {}, _NOTHING
    return "squeeze", {}, shapes.squeezed(call.x, axes)


def _unsqueeze(call: Call) -> Described:
    return "unsqueeze", {}, shapes.unsqueezed(call.x, size_value(get(call.bound, "dim")))


def _expand(call: Call) -> Described:
    sizes = _sizes_given(call.bound, "sizes")
    return "expand", {}, _NOTHING if isinstance(sizes, Unknown) else shapes.expanded(call.x, sizes)


def _expand_as(call: Call) -> Described:
    sizes = shapes.sizes_of(get(call.bound, "other"))
    return "expand", {}, _NOTHING if isinstance(sizes, Unknown) else shapes.expanded(call.x, sizes)


def _repeat(call: Call) -> Described:
    counts, sizes = _sizes_given(call.bound, "repeats"), call.x.tensor.sizes
    if isinstance(counts, Unknown) or isinstance(sizes, Unknown) or len(counts) < len(sizes):
        return "tile", {}, _NOTHING
    offset = len(counts) - len(sizes)
    full: tuple[Size, ...] = (1,) * offset + sizes
    after = tuple(
        size if count == 1 else shapes.product((count, size)) for count, size in zip(counts, full, strict=True)
    )
    channel = call.x.tensor.channel
    moved = channel % len(sizes) + offset if isinstance(channel, int) and sizes else UNKNOWN
    return "tile", {}, shapes.outcome(Tensor(after, moved))


def _repeat_each(call: Call) -> Described:
    count, dim = size_value(get(call.bound, "repeats")), get(call.bound, "dim")
    if dim is None:
        return "tile", {}, (Tensor((UNKNOWN,)), UNKNOWN)
    size = call.size(size_value(dim))
    return "tile", {}, shapes.with_size(call.x, size_value(dim), shapes.product((size, count)))


def _narrow(call: Call) -> Described:
    dim = size_value(get(call.bound, "dim"))
    over = shapes.axis_index(dim, call.rank)
    attributes: Attributes = {"over": UNKNOWN if isinstance(over, Unknown) else (over,)}
    return "slice", attributes, shapes.with_size(call.x, dim, size_value(get(call.bound, "length")))


def _select(call: Call) -> Described:
    dim = size_value(get(call.bound, "dim"))
    over = shapes.axis_index(dim, call.rank)
    if isinstance(over, Unknown):
        return "slice", {"over": UNKNOWN}, _NOTHING
    return "slice", {"over": (over,)}, shapes.reduced(call.x, (over,), keepdims=False)


def _clamp(low: str | None, high: str | None, op: str, machine: Machine, bound: Bound) -> Value:
    """Run clamp: limits that are tensors make it a maximum and a minimum."""
    value = get(bound, "input")
    below, above = (None if name is None else get(bound, name) for name in (low, high))
    if isinstance(value, Weight) and not signals_in(below, above):
        return Weight(value.sizes, trainable=value.trainable)
    if signals_in(below, above):
        result = value
        for reduction, limit in (("max", below), ("min", above)):
            if limit is not None:
                result = _maximum(reduction, op, machine, result, limit)
        return result
    x = machine.as_signal(value, op)
    kind, attributes = clamp(*(as_attribute(each) for each in (below, above)))
    return emit(machine, kind, [x], (x.tensor, x.width), attributes, op)


def _turned_around(_call: Call) -> Described:
    return "gather", {}, _NOTHING


def _one_hot(call: Call) -> Described:
    count = size_value(get(call.bound, "num_classes"))
    return "index_math", {}, looked_up(call, UNKNOWN if count == -1 else count)


def _unfold_axis(call: Call) -> Described:
    sizes = call.x.tensor.sizes
    dim, size, step = (size_value(get(call.bound, name)) for name in ("dimension", "size", "step"))
    index = shapes.axis_index(dim, call.rank)
    if isinstance(sizes, Unknown) or isinstance(index, Unknown):
        return "extract", {}, _NOTHING
    before = sizes[index]
    count = shapes.window_output(before, size, step, 1, 0)
    return (
        "extract",
        {},
        shapes.outcome(Tensor((*sizes[:index], count, *sizes[index + 1 :], size), call.x.tensor.channel)),
    )


def _grid_sample(op: str, machine: Machine, bound: Bound) -> Value:
    value, grid = get(bound, "input"), get(bound, "grid")
    inputs = signals_in(value, grid)
    sizes, places = shapes.sizes_of(value), shapes.sizes_of(grid)
    result = _NOTHING
    if isinstance(sizes, tuple) and isinstance(places, tuple) and len(sizes) == len(places) > 2:
        result = shapes.outcome(Tensor((*sizes[:2], *places[1:-1]), 1))
    return emit(machine, "spatial_transform", inputs, result, {}, op)


# Attention.


def _attention(op: str, machine: Machine, bound: Bound) -> Value:
    """Run scaled dot product attention; of rank 4 the second axis are the heads."""
    values = [get(bound, name) for name in ("query", "key", "value")]
    inputs = [machine.as_signal(value, op) for value in values if not is_constant(value)]
    query, value = values[0], values[2]
    heads: Size = UNKNOWN
    width: Size = UNKNOWN
    result = _NOTHING
    sizes = shapes.sizes_of(query)
    if isinstance(sizes, tuple) and len(sizes) > 1:
        inner = shapes.sizes_of(value)
        last: Size = inner[-1] if isinstance(inner, tuple) and inner else UNKNOWN
        result = shapes.outcome(Tensor((*sizes[:-1], last), len(sizes) - 1))
        if len(sizes) == 4:
            heads, width = sizes[1], sizes[3]
    dropout = bound.number("dropout_p")
    masks = signals_in(get(bound, "attn_mask"))
    attributes: Attributes = {
        "form": "dot_product",
        "heads": heads,
        "head_width": width,
        "out": heads * width if isinstance(heads, int) and isinstance(width, int) else UNKNOWN,
        "dropout": dropout,
        "mode": _attention_mode(machine, get(bound, "dropout_p")),
        "causal": causal(bound, masks),
    }
    return emit(machine, "attention", inputs, result, attributes, op)


def _attention_mode(machine: Machine, rate: Value) -> str | Unknown:
    """Return whether a rate follows the mode of the model; the function, which is told nothing else, never does."""
    if isinstance(rate, ByPhase):
        after = rate.inference
        if isinstance(after, int | float):
            return "training" if after > 0 else "phase"
        return UNKNOWN
    if not isinstance(rate, int | float):
        return UNKNOWN
    return "phase" if machine.guarded else "training"


def _attention_forward(op: str, machine: Machine, bound: Bound) -> Value:
    """Run the function inside MultiheadAttention."""
    values = [get(bound, name) for name in ("query", "key", "value")]
    inputs = [machine.as_signal(value, op) for value in values if not is_constant(value)]
    if not inputs:
        return Weight(), Weight()
    embed, heads = bound.integer("embed_dim_to_check"), bound.integer("num_heads")
    training = get(bound, "training")
    dropout = 0.0 if training is False else bound.number("dropout_p")
    attributes: Attributes = {
        "form": "multi_head",
        "heads": heads,
        "head_width": embed // heads if isinstance(embed, int) and isinstance(heads, int) and heads else UNKNOWN,
        "out": embed,
        "dropout": dropout,
        "causal": causal(bound, signals_in(get(bound, "attn_mask"), get(bound, "key_padding_mask"))),
    }
    owner = _owner(get(bound, "in_proj_weight"), "num_heads")
    out = emit(machine, "attention", inputs, shapes.last(inputs[0], embed), attributes, op, owner, more=[Tensor()])
    if get(bound, "need_weights") is False:
        return out, None
    return out, Signal(out.edge._replace(output=1), Tensor())


def _gumbel(op: str, machine: Machine, bound: Bound) -> Value:
    """Random numbers are added, then softmax."""
    x = machine.as_signal(get(bound, "logits"), op)
    noisy = emit(machine, "noise", [x], (x.tensor, x.width), {"rate": UNKNOWN}, op)
    attributes = softmax_axis(Call(noisy, bound, bound), get(bound, "dim"))
    return emit(machine, "softmax", [noisy], (x.tensor, x.width), attributes, op)


def _softmin(op: str, machine: Machine, bound: Bound) -> Value:
    x = machine.as_signal(get(bound, "input"), op)
    negative: Attributes = {"function": "multiply", "constant": -1.0}
    y = emit(machine, "affine", [x], (x.tensor, x.width), negative, op)
    attributes = softmax_axis(Call(y, bound, bound), get(bound, "dim"))
    return emit(machine, "softmax", [y], (x.tensor, x.width), attributes, op)


# The tables.

# name | where | signature | key of ACTIVATIONS
_ACTIVATIONS: Final = """
relu | F | input, inplace=False | relu
relu | tT_~ | input | relu
relu6 | F | input, inplace=False | relu6
relu_ | F | input | relu
hardtanh | F | input, min_val=-1.0, max_val=1.0, inplace=False | hardtanh
leaky_relu | F | input, negative_slope=0.01, inplace=False | leaky_relu
rrelu | F | input, lower=0.125, upper=0.3333333333333333, training=False, inplace=False | rrelu
rrelu | t | input, lower=0.125, upper=0.3333333333333333, training=False, generator=None | rrelu
elu | F | input, alpha=1.0, inplace=False | elu
selu | F | input, inplace=False | selu
selu | t~ | input | selu
celu | F | input, alpha=1.0, inplace=False | celu
celu | t~ | input, alpha=1.0 | celu
gelu | F | input, *, approximate='none' | gelu
silu | F | input, inplace=False | silu
mish | F | input, inplace=False | mish
hardswish | F | input, inplace=False | hardswish
sigmoid | F | input | sigmoid
sigmoid | tT_~ | input, *, out=None | sigmoid
expit | S | input, *, out=None | sigmoid
hardsigmoid | F | input, inplace=False | hardsigmoid
tanh | F | input | tanh
tanh | tT_~ | input, *, out=None | tanh
softplus | F | input, beta=1, threshold=20 | softplus
softsign | F | input | softsign
softmax | F | input, dim=None, _stacklevel=3, dtype=None | softmax
softmax | tT | input, dim, dtype=None | softmax
softmax | S | input, dim, *, dtype=None | softmax
log_softmax | F | input, dim=None, _stacklevel=3, dtype=None | log_softmax
log_softmax | tT | input, dim, dtype=None | log_softmax
log_softmax | S | input, dim, *, dtype=None | log_softmax
logsigmoid | F | input | logsigmoid
hardshrink | F tT | input, lambd=0.5 | hardshrink
softshrink | F | input, lambd=0.5 | softshrink
tanhshrink | F | input | tanhshrink
threshold | F | input, threshold, value, inplace=False | threshold
threshold | t | input, threshold, value | threshold
glu | F | input, dim=-1 | glu
"""
_CHANGING: Final = """
hardtanh_ | input, min_val=-1.0, max_val=1.0 | hardtanh
leaky_relu_ | input, negative_slope=0.01 | leaky_relu
rrelu_ | input, lower=0.125, upper=0.3333333333333333, training=False | rrelu
elu_ | input, alpha=1.0 | elu
selu_ | input | selu
celu_ | input, alpha=1.0 | celu
threshold_ | input, threshold, value | threshold
"""

# kind | where | names: functions of one tensor whose result has its sizes
_PLAIN: Final = """
exp | tT_~ | exp exp2 expm1
log | tT_~ | log log10 log1p log2 logit
sqrt | tT_~ | sqrt
reciprocal | tT_~ | reciprocal
absolute | tT_~ | abs
absolute | tT_ | absolute
erf | tT_~ | erf erfc
erf | tT_ | erfinv
sine | tT_~ | sin cos tan asin acos atan arcsin arccos arctan sinh cosh asinh acosh atanh arcsinh arccosh arctanh sinc
round | tT_~ | floor ceil trunc fix frac round
round | tT_ | sign sgn
index_math | tT_~ | deg2rad rad2deg nan_to_num
index_math | tT_ | lgamma digamma
logical | tT_ | logical_not bitwise_not
mask | tT_ | tril triu
compare | tT | isfinite isreal
cumulative | tT | cumsum cumprod logcumsumexp
random | t | rand_like randn_like randint_like poisson
random | tT | bernoulli
roll | tT | roll
gather | tT | flip fliplr flipud
identity | tT | positive conj real resolve_conj resolve_neg
local_response_norm | F | local_response_norm
unit_norm | F | normalize
unit_norm | tT | renorm
identity | t | detach_copy
log | S | log1p logit
exp | S | expm1 exp2
erf | S | erf erfc erfinv
"""
_PLAIN_SIGNATURES: Final = {
    "cumsum cumprod logcumsumexp": "input, dim, **kwargs",
    "tril triu": "input, diagonal=0, **kwargs",
    "roll": "input, shifts, dims=None",
    "flip": "input, *dims, **kwargs",
    "round": "input, *, decimals=0, out=None",
    "normalize": "input, p=2.0, dim=1, eps=1e-12, out=None",
    "local_response_norm": "input, size, alpha=0.0001, beta=0.75, k=1.0",
    "renorm": "input, p, dim, maxnorm",
    "bernoulli": "input, *args, **kwargs",
    "rand_like randn_like randint_like": "input, *args, **kwargs",
    "logit": "input, eps=None, *, out=None",
    "nan_to_num": "input, nan=0.0, posinf=None, neginf=None, **kwargs",
}

# function of the IR | where | signature | names
_REDUCTIONS: Final = """
mean | tT | input, dim=None, keepdim=False, **kwargs | mean nanmean
sum | tT | input, dim=None, keepdim=False, **kwargs | sum nansum
product | tT | input, dim=None, keepdim=False, **kwargs | prod
max | tT | input, dim=None, keepdim=False, **kwargs | amax
min | tT | input, dim=None, keepdim=False, **kwargs | amin
any | tT | input, dim=None, keepdim=False, **kwargs | any
all | tT | input, dim=None, keepdim=False, **kwargs | all
count | tT | input, dim=None, keepdim=False, **kwargs | count_nonzero
log_sum_exp | tTS | input, dim, keepdim=False, **kwargs | logsumexp
quantile | tT | input, q, dim=None, keepdim=False, **kwargs | quantile nanquantile
"""

_COMPARES: Final = {
    "eq": "eq", "ne": "ne not_equal", "lt": "lt less", "le": "le less_equal", "gt": "gt greater",
    "ge": "ge greater_equal",
}  # fmt: skip
_ARITHMETIC: Final = """
add | tT_ | input, other, *, alpha=1, out=None | add
sub | tT_ | input, other, *, alpha=1, out=None | sub subtract
mul | tT_ | input, other, *, out=None | mul multiply
truediv | tT_ | input, other, *, rounding_mode=None, out=None | div divide true_divide
"""
_POOL: Final = "input, kernel_size, stride=None, padding=0, "


def _functions() -> dict[str, Row]:
    rows: dict[str, Row] = {}

    def one(names: str, where: str, signature: str, describe: Describe) -> None:
        for path, changes in spread(names, where):
            rows[path] = function(path, signature, describe, changes=changes)

    def many(
        names: str,
        where: str,
        signature: str,
        run: Callable[..., Value],
        *settings: object,
        pure: bool = False,
        **flags: bool,
    ) -> None:
        first = signature.partition(",")[0].partition("=")[0].strip()
        for path, changes in spread(names, where):
            made: Run = partial(run, *settings, path, **flags)
            rows[path] = Row(signature, partial(in_place, made, first) if changes else made, pure=pure)

    for name, where, signature, key in lines(_ACTIVATIONS, 4):
        one(name, where, signature, ACTIVATIONS[key])
    for name, signature, key in lines(_CHANGING, 3):
        path = f"torch.nn.functional.{name}"
        rows[path] = function(path, signature, ACTIVATIONS[key], changes=True)
    for kind, where, names in lines(_PLAIN, 3):
        for name in names.split():
            signature = next(
                (value for key, value in _PLAIN_SIGNATURES.items() if name in key.split()), "input, *, out=None"
            )
            one(name, where, signature, plain(kind))
    for reduction, where, signature, names in lines(_REDUCTIONS, 4):
        one(names, where, signature, partial(_reduce, reduction))
    one("neg negative", "tT_~", "input, *, out=None", plain("affine", function="multiply", constant=-1.0))
    for name, word in (("isnan", "nan"), ("isinf", "infinite"), ("isposinf", "infinite"), ("isneginf", "infinite")):
        one(name, "tT", "input, *, out=None", plain("compare", function=word))
    for kind, where, signature, names in lines(_ARITHMETIC, 4):
        many(names, where, signature, _arithmetic, kind)
    for name, names in _COMPARES.items():
        many(names, "tT_", "input, other, *, out=None", _compare, name)
    many("rsub", "t", "input, other, *, alpha=1", _reversed_subtraction)
    many(
        "floor_divide remainder fmod bitwise_left_shift bitwise_right_shift",
        "tT_",
        "input, other, *, out=None",
        _index_math,
    )
    many(
        "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor",
        "tT_",
        "input, other, *, out=None",
        _logical,
    )
    many(
        "isclose",
        "tT",
        "input, other, rtol=1e-05, atol=1e-08, equal_nan=False",
        _pairs,
        "compare",
        {"function": "equal"},
    )
    many("pow float_power", "tT_", "input, exponent, *, out=None", _power, None)
    many("square", "tT_~", "input, *, out=None", _power, 2.0)
    many("rsqrt", "tT_~", "input, *, out=None", _power, -0.5)
    many("maximum fmax", "tT", "input, other, *, out=None", _both, "max")
    many("minimum fmin", "tT", "input, other, *, out=None", _both, "min")
    many("max", "tT", "input, dim=None, keepdim=False, **kwargs", _extreme, "max")
    many("min", "tT", "input, dim=None, keepdim=False, **kwargs", _extreme, "min")
    many("median nanmedian", "tT", "input, dim=None, keepdim=False, **kwargs", _with_places, "median")
    many("mode", "tT", "input, dim=-1, keepdim=False, **kwargs", _with_places, "mode")
    many("kthvalue", "tT", "input, k, dim=-1, keepdim=False, **kwargs", _with_places, "min")
    many("cummax cummin", "tT", "input, dim, **kwargs", _sorted)
    one("argmax argmin", "tT", "input, dim=None, keepdim=False, **kwargs", _arg)
    one("argsort msort", "tT", "input, dim=-1, descending=False, stable=False", plain("top_k"))
    many("sort", "tT", "input, dim=-1, descending=False, stable=False, **kwargs", _sorted)
    many("topk", "tT", "input, k, dim=-1, largest=True, sorted=True, *, out=None", _top)
    one("norm", "tT", "input, p='fro', dim=None, keepdim=False, out=None, dtype=None", partial(_norm, "norm"))
    one(
        "norm vector_norm matrix_norm",
        "L",
        "input, ord=None, dim=None, keepdim=False, *, out=None, dtype=None",
        partial(_norm, "norm"),
    )
    many("std", "tT", "input, *args, **kwargs", _deviation, ("deviation",))
    many("var", "tT", "input, *args, **kwargs", _deviation, ("variance",))
    many("std_mean", "t", "input, *args, **kwargs", _deviation, ("deviation", "mean"))
    many("var_mean", "t", "input, *args, **kwargs", _deviation, ("variance", "mean"))
    _weight_layers(many, one)
    _pools(rows, one)
    _several(many)
    _reshaping(many, one)
    return rows


def _weight_layers(many: Callable[..., None], one: Callable[[str, str, str, Describe], None]) -> None:
    conv = "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1"
    turned = "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1"
    for count in (1, 2, 3):
        many(f"conv{count}d", "Ft", conv, _conv, count, transpose=False)
        many(f"conv_transpose{count}d", "Ft", turned, _conv, count, transpose=True)
    many("linear", "F", "input, weight, bias=None", _linear)
    many(
        "embedding",
        "F",
        "input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False",
        _embedding,
    )
    many("embedding", "t", "weight, input, padding_idx=-1, scale_grad_by_freq=False, sparse=False", _embedding)
    many("bilinear", "Ft", "input1, input2, weight, bias=None", _pairs, "linear", {})
    many(
        "batch_norm",
        "F",
        "input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05",
        _batch_norm,
    )
    many(
        "batch_norm",
        "t",
        "input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=True",
        _batch_norm,
    )
    many(
        "instance_norm",
        "F",
        "input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, "
        "eps=1e-05",
        _instance_norm,
    )
    many("group_norm", "Ft", "input, num_groups, weight=None, bias=None, eps=1e-05", _group_norm)
    many("layer_norm", "Ft", "input, normalized_shape, weight=None, bias=None, eps=1e-05", _layer_norm, root=False)
    many("rms_norm", "Ft", "input, normalized_shape, weight=None, eps=None", _layer_norm, root=True)
    many("prelu", "FtT", "input, weight", _prelu)
    for name, form in (
        ("dropout", "element"),
        ("dropout1d", "channel"),
        ("dropout2d", "channel"),
        ("dropout3d", "channel"),
    ):
        many(name, "F", "input, p=0.5, training=True, inplace=False", _dropout, form, "training")
    for name in ("alpha_dropout", "feature_alpha_dropout"):
        many(name, "F", "input, p=0.5, training=False, inplace=False", _dropout, "alpha", "training")
    many("dropout", "t~", "input, p, train", _dropout, "element", "train")
    many("feature_dropout", "t~", "input, p, train", _dropout, "channel", "train")
    many("gumbel_softmax", "F", "logits, tau=1, hard=False, eps=1e-10, dim=-1", _gumbel)
    many("softmin", "F", "input, dim=None, _stacklevel=3, dtype=None", _softmin)
    many(
        "scaled_dot_product_attention", "F",
        "query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False", _attention,
    )  # fmt: skip
    many(
        "multi_head_attention_forward", "F",
        "query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, "
        "add_zero_attn, "
        "dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, "
        "attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, "
        "static_k=None, static_v=None, average_attn_weights=True, is_causal=False", _attention_forward,
    )  # fmt: skip
    one("one_hot", "F", "input, num_classes=-1", _one_hot)


def _pools(rows: dict[str, Row], one: Callable[[str, str, str, Describe], None]) -> None:
    for count in (1, 2, 3):
        wide = "" if count == 1 else ", divisor_override=None"
        one(
            f"max_pool{count}d",
            "Ft",
            f"{_POOL}dilation=1, ceil_mode=False, return_indices=False",
            partial(pool, "max_pool", count),
        )
        one(
            f"avg_pool{count}d",
            "F",
            f"{_POOL}ceil_mode=False, count_include_pad=True{wide}",
            partial(pool, "average_pool", count),
        )
        one(
            f"lp_pool{count}d",
            "F",
            "input, norm_type, kernel_size, stride=None, ceil_mode=False",
            partial(_lp_pool, count),
        )
        one(f"adaptive_avg_pool{count}d", "F", "input, output_size", partial(adaptive, "average", count))
        one(
            f"adaptive_max_pool{count}d",
            "F",
            "input, output_size, return_indices=False",
            partial(adaptive, "max", count),
        )
        for name in (f"max_pool{count}d", f"adaptive_max_pool{count}d"):
            path = f"torch.nn.functional.{name}"
            rows[path] = with_indices(path, rows[path])
    one("avg_pool1d", "t", f"{_POOL}ceil_mode=False, count_include_pad=True", partial(pool, "average_pool", 1))
    one("adaptive_avg_pool1d", "t", "input, output_size", partial(adaptive, "average", 1))
    one(
        "upsample",
        "F",
        "input, size=None, scale_factor=None, mode='nearest', align_corners=None",
        partial(_interpolate, None),
    )
    one(
        "interpolate",
        "F",
        "input, size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None, "
        "antialias=False",
        partial(_interpolate, None),
    )
    one("upsample_nearest", "F", "input, size=None, scale_factor=None", partial(_interpolate, "nearest"))
    one("upsample_bilinear", "F", "input, size=None, scale_factor=None", partial(_interpolate, "bilinear"))
    one("pad", "F", "input, pad, mode='constant', value=None", _pad)
    one("constant_pad_nd", "t", "input, pad, value=0", _pad)
    one("pixel_shuffle", "Ft", "input, upscale_factor", partial(_shuffle, "upscale_factor", up=True))
    one("pixel_unshuffle", "Ft", "input, downscale_factor", partial(_shuffle, "downscale_factor", up=False))
    one("channel_shuffle native_channel_shuffle", "Ft", "input, groups", _channel_shuffle)
    one("unfold", "F", "input, kernel_size, dilation=1, padding=0, stride=1", unfolded)
    one("fold", "F", "input, output_size, kernel_size, dilation=1, padding=0, stride=1", folded)


def _lp_pool(count: int, call: Call) -> Described:
    settings = Bound(call.settings.path, {**call.settings.arguments, "padding": 0})
    return pool("lp_pool", count, call._replace(settings=settings))


def _interpolate(mode: str | None, call: Call) -> Described:
    s = call.settings
    return resize(call, get(s, "size"), get(s, "scale_factor"), get(s, "mode") if mode is None else mode)


def _pad(call: Call) -> Described:
    return pad(call, integers(get(call.settings, "pad")))


def _shuffle(name: str, call: Call, *, up: bool) -> Described:
    return shuffled(call, call.settings.integer(name), up=up)


def _channel_shuffle(call: Call) -> Described:
    return "channel_shuffle", {}, shapes.channels_second(call.x)


def _several(many: Callable[..., None]) -> None:
    many("cat concat concatenate", "t", "tensors, dim=0, **kwargs", _cat, None)
    many("hstack column_stack", "t", "tensors, *, out=None", _cat, 1)
    many("vstack row_stack", "t", "tensors, *, out=None", _cat, 0)
    many("dstack", "t", "tensors, *, out=None", _cat, 2)
    many("stack", "t", "tensors, dim=0, **kwargs", _stack)
    many("einsum", "t", "equation, *operands", _einsum)
    many("matmul mm bmm mv dot inner", "tT", "input, other, *, out=None", _matmul)
    many("matmul", "L", "input, other, *, out=None", _matmul)
    many("outer ger kron vdot", "tT", "input, other, *, out=None", _pairs, "matmul", {})
    many("cross", "tT", "input, other, dim=None, *, out=None", _pairs, "multiply", {})
    many("tensordot", "t", "a, b, dims=2, out=None", _pairs, "einsum", {})
    many("cdist", "t", "x1, x2, p=2.0, compute_mode='use_mm_for_euclid_dist_if_necessary'", _pairs, "matmul", {})
    many("cosine_similarity", "Ft", "x1, x2, dim=1, eps=1e-08", _similarity)
    many("pairwise_distance", "Ft", "x1, x2, p=2.0, eps=1e-06, keepdim=False", _similarity)
    many("addmm", "tT_", "input, mat1, mat2, *, beta=1, alpha=1, out=None", _add_product)
    many("baddbmm addbmm", "tT_", "input, mat1, mat2, *, beta=1, alpha=1, out=None", _add_product)
    many("addcmul", "tT_", "input, tensor1, tensor2, *, value=1, out=None", _add_times, "mul")
    many("addcdiv", "tT_", "input, tensor1, tensor2, *, value=1, out=None", _add_times, "truediv")
    many("lerp", "tT_", "input, end, weight, *, out=None", _blend)
    many("atan2 arctan2 hypot xlogy", "tT_", "input, other, *, out=None", _pairs, "sine", {})
    many("logaddexp logaddexp2", "tT", "input, other, *, out=None", _pairs, "log", {})
    many("where", "t", "condition, input=None, other=None, *, out=None", _where)
    many("where", "T", "input, condition, other", _where)
    many("masked_fill", "tT_", "input, mask, value", _masked_fill)
    many("index_select", "tT", "input, dim, index, *, out=None", _gather, "gather")
    many("gather", "tT", "input, dim, index, *, sparse_grad=False, out=None", _gather, "gather")
    many("take", "tT", "input, index", _gather, "gather")
    many("take_along_dim", "tT", "input, indices, dim=None, *, out=None", _gather, "gather")
    many("masked_select", "tT", "input, mask, *, out=None", _gather, "gather")
    many("diagonal diag", "tT", "input, offset=0, dim1=0, dim2=1", _gather, "gather")
    many(
        "scatter scatter_add index_add index_copy index_fill",
        "tT_",
        "input, dim, index, *args, **kwargs",
        _gather,
        "scatter",
        same=True,
    )
    many(
        "scatter_reduce index_reduce", "tT_", "input, dim, index, src, reduce, **kwargs", _gather, "scatter", same=True
    )
    many("masked_scatter index_put put", "tT_", "input, *args, **kwargs", _gather, "scatter", same=True)
    many(
        "select_scatter slice_scatter diagonal_scatter",
        "tT",
        "input, src, *args, **kwargs",
        _gather,
        "scatter",
        same=True,
    )
    many("chunk unsafe_chunk", "tT", "input, chunks, dim=0", _chunk)
    many("tensor_split", "tT", "input, indices_or_sections=None, dim=0, **kwargs", _tensor_split)
    many("split", "t", "tensor, split_size_or_sections, dim=0", _split, "tensor", "split_size_or_sections", pure=True)
    many("split", "T", "input, split_size, dim=0", _split, "input", "split_size", pure=True)
    many("unsafe_split", "tT", "input, split_size, dim=0", _split, "input", "split_size", pure=True)
    many("split_with_sizes", "tT", "input, split_sizes, dim=0", _split, "input", "split_sizes", pure=True)
    many("unbind", "tT", "input, dim=0", _unbind)
    many(
        "multinomial", "tT", "input, num_samples, replacement=False, *, generator=None, out=None", _pairs, "random", {}
    )
    many(
        "nonzero argwhere unique unique_consecutive bincount histc",
        "tT",
        "input, *args, **kwargs",
        _pairs,
        "index_math",
        {},
    )
    many("searchsorted bucketize", "t", "input, *args, **kwargs", _pairs, "index_math", {})
    many("stft istft", "tT", "input, *args, **kwargs", _pairs, "signal", {})
    many("complex polar", "t", "real, imag, *, out=None", _pairs, "stack", {})
    many("view_as_real view_as_complex", "t", "input", _pairs, "extract", {})
    many("affine_grid", "F", "theta, size, align_corners=None", _pairs, "index_math", {})
    many("grid_sample", "F", "input, grid, mode='bilinear', padding_mode='zeros', align_corners=None", _grid_sample)
    many("meshgrid cartesian_prod", "t", "*tensors, indexing=None", _pairs, "index_math", {})


def _reshaping(many: Callable[..., None], one: Callable[[str, str, str, Describe], None]) -> None:
    _ = many
    one("view reshape", "T", "input, *shape, **kwargs", _reshape)
    one("reshape", "t", "input, shape", _reshape)
    one("view_as reshape_as", "T", "input, other", partial(_like, "other"))
    one("flatten", "tT", "input, start_dim=0, end_dim=-1", _flatten)
    one("ravel", "tT", "input", _ravel)
    one("unflatten", "tT", "input, dim, sizes", _unflatten)
    one("permute", "T", "input, *dims, **kwargs", _permute)
    one("permute", "t", "input, dims", _permute)
    one("transpose swapdims", "tT_", "input, dim0, dim1", _swap)
    one("swapaxes", "tT_", "input, dim0, dim1", _swap)
    one("t", "tT_", "input", _turn)
    one("adjoint", "tT", "input", _turn)
    one("movedim moveaxis", "tT", "input, source, destination", _move)
    one("squeeze", "tT_", "input, dim=None", _squeeze)
    one("unsqueeze", "tT_", "input, dim", _unsqueeze)
    one("expand", "T", "input, *sizes, **kwargs", _expand)
    one("expand_as", "T", "input, other", _expand_as)
    one("broadcast_to", "tT", "input, sizes", _expand)
    one("repeat", "T", "input, *repeats, **kwargs", _repeat)
    one("tile", "T", "input, *repeats, **kwargs", _repeat)
    one("tile", "t", "input, repeats", _repeat)
    one("repeat_interleave", "tT", "input, repeats, dim=None, *, output_size=None", _repeat_each)
    one("narrow", "tT", "input, dim, start, length", _narrow)
    one("select", "tT", "input, dim, index", _select)
    one("unfold", "T", "input, dimension, size, step", _unfold_axis)
    one("rot90", "tT", "input, k=1, dims=(0, 1)", _turned_around)
    many("clamp clip", "tT_~", "input, min=None, max=None, *, out=None", _clamp, "min", "max")
    many("clamp_min", "tT_~", "input, min", _clamp, "min", None)
    many("clamp_max", "tT_~", "input, max", _clamp, None, "max")


FUNCTIONS: Final = _functions()
"""Rows of the functions by canonical name."""
