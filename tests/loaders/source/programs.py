"""Reading a program that a test writes down."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from lintnet.loaders.options import LoadOptions
from lintnet.loaders.source import Project

if TYPE_CHECKING:
    from lintnet.ir import Graph, Node
    from lintnet.loaders.source import SourceResult

TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
KERAS = "import keras\nfrom keras import layers\n"


def read(text: str, *, loss: str = "", path: str = "net.py") -> SourceResult:
    """Read a program; its first line is line 1 as it stands."""
    return Project(LoadOptions(loss=loss)).read(path, dedent(text).encode())


def models(text: str) -> list[Graph]:
    """Return the models of a program, behind three lines of imports of torch."""
    return list(read(TORCH + dedent(text)).graphs)


def model(text: str) -> Graph:
    """Return the one model of a program, behind three lines of imports of torch."""
    (graph,) = models(text)
    return graph


def kinds(graph: Graph) -> list[str]:
    """Return the kinds of all nodes, in order."""
    return [node.kind for node in graph.nodes]


def edges(graph: Graph) -> set[tuple[str, str]]:
    """Return what leads to what, by the names of the nodes."""
    return {(graph.nodes[edge.node].name, node.name) for node in graph.nodes for edge in node.inputs}


def of_kind(graph: Graph, kind: str) -> list[Node]:
    """Return the nodes of a kind."""
    return [node for node in graph.nodes if node.kind == kind]
