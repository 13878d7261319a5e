"""NRM301: one word, two conventions."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("momentum", [0.1, 0.9])
def test_the_two_conventions_are_opposite(momentum: float) -> None:
    import keras
    import torch

    batch = torch.randn(64, 3, generator=torch.Generator().manual_seed(0)) + 5
    norm = torch.nn.BatchNorm1d(3, momentum=momentum).train()
    norm(batch)
    assert norm.running_mean is not None
    assert torch.allclose(norm.running_mean, momentum * batch.mean(0), atol=1e-5)

    layer = keras.layers.BatchNormalization(momentum=momentum)
    layer(keras.ops.convert_to_tensor(batch.numpy()), training=True)
    kept = torch.tensor(keras.ops.convert_to_numpy(layer.moving_mean))
    assert torch.allclose(kept, (1 - momentum) * batch.mean(0), atol=1e-4)


def test_statistics_of_a_large_momentum_are_those_of_the_last_batch() -> None:
    import torch

    torch.manual_seed(0)
    norm = torch.nn.BatchNorm1d(3, momentum=0.9).train()
    for _ in range(50):
        norm(torch.randn(256, 3))
    norm(torch.randn(256, 3) + 10)
    assert norm.running_mean is not None
    assert float(norm.running_mean.min()) > 8.5
