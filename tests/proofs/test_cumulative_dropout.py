"""DRP202: the energy of a signal behind several dropouts."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(("rate", "count", "gain"), [(0.5, 3, 8), (0.3, 4, 4.165)])
def test_energy_grows_by_the_product(rate: float, count: int, gain: float) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    trained = tested = 0.0
    for _ in range(60):
        blocks: list[nn.Module] = []
        for _ in range(count):
            layer = nn.Linear(256, 256, bias=False)
            nn.init.kaiming_normal_(layer.weight)
            blocks += [layer, nn.ReLU(), nn.Dropout(rate)]
        head = nn.Linear(256, 64, bias=False)
        model, x = nn.Sequential(*blocks, head), torch.randn(64, 256)
        with torch.no_grad():
            trained += float((model.train()(x) ** 2).mean())
            tested += float((model.eval()(x) ** 2).mean())
    assert trained / tested == pytest.approx(gain, rel=0.06)
    normed = nn.Sequential(nn.Dropout(rate), nn.Linear(256, 256), nn.LayerNorm(256), nn.Linear(256, 64))
    x = torch.randn(2000, 256)
    with torch.no_grad():
        ratio = float((normed.train()(x) ** 2).mean() / (normed.eval()(x) ** 2).mean())
    assert ratio == pytest.approx(1, rel=0.05)
