"""Lifting: what an exporter decomposed becomes one layer again. Knows graphs; knows no format, rule or report.

Runs before any rule, so that a group norm that arrives as reshape, instance norm, reshape never looks like an
instance norm. Nothing is lifted that its recogniser does not prove; tests/lifting executes both sides.
"""

from lintnet.ir import Graph
from lintnet.lifting.activations import ROOTS, lift_activations
from lintnet.lifting.layers import lift_bias, lift_global_pool, lift_identity
from lintnet.lifting.norms import lift_group_norm, lift_layer_norm
from lintnet.lifting.rewrite import rewrite

__all__ = ["lift"]

_PASSES = (
    (lift_group_norm, frozenset({"affine", "reshape"})),
    (lift_layer_norm, frozenset({"affine", "divide"})),
    (lift_activations, ROOTS),
    (lift_global_pool, frozenset({"reduce"})),
    (lift_bias, frozenset({"affine"})),
    (lift_identity, frozenset({"affine"})),
)
"""Recognisers and the kinds of their last node, in this order: a norm's own scale and shift must be taken before a bias
is looked for."""


def lift(graph: Graph) -> Graph:
    """Return the graph with every recognised decomposition replaced by its layer."""
    for recogniser, roots in _PASSES:
        graph = rewrite(graph, recogniser, roots)
    return graph
