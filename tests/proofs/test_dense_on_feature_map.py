"""SHP102: a dense layer on a map."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_a_dense_layer_without_flatten_classifies_every_pixel() -> None:
    import keras
    import numpy as np
    from keras import layers

    model = keras.Sequential(
        [
            layers.Input((28, 28, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    assert model.output_shape == (None, 13, 13, 10)
    result = keras.ops.convert_to_numpy(model(np.random.default_rng(0).random((2, 28, 28, 3), dtype=np.float32)))
    assert result.sum(-1) == pytest.approx(np.ones((2, 13, 13)), abs=1e-5)
