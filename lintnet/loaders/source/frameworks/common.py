"""What holds for tensors of every framework: Python's operators, indexing, and numbers made by numpy. Knows no layer.

An operation of two activations is a merge; with a constant or a weight it is `affine`. What is neither known nor an
activation may be one: it becomes a barrier beside the other operand, never a constant. Also here are functions of
libraries around torch that have no row file of their own, and how constants with few known numbers are kept.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, cast

from lintnet.ir import UNKNOWN, Size, Tensor, Unknown
from lintnet.loaders.source.frameworks import torch_shapes as shapes
from lintnet.loaders.source.frameworks.torch_call import (
    Attributes,
    emit,
    items_of,
    number_of,
    overwrite,
    rest,
    signals_in,
    size_value,
)
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, Instance, Signal, Symbol, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lintnet.loaders.source.tables import Machine, Table

__all__ = [
    "ALIASES",
    "TABLE",
    "arithmetic",
    "compare",
    "computed",
    "floored",
    "index",
    "is_constant",
    "logical",
    "matmul",
    "numbers",
    "one_number",
    "power",
    "unary",
    "write_index",
]

_MOST_NUMBERS: Final = 4096


def numbers(values: Sequence[float]) -> Weight:
    """Make a constant tensor of one axis of which the numbers are known."""
    return Weight((len(values),), values=tuple(values))


def one_number(value: Value) -> float | Unknown:
    """Return the one number a constant is."""
    if isinstance(value, Weight):
        return value.values[0] if value.values is not None and len(value.values) == 1 else UNKNOWN
    return float(value) if isinstance(value, bool) else number_of(value)


def is_constant(value: Value) -> bool:
    """Say whether a value is known not to depend on the model's input: a number, a weight, or a list of numbers."""
    if isinstance(value, ByPhase):
        return is_constant(value.training) and is_constant(value.inference)
    items = items_of(value)
    if items is not None:
        return all(isinstance(each, int | float | tuple | list) for each in items)
    return isinstance(value, Weight | int | float | complex)


def _operands(machine: Machine, values: Sequence[Value], op: str) -> list[Signal]:
    """Return the operands that are activations, or may be."""
    return [
        value if isinstance(value, Signal) else machine.as_signal(value, op)
        for value in values
        if not is_constant(value)
    ]


_MERGE: Final = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide"}


def arithmetic(machine: Machine, name: str, left: Value, right: Value, op: str) -> Value:
    """Apply `add`, `sub`, `mul` or `truediv` to two operands of which one is an activation."""
    kind = _MERGE[name]
    inputs = _operands(machine, (left, right), op)
    if not inputs:
        return _calculate(name, left, right)
    if name == "mul" and len(inputs) == 1 and (masked := _mask(machine, inputs[0], left, right, op)) is not None:
        return masked
    result = shapes.broadcast((left, right) if len(inputs) < 2 else inputs)
    if len(inputs) == 2:
        return emit(machine, kind, inputs, result, {}, op)
    first = is_constant(left)
    number = one_number(left if first else right)
    if name == "truediv" and first and number == 1:
        return emit(machine, "reciprocal", inputs, result, {}, op)
    reverse = "reverse_" if first and name in {"sub", "truediv"} else ""
    return emit(machine, "affine", inputs, result, {"function": reverse + kind, "constant": number}, op)


def _mask(machine: Machine, x: Signal, left: Value, right: Value, op: str) -> Signal | None:
    """Multiply by random zeros and ones: a dropout, written out. For what they are drawn tells its form."""
    mask = left if isinstance(left, Weight) else right
    if not isinstance(mask, Weight) or mask.keep is None:
        return None
    rate = UNKNOWN if isinstance(mask.keep, Unknown) else round(1 - mask.keep, 10)
    attributes: Attributes = {
        "rate": rate,
        "form": _form(x.tensor, mask.sizes),
        "mode": "phase" if machine.guarded else "training",
    }
    return emit(machine, "dropout", [x], (x.tensor, x.width), attributes, op)


