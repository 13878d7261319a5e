"""Checks of norms that compare the places of one network with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, Unknown
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts
    from lintnet.ir import Node

__all__ = ["mixed_batch_norm_order"]

_FEWEST: Final = 2
_BEFORE: Final = "before"
_AFTER: Final = "after"


def mixed_batch_norm_order(facts: Facts) -> Iterator[CheckFinding]:
    """Batch norms in front of the activation in some layers of one form and behind it in others, twice each or more.

    One finding per model, at the first norm of the rarer order; of two that are equally frequent, the one that came
    second in the network counts as the rarer.
    """
    sites: dict[str, dict[str, list[int]]] = {}
    for index, node in enumerate(facts.graph.nodes):
        if node.kind != "batch_norm":
            continue
        order, form = _order(facts, index)
        if order:
            sites.setdefault(form, {}).setdefault(order, []).append(index)
    rarer: list[int] = []
    counts = {_BEFORE: 0, _AFTER: 0}
    for orders in sites.values():
        if len(orders) == len(counts) and min(map(len, orders.values())) >= _FEWEST:
            by_size = sorted(orders.values(), key=lambda found: (len(found), -found[0]))
            rarer += by_size[0]
            for order, found in orders.items():
                counts[order] += len(found)
    if rarer:
        rarer.sort()
        yield CheckFinding(
            anchor=rarer[0],
            witness=(rarer[0],),
            values=counts,
            quantities=counts,
            places=tuple(rarer),
        )


def _order(facts: Facts, norm: int) -> tuple[str, str]:
    """Return whether a norm stands before or after the activation of its layer, and the form of that layer.

    Nothing for a norm that is not alone between the two, behind a merge for example (pre-activation), and for one in
    front of a dropout or another weight layer with no activation around.
    """
    source = _alone(facts, norm)
    if source < 0:
        return "", ""
    groups = KINDS[facts.node(source).kind].groups
    readers = facts.consumers[norm]
    ahead = facts.node(readers[0]).kind if len(readers) == 1 else ""
    if "weight" in groups and ahead in GROUPS["activation"]:
        return _BEFORE, _form(facts.node(source))
    if "activation" not in groups or ahead in GROUPS["activation"] or ahead == "dropout":
        return "", ""  # a norm, then dropout: an independent-component layer, which is a design
    layer = _alone(facts, source)
    if layer < 0 or "weight" not in KINDS[facts.node(layer).kind].groups:
        return "", ""
    return _AFTER, _form(facts.node(layer))


def _alone(facts: Facts, index: int) -> int:
    """Return the node that this one alone reads, -1 where there is none."""
    inputs = facts.node(index).inputs
    if len(inputs) != 1 or len(facts.consumers[inputs[0].node]) != 1:
        return -1
    return inputs[0].node


def _form(layer: Node) -> str:
    """Name the form of a weight layer, as blocks are built: dense, pointwise, depthwise or spatial convolution."""
    if layer.kind != "conv":
        return layer.kind
    groups, kernel = layer.integer("groups"), layer.axes("kernel")
    if not isinstance(groups, Unknown) and groups > 1:
        return "grouped"
    return "pointwise" if not isinstance(kernel, Unknown) and set(kernel) == {1} else "spatial"
