"""Lifting: what an exporter decomposed becomes one layer again. Knows graphs; knows no format, rule or report.

Runs before any rule, so that a group norm that arrives as reshape, instance norm, reshape never looks like an
instance norm. Nothing is lifted that its recogniser does not prove; tests/lifting executes both sides.
"""

from lintnet.ir import Graph
from lintnet.lifting.activations import lift_activations
from lintnet.lifting.layers import lift_bias, lift_global_pool, lift_identity
from lintnet.lifting.norms import lift_group_norm, lift_layer_norm
from lintnet.lifting.rewrite import rewrite

__all__ = ["lift"]

_PASSES = (lift_group_norm, lift_layer_norm, lift_activations, lift_global_pool, lift_bias, lift_identity)
"""In this order: a norm's own scale and shift must be taken before a bias is looked for."""


def lift(graph: Graph) -> Graph:
    """Return the graph with every recognised decomposition replaced by its layer."""
    for recogniser in _PASSES:
        graph = rewrite(graph, recogniser)
    return graph
