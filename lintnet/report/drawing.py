"""`lintnet graph`: what was understood of a model, as text, JSON, Graphviz or Mermaid.

The one report that knows graphs: it is how a person checks what a rule looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from lintnet.facts import Facts
from lintnet.ir import GROUPS, Unknown, Value
from lintnet.ir.describe import summary
from lintnet.report.words import count, line_of, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lintnet.ir import Graph, Node, Tensor

__all__ = ["write_graphs"]

_BARRIERS = GROUPS["barrier"]


def write_graphs(graphs: Sequence[Graph], stream: TextIO, format: str) -> None:
    """Write graphs in a format: text, json, dot or mermaid."""
    if format == "json":
        json.dump([_as_json(graph) for graph in graphs], stream, indent=2)
        stream.write("\n")
        return
    draw = {"text": _text, "dot": _dot, "mermaid": _mermaid}[format]
    for graph in graphs:
        stream.writelines(f"{line}\n" for line in draw(graph))


def _text(graph: Graph) -> Iterator[str]:
    coverage = graph.coverage
    yield safe(f"{graph.path}::{graph.qualname}" if graph.qualname else graph.path)
    yield f"{graph.format} · {safe(graph.provenance.reason)}"
    if graph.variant:
        ways = (f"{'if' if each.taken else 'unless'} `{each.text}`" for each in graph.variant)
        yield f"variant: {safe(' and '.join(ways))}"
    yield (
        f"understood {coverage.understood} of {count(coverage.layers, 'layer')}"
        f" · {count(coverage.outside, 'operation')} on shapes and weights left out"
    )
    yield ""
    names = [safe(node.name) for node in graph.nodes]
    number = len(str(len(names)))
    column = min(max(map(len, names), default=0), 44)
    facts = Facts(graph)
    for index, node in enumerate(graph.nodes):
        sources = [edge.node for edge in node.inputs]
        # The line above is the usual input; only another one needs saying.
        usual = sources == [index - 1] or not sources
        reads = "" if usual else f"  ← {', '.join(map(str, sources))}"
        again = f"  (call {node.call + 1} of {node.layer})" if node.call else ""
        shape = _sizes(facts.output_tensor(index))
        described = safe(summary(node)) + (f"  {shape}" if shape else "")
        yield f"{index:>{number}}  {names[index]:<{column}}  {described}{reads}{again}".rstrip()
    for each in coverage.not_understood:
        yield f"not understood: {safe(each.op)} ×{each.count}: {safe(each.why)} (first: {safe(each.first)})"
    if coverage.sites:
        yield f"source: {coverage.placed} of {count(coverage.sites, 'layer call')} placed"
    for blind in coverage.blind:
        yield f"not followed: {line_of(blind.location)}: {safe(blind.why)}"
    for note in coverage.notes:
        yield f"note: {safe(note)}"


def _sizes(tensor: Tensor) -> str:
    if isinstance(tensor.sizes, Unknown):
        return ""
    return f"[{', '.join(safe(repr(size)) for size in tensor.sizes)}]"


def _dot(graph: Graph) -> Iterator[str]:
    yield f"digraph {_quoted(graph.path or 'model')} {{"
    yield '  node [shape=box, fontname="Helvetica"];'
    for index, node in enumerate(graph.nodes):
        style = ', style=dashed, color="red"' if node.kind in _BARRIERS else ""
        label = _quoted(f"{node.name}\n{summary(node)}")
        yield f"  n{index} [label={label}{style}];"
    for index, node in enumerate(graph.nodes):
        for edge in node.inputs:
            yield f"  n{edge.node} -> n{index};"
    yield "}"


def _quoted(text: str) -> str:
    escaped = safe(text.replace("\n", "\0")).replace("\\u0000", "\0")
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\n") + '"'


def _mermaid(graph: Graph) -> Iterator[str]:
    yield "flowchart TD"
    for index, node in enumerate(graph.nodes):
        # Mermaid reads HTML entities inside quotes, and little else safely.
        label = "".join(
            char if char.isalnum() or char in " .,:()[]×→-_/" else f"#{ord(char)};"
            for char in f"{node.name}: {summary(node)}"
        )
        yield f'  n{index}["{label}"]'
    for index, node in enumerate(graph.nodes):
        for edge in node.inputs:
            yield f"  n{edge.node} --> n{index}"


def _as_json(graph: Graph) -> dict[str, Any]:
    return {
        "path": graph.path,
        "qualname": graph.qualname,
        "format": graph.format,
        "provenance": {"kind": graph.provenance.kind, "reason": graph.provenance.reason},
        "layers": graph.coverage.layers,
        "understood": graph.coverage.understood,
        "variant": [{"condition": each.text, "taken": each.taken} for each in graph.variant],
        "nodes": [_node(index, node, tensors) for index, (node, tensors) in enumerate(_with_shapes(graph))],
    }


def _with_shapes(graph: Graph) -> Iterator[tuple[Node, tuple[Tensor, ...]]]:
    return zip(graph.nodes, Facts(graph).tensors, strict=True)


def _node(index: int, node: Node, tensors: tuple[Tensor, ...]) -> dict[str, Any]:
    return {
        "index": index,
        "kind": node.kind,
        "name": node.name,
        "op": node.op,
        "scope": node.scope,
        "layer": node.layer,
        "call": node.call,
        "inputs": [[edge.node, edge.output] for edge in node.inputs],
        "outputs": [_value(tensor.sizes) for tensor in tensors],
        "attributes": {name: _value(value) for name, value in node.attributes.items()},
        "parameters": {each.role: _value(each.sizes) for each in node.parameters},
        "location": None if node.location is None else f"{node.location.path}:{node.location.line}",
        "called": None if node.called is None else f"{node.called.path}:{node.called.line}",
    }


def _value(value: Value) -> Any:  # noqa: ANN401 - plain JSON data; unknown is null, absent is "none"
    if isinstance(value, Unknown):
        return None
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    return "none" if value is None else value
