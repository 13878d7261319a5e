"""Checks of convolutions that look at the source line of a layer, which no path can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts.extents import kernel_cover, kernel_weights, literal_product, map_before, map_continues
from lintnet.ir import Unknown
from lintnet.ir.finding import Severity
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts
    from lintnet.ir.finding import QuantityValue

__all__ = ["kernel_nearly_covers_input"]

_COVERED: Final = 0.75


def kernel_nearly_covers_input(facts: Facts) -> Iterator[CheckFinding]:
    """A dense convolution of stride 1 whose kernel spans three quarters of its map or more, and the map goes on.

    One finding per layer. Where the source writes the kernel size as a product, it is a warning.
    """
    seen: set[str] = set()
    for index, node in enumerate(facts.graph.nodes):
        if node.kind != "conv" or node.get("groups") != 1 or node.layer in seen:
            continue
        stride, cover = node.axes("stride"), kernel_cover(facts, (), index)
        if isinstance(stride, Unknown) or set(stride) != {1} or isinstance(cover, Unknown) or cover < _COVERED:
            continue
        if map_continues(facts, (), index) is not True:
            continue
        seen.add(node.layer)
        quantities: dict[str, QuantityValue] = {"cover": cover}
        weights = kernel_weights(facts, (), index)
        if not isinstance(weights, Unknown):
            quantities["weights"] = weights
        yield CheckFinding(
            anchor=index,
            witness=(index,),
            values={"layer": node.name, "share": f"{cover:.0%}", "map": str(map_before(facts, (), index))},
            quantities=quantities,
            severity=Severity.warning if literal_product(facts, (), index) else None,
        )
