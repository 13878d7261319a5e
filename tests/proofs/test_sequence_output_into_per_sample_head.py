"""ATT201: one target per sample against one answer per step."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.oracle


def test_one_target_per_sample_is_compared_with_every_step() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    steps, _state = nn.LSTM(6, 16, batch_first=True)(torch.randn(8, 20, 6))
    scores, targets = nn.Linear(16, 1)(steps), torch.randn(8)
    assert scores.shape == (8, 20, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the sizes, and computes all the same
        loss = nn.functional.mse_loss(scores, targets)
    # Every step of every sample against the targets of all samples.
    assert torch.isclose(loss, ((scores.reshape(160, 1) - targets) ** 2).mean())
    with pytest.raises(ValueError, match="must be the same"):
        nn.functional.binary_cross_entropy_with_logits(scores, targets)


def test_keras_trains_on_it_with_a_squared_error() -> None:
    import keras
    import numpy as np
    from keras import layers

    draw = np.random.default_rng(0)
    series, targets = draw.random((8, 20, 6)), draw.random((8, 1))
    model = keras.Sequential([layers.Input((20, 6)), layers.LSTM(4, return_sequences=True), layers.Dense(1)])
    assert model.output_shape == (None, 20, 1)
    model.compile(loss="mean_squared_error")
    scores = model.predict(series, verbose=0)[..., 0]
    # Every step of a sample against its one target.
    error = float(((scores - targets) ** 2).mean())
    assert model.evaluate(series, targets, verbose=0) == pytest.approx(error, rel=1e-4)
    model.compile(loss="binary_crossentropy")
    with pytest.raises(ValueError, match="same"):
        model.evaluate(series, targets, verbose=0)
