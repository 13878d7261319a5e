"""Which phase a file was exported for, since most exporters erase dropout and fold batch norm without saying so.

Knows the habits of exporters and the built graph, nothing of records. Decides as rule EXP101 of the catalogue says:
any batch norm in training mode, or live dropout with no folded or inference batch norm, is a training graph; all else
is an inference graph, in which absence of dropout or batch norm proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lintnet.ir import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.ir import Node

__all__ = ["Evidence", "decide", "settle"]


@dataclass(slots=True)
class Evidence:
    """What the records tell of folded batch norm.

    fused: nodes a rewriter says it folded one into. buffers: running statistics of the original program. named: nodes
    called after a batch norm that is no more.
    """

    fused: int = 0
    buffers: int = 0
    named: int = 0


def decide(nodes: Sequence[Node], evidence: Evidence, told: str = "") -> Provenance:
    """Return the provenance; `told` is the phase the user stated, or empty.

    A statement settles what the file leaves open, and what an inference file wrongly holds. It cannot bring back
    what was folded: such a file stays unjudgeable, so that a stated phase never makes it look clean.
    """
    norms = [node for node in nodes if node.kind == "batch_norm" and node.op == "BatchNormalization"]
    training = sum(node.attributes.get("mode") == "training" for node in norms)
    live = sum(node.kind == "dropout" and node.attributes.get("rate") != 0 for node in nodes) + _masks(nodes)
    inert = sum(
        node.kind == "identity" and "rate" in node.attributes and node.attributes.get("mode") != "unstated"
        for node in nodes
    )
    folded = _folded(evidence, len(norms))
    if told == "inference" or (told and not folded):
        front_end = "Ot" if told == "training" else "Oi"
        article = "an" if told == "inference" else "a"
        return Provenance(told, f"stated to be {article} {told} graph", front_end, stated=told)
    if training:
        reason = f"a training graph: {_count(training, 'batch norm')} in training mode"
        if folded:
            reason += f", though the exporter had already folded others into weights ({folded})"
        return Provenance("training", reason, "Ot", inferred=True)
    if live and not inert and not norms and not folded:
        reason = f"a training graph: {_count(live, 'dropout')} live and no batch norm was folded or frozen"
        return Provenance("training", reason, "Ot", inferred=True)
    leak = f"; {_count(live, 'dropout')} left live in it" if live else ""
    if folded:
        reason = (
            f"an inference graph: the exporter folded batch norm into weights ({folded}) and erases dropout, so rules "
            f"on dropout and batch norm cannot be judged in this file{leak}"
        )
        return Provenance("folded", reason, "Oi", inferred=True, stated=told)
    reason = (
        "an inference graph: exporters erase dropout and usually fold batch norm, so rules on them cannot be judged in "
        f"this file{leak}"
    )
    return Provenance("inference", reason, "Oi", inferred=True)


def _masks(nodes: Sequence[Node]) -> int:
    """Count the random masks: channel dropout, alpha dropout and stochastic depth arrive so; noise is not compared."""
    return sum(
        node.kind == "compare" and any(nodes[edge.node].kind == "random" for edge in node.inputs) for node in nodes
    )


def settle(nodes: Sequence[Node], provenance: Provenance) -> list[Node]:
    """Return the nodes with batch norms that stand still in a training graph marked as frozen."""
    if provenance.kind != "training":
        return list(nodes)
    return [
        node._replace(attributes={**node.attributes, "running": False})
        if node.kind == "batch_norm" and node.attributes.get("mode") == "inference"
        else node
        for node in nodes
    ]


def _folded(evidence: Evidence, norms: int) -> str:
    """Say in a few words what proves that batch norm was folded; empty when nothing does."""
    if evidence.fused:
        return _count(evidence.fused, "node")
    if evidence.buffers and not norms:
        return f"the original program had {_count(evidence.buffers, 'batch norm')}, the file has none"
    if evidence.named and not norms:
        return f"{_count(evidence.named, 'node')} named after a batch norm that is gone"
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
