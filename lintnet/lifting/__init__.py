"""Lifting: what an exporter decomposed becomes one layer again. Knows graphs; knows no format, rule or report.

Runs before any rule, so that a group norm that arrives as reshape, instance norm, reshape never looks like an
instance norm. Nothing is lifted that its recogniser does not prove; tests/lifting executes both sides.
"""

from collections import Counter

from lintnet.ir import KINDS, Graph, Node
from lintnet.lifting.activations import ROOTS, lift_activations
from lintnet.lifting.attention import lift_attention, lift_gate
from lintnet.lifting.layers import lift_bias, lift_global_pool, lift_identity
from lintnet.lifting.masks import lift_alpha_dropout, lift_random_mask
from lintnet.lifting.norms import lift_group_norm, lift_layer_norm, lift_rms_norm
from lintnet.lifting.rewrite import rewrite

__all__ = ["lift"]

_PASSES = (
    (lift_group_norm, frozenset({"affine", "reshape"})),
    (lift_layer_norm, frozenset({"affine", "divide"})),
    (lift_rms_norm, frozenset({"affine", "multiply", "divide"})),
    (lift_random_mask, frozenset({"multiply"})),
    (lift_alpha_dropout, frozenset({"add"})),
    (lift_gate, frozenset({"multiply"})),
    (lift_activations, ROOTS),
    (lift_global_pool, frozenset({"reduce"})),
    (lift_bias, frozenset({"affine"})),
    (lift_attention, frozenset({"matmul"})),
    (lift_identity, frozenset({"affine"})),
)
"""Recognisers and the kinds of their last node, in this order: a norm's own scale and shift must be taken before a bias
is looked for."""


def lift(graph: Graph) -> Graph:
    """Return the graph with every recognised decomposition replaced by its layer."""
    lifted = graph
    for recogniser, roots in _PASSES:
        lifted = rewrite(lifted, recogniser, roots)
    return graph if lifted is graph else _readdressed(lifted, _restored(graph, lifted))


def _restored(graph: Graph, lifted: Graph) -> set[str]:
    """Return the modules of an exported graph that were several nodes and are one layer again.

    An exporter that keeps the path of a module and not its class leaves `act.sigmoid#0` and `act.multiply#0` of an
    `nn.SiLU`. What has a class, and what source calls, is addressed by who knows the class.
    """
    if graph.format != "onnx":
        return set()
    before = Counter(_module(node) for node in graph.nodes if "module_class" not in node.attributes)
    classed = {_module(node) for node in graph.nodes if "module_class" in node.attributes}
    after = Counter(_module(node) for node in lifted.nodes)
    found = {path for path, count in after.items() if path and count == 1 < before[path]} - classed
    for node in lifted.nodes if found else ():
        path = node.scope if not _module(node) else _module(node).rpartition(".")[0]
        while path:
            found.discard(path)  # it holds more than the one layer
            path = path.rpartition(".")[0]
    return found


def _module(node: Node) -> str:
    """Return the path in front of an address that is numbered, empty for one that is named."""
    prefix, _, last = node.scope.rpartition(".")
    word, mark, number = last.partition("#")
    return prefix if mark and number.isdigit() and word in KINDS else ""


def _readdressed(graph: Graph, restored: set[str]) -> Graph:
    """Number the addresses that no name stands behind anew, by the kinds the nodes have now.

    A SiLU that an exporter wrote as `sigmoid#0` and `multiply#2` gets the address it has as one layer, `silu#0`, and
    that of its module where nothing else is in it.
    """
    ordinals: dict[tuple[str, str], int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        prefix, dot, last = node.scope.rpartition(".")
        word, mark, number = last.partition("#")
        if mark and number.isdigit() and word in KINDS and prefix in restored:
            nodes.append(node._replace(name=prefix, scope=prefix))
        elif mark and number.isdigit() and word in KINDS:
            ordinal = ordinals.get((prefix, node.kind), 0)
            ordinals[prefix, node.kind] = ordinal + 1
            scope = f"{prefix}{dot}{node.kind}#{ordinal}"
            nodes.append(node if scope == node.scope else node._replace(scope=scope))
        else:
            nodes.append(node)
    return graph._replace(nodes=tuple(nodes))
