"""ACT102: what two activations in a row leave."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.paths.notation import parse_graph

pytestmark = pytest.mark.oracle

KINDS = (
    "relu",
    "relu(ceiling=6)",
    "leaky_relu(slope=0.1)",
    "elu",
    "celu(slope=2)",
    "selu",
    "gelu",
    "silu",
    "mish",
    "hard_swish",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "log_sigmoid",
)


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_two_in_a_row_leave_the_printed_range(first: str, second: str) -> None:
    import torch
    from torch import nn

    modules: dict[str, nn.Module] = {
        "relu": nn.ReLU(),
        "relu(ceiling=6)": nn.ReLU6(),
        "leaky_relu(slope=0.1)": nn.LeakyReLU(0.1),
        "elu": nn.ELU(),
        "celu(slope=2)": nn.CELU(2.0),
        "selu": nn.SELU(),
        "gelu": nn.GELU(),
        "silu": nn.SiLU(),
        "mish": nn.Mish(),
        "hard_swish": nn.Hardswish(),
        "sigmoid": nn.Sigmoid(),
        "hard_sigmoid": nn.Hardsigmoid(),
        "tanh": nn.Tanh(),
        "softplus": nn.Softplus(),
        "softsign": nn.Softsign(),
        "log_sigmoid": nn.LogSigmoid(),
    }
    near = torch.linspace(-20, 20, 400_001, dtype=torch.float64)
    far = torch.tensor([-1e8, -1e4, 1e4, 1e8], dtype=torch.float64)
    values = modules[second](modules[first](torch.cat([near, far])))
    if first.startswith("relu") and second.startswith("relu"):
        alone = [modules[each](torch.cat([near, far])) for each in (first, second)]
        assert any(torch.equal(values, each) for each in alone)
        return
    facts = Facts(parse_graph(f"x -> add -> {first} -> {second} -> linear -> y"))
    effect = compute("stacked_effect", facts, (2, 3), (2, 3))
    assert isinstance(effect, str)
    low, high = (end.strip(" []()") for end in effect.removeprefix("together they give ").split(","))
    for end, reached, sign in ((low, float(values.min()), -1), (high, float(values.max()), 1)):
        if end.endswith("∞"):
            assert reached * sign > 1e3, effect
        else:
            assert reached == pytest.approx(float(end), abs=2e-3), effect
