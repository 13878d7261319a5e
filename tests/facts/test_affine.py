"""Pairs of weight layers: widths, rank and parameters against arithmetic, and why a pair is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintnet.facts import Facts
from lintnet.facts.affine import affine_rank, meant_as_pair, merged_map, redundant_parameters, softened_pair
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph
from tests.loaders.source.programs import model


def _pair(text: str) -> tuple[Facts, int, int]:
    facts = Facts(parse_graph(text))
    weights = [i for i, node in enumerate(facts.graph.nodes) if node.kind in {"linear", "conv", "conv_transpose"}]
    return facts, weights[0], weights[-1]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_numbers_of_two_dense_layers(inp: int, middle: int, out: int) -> None:
    text = f"x -> linear(inp={inp}, out={middle}, bias=true) -> linear(inp={middle}, out={out}, bias=true) -> y"
    facts, first, second = _pair(text)
    two = (inp + 1) * middle + (middle + 1) * out
    assert redundant_parameters(facts, (), first, second) == max(two - (inp + 1) * out, 0)
    assert affine_rank(facts, (), first, second) == min(inp, middle, out)
    assert merged_map(facts, (), first, second) == f"{inp} x {out}"
    cheaper = inp * middle + middle * out < inp * out
    assert meant_as_pair(facts, (), first, second) == ("factorisation" if cheaper else "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x -> linear(out=8) -> linear(out=9) -> y", "?"),  # the factorisation hangs on a width that is not known
        ("x -> linear(out=9) -> linear(out=9) -> y", ""),
        ("x -> conv(inp=3, out=8) -> conv(inp=8, out=8, groups=1) -> y", "?"),  # groups not known
        ("x -> conv(inp=8, out=8, groups=8) -> conv(inp=8, out=8) -> y", "depthwise or grouped"),
        (
            "x -> conv_transpose(inp=8, out=8, groups=1, stride=2) -> conv(inp=8, out=8, groups=1) -> y",
            "another resolution",
        ),
    ],
)
def test_why_a_pair_is_meant(text: str, why: str) -> None:
    facts, first, second = _pair(text)
    found = meant_as_pair(facts, (), first, second)
    assert (isinstance(found, Unknown) and why == "?") or found == why


@pytest.mark.parametrize(
    ("between", "word"), [("batch_norm", "norm"), ("average_pool", "pool"), ("dropout(rate=0.1)", "")]
)
def test_what_softens_a_pair(between: str, word: str) -> None:
    facts, first, second = _pair(f"x -> linear(inp=8, out=8) -> {between} -> linear(inp=8, out=8) -> y")
    assert softened_pair(facts, (), first, second) == word


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("nn.Conv1d(9, 9, 1)", "nn.Linear(9, 9)", "along another axis"),
        ("nn.Linear(9, 9)", "nn.Conv1d(9, 9, 1)", "along another axis"),
        ("nn.Conv1d(9, 9, 1)", "nn.Conv1d(9, 9, 1)", ""),
        ("nn.Linear(9, 9)", "nn.Linear(9, 9)", ""),
    ],
)
def test_a_layer_that_reads_the_positions_of_another_is_no_slip(first: str, second: str, why: str) -> None:
    text = f"model = nn.Sequential({first}, {second})\nmodel(torch.zeros(2, 9, 9))\n"
    facts = Facts(model(text))
    one, two = (i for i, node in enumerate(facts.graph.nodes) if node.kind in {"linear", "conv"})
    assert meant_as_pair(facts, (), one, two) == why
