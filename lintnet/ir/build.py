"""Building a `Graph` node by node: what every loader shares, so that no two of them count or name differently.

Knows no format. A loader adds nodes in topological order and calls `finish`; scopes, call indices and
coverage are derived here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir.graph import (
    Coverage,
    Edge,
    Graph,
    Location,
    Node,
    NotUnderstood,
    Parameter,
    Provenance,
    Tensor,
    Training,
)
from lintnet.ir.kinds import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lintnet.ir.unknown import Value

__all__ = ["Builder", "count_coverage"]

_ONE_TENSOR = (Tensor(),)


class Builder:
    """Collects nodes; the only mutable thing on the way from a file to a `Graph`."""

    def __init__(self) -> None:
        """Start with no nodes."""
        self.nodes: list[Node] = []
        self._calls: dict[str, int] = {}
        self._ordinals: dict[tuple[str, str], int] = {}

    def add(
        self,
        kind: str,
        name: str,
        *,
        op: str = "",
        scope: str = "",
        auto: bool = False,
        layer: str = "",
        inputs: Sequence[Edge] = (),
        outputs: tuple[Tensor, ...] = _ONE_TENSOR,
        attributes: Mapping[str, Value] | None = None,
        parameters: tuple[Parameter, ...] = (),
        location: Location | None = None,
        called: Location | None = None,
    ) -> int:
        """Add a node and return its index.

        `scope` is the node's own dotted address where its names are stable. With `auto` the name was made up
        by a framework (`dropout_1`, `/Conv_3`): `scope` is then that of the enclosing module, and the address
        becomes `scope.kind#ordinal`, which survives renumbering of other kinds. `layer` defaults to an
        identity of its own; equal layers number their calls.
        """
        index = len(self.nodes)
        if auto or not scope:
            key = (scope, kind)
            ordinal = self._ordinals.get(key, 0)
            self._ordinals[key] = ordinal + 1
            scope = f"{scope}.{kind}#{ordinal}" if scope else f"{kind}#{ordinal}"
        layer = layer or f"#{index}"
        call = self._calls.get(layer, 0)
        self._calls[layer] = call + 1
        self.nodes.append(
            Node(
                kind,
                name,
                op or kind,
                scope,
                layer,
                call,
                tuple(inputs),
                outputs,
                {} if attributes is None else attributes,
                parameters,
                location,
                called,
            )
        )
        return index

    def finish(
        self,
        *,
        path: str,
        format: str,
        provenance: Provenance,
        qualname: str = "",
        training: Training | None = None,
        outside: int = 0,
        notes: Iterable[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> Graph:
        """Freeze what was added into a `Graph` and count its coverage."""
        graph = Graph(
            tuple(self.nodes),
            path=path,
            qualname=qualname,
            format=format,
            provenance=provenance,
            training=training or Training(),
            metadata=metadata or {},
        )
        return graph._replace(coverage=count_coverage(graph.nodes, outside=outside, notes=tuple(notes)))


def count_coverage(nodes: Iterable[Node], *, outside: int = 0, notes: tuple[str, ...] = ()) -> Coverage:
    """Count layers and what was not understood, grouped by operator and reason."""
    layers = understood = 0
    missing: dict[tuple[str, str], tuple[int, str]] = {}
    barriers = GROUPS["barrier"]
    for node in nodes:
        if not node.is_layer:
            continue
        layers += 1
        if node.kind not in barriers:
            understood += 1
            continue
        key = (node.op, str(node.attributes.get("reason", "")) or _BARRIER_WHY[node.kind])
        count, first = missing.get(key, (0, node.name))
        missing[key] = (count + 1, first)
    rows = tuple(NotUnderstood(op, count, why, first) for (op, why), (count, first) in missing.items())
    return Coverage(layers, understood, rows, outside, notes)


_BARRIER_WHY = {
    "unknown": "unknown operator",
    "choice": "decided while running",
    "loop": "a loop is not unrolled",
    "body_input": "value from a loop",
}
