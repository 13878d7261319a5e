"""NRM203: a value minus its own mean."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_one_value_is_normalised_to_zero_and_two_to_signs() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    one = [
        (nn.LayerNorm(1), torch.randn(32, 1)),
        (nn.LayerNorm(1), torch.randn(32, 9, 1)),
        (nn.GroupNorm(16, 16), torch.randn(32, 16, 1, 1)),
    ]
    for norm, x in one:
        assert norm.bias is not None
        nn.init.constant_(norm.bias, 0.3)
        y = norm(x.requires_grad_())
        assert torch.allclose(y, torch.full_like(y, 0.3), atol=1e-4), norm
        y.sum().backward()
        assert x.grad is not None
        assert torch.allclose(x.grad, torch.zeros_like(x), atol=1e-3), norm
    two = [(nn.LayerNorm(2), torch.randn(32, 2)), (nn.GroupNorm(8, 16), torch.randn(32, 16, 1, 1))]
    for norm, x in two:
        y = norm(100 * x)
        assert torch.allclose(y.abs(), torch.ones_like(y), atol=1e-3), norm
    # torch refuses to take the mean of one position; other runtimes subtract it.
    with pytest.raises(ValueError, match="more than 1 spatial element"):
        nn.InstanceNorm2d(16)(torch.randn(32, 16, 1, 1))


def test_an_exported_instance_norm_over_one_position_gives_its_shift() -> None:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    shape = [32, 16, 1, 1]
    node = helper.make_node("InstanceNormalization", ["x", "scale", "shift"], ["y"])
    vectors = {"scale": np.ones(16, np.float32), "shift": np.full(16, 0.3, np.float32)}
    graph = helper.make_graph(
        [node],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [onnx.numpy_helper.from_array(value, name) for name, value in vectors.items()],
    )
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    (y,) = ReferenceEvaluator(helper.make_model(graph)).run(None, {"x": x})
    assert np.allclose(y, 0.3)
