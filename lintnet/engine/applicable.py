"""Which rules a graph can be judged by, and why not the others. A file that cannot show a fault is not clean of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lintnet.ir import Graph
    from lintnet.rulebook.rule import Rule

__all__ = ["why_not_applicable"]

_FRONT_ENDS = {
    "S": "source",
    "T": "a torch graph",
    "K": "a Keras model",
    "Ot": "an ONNX training graph",
    "Oi": "an ONNX inference graph",
}
_TRAINED = {"training": "a training graph", "source": "source"}


def why_not_applicable(rule: Rule, graph: Graph) -> str:
    """Return the reason why this graph cannot show what the rule looks for, or an empty text."""
    provenance = graph.provenance
    if provenance.kind == "opaque":
        return provenance.reason
    if rule.phase == "training" and provenance.kind in {"inference", "folded"}:
        return provenance.reason
    if rule.phase == "inference" and provenance.stated == "training":
        return "stated to be for training"
    if rule.phase == "inference" and provenance.kind == "training" and provenance.inferred:
        return ""  # the rule itself says that the phase was inferred
    if provenance.front_end in rule.front_ends:
        return ""
    if rule.phase == "inference" and provenance.kind in _TRAINED:
        return f"judges inference files, and this is {_TRAINED[provenance.kind]}"
    return f"cannot be seen in {_FRONT_ENDS.get(provenance.front_end, provenance.kind)}"
