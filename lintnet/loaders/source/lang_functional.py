"""The modules functools, operator, itertools and copy inside the interpreter. Knows no framework."""

from __future__ import annotations

import collections
import itertools
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_handlers import first_of, identity, nth, sources_of
from lintnet.loaders.source.lang_natives import call_native
from lintnet.loaders.source.lang_types import to_bool
from lintnet.loaders.source.lang_values import (
    ATOMS,
    CONTAINERS,
    DICTS,
    LISTS,
    SETS,
    is_plain,
)
from lintnet.loaders.source.objects import (
    ClassMethod,
    DefaultDict,
    Function,
    LocalClass,
    Partial,
    Property,
    RecordTuple,
    StaticMethod,
    Stream,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, Instance, Method, Signal, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.loaders.source.objects import Dyn, Handler

__all__ = ["FUNCTIONAL", "OPERATORS", "operator_handler"]


def _lru_cache(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    if type(first_of(arguments)) in {Function, StaticMethod, ClassMethod, Method, Partial}:
        return arguments[0]
    return Builtin("decorator", lambda values, _: first_of(values))


def _single_dispatch(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    """The function for any type; those that are registered for others are left aside."""
    function = first_of(arguments)
    if type(function) is Function:
        keep = Builtin("register", lambda values, _: values[-1] if type(first_of(values)) is Function else keep)
        function.attributes = {**(function.attributes or {}), "register": keep}
    return function


def _reduce(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    function, source = first_of(arguments), nth(arguments, 1)
    values = run.iterate(source)
    if values is None:
        return Unknown(run.why((source,), "elements that are not known"))
    values = [*arguments[2:3], *values]
    if UnknownRest in map(type, values) and not any(type(each) is Signal for each in values):
        return Unknown("the number of elements is not known")
    if not values:
        raise run.error(TypeError, "reduce() of empty iterable with no initial value")
    result, *rest = values
    for each in rest:
        result = run.call(function, [result, each], {})
    return result


def _wraps(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    wrapped = first_of(arguments, keywords.get("wrapped"))
    return Builtin("functools.wraps", lambda values, _: _update_wrapper(None, [first_of(values), wrapped], {}))


def _update_wrapper(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    wrapper, wrapped = first_of(arguments), nth(arguments, 1)
    if type(wrapper) is Function:
        attributes: dict[str, Dyn] = {}
        if type(wrapped) is Function:
            attributes.update(wrapped.attributes or {})
            attributes.setdefault("__name__", wrapped.name)
            attributes.setdefault("__qualname__", wrapped.qualname)
            attributes.setdefault("__module__", wrapped.module.namespace.get("__name__", wrapped.module.name))
        wrapper.attributes = {**attributes, **(wrapper.attributes or {}), "__wrapped__": wrapped}
    return wrapper


def _getter(kind: str) -> Handler:
    def make(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        names = list(arguments)

        def one(value: Dyn, name: Dyn) -> Dyn:
            if kind == "item":
                return run.get_item(value, name)
            for part in name.split(".") if type(name) is str else [name]:
                value = run.get(value, part) if type(part) is str else Unknown("an attribute")
            return value

        def get(values: list[Dyn], _: dict[str, Dyn]) -> Dyn:
            value = first_of(values)
            if kind == "method":
                return run.call(one(value, first_of(names)), names[1:], keywords)
            return one(value, names[0]) if len(names) == 1 else tuple([one(value, each) for each in names])

        return Builtin(f"operator.{kind}getter", get)

    return make


def operator_handler(name: str) -> Handler:
    """Return the function of the module operator for an operator."""

    def apply(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        if len(arguments) == 1:
            return run.unary(name, arguments[0])
        run.arity(name, arguments, 2)
        return (
            run.compare(name, *arguments)
            if name in {"eq", "ne", "lt", "le", "gt", "ge"}
            else run.binary(name, *arguments)
        )

    return apply


def _lazily(function: Dyn) -> Handler:
    """Apply a function of itertools that only passes elements on."""

    def apply(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if any(isinstance(each, Unknown) for each in keywords.values()):
            return Unknown(run.why(keywords.values(), "elements that are not known"))
        sources = sources_of(run, arguments)
        if isinstance(sources, Unknown):
            return Unknown(sources.why)
        return Stream(run.paid(run.python(function, sources, keywords)))

    return apply


def _eagerly(function: Dyn, counts: int = 0) -> Handler:
    """Apply a function of itertools to one list (several for `product`), with numbers behind it."""

    def apply(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        sources = arguments[:1] if counts else arguments
        lists = [run.iterate(each) for each in sources]
        numbers = [*(arguments[1:] if counts else ()), *keywords.values()]
        if any(each is None or any(type(one) is UnknownRest for one in each) for each in lists) or not all(
            each is None or (type(each) is int and each < 1000) for each in numbers
        ):
            return Unknown(run.why(arguments, "elements that are not known"))
        if (
            function is itertools.product
            and sum(len(each or ()) for each in lists) * (keywords.get("repeat") or 1) > 100_000
        ):
            return Unknown("too many elements")
        return Stream(run.python(function, [*lists, *(arguments[1:] if counts else ())], keywords))

    return apply


def _chain_from(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    elements = run.iterator(first_of(arguments))
    if elements is None:
        return Unknown(run.why(arguments, "elements that are not known"))

    def flat() -> Iterator[Dyn]:
        for each in elements:
            inner = None if isinstance(each, Unknown) else run.iterator(each)
            if inner is None:
                yield UnknownRest(run.why((each,), "elements that are not known"))
                return
            yield from inner

    return Stream(flat())


def _chain(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return _chain_from(run, [arguments], {})


def _repeat(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    times = nth(arguments, 1, keywords.get("times"))
    if times is None:
        return Stream(run.paid(itertools.repeat(first_of(arguments))))
    return (
        Stream(run.paid(run.python(itertools.repeat, [first_of(arguments), times], {})))
        if type(times) is int
        else Unknown("elements that are not known")
    )


def _count(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = [*arguments, *keywords.values()]
    return (
        Stream(run.paid(run.python(itertools.count, arguments, keywords)))
        if all(is_plain(each) for each in values)
        else Unknown("numbers that are not known")
    )


def _accumulate(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    elements = run.iterator(first_of(arguments))
    if elements is None:
        return Unknown(run.why(arguments, "elements that are not known"))
    function = nth(arguments, 1, keywords.get("func"))

    def sums() -> Iterator[Dyn]:
        total = keywords.get("initial", MISSING)
        if total is not MISSING and total is not None:
            yield total
        else:
            total = MISSING
        for each in elements:
            if total is MISSING:
                total = each
            else:
                total = run.binary("add", total, each) if function is None else run.call(function, [total, each], {})
            yield total

    return Stream(sums())


def _islice(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    elements = run.iterator(first_of(arguments))
    limits = arguments[1:]
    if elements is None or not all(each is None or type(each) is int for each in limits):
        return Unknown(run.why(arguments, "elements that are not known"))
    return Stream(run.python(itertools.islice, [elements, *limits], {}))


def _star_map(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    function, source = first_of(arguments), nth(arguments, 1)
    elements = run.iterator(source)
    if elements is None:
        return Unknown(run.why(arguments, "elements that are not known"))
    return Stream(run.call(function, run.spread(each), {}) for each in elements)


def _while(*, take: bool) -> Handler:
    def apply(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        function, source = first_of(arguments), nth(arguments, 1)
        elements = run.iterator(source)
        if elements is None:
            return Unknown(run.why(arguments, "elements that are not known"))

        def kept() -> Iterator[Dyn]:
            dropping = not take
            for each in elements:
                if take or dropping:
                    truth = run.truth_of(run.call(function, [each], {}))
                    if truth is None:
                        yield UnknownRest("a condition that is not known")
                        return
                    if take and not truth:
                        return
                    dropping = dropping and truth
                if not dropping:
                    yield each

        return Stream(kept())

    return apply


def _pairwise(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    values = run.iterate(first_of(arguments))
    if values is None:
        return Unknown(run.why(arguments, "elements that are not known"))
    return Stream(itertools.pairwise(values))


def _tee(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    values = run.iterate(first_of(arguments))
    count = nth(arguments, 1, 2)
    if values is None or type(count) is not int or not 0 <= count < 1000:
        return Unknown(run.why(arguments, "elements that are not known"))
    return tuple([Stream(values) for _ in range(count)])


# copy


def _copy(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    kind = kind_of(value)
    if kind in LISTS or kind in DICTS or kind in SETS or kind is collections.deque:
        return value if kind in {tuple, frozenset} else call_native(run, value, "copy", [], {})
    if kind is Instance:
        made = Instance(
            value.cls, value.row, value.settings, dict(value.attributes), dict(value.children), None, value.created
        )
        made.extra = dict(value.extra)
        if "native" in made.extra and type(made.extra["native"]) in CONTAINERS:
            made.extra["native"] = _copy(run, [made.extra["native"]], {})
        return made
    return value


def _deepcopy(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return _deep(run, first_of(arguments), {}, 0)


def _deep(run: Dyn, value: Dyn, memo: dict[int, Any], depth: int) -> Dyn:
    kind = kind_of(value)
    if kind in ATOMS or depth > 100:
        return value
    if id(value) in memo:
        return memo[id(value)]
    run.tick()
    if kind is list:
        made: Dyn = []
        memo[id(value)] = made
        made += [_deep(run, each, memo, depth + 1) for each in value]
    elif kind is tuple:
        made = tuple([_deep(run, each, memo, depth + 1) for each in value])
    elif kind is RecordTuple:
        made = lang_classes.record(value.cls, [_deep(run, each, memo, depth + 1) for each in value])
    elif kind in DICTS:
        made = DefaultDict(value.factory) if kind is DefaultDict else kind()
        memo[id(value)] = made
        for key, each in value.items():
            made[key] = _deep(run, each, memo, depth + 1)
    elif kind in SETS or kind is collections.deque:
        made = value.copy()
    elif kind is Weight:
        owner = memo.get(id(value.owner), value.owner)
        made = Weight(value.sizes, value.trainable, owner, value.name)
    elif kind is Instance and not (type(value.cls) is LocalClass and value.cls.form == "enum"):
        return _deep_instance(run, value, memo, depth)
    else:
        return value
    memo[id(value)] = made
    if run.is_open(value):
        run.note_open(made)
    return made


def _deep_instance(run: Dyn, value: Instance, memo: dict[int, Any], depth: int) -> Instance:
    made = Instance(value.cls, value.row, value.settings, created=value.created)
    memo[id(value)] = made
    for name, each in value.attributes.items():
        made.attributes[name] = _deep(run, each, memo, depth + 1)
    for name, each in value.children.items():
        child = _deep(run, each, memo, depth + 1)
        made.children[name] = child
        if type(child) is Instance and type(each) is Instance and each.owner is not None and each.owner[0] is value:
            child.owner = (made, each.owner[1])
    made.extra = {
        name: _deep(run, each, memo, depth + 1) if type(each) in CONTAINERS else each
        for name, each in value.extra.items()
    }
    return made


def _cached_property(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    made = Property(first_of(arguments))
    made.cached = True
    return made


FUNCTIONAL: Final[dict[str, Handler]] = {
    "functools.reduce": _reduce,
    "functools.wraps": _wraps,
    "functools.update_wrapper": _update_wrapper,
    "functools.lru_cache": _lru_cache,
    "functools.cache": identity,
    "functools.cached_property": _cached_property,
    "functools.total_ordering": identity,
    "functools.singledispatch": _single_dispatch,
    "operator.itemgetter": _getter("item"),
    "operator.attrgetter": _getter("attr"),
    "operator.methodcaller": _getter("method"),
    "operator.getitem": lambda run, arguments, _: run.get_item(*arguments[:2]) if len(arguments) > 1 else Unknown(""),
    "operator.contains": lambda run, arguments, _: (
        run.compare("in", *reversed(arguments[:2])) if len(arguments) > 1 else Unknown("")
    ),
    "operator.not_": lambda run, arguments, _: run.negate(first_of(arguments)),
    "operator.truth": to_bool,
    "operator.is_": lambda run, arguments, _: run.compare("is", *arguments[:2]) if len(arguments) > 1 else Unknown(""),
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.product": _eagerly(itertools.product),
    "itertools.permutations": _eagerly(itertools.permutations, 1),
    "itertools.combinations": _eagerly(itertools.combinations, 1),
    "itertools.combinations_with_replacement": _eagerly(itertools.combinations_with_replacement, 1),
    "itertools.repeat": _repeat,
    "itertools.count": _count,
    "itertools.cycle": _lazily(itertools.cycle),
    "itertools.accumulate": _accumulate,
    "itertools.islice": _islice,
    "itertools.zip_longest": _lazily(itertools.zip_longest),
    "itertools.starmap": _star_map,
    "itertools.takewhile": _while(take=True),
    "itertools.dropwhile": _while(take=False),
    "itertools.pairwise": _pairwise,
    "itertools.tee": _tee,
    "copy.copy": _copy,
    "copy.deepcopy": _deepcopy,
}


OPERATORS: Final = {
    **{
        each: each
        for each in (
            [
                "add",
                "sub",
                "mul",
                "truediv",
                "floordiv",
                "mod",
                "pow",
                "matmul",
                "lshift",
                "rshift",
                "xor",
                "and_",
                "or_",
                "eq",
                "ne",
                "lt",
                "le",
                "gt",
                "ge",
                "neg",
                "pos",
                "invert",
            ]
        )
    },
    **{f"i{each}": each for each in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")},
}
