"""Python's own values inside the interpreter: which are plain, when they are equal, and how large they may become.

Knows no syntax tree and no framework. A plain value is made of constants only; what Python computes with plain values
is what the program would compute. Everything else (unknown values, tensors, objects of the program) is compared and
searched here, so that an unknown value is never taken for unequal.
"""

from __future__ import annotations

import collections
import operator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.objects import (
    DefaultDict,
    Function,
    LocalClass,
    LocalModule,
    NativeType,
    RecordTuple,
    Stream,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, ByPhase, FrameworkClass, Instance, Method, Signal, Symbol, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lintnet.loaders.source.objects import Dyn

__all__ = [
    "ARITHMETIC",
    "ATOMS",
    "CONTAINERS",
    "DICTS",
    "HOSTED",
    "LISTS",
    "MAPPINGS",
    "MOST",
    "MOST_BITS",
    "MOST_CHARACTERS",
    "SEQUENCES",
    "SETS",
    "VIEWS",
    "by_phases",
    "count_signals",
    "equal",
    "holds_signal",
    "is_long",
    "is_plain",
    "is_plain_key",
    "same",
    "size_of",
    "too_large",
]

ATOMS: Final[frozenset[type[object]]] = frozenset(
    {int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented), range}
)
LISTS: Final[frozenset[type[object]]] = frozenset({tuple, list})
DICTS: Final[frozenset[type[object]]] = frozenset({dict, collections.OrderedDict, collections.Counter, DefaultDict})
SETS: Final[frozenset[type[object]]] = frozenset({set, frozenset})
_MAPPINGS: Final[tuple[dict[int, int], ...]] = ({}, collections.OrderedDict[int, int]())
VIEWS: Final[frozenset[type[object]]] = frozenset(
    kind_of(each) for one in _MAPPINGS for each in (one.keys(), one.values(), one.items())
)
MAPPINGS: Final = DICTS
SEQUENCES: Final[frozenset[type[object]]] = frozenset(
    {tuple, list, str, bytes, bytearray, range, RecordTuple, collections.deque}
)
CONTAINERS: Final = frozenset({tuple, list, set, frozenset, RecordTuple, collections.deque, bytearray}) | DICTS | VIEWS
HOSTED: Final = frozenset({Signal, Weight, Symbol})
"""Types of values whose operators are the host's."""

MOST: Final = 200_000
"""Elements of a container."""
MOST_CHARACTERS: Final = 1_000_000
MOST_BITS: Final = 4_096
"""Bits of an integer."""
_MOST_VISITS: Final = 20_000


def is_plain(value: Dyn) -> bool:
    """Whether a value is made of constants only (and is small enough to find out)."""
    kind = kind_of(value)
    if kind in ATOMS:
        return True
    if kind is not slice and kind not in CONTAINERS:
        return False
    stack: list[Any] = [value]
    visits = 0
    while stack:
        each = stack.pop()
        kind = kind_of(each)
        if kind in ATOMS:
            continue
        if kind is slice:
            stack += (each.start, each.stop, each.step)
            continue
        if kind not in CONTAINERS:
            return False
        if kind is bytearray:
            continue
        visits += len(each) + 1
        if visits > _MOST_VISITS:
            return False
        if kind in DICTS:
            stack += each
            stack += each.values()
        else:
            stack += each
    return True


_OBJECTS: Final = frozenset(
    {Function, LocalClass, LocalModule, NativeType, Builtin, FrameworkClass, Instance, Method, Signal, Weight}
)
_KEYS: Final = _OBJECTS | {Symbol}


def is_plain_key(value: Dyn) -> bool:
    """Whether a value as a key of a dict is found again: a constant, or an object that is only equal to itself."""
    kind = kind_of(value)
    if kind in ATOMS or kind in _KEYS:
        return True
    if kind not in _KEY_CONTAINERS:
        return False
    stack: list[Any] = [value]
    visits = 0
    while stack:
        each = stack.pop()
        kind = kind_of(each)
        if kind in ATOMS or kind in _KEYS:
            continue
        visits += 1
        if kind not in _KEY_CONTAINERS or visits > 1000 or len(each) > 10_000:
            return False
        stack += each
    return True


