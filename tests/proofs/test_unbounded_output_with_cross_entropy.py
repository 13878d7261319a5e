"""HED206: values that are no probabilities."""

from __future__ import annotations

import math

import pytest

pytestmark = pytest.mark.oracle


def test_what_lies_outside_gets_no_gradient() -> None:
    """A tanh below 0 under the binary loss is as wrong as can be, and the loss is flat; under a sigmoid it is not."""
    import keras
    import numpy as np

    loss = keras.losses.BinaryCrossentropy()
    one = np.array([[1.0]], "float32")
    scores = np.array([-0.5, -1.0, -2.0], "float32")
    tanh = [float(loss(one, value)) for value in np.tanh(scores).reshape(3, 1, 1)]
    sigmoid = [float(loss(one, value)) for value in (1 / (1 + np.exp(-scores))).reshape(3, 1, 1)]
    assert tanh == [tanh[0]] * 3
    assert tanh[0] > 10
    assert sigmoid[2] - sigmoid[1] > sigmoid[1] - sigmoid[0] > 0.3


def test_dead_scores_make_the_loss_not_a_number() -> None:
    import keras
    import numpy as np

    loss = keras.losses.CategoricalCrossentropy()
    target = np.array([[1.0, 0.0, 0.0]], "float32")
    assert math.isnan(float(loss(target, np.zeros((1, 3), "float32"))))


def test_positive_scores_are_normalised() -> None:
    """Why softplus is a warning only: divided by the sum, the values are a distribution."""
    import keras
    import numpy as np

    loss = keras.losses.CategoricalCrossentropy()
    target = np.array([[1.0, 0.0, 0.0]], "float32")
    assert float(loss(target, np.array([[6.0, 2.0, 2.0]], "float32"))) == pytest.approx(-math.log(0.6), abs=1e-5)


def test_torch_refuses() -> None:
    import torch
    from torch import nn

    for value in (torch.tanh(torch.tensor([-1.0])), torch.relu(torch.tensor([2.0]))):
        with pytest.raises(RuntimeError, match="between 0 and 1"):
            nn.BCELoss()(value, torch.tensor([1.0]))
