"""Python's builtins and the modules of its standard library that models are written with: where names are looked up.

Knows no framework. Functions of constants are Python's own as far as their results are not large; what takes functions
of the program, or values that are not known, stands in the modules that are joined here. Names that are in none of them
go to the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_builtins import BUILTINS
from lintnet.loaders.source.lang_functional import FUNCTIONAL
from lintnet.loaders.source.lang_modules import MODULES, OBJECTS, handler_of
from lintnet.loaders.source.lang_types import is_instance, type_of
from lintnet.loaders.source.values import Builtin, Symbol

if TYPE_CHECKING:
    from lintnet.loaders.source.objects import Dyn

__all__ = ["call_inert", "is_inert", "is_instance", "lookup", "subscript", "type_of"]

_INERT: Final = ("typing.", "typing_extensions.", "logging.", "warnings.", "abc.", "__future__.", "collections.abc.")
"""Modules whose names mean nothing to a model."""


_FUNCTIONS: Final = {**BUILTINS, **FUNCTIONAL, **MODULES}


def lookup(run: Dyn, path: str) -> Dyn:
    """Return what a dotted name of the standard library stands for, MISSING if it is not known here."""
    if path in OBJECTS:
        return OBJECTS[path]
    handler = _FUNCTIONS.get(path)
    if handler is None:
        handler = handler_of(path)
    if handler is not None:
        found = run.globals.get(path)
        if found is None:
            found = run.globals[path] = Builtin(path, lambda arguments, keywords: handler(run, arguments, keywords))
        return found
    return Symbol(path) if path.startswith(_INERT) else MISSING


def is_inert(symbol: Symbol) -> bool:
    """Whether a name is one of the modules whose calls mean nothing to a model."""
    return symbol.path.startswith(_INERT)


def call_inert(symbol: Symbol) -> Dyn:
    """Call such a name: type variables and loggers stand for themselves, everything else gives None."""
    path = symbol.path
    if path.startswith(("typing.", "typing_extensions.", "abc.", "collections.abc.")):
        return symbol
    return Symbol("logging.Logger") if path in {"logging.getLogger", "logging.Logger.getChild"} else None


def subscript(run: Dyn, symbol: Symbol, key: Dyn) -> Dyn:
    """Return `symbol[key]` for names that are types, and for `sys.modules`; MISSING for others."""
    if is_inert(symbol):
        return symbol
    if symbol.path == "sys.modules":
        found = run.modules.get(key) if type(key) is str else None
        if found is None and key == "__main__":
            found = next((each for each in run.modules.values() if each.main), None)
        return Unknown("a module that is not known") if found is None else found
    return MISSING
