"""Methods of Python's own types inside the interpreter: what `text.split(",")`, `layers.append(x)`, `d.items()` do.

A method of a constant with constant arguments is Python's own, as far as its result is not large. Methods of
containers, which may hold anything, stand here. Knows no syntax tree and no framework.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.lang_values import (
    DICTS,
    MOST,
    MOST_CHARACTERS,
    VIEWS,
    by_phases,
    equal,
    is_long,
    is_plain,
    is_plain_key,
    is_wide,
)
from lintnet.loaders.source.objects import (
    DefaultDict,
    LocalClass,
    NativeType,
    RecordTuple,
    Stream,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import ByPhase, FrameworkClass, Instance, Signal, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.source.objects import Dyn

__all__ = ["NATIVES", "call_native", "has_native", "key_function", "sort", "text_of"]

NATIVES: Final[frozenset[type[object]]] = (
    frozenset(
        {int, float, complex, str, bytes, bytearray, bool, type(None), type(...), type(NotImplemented), range, slice}
        | {tuple, list, set, frozenset, collections.deque}
    )
    | DICTS
    | VIEWS
)

_TEXT: Final = frozenset(
    [
        "capitalize",
        "casefold",
        "count",
        "encode",
        "endswith",
        "find",
        "index",
        "isalnum",
        "isalpha",
        "isascii",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isprintable",
        "isspace",
        "istitle",
        "isupper",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "rfind",
        "rindex",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "swapcase",
        "title",
        "upper",
        "decode",
        "hex",
        "maketrans",
        "__len__",
        "__contains__",
        "__eq__",
        "__ne__",
        "__str__",
        "__repr__",
        "__hash__",
        "__lt__",
    ]
)
_WIDE: Final = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})
_NUMBER: Final = frozenset(
    [
        "bit_length",
        "bit_count",
        "conjugate",
        "is_integer",
        "as_integer_ratio",
        "hex",
        "__abs__",
        "__add__",
        "__sub__",
        "__mul__",
        "__neg__",
        "__eq__",
        "__ne__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__str__",
        "__repr__",
        "__bool__",
        "__hash__",
        "__floor__",
        "__ceil__",
        "__round__",
        "__int__",
        "__float__",
        "__radd__",
        "__rsub__",
        "__index__",
        "__trunc__",
        "count",
        "index",
    ]
)
_WRITING: Final = frozenset(
    [
        *("append", "appendleft", "extend", "insert", "pop", "popleft", "remove", "clear", "sort", "reverse", "rotate"),
        *("popitem", "setdefault", "update", "move_to_end", "subtract", "__setitem__", "add", "discard"),
        *("intersection_update", "difference_update", "symmetric_difference_update"),
    ]
)
"""Methods that change what they are called on."""
_FIELDS: Final[dict[type, frozenset[str]]] = {
    int: frozenset({"real", "imag", "numerator", "denominator"}),
    bool: frozenset({"real", "imag", "numerator", "denominator"}),
    float: frozenset({"real", "imag"}),
    complex: frozenset({"real", "imag"}),
    range: frozenset({"start", "stop", "step"}),
    slice: frozenset({"start", "stop", "step"}),
    collections.deque: frozenset({"maxlen"}),
}
_PLAIN: Final[dict[type, frozenset[str]]] = {
    str: _TEXT,
    bytes: _TEXT,
    bytearray: _TEXT,
    int: _NUMBER,
    bool: _NUMBER,
    float: _NUMBER,
    complex: _NUMBER,
    range: _NUMBER | {"__len__"},
    slice: frozenset({"indices"}),
}


def has_native(value: Dyn, name: str) -> str:
    """Return what a constant or container has under a name: "method", "field", or nothing."""
    kind = kind_of(value)
    if name in _FIELDS.get(kind, ()):
        return "field"
    if name in _PLAIN.get(kind, ()) or _handler(kind, name) is not None:
        return "method"
    return ""


def call_native(run: Dyn, target: Dyn, name: str, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Call a method of a constant or a container."""
    kind = kind_of(target)
    handler = _handler(kind, name)
    if handler is not None:
        if run.changes is not None and name in _WRITING:
            run.note_change(target)
        return handler(run, target, arguments, keywords)
    if name not in _PLAIN.get(kind, ()):
        if name.startswith("__") or getattr(kind, name, None) is not None:
            return Unknown(f"result of `{name}`")
        raise run.error(AttributeError, f"'{kind.__name__}' object has no attribute '{name}'")
    if any(type(each) is ByPhase for each in arguments):
        return by_phases(run, lambda values: call_native(run, target, name, values, keywords), arguments)
    arguments = [run.native_of(each) for each in arguments]
    if not (all(is_plain(each) for each in arguments) and all(is_plain(each) for each in keywords.values())):
        return Unknown(run.why((*arguments, *keywords.values()), f"result of `{name}`"))
    if (name == "__round__" and any(type(each) is int and abs(each) > 1000 for each in arguments)) or (
        is_long(target) and name in {"count", "index"} and [type(each) for each in arguments] != [int]
    ):
        return Unknown("a value that takes long to compute")
    return run.python(getattr(target, name), arguments, keywords)


