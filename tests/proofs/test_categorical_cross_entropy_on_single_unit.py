"""HED204: one class."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_torch_loss_is_zero_with_zero_gradient() -> None:
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    for shape, target in (((64, 1), (64,)), ((4, 1, 8, 8), (4, 8, 8))):
        x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        loss = functional.cross_entropy(x, torch.zeros(target, dtype=torch.long))
        (gradient,) = torch.autograd.grad(loss, x)
        assert float(loss.detach()) == 0
        assert torch.equal(gradient, torch.zeros_like(gradient))


def test_keras_loss_does_not_depend_on_the_score() -> None:
    import keras
    import numpy as np

    for from_logits in (False, True):
        loss = keras.losses.CategoricalCrossentropy(from_logits=from_logits)
        for target in (0.0, 1.0):
            scores = [np.array([[score]], "float32") for score in (0.01, 0.5, 0.99)]
            with pytest.warns(SyntaxWarning, match="num_classes > 1"):
                values = {round(float(loss(np.array([[target]], "float32"), score)), 6) for score in scores}
            assert len(values) == 1, (from_logits, target, values)


def test_binary_cross_entropy_does() -> None:
    import keras
    import numpy as np

    loss = keras.losses.BinaryCrossentropy()
    values = [float(loss(np.array([[1.0]]), np.array([[score]], "float32"))) for score in (0.01, 0.5, 0.99)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 4 > values[-1]
