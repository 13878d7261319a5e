"""Graphs as the source reader makes them, out of the graph notation and a table of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import Condition, Location, Provenance
from lintnet.paths.notation import parse_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lintnet.ir import Graph

__all__ = ["at", "source_graph"]


def at(line: int, text: str = "", path: str = "net.py", column: int = 9) -> Location:
    """Return a place in a file; it ends with its line's text."""
    return Location(path, line, column, line, len(text) + 1 if text else None, text)


def source_graph(
    text: str,
    places: Mapping[str, Location],
    *,
    called: Mapping[str, Location] | None = None,
    path: str = "net.py",
    qualname: str = "Net",
    variant: Mapping[str, bool] | None = None,
) -> Graph:
    """Parse a graph and give its nodes, by name, the places where they were made and called."""
    graph = parse_graph(text)
    return graph._replace(
        nodes=tuple(
            node._replace(location=places.get(node.name), called=(called or {}).get(node.name)) for node in graph.nodes
        ),
        path=path,
        qualname=qualname,
        format="source",
        provenance=Provenance("source", "read from source", "S"),
        variant=tuple(Condition(condition, taken) for condition, taken in (variant or {}).items()),
    )