def _handler(kind: type, name: str) -> Dyn:
    table = _TABLES.get(kind)
    return None if table is None else table.get(name)


def text_of(run: Dyn, value: Dyn, *, quoted: bool = False, depth: int = 0) -> Dyn:
    """Return `str(value)` (or `repr`) as the program would see it, Unknown where it is not known."""
    kind = kind_of(value)
    if kind is str and not quoted:
        return value
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if kind is ByPhase:
        return by_phases(run, lambda values: text_of(run, values[0], quoted=quoted), [value])
    if is_plain(value):
        return run.python(repr if quoted else str, [value], {})
    if kind is Instance:
        found = run.text_of_instance(value, quoted=quoted)
        return Unknown("text of an object") if found is None else found
    if kind is LocalClass:
        module = value.module.name if value.module is not None else "builtins"
        return f"<class '{module}.{value.qualname}'>" if value.node is not None else f"<class '{value.name}'>"
    if kind is NativeType:
        return f"<class '{value.name}'>"
    if kind in {Symbol, FrameworkClass}:
        return Unknown(f"text of `{value.path}`")
    if kind in {list, tuple} and len(value) <= 100 and depth < 4:
        run.tick(len(value))
        parts = [text_of(run, each, quoted=True, depth=depth + 1) for each in value if each is not value]
        if all(type(each) is str for each in parts):
            inner = ", ".join(parts)
            if kind is list:
                return f"[{inner}]"
            return f"({inner},)" if len(parts) == 1 else f"({inner})"
    return Unknown("text of an object")


def key_function(run: Dyn, key: Dyn) -> Callable[[Dyn], Dyn]:
    """Return a Python function that gives the key of an element."""
    return (lambda each: each) if key is None else (lambda each: run.call(key, [each], {}))


