"""What real exporters decompose is lifted to the layer it was, and both sides compute the same numbers."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.ir import Graph
from lintnet.lifting import lift
from lintnet.loaders import load_file

if TYPE_CHECKING:
    from torch import nn

pytestmark = pytest.mark.oracle

Exported = Callable[..., tuple[bytes, Graph]]


def _export(module: nn.Module, *shape: int, opset: int = 17, dynamo: bool = False) -> tuple[bytes, Graph]:
    """Export in eval mode and read back, lifted."""
    import torch

    buffer: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            program = torch.onnx.export(module.eval(), (torch.randn(*shape),), dynamo=True, verbose=False)
            assert program is not None
            data = program.model_proto.SerializeToString()
        else:
            torch.onnx.export(module.eval(), (torch.randn(*shape),), buffer, dynamo=False, opset_version=opset)
            data = buffer.getvalue()
    (graph,) = load_file(io.BytesIO(data), "model.onnx")
    return data, lift(graph)


def _layers(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes if node.is_layer]


def _assert_equal_numbers(module: nn.Module, data: bytes, *shape: int) -> None:
    import numpy as np
    import onnx
    import torch
    from onnx.reference import ReferenceEvaluator

    session = ReferenceEvaluator(onnx.load_from_string(data))
    x = torch.randn(*shape)
    name = str(session.input_names[0])
    result: Any = next(iter(session.run(None, {name: x.numpy()})))
    np.testing.assert_allclose(np.asarray(result), module(x).detach().numpy(), atol=2e-5)


ACTIVATIONS = [
    ("GELU", {}, "gelu", "none"),
    ("GELU", {"approximate": "tanh"}, "gelu", "tanh"),
    ("SiLU", {}, "silu", None),
    ("Mish", {}, "mish", None),
    ("Hardswish", {}, "hard_swish", None),
    ("Softplus", {}, "softplus", None),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "approximate"), ACTIVATIONS)
@pytest.mark.parametrize("opset", [14, 17])
def test_a_decomposed_activation_is_one_layer(
    name: str, arguments: dict[str, str], kind: str, approximate: str | None, opset: int
) -> None:
    from torch import nn

    module = getattr(nn, name)(**arguments)
    data, graph = _export(module, 4, 33, opset=opset)
    assert _layers(graph) == [kind]
    node = next(each for each in graph.nodes if each.kind == kind)
    if approximate is not None:
        assert node.get("approximate") == approximate
    _assert_equal_numbers(module, data, 4, 33)


@pytest.mark.parametrize("opset", [13, 16, 17])
def test_layer_norm_is_one_layer(opset: int) -> None:
    from torch import nn

    module = nn.LayerNorm(12)
    data, graph = _export(module, 3, 5, 12, opset=opset)
    assert _layers(graph) == ["layer_norm"]
    _assert_equal_numbers(module, data, 3, 5, 12)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("groups", [2, 8])
def test_group_norm_is_one_layer_and_no_instance_norm(affine: bool, groups: int) -> None:
    from torch import nn

    module = nn.Sequential(nn.Conv2d(3, 8, 1), nn.GroupNorm(groups, 8, affine=affine), nn.ReLU())
    data, graph = _export(module, 2, 3, 6, 6)
    # Without scale and shift the exporter still writes times 1 and plus 0, which are identities.
    assert [kind for kind in _layers(graph) if kind != "identity"] == ["conv", "group_norm", "relu"]
    norm = next(each for each in graph.nodes if each.kind == "group_norm")
    assert (norm.get("groups"), norm.get("out"), norm.get("scale")) == (groups, 8, affine)
    _assert_equal_numbers(module, data, 2, 3, 6, 6)


def test_a_group_norm_behind_another_knows_its_width() -> None:
    from torch import nn

    block = nn.Conv2d(8, 8, 3), nn.GroupNorm(8, 8), nn.ReLU(), nn.Dropout(0.1)
    _, graph = _export(nn.Sequential(*block, nn.Conv2d(8, 8, 3), nn.GroupNorm(8, 8)), 2, 8, 9, 9)
    norms = [node for node in graph.nodes if node.kind == "group_norm"]
    assert [(norm.get("groups"), norm.get("out")) for norm in norms] == [(8, 8), (8, 8)]


@pytest.mark.parametrize("bias", [True, False])
def test_matmul_and_add_are_one_linear_layer(bias: bool) -> None:
    from torch import nn

    module = nn.Linear(6, 9, bias=bias)
    data, graph = _export(module, 2, 5, 6)
    assert _layers(graph) == ["linear"]
    node = next(each for each in graph.nodes if each.kind == "linear")
    assert (node.get("inp"), node.get("out"), node.get("bias")) == (6, 9, bias)
    _assert_equal_numbers(module, data, 2, 5, 6)


def test_mean_over_all_positions_is_global_pooling() -> None:
    from torch import nn

    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    _, graph = _export(module, 2, 3, 6, 6, dynamo=True)
    assert _layers(graph)[:2] == ["conv", "global_average_pool"]


def _trained(module: nn.Module, *shape: int) -> Graph:
    """Export with the dynamo exporter in training mode and read back, lifted."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(module.train(), (torch.randn(*shape),), dynamo=True, optimize=False, verbose=False)
    assert program is not None
    (graph,) = load_file(io.BytesIO(program.model_proto.SerializeToString()), "model.onnx")
    return lift(graph)