_ORDERED: Final = frozenset({tuple, list, RecordTuple, collections.deque})
_TUPLES: Final = frozenset({tuple, RecordTuple})
_KEY_CONTAINERS: Final = frozenset({tuple, RecordTuple, frozenset})


def size_of(value: Dyn) -> int:
    """Return the number of elements or characters, 1 for what has none."""
    try:
        return len(value)
    except (TypeError, OverflowError):
        return 1


def equal(run: Dyn, one: Dyn, other: Dyn, depth: int = 0) -> Dyn:
    """Return whether two values are equal as `==` says; Unknown where it cannot be known."""
    if one is other:
        return Unknown("compared with itself") if type(one) is Unknown and depth == 0 else True
    a, b = kind_of(one), kind_of(other)
    if a in ATOMS and b in ATOMS:
        return one == other
    if isinstance(one, Unknown):
        return Unknown(one.why)
    if isinstance(other, Unknown):
        return Unknown(other.why)
    if a is ByPhase or b is ByPhase:
        left = equal(run, one.training if a is ByPhase else one, other.training if b is ByPhase else other, depth + 1)
        right = equal(
            run, one.inference if a is ByPhase else one, other.inference if b is ByPhase else other, depth + 1
        )
        return left if left is right else ByPhase(left, right)
    if a is Instance or b is Instance:
        return run.equal_instances(one, other, depth)
    if a in {Weight, Signal} or b in {Weight, Signal}:
        if a is b:
            return Unknown("tensors are compared") if one != other else True
        return False if one is None or other is None or a is str or b is str else Unknown("tensors are compared")
    if a is Symbol or b is Symbol:
        if a is b:
            return one.path == other.path
        rest = b if a is Symbol else a
        return False if rest is type(None) or rest in _OBJECTS else Unknown("a value that is not known")
    if a is FrameworkClass and b is FrameworkClass:
        return one.path == other.path
    if a is Method and b is Method:
        return one.function is other.function and one.target is other.target
    if a not in CONTAINERS or b not in CONTAINERS:
        return False
    if depth > 10:
        return Unknown("nested too deeply")
    run.tick(8)
    if run.opened and (run.is_open(one) or run.is_open(other)):
        return Unknown("a container is not known")
    if any(kind in _ORDERED and UnknownRest in map(type, each) for kind, each in ((a, one), (b, other))):
        return Unknown("a container is not known")
    if is_plain(one) and is_plain(other):
        return one == other
    if (a in _TUPLES and b in _TUPLES) or (a is b and a is list) or (a is b and a is collections.deque):
        return False if len(one) != len(other) else _all_equal(run, zip(one, other, strict=True), depth)
    if a in DICTS and b in DICTS:
        if len(one) != len(other) or any(key not in other for key in one):
            return False
        return _all_equal(run, ((value, other[key]) for key, value in one.items()), depth)
    if a in SETS and b in SETS:
        return one == other
    return False


def _all_equal(run: Dyn, pairs: Iterable[tuple[Dyn, Dyn]], depth: int) -> Dyn:
    result: Dyn = True
    for one, other in pairs:
        truth = equal(run, one, other, depth + 1)
        if truth is False:
            return False
        if truth is not True:
            result = truth if isinstance(truth, Unknown) else Unknown("depends on the mode of the model")
    return result


def same(one: Dyn, other: Dyn) -> Dyn:
    """Return whether two values are the same object as `is` says; Unknown where it cannot be known."""
    a, b = kind_of(one), kind_of(other)
    if isinstance(one, Unknown):
        return Unknown(one.why)
    if isinstance(other, Unknown):
        return Unknown(other.why)
    if a is ByPhase or b is ByPhase:
        left = same(one.training if a is ByPhase else one, other.training if b is ByPhase else other)
        right = same(one.inference if a is ByPhase else one, other.inference if b is ByPhase else other)
        return left if left is right else ByPhase(left, right)
    if one is other:
        return True
    if a is not b:
        return False
    if a in {Symbol, FrameworkClass}:
        return one.path == other.path
    if a in ATOMS or a is Signal or (a is tuple and not one and not other):
        return bool(one == other)
    if a is Method:
        return False
    return False


