"""Layers that an exporter split: a bias added behind a weight layer, a mean over all positions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from lintnet.ir import Unknown
from lintnet.lifting.rewrite import Lifted, Region, one_number

if TYPE_CHECKING:
    from lintnet.ir import Node

__all__ = ["lift_bias", "lift_global_pool", "lift_identity"]


def lift_bias(region: Region, root: int) -> Lifted | None:
    """MatMul and Add, or a conv and Add: one weight layer with a bias.

    The constant must hold one number per output feature, along the channel axis and no other, and the weight
    layer's result must go nowhere else.
    """
    node = region.nodes[root]
    if node.kind != "affine" or node.get("function") != "add" or len(node.inputs) != 1:
        return None
    before = node.inputs[0].node
    weight = region.nodes[before]
    constant = node.parameter("constant")
    if (
        weight.kind not in {"linear", "conv", "conv_transpose"}
        or weight.get("bias") is not False
        or constant is None
        or region.only_consumer(before) != root
        or not _per_channel(weight, constant.sizes)
    ):
        return None
    merged = weight._replace(
        attributes={**weight.attributes, "bias": True},
        parameters=(*weight.parameters, dataclasses.replace(constant, role="bias")),
        outputs=node.outputs if not isinstance(node.outputs[0].sizes, Unknown) else weight.outputs,
    )
    return Lifted(merged, frozenset((before,)))


def _per_channel(weight: Node, sizes: tuple[int, ...] | Unknown) -> bool:
    """Whether a constant has one number per output feature along the channel axis, and size 1 elsewhere."""
    out = weight.integer("out")
    if isinstance(sizes, Unknown) or isinstance(out, Unknown):
        return False
    from_end = 1
    if weight.kind != "linear" and weight.outputs[0].channel == 1:  # channels first: spatial axes follow
        kernel = weight.axes("kernel")
        if isinstance(kernel, Unknown):
            return False
        from_end += len(kernel)
    axis = len(sizes) - from_end
    return axis >= 0 and sizes[axis] == out and all(size == 1 for i, size in enumerate(sizes) if i != axis)


def lift_identity(region: Region, root: int) -> Lifted | None:
    """Times or divided by the number 1, plus or minus the number 0: nothing happens."""
    node = region.nodes[root]
    neutral = {"multiply": 1.0, "divide": 1.0, "add": 0.0, "subtract": 0.0}.get(str(node.get("function")))
    if node.kind != "affine" or neutral is None or one_number(node) != neutral:
        return None
    return Lifted(node._replace(kind="identity", attributes={}, parameters=()), frozenset())


def lift_global_pool(region: Region, root: int) -> Lifted | None:
    """A mean or maximum over every spatial axis of a map of known layout: global pooling."""
    node = region.nodes[root]
    kinds = {"mean": "global_average_pool", "max": "global_max_pool"}
    kind = kinds.get(str(node.get("function")))
    over = node.axes("over")
    if node.kind != "reduce" or kind is None or isinstance(over, Unknown) or len(node.inputs) != 1:
        return None
    source, output = node.inputs[0]
    outputs = region.nodes[source].outputs
    tensor = outputs[output] if output < len(outputs) else None
    if tensor is None or isinstance(tensor.rank, Unknown) or isinstance(tensor.channel, Unknown):
        return None
    rank = tensor.rank
    channel = tensor.channel % rank if rank else 0
    spatial = [axis for axis in range(1, rank) if axis != channel]
    reduced = sorted(axis % rank for axis in over if isinstance(axis, int))
    if not spatial or reduced != spatial or rank <= 3:  # noqa: PLR2004 - rank 3 may be a token sequence
        return None
    return Lifted(node._replace(kind=kind, attributes={}, parameters=()), frozenset())
