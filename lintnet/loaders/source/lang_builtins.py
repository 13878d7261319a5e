"""Builtin functions inside the interpreter: `len`, `zip`, `getattr`, `sum` and the like. Knows no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_handlers import (
    first_of,
    gives_unknown,
    leave_program,
    nothing,
    nth,
    of_constants,
    sources_of,
)
from lintnet.loaders.source.lang_natives import call_native, sort, text_of
from lintnet.loaders.source.lang_types import check_instance, check_subclass, is_callable
from lintnet.loaders.source.lang_values import (
    ATOMS,
    CONTAINERS,
    DICTS,
    HOSTED,
    SETS,
    by_phases,
    count_signals,
    is_plain,
)
from lintnet.loaders.source.objects import (
    ClassMethod,
    LocalClass,
    LocalModule,
    Property,
    StaticMethod,
    Stream,
    UnknownRest,
)
from lintnet.loaders.source.values import ByPhase, FrameworkClass, Instance, Method, Signal, Symbol, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lintnet.loaders.source.objects import Dyn, Handler

__all__ = ["BUILTINS", "make_property"]


def _len(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("len", arguments, 1)
    return run.length(arguments[0])


def _iter(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    if len(arguments) != 1:
        return Unknown("an iterator that is not known")
    if type(arguments[0]) is Stream:
        return arguments[0]
    elements = run.iterator(arguments[0])
    return Unknown(run.why(arguments, "an iterator that is not known")) if elements is None else Stream(elements)


def _next(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    default = nth(arguments, 1, MISSING)
    if type(value) is Stream:
        return run.advance(value, default)
    if type(value) is Instance and type(value.cls) is LocalClass:
        found = value.cls.find("__next__")
        if found is not MISSING:
            return run.call(Method(found, value), [], {})
    if type(value) in CONTAINERS or type(value) in ATOMS:
        raise run.error(TypeError, f"'{type(value).__name__}' object is not an iterator")
    if type(value) in {Instance, Signal, Weight}:
        found = run.get_or(value, "__next__", None)
        if found is not None and not isinstance(found, Unknown):
            return run.call(found, [], {})
    return Unknown(run.why(arguments, "an element that is not known"))


def _zip(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if arguments and all(isinstance(each, Unknown) for each in arguments):
        return Unknown(run.why(arguments, "elements that are not known"))
    # Where one of several is known, so is the number of rounds at most.
    sources = [run.iterator(each) for each in arguments]
    strict = keywords.get("strict") is True

    def rounds() -> Iterator[Dyn]:
        if not sources:
            return
        while True:
            row: list[Dyn] = []
            for index, source in enumerate(sources):
                if source is None:
                    row.append(
                        run.element(arguments[index], run.why((arguments[index],), "an element that is not known"))
                    )
                    continue
                element = next(source, MISSING)
                if element is MISSING:
                    if strict and index and all(each is not None for each in sources[:index]):
                        raise run.error(ValueError, f"zip() argument {index + 1} is shorter than argument {index}")
                    if (
                        strict
                        and not index
                        and any(each is not None and next(each, MISSING) is not MISSING for each in sources[1:])
                    ):
                        raise run.error(ValueError, "zip() argument 2 is longer than argument 1")
                    return
                row.append(element)
            for each in row:
                if type(each) is UnknownRest:
                    yield UnknownRest(each.why)
                    return
            yield tuple(row)

    if all(each is None for each in sources) and sources:
        return Unknown(run.why(arguments, "elements that are not known"))
    return Stream(rounds())


def _enumerate(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    start = nth(arguments, 1, keywords.get("start", 0))
    elements = run.iterator(first_of(arguments, keywords.get("iterable")))
    if elements is None:
        return Unknown(run.why(arguments, "elements that are not known"))

    def pairs() -> Iterator[Dyn]:
        index = start
        for each in elements:
            if type(each) is UnknownRest:
                yield UnknownRest(each.why)
                return
            yield (index, each)
            index = run.binary("add", index, 1)

    return Stream(pairs())


def _map(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    function, *rest = arguments or [None]
    sources = sources_of(run, rest)
    if isinstance(sources, Unknown):
        return Unknown(sources.why)

    def results() -> Iterator[Dyn]:
        for row in zip(*sources, strict=False):
            rest = next((each for each in row if type(each) is UnknownRest), None)
            yield run.call(function, [Unknown(each.why) if type(each) is UnknownRest else each for each in row], {})
            if rest is not None:
                yield UnknownRest(rest.why)
                return

    return Stream(results()) if len(sources) > 1 else Stream(_each(run, function, sources))


def _each(run: Dyn, function: Dyn, sources: list[Iterator[Dyn]]) -> Iterator[Dyn]:
    """Call a function on the elements of one source; what stands behind any number of them is still there."""
    for source in sources:
        for each in source:
            if type(each) is UnknownRest:
                yield run.call(function, [Unknown(each.why)], {})
                yield UnknownRest(each.why)
            else:
                yield run.call(function, [each], {})


def _filter(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    function, source = first_of(arguments), nth(arguments, 1)
    elements = run.iterator(source)
    if elements is None:
        return Unknown(run.why((source,), "elements that are not known"))

    def kept() -> Iterator[Dyn]:
        for each in elements:
            truth = run.truth_of(each if function is None else run.call(function, [each], {}))
            if truth is None or type(each) is UnknownRest:
                yield UnknownRest("a condition that is not known")
                continue
            if truth:
                yield each

    return Stream(kept())


def _reversed(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    if type(value) is Instance and type(value.cls) is LocalClass:
        found = value.cls.find("__reversed__")
        if found is not MISSING:
            return run.call(Method(found, value), [], {})
    values = run.iterate(value)
    if values is None:
        return Unknown(run.why(arguments, "elements that are not known"))
    if type(value) in SETS:
        raise run.error(TypeError, "'set' object is not reversible")
    return Stream(reversed(values))


def _sorted(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = run.iterate(first_of(arguments))
    if values is None:
        return Unknown(run.why(arguments, "elements that are not known"))
    return sort(run, values, keywords)


def _sum(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = run.iterate(first_of(arguments))
    if values is None:
        return Unknown(run.why(arguments, "a sum that is not known"))
    total = nth(arguments, 1, keywords.get("start", 0))
    if total == 0 and type(total) is int and values and type(values[0]) is not int and count_signals(values):
        # Adding the first tensor to 0 is no operation of the model.
        total, *values = values
    for each in values:
        total = run.binary("add", total, each)
    return total


def _extreme(name: str) -> Handler:
    operator = "lt" if name == "min" else "gt"

    def extreme(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if any(type(each) is ByPhase for each in arguments):
            return by_phases(run, lambda values: extreme(run, values, keywords), arguments)
        values = run.iterate(arguments[0]) if len(arguments) == 1 else arguments
        if values is None:
            return Unknown(run.why(arguments, f"result of `{name}`"))
        if not values:
            if "default" in keywords:
                return keywords["default"]
            raise run.error(ValueError, f"{name}() arg is an empty sequence")
        if count_signals(values):
            return run.host.call_symbol(Symbol(f"builtins.{name}"), arguments, keywords)
        key = keywords.get("key")
        best, best_key = values[0], values[0] if key is None else run.call(key, [values[0]], {})
        for each in values[1:]:
            each_key = each if key is None else run.call(key, [each], {})
            truth = run.truth_of(run.compare(operator, each_key, best_key))
            if truth is None:
                return Unknown(run.why(values, f"result of `{name}`"))
            if truth:
                best, best_key = each, each_key
        return Unknown(best.why) if isinstance(best, Unknown) else best

    return extreme


def _any_all(*, wanted: bool) -> Handler:
    def decide(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        elements = run.iterator(first_of(arguments))
        if elements is None:
            return Unknown(run.why(arguments, "elements that are not known"))
        doubt = ""
        for each in elements:
            run.tick()
            truth = run.truth_of(each)
            if truth is None:
                doubt = doubt or run.why((each,), "a condition that is not known")
            elif truth is wanted:
                return wanted
        return Unknown(doubt) if doubt else not wanted

    return decide


def _power(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    if len(arguments) == 3:
        return (
            run.python(pow, arguments, {}) if all(is_plain(each) for each in arguments) else Unknown("result of `pow`")
        )
    run.arity("pow", arguments, 2)
    return run.binary("pow", *arguments)


def _abs(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("abs", arguments, 1)
    value = run.native_of(arguments[0])
    if type(value) in HOSTED:
        return run.host.operate("abs", [value])
    if type(value) is ByPhase:
        return by_phases(run, lambda values: _abs(run, values, {}), [value])
    if type(value) is Instance and run.has_method(value, "__abs__"):
        return run.invoke(value, "__abs__", [])
    return run.python(abs, [value], {}) if is_plain(value) else Unknown(run.why((value,), "result of `abs`"))


def _format(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return run.format_value(first_of(arguments), "", nth(arguments, 1, ""))


def _repr(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return text_of(run, first_of(arguments), quoted=True)


def _hasattr(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    run.arity("hasattr", arguments, 2)
    value, name = arguments
    if type(name) is not str or isinstance(value, Unknown):
        return Unknown(run.why(arguments, "whether an object has an attribute"))
    if type(value) in {Symbol, FrameworkClass}:
        # Whether a library has something is a question of its version; models are read against the newest.
        return True
    found = run.get_or(value, name, MISSING)
    if found is MISSING:
        if type(value) is Instance and run.open_reason(value):
            return Unknown("whether an object has an attribute")
        return False
    if isinstance(found, Unknown) and type(value) is Instance and run.open_reason(value):
        attributes = value.attributes
        return True if name in attributes else Unknown(found.why)
    return True


def _getattr(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value, name = first_of(arguments), nth(arguments, 1)
    if type(name) is ByPhase:
        name = name.training
    if type(name) is not str:
        return Unknown(run.why((value, name), "an attribute whose name is not known"))
    if len(arguments) > 2:
        if isinstance(value, Unknown):
            return Unknown(value.why)
        return run.get_or(value, name, arguments[2])
    return run.get(value, name)


def _setattr(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("setattr", arguments, 3)
    value, name, new = arguments
    if type(name) is str:
        run.set(value, name, new)
    elif type(value) is Instance:
        run.set_unknown(value, new)


def _delattr(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    run.arity("delattr", arguments, 2)
    if type(arguments[1]) is str:
        run.delete(arguments[0], arguments[1])
    elif type(arguments[0]) is Instance:
        run.set_unknown(arguments[0], None)


def _vars(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return run.get(first_of(arguments), "__dict__") if arguments else Unknown("variables that are not known")


def _dir(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    value = first_of(arguments)
    if type(value) is LocalModule:
        return sorted(value.namespace)
    if type(value) is Symbol:
        # `"gelu" in dir(F)`: as hasattr.
        return Instance(_EVERYTHING)
    return Unknown("the names of an object")


_EVERYTHING: Final = lang_classes.lent_class("dir", {"__contains__": lambda _, __, ___: True})
_EVERYTHING.open = "the names of a library"


def _super(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return run.super_of(arguments[0], arguments[1]) if len(arguments) == 2 else Unknown("`super()` that is not known")


def make_property(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Do `property(getter, setter)`."""
    return Property(first_of(arguments, keywords.get("fget")), nth(arguments, 1, keywords.get("fset")))


