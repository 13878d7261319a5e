"""`Facts`: one graph with what was derived from it so far, each part computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lintnet.facts.shapes import infer_tensors
from lintnet.ir import Graph, Node, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Facts"]


class Facts:
    """A graph and the facts derived from it. Node arguments are indices into `graph.nodes`."""

    def __init__(self, graph: Graph) -> None:
        """Derive nothing yet."""
        self.graph = graph

    @cached_property
    def tensors(self) -> tuple[tuple[Tensor, ...], ...]:
        """Shapes of every output of every node: the loader's, completed by propagation."""
        return infer_tensors(self.graph)

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For every node, the nodes that read one of its outputs, in order, each once."""
        lists: list[list[int]] = [[] for _ in self.graph.nodes]
        for index, node in enumerate(self.graph.nodes):
            for source in {edge.node for edge in node.inputs}:
                lists[source].append(index)
        return tuple(tuple(each) for each in lists)

    def node(self, index: int) -> Node:
        """Return a node."""
        return self.graph.nodes[index]

    def input_tensor(self, index: int, position: int = 0) -> Tensor:
        """Return what is known of an input tensor of a node; nothing where the node has no such input."""
        inputs = self.graph.nodes[index].inputs
        if position >= len(inputs):
            return Tensor()
        source, output = inputs[position]
        outputs = self.tensors[source]
        return outputs[output] if output < len(outputs) else Tensor()

    def output_tensor(self, index: int) -> Tensor:
        """Return what is known of the first output of a node."""
        outputs = self.tensors[index]
        return outputs[0] if outputs else Tensor()

    def before(self, index: int) -> Iterator[int]:
        """Yield the chain of first inputs above a node, nearest first."""
        while inputs := self.graph.nodes[index].inputs:
            index = inputs[0].node
            yield index
