"""The facts a rule file may name, by name. Adding one is a word here and a function beside its kin.

A module of facts is imported when a rule first asks for one of them: most runs need few, and every import costs.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = ["FACTS", "FactValue", "compute", "function_of"]

FactValue = float | int | str | bool | tuple[float, ...] | Unknown
"""What a fact gives: a number, a word, a truth value, an interval, or unknown."""

# Behind the slash: the number of captured nodes that the function takes.
_MODULES: Final = {
    "activations": """
        value_range/1 value_at_zero/1 least_value/2 rectifies_scores/1 stacked_activations/2 stacked_effect/2
    """,
    "affine": """
        affine_rank/2 meant_as_pair/2 merged_map/2 redundant_parameters/2 softened_pair/2
    """,
    "bottlenecks": """
        one_number/2 answers_per_step/2 per_position/1 known_loss/1 output_shape/1 shrunken_map/1
    """,
    "counting": """
        parameter_count/1 parameter_share/1 flattened_positions/2 holds_parameters/1
    """,
    "extents": """
        norm_extent/1 norm_result/1 map_exhausted/1 map_before/1 smallest_input/1
    """,
    "heads": """
        kind_of/1 loss_framework/1 loss_classes/1 least_loss/1 cross_entropy_effect/2 regression_loss/1 head_width/1
        head_range/1 leaves_unit_interval/1 output_form/1 named_regression/1 named_non_negative/1
    """,
    "layers": """
        always_on/1 at_input/1 kept_units/1 softmax_over/1 simplex_size/1 logits_shared/1 mixes_samples/1
    """,
    "places": """
        spatial_extent/1 map_rank/1 softmax_extent/1 feeds_attention/1 independent_component/2 normalises_features/1
        on_output_path/1 bias_bytes/1 output_role/1 dropout_gain/1
    """,
    "pools": """
        pools_in_series/2 joint_window/2 joint_stride/2 joint_step/2 lost_positions/2 least_side/1
    """,
    "slices": """
        dropped_slices/1 input_rank/1
    """,
    "stacks": """
        saturating_layers/2 sigmoid_layers/2 gradient_at_most/2 gradient_expected/2
    """,
    "variance": """
        variance_shift/2 variance_shift_bound/2 variance_shift_range/2
    """,
    "windows": """
        pooled_gain/2 smoothed_before/1 unread_share/1 window_size/1
    """,
}

FACTS: Final[dict[str, tuple[str, int]]] = {
    word.partition("/")[0]: (module, int(word.partition("/")[2]))
    for module, words in _MODULES.items()
    for word in words.split()
}
"""Name of a fact, which is that of its function, to its module in this package and the captured nodes it takes."""


@cache
def function_of(name: str) -> Callable[..., FactValue]:
    """Return the function of a fact: it takes the facts of a graph, the witness, and the captured nodes.

    Raises:
        KeyError: no such fact; the rule reader has checked this.
    """
    module: Any = import_module(f"lintnet.facts.{FACTS[name][0]}")
    function: Callable[..., FactValue] = getattr(module, name)
    return function


def compute(name: str, facts: Facts, witness: Sequence[int], nodes: Sequence[int]) -> FactValue:
    """Compute a fact for captured nodes, given the witness path they stand on.

    Raises:
        KeyError: no such fact; the rule reader has checked this.
    """
    return function_of(name)(facts, witness, *nodes)
