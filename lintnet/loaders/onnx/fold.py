"""Constants computed from constants: which numbers, sizes and origin the result has, where that is cheap to say.

Knows the few operators exporters put between a weight and its layer. All else becomes a constant of unknown value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Size, Unknown
from lintnet.loaders.onnx.records import Skipped
from lintnet.loaders.onnx.values import LARGEST, Constant, dtype_name, from_sparse, from_tensor, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lintnet.loaders.onnx.call import Call

__all__ = ["constant", "literal", "measured", "renamed"]

_FEW: Final = 256
_SAME_NUMBERS: Final = frozenset({"Identity", "Cast", "CastLike"})
_SAME_ELEMENTS: Final = frozenset({"Reshape", "Squeeze", "Unsqueeze", "Flatten"})
_SAME_SIZES: Final = frozenset({"DequantizeLinear", "QuantizeLinear", "Neg", "Abs", "Sqrt", "Exp", "Reciprocal"})

_UNARY: Final[Mapping[str, Callable[[float], float]]] = {
    "Neg": lambda x: -x,
    "Abs": abs,
    "Sqrt": math.sqrt,
    "Exp": math.exp,
    "Reciprocal": lambda x: 1 / x,
}
_BINARY: Final[Mapping[str, Callable[[float, float], float]]] = {
    "Add": lambda x, y: x + y,
    "Sub": lambda x, y: x - y,
    "Mul": lambda x, y: x * y,
    # Whole numbers are divided as ONNX does: towards zero.
    "Div": lambda x, y: int(x / y) if isinstance(x, int) and isinstance(y, int) else x / y,
    "Pow": math.pow,
    "Max": max,
    "Min": min,
}


def renamed(value: Constant, name: str) -> Constant:
    """Return the constant under the name of the output that holds it."""
    return value._replace(name=name)


def literal(call: Call) -> Constant:
    """Return what a Constant node holds."""
    name = next(filter(None, call.node.outputs), "")
    record = call.attributes.get("value")
    if record is not None and record.t is not None:
        return from_tensor(record.t, name, literal=True)
    record = call.attributes.get("sparse_value")
    if record is not None and record.sparse is not None:
        return from_sparse(record.sparse, name, literal=True)
    for key, dtype in (("value_float", "float32"), ("value_int", "int64")):
        record = call.attributes.get(key)
        if record is not None:
            number = shorten(record.f) if key == "value_float" else record.i
            return Constant(name, (), dtype, (number,), number)
    for key, dtype in (("value_floats", "float32"), ("value_ints", "int64")):
        record = call.attributes.get(key)
        if record is not None:
            numbers = record.floats if key == "value_floats" else record.ints
            if isinstance(numbers, Skipped):
                return Constant(name, UNKNOWN, dtype)
            values = tuple(map(shorten, numbers)) if key == "value_floats" else tuple(numbers)
            return Constant(name, (len(values),), dtype, values, _fill(values))
    return Constant(name)


def constant(call: Call, declared: tuple[Size, ...] | Unknown) -> Constant:
    """Return the result of a call of which every input is a constant."""
    values = [value for value in call.inputs if isinstance(value, Constant)]
    op = call.node.op_type
    origin = next((value.origin for value in values if value.origin), "")
    shaped = any(value.measured for value in values)
    name = next(filter(None, call.node.outputs), "")
    unknown = Constant(name, _whole(declared), values[0].dtype if values else "", origin=origin, measured=shaped)
    if not values:
        return unknown
    first = values[0]
    if op in {"Expand", "ConstantOfShape"}:
        return _filled(call, unknown, first)
    if shaped:
        return unknown._replace(sizes=_measured_sizes(op, call, values, unknown))
    if op in _SAME_NUMBERS:
        # An Identity is how exporters store equal tensors once: the new name is the parameter's own.
        own = name if op == "Identity" and first.origin else first.origin
        dtype = dtype_name(call.integer("to", 0)) if op == "Cast" else first.dtype
        return first._replace(name=name, origin=own, dtype=dtype)
    if op in _SAME_ELEMENTS:
        sizes = _reshaped(op, call, first)
        return first._replace(name=name, sizes=unknown.sizes if isinstance(sizes, Unknown) else sizes)
    if op == "Transpose" and isinstance(first.sizes, tuple):
        order = call.integers("perm") or tuple(reversed(range(len(first.sizes))))
        if sorted(order) != list(range(len(first.sizes))):
            return unknown
        sizes = tuple(first.sizes[axis] for axis in order)
        numbers = first.values if len(sizes) < 2 or isinstance(first.fill, float | int) else UNKNOWN
        return first._replace(name=name, sizes=sizes, values=numbers)
    if op == "Concat" and all(isinstance(value.values, tuple) and value.sizes != () for value in values):
        return _joined(unknown, values)
    return _computed(op, values, unknown)


def measured(call: Call) -> Constant:
    """Return the result of an operator that looks at the shape of its input only, such as Shape."""
    name = next(filter(None, call.node.outputs), "")
    sizes: tuple[int, ...] | Unknown = UNKNOWN
    if call.node.op_type == "Shape":
        value = call.constant(0)
        axes = call.tensor().sizes if value is None else value.sizes
        if isinstance(axes, tuple) and not call.has("start") and not call.has("end"):
            sizes = (len(axes),)
    elif call.node.op_type != "EyeLike":
        sizes = ()
    return Constant(name, sizes, measured=True)


def _measured_sizes(op: str, call: Call, values: list[Constant], unknown: Constant) -> tuple[int, ...] | Unknown:
    """Sizes of what is computed from shapes: mostly one number, such as the scale of an attention."""
    first = values[0]
    if op == "Gather" and len(values) == 2 and not call.integer("axis", 0):
        rows, index = first.sizes, values[1].sizes
        return (*index, *rows[1:]) if isinstance(rows, tuple) and isinstance(index, tuple) else unknown.sizes
    if op in _SAME_NUMBERS:
        return first.sizes
    if op in _SAME_ELEMENTS:
        return _reshaped(op, call, first)
    return _computed(op, values, unknown).sizes


def _computed(op: str, values: list[Constant], unknown: Constant) -> Constant:
    """Arithmetic on numbers, and the sizes of arithmetic on tensors where one operand decides them."""
    first = values[0]
    pair = op in _BINARY and len(values) == 2
    sizes = unknown.sizes
    if op in _SAME_SIZES or (pair and (first.sizes == values[1].sizes or values[1].sizes == ())):
        sizes = first.sizes
    elif pair and first.sizes == ():
        sizes = values[1].sizes
    fill: float | Unknown = UNKNOWN
    try:
        if op in _UNARY and isinstance(first.fill, float | int):
            fill = _short(_UNARY[op](first.fill))
        elif pair and isinstance(first.fill, float | int) and isinstance(values[1].fill, float | int):
            fill = _short(_BINARY[op](first.fill, values[1].fill))
    except (ArithmeticError, ValueError):
        fill = UNKNOWN
    if isinstance(fill, int) and abs(fill) >= LARGEST:
        fill = UNKNOWN
    numbers: tuple[float, ...] | Unknown = UNKNOWN
    if isinstance(fill, float | int) and isinstance(sizes, tuple) and sizes in {(), (1,)}:
        numbers = (fill,)
    return unknown._replace(sizes=sizes, values=numbers, fill=fill)


def _short(number: float) -> float:
    return number if isinstance(number, int) else shorten(number)


def _whole(sizes: tuple[Size, ...] | Unknown) -> tuple[int, ...] | Unknown:
    if isinstance(sizes, Unknown):
        return UNKNOWN
    whole = tuple(size for size in sizes if isinstance(size, int))
    return whole if len(whole) == len(sizes) else UNKNOWN


def _fill(values: tuple[float, ...]) -> float | Unknown:
    return values[0] if values and values.count(values[0]) == len(values) else UNKNOWN


def _reshaped(op: str, call: Call, value: Constant) -> tuple[int, ...] | Unknown:
    sizes = value.sizes
    if not isinstance(sizes, tuple):
        return UNKNOWN
    if op == "Reshape":
        shape = call.whole(1, "shape")
        if not isinstance(shape, tuple):
            return UNKNOWN
        if -1 in shape or 0 in shape:
            total = math.prod(sizes)
            kept = [sizes[axis] if size == 0 and axis < len(sizes) else size for axis, size in enumerate(shape)]
            rest = math.prod(size for size in kept if size != -1)
            if kept.count(-1) > 1 or not rest or total % rest:
                return UNKNOWN
            return tuple(total // rest if size == -1 else size for size in kept)
        return shape
    if op == "Flatten":
        axis = call.integer("axis", 1)
        return (math.prod(sizes[:axis]), math.prod(sizes[axis:]))
    axes = call.whole(1, "axes")
    if op == "Squeeze":
        if axes is None:
            return tuple(size for size in sizes if size != 1)
        if isinstance(axes, Unknown):
            return UNKNOWN
        dropped = {axis % len(sizes) for axis in axes} if sizes else set[int]()
        return tuple(size for axis, size in enumerate(sizes) if axis not in dropped)
    if not isinstance(axes, tuple):
        return UNKNOWN
    rank = len(sizes) + len(axes)
    added = {axis % rank for axis in axes}
    if len(added) < len(axes):
        return UNKNOWN
    rest_sizes = iter(sizes)
    return tuple(1 if axis in added else next(rest_sizes) for axis in range(rank))


def _filled(call: Call, unknown: Constant, first: Constant) -> Constant:
    """The result of Expand and ConstantOfShape: one number in a given shape, as far as that is known."""
    if call.node.op_type == "Expand":
        shape, fill, origin = call.whole(1), first.fill, first.origin
        if isinstance(shape, tuple) and isinstance(first.sizes, tuple) and len(shape) < len(first.sizes):
            shape = UNKNOWN
        if isinstance(shape, tuple) and first.sizes not in {(), (1,)}:
            shape = UNKNOWN
    else:
        shape, origin = call.whole(0), ""
        record = call.literal("value")
        fill = 0.0 if record is None else record.number
    sizes = unknown.sizes if not isinstance(shape, tuple) or any(size < 0 for size in shape) else shape
    values: tuple[float, ...] | Unknown = UNKNOWN
    if isinstance(sizes, tuple) and isinstance(fill, float | int):
        count = math.prod(sizes)
        if count <= _FEW:
            values = (fill,) * count
    return Constant(unknown.name, sizes, unknown.dtype, values, fill, origin, unknown.measured)


def _joined(unknown: Constant, values: list[Constant]) -> Constant:
    """Short lists joined: how target shapes are written."""
    if any(isinstance(value.sizes, Unknown) or len(value.sizes) != 1 for value in values):
        return unknown
    numbers: tuple[float, ...] = ()
    for value in values:
        if isinstance(value.values, tuple):
            numbers += value.values
    if len(numbers) > _FEW:
        return unknown
    return unknown._replace(sizes=(len(numbers),), values=numbers, fill=_fill(numbers))
