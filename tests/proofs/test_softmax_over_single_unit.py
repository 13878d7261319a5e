"""HED101: softmax over one element."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_value_is_one_and_gradient_is_zero() -> None:
    import torch

    x = torch.randn(64, 1, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(64, 1, dtype=torch.float64)
    for function, value in ((torch.softmax, 1.0), (torch.log_softmax, 0.0)):
        result = function(x, 1)
        assert torch.equal(result, torch.full_like(result, value))
        (gradient,) = torch.autograd.grad((result * weights).sum(), x)
        assert torch.equal(gradient, torch.zeros_like(gradient))
