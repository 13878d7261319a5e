"""The values an expression of a rule sees: captured nodes with their attributes, `[let]` facts, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lintnet.facts import compute
from lintnet.ir import UNKNOWN, Unknown, Value
from lintnet.paths.expression import evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.facts import Facts
    from lintnet.paths.expression import Expression
    from lintnet.paths.view import View

__all__ = ["RuleEnvironment"]


class RuleEnvironment:
    """Captures of one match, and `[let]` values computed when first asked for."""

    def __init__(
        self,
        facts: Facts,
        view: View,
        witness: Sequence[int],
        captures: Mapping[str, int | None],
        let: Sequence[tuple[str, Expression]],
    ) -> None:
        """Bind the captures; compute nothing yet."""
        self._facts = facts
        self._view = view
        self._witness = witness
        self._captures = captures
        self._let = dict(let)
        self._values: dict[str, Value] = {}

    def name(self, name: str) -> Value:
        """Value of a `[let]` name; a capture by itself has none, so it is unknown."""
        if name not in self._values:
            expression = self._let.get(name)
            self._values[name] = UNKNOWN if expression is None else evaluate(expression, self)
        return self._values[name]

    def attribute(self, capture: str, attribute: str) -> Value:
        """Attribute of a captured node; unknown where the capture is on a branch not taken."""
        index = self._captures.get(capture)
        return UNKNOWN if index is None else self._view.attribute(index, attribute)

    def call(self, function: str, arguments: Sequence[str]) -> Value:
        """Value of a fact of captured nodes; unknown where one of them is on a branch not taken."""
        nodes: list[int] = []
        for argument in arguments:
            index = self._captures.get(argument)
            if index is None:
                return UNKNOWN
            nodes.append(index)
        # An interval is a value too; expressions do not compare it, they hand it on to be shown.
        return cast("Value", compute(function, self._facts, self._witness, nodes))

    def quantities(self) -> dict[str, Value]:
        """Every `[let]` value that is known, in the order of the rule file."""
        values = {name: self.name(name) for name in self._let}
        return {name: value for name, value in values.items() if not isinstance(value, Unknown)}
