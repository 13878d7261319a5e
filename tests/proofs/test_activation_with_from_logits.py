"""HED202: an activation in front of a loss that applies it."""

from __future__ import annotations

import pytest

from tests.proofs.keras_backend import run

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("target", "best", "floor"), [(1.0, 100.0, 0.313), (0.0, -100.0, 0.693)])
def test_a_perfect_answer_still_costs(target: float, best: float, floor: float) -> None:
    import torch
    from torch.nn import functional

    def loss(scores: torch.Tensor) -> torch.Tensor:
        wanted = torch.full_like(scores, target)
        return functional.binary_cross_entropy_with_logits(torch.sigmoid(scores), wanted, reduction="none")

    assert float(loss(torch.tensor([best]))) == pytest.approx(floor, abs=5e-4)
    assert float(loss(torch.linspace(-50, 50, 1001)).min()) > floor - 5e-4


CODE = """
scores = keras.ops.convert_to_tensor(numpy.where(numpy.eye(10), 100.0, -100.0).astype("float32"))
one = keras.ops.convert_to_tensor(numpy.full((4, 1), -100.0, "float32"))
categorical = keras.losses.CategoricalCrossentropy(from_logits=True)
binary = keras.losses.BinaryCrossentropy(from_logits=True)
result = [
    float(categorical(numpy.eye(10, dtype="float32"), keras.activations.softmax(scores))),
    float(binary(numpy.zeros((4, 1), "float32"), keras.activations.sigmoid(one))),
]
"""


def test_keras_squashes_again_unless_its_backend_is_tensorflow() -> None:
    torch, tensorflow = run("torch", CODE), run("tensorflow", CODE)
    assert torch["result"] == pytest.approx([1.461, 0.693], abs=5e-4)
    assert not torch["warned"]
    assert tensorflow["result"] == pytest.approx([0.0, 0.0], abs=5e-4)
    assert tensorflow["warned"]
