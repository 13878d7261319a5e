"""Norms that an exporter wrote out: group norm around an instance norm, layer norm as mean, difference and division."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import UNKNOWN, Unknown
from lintnet.lifting.rewrite import Lifted, Region, one_number

if TYPE_CHECKING:
    from lintnet.ir import Edge, Node, Value

__all__ = ["lift_group_norm", "lift_layer_norm", "lift_rms_norm"]


def lift_group_norm(region: Region, root: int) -> Lifted | None:
    """Reshape to (N, groups, -1), instance norm, reshape back, then scale and shift per channel.

    `root` is the last node of the chain: the shift, the scale, or the reshape back, whichever comes last.
    Source: the exporters' decomposition of torch.nn.GroupNorm below ONNX opset 21.
    """
    chain: list[int] = []
    scale = shift = False
    index: int | None = root
    node = region.nodes[root]
    if _affine_vector(node, "add"):
        shift = True
        chain.append(root)
        index = region.producer(root)
    if index is not None and _affine_vector(region.nodes[index], "multiply"):
        scale = True
        chain.append(index)
        index = region.producer(index)
    if index is None or region.nodes[index].kind != "reshape":
        return None
    back = index
    inner = region.producer(back)
    if inner is None or region.nodes[inner].kind != "instance_norm" or region.only_consumer(inner) != back:
        return None
    into = region.producer(inner)
    if into is None or region.nodes[into].kind != "reshape" or region.only_consumer(into) != inner:
        return None
    shape = region.nodes[into].axes("shape")
    groups = shape[1] if not isinstance(shape, Unknown) and len(shape) > 1 else region.nodes[inner].get("out")
    if not isinstance(groups, int) or groups < 1:
        return None
    members = [*chain, back, inner, into]
    if any(region.only_consumer(each) is None for each in members if each != root) or root not in members:
        return None
    if _continues(region, root, scale=scale, shift=shift):
        return None  # a later root takes the scale and shift in
    entering = region.nodes[into].inputs[0]
    attributes: dict[str, Value] = {
        "groups": groups,
        "out": _channels(region, entering, chain),
        "epsilon": region.nodes[inner].get("epsilon"),
        "scale": scale,
        "shift": shift,
        "axis": "channel",
    }
    return _norm(region, root, "group_norm", entering, attributes, members)


def _continues(region: Region, root: int, *, scale: bool, shift: bool) -> bool:
    consumer = region.only_consumer(root)
    if consumer is None or shift:
        return False
    node = region.nodes[consumer]
    return _affine_vector(node, "add") or (not scale and _affine_vector(node, "multiply"))


def lift_layer_norm(region: Region, root: int) -> Lifted | None:
    """(x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) over the last axes, with its scale and shift if they follow.

    Source: the exporters' decomposition of torch.nn.LayerNorm below ONNX opset 17.
    """
    divide = root
    chain: list[int] = []
    scale = shift = False
    if _affine_vector(region.nodes[divide], "add"):
        shift = True
        chain.append(divide)
        divide = region.nodes[divide].inputs[0].node
    if _affine_vector(region.nodes[divide], "multiply"):
        scale = True
        chain.append(divide)
        divide = region.nodes[divide].inputs[0].node
    core = _layer_norm_core(region, divide)
    if core is None or _continues(region, root, scale=scale, shift=shift):
        return None
    entering, members, epsilon = core
    members = [*chain, *members]
    inside = set(members)
    for each in members:
        if each != root and not all(consumer in inside for consumer in region.consumers[each]):
            return None
    attributes: dict[str, Value] = {
        "epsilon": epsilon,
        "scale": scale,
        "shift": shift,
        "axis": "channel",
        "out": _channels(region, entering, chain),
    }
    return _norm(region, root, "layer_norm", entering, attributes, members)


def lift_rms_norm(region: Region, root: int) -> Lifted | None:
    """Division by sqrt(mean(x^2) + eps), the mean over the last axes, and its scale if it follows, casts between them.

    Source: B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization", 2019, equation 4, and the exporters'
    decomposition of torch.nn.RMSNorm below ONNX opset 23.
    """
    chain: list[int] = []
    index = root
    scale = _affine_vector(region.nodes[root], "multiply")
    if scale:
        chain.append(root)
        index = region.nodes[root].inputs[0].node
        while region.nodes[index].kind == "cast" and region.nodes[index].inputs:
            chain.append(index)
            index = region.nodes[index].inputs[0].node
    core = _rms_norm_core(region, index)
    if core is None:
        return None
    entering, members, epsilon = core
    members = [*chain, *members]
    inside = set(members)
    for each in members:
        if each != root and not all(consumer in inside for consumer in region.consumers[each]):
            return None
    attributes: dict[str, Value] = {
        "epsilon": epsilon,
        "scale": scale,
        "shift": False,
        "axis": "channel",
        "out": _channels(region, entering, chain),
    }
    return _norm(region, root, "rms_norm", entering, attributes, members)


def _rms_norm_core(region: Region, index: int) -> tuple[Edge, list[int], Value] | None:
    """Return what enters, the nodes, and epsilon."""
    nodes = region.nodes
    product = nodes[index]
    if product.kind not in {"multiply", "divide"} or len(product.inputs) != 2:  # noqa: PLR2004 - two operands
        return None
    orders = (product.inputs,) if product.kind == "divide" else (product.inputs, product.inputs[::-1])
    for entering, other in orders:
        members, root = [index], other.node
        if product.kind == "multiply":
            if nodes[root].kind != "reciprocal" or not nodes[root].inputs:
                continue
            members.append(root)
            root = nodes[root].inputs[0].node
        plus = region.producer(root) if nodes[root].kind == "sqrt" else None
        if plus is None or nodes[plus].kind != "affine" or nodes[plus].get("function") != "add":
            continue
        mean = region.producer(plus)
        if mean is None or nodes[mean].kind != "reduce" or nodes[mean].get("function") != "mean":
            continue
        square = region.producer(mean)
        if square is None or not _last_axes(nodes[mean]) or not _square_of(nodes[square], entering):
            continue
        return entering, [*members, root, plus, mean, square], nodes[plus].get("constant")
    return None


def _square_of(node: Node, entering: Edge) -> bool:
    if set(node.inputs) != {entering}:
        return False
    return (node.kind == "power" and node.number("constant") == 2) or node.kind == "multiply"  # noqa: PLR2004 - the square


def _layer_norm_core(region: Region, divide: int) -> tuple[Edge, list[int], Value] | None:
    nodes = region.nodes
    if nodes[divide].kind != "divide" or len(nodes[divide].inputs) != 2:  # noqa: PLR2004 - two operands
        return None
    centred, root = (edge.node for edge in nodes[divide].inputs)
    if nodes[centred].kind != "subtract" or nodes[root].kind != "sqrt" or len(nodes[centred].inputs) != 2:  # noqa: PLR2004 - as above
        return None
    entering, mean_edge = nodes[centred].inputs
    mean = nodes[mean_edge.node]
    plus = region.producer(root)
    if mean.kind != "reduce" or mean.get("function") != "mean" or mean.inputs[0] != entering or plus is None:
        return None
    variance = region.producer(plus)
    if nodes[plus].kind != "affine" or nodes[plus].get("function") != "add" or variance is None:
        return None
    square = region.producer(variance)
    if (
        square is None
        or nodes[variance].kind != "reduce"
        or nodes[variance].get("function") != "mean"
        or nodes[variance].get("over") != mean.get("over")
        or not _last_axes(mean)
    ):
        return None
    squared = nodes[square]
    if {edge.node for edge in squared.inputs} != {centred} or not (
        (squared.kind == "power" and squared.number("constant") == 2)  # noqa: PLR2004 - the square
        or squared.kind == "multiply"
    ):
        return None
    return entering, [divide, centred, root, mean_edge.node, plus, variance, square], nodes[plus].get("constant")


def _last_axes(node: Node) -> bool:
    over = node.axes("over")
    if isinstance(over, Unknown):
        return False
    axes = sorted(axis for axis in over if isinstance(axis, int))
    rank = node.outputs[0].rank
    if axes and all(axis < 0 for axis in axes):
        return axes == list(range(-len(axes), 0))
    return (
        not isinstance(rank, Unknown) and node.get("keepdims") is True and axes == list(range(rank - len(axes), rank))
    )


def _affine_vector(node: Node, function: str) -> bool:
    """Whether a node scales or shifts by a vector of constants, and not by one number."""
    return (
        node.kind == "affine"
        and node.get("function") == function
        and len(node.inputs) == 1
        and isinstance(one_number(node), Unknown)
    )


def _channels(region: Region, edge: Edge, chain: list[int]) -> Value:
    """Width of the norm: of what enters it, or the length of its scale or shift."""
    outputs = region.nodes[edge.node].outputs
    entering = outputs[edge.output].channels if edge.output < len(outputs) else UNKNOWN
    if not isinstance(entering, Unknown):
        return entering
    vectors = (region.nodes[index].parameter("constant") for index in chain)
    return next((vector.count for vector in vectors if vector is not None), UNKNOWN)


def _norm(  # noqa: PLR0917 - the parts of one record, in order
    region: Region, root: int, kind: str, entering: Edge, attributes: dict[str, Value], members: list[int]
) -> Lifted:
    last = region.nodes[root]
    parameters = tuple(each for index in reversed(members) for each in region.nodes[index].parameters)
    node = last._replace(kind=kind, inputs=(entering,), attributes=attributes, parameters=parameters)
    return Lifted(node, frozenset(members) - {root})
