"""Two pools in a row against the one pool they amount to, counted over every position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lintnet.facts import Facts, compute
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


def _ask(name: str, text: str) -> object:
    graph = parse_graph(text)
    pools = [i for i, node in enumerate(graph.nodes) if node.kind.endswith("_pool")]
    nodes = pools[:1] if name == "least_side" else [pools[0], pools[-1]]
    found = compute(name, Facts(graph), (), nodes)
    return None if isinstance(found, Unknown) else found


def _windows(size: int, kernel: int, stride: int) -> list[range]:
    return [range(start, start + kernel) for start in range(0, size - kernel + 1, stride)]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_the_joint_pool_reads_what_both_read(k1: int, s1: int, k2: int, s2: int) -> None:
    text = f"x -> max_pool(kernel={k1}, stride={s1}) -> max_pool(kernel={k2}, stride={s2}) -> y"
    size = k1 + (k2 - 1) * s1 + 3 * s1 * s2
    inner, outer = _windows(size, k1, s1), _windows(len(_windows(size, k1, s1)), k2, s2)
    reads = [(min(inner[i].start for i in each), max(inner[i].stop for i in each)) for each in outer]
    assert _ask("joint_window", text) == str(reads[0][1] - reads[0][0])
    assert _ask("joint_stride", text) == str(reads[1][0] - reads[0][0])
    assert _ask("joint_step", text) == s1 * s2
    assert _ask("lost_positions", text) == pytest.approx(1 - 1 / (s1 * s2), abs=1e-3)


POOL = "max_pool(kernel=(2, 2), stride=(2, 2), padding='valid')"


@pytest.mark.parametrize(
    ("text", "series"),
    [
        (f"x -> {POOL} -> {POOL} -> y", True),
        (f"x[8, 3, 16, 16] -> {POOL} -> {POOL} -> y", True),
        (f"x[8, 3, 4, 4] -> {POOL} -> {POOL} -> y", False),
        (f"x[8, 3, 4, 16] -> {POOL} -> {POOL} -> y", True),
        (f"x -> {POOL} -> average_pool(kernel=(7, 7), stride=(7, 7)) -> y", None),
        (f"x[8, 3, 32, 32] -> {POOL} -> average_pool(kernel=(7, 7), stride=(7, 7), padding='valid') -> y", True),
        (f"x -> {POOL} -> max_pool(kernel=2, stride=2) -> y", True),
        (f"x -> {POOL} -> max_pool(kernel=(2, 2, 2), stride=(2, 2, 2)) -> y", None),
        (f"x -> {POOL} -> max_pool(kernel=(2, 2), stride=?) -> y", None),
        (f"x -> {POOL} -> max_pool(kernel=(2, 2), stride=(2, 2), dilation=(2, 2)) -> y", None),
    ],
)
def test_a_pool_over_the_whole_map_is_a_global_one(text: str, series: bool | None) -> None:
    assert _ask("pools_in_series", text) is series


def test_the_shortest_side() -> None:
    assert _ask("least_side", f"x[8, 3, 40, 30] -> {POOL} -> {POOL} -> y") == 30
    assert _ask("least_side", f"x[8, 3, 40, ?] -> {POOL} -> {POOL} -> y") is None
