"""Attention that is written out, by an exporter or by hand: two products with a softmax between become one layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import UNKNOWN, Unknown
from lintnet.lifting.rewrite import Lifted, Region

if TYPE_CHECKING:
    from lintnet.ir import Edge, Size, Value

__all__ = ["lift_attention", "lift_gate"]

_PASSED = frozenset({"dropout", "identity", "cast"})
_SCORES = frozenset({"affine", "cast", "identity", "add", "mask"})
_LONGEST = 12


def lift_attention(region: Region, root: int) -> Lifted | None:
    """`softmax(scale * q @ k + mask) @ v`, softmax over the last axis: `root` is the second product.

    The inputs of the layer are q, k (as the product takes it, hence transposed), v, and the mask if it is computed.
    Source: A. Vaswani et al., "Attention Is All You Need", 2017, equation 1, and the exporters' decompositions of
    torch.nn.functional.scaled_dot_product_attention.
    """
    node = region.nodes[root]
    if len(node.inputs) != 2:  # noqa: PLR2004 - a product of two
        return None
    weights, values = node.inputs
    dropout: float | Unknown = 0.0
    members: list[int] = []
    index, reader = weights.node, root
    while region.nodes[index].kind in _PASSED:
        step = region.nodes[index]
        # An exporter that forgot the flag of this dropout wrote it as an identity that still knows its rate.
        if "rate" in step.attributes and region.graph.provenance.kind == "training":
            dropout = step.number("rate")
        if not _belongs(region, index, reader, members):
            return None
        index, reader = step.inputs[0].node, index
    softmax = region.nodes[index]
    if softmax.kind != "softmax" or not _over_last(region, index) or not _belongs(region, index, reader, members):
        return None
    scores = _scores(region, softmax.inputs[0].node, index, members)
    if scores is None:
        return None
    queries, keys, masks = scores
    heads, width = _heads(region, root)
    attributes: dict[str, Value] = {
        "form": "dot_product",
        "heads": heads,
        "head_width": width,
        "out": heads * width if isinstance(heads, int) and isinstance(width, int) else UNKNOWN,
        "dropout": dropout,
        "causal": UNKNOWN,
    }
    inputs = (queries, keys, values, *masks)
    made = node._replace(kind="attention", inputs=inputs, attributes=attributes)
    return Lifted(made, frozenset(members))


def _belongs(region: Region, index: int, reader: int, members: list[int]) -> bool:
    """Take a node into the region if nothing but the next node of it reads its result."""
    if region.only_consumer(index) != reader or len(members) > _LONGEST or not region.nodes[index].inputs:
        return False
    members.append(index)
    return True


def _over_last(region: Region, index: int) -> bool:
    """Whether a softmax is proven to run over the last axis."""
    node = region.nodes[index]
    over, tensor = node.axes("over"), node.outputs[0]
    if not isinstance(over, Unknown) and len(over) == 1:
        return over[0] == -1 or (isinstance(tensor.rank, int) and over[0] == tensor.rank - 1)
    return node.get("axis") == "channel" and isinstance(tensor.rank, int) and tensor.channel == tensor.rank - 1


def _scores(region: Region, index: int, reader: int, members: list[int]) -> tuple[Edge, Edge, tuple[Edge, ...]] | None:
    """Go from the softmax back to the product of queries and keys; masks that are computed are inputs of the layer."""
    masks: list[Edge] = []
    while region.nodes[index].kind in _SCORES:
        node = region.nodes[index]
        if not _belongs(region, index, reader, members):
            return None
        step = node.inputs[0]
        if node.kind == "add":
            leading = [edge for edge in node.inputs if _leads_to_product(region, edge.node)]
            if len(node.inputs) != 2 or len(leading) != 1:  # noqa: PLR2004 - scores and mask
                return None
            step = leading[0]
            masks += (edge for edge in node.inputs if edge != step)
        index, reader = step.node, index
    product = region.nodes[index]
    if product.kind != "matmul" or len(product.inputs) != 2 or not _belongs(region, index, reader, members):  # noqa: PLR2004 - as above
        return None
    queries, keys = (_unscaled(region, edge, index, members) for edge in product.inputs)
    return queries, keys, tuple(masks)


def _leads_to_product(region: Region, index: int) -> bool:
    for _ in range(_LONGEST):
        node = region.nodes[index]
        if node.kind == "matmul":
            return True
        if node.kind not in _SCORES or node.kind == "add" or not node.inputs:
            return False
        index = node.inputs[0].node
    return False


def _unscaled(region: Region, edge: Edge, reader: int, members: list[int]) -> Edge:
    """Take the scaling of queries or keys into the layer, where there is one."""
    node = region.nodes[edge.node]
    scales = node.kind == "affine" and node.get("function") in {"multiply", "divide"} and len(node.inputs) == 1
    if scales and _belongs(region, edge.node, reader, members):
        return node.inputs[0]
    return edge


def _heads(region: Region, root: int) -> tuple[Size, Size]:
    """Number and width of the heads, from a result of shape (batch, heads, tokens, width)."""
    sizes = region.nodes[root].outputs[0].sizes
    if isinstance(sizes, Unknown) or len(sizes) != 4:  # noqa: PLR2004 - the four axes
        return UNKNOWN, UNKNOWN
    return sizes[1], sizes[3]


def lift_gate(region: Region, root: int) -> Lifted | None:
    """Split in two equal halves, sigmoid of one, times the other: a gated linear unit.

    Source: Y. Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2017, section 2.
    """
    node = region.nodes[root]
    if len(node.inputs) != 2:  # noqa: PLR2004 - a product of two
        return None
    for plain, gate in (node.inputs, node.inputs[::-1]):
        squash = region.nodes[gate.node]
        if squash.kind != "sigmoid" or region.only_consumer(gate.node) != root:
            continue
        split = squash.inputs[0].node
        parts = region.nodes[split]
        if (
            parts.kind == "split"
            and plain.node == split
            and len(parts.outputs) == 2  # noqa: PLR2004 - the halves
            and {plain.output, squash.inputs[0].output} == {0, 1}
            and sorted(region.consumers[split]) == sorted((gate.node, root))
            and _halves(region, split, root)
        ):
            made = node._replace(kind="glu", inputs=parts.inputs, attributes={"axis": parts.get("axis")})
            return Lifted(made, frozenset((split, gate.node)))
    return None


def _halves(region: Region, split: int, root: int) -> bool:
    """Whether what is split has twice the channels of the product."""
    entering = region.nodes[split].inputs[0]
    outputs = region.nodes[entering.node].outputs
    before = outputs[entering.output].channels if entering.output < len(outputs) else UNKNOWN
    after = region.nodes[root].outputs[0].channels
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return False
    return before == 2 * after