def _form(tensor: Tensor, drawn: shapes.Sizes) -> str | Unknown:
    """Say what is dropped together: elements, channels, or whole samples."""
    if isinstance(drawn, Unknown) or len(drawn) < 2:
        return UNKNOWN
    if all(size == 1 for size in drawn[1:]):
        return "path"
    sizes = tensor.sizes
    if isinstance(sizes, Unknown) or len(sizes) != len(drawn):
        return UNKNOWN
    if all(a is b or (isinstance(a, int) and a == b) for a, b in zip(sizes, drawn, strict=True)):
        return "element"
    channel = 1 if isinstance(tensor.channel, Unknown) else tensor.channel % len(drawn)
    tied = [size == 1 for axis, size in enumerate(drawn) if axis not in {0, channel}]
    return "channel" if tied and all(tied) and drawn[channel] != 1 else UNKNOWN


_PYTHON: Final[Mapping[str, Callable[[float, float], float]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
}


def _calculate(name: str, left: Value, right: Value) -> Value:
    """Calculate with constants: of known numbers, of uniform random ones, and of random masks."""
    if (
        isinstance(left, Weight)
        and left.keep is not None
        and name in {"mul", "truediv"}
        and not isinstance(right, Weight)
    ):
        return left  # rescaled so that the mean stays
    for drawn, shift in ((left, right), (right, left)):
        if isinstance(drawn, Weight) and drawn.uniform is not None and not isinstance(shift, Weight) and name == "add":
            number, low = one_number(shift), drawn.uniform
            both = UNKNOWN if isinstance(number, Unknown) or isinstance(low, Unknown) else number + low
            return Weight(drawn.sizes, uniform=both)
    result = _weight(left, right)
    pair = [each.values if isinstance(each, Weight) else (one_number(each),) for each in (left, right)]
    if not isinstance(result, Weight) or any(each is None for each in pair):
        return result
    first, second = pair[0] or (), pair[1] or ()
    length = max(len(first), len(second))
    if len(first) not in {1, length} or len(second) not in {1, length}:
        return result
    found: list[float] = []
    for place in range(length):
        a, b = first[place if len(first) > 1 else 0], second[place if len(second) > 1 else 0]
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            return result
        try:
            found.append(float(_PYTHON[name](a, b)))
        except ArithmeticError:
            return result
    return Weight(result.sizes, values=tuple(found))


_ELEMENTWISE: Final[Mapping[str, Callable[..., Any]]] = {
    **_PYTHON,
    "abs": abs,
    "ceil": math.ceil,
    "div": _PYTHON["truediv"],
    "divide": _PYTHON["truediv"],
    "exp": math.exp,
    "floor": math.floor,
    "int": int,
    "log": math.log,
    "log2": math.log2,
    "long": int,
    "multiply": _PYTHON["mul"],
    "pow": math.pow,
    "round": round,
    "sqrt": math.sqrt,
    "trunc": int,
}
"""Functions of single numbers, by the last part of what frameworks call them."""


def _row_by_row(function: Callable[..., float], rows: Iterable[Sequence[float]]) -> tuple[float, ...]:
    return tuple(function(*row) for row in rows)


def computed(path: str, arguments: Sequence[Value]) -> Weight | None:
    """Compute a function of constants whose numbers are known, as widths and rates are spread over layers."""
    name = path.rpartition(".")[2].rstrip("_")
    operands = [each.values if isinstance(each, Weight) else (one_number(each),) for each in arguments]
    known = [tuple(n for n in each if not isinstance(n, Unknown)) for each in operands if each is not None]
    length = max(map(len, known), default=0)
    if len(known) < len(operands) or not length or any(len(each) not in {1, length} for each in known):
        return None
    if name == "diff" and len(known) == 1:
        found = [b - a for a, b in pairwise(known[0])]
        return Weight((len(found),), values=tuple(found))
    function = cast("Callable[..., float] | None", _ELEMENTWISE.get(name))
    if function is None:
        return None
    rows = ([each[place if len(each) > 1 else 0] for each in known] for place in range(length))
    try:
        made = _row_by_row(function, rows)
    except (ArithmeticError, ValueError, TypeError):
        return None
    whole = (each.sizes for each in arguments if isinstance(each, Weight) and len(each.values or ()) == length)
    return Weight(next(whole, ()), values=made)


def floored(value: Weight) -> Weight:
    """Round down: uniform numbers between p and 1 + p become ones with probability p."""
    if value.uniform is not None:
        inside = isinstance(value.uniform, Unknown) or 0 <= value.uniform <= 1
        return Weight(value.sizes, keep=value.uniform if inside else None)
    if value.values is not None and all(map(math.isfinite, value.values)):
        return Weight(value.sizes, values=tuple(float(math.floor(each)) for each in value.values))
    return Weight(value.sizes)


def _drawn_below(name: str, left: Value, right: Value) -> Weight | None:
    """Compare uniform random numbers with a limit: ones with the probability of it."""
    if name not in {"lt", "le", "gt", "ge"} or not isinstance(left, Weight) or left.uniform != 0:
        return None
    limit = one_number(right)
    if isinstance(limit, Unknown):
        return Weight(left.sizes, keep=UNKNOWN)
    return Weight(left.sizes, keep=limit if name in {"lt", "le"} else 1 - limit) if 0 <= limit <= 1 else None


def _weight(*values: Value) -> Weight | Unknown:
    """Return what constants give: a constant of the sizes they have together."""
    weights = [value for value in values if isinstance(value, Weight)]
    if not weights:
        return UNKNOWN
    all_sizes = [shapes.sizes_of(value) for value in values]
    trainable = any(weight.trainable for weight in weights)
    if any(isinstance(sizes, Unknown) for sizes in all_sizes):
        return Weight(trainable=trainable)
    return Weight(_broadcast_sizes([s for s in all_sizes if isinstance(s, tuple)]), trainable=trainable)


def _broadcast_sizes(known: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    result: list[Size] = []
    for axis in range(1, max(map(len, known), default=0) + 1):
        wide = [sizes[-axis] for sizes in known if len(sizes) >= axis and sizes[-axis] != 1]
        result.append(wide[0] if wide else 1)
    return tuple(reversed(result))


def power(machine: Machine, base: Value, exponent: Value, op: str) -> Value:
    """Raise an activation to a power, or a number to an activation."""
    inputs = _operands(machine, (base, exponent), op)
    if not inputs:
        return _weight(base, exponent)
    result = shapes.broadcast((base, exponent) if len(inputs) < 2 else inputs)
    constant = one_number(exponent) if is_constant(exponent) else UNKNOWN
    return emit(machine, "power", inputs, result, {"constant": constant}, op)


_COMPARES: Final = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}


_MIRRORED: Final = {
    "less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal",
}  # fmt: skip


def compare(machine: Machine, name: str, left: Value, right: Value, op: str) -> Value:
    """Compare activations, elementwise."""
    drawn = _drawn_below(name, left, right)
    if drawn is not None:
        return drawn
    attributes: Attributes = {"function": _COMPARES[name]}
    if is_constant(left) != is_constant(right):
        attributes["constant"] = one_number(left if is_constant(left) else right)
        if is_constant(left):
            attributes["function"] = _MIRRORED.get(_COMPARES[name], _COMPARES[name])
    return _merge_like(machine, "compare", attributes, (left, right), op)


def logical(machine: Machine, values: Sequence[Value], op: str) -> Value:
    """Combine truth values, elementwise."""
    return _merge_like(machine, "logical", {}, values, op)


def _merge_like(machine: Machine, kind: str, attributes: Attributes, values: Sequence[Value], op: str) -> Value:
    inputs = _operands(machine, values, op)
    if not inputs:
        return _weight(*values)
    result = shapes.broadcast([value for value in values if isinstance(value, Signal)] or inputs)
    return emit(machine, kind, inputs, result, attributes, op)


def unary(machine: Machine, kind: str, value: Value, op: str, attributes: Attributes | None = None) -> Value:
    """Apply an elementwise function to one activation."""
    if isinstance(value, Weight):
        return value
    x = machine.as_signal(value, op)
    return emit(machine, kind, [x], (x.tensor, x.width), attributes, op)


def matmul(machine: Machine, left: Value, right: Value, op: str) -> Value:
    """Multiply matrices. With a trained or constant matrix it is a linear layer; with a stack of matrices it is not."""
    inputs = _operands(machine, (left, right), op)
    if not inputs:
        return _weight(left, right)
    if len(inputs) == 2:
        return emit(machine, "matmul", inputs, _product(inputs[0], inputs[1]), {}, op)
    first = is_constant(left)
    weight = left if first else right
    sizes = shapes.sizes_of(weight) if isinstance(weight, Weight) else UNKNOWN
    while isinstance(sizes, tuple) and len(sizes) > 2 and sizes[0] == 1:
        sizes = sizes[1:]
    trained = isinstance(weight, Weight) and weight.trainable
    if (isinstance(sizes, tuple) and len(sizes) != 2) or (isinstance(sizes, Unknown) and not trained):
        return emit(machine, "matmul", inputs, (Tensor(), UNKNOWN), {}, op)
    x = inputs[0]
    inp: Size = UNKNOWN
    out: Size = UNKNOWN
    if isinstance(sizes, tuple):
        inp, out = reversed(sizes) if first else sizes
    if isinstance(inp, Unknown) and not first:
        inp = shapes.size_at(x, -1)
    result = shapes.with_size(x, -2, out) if first else shapes.last(x, out)
    # A weight of another layer that is used here is that layer again: weight tying.
    return emit(machine, "linear", inputs, result, {"inp": inp, "out": out, "bias": False}, op)


def _product(left: Signal, right: Signal) -> shapes.Outcome:
    a, b = left.tensor.sizes, right.tensor.sizes
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Tensor(), UNKNOWN
    if len(a) < 2 or len(b) < 2:
        return Tensor(), UNKNOWN
    lead = a[:-2] if len(a) >= len(b) else b[:-2]
    return shapes.outcome(Tensor((*lead, a[-2], b[-1])))


# Indexing.


def index(machine: Machine, value: Value, key: Value, op: str = "getitem") -> Value:
    """Take a part of a tensor: `x[:, 0]`, `x[..., None]`, `x[mask]`."""
    if isinstance(value, Weight):
        return _index_weight(value, key) if value.values is None else _index_numbers(value, value.values, key)
    if not isinstance(value, Signal):
        return UNKNOWN
    keys = _keys(key)
    if not all(map(_is_place, keys)):
        return emit(machine, "gather", [value, *signals_in(*keys)], (Tensor(), UNKNOWN), {}, op)
    plan = _plan(value.tensor.sizes, keys)
    if plan is None:
        over: tuple[int, ...] | Unknown = UNKNOWN
        if Ellipsis not in keys and None not in keys:
            over = tuple(axis for axis, each in enumerate(keys) if each != slice(None))
        return emit(machine, "slice", [value], (Tensor(), UNKNOWN), {"over": over}, op)
    taken, added, changed = plan
    if changed:
        value = _take(machine, value, taken, changed, op)
    for axis in added:
        value = emit(machine, "unsqueeze", [value], shapes.unsqueezed(value, axis), {}, op)
    return value


def _keys(key: Value) -> list[Value]:
    """Return what stands between the brackets: one key per axis, or one for the first."""
    return [key] if isinstance(key, list) else items_of(key) or [key]


def _is_place(key: Value) -> bool:
    """Say whether a key is a number, a slice, None or an ellipsis: no tensor, no list, no truth value."""
    return (
        key is None or key is Ellipsis or isinstance(key, slice) or (isinstance(key, int) and not isinstance(key, bool))
    )


_Taken = list[tuple[int, "int | slice | None"]]


def _plan(sizes: shapes.Sizes, keys: Sequence[Value]) -> tuple[_Taken, list[int], tuple[int, ...]] | None:
    """Sort keys by axis: what is taken of each axis, where axes are added, and which axes change."""
    if isinstance(sizes, Unknown):
        return None
    consuming = sum(1 for each in keys if each is not None and each is not Ellipsis)
    free = len(sizes) - consuming
    if free < 0 or sum(1 for each in keys if each is Ellipsis) > 1:
        return None
    filled: list[Value] = []
    for each in keys:
        filled += [slice(None)] * free if each is Ellipsis else [each]
    if Ellipsis not in keys:
        filled += [slice(None)] * free
    taken: _Taken = []
    added: list[int] = []
    axis = place = 0
    for each in filled:
        if each is None:
            added.append(place)
            place += 1
            continue
        part = cast("int | slice | None", each if _is_place(each) else None)
        taken.append((axis, part))
        axis += 1
        place += not isinstance(part, int)
    changed = tuple(axis for axis, part in taken if part != slice(None))
    return taken, added, changed


def _take(machine: Machine, value: Signal, taken: _Taken, changed: tuple[int, ...], op: str) -> Signal:
    sizes = value.tensor.sizes
    if isinstance(sizes, Unknown):
        return value
    channel = value.tensor.channel
    after: list[Size] = []
    moved: int | Unknown = UNKNOWN
    for axis, part in taken:
        if isinstance(part, int):
            continue
        if isinstance(channel, int) and axis == channel % len(sizes):
            moved = len(after)
        after.append(_length(sizes[axis], part))
    return emit(machine, "slice", [value], shapes.outcome(Tensor(tuple(after), moved)), {"over": changed}, op)


def _length(size: Size, part: slice | None) -> Size:
    """Return how many elements a slice takes."""
    if part is None:
        return UNKNOWN
    if part == slice(None):
        return size
    bounds: list[object] = [part.start, part.stop, part.step]
    if any(not (each is None or isinstance(each, int)) for each in bounds):
        return UNKNOWN
    if isinstance(size, Unknown):
        start, stop, step = bounds
        # From the start to a place that exists, if there are so many: torch does not complain if there are not.
        whole = (start in {None, 0}) and stop is None and step in {None, 1}
        return size if whole else UNKNOWN
    try:
        return len(range(*part.indices(size)))
    except (ValueError, OverflowError, TypeError):
        return UNKNOWN


def _index_numbers(value: Weight, known: tuple[float, ...], key: Value) -> Value:
    if isinstance(key, int) and value.sizes != () and -len(known) <= key < len(known):
        return Weight((), values=(known[key],))
    if isinstance(key, slice):
        try:
            return numbers(known[key])
        except (TypeError, ValueError):
            return Weight()
    return Weight()


def _index_weight(value: Weight, key: Value) -> Weight:
    keys = _keys(key)
    if all(map(_is_place, keys)):
        plan = _plan(value.sizes, keys)
        if plan is not None and isinstance(value.sizes, tuple):
            after = [_length(value.sizes[axis], part) for axis, part in plan[0] if not isinstance(part, int)]
            for place in plan[1]:
                after.insert(place, 1)
            return Weight(tuple(after), trainable=value.trainable)
    return Weight(trainable=value.trainable)


def write_index(machine: Machine, value: Value, key: Value, new: Value, op: str = "setitem") -> Value:
    """Write into a part of a tensor: the tensor itself changes, for all names it has."""
    if isinstance(value, Signal):
        inputs = [value, *signals_in(key), *signals_in(new)]
        kind = "mask" if is_constant(new) and signals_in(key) else "scatter"
        overwrite(value, emit(machine, kind, inputs, (value.tensor, value.width), {}, op))
    elif signals_in(new):
        machine.blind("activations are written into a constant tensor")
    return None


# Rows of Python's operators.


def _of(bound: Bound, *names: str) -> list[Value]:
    return [bound.arguments.get(name, UNKNOWN) for name in names]


def _method(machine: Machine, name: str, values: Sequence[Value]) -> Value | None:
    """Let an object of a framework do it that has a method for it, as containers of layers have."""
    if values and isinstance(values[0], Instance):
        method = machine.attribute(values[0], f"__{name}__")
        if not isinstance(method, Unknown) and method is not None:
            return machine.call(method, values[1:])
    return None


def _binary(
    name: str, run: Callable[[Machine, str, Value, Value, str], Value], op: str, machine: Machine, bound: Bound
) -> Value:
    values = _of(bound, "a", "b")
    if any(isinstance(value, Instance | Symbol) for value in values):
        found = _method(machine, op, values)
        return UNKNOWN if found is None else found
    return run(machine, name, values[0], values[1], op)


def _power(machine: Machine, _name: str, left: Value, right: Value, op: str) -> Value:
    return power(machine, left, right, op)


def _matmul(machine: Machine, _name: str, left: Value, right: Value, op: str) -> Value:
    return matmul(machine, left, right, op)


def _logical(machine: Machine, _name: str, left: Value, right: Value, op: str) -> Value:
    return logical(machine, (left, right), op)


def _whole(machine: Machine, _name: str, left: Value, right: Value, op: str) -> Value:
    return _merge_like(machine, "index_math", {}, (left, right), op)


def _unary(kind: str, attributes: Attributes, op: str, machine: Machine, bound: Bound) -> Value:
    value = bound.arguments.get("a", UNKNOWN)
    return unary(machine, kind, value, op, attributes)


def _getitem(machine: Machine, bound: Bound) -> Value:
    value, key = _of(bound, "a", "b")
    if isinstance(value, Instance):
        found = _method(machine, "getitem", [value, key])
        return UNKNOWN if found is None else found
    return index(machine, value, key)


def _setitem(machine: Machine, bound: Bound) -> Value:
    value, key, new = _of(bound, "a", "b", "c")
    if isinstance(value, Instance):
        return _method(machine, "setitem", [value, key, new])
    return write_index(machine, value, key, new)


def _delitem(machine: Machine, bound: Bound) -> Value:
    return _method(machine, "delitem", _of(bound, "a", "b"))


def _positive(machine: Machine, bound: Bound) -> Value:
    _ = machine
    return bound.arguments.get("a", UNKNOWN)


def _operators() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    runs: list[tuple[str, str, Callable[[Machine, str, Value, Value, str], Value]]] = [
        *((name, name, arithmetic) for name in _MERGE),
        *((name, name, compare) for name in _COMPARES),
        ("pow", "", _power),
        ("matmul", "", _matmul),
        *((name, "", _logical) for name in ("and_", "or_", "xor", "and", "or")),
        *((name, "", _whole) for name in ("floordiv", "mod", "lshift", "rshift", "divmod")),
    ]
    for op, name, run in runs:
        plain_name = op.rstrip("_")
        row = Row("a, b", partial(_binary, name, run, plain_name), pure=True)
        rows[f"operator.{op}"] = row
        if op not in _COMPARES and op != "divmod":
            rows[f"operator.i{plain_name}"] = Row("a, b", partial(_binary, name, run, f"i{plain_name}"), pure=True)
    simple: tuple[tuple[str, str, Attributes], ...] = (
        ("neg", "affine", {"function": "multiply", "constant": -1.0}),
        ("abs", "absolute", {}),
        ("invert", "logical", {}),
        ("inv", "logical", {}),
        ("not_", "logical", {}),
        ("round", "round", {}),
        ("trunc", "round", {}),
        ("floor", "round", {}),
        ("ceil", "round", {}),
    )
    for op, kind, attributes in simple:
        rows[f"operator.{op}"] = Row("a", partial(_unary, kind, attributes, op))
    rows["operator.pos"] = Row("a", _positive)
    rows["operator.getitem"] = Row("a, b", _getitem, pure=True)
    rows["operator.setitem"] = Row("a, b, c", _setitem, pure=True)
    rows["operator.delitem"] = Row("a, b", _delitem, pure=True)
    return rows


# Numbers by numpy, as they are used for sizes and rates.


def _flat(value: Value) -> list[float] | None:
    """Return the numbers in nested sequences, None where one is not known."""
    if isinstance(value, Weight):
        return None if value.values is None else list(value.values)
    if isinstance(value, int | float):
        return [value]
    items = items_of(value)
    if items is not None:
        found: list[float] = []
        for each in items:
            inner = _flat(each)
            if inner is None or len(found) > _MOST_NUMBERS:
                return None
            found += inner
        return found
    return None


def _array_sizes(value: Value) -> shapes.Sizes:
    sizes: list[Size] = []
    while (items := items_of(value)) is not None:
        sizes.append(len(items))
        if not items:
            break
        value = items[0]
    if isinstance(value, Weight) and isinstance(value.sizes, tuple):
        return (*sizes, *value.sizes)
    return tuple(sizes) if not sizes or not isinstance(value, Unknown) else UNKNOWN


def as_array(value: Value) -> Value:
    """Return nested sequences of numbers as a constant tensor; its numbers are kept where it has one axis."""
    if isinstance(value, Weight | Signal | Unknown):
        return value
    values, sizes = _flat(value), _array_sizes(value)
    if values is not None and isinstance(sizes, tuple) and len(sizes) < 2 and len(values) <= _MOST_NUMBERS:
        return Weight(sizes, values=tuple(values))
    return Weight(sizes)


def spaced(start: Value, end: Value, count: Value) -> Value:
    """Return `count` numbers from `start` to `end`, as linspace gives them."""
    first, final = number_of(start), number_of(end)
    if not isinstance(count, int) or isinstance(first, Unknown) or isinstance(final, Unknown):
        return Weight((count if isinstance(count, int) else UNKNOWN,))
    if not 0 <= count <= _MOST_NUMBERS:
        return Weight((count,))
    step = (final - first) / (count - 1) if count > 1 else 0.0
    return numbers([float(f"{first + step * place:.12g}") for place in range(count)])


def ranged(values: Sequence[Value]) -> Value:
    """Return the numbers of a range; its length where they are too many."""
    steps = [number_of(value) for value in values if value is not None]
    if any(isinstance(step, Unknown) for step in steps) or not 1 <= len(steps) <= 3:
        return Weight((UNKNOWN,))
    known = [step for step in steps if not isinstance(step, Unknown)]
    start, stop, step = (0, known[0], 1) if len(known) == 1 else (known[0], known[1], known[2] if len(known) > 2 else 1)
    if step == 0 or not all(map(math.isfinite, (start, stop, step))):
        return Weight((UNKNOWN,))
    length = max(0, math.ceil((stop - start) / step))
    if length > _MOST_NUMBERS:
        return Weight((length,))
    return numbers([start + step * place for place in range(length)])


def _numpy_reduce(run: Callable[[list[float]], float], machine: Machine, bound: Bound) -> Value:
    value = bound.arguments.get("a", UNKNOWN)
    if isinstance(value, Signal):
        return machine.barrier("numpy", [value], "numpy computes on a tensor")
    values = _flat(value)
    if values is None or bound.arguments.get("axis") is not None:
        return value if isinstance(value, Unknown) else UNKNOWN
    return _calculated(run, values)


def _calculated(run: Callable[[list[float]], float], values: list[float]) -> Value:
    try:
        result = run(values)
    except (ArithmeticError, ValueError, TypeError):
        return UNKNOWN
    return result if math.isfinite(result) and abs(result) < 1e300 else UNKNOWN


def _numpy_map(run: Callable[[float], float], machine: Machine, bound: Bound) -> Value:
    value = bound.arguments.get("x", UNKNOWN)
    if isinstance(value, Signal):
        return machine.barrier("numpy", [value], "numpy computes on a tensor")
    if isinstance(value, int | float):
        return _calculated(lambda one: run(one[0]), [value])
    values = _flat(value)
    if values is None:
        return value if isinstance(value, Unknown | Weight) else UNKNOWN
    results = [_calculated(lambda one: run(one[0]), [each]) for each in values]
    return (
        numbers([each for each in results if isinstance(each, int | float)])
        if all(isinstance(each, int | float) for each in results)
        else Weight((len(values),))
    )


def _numpy_array(_machine: Machine, bound: Bound) -> Value:
    return as_array(bound.arguments.get("object", UNKNOWN))


def _numpy_linspace(_machine: Machine, bound: Bound) -> Value:
    return spaced(bound["start"], bound["stop"], bound["num"])


def _numpy_arange(_machine: Machine, bound: Bound) -> Value:
    return ranged(rest(bound))


def _numpy_filled(_machine: Machine, bound: Bound) -> Value:
    shape = bound.arguments.get("shape", UNKNOWN)
    if isinstance(shape, int):
        return Weight((shape,))
    items = items_of(shape)
    return Weight() if items is None else Weight(tuple(size_value(each) for each in items))


def _numpy_cumsum(_machine: Machine, bound: Bound) -> Value:
    values = _flat(bound.arguments.get("a", UNKNOWN))
    if values is None:
        return Weight()
    return numbers(list(accumulate(values)))


def _numpy_random(_machine: Machine, bound: Bound) -> Value:
    _ = bound
    return Unknown("a random number")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _numpy() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    reductions: dict[str, Callable[[list[float]], float]] = {
        "prod": math.prod, "product": math.prod, "sum": sum, "mean": _mean,
        "max": max, "min": min, "amax": max, "amin": min,
    }  # fmt: skip
    for name, reduction in reductions.items():
        rows[f"numpy.{name}"] = Row(
            "a, axis=None, dtype=None, out=None, **kwargs", partial(_numpy_reduce, reduction), pure=True
        )
    maps: dict[str, Callable[[float], float]] = {
        "sqrt": math.sqrt, "ceil": lambda x: float(math.ceil(x)), "floor": lambda x: float(math.floor(x)),
        "log": math.log, "log2": math.log2, "log10": math.log10, "exp": math.exp, "abs": abs, "absolute": abs,
        "round": lambda x: float(round(x)), "around": lambda x: float(round(x)), "rint": lambda x: float(round(x)),
        "int": int, "int32": int, "int64": int, "float32": float, "float64": float, "asscalar": float,
        "square": lambda x: x * x, "sin": math.sin, "cos": math.cos, "tanh": math.tanh, "power2": lambda x: 2**x,
    }  # fmt: skip
    for name, each in maps.items():
        rows[f"numpy.{name}"] = Row("x, *args, **kwargs", partial(_numpy_map, each), pure=True)
    for name in ("array", "asarray", "ascontiguousarray", "copy"):
        rows[f"numpy.{name}"] = Row("object, dtype=None, *args, **kwargs", _numpy_array, pure=True)
    for name in ("zeros", "ones", "empty", "full"):
        rows[f"numpy.{name}"] = Row("shape, *args, **kwargs", _numpy_filled, pure=True)
    rows["numpy.linspace"] = Row("start, stop, num=50, *args, **kwargs", _numpy_linspace, pure=True)
    rows["numpy.arange"] = Row("*args, **kwargs", _numpy_arange, pure=True)
    rows["numpy.cumsum"] = Row("a, axis=None, dtype=None, out=None", _numpy_cumsum, pure=True)
    for name in (
        "rand",
        "randn",
        "random",
        "uniform",
        "normal",
        "randint",
        "choice",
        "permutation",
        "beta",
        "binomial",
    ):
        rows[f"numpy.random.{name}"] = Row("*args, **kwargs", _numpy_random, pure=True)
    for name in ("seed", "shuffle"):
        rows[f"numpy.random.{name}"] = Row("*args, **kwargs", _nothing, pure=True)
    rows["numpy.random.seed"] = Row("*args, **kwargs", _nothing, pure=True)
    return rows


def _nothing(_machine: Machine, _bound: Bound) -> Value:
    return None


TABLE: Final[Table] = {**_operators(), **_numpy()}
"""Rows of every framework by canonical name."""

ALIASES: Final[Mapping[str, str]] = {}
"""Canonical names of names: none needs one."""