def sort(run: Dyn, values: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Return a sorted list, or Unknown."""
    if UnknownRest in map(type, values):
        return Unknown("an order that is not known")
    keys = [key_function(run, keywords.get("key"))(each) for each in values]
    reverse = run.truth_of(keywords.get("reverse", False))
    if reverse is None or not all(is_plain(each) for each in keys):
        if any(type(each) is Instance for each in keys) and not any(isinstance(each, Unknown) for each in keys):
            return _sort_instances(run, values, keys, reverse=bool(reverse))
        return Unknown(run.why(keys, "an order that is not known"))
    order = run.python(sorted, [range(len(keys))], {"key": keys.__getitem__, "reverse": reverse})
    return order if isinstance(order, Unknown) else [values[index] for index in order]


def _sort_instances(run: Dyn, values: list[Dyn], keys: list[Dyn], *, reverse: bool) -> Dyn:
    """Sort by insertion with the program's own `<`."""
    if len(values) > 500:
        return Unknown("an order that is not known")
    result: list[int] = []
    for index in range(len(values)):
        place = len(result)
        while place > 0:
            one, other = (result[place - 1], index) if reverse else (index, result[place - 1])
            truth = run.truth_of(run.compare("lt", keys[one], keys[other]))
            if truth is None:
                return Unknown("an order that is not known")
            if not truth:
                break
            place -= 1
        result.insert(place, index)
    return [values[index] for index in result]


# Texts


def _join(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    values = run.iterate(arguments[0]) if arguments else None
    if values is None:
        return Unknown(run.why(arguments, "result of `join`"))
    values = [run.native_of(each) for each in values]
    if any(isinstance(each, Unknown) for each in values):
        return Unknown(run.why(values, "result of `join`"))
    if not all(type(each) is type(target) for each in values):
        raise run.error(TypeError, "sequence item: expected str instance")
    if sum(map(len, values)) + len(target) * len(values) > MOST_CHARACTERS:
        return Unknown("a text that is too long")
    return run.python(target.join, [values], {})


def _format(run: Dyn, target: str, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = [*arguments, *keywords.values()]
    plain = [_formattable(run, each) for each in values]
    if any(isinstance(each, Unknown) for each in plain):
        return Unknown(run.why(plain, "a text that is not known"))
    if is_wide(target) or (
        target.count("{") and _nested(target) and any(type(each) is int and each > 9999 for each in plain)
    ):
        return Unknown("a text that is too long")
    return run.python(target.format, plain[: len(arguments)], dict(zip(keywords, plain[len(arguments) :], strict=True)))


def _nested(text: str) -> bool:
    depth = deepest = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest > 1


def _formattable(run: Dyn, value: Dyn) -> Dyn:
    return value if is_plain(value) else text_of(run, value)


def _replace(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if not all(is_plain(each) for each in arguments):
        return Unknown(run.why(arguments, "result of `replace`"))
    if (
        len(arguments) >= 2
        and type(arguments[1]) is type(target)
        and (len(target) + 1) * (len(arguments[1]) + 1) > MOST_CHARACTERS * 10
    ):
        return Unknown("a text that is too long")
    return run.python(target.replace, arguments, keywords)


def _wide(name: str) -> Dyn:
    def pad(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if not all(is_plain(each) for each in arguments):
            return Unknown(run.why(arguments, f"result of `{name}`"))
        if any(type(each) is int and each > 10_000 for each in (*arguments, *keywords.values())):
            return Unknown("a text that is too long")
        return run.python(getattr(target, name), arguments, keywords)

    return pad


def _translate(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    if not all(is_plain(each) for each in arguments) or len(target) > 10_000:
        return Unknown("result of `translate`")
    return run.python(target.translate, arguments, {})


def _to_bytes(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = [*arguments, *keywords.values()]
    if not all(is_plain(each) for each in values) or any(type(each) is int and each > 10_000 for each in values):
        return Unknown("bytes that are not known")
    return run.python(target.to_bytes, arguments, keywords)


# Lists


def _append(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("append", arguments, 1)
    if len(target) < MOST:
        target.append(arguments[0])


def _append_left(_: Dyn, target: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> None:
    if len(target) < MOST:
        target.appendleft(arguments[0])


def _extend(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("extend", arguments, 1)
    values = run.iterate(arguments[0])
    if values is None or len(values) + len(target) > MOST:
        run.open_up(target, run.why(arguments, "extended by elements that are not known"))
        return
    if arguments[0] is not target and run.is_open(arguments[0]):
        run.note_open(target)
    target.extend(values)
    run.budget.allocate(len(values))


def _insert(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("insert", arguments, 2)
    if type(arguments[0]) not in {int, bool} or (arguments[0] != 0 and UnknownRest in map(type, target)):
        target.append(arguments[1])
        run.forget(target, "a place in a list is not known")
        return
    if len(target) < MOST:
        target.insert(*arguments)


def _pop(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    if (arguments and type(arguments[0]) not in {int, bool}) or UnknownRest in map(type, target):
        found = run.get_item(target, arguments[0] if arguments else -1) if type(target) is list else None
        run.forget(target, "an element was taken out that is not known")
        return found if type(found) is Signal else Unknown("an element of a list")
    return run.python(target.pop, arguments, {})


def _pop_left(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    if UnknownRest in map(type, target):
        run.forget(target, "an element was taken out")
        return Unknown("an element of a deque")
    return run.python(target.popleft, [], {})


def _find(run: Dyn, values: Dyn, wanted: Dyn) -> Dyn:
    """Return the index of an element, -1 if there is none, or Unknown."""
    for index, each in enumerate(values):
        truth = run.truth_of(equal(run, each, wanted))
        if truth is None or type(each) is UnknownRest:
            return Unknown("an element of a list")
        if truth:
            return index
    return Unknown("an element of a list") if run.is_open(values) else -1


def _remove(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("remove", arguments, 1)
    index = _find(run, target, arguments[0])
    if isinstance(index, Unknown):
        run.forget(target, "an element was removed that is not known")
    elif index < 0:
        raise run.error(ValueError, "list.remove(x): x not in list")
    else:
        del target[index]


def _index(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("index", arguments[:1], 1)
    if len(arguments) > 1:
        plain = is_plain(target) and all(is_plain(each) for each in arguments)
        return run.python(target.index, arguments, {}) if plain else Unknown("an index")
    index = _find(run, target, arguments[0])
    if not isinstance(index, Unknown) and index < 0:
        raise run.error(ValueError, "x is not in list")
    return index


def _count(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    truths = [run.truth_of(equal(run, each, arguments[0])) for each in target]
    return Unknown("a number of elements") if None in truths or run.is_open(target) else sum(truths)


def _sort(run: Dyn, target: Dyn, _: list[Dyn], keywords: dict[str, Dyn]) -> None:
    result = sort(run, list(target), keywords)
    if isinstance(result, Unknown):
        # In an order that is not known, no element is known by its place.
        opened = UnknownRest in map(type, target)
        target[:] = [UnknownRest(result.why)] if opened else [Unknown(result.why) for _ in target]
    else:
        target[:] = result


def _reverse(_: Dyn, target: Dyn, __: list[Dyn], ___: dict[str, Dyn]) -> None:
    target.reverse()


def _clear(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> None:
    target.clear()
    run.opened.pop(id(target), None)


def _copy(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    if type(target) is DefaultDict:
        result: Dyn = DefaultDict(target.factory)
        result.update(target)
    else:
        result = target.copy()
    run.budget.allocate(len(result))
    if run.is_open(target):
        run.note_open(result)
    return result


def _rotate(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    if all(is_plain(each) for each in arguments) and UnknownRest not in map(type, target):
        return run.python(target.rotate, arguments, {})
    run.forget(target, "the order of a deque is not known")
    return None


def _length(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    return run.length(target)


def _item(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("__getitem__", arguments, 1)
    return run.get_item(target, arguments[0])


def _set_item(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("__setitem__", arguments, 2)
    run.set_item(target, *arguments)


def _contains(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("__contains__", arguments, 1)
    return run.compare("in", arguments[0], target)


def _iter(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    return Stream(run.iterator(target))


# Dicts


def _get(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    key = arguments[0] if arguments else None
    if type(key) is ByPhase:
        key = key.training
    key = run.native_of(key)
    default = arguments[1] if len(arguments) > 1 else keywords.get("default")
    if not is_plain_key(key):
        return Unknown(run.why((key,), "a value of a dict"))
    if key in target:
        return target[key]
    return Unknown("a value of a dict") if run.may_hold(target, key) else default


def _pop_key(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    key = run.native_of(arguments[0]) if arguments else None
    if not is_plain_key(key):
        run.forget(target, "a key was taken out that is not known")
        return Unknown(run.why((key,), "a value of a dict"))
    if key in target:
        return target.pop(key)
    if run.may_hold(target, key):
        return Unknown("a value of a dict")
    if len(arguments) > 1:
        return arguments[1]
    if "default" in keywords:
        return keywords["default"]
    raise run.error(KeyError, key)


def _pop_item(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if all(is_plain(each) for each in (*arguments, *keywords.values())) and not run.is_open(target):
        return run.python(target.popitem, arguments, keywords)
    run.forget(target, "an item was taken out that is not known")
    return Unknown("an item of a dict")


def _set_default(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    key = run.native_of(arguments[0]) if arguments else None
    default = arguments[1] if len(arguments) > 1 else None
    if not is_plain_key(key) or (key not in target and run.is_open(target)):
        run.note_open(target)
        return Unknown(run.why((key,), "a value of a dict"))
    return target.setdefault(key, default)


def _update(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    if kind_of(target) is collections.Counter:
        if all(is_plain(each) for each in (*arguments, *keywords.values())):
            run.python(target.update, arguments, keywords)
        else:
            run.forget(target, "counts that are not known")
        return
    for each in arguments[:1]:
        run.merge(target, each)
    rest = keywords.pop("**", None)
    if rest is not None:
        run.forget_values(target, run.why((rest,), "a value of a dict may have been replaced"))
    target.update(keywords)
    if rest is not None:
        run.open_up(target, run.why((rest,), "keys that are not known"))


def _from_keys(run: Dyn, _: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    keys: Dyn = run.iterate(arguments[0]) if arguments else []
    value = arguments[1] if len(arguments) > 1 else None
    if keys is None:
        return Unknown("a dict that is not known")
    return run.make_dict([(key, value) for key in keys], None)


def _view(name: str) -> Dyn:
    def view(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
        if run.opened and run.is_open(target):
            result: Dyn = [*getattr(target, name)()]
            run.open_up(result, "keys that are not known")
            return result
        return getattr(target, name)()

    return view


def _move_to_end(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    plain = all(is_plain(each) for each in (*arguments, *keywords.values()))
    return run.python(target.move_to_end, arguments, keywords) if plain else None


def _plain_only(name: str) -> Dyn:
    def method(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if not is_plain(target) or not all(is_plain(each) for each in arguments):
            return Unknown(f"result of `{name}`")
        return run.python(getattr(target, name), arguments, keywords)

    return method


# Sets


def _add(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("add", arguments, 1)
    if not is_plain_key(arguments[0]):
        run.note_open(target)
    elif len(target) < MOST:
        target.add(arguments[0])


def _discard(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("discard", arguments, 1)
    if is_plain_key(arguments[0]):
        target.discard(arguments[0])
    else:
        run.forget(target, "an element was taken out that is not known")


def _remove_member(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("remove", arguments, 1)
    if not is_plain_key(arguments[0]) or (run.is_open(target) and arguments[0] not in target):
        run.forget(target, "an element was taken out that is not known")
        return
    run.python(target.remove, arguments, {})


def _pop_member(run: Dyn, target: Dyn, _: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    run.forget(target, "an element was taken out")
    return Unknown("an element of a set")


def _set_method(name: str) -> Dyn:
    def method(run: Dyn, target: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        others: list[Dyn] = []
        for each in arguments:
            values = run.iterate(each)
            if values is None or not all(is_plain_key(one) for one in values) or run.is_open(each):
                if name in {"intersection_update", "difference_update", "symmetric_difference_update"}:
                    run.forget(target, "a set that is not known")
                elif name == "update":
                    run.note_open(target)
                return Unknown(run.why(arguments, f"result of `{name}`"))
            others.append(values)
        if run.is_open(target) and not name.endswith("update"):
            return Unknown("a set that is not known")
        return run.python(getattr(target, name), others, {})

    return method


# Tables


_COMMON: Final[dict[str, Any]] = {
    "__len__": _length,
    "__getitem__": _item,
    "__contains__": _contains,
    "__iter__": _iter,
}
_STR: Final[dict[str, Any]] = {
    "join": _join,
    "format": _format,
    "replace": _replace,
    "translate": _translate,
    **{name: _wide(name) for name in _WIDE},
    "__getitem__": _item,
    "__iter__": _iter,
}
_LIST: Final[dict[str, Any]] = {
    **_COMMON,
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "remove": _remove,
    "clear": _clear,
    "index": _index,
    "count": _count,
    "sort": _sort,
    "reverse": _reverse,
    "copy": _copy,
    "__setitem__": _set_item,
}
_TUPLE: Final[dict[str, Any]] = {**_COMMON, "index": _index, "count": _count}
_DICT: Final[dict[str, Any]] = {
    **_COMMON,
    "get": _get,
    "pop": _pop_key,
    "popitem": _pop_item,
    "setdefault": _set_default,
    "update": _update,
    "clear": _clear,
    "copy": _copy,
    "fromkeys": _from_keys,
    "keys": _view("keys"),
    "values": _view("values"),
    "items": _view("items"),
    "__setitem__": _set_item,
}
_SET: Final[dict[str, Any]] = {
    **{name: each for name, each in _COMMON.items() if name != "__getitem__"},
    "add": _add,
    "discard": _discard,
    "remove": _remove_member,
    "pop": _pop_member,
    "clear": _clear,
    "copy": _copy,
    **{
        name: _set_method(name)
        for name in (
            "union",
            "intersection",
            "difference",
            "symmetric_difference",
            "update",
            "intersection_update",
            "difference_update",
            "symmetric_difference_update",
            "issubset",
            "issuperset",
            "isdisjoint",
        )
    },
}
_TABLES: Final[dict[type, dict[str, Any]]] = {
    str: _STR,
    bytes: {name: each for name, each in _STR.items() if name != "format"},
    bytearray: {name: each for name, each in _STR.items() if name != "format"},
    int: {"to_bytes": _to_bytes},
    tuple: _TUPLE,
    RecordTuple: _TUPLE,
    list: _LIST,
    collections.deque: {
        **_LIST,
        "appendleft": _append_left,
        "popleft": _pop_left,
        "rotate": _rotate,
    },
    dict: _DICT,
    DefaultDict: _DICT,
    collections.OrderedDict: {**_DICT, "move_to_end": _move_to_end},
    collections.Counter: {
        **_DICT,
        "most_common": _plain_only("most_common"),
        "elements": _plain_only("elements"),
        "subtract": _plain_only("subtract"),
        "total": _plain_only("total"),
    },
    set: _SET,
    frozenset: {name: each for name, each in _SET.items() if name not in {"add", "discard", "remove", "pop", "clear"}},
    **{kind: {"isdisjoint": _set_method("isdisjoint"), "__len__": _length, "__iter__": _iter} for kind in VIEWS},
}
