"""`Facts`: one graph with what was derived from it so far, each part computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from lintnet.facts.shapes import infer_tensors
from lintnet.ir import KINDS, Graph, Node, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Facts"]

_T = TypeVar("_T")


class Facts:
    """A graph and the facts derived from it. Node arguments are indices into `graph.nodes`."""

    def __init__(self, graph: Graph) -> None:
        """Derive nothing yet."""
        self.graph = graph
        self._kept: dict[str, tuple[object, ...]] = {}

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

    @cached_property
    def solid(self) -> tuple[int, ...]:
        """For every node, the nearest one above it, along first inputs, that changes values; -1 where there is none.

        Operations that may be transparent are passed, whatever their attributes.
        """
        nearest: list[int] = []
        for node in self.graph.nodes:
            source = node.inputs[0].node if node.inputs else -1
            passed = source >= 0 and KINDS[self.graph.nodes[source].kind].transparent != "no"
            nearest.append(nearest[source] if passed else source)
        return tuple(nearest)

    @cached_property
    def outputs(self) -> int:
        """Number of outputs of the model."""
        return sum(node.kind == "output" for node in self.graph.nodes)

    def once(self, key: str, compute: Callable[[Facts], tuple[_T, ...]]) -> tuple[_T, ...]:
        """Return what `compute` says of every node, computed at the first call with this key."""
        if key not in self._kept:
            self._kept[key] = compute(self)
        return cast("tuple[_T, ...]", self._kept[key])

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
