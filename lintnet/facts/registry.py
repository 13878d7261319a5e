"""The facts a rule file may name, by name. Adding one is a line here and a function beside its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts import (
    activations,
    affine,
    bottlenecks,
    counting,
    extents,
    heads,
    layers,
    places,
    pools,
    slices,
    stacks,
    variance,
    windows,
)
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
    "kind_of": (heads.kind_of, 1),
    "loss_framework": (heads.loss_framework, 1),
    "loss_classes": (heads.loss_classes, 1),
    "least_loss": (heads.least_loss, 1),
    "cross_entropy_effect": (heads.cross_entropy_effect, 2),
    "regression_loss": (heads.regression_loss, 1),
    "head_width": (heads.head_width, 1),
    "head_range": (heads.head_range, 1),
    "leaves_unit_interval": (heads.leaves_unit_interval, 1),
    "output_form": (heads.output_form, 1),
    "named_regression": (heads.named_regression, 1),
    "named_non_negative": (heads.named_non_negative, 1),
    "value_range": (activations.value_range, 1),
    "value_at_zero": (activations.value_at_zero, 1),
    "least_value": (activations.least_value, 2),
    "rectifies_scores": (activations.rectifies_scores, 1),
    "stacked_activations": (activations.stacked_activations, 2),
    "stacked_effect": (activations.stacked_effect, 2),
    "parameter_count": (counting.parameter_count, 1),
    "parameter_share": (counting.parameter_share, 1),
    "flattened_positions": (counting.flattened_positions, 2),
    "holds_parameters": (counting.holds_parameters, 1),
    "affine_rank": (affine.affine_rank, 2),
    "meant_as_pair": (affine.meant_as_pair, 2),
    "merged_map": (affine.merged_map, 2),
    "redundant_parameters": (affine.redundant_parameters, 2),
    "softened_pair": (affine.softened_pair, 2),
    "always_on": (layers.always_on, 1),
    "at_input": (layers.at_input, 1),
    "kept_units": (layers.kept_units, 1),
    "softmax_over": (layers.softmax_over, 1),
    "simplex_size": (layers.simplex_size, 1),
    "logits_shared": (layers.logits_shared, 1),
    "mixes_samples": (layers.mixes_samples, 1),
    "pooled_gain": (windows.pooled_gain, 2),
    "smoothed_before": (windows.smoothed_before, 1),
    "unread_share": (windows.unread_share, 1),
    "window_size": (windows.window_size, 1),
    "dropped_slices": (slices.dropped_slices, 1),
    "input_rank": (slices.input_rank, 1),
    "norm_extent": (extents.norm_extent, 1),
    "norm_result": (extents.norm_result, 1),
    "map_exhausted": (extents.map_exhausted, 1),
    "map_before": (extents.map_before, 1),
    "smallest_input": (extents.smallest_input, 1),
    "pools_in_series": (pools.pools_in_series, 2),
    "joint_window": (pools.joint_window, 2),
    "joint_stride": (pools.joint_stride, 2),
    "joint_step": (pools.joint_step, 2),
    "lost_positions": (pools.lost_positions, 2),
    "least_side": (pools.least_side, 1),
    "saturating_layers": (stacks.saturating_layers, 2),
    "sigmoid_layers": (stacks.sigmoid_layers, 2),
    "gradient_at_most": (stacks.gradient_at_most, 2),
    "gradient_expected": (stacks.gradient_expected, 2),
    "one_number": (bottlenecks.one_number, 2),
    "answers_per_step": (bottlenecks.answers_per_step, 2),
    "per_position": (bottlenecks.per_position, 1),
    "known_loss": (bottlenecks.known_loss, 1),
    "output_shape": (bottlenecks.output_shape, 1),
    "shrunken_map": (bottlenecks.shrunken_map, 1),
}
"""Name to function and number of captured nodes it takes."""


def compute(name: str, facts: Facts, witness: Sequence[int], nodes: Sequence[int]) -> FactValue:
    """Compute a fact for captured nodes, given the witness path they stand on.

    Raises:
        KeyError: no such fact; the rule reader has checked this.
    """
    function, _arity = FACTS[name]
    return function(facts, witness, *nodes)
