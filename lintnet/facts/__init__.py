"""Facts: what can be computed from a graph, as pure functions. Knows graphs; knows no rule, format or report.

A rule file names facts in `[let]`: `ratio = "variance_shift(drop, norm)"`. `FACTS` is the closed list of those
names; each entry is computed only when a rule asks for it, and what belongs to a whole graph is kept in `Facts`.
"""

from lintnet.facts.graph_facts import Facts
from lintnet.facts.registry import FACTS, FactValue, compute

__all__ = ["FACTS", "FactValue", "Facts", "compute"]
