"""Checks of exported files: decisions about the phase of a whole graph, which no path can express."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import Unknown
from lintnet.ir.finding import Severity
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts

__all__ = ["exported_in_training_mode"]

_NAMES = {"dropout": "dropout", "batch_norm": "batch norm"}


def exported_in_training_mode(facts: Facts) -> Iterator[CheckFinding]:
    """Dropout that drops, or batch norm that uses batch statistics, in a file meant for inference.

    One finding per file, anchored at its first such node. Where the file looks like a training graph as a
    whole, the finding is a notice: the loader inferred the phase and the user can state it.
    """
    live = [index for index, node in enumerate(facts.graph.nodes) if _live(facts, index, node.kind)]
    if not live:
        return
    kinds = {facts.node(index).kind for index in live}
    what = " and ".join(name for kind, name in _NAMES.items() if kind in kinds)
    effect = "change from call to call" if "dropout" in kinds else "depend on the rest of the batch"
    inferred = facts.graph.provenance.kind == "training"
    yield CheckFinding(
        anchor=live[0],
        witness=(live[0],),
        values={"what": what, "effect": effect},
        quantities={"nodes": len(live)},
        severity=Severity.info if inferred else None,
        places=tuple(live),
    )


def _live(facts: Facts, index: int, kind: str) -> bool:
    node = facts.node(index)
    if node.get("mode") != "training" or kind not in _NAMES:
        return False
    if kind == "batch_norm":
        return True
    rate = node.number("rate")
    return not isinstance(rate, Unknown) and rate > 0