def count_signals(values: Iterable[Dyn]) -> int:
    """Count the tensors among values and in containers among them, as far as they are not very large."""
    count = visits = 0
    stack: list[Any] = [*values]
    while stack and visits < 5000:
        each = stack.pop()
        kind = kind_of(each)
        visits += 1
        if kind is Signal:
            count += 1
        elif kind is ByPhase:
            stack += (each.training, each.inference)
        elif kind in CONTAINERS and kind is not bytearray:
            stack += islice(each.values() if kind in DICTS else each, 1000)
    return count


def holds_signal(values: Iterable[Dyn], wanted: Signal) -> bool:
    """Whether a tensor is among values or in containers among them, as far as they are not very large."""
    visits = 0
    stack: list[Any] = [*values]
    while stack and visits < 5000:
        each = stack.pop()
        kind = kind_of(each)
        visits += 1
        if kind is Signal:
            if each.edge == wanted.edge:
                return True
        elif kind in CONTAINERS and kind is not bytearray:
            stack += islice(each.values() if kind in DICTS else each, 1000)
    return False


def by_phases(run: Dyn, function: Callable[[list[Dyn]], Dyn], values: Sequence[Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    """Compute once for each mode of the model."""
    training = function([each.training if type(each) is ByPhase else each for each in values])
    inference = function([each.inference if type(each) is ByPhase else each for each in values])
    if training is inference or (
        type(training) in ATOMS and type(training) is type(inference) and training == inference
    ):
        return training
    return ByPhase(training, inference)


def too_large(name: str, one: Dyn, other: Dyn) -> bool:
    """Whether the result of an operator on plain values would be larger than values may be."""
    a, b = kind_of(one), kind_of(other)
    whole = (a is int or a is bool) and (b is int or b is bool)
    if name == "mul":
        if whole:
            return bool(one.bit_length() + other.bit_length() > MOST_BITS)
        if a in {str, bytes, bytearray} and b is int:
            return bool(len(one) * other > MOST_CHARACTERS)
        if b in {str, bytes, bytearray} and a is int:
            return bool(len(other) * one > MOST_CHARACTERS)
        if b is int and a in CONTAINERS:
            return bool(len(one) * other > MOST)
        if a is int and b in CONTAINERS:
            return bool(len(other) * one > MOST)
        return False
    if name == "pow":
        if whole:
            return bool(other > 0 and one.bit_length() * other > MOST_BITS)
        return False
    if name == "lshift":
        return bool(whole and other > 0 and (other > MOST_BITS or one.bit_length() + other > MOST_BITS))
    if name in {"add", "sub"}:
        if whole:
            return bool(one.bit_length() > MOST_BITS or other.bit_length() > MOST_BITS)
        if a is b and a in {str, bytes, bytearray}:
            return len(one) + len(other) > MOST_CHARACTERS
        if a is b and a in CONTAINERS:
            return len(one) + len(other) > MOST
        return False
    if name == "mod" and a in {str, bytes}:
        return is_wide(one)
    return False


def is_long(value: Dyn) -> bool:
    """Whether a value is a range of more numbers than a container may hold."""
    return type(value) is range and abs(value.stop - value.start) > MOST * abs(value.step)


def is_wide(form: Dyn) -> bool:
    """Whether a format asks for widths that may be large: `%1000000d`, `%*d`."""
    text = form.decode("latin-1") if isinstance(form, bytes | bytearray) else form
    if len(text) > 20_000:
        return True
    digits = 0
    for character in text:
        if character.isdigit():
            digits += 1
            if digits > 4:
                return True
        else:
            digits = 0
    return ".*" in text or any(part.lstrip("-+ #0").startswith("*") for part in text.split("%")[1:])


ARITHMETIC: Final[dict[str, Any]] = {
    name: getattr(operator, name)
    for name in (
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
        *("and_", "or_", "xor", "lshift", "rshift"),
        *("lt", "le", "gt", "ge", "neg", "pos", "invert"),
    )
}
"""Python's operators under the names of the module `operator`."""


def is_stream(value: Dyn) -> bool:
    """Whether a value is an iterator of the program."""
    return type(value) is Stream
