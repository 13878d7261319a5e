"""Matching the arguments of a call with the parameters that a table writes as text.

Knows how Python binds arguments; no framework. What cannot be matched is said, never guessed.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.source.objects import UnknownRest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.source.values import Value

__all__ = ["REST", "Signature", "bind", "read_signature"]

REST = "**"
"""The keyword under which arguments behind a `**` come that is not known."""


class Signature(NamedTuple):
    """Parameters of a function.

    names are those that may be given by position, positional how many of them not by name; keyword those that are given
    by name only. defaults holds the values of those that may be left out, required names the others.
    """

    names: tuple[str, ...]
    positional: int
    vararg: str
    keyword: tuple[str, ...]
    kwarg: str
    defaults: Mapping[str, Value]
    required: tuple[str, ...]


@cache
def read_signature(text: str) -> Signature:
    """Read parameters as Python writes them, without parentheses: `"input, p=0.5, *, inplace=False"`."""
    arguments = ast.parse(f"lambda {text}: 0", mode="eval").body
    assert isinstance(arguments, ast.Lambda)  # noqa: S101 - the text above says so
    args = arguments.args
    every = [each.arg for each in (*args.posonlyargs, *args.args)]
    defaults: dict[str, Value] = {}
    for name, value in zip(every[len(every) - len(args.defaults) :], args.defaults, strict=True):
        defaults[name] = ast.literal_eval(value)
    for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if default is not None:
            defaults[each.arg] = ast.literal_eval(default)
    keyword = tuple(each.arg for each in args.kwonlyargs)
    return Signature(
        tuple(every),
        len(args.posonlyargs),
        args.vararg.arg if args.vararg else "",
        keyword,
        args.kwarg.arg if args.kwarg else "",
        defaults,
        tuple(name for name in (*every, *keyword) if name not in defaults),
    )


def bind(
    signature: Signature, arguments: Sequence[Value], keywords: Mapping[str, Value]
) -> tuple[dict[str, Value], frozenset[str]] | str:
    """Match arguments; return every parameter with its value and the names of those given, or why it cannot be.

    A required parameter that may lie among arguments that are not known is unknown; one that is missing is a failure.
    """
    values: dict[str, Value] = {}
    if UnknownRest in map(type, arguments):
        first = next(index for index, each in enumerate(arguments) if isinstance(each, UnknownRest))
        if not signature.vararg or first < len(signature.names):
            # Which parameters get what stands behind it is not known.
            arguments = arguments[: first + 1]
    rest = bool(arguments) and isinstance(arguments[-1], UnknownRest)
    positional = list(arguments[:-1]) if rest else list(arguments)
    names = signature.names
    count = len(positional)
    if count > len(names) and not signature.vararg:
        return f"takes {len(names)} arguments, not {count}"
    values.update(zip(names, positional, strict=False))
    extra: dict[str, Value] = {}
    more = REST in keywords
    for name, value in keywords.items():
        if name == REST:
            continue
        known = name in signature.keyword or name in names[signature.positional :]
        if known and name not in values:
            values[name] = value
        elif not known and signature.kwarg:
            extra[name] = value
        else:
            return f"has no parameter {name!r}" if not known else f"is given {name!r} twice"
    given = frozenset(values)
    if not rest and not more:
        for name in signature.required:
            if name not in values:
                return f"needs {name!r}"
        values = {**signature.defaults, **values}
        if signature.vararg:
            values[signature.vararg] = tuple(positional[len(names) :])
        if signature.kwarg:
            values[signature.kwarg] = extra
        return values, given
    doubtful = arguments[-1] if rest else keywords.get(REST)
    unknown = doubtful if isinstance(doubtful, Unknown) else UNKNOWN
    for index, name in enumerate(names):
        if name in values:
            continue
        if (rest and index >= count) or (more and index >= signature.positional):
            values[name] = unknown
        elif name in signature.defaults:
            values[name] = signature.defaults[name]
        else:
            return f"needs {name!r}"
    for name in signature.keyword:
        if name in values:
            continue
        if more:
            values[name] = unknown
        elif name in signature.defaults:
            values[name] = signature.defaults[name]
        else:
            return f"needs {name!r}"
    if signature.vararg:
        tail = positional[len(names) :]
        values[signature.vararg] = (*tail, arguments[-1]) if rest else tuple(tail)
    if signature.kwarg:
        values[signature.kwarg] = {**extra, REST: keywords[REST]} if more else extra
    return values, given
