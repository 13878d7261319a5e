"""Dropouts in series: their product against nets that are drawn at random, and where the count begins again."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts
from lintnet.facts.gains import dropout_series
from lintnet.paths.notation import parse_graph

DROP = "dropout(rate=0.5)"


def _gains(text: str) -> list[tuple[int, float]]:
    return [(len(each.dropouts), round(each.gain, 6)) for each in dropout_series(Facts(parse_graph(text)))]


@pytest.mark.parametrize(
    ("text", "series"),
    [
        (f"x -> linear -> {DROP} -> linear -> relu -> {DROP} -> y", [(2, 4)]),
        (f"x -> conv -> {DROP} -> max_pool -> flatten -> linear -> gelu -> dropout(rate=0.2) -> y", [(2, 2.5)]),
        (f"x -> linear -> {DROP} -> layer_norm -> {DROP} -> y", [(1, 2), (1, 2)]),
        (f"x -> linear -> {DROP} -> sigmoid -> {DROP} -> y", [(1, 2), (1, 2)]),
        (f"x -> {DROP} -> lstm -> {DROP} -> y", [(1, 2), (1, 2)]),
        (f"x -> {DROP} -> unknown -> {DROP} -> y", [(1, 2), (1, 2)]),
        ("x -> dropout(rate=0.5, form='path') -> dropout(rate=0.5, form='alpha') -> y", []),
        ("x -> dropout(rate=?) -> dropout(rate=1) -> dropout(rate=0) -> y", []),
        ("x -> dropout(rate=0.5, mode='inference') -> y", []),
        (f"x -> {DROP} -> a; a, a -> add -> {DROP} -> y", [(1, 2), (1, 2)]),
        # Two heads behind one dropout: one series, the larger of the two.
        (f"x -> {DROP} -> a; a -> linear -> dropout(rate=0.75) -> y; a -> linear -> {DROP} -> z", [(2, 8)]),
    ],
)
def test_series_end_where_the_signal_is_bounded_or_joined(text: str, series: list[tuple[int, float]]) -> None:
    assert _gains(text) == series


def test_all_dropouts_of_a_series_are_named_in_order() -> None:
    graph = parse_graph(f"x -> {DROP} -> linear -> {DROP} -> relu -> {DROP} -> y")
    (series,) = dropout_series(Facts(graph))
    assert [graph.nodes[index].name for index in series.dropouts] == ["dropout_0", "dropout_1", "dropout_2"]


@pytest.mark.oracle
def test_the_product_is_the_factor_on_the_second_moment() -> None:
    import numpy as np

    draw, width, rates = np.random.default_rng(0), 200, (0.5, 0.3, 0.6)
    text = " -> ".join(f"linear -> relu -> dropout(rate={rate})" for rate in rates)
    ((_count, gain),) = _gains(f"x -> {text} -> linear -> y")
    ratios: list[tuple[float, float]] = []
    for _ in range(300):
        dropped = kept = draw.standard_normal(width)
        for rate in rates:
            weight = draw.standard_normal((width, width)) * np.sqrt(2 / width)
            mask = (draw.random(width) >= rate) / (1 - rate)
            dropped, kept = np.maximum(weight @ dropped, 0) * mask, np.maximum(weight @ kept, 0)
        ratios.append((float(dropped @ dropped), float(kept @ kept)))
    assert gain == pytest.approx(sum(a for a, _ in ratios) / sum(b for _, b in ratios), rel=0.05)
