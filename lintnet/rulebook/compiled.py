"""The bundled rules as one Python module, made when the wheel is built: what a run needs, without parsing.

Reading the rule files costs about a millisecond each; a process that lives for a tenth of a second notices. The wheel
therefore holds `lintnet.rulebook.table`, whose text this module writes: the same frozen data that the reader makes.
Pages and examples stay in the Markdown files and are read when somebody asks for them. A checkout has no table, so that
an edited rule file counts at once.

Knows how frozen data is written as source; knows no rule file and no build system. Pickle and marshal were refused: a
table that is Python is compiled, cached and checked by Python itself.
"""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.rulebook.book import Profile, Retired
    from lintnet.rulebook.rule import Rule

__all__ = ["MODULE", "Table", "as_source", "read_table"]

MODULE: Final = "lintnet.rulebook.table"
"""The module that a wheel holds and a checkout does not."""

_HEAD: Final = '''"""The bundled rules. Generated when the wheel is built; lintnet/rulebook/compiled.py says why."""

from lintnet.ir.finding import Citation, Confidence, Severity
from lintnet.paths.expression import (
    Arithmetic,
    Attribute,
    Call,
    Comparison,
    Expression,
    Literal,
    Logic,
    Name,
    Negative,
    Not,
)
from lintnet.paths.syntax import Atom, Group, Item, Pattern
from lintnet.rulebook.book import Profile, Retired
from lintnet.rulebook.rule import Proof, Rule, SeverityWhen
'''


class Table(NamedTuple):
    """What the module holds: the bundled rules in the order of their codes, the profiles and the retired codes."""

    rules: tuple[Rule, ...]
    profiles: Mapping[str, Profile]
    retired: Mapping[str, Retired]


def as_source(table: Table) -> str:
    """Write the module; the rules in it have no page (`text`, `sections`, `examples`)."""
    rules = ",\n    ".join(_source(rule._replace(text="", sections=(), examples=())) for rule in table.rules)
    return "\n".join(
        (
            _HEAD,
            f"RULES = (\n    {rules},\n)",
            f"PROFILES = {_source(dict(table.profiles))}",
            f"RETIRED = {_source(dict(table.retired))}",
            "",
        )
    )


def read_table() -> Table | None:
    """Return the table of this installation, None where it has none."""
    import importlib  # noqa: PLC0415 - only where rules are read

    try:
        module: Any = importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name != MODULE:
            raise
        return None
    return Table(module.RULES, module.PROFILES, module.RETIRED)


def _source(value: object) -> str:
    """Write a value as an expression that makes it again.

    Raises:
        TypeError: a value of a type that no rule holds.
    """
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
        return repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _call(value, [getattr(value, each.name) for each in dataclasses.fields(value) if each.init])
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        if hasattr(items, "_fields"):
            return _call(items, list(items))
        return f"({', '.join(map(_source, items))}{',' if len(items) == 1 else ''})"
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return f"{{{', '.join(f'{_source(key)}: {_source(each)}' for key, each in pairs)}}}"
    message = f"a rule table cannot hold {value!r}"
    raise TypeError(message)


def _call(value: object, arguments: list[object]) -> str:
    return f"{type(value).__name__}({', '.join(map(_source, arguments))})"
