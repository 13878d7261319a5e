"""Norms that an exporter wrote out: group norm around an instance norm, layer norm as mean, difference and division."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import UNKNOWN, Unknown
from lintnet.lifting.rewrite import Lifted, Region, one_number

if TYPE_CHECKING:
    from lintnet.ir import Edge, Node, Value

__all__ = ["lift_group_norm", "lift_layer_norm"]


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
