"""What windows read, and what dropout does inside one."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


def _ask(name: str, text: str, *kinds: str) -> object:
    graph = parse_graph(text)
    nodes = [next(i for i, each in enumerate(graph.nodes) if each.kind == kind) for kind in kinds]
    return compute(name, Facts(graph), tuple(range(nodes[0], nodes[-1] + 1)), nodes)


@pytest.mark.parametrize(
    ("window", "share"),
    [
        ("kernel=(3, 3), stride=(4, 4)", 0.438),
        ("kernel=(3, 3), stride=(3, 3)", 0),
        ("kernel=(3, 3), stride=(1, 4)", 0.25),
        ("kernel=(1, 1), stride=(2, 2)", 0.75),
        ("kernel=(2, 2), stride=(3, 3), dilation=(2, 2)", 0),
        ("kernel=(2, 2), stride=(4, 4), dilation=2", 0.438),
        ("kernel=3, stride=4", 0.438),
        ("kernel=(3, 3), stride=4", 0.438),
    ],
)
def test_share_of_positions_that_are_never_read(window: str, share: float) -> None:
    assert _ask("unread_share", f"x[8, 3, 32, 32] -> conv({window}) -> y", "conv") == share


@pytest.mark.parametrize(
    "window",
    [
        "kernel=(3, 3)",
        "stride=(3, 3)",
        "kernel=(3, ?), stride=(4, 4)",
        "kernel=(3, 3), stride=(4, 4), dilation=?",
        "kernel=(3, 3), stride=(0, 0)",
    ],
)
def test_unread_share_that_is_not_known(window: str) -> None:
    assert isinstance(_ask("unread_share", f"x[8, 3, 32, 32] -> conv({window}) -> y", "conv"), Unknown)


def test_one_size_for_every_axis_needs_their_number() -> None:
    assert _ask("window_size", "x[8, 3, 9, 9] -> max_pool(kernel=2) -> y", "max_pool") == 4
    assert _ask("window_size", "x[8, 3, 9] -> max_pool(kernel=2) -> y", "max_pool") == 2
    assert _ask("window_size", "x -> max_pool(kernel=1) -> y", "max_pool") == 1
    assert _ask("window_size", "x -> max_pool(kernel=(2, 3)) -> y", "max_pool") == 6
    assert isinstance(_ask("window_size", "x -> max_pool(kernel=2) -> y", "max_pool"), Unknown)
    assert isinstance(_ask("window_size", "x -> max_pool -> y", "max_pool"), Unknown)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("average_pool", True),
        ("conv(inp=8, groups=8)", True),
        ("conv(inp=8, groups=8) -> flatten", True),
        ("conv(inp=1, groups=1)", False),
        ("conv(inp=8, groups=1)", False),
        ("conv(inp=8)", False),
        ("relu", False),
    ],
)
def test_what_smooths(before: str, expected: bool) -> None:
    assert _ask("smoothed_before", f"x -> {before} -> max_pool -> y", "max_pool") is (
        True if before == "average_pool" else expected
    )


def test_nothing_smooths_in_front_of_the_first_layer() -> None:
    assert _ask("smoothed_before", "x -> conv -> y", "conv") is False


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("x -> dropout(rate=0.25) -> max_pool(kernel=(2, 2)) -> y", 1.328),
        ("x -> dropout(rate=0.5) -> max_pool(kernel=(2, 2)) -> y", 1.875),
        ("x -> dropout(rate=0.5) -> relu -> max_pool(kernel=(2, 2)) -> y", 1.875),
        ("x -> dropout(rate=0.5) -> max_pool(kernel=(1, 1)) -> y", 1),
    ],
)
def test_gain_of_a_max_pool_behind_dropout(text: str, gain: float) -> None:
    assert _ask("pooled_gain", text, "dropout", "max_pool") == gain


@pytest.mark.parametrize(
    "text",
    [
        "x -> dropout(rate=0.5) -> tanh -> max_pool(kernel=(2, 2)) -> y",
        "x -> dropout(rate=?) -> max_pool(kernel=(2, 2)) -> y",
        "x -> dropout(rate=1) -> max_pool(kernel=(2, 2)) -> y",
        "x -> dropout(rate=0.5) -> max_pool -> y",
    ],
)
def test_gain_that_is_not_known(text: str) -> None:
    assert isinstance(_ask("pooled_gain", text, "dropout", "max_pool"), Unknown)
