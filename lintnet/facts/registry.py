"""The facts a rule file may name, by name. Adding one is a line here and a function beside its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts import places, variance
from lintnet.ir import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = ["FACTS", "FactValue", "compute"]

FactValue = float | int | str | bool | tuple[float, ...] | Unknown
"""What a fact gives: a number, a word, a truth value, an interval, or unknown."""

FACTS: Final[dict[str, tuple[Callable[..., FactValue], int]]] = {
    "variance_shift": (variance.variance_shift, 2),
    "variance_shift_bound": (variance.variance_shift_bound, 2),
    "variance_shift_range": (variance.variance_shift_range, 2),
    "spatial_extent": (places.spatial_extent, 1),
    "map_rank": (places.map_rank, 1),
    "softmax_extent": (places.softmax_extent, 1),
    "feeds_attention": (places.feeds_attention, 1),
    "independent_component": (places.independent_component, 2),
    "normalises_features": (places.normalises_features, 1),
    "on_output_path": (places.on_output_path, 1),
    "bias_bytes": (places.bias_bytes, 1),
    "output_role": (places.output_role, 1),
    "dropout_gain": (places.dropout_gain, 1),
}
"""Name to function and number of captured nodes it takes."""


def compute(name: str, facts: Facts, witness: Sequence[int], nodes: Sequence[int]) -> FactValue:
    """Compute a fact for captured nodes, given the witness path they stand on.

    Raises:
        KeyError: no such fact; the rule reader has checked this.
    """
    function, _arity = FACTS[name]
    return function(facts, witness, *nodes)
