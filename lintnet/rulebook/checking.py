"""Python checks, for rules that a path cannot express: what they give back, and how a rule file names them.

A check is a function `(facts) -> Iterator[CheckFinding]`. It names nodes by index and numbers by name; the engine
turns that into findings, so that a check knows neither messages, identities nor reports. Checks live in modules of
this package called `checks` or `checks_<family>`, and nothing else can be named: a rule file that could name any
import path would let a pull request run code through data.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from lintnet.rulebook.errors import fail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.facts import Facts
    from lintnet.ir.finding import QuantityValue, Severity

__all__ = ["CHECK_NAME", "Check", "CheckFinding", "resolve"]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One place where a check says its rule is broken.

    anchor: index of the node where a person would act. witness: indices of the nodes to draw, in the order of the
    data; at least the anchor. values: what the placeholders of the rule's message stand for. quantities: numbers to
    report, by name. severity: overrides that of the rule. places: the nodes this finding stands for.
    """

    anchor: int
    witness: tuple[int, ...]
    values: Mapping[str, QuantityValue] = field(default_factory=dict[str, "QuantityValue"])
    quantities: Mapping[str, QuantityValue] = field(default_factory=dict[str, "QuantityValue"])
    severity: Severity | None = None
    places: tuple[int, ...] = ()


Check: TypeAlias = Callable[["Facts"], Iterator[CheckFinding]]
"""A check: pure, deterministic, findings in the order of the nodes."""

CHECK_NAME: Final = re.compile(r"(?P<module>lintnet\.rulebook\.checks(?:_[a-z]+)?):(?P<function>[a-z][a-z0-9_]*)")
"""How a check is written in a rule file."""


def resolve(check: str) -> Check:
    """Return the function that `check` names, for example `lintnet.rulebook.checks_export:exported_in_training_mode`.

    Raises:
        RuleError: not a name of that form, or no such module or function.
    """
    match = CHECK_NAME.fullmatch(check)
    if match is None:
        fail(check, "a check is written lintnet.rulebook.checks_<family>:<function>")
    try:
        function = getattr(importlib.import_module(match["module"]), match["function"])
    except ModuleNotFoundError as error:
        if error.name != match["module"]:
            raise  # the check's own import failed, which is a fault of ours and not of the name
        fail(check, f"there is no module {match['module']}")
    except AttributeError:
        fail(check, f"{match['module']} has no function {match['function']}")
    if not callable(function):
        fail(check, f"{match['function']} is not a function")
    return cast("Check", function)
