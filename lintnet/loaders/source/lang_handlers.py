"""What functions of the library are made of: handlers that take the interpreter, positional and keyword arguments.

Knows no library. A handler over constants lets Python compute; one that depends on the mode is computed for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lintnet.ir import Unknown
from lintnet.loaders.source.lang_values import (
    HOSTED,
    by_phases,
    is_long,
    is_plain,
)
from lintnet.loaders.source.objects import Partial
from lintnet.loaders.source.values import ByPhase, Instance, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lintnet.loaders.source.objects import Dyn, Handler

__all__ = [
    "first_of",
    "gives_unknown",
    "identity",
    "leave_program",
    "lifted",
    "make_partial",
    "nothing",
    "nth",
    "of_constants",
    "second_of",
    "sources_of",
]


def first_of(arguments: Sequence[Dyn], default: Dyn = None) -> Dyn:
    """Return the first argument."""
    return arguments[0] if arguments else default


def nth(arguments: Sequence[Dyn], index: int, default: Dyn = None) -> Dyn:
    """Return an argument by its position."""
    return arguments[index] if len(arguments) > index else default


def lifted(handler: Handler) -> Handler:
    """Compute once for each mode of the model, if an argument depends on it."""

    def lifted(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if any(type(each) is ByPhase for each in arguments):
            return by_phases(run, lambda values: handler(run, values, keywords), arguments)
        return handler(run, arguments, keywords)

    return lifted


def of_constants(path: str, function: Dyn, guard: Callable[[Sequence[Any]], bool] | None = None) -> Handler:
    """Let Python compute, if all arguments are constants."""

    def compute(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        arguments = [run.native_of(each) for each in arguments]
        values = [*arguments, *keywords.values()]
        if all(is_plain(each) for each in values):
            if any(is_long(each) for each in values) or (guard is not None and guard(values)):
                return Unknown("a value that is too large")
            return run.python(function, arguments, keywords)
        if any(type(each) in HOSTED or type(each) is Instance for each in values):
            return run.host.call_symbol(Symbol(path), arguments, keywords)
        run.doubts += 1
        return Unknown(run.why(values, f"result of `{path.removeprefix('builtins.')}`"))

    return lifted(compute)


def nothing(_: Dyn, __: list[Dyn], ___: dict[str, Dyn]) -> None:
    """Return None."""
    return


def gives_unknown(why: str) -> Handler:
    """Make a handler whose result is never known."""
    return lambda _, __, ___: Unknown(why)


def identity(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    """Return the first argument."""
    return first_of(arguments)


def second_of(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    """Return the second argument, as `typing.cast`."""
    return nth(arguments, 1)


def leave_program(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    """Do `sys.exit()`."""
    raise run.error(SystemExit, *arguments[:1])


def sources_of(run: Dyn, arguments: Sequence[Dyn]) -> list[Iterator[Dyn]] | Unknown:
    """Return iterators over several values, Unknown where the elements of one are not known."""
    result: list[Iterator[Dyn]] = []
    for each in arguments:
        elements = run.iterator(each)
        if elements is None:
            return Unknown(run.why((each,), f"the elements of {run.describe(each)}"))
        result.append(elements)
    return result


def make_partial(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Do `functools.partial(function, …)`."""
    if not arguments:
        return Unknown("a partial function")
    function, *rest = arguments
    if type(function) is Partial:
        return Partial(function.function, [*function.arguments, *rest], {**function.keywords, **keywords})
    return Partial(function, rest, keywords)
