"""The engine: one graph and a list of rules in, findings out. Knows no file and no output format."""

from lintnet.engine.run import check_graph

__all__ = ["check_graph"]
