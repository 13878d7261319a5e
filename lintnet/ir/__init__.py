"""The intermediate representation: unknown values, the vocabulary, graphs and findings. Imports nothing of lintnet."""

from lintnet.ir.build import Builder, count_coverage
from lintnet.ir.graph import (
    Blind,
    Condition,
    Coverage,
    Edge,
    Graph,
    Location,
    Node,
    NotUnderstood,
    Parameter,
    Provenance,
    Size,
    Tensor,
    Training,
)
from lintnet.ir.kinds import ATTRIBUTES, GROUPS, KINDS, kinds_of
from lintnet.ir.unknown import UNKNOWN, Truth, Unknown, Value, all_of, any_of, compare, known, negate

__all__ = [
    "ATTRIBUTES",
    "GROUPS",
    "KINDS",
    "UNKNOWN",
    "Blind",
    "Builder",
    "Condition",
    "Coverage",
    "Edge",
    "Graph",
    "Location",
    "Node",
    "NotUnderstood",
    "Parameter",
    "Provenance",
    "Size",
    "Tensor",
    "Training",
    "Truth",
    "Unknown",
    "Value",
    "all_of",
    "any_of",
    "compare",
    "count_coverage",
    "kinds_of",
    "known",
    "negate",
]
