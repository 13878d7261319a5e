"""Random masks that an exporter wrote out: channel dropout, stochastic depth and alpha dropout become one dropout.

All of them compare uniform random numbers with the keep rate. What the numbers are drawn for tells the form: one per
element, per channel (spatial axes of size 1) or per sample (all axes of size 1 but the batch).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lintnet.ir import UNKNOWN, Unknown
from lintnet.lifting.rewrite import Lifted, Region, one_number

if TYPE_CHECKING:
    from lintnet.ir import Edge, Size, Value

__all__ = ["lift_alpha_dropout", "lift_random_mask"]

_ROUNDING = 1e-4
_MASK_STEPS = frozenset({"cast", "affine", "identity", "expand"})


class _Mask(NamedTuple):
    """Nodes from the random numbers to the mask, the rate of dropping, and for what the numbers are drawn."""

    members: list[int]
    rate: float
    sizes: tuple[Size, ...] | Unknown


def lift_random_mask(region: Region, root: int) -> Lifted | None:
    """`x * ((u < keep) / keep)`, with u uniform: `root` is the product.

    The division may be missing (a mask that does not rescale). Source: the exporters' decompositions of
    torch.nn.Dropout2d and of stochastic depth by `bernoulli_`.
    """
    inputs = region.nodes[root].inputs
    if len(inputs) != 2:  # noqa: PLR2004 - a product of two
        return None
    for entering, other in (inputs, inputs[::-1]):
        mask = _mask(region, other.node, root)
        if mask is None or entering.node in mask.members:
            continue
        attributes: dict[str, Value] = {"rate": mask.rate, "form": _form(region, entering, mask.sizes)}
        return _dropout(region, root, entering, mask.members, attributes)
    return None


def lift_alpha_dropout(region: Region, root: int) -> Lifted | None:
    """`x * (a m) + (a v (m - 1) + b)` with a mask m of zeros and ones: `root` is the sum.

    Source: the exporters' decomposition of torch.nn.AlphaDropout; G. Klambauer et al., "Self-Normalizing Neural
    Networks", 2017, section 3.
    """
    inputs = region.nodes[root].inputs
    if len(inputs) != 2:  # noqa: PLR2004 - a sum of two
        return None
    for product, shift in (inputs, inputs[::-1]):
        if region.nodes[product.node].kind != "multiply" or region.only_consumer(product.node) != root:
            continue
        first = _affine_chain(region, shift.node)
        for entering, other in _pairs(region, product.node):
            second = _affine_chain(region, other.node)
            if not first or not second or first[-1] != second[-1] or entering.node == first[-1]:
                continue
            mask = _mask(region, first[-1], None)
            if mask is None:
                continue
            members = [product.node, *first[:-1], *second[:-1], *mask.members]
            inside = {*members, root}
            if all(consumer in inside for each in members for consumer in region.consumers[each]):
                return _dropout(region, root, entering, members, {"rate": mask.rate, "form": "alpha"})
    return None


def _pairs(region: Region, product: int) -> tuple[tuple[Edge, Edge], ...]:
    inputs = region.nodes[product].inputs
    return ((inputs[0], inputs[1]), (inputs[1], inputs[0])) if len(inputs) == 2 else ()  # noqa: PLR2004 - as above


def _affine_chain(region: Region, index: int) -> list[int]:
    """Affine nodes from a value back to the cast that a mask comes out of, that cast last; empty if there is none."""
    chain: list[int] = []
    while region.nodes[index].kind == "affine":
        chain.append(index)
        before = region.producer(index)
        if before is None:
            return []
        index = before
    return [*chain, index] if region.nodes[index].kind in {"cast", "compare"} else []


def _mask(region: Region, index: int, consumer: int | None) -> _Mask | None:
    """Follow a mask back to the random numbers; with `consumer` every step must be read by the next one alone."""
    members: list[int] = []
    scales: list[float] = []
    while True:
        node = region.nodes[index]
        if consumer is not None and region.only_consumer(index) != consumer:
            return None
        members.append(index)
        if node.kind == "compare":
            break
        before = region.producer(index)
        if node.kind not in _MASK_STEPS or before is None or len(node.inputs) != 1:
            return None
        if node.kind == "affine":
            number = one_number(node)
            function = node.get("function")
            if isinstance(number, Unknown) or function not in {"multiply", "divide"} or number == 0:
                return None
            scales.append(number if function == "multiply" else 1 / number)
        consumer, index = (index if consumer is not None else None), before
    keep = one_number(node)
    if isinstance(keep, Unknown):
        constant = node.parameter("constant")
        values = UNKNOWN if constant is None else constant.values
        keep = values[0] if isinstance(values, tuple) and len(values) == 1 else UNKNOWN
    source = region.producer(index)
    if (
        isinstance(keep, Unknown)
        or source is None
        or node.get("function") != "less"
        or region.nodes[source].kind != "random"
        or region.only_consumer(source) != index
        or not 0 < keep <= 1
        or len(scales) > 1
        or (scales and abs(scales[0] * keep - 1) > _ROUNDING)
    ):
        return None
    return _Mask([*members, source], round(1 - keep, 6), _drawn(region, source))


def _drawn(region: Region, source: int) -> tuple[Size, ...] | Unknown:
    """The shape for which random numbers are drawn: that of a constant or of the tensor they are made like."""
    node = region.nodes[source]
    constant = node.parameter("constant")
    if constant is not None and not isinstance(constant.sizes, Unknown) and len(constant.sizes) > 1:
        return constant.sizes
    if node.inputs:
        outputs = region.nodes[node.inputs[0].node].outputs
        return outputs[node.inputs[0].output].sizes if node.inputs[0].output < len(outputs) else UNKNOWN
    return node.outputs[0].sizes if node.outputs else UNKNOWN


def _form(region: Region, entering: Edge, drawn: tuple[Size, ...] | Unknown) -> str | Unknown:
    outputs = region.nodes[entering.node].outputs
    tensor = outputs[entering.output] if entering.output < len(outputs) else None
    if tensor is None or isinstance(drawn, Unknown) or len(drawn) < 2:  # noqa: PLR2004 - batch and something else
        return UNKNOWN
    if all(size == 1 for size in drawn[1:]):
        return "path"
    if not isinstance(tensor.sizes, Unknown) and drawn == tensor.sizes:
        return "element"
    if tensor.rank != len(drawn):
        return UNKNOWN
    # Channel dropout of torch, the only one that is exported so, ties all axes behind the first two.
    channel = 1 if isinstance(tensor.channel, Unknown) else tensor.channel % len(drawn)
    tied = [size == 1 for axis, size in enumerate(drawn) if axis not in {0, channel}]
    return "channel" if tied and all(tied) and drawn[channel] != 1 else UNKNOWN


def _dropout(
    region: Region, root: int, entering: Edge, members: list[int], attributes: dict[str, Value]
) -> Lifted | None:
    # In a training graph such a mask is there because the layer is; in an inference graph it draws for ever.
    attributes["mode"] = "phase" if region.graph.provenance.kind == "training" else "training"
    node = region.nodes[root]._replace(kind="dropout", inputs=(entering,), attributes=attributes, parameters=())
    return Lifted(node, frozenset(members))
