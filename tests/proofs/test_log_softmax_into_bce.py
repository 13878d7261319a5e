"""HED208: logarithms of probabilities where probabilities are expected."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_torch_refuses_logarithms() -> None:
    import torch
    from torch import nn

    x = torch.randn(4, 3)
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        nn.BCELoss()(torch.log_softmax(x, 1), torch.ones(4, 3))
    one = torch.randn(4, 1, requires_grad=True)
    loss = nn.BCELoss()(torch.log_softmax(one, 1), torch.zeros(4, 1))
    (gradient,) = torch.autograd.grad(loss, one)
    assert float(loss.detach()) == 0
    assert torch.equal(gradient, torch.zeros_like(gradient))


def test_keras_prefers_the_wrong_class() -> None:
    import keras
    import numpy as np

    loss = keras.losses.CategoricalCrossentropy()
    target = np.array([[1.0, 0.0, 0.0]], "float32")
    losses: list[float] = []
    for right in (0.98, 0.6, 0.2, 0.01):
        rest = (1 - right) / 2
        losses.append(float(loss(target, np.log(np.array([[right, rest, rest]], "float32")))))
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 3
    assert losses[-1] < 1