def _exec(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> None:
    for each in arguments[1:]:
        if type(each) in DICTS:
            run.note_open(each)


def _many_digits(values: Sequence[Dyn]) -> bool:
    """Whether a number would be rounded to a power of ten that takes long to compute."""
    return any(type(each) is int and abs(each) > 1000 for each in values[1:])


BUILTINS: Final[dict[str, Handler]] = {
    "builtins.len": _len,
    "builtins.abs": _abs,
    "builtins.all": _any_all(wanted=False),
    "builtins.any": _any_all(wanted=True),
    "builtins.ascii": of_constants("builtins.ascii", ascii),
    "builtins.bin": of_constants("builtins.bin", bin),
    "builtins.callable": is_callable,
    "builtins.chr": of_constants("builtins.chr", chr),
    "builtins.classmethod": lambda _, arguments, __: ClassMethod(first_of(arguments)),
    "builtins.compile": gives_unknown("compiled code"),
    "builtins.delattr": _delattr,
    "builtins.dir": _dir,
    "builtins.divmod": of_constants("builtins.divmod", divmod),
    "builtins.enumerate": _enumerate,
    "builtins.eval": gives_unknown("result of `eval`"),
    "builtins.exec": _exec,
    "builtins.exit": leave_program,
    "builtins.filter": _filter,
    "builtins.format": _format,
    "builtins.getattr": _getattr,
    "builtins.hasattr": _hasattr,
    "builtins.hash": gives_unknown("a hash"),
    "builtins.hex": of_constants("builtins.hex", hex),
    "builtins.id": gives_unknown("an identity"),
    "builtins.input": gives_unknown("what is typed"),
    "builtins.isinstance": check_instance,
    "builtins.issubclass": check_subclass,
    "builtins.iter": _iter,
    "builtins.map": _map,
    "builtins.max": _extreme("max"),
    "builtins.min": _extreme("min"),
    "builtins.next": _next,
    "builtins.oct": of_constants("builtins.oct", oct),
    "builtins.open": gives_unknown("a file"),
    "builtins.ord": of_constants("builtins.ord", ord),
    "builtins.pow": _power,
    "builtins.print": nothing,
    "builtins.property": make_property,
    "builtins.quit": leave_program,
    "builtins.repr": _repr,
    "builtins.reversed": _reversed,
    "builtins.round": of_constants("builtins.round", round, _many_digits),
    "builtins.setattr": _setattr,
    "builtins.sorted": _sorted,
    "builtins.staticmethod": lambda _, arguments, __: StaticMethod(first_of(arguments)),
    "builtins.sum": _sum,
    "builtins.super": _super,
    "builtins.vars": _vars,
    "builtins.zip": _zip,
    "builtins.__import__": gives_unknown("a module that is not known"),
    "builtins.breakpoint": nothing,
    "builtins.help": nothing,
    "builtins.object.__new__": lambda run, arguments, keywords: lang_classes.new_object(run, None, arguments, keywords),
    "builtins.dict.fromkeys": lambda run, arguments, keywords: call_native(run, {}, "fromkeys", arguments, keywords),
    "builtins.bytes.maketrans": of_constants("bytes.maketrans", bytes.maketrans),
    "builtins.str.maketrans": of_constants("str.maketrans", str.maketrans),
    "builtins.int.from_bytes": of_constants(
        "int.from_bytes",
        int.from_bytes,
        lambda values: len(values) > 0 and type(values[0]) in {bytes, bytearray} and len(values[0]) > 500,
    ),
    "builtins.float.fromhex": of_constants("float.fromhex", float.fromhex),
    "builtins.bytes.fromhex": of_constants("bytes.fromhex", bytes.fromhex),
}
