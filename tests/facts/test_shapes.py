"""Shape propagation: what follows is computed, what does not stays unknown; the oracle is torch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintnet.facts import Facts
from lintnet.facts.shapes import window_output
from lintnet.ir import UNKNOWN, Unknown
from lintnet.paths.notation import parse_graph


def _last(text: str) -> object:
    facts = Facts(parse_graph(text))
    return facts.input_tensor(len(facts.graph.nodes) - 1).sizes


@pytest.mark.oracle
@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    pad=st.integers(0, 3),
)
def test_window_output_is_what_torch_computes(size: int, kernel: int, stride: int, dilation: int, pad: int) -> None:
    import torch

    if size + 2 * pad < dilation * (kernel - 1) + 1:
        return  # torch refuses an empty output
    conv = torch.nn.Conv1d(1, 1, kernel, stride, pad, dilation, device="meta")
    expected = conv(torch.empty(1, 1, size, device="meta")).shape[-1]
    assert window_output(size, kernel, stride, dilation, 2 * pad) == expected


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("x[8, 3, 32, 32] -> conv(out=16, kernel=3, stride=2, padding='same') -> y", (8, 16, 16, 16)),
        ("x[8, 3, 32, 32] -> conv(out=16, kernel=3, stride=1, padding='valid') -> relu -> y", (8, 16, 30, 30)),
        ("x[8, 3, 32, 32] -> max_pool(kernel=(2, 2), stride=(2, 2), padding='valid') -> y", (8, 3, 16, 16)),
        ("x[8, 3, 4, 4] -> flatten -> linear(out=5) -> y", (8, 5)),
        ("x[8, 3, 4, 4] -> flatten -> y", (8, 48)),
        ("x[8, 3, 4, 4] -> transpose(permutation=(0, 2, 3, 1)) -> y", (8, 4, 4, 3)),
        ("x[8, 10, 64; 2] -> lstm(out=7, directions=2, sequence=false) -> y", (8, 14)),
        ("x[8, 10, 64; 2] -> lstm(out=7, directions=2, sequence=true) -> y", (8, 10, 14)),
        ("x[8, 3, 4, 4] -> a\nx2[8, 5, 4, 4] -> b\na, b -> concat -> y", (8, 8, 4, 4)),
        ("x[8, 3, 4, 4] -> a\nx2[8, 3, 1, 1] -> b\na, b -> multiply -> y", (8, 3, 4, 4)),
        ("x[8, 3, 5, 5] -> conv_transpose(out=2, stride=2, padding='same') -> y", (8, 2, 10, 10)),
    ],
)
def test_sizes_follow(text: str, sizes: tuple[int, ...]) -> None:
    assert _last(text) == sizes


def test_an_unknown_size_stays_unknown_and_the_others_follow() -> None:
    sizes = _last("x[?, 3, ?, 32] -> conv(out=16, kernel=3, stride=1, padding='valid') -> y")
    assert isinstance(sizes, tuple)
    assert isinstance(sizes[0], Unknown)
    assert sizes[1] == 16
    assert isinstance(sizes[2], Unknown)
    assert sizes[3] == 30


def test_an_unknown_kernel_is_never_compared_as_zero() -> None:
    sizes = _last("x[8, 3, 32, 32] -> conv(out=16) -> y")
    assert isinstance(sizes, tuple)
    assert isinstance(sizes[2], Unknown)


def test_window_output_of_anything_unknown_is_unknown() -> None:
    assert isinstance(window_output(UNKNOWN, 3, 1, 1, 0), Unknown)
    assert isinstance(window_output(8, 3, UNKNOWN, 1, 0), Unknown)


def test_a_stride_of_zero_gives_an_unknown_size() -> None:
    sizes = _last("x[8, 3, 32, 32] -> conv(out=16, kernel=3, stride=0, padding='same') -> y")
    assert isinstance(sizes, tuple)
    assert sizes[:2] == (8, 16)
    assert isinstance(sizes[2], Unknown)
