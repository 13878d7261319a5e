"""HED207: binary cross-entropy over probabilities that share a total."""

from __future__ import annotations

import math

import pytest

from tests.proofs.keras_backend import run

pytestmark = pytest.mark.oracle


def test_it_is_another_loss() -> None:
    """With two classes twice the categorical loss; with more it also depends on how the rest is divided."""
    import torch
    from torch.nn import functional

    def binary(probabilities: torch.Tensor) -> float:
        target = torch.zeros_like(probabilities)
        target[0] = 1
        return float(functional.binary_cross_entropy(probabilities, target, reduction="sum"))

    two = torch.tensor([0.7, 0.3], dtype=torch.float64)
    assert binary(two) == pytest.approx(-2 * float(two[0].log()))
    even, uneven = torch.tensor([0.4, 0.3, 0.3]).double(), torch.tensor([0.4, 0.6, 0.0]).double()
    assert binary(uneven) > binary(even) + 0.1


CODE = """
scores = keras.ops.convert_to_tensor(numpy.array([[2.0, 2.0]], "float32"))
target = numpy.array([[1.0, 0.0]], "float32")
result = float(keras.losses.BinaryCrossentropy()(target, keras.activations.softmax(scores)))
"""


def test_keras_on_tensorflow_takes_the_sigmoid_of_the_scores() -> None:
    assert run("torch", CODE)["result"] == pytest.approx(math.log(2), abs=1e-5)
    one = 1 / (1 + math.exp(-2))
    assert run("tensorflow", CODE)["result"] == pytest.approx(-(math.log(one) + math.log(1 - one)) / 2, abs=1e-5)
