"""HED205: independent scores in a loss that makes them compete."""

from __future__ import annotations

import math

import pytest

from tests.proofs.keras_backend import run

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("classes", "floor"), [(2, 0.313), (10, 1.461)])
def test_torch_loss_has_a_floor(classes: int, floor: float) -> None:
    import torch
    from torch.nn import functional

    right = torch.zeros(1, dtype=torch.long)
    best = torch.full((1, classes), -100.0, dtype=torch.float64)
    best[0, 0] = 100.0
    assert float(functional.cross_entropy(torch.sigmoid(best), right)) == pytest.approx(floor, abs=5e-4)
    torch.manual_seed(0)
    others = torch.randn(512, classes, dtype=torch.float64) * 5
    losses = functional.cross_entropy(torch.sigmoid(others), right.expand(512), reduction="none")
    assert float(losses.min()) > floor - 5e-4


def test_keras_loss_ignores_the_common_factor() -> None:
    """Scores that sum to 0.2 and scores that sum to 2 cost the same."""
    import keras
    import numpy as np

    loss = keras.losses.CategoricalCrossentropy()
    scores = np.array([[0.09, 0.06, 0.05]], "float32")
    target = np.array([[1.0, 0.0, 0.0]], "float32")
    assert float(loss(target, scores)) == pytest.approx(float(loss(target, scores * 10)), abs=1e-5)


CODE = """
scores = keras.ops.convert_to_tensor(numpy.array([[2.0, 0.0]], "float32"))
target = numpy.array([[1.0, 0.0]], "float32")
result = float(keras.losses.CategoricalCrossentropy()(target, keras.activations.sigmoid(scores)))
"""


def test_keras_on_tensorflow_takes_the_softmax_of_the_scores() -> None:
    one = 1 / (1 + math.exp(-2))
    assert run("torch", CODE)["result"] == pytest.approx(-math.log(one / (one + 0.5)), abs=1e-5)
    assert run("tensorflow", CODE)["result"] == pytest.approx(-math.log(one), abs=1e-5)
