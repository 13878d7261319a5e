"""Calls of torch read from source against the real torch: sizes of the result, and what its own exporter makes of them.

For every case the same text is executed and read. Sizes must be those of the executed result. Where the exported file
has one node for the call, kind and attributes must be those that the ONNX reader finds in it.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import pytest

from lintnet.ir import Graph, Node, Unknown
from lintnet.lifting import lift
from lintnet.loaders.source import Project
from tests.loaders.onnx_bytes import read
from tests.loaders.source.frameworks.torch_cases import FUNCTIONS, LAYERS

pytestmark = pytest.mark.oracle

_HEAD = """
import torch
import torch.nn as nn
import torch.nn.functional as F

class Model(nn.Module):
    def __init__(self):
        super().__init__()
"""
_ENDS = {"input", "output", "loss"}
# What an exported file does not tell, or tells as a name of its own.
_NOT_EXPORTED = {"module_class", "form", "mode", "asked", "layer_dropout", "shape"}


class _Case:
    def __init__(self, line: str, *, layer: bool) -> None:
        text, sizes, *kind = (cell.strip() for cell in line.split(" | "))
        self.text = text
        self.sizes = tuple(map(int, sizes.split(",")))
        self.kind = kind[0] if kind else ""
        made, call = (text, "self.layer(x)") if layer else ("None", text)
        if "Bilinear(" in text and layer and "Upsampling" not in text:
            call = "self.layer(x, x)"
        body = f"        self.layer = {made}\n\n    def forward(self, x):\n        return {call}\n"
        self.source = f"{_HEAD}{body}\nmodel = Model()\n"


def _cases(table: str, *, layer: bool) -> list[Any]:
    cases = [_Case(line, layer=layer) for line in table.strip().splitlines()]
    return [pytest.param(case, id=f"{case.text} {case.sizes}") for case in cases]


def _read(case: _Case) -> Graph:
    result = Project().read("case.py", f"{case.source}model(torch.randn{case.sizes})\n".encode())
    assert len(result.graphs) == 1, result
    return result.graphs[0]


def _run(case: _Case) -> tuple[Any, Any]:
    import torch

    namespace: dict[str, Any] = {"__name__": "case"}
    exec(case.source, namespace)  # noqa: S102 - our own text
    model = namespace["model"].train()
    torch.manual_seed(0)
    if "SyncBatchNorm" in case.text:
        model.eval()
    with torch.no_grad():
        return model, model(torch.randn(*case.sizes))


def _exported(case: _Case, model: Any) -> Graph | None:
    """Return what the ONNX reader makes of the exported model, None where torch cannot export it."""
    import torch

    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                model, (torch.randn(*case.sizes),), file, dynamo=False, opset_version=20,
                training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False,
            )  # fmt: skip
        except Exception:  # noqa: BLE001 - whatever the exporter stumbles over
            return None
    return lift(read(file.getvalue()))


def _layers(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if node.kind not in _ENDS]


def _check_sizes(node: Node, output: int, real: Any) -> None:
    tensor = node.outputs[output]
    sizes = tensor.sizes
    assert not isinstance(sizes, Unknown), f"nothing is known of {tuple(real.shape)}"
    assert len(sizes) == real.dim(), (sizes, tuple(real.shape))
    for axis, (size, its) in enumerate(zip(sizes, real.shape, strict=True)):
        if isinstance(size, Unknown):
            # The batch is never known; a case where it is not in front any more says nothing of the others.
            assert axis == 0 or size.why == "batch", (sizes, tuple(real.shape))
        else:
            assert size == its, (sizes, tuple(real.shape))


def _same(name: str, ours: object, its: object) -> bool:
    if isinstance(its, Unknown):
        return True
    if isinstance(ours, float) and isinstance(its, float):
        return abs(ours - its) <= 1e-6 * max(1.0, abs(its))
    if name == "axis" and isinstance(ours, Unknown):
        return True
    return ours == its


def _compare(node: Node, other: Node) -> None:
    assert node.kind == other.kind
    if node.get("axis") == "batch":
        assert isinstance(node.get("extent"), Unknown)
        other = other._replace(attributes={**other.attributes, "extent": Unknown("batch")})
    wrong = {
        name: (node.attributes.get(name), its)
        for name, its in other.attributes.items()
        if name not in _NOT_EXPORTED and not _same(name, node.attributes.get(name), its)
    }
    assert wrong == {}


def _check(case: _Case) -> None:
    graph = _read(case)
    nodes = _layers(graph)
    assert graph.coverage.layers == graph.coverage.understood, graph.coverage
    assert graph.coverage.blind == ()
    model, real = _run(case)
    outputs = [node for node in graph.nodes if node.kind == "output"]
    assert len(outputs) == 1
    edge = outputs[0].inputs[0]
    if graph.nodes[edge.node].kind != "input":
        _check_sizes(graph.nodes[edge.node], edge.output, real)
    if case.kind == "?":
        return
    assert len(nodes) == 1, [node.kind for node in nodes]
    if case.kind.startswith("!"):
        assert nodes[0].kind == case.kind[1:]
        return
    exported = _exported(case, model)
    assert exported is not None, "torch does not export it: say the kind"
    others = _layers(exported)
    assert len(others) == 1, [node.kind for node in others]
    _compare(nodes[0], others[0])


@pytest.mark.parametrize("case", _cases(LAYERS, layer=True))
def test_layer(case: _Case) -> None:
    _check(case)


@pytest.mark.parametrize("case", _cases(FUNCTIONS, layer=False))
def test_function(case: _Case) -> None:
    _check(case)
