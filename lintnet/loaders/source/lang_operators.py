"""Operators, comparisons and truth inside the interpreter.

Knows the language and no framework: operators of tensors, layers and names outside the program are the host's. What
depends on the mode of the model is computed once for each mode, what is not known gives an unknown value. The functions
here are methods of the `Interpreter`, which comes as `run`.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_natives import call_native, text_of
from lintnet.loaders.source.lang_values import (
    ARITHMETIC,
    ATOMS,
    CONTAINERS,
    DICTS,
    HOSTED,
    SETS,
    by_phases,
    equal,
    is_long,
    is_plain,
    is_plain_key,
    is_wide,
    same,
    too_large,
)
from lintnet.loaders.source.objects import (
    Function,
    LocalClass,
    LocalModule,
    Native,
    NativeType,
    Partial,
    RecordTuple,
    Settled,
    Stream,
    Super,
    UnionType,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, ByPhase, FrameworkClass, Instance, Method, Signal, Symbol, Weight

if TYPE_CHECKING:
    from lintnet.loaders.source.objects import Dyn

__all__ = [
    "binary",
    "compare",
    "equal_instances",
    "in_place",
    "native_of",
    "negate",
    "truth",
    "truth_of",
    "unary",
]

_REFLECTED: Final = {
    "add": "__radd__",
    "sub": "__rsub__",
    "mul": "__rmul__",
    "truediv": "__rtruediv__",
    "floordiv": "__rfloordiv__",
    "mod": "__rmod__",
    "pow": "__rpow__",
    "matmul": "__rmatmul__",
    "and_": "__rand__",
    "or_": "__ror__",
    "xor": "__rxor__",
    "lshift": "__rlshift__",
    "rshift": "__rrshift__",
    "lt": "__gt__",
    "le": "__ge__",
    "gt": "__lt__",
    "ge": "__le__",
}
_CLASSES: Final = frozenset({LocalClass, FrameworkClass, NativeType, UnionType})
_SIMPLE: Final = frozenset(
    {Function, LocalClass, LocalModule, FrameworkClass, NativeType, Builtin, Method, Partial, Native}
)


_ORDERS: Final = frozenset({"lt", "le", "gt", "ge"})
_NEGATIVE: Final = frozenset({"ne", "is not", "not in"})
_TENSORS: Final = frozenset({Signal, Weight})


def native_of(run: Dyn, value: Dyn) -> Dyn:  # noqa: ARG001 - called through a table with the others
    """Return the constant or container within an object of a class derived from `int`, `str`, `dict` and the like."""
    return value.extra.get("native", value) if type(value) is Instance else value


def binary(run: Dyn, name: str, one: Dyn, other: Dyn) -> Dyn:
    """Apply an operator between two values."""
    a, b = kind_of(one), kind_of(other)
    if a in ATOMS and b in ATOMS:
        if too_large(name, one, other):
            return Unknown("a value that is too large")
        return run.python(ARITHMETIC[name], (one, other), {})
    if a is ByPhase or b is ByPhase:
        return by_phases(run, lambda values: run.binary(name, values[0], values[1]), (one, other))
    if a is Signal or b is Signal:
        return run.host.operate(name, (one, other))
    if isinstance(one, Unknown):
        if b is list and name == "add":
            return [UnknownRest(one.why), *other]
        return run.host.operate(name, (one, other)) if b is Weight else Unknown(one.why)
    if isinstance(other, Unknown):
        if a is list and name == "add":
            return run.note_open([*one, UnknownRest(other.why)])
        return run.host.operate(name, (one, other)) if a is Weight else Unknown(other.why)
    if (a is Instance or b is Instance) and not (a in {str, bytes} and name == "mod"):
        found = _operate_instances(run, name, one, other)
        if found is not MISSING:
            return found
    if a in HOSTED or b in HOSTED:
        if name == "or_" and (a in _CLASSES or b in _CLASSES or one is None or other is None):
            return UnionType((one, other))
        return run.host.operate(name, (one, other))
    if name == "or_" and (a in _CLASSES or one is None) and (b in _CLASSES or other is None):
        return UnionType((one, other))
    return _operate_containers(run, name, one, other)


def _operate_instances(run: Dyn, name: str, one: Dyn, other: Dyn) -> Dyn:
    """Apply an operator that a class of the program may define."""
    if type(one) is Instance and type(one.cls) is LocalClass:
        found = one.cls.find(f"__{name.strip('_')}__")
        if found is not MISSING:
            result = run.call(run.bind(found, one, one.cls), [other], {})
            if result is not NotImplemented:
                return result
    if type(other) is Instance and type(other.cls) is LocalClass and name in _REFLECTED:
        found = other.cls.find(_REFLECTED[name])
        if found is not MISSING:
            result = run.call(run.bind(found, other, other.cls), [one], {})
            if result is not NotImplemented:
                return result
    plain, second = run.native_of(one), run.native_of(other)
    if plain is not one or second is not other:
        return run.compare(name, plain, second) if name in _ORDERS else run.binary(name, plain, second)
    if any(
        type(each) is Instance and (each.row is not None or type(each.cls) is not LocalClass) for each in (one, other)
    ):
        return run.host.operate(name, (one, other))
    if any(type(each) is Instance and type(each.cls) is LocalClass and each.cls.open for each in (one, other)):
        return Unknown("result of an operator")
    if type(one) in HOSTED or type(other) in HOSTED:
        return MISSING
    raise run.error(TypeError, f"unsupported operand types for {name}")


def _operate_containers(run: Dyn, name: str, one: Dyn, other: Dyn) -> Dyn:
    a, b = kind_of(one), kind_of(other)
    if a in {str, bytes} and name == "mod":
        return _percent(run, one, other)
    if (a in CONTAINERS or a in ATOMS) and (b in CONTAINERS or b in ATOMS):
        if too_large(name, one, other):
            return Unknown("a container that is too large")
        if run.opened and (run.is_open(one) or run.is_open(other)):
            if name == "add" and a is b:
                return run.note_open(one + other)
            if name != "or_" or a not in DICTS:
                return Unknown("a container that is not known")
        if name in _ORDERS and not (is_plain(one) and is_plain(other)):
            return Unknown(run.why([*_parts(one), *_parts(other)], "a comparison"))
        if a is RecordTuple:
            one = tuple(one)
        return run.python(ARITHMETIC[name], (one, tuple(other) if b is RecordTuple else other), {})
    if any(type(each) is LocalClass and (each.open or each.framework) for each in (one, other)):
        return Unknown("an operator of a class")
    if a in _SIMPLE or b in _SIMPLE:
        raise run.error(TypeError, f"unsupported operand types for {name}")
    return Unknown("result of an operator")


def _percent(run: Dyn, form: Dyn, value: Dyn) -> Dyn:
    if is_wide(form):
        return Unknown("a text that is too long")
    if kind_of(value) is tuple:
        parts = tuple([each if is_plain(each) else text_of(run, each) for each in value])
        if any(type(each) is not str and not is_plain(each) for each in parts):
            return Unknown(run.why(parts, "a text that is not known"))
        return run.python(ARITHMETIC["mod"], (form, parts), {})
    if type(value) in DICTS and not is_plain(value):
        value = {key: each if is_plain(each) else text_of(run, each) for key, each in value.items()}
    if not is_plain(value):
        value = text_of(run, value)
    if not is_plain(value):
        return Unknown(run.why((value,), "a text that is not known"))
    return run.python(ARITHMETIC["mod"], (form, value), {})


def unary(run: Dyn, name: str, value: Dyn) -> Dyn:
    """Apply an operator to one value."""
    kind = kind_of(value)
    if kind in ATOMS:
        return run.python(ARITHMETIC[name], (value,), {})
    if kind is ByPhase:
        return by_phases(run, lambda values: run.unary(name, values[0]), (value,))
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if kind is Instance and type(value.cls) is LocalClass:
        found = value.cls.find(f"__{name}__")
        if found is not MISSING:
            return run.call(run.bind(found, value, value.cls), [], {})
        native = run.native_of(value)
        if native is not value:
            return run.unary(name, native)
    if kind in HOSTED or kind is Instance:
        return run.host.operate(name, (value,))
    if kind in CONTAINERS or kind in _SIMPLE:
        raise run.error(TypeError, f"bad operand type for {name}")
    return Unknown("result of an operator")


def negate(run: Dyn, value: Dyn) -> Dyn:
    """Return `not value`."""
    if type(value) is ByPhase:
        return by_phases(run, lambda values: run.negate(values[0]), (value,))
    truth = run.truth(value)
    if truth is not None:
        return not truth
    return Unknown(value.why if isinstance(value, Unknown) else "a condition that is not known")


def in_place(run: Dyn, name: str, one: Dyn, other: Dyn) -> Dyn:
    """Return what `one += other` leaves in the name."""
    kind = kind_of(one)
    if kind is list and name == "add":
        call_native(run, one, "extend", [other], {})
        return one
    if kind is collections.deque and name == "add":
        call_native(run, one, "extend", [other], {})
        return one
    if kind in DICTS and name == "or_":
        run.merge(one, other)
        return one
    if kind is set and name in {"or_", "and_", "sub", "xor"} and type(other) in SETS:
        method = {"or_": "update", "and_": "intersection_update", "sub": "difference_update"}
        call_native(run, one, method.get(name, "symmetric_difference_update"), [other], {})
        return one
    if kind is Instance and type(one.cls) is LocalClass:
        found = one.cls.find(f"__i{name.strip('_')}__")
        if found is not MISSING:
            return run.call(run.bind(found, one, one.cls), [other], {})
        native = run.native_of(one)
        if native is not one and type(native) in CONTAINERS:
            run.in_place(name, native, other)
            return one
    return run.binary(name, one, other)


def compare(run: Dyn, name: str, one: Dyn, other: Dyn) -> Dyn:
    """Apply a comparison: eq, ne, lt, le, gt, ge, is, is not, in, not in."""
    a, b = kind_of(one), kind_of(other)
    if name in _ORDERS:
        if a in ATOMS and b in ATOMS:
            return run.python(ARITHMETIC[name], (one, other), {})
        return run.binary(name, one, other)
    if name in {"eq", "ne"}:
        if (a in HOSTED or b in HOSTED) and (a in _TENSORS or b in _TENSORS) and one is not None and other is not None:
            return run.host.operate(name, (one, other))
        value = equal(run, one, other)
    elif name in {"in", "not in"}:
        value = _contains(run, other, one)
    else:
        value = same(one, other)
    return run.negate(value) if name in _NEGATIVE else value


def equal_instances(run: Dyn, one: Dyn, other: Dyn, depth: int) -> Dyn:
    """Compare when at least one is an object."""
    for left, right in ((one, other), (other, one)):
        if type(left) is not Instance:
            continue
        cls = left.cls
        if type(cls) is LocalClass:
            found = cls.find("__eq__")
            if type(found) is Function:
                result = run.call_function(found, [left, right], {})
                if result is not NotImplemented:
                    return result
            if cls.form == "dataclass" and type(right) is Instance and right.cls is cls:
                names = lang_classes.field_names(cls)
                pairs = [(left.attributes.get(each), right.attributes.get(each)) for each in names]
                return equal(run, [each for each, _ in pairs], [each for _, each in pairs], depth + 1)
            native = run.native_of(left)
            if native is not left and (cls.form != "enum" or cls.native is not None):
                return equal(run, native, run.native_of(right), depth + 1)
            if cls.open and not (right is None or type(right) in ATOMS):
                return Unknown(cls.open)
    return False


def _contains(run: Dyn, container: Dyn, value: Dyn) -> Dyn:
    kind = kind_of(container)
    if kind is ByPhase or type(value) is ByPhase:
        return by_phases(run, lambda values: _contains(run, values[0], values[1]), (container, value))
    if isinstance(container, Unknown):
        return Unknown(container.why)
    if kind is Instance:
        return _contains_instance(run, container, value)
    if kind in {str, bytes, bytearray, range}:
        value = run.native_of(value)
        if not is_plain(value):
            return Unknown(run.why((value,), "whether a text holds another"))
        if kind is range and type(value) not in {int, bool} and is_long(container):
            # Python would compare it with every number.
            return type(value) is float and value.is_integer() and int(value) in container
        return run.python(lambda: value in container, (), {})
    if kind in DICTS or kind in SETS:
        if not is_plain_key(value):
            if isinstance(value, Unknown) or not is_plain(value):
                return Unknown(run.why((value,), "a key of a dict"))
            raise run.error(TypeError, f"unhashable type: '{type(value).__name__}'")
        value = value if type(value) is not Instance or value in container else run.native_of(value)
        if value in container:
            return True
        return Unknown("a key of a dict") if run.may_hold(container, value) else False
    if kind is LocalClass and container.form == "enum":
        values = [*container.instances.values()]
    elif kind in HOSTED:
        found = run.host.attribute(container, "__contains__") if kind is not Symbol else MISSING
        if found is MISSING or isinstance(found, Unknown):
            return Unknown("whether a value is in another")
        return run.call(found, [value], {})
    else:
        values = run.iterate(container)
    if values is None:
        return Unknown(f"whether a value is in {run.describe(container)}")
    result: Dyn = False
    for each in values:
        truth = run.truth_of(equal(run, each, value)) if each is not value or not isinstance(value, Unknown) else True
        if truth:
            return True
        if truth is None:
            result = Unknown(run.why((value, each), "whether a value is in a list"))
    return Unknown("whether a value is in a list") if result is False and run.is_open(container) else result


def _contains_instance(run: Dyn, container: Instance, value: Dyn) -> Dyn:
    cls: Dyn = container.cls
    found = cls.find("__contains__") if type(cls) is LocalClass else MISSING
    if found is not MISSING:
        return run.call(run.bind(found, container, cls), [value], {})
    native = run.native_of(container)
    if native is not container:
        return _contains(run, native, value)
    if container.row is not None:
        found = run.host.attribute(container, "__contains__")
        if found is not MISSING and not isinstance(found, Unknown):
            return run.call(found, [value], {})
    values = run.iterate(container)
    return Unknown("whether a value is in an object") if values is None else _contains(run, values, value)


def truth(run: Dyn, value: Dyn) -> bool | None:
    """Whether a value is true; None where it is not known or depends on the mode of the model."""
    kind = kind_of(value)
    if kind in ATOMS:
        return bool(value)
    if kind in CONTAINERS:
        if (kind is list or kind is tuple) and value and type(value[0]) is UnknownRest:
            return True if any(type(each) is not UnknownRest for each in value) else None
        return True if value else (None if run.opened and run.is_open(value) else False)
    if isinstance(value, Unknown) or kind is ByPhase:
        return value.truth if isinstance(value, Settled) else None
    if kind in _SIMPLE or kind is Stream or kind is Super or kind is slice:
        return True
    if kind is Instance:
        cls = value.cls
        if type(cls) is LocalClass:
            for name in ("__bool__", "__len__"):
                found = cls.find(name)
                if found is not MISSING:
                    value = run.call(run.bind(found, value, cls), [], {})
                    return truth(run, value.training if type(value) is ByPhase else value)
            if cls.form == "enum" and cls.native is None:
                return True
            native = run.native_of(value)
            if native is not value:
                return truth(run, native)
            if cls.row is None:
                return None if cls.open else True
    elif kind not in HOSTED:
        return True
    answer: bool | None = run.host.truth(value)
    return answer


def truth_of(run: Dyn, value: Dyn) -> bool | None:
    """Whether a value is true in the training phase."""
    return truth(run, value.training if type(value) is ByPhase else value)


def _parts(value: Dyn) -> list[Dyn]:
    return [*value] if type(value) in CONTAINERS else [value]
