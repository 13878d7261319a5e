"""Containers and iteration inside the interpreter: elements, lengths, unpacking, and what may be missing from them.

A container that may hold more than is known is *open*: its length is unknown, and so is what it does not hold. Knows
the language and no framework. The functions here are methods of the `Interpreter`, which comes as `run`.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes, library
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_values import (
    ATOMS,
    CONTAINERS,
    DICTS,
    MOST,
    SETS,
    VIEWS,
    by_phases,
    is_long,
    is_plain,
    is_plain_key,
)
from lintnet.loaders.source.objects import (
    ClassMethod,
    DefaultDict,
    Function,
    LocalClass,
    LocalModule,
    Native,
    NativeType,
    Partial,
    Raised,
    RecordTuple,
    Stream,
    UnionType,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import (
    Builtin,
    ByPhase,
    FrameworkClass,
    Instance,
    Method,
    ShapeOf,
    Signal,
    Symbol,
    Weight,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lintnet.loaders.source.objects import Dyn
    from lintnet.loaders.source.values import Value

__all__ = [
    "advance",
    "delete_item",
    "element",
    "get_item",
    "in_doubt",
    "is_open",
    "iterate",
    "iterator",
    "length",
    "make_dict",
    "make_set",
    "matters",
    "may_hold",
    "merge",
    "note_open",
    "open_up",
    "paid",
    "reason",
    "set_item",
    "spread",
    "spread_keywords",
    "stream",
    "tick",
    "unpack",
]

_CLASSES: Final = frozenset({LocalClass, FrameworkClass, NativeType, UnionType})
_GROWING: Final = frozenset({list, collections.deque, set}) | DICTS
_SIMPLE: Final = frozenset(
    {Function, LocalClass, LocalModule, FrameworkClass, NativeType, Builtin, Method, Partial, Native}
)


_TENSORS: Final = frozenset({Signal, Weight})


def is_open(run: Dyn, container: Dyn) -> bool:
    """Whether a container may hold more than is known."""
    return id(container) in run.opened


def may_hold(run: Dyn, container: Dyn, key: Dyn) -> bool:
    """Whether a dict or set that does not hold a key may do so after all."""
    if type(key) is Symbol or (run.opened and run.is_open(container)):
        return True
    return any(type(each) is Symbol for each in container) if len(container) < 1000 else False


def note_open(run: Dyn, container: Dyn) -> Dyn:
    """Note that a container may hold more than is known, and return it."""
    run.opened[id(container)] = container
    return container


def open_up(run: Dyn, container: Dyn, why: str) -> None:
    """Note that elements may have been added to a list or dict."""
    kind = kind_of(container)
    if kind not in _GROWING:
        return
    run.note_change(container)
    if (kind is list or kind is collections.deque) and not (container and type(container[-1]) is UnknownRest):
        container.append(UnknownRest(why))
    run.note_open(container)


def _rest_before(values: Dyn, key: int) -> Unknown | None:
    """Return what stands for any number of elements between an index and the end it counts from, None if nothing."""
    if UnknownRest not in map(type, values):
        return None
    part = [*values][: key + 1] if key >= 0 else [*values][key:]
    return next((each for each in part if type(each) is UnknownRest), None)


def reason(run: Dyn, value: Dyn, text: str) -> str:  # noqa: ARG001 - called through a table with the others
    """Say why a value is not known."""
    if isinstance(value, Unknown) and value.why:
        return value.why
    return f"`{text}` is not known"


def element(run: Dyn, source: Dyn, why: str) -> Dyn:
    """Return an element of something whose elements are not known."""
    if type(source) is Signal or type(source) is Weight:
        return run.host.operate("getitem", (source, Unknown(why)))
    return Unknown(why)


def tick(run: Dyn, count: int = 1) -> None:
    """Pay for an iteration."""
    run.budget.left -= count
    if run.budget.left < 0:
        run.budget.check()


def matters(run: Dyn, value: Dyn) -> bool:
    """Whether a value is part of a model."""
    return type(value) in {Instance, Signal} or (kind_of(value) is tuple and any(run.matters(each) for each in value))


def in_doubt(run: Dyn, found: list[Dyn], doubt: Unknown) -> Dyn:
    """Return the list of a comprehension whose number of elements is not known."""
    if not any(run.matters(each) for each in found):
        return Unknown(doubt.why)
    run.open_up(found, doubt.why)
    return found


def make_set(run: Dyn, values: list[Dyn]) -> Dyn:
    """Make a set, unknown where it cannot be said which elements are equal."""
    values = [each.training if type(each) is ByPhase else each for each in values]
    if not all(is_plain_key(each) for each in values):
        for each in values:
            if type(each) in {list, dict, set}:
                raise run.error(TypeError, f"unhashable type: '{type(each).__name__}'")
        return Unknown(run.why(values, "a set that is not known"))
    run.budget.allocate(len(values))
    return set(values)


def make_dict(run: Dyn, pairs: list[tuple[Dyn, Dyn]], doubt: Unknown | None) -> Dyn:
    """Make a dict of pairs."""
    result: dict[Any, Any] = {}
    for key, value in pairs:
        run.set_item(result, key, value)
    run.budget.allocate(len(result))
    return result if doubt is None else run.note_open(result)


def merge(run: Dyn, target: dict[Any, Any], value: Dyn) -> None:
    """Add the items of a mapping, or of a list of pairs, to a dict."""
    run.note_change(target)
    value = run.native_of(value)
    kind = kind_of(value)
    if kind in DICTS:
        if run.is_open(value):
            run.forget_values(target, "a value of a dict may have been replaced")
            run.note_open(target)
        target.update(value)
        run.budget.allocate(len(value))
        return
    pairs = None
    if kind is Instance:
        found = run.get_or(value, "items", None)
        pairs = run.iterate(run.call(found, [], {})) if found is not None else None
    elif not isinstance(value, Unknown):
        pairs = run.iterate(value)
    if pairs is None:
        run.forget_values(target, run.why((value,), "a value of a dict may have been replaced"))
        run.note_open(target)
        return
    for each in pairs:
        items = None if isinstance(each, Unknown) else run.iterate(each)
        if items is None:
            run.forget_values(target, "a value of a dict may have been replaced")
            run.note_open(target)
        elif len(items) != 2:
            raise run.error(ValueError, f"a pair is expected, this has length {len(items)}")
        else:
            run.set_item(target, items[0], items[1])


def stream(run: Dyn, values: Iterable[Dyn]) -> Stream:  # noqa: ARG001 - called through a table with the others
    """Make an iterator of the program."""
    return Stream(values)


def advance(run: Dyn, stream: Stream, default: Dyn = MISSING) -> Dyn:
    """Return the next element of an iterator."""
    run.note_change(stream)
    run.tick()
    for each in stream.source:
        return Unknown(each.why) if type(each) is UnknownRest else each
    if default is MISSING:
        raise run.error(StopIteration)
    return default


def iterate(run: Dyn, value: Value) -> list[Value] | None:
    """Return the elements of an iterable value, None where they are not known or too many."""
    kind = kind_of(value)
    if kind in {list, tuple}:
        return list(value)  # type: ignore[call-overload,no-any-return] # pyright: ignore[reportUnknownVariableType, reportCallIssue, reportArgumentType]
    elements = run.iterator(value)
    if elements is None:
        return None
    result: list[Value] = []
    for each in elements:
        result.append(each)
        if not len(result) & 63:
            run.tick(64)
            if len(result) > MOST:
                return None
    run.budget.allocate(len(result))
    return result


def iterator(run: Dyn, value: Dyn) -> Iterator[Dyn] | None:
    """Return an iterator of Python over the elements of a value, None where they are not known.

    Raises:
        Raised: TypeError for a constant that cannot be iterated over.
    """
    kind = kind_of(value)
    if kind in {list, tuple, str, bytes, range, RecordTuple, bytearray}:
        plain: Iterator[Dyn] = iter(value)
        return paid(run, plain) if is_long(value) else plain
    if kind in DICTS or kind in VIEWS or kind is collections.deque:
        values: list[Dyn] = [*value]
        if run.opened and run.is_open(value):
            values.append(UnknownRest("keys that are not known"))
        return iter(values)
    if kind in SETS:
        if run.opened and run.is_open(value):
            return None
        # The order of texts in a set differs from run to run; that of the report must not.
        texts = [each for each in value if type(each) is str]
        return iter(sorted(texts)) if len(texts) == len(value) else iter([*value])
    if kind is Stream:
        run.note_change(value)
        source: Iterator[Dyn] = value.source
        return source
    if isinstance(value, Unknown) or kind is Symbol:
        return None
    if kind is ByPhase:
        return iterator(run, value.training)
    if kind is Instance:
        return _iterate_instance(run, value)
    if kind is LocalClass and value.form == "enum":
        return iter(lang_classes.members(value))
    if kind in _TENSORS:
        found = run.host.attribute(value, "__iter__")
        if found is MISSING or isinstance(found, Unknown):
            return None
        return _iterator_of(run, run.call(found, [], {}), value)
    if kind is Method and type(value.function) is not Function:
        return None
    if kind in ATOMS or kind in _SIMPLE:
        raise run.error(TypeError, f"{run.describe(value)} is not iterable")
    return None


def paid(run: Dyn, source: Iterator[Dyn]) -> Iterator[Dyn]:
    """Pay for every element of an iterator of Python that may have no end."""
    for each in source:
        run.tick()
        yield each


def _iterator_of(run: Dyn, result: Dyn, value: Dyn) -> Iterator[Dyn] | None:
    return None if result is value else run.iterator(result)


def _iterate_instance(run: Dyn, value: Instance) -> Iterator[Dyn] | None:
    cls: Dyn = value.cls
    if type(cls) is LocalClass:
        found = cls.find("__iter__")
        if found is not MISSING:
            result = run.call(run.bind(found, value, cls), [], {})
            return _step_through(run, value, cls) if result is value else run.iterator(result)
        native = run.native_of(value)
        if native is not value:
            return iterator(run, native)
        if cls.find("__getitem__") is not MISSING and cls.row is None:
            return _index_through(run, value)
    if value.row is not None or type(cls) is not LocalClass:
        method = run.host.attribute(value, "__iter__")
        if method is MISSING or isinstance(method, Unknown):
            return None
        return _iterator_of(run, run.call(method, [], {}), value)
    if cls.open:
        return None
    raise run.error(TypeError, f"'{cls.name}' object is not iterable")


def _step_through(run: Dyn, value: Instance, cls: LocalClass) -> Iterator[Dyn] | None:
    found = cls.find("__next__")
    if found is MISSING:
        return None

    def steps() -> Iterator[Dyn]:
        while True:
            run.tick()
            try:
                yield run.call(run.bind(found, value, cls), [], {})
            except Raised as error:
                if error.name == "StopIteration":
                    return
                raise

    return steps()


def _index_through(run: Dyn, value: Instance) -> Iterator[Dyn]:
    index = 0
    while True:
        run.tick()
        try:
            yield run.get_item(value, index)
        except Raised as error:
            if error.name in {"IndexError", "StopIteration"}:
                return
            raise
        index += 1


def unpack(run: Dyn, value: Dyn, count: int, star: int) -> list[Dyn]:
    """Return the values for so many targets, the one at index `star` (if not negative) taking any number of them."""
    if type(value) is ByPhase:
        value = value.training
    if star < 0 and (isinstance(value, Unknown) or type(value) is Signal):
        parts: list[Dyn] | None = run.host.unpack(value, count)
        if parts is not None:
            return parts
    if isinstance(value, Unknown):
        return [Unknown(value.why) for _ in range(count)]
    if type(value) is Signal or type(value) is Weight:
        if star >= 0:
            return [Unknown("parts of a tensor") for _ in range(count)]
        elements = run.host.attribute(value, "__iter__")
        if elements is MISSING or isinstance(elements, Unknown):
            return [run.host.operate("getitem", (value, index)) for index in range(count)]
    values: list[Dyn] | None = run.iterate(value)
    if values is None:
        why = f"the elements of {run.describe(value)}"
        return [Unknown(why) for _ in range(count)]
    if run.is_open(value) or UnknownRest in map(type, values):
        return [Unknown("the elements of a list") for _ in range(count)]
    if star >= 0:
        behind = count - star - 1
        if len(values) < count - 1:
            raise run.error(
                ValueError, f"not enough values to unpack (expected at least {count - 1}, got {len(values)})"
            )
        end = len(values) - behind
        return [*values[:star], values[star:end], *values[end:]]
    if len(values) != count:
        word = "too many" if len(values) > count else "not enough"
        raise run.error(ValueError, f"{word} values to unpack (expected {count})")
    return values


def length(run: Dyn, value: Dyn) -> Dyn:
    """Return `len(value)`."""
    kind = kind_of(value)
    if kind in CONTAINERS or kind in {str, bytes, range}:
        if run.opened and run.is_open(value):
            return Unknown("a number of elements")
        if kind in {list, tuple} and value and UnknownRest in map(type, value):
            return Unknown("a number of elements")
        return run.python(len, (value,), {})
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if kind is ByPhase:
        return by_phases(run, lambda values: run.length(values[0]), (value,))
    if kind is Instance and type(value.cls) is LocalClass:
        found = value.cls.find("__len__")
        if found is not MISSING:
            return run.call(run.bind(found, value, value.cls), [], {})
        native = run.native_of(value)
        if native is not value:
            return run.length(native)
        if value.row is None and not value.cls.open:
            raise run.error(TypeError, f"object of type '{value.cls.name}' has no len()")
    if kind is LocalClass and value.form == "enum":
        return len(lang_classes.members(value))
    if kind in _TENSORS or kind is Instance:
        found = run.host.attribute(value, "__len__")
        if found is not MISSING and not isinstance(found, Unknown):
            return run.call(found, [], {})
        return Unknown(f"the length of {run.describe(value)}")
    if kind in ATOMS or kind in _SIMPLE or kind is Stream:
        raise run.error(TypeError, f"{run.describe(value)} has no len()")
    return Unknown("a number of elements")


def get_item(run: Dyn, value: Dyn, key: Dyn) -> Dyn:
    """Return `value[key]`."""
    kind = kind_of(value)
    if kind in {list, tuple} and type(key) is int:
        size = len(value)
        rest = _rest_before(value, key)
        if rest is not None:
            return Unknown(rest.why)
        if -size <= key < size:
            return value[key]
        raise run.error(IndexError, f"{kind.__name__} index out of range")
    if kind is ByPhase or type(key) is ByPhase:
        return by_phases(run, lambda values: run.get_item(values[0], values[1]), (value, key))
    if kind in _TENSORS:
        return run.host.operate("getitem", (value, key))
    if isinstance(value, Unknown):
        run.doubts += 1
        return value.item(key) if type(value) is ShapeOf and type(key) is int else Unknown(value.why)
    if kind in DICTS:
        return _get_key(run, value, key)
    if kind in {list, tuple, str, bytes, bytearray, range, RecordTuple, collections.deque}:
        key = _index(run, key)
        if isinstance(key, Unknown) or not is_plain(key):
            return Unknown(run.why((key,), "an element of a list"))
        if kind in {list, tuple, collections.deque} and UnknownRest in map(type, value):
            first = next(index for index, each in enumerate(value) if type(each) is UnknownRest)
            whole = type(key) is slice and key == slice(None)
            if not whole and not (
                type(key) is slice
                and type(key.stop) is int
                and 0 <= key.stop <= first
                and (key.start is None or key.start >= 0)
                and (key.step is None or key.step > 0)
            ):
                return Unknown(value[first].why)
            made = value[key]
            return run.note_open(made) if whole else made
        return run.python(lambda: value[key], (), {})
    if kind is Instance:
        return _get_item_instance(run, value, key)
    if kind is LocalClass:
        return _get_item_class(run, value, key)
    if kind in _CLASSES or kind is Builtin:
        return value
    if kind is Symbol:
        found = library.subscript(run, value, key)
        return run.host.operate("getitem", (value, key)) if found is MISSING else found
    if kind in ATOMS or kind in SETS or kind in VIEWS:
        raise run.error(TypeError, f"'{kind.__name__}' object is not subscriptable")
    return Unknown("an element that is not known")


def _index(run: Dyn, key: Dyn) -> Dyn:
    """Return an index or slice as Python itself takes it."""
    if type(key) is Instance:
        native = run.native_of(key)
        if native is key:
            found = run.get_or(key, "__index__", None)
            return Unknown("an index") if found is None else run.call(found, [], {})
        return native
    if type(key) is slice:
        parts = [_index(run, each) for each in (key.start, key.stop, key.step)]
        unknown = [each for each in parts if isinstance(each, Unknown)]
        return unknown[0] if unknown else slice(*parts)
    return key


def _get_key(run: Dyn, value: Dyn, key: Dyn) -> Dyn:
    if type(key) is Instance and key not in value:
        key = run.native_of(key)
    if not is_plain_key(key):
        if is_plain(key) and type(key) is not slice:
            raise run.error(TypeError, f"unhashable type: '{type(key).__name__}'")
        run.doubts += 1
        return Unknown(run.why((key,), "a value of a dict"))
    if key in value:
        return value[key]
    if run.may_hold(value, key):
        run.doubts += 1
        return Unknown("a value of a dict")
    if type(value) is DefaultDict and value.factory is not None:
        run.note_change(value)
        made = value[key] = run.call(value.factory, [], {})
        return made
    if type(value) is collections.Counter:
        return 0
    raise run.error(KeyError, key)


def _get_item_instance(run: Dyn, value: Instance, key: Dyn) -> Dyn:
    cls: Dyn = value.cls
    if type(cls) is LocalClass:
        found = cls.find("__getitem__")
        if found is not MISSING:
            return run.call(run.bind(found, value, cls), [key], {})
        native = run.native_of(value)
        if native is not value:
            missing = cls.find("__missing__")
            if missing is not MISSING and type(native) in DICTS and is_plain_key(key) and key not in native:
                return run.call(run.bind(missing, value, cls), [key], {})
            return run.get_item(native, key)
        if value.row is None:
            if cls.open or "open" in value.extra:
                return Unknown(run.open_reason(value))
            raise run.error(TypeError, f"'{cls.name}' object is not subscriptable")
    return run.host.operate("getitem", (value, key))


def _get_item_class(run: Dyn, cls: LocalClass, key: Dyn) -> Dyn:
    if cls.form == "enum" and not isinstance(key, Unknown):
        if is_plain_key(key) and key in cls.instances:
            return cls.instances[key]
        raise run.error(KeyError, key)
    if cls.form == "enum":
        return Unknown("a member of an enumeration")
    found = cls.find("__class_getitem__")
    if type(found) in {Function, ClassMethod}:
        return run.call(found.function if type(found) is ClassMethod else found, [cls, key], {})
    return cls


def set_item(run: Dyn, value: Dyn, key: Dyn, new: Dyn) -> Dyn:
    """Do `value[key] = new`, and return what the host makes of a tensor that is changed so."""
    kind = kind_of(value)
    if run.changes is not None:
        run.note_change(value)
    if type(key) is ByPhase:
        key = key.training
    if kind in DICTS:
        if type(key) is Instance and key not in value:
            native = run.native_of(key)
            key = native if native in value and is_plain_key(native) else key
        if is_plain_key(key):
            if len(value) < MOST or key in value:
                value[key] = new
        elif is_plain(key):
            raise run.error(TypeError, f"unhashable type: '{type(key).__name__}'")
        else:
            run.forget_values(value, "a value of a dict that is not known was replaced", new)
            run.note_open(value)
        return None
    if kind is list or kind is collections.deque or kind is bytearray:
        return _set_index(run, value, key, new)
    if kind is Instance:
        cls = value.cls
        if type(cls) is LocalClass:
            found = cls.find("__setitem__")
            if found is not MISSING:
                run.call(run.bind(found, value, cls), [key, new], {})
                return None
            native = run.native_of(value)
            if native is not value:
                return run.set_item(native, key, new)
            if value.row is None:
                return None
        return run.host.operate("setitem", (value, key, new))
    if kind in _TENSORS:
        return run.host.operate("setitem", (value, key, new))
    if kind in ATOMS or kind in {tuple, RecordTuple}:
        raise run.error(TypeError, f"'{kind.__name__}' object does not support item assignment")
    return None


def _set_index(run: Dyn, value: Dyn, key: Dyn, new: Dyn) -> None:
    part = type(key) is slice
    key = _index(run, key)
    if part and type(key) is not slice:
        run.forget(value, "parts of it were replaced")
        return
    if type(key) is slice:
        values = run.iterate(new)
        if kind_of(value) is bytearray:
            return
        if values is None or not is_plain(key) or (UnknownRest in map(type, value) and key != slice(None)):
            run.forget(value, "parts of it were replaced")
        elif len(values) + len(value) <= MOST:
            run.python(value.__setitem__, (key, values), {})
        return
    if type(key) is int and kind_of(value) is not bytearray and _rest_before(value, key) is not None:
        run.forget_values(value, "an element that is not known was replaced", new)
    elif not isinstance(key, Unknown) and is_plain(key):
        run.python(value.__setitem__, (key, new), {})
    elif kind_of(value) is not bytearray:
        # Any element may have been replaced.
        run.forget_values(value, "an element that is not known was replaced", new)


def delete_item(run: Dyn, value: Dyn, key: Dyn) -> None:
    """Do `del value[key]`."""
    kind = kind_of(value)
    run.note_change(value)
    if kind in DICTS:
        if not is_plain_key(key):
            run.forget(value, "a key was deleted that is not known")
        elif key in value:
            del value[key]
        elif not run.is_open(value):
            raise run.error(KeyError, key)
    elif kind is list or kind is collections.deque:
        key = _index(run, key)
        if isinstance(key, Unknown) or not is_plain(key) or UnknownRest in map(type, value):
            run.forget(value, "an element was deleted that is not known")
        else:
            run.python(value.__delitem__, (key,), {})
    elif kind is Instance:
        found = value.cls.find("__delitem__") if type(value.cls) is LocalClass else MISSING
        if found is not MISSING:
            run.call(run.bind(found, value, value.cls), [key], {})
            return
        native = run.native_of(value)
        if native is not value:
            run.delete_item(native, key)
        elif value.row is not None or type(value.cls) is not LocalClass:
            run.host.operate("delitem", (value, key))


def spread(run: Dyn, value: Dyn) -> list[Dyn]:
    """Return the elements of a value behind a `*`."""
    if isinstance(value, Unknown):
        return [UnknownRest(value.why)]
    values: list[Dyn] | None = run.iterate(value)
    if values is None:
        return [UnknownRest(f"the elements of {run.describe(value)}")]
    return values


def spread_keywords(run: Dyn, value: Dyn, keywords: dict[str, Dyn]) -> None:
    """Add the items of a value behind a `**` to keyword arguments."""
    value = run.native_of(value)
    if type(value) in DICTS:
        if run.is_open(value):
            keywords["**"] = Unknown(run.reason(value, "keyword arguments"))
        keywords.update({key: each for key, each in value.items() if type(key) is str})
        return
    if type(value) is Instance or isinstance(value, Unknown):
        keys = (
            run.iterate(run.call(found, [], {}))
            if (found := run.get_or(value, "keys", None)) is not None and not isinstance(found, Unknown)
            else None
        )
        if keys is not None and all(type(each) is str for each in keys):
            for key in keys:
                keywords[key] = run.get_item(value, key)
            return
    keywords["**"] = Unknown(run.reason(value, "keyword arguments"))
