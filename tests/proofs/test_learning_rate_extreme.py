"""TRN101: how far one step goes, and what the defaults are."""

from __future__ import annotations

import inspect
import itertools

import pytest

from lintnet.rulebook.checks_training import DEFAULT_RATES

pytestmark = pytest.mark.oracle

ADAPTIVE = ("Adam", "AdamW", "NAdam", "Adamax", "RMSprop")


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_optimizers_move_each_weight_by_about_the_rate(name: str) -> None:
    import torch

    rate = 0.3
    for slope in (1e-3, 1.0, 1e3):
        weight = torch.nn.Parameter(torch.zeros(()))
        optimizer = getattr(torch.optim, name)([weight], lr=rate)
        places = [0.0]
        for _ in range(20):
            optimizer.zero_grad()
            (slope * weight).backward()
            optimizer.step()
            places.append(weight.detach().item())
        steps = [abs(after - before) for before, after in itertools.pairwise(places)]
        assert 0.5 * rate < sum(steps) / len(steps) < 4 * rate, (name, slope)
    weight = torch.nn.Parameter(torch.ones(()))
    optimizer = getattr(torch.optim, name)([weight], lr=0.0)
    (weight**2).backward()
    optimizer.step()
    assert weight.detach().item() == 1


def test_the_default_rates_are_those_of_the_frameworks() -> None:
    import keras
    import torch

    for name, (in_keras, in_torch) in DEFAULT_RATES.items():
        for package, default, key in ((keras.optimizers, in_keras, "learning_rate"), (torch.optim, in_torch, "lr")):
            found = next(each for word, each in vars(package).items() if word.lower() == name and inspect.isclass(each))
            assert inspect.signature(found).parameters[key].default == default, (package.__name__, name)