@pytest.mark.parametrize(
    ("name", "shape", "form"),
    [
        ("Dropout", (2, 3, 9, 9), "element"),
        ("Dropout2d", (2, 3, 9, 9), "channel"),
        ("Dropout3d", (2, 3, 5, 5, 5), "channel"),
        ("AlphaDropout", (2, 3, 9, 9), "alpha"),
    ],
)
def test_a_dropout_of_a_training_export_is_one_layer(name: str, shape: tuple[int, ...], form: str) -> None:
    from torch import nn

    graph = _trained(nn.Sequential(nn.ReLU(), getattr(nn, name)(0.3), nn.Tanh()), *shape)
    assert _layers(graph) == ["relu", "dropout", "tanh"]
    drop = next(node for node in graph.nodes if node.kind == "dropout")
    assert (drop.get("rate"), drop.get("form")) == (pytest.approx(0.3), form)
    assert graph.provenance.kind == "training"


def test_stochastic_depth_is_a_dropout_of_paths() -> None:
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            branch = self.linear(x)
            mask = branch.new_empty((branch.shape[0],) + (1,) * (branch.ndim - 1)).bernoulli_(0.8)
            return x + branch * mask.div_(0.8)

    graph = _trained(Block(), 4, 5, 8)
    assert _layers(graph) == ["linear", "dropout", "add"]
    drop = next(node for node in graph.nodes if node.kind == "dropout")
    assert (drop.get("rate"), drop.get("form"), drop.scope) == (pytest.approx(0.2), "path", "dropout#0")


def test_rms_norm_is_one_layer() -> None:
    from torch import nn

    module = nn.RMSNorm(12, eps=1e-5)
    data, graph = _export(module, 3, 5, 12, dynamo=True)
    (norm,) = (node for node in graph.nodes if node.kind == "rms_norm")
    assert (norm.get("out"), norm.get("scale"), norm.get("epsilon")) == (12, True, pytest.approx(1e-5))
    assert set(_layers(graph)) <= {"rms_norm", "cast", "identity"}
    _assert_equal_numbers(module, data, 3, 5, 12)


@pytest.mark.parametrize("dynamo", [True, False])
def test_glu_is_one_layer(dynamo: bool) -> None:
    from torch import nn

    module = nn.Sequential(nn.Linear(6, 8), nn.GLU())
    data, graph = _export(module, 3, 6, dynamo=dynamo)
    assert _layers(graph) == ["linear", "glu"]
    _assert_equal_numbers(module, data, 3, 6)


@pytest.mark.parametrize("dynamo", [True, False])
def test_attention_is_one_layer(dynamo: bool) -> None:
    import torch
    from torch import nn
    from torch.nn import functional

    class SelfAttention(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return functional.scaled_dot_product_attention(x, x, x)

    module = SelfAttention()
    data, graph = _export(module, 2, 4, 9, 8, dynamo=dynamo)
    (attention,) = (node for node in graph.nodes if node.kind == "attention")
    assert attention.get("form") == "dot_product"
    assert not {"softmax", "matmul"} & set(_layers(graph))
    _assert_equal_numbers(module, data, 2, 4, 9, 8)
