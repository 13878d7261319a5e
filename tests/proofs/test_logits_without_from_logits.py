"""HED203: scores in a loss that takes logarithms of probabilities."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_keras_clips_scores_and_their_gradient(sign: float, target: float) -> None:
    """Whatever the target, the loss is flat in a score outside (0, 1); with from_logits=True it is not."""
    import keras
    import numpy as np

    def losses(*, from_logits: bool) -> list[float]:
        loss = keras.losses.BinaryCrossentropy(from_logits=from_logits)
        wanted = np.array([[target]], "float32")
        return [float(loss(wanted, np.array([[sign * size]], "float32"))) for size in (1.5, 2.0, 4.0)]

    clipped, free = losses(from_logits=False), losses(from_logits=True)
    assert clipped == [clipped[0]] * 3
    assert abs(free[0] - free[1]) > 0.05


def test_keras_clips_categorical_scores() -> None:
    """A right class with a negative score costs the clipped maximum, and moving its score changes nothing."""
    import keras
    import numpy as np

    loss = keras.losses.SparseCategoricalCrossentropy()
    losses = [float(loss(np.array([0]), np.array([[score, 5.0, 1.0]], "float32"))) for score in (-0.5, -1.0, -2.0)]
    assert losses[0] > 15
    assert losses == pytest.approx([losses[0]] * 3)


def test_torch_refuses_scores() -> None:
    import torch
    from torch import nn

    for score in (-0.1, 1.1):
        with pytest.raises(RuntimeError, match="between 0 and 1"):
            nn.BCELoss()(torch.tensor([score]), torch.tensor([1.0]))
