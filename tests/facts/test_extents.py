"""Windows and maps counted one position at a time; norms over few values; the smallest input that goes through."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lintnet.facts import Facts, compute
from lintnet.facts.extents import (
    kernel_cover,
    kernel_weights,
    literal_product,
    map_before,
    map_continues,
    map_exhausted,
    smallest_input,
)
from lintnet.ir import Location, Unknown
from lintnet.paths.notation import parse_graph


def _facts(text: str, kind: str) -> tuple[Facts, int]:
    graph = parse_graph(text)
    return Facts(graph), [i for i, node in enumerate(graph.nodes) if node.kind == kind][-1]


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("x[8, 64] -> layer_norm(axis='channel', out=64)", 64),
        ("x[8, 1] -> layer_norm(axis='channel')", 1),
        ("x[8, 1] -> layer_norm(axis=?)", None),
        ("x[8, 0] -> layer_norm(axis='channel', out=0)", None),
        ("x[8, 64, 5, 7] -> group_norm(groups=32, out=64)", 70),
        ("x[8, 64] -> group_norm(groups=64)", 1),
        ("x[8, 64, 1, 1] -> group_norm(groups=32)", 2),
        ("x[8, 64, 1, 1] -> group_norm(groups=48)", None),
        ("x[8, 64, ?, 1] -> group_norm(groups=32)", None),
        ("x[8, 64, 1, 3] -> instance_norm", 3),
        ("x[8, 64] -> instance_norm", None),
        ("x -> instance_norm", None),
    ],
)
def test_values_that_share_a_mean(text: str, extent: int | None) -> None:
    kind = text.split(" -> ")[1].partition("(")[0]
    facts, norm = _facts(text + " -> y", kind)
    found = compute("norm_extent", facts, (), (norm,))
    assert (None if isinstance(found, Unknown) else found) == extent


def _fits(size: int, kernel: int, dilation: int, pads: int) -> bool:
    return any(start + dilation * (kernel - 1) < size + pads for start in range(size + pads))


@given(st.integers(1, 12), st.integers(1, 7), st.integers(1, 3), st.integers(0, 4), st.integers(1, 3))
def test_a_map_is_exhausted_when_the_window_fits_nowhere(
    size: int, kernel: int, dilation: int, pad: int, stride: int
) -> None:
    window = f"kernel={kernel}, stride={stride}, dilation={dilation}, padding='explicit', pads=({pad}, 0)"
    facts, layer = _facts(f"x[8, 3, {size}] -> conv(out=4, {window}) -> y", "conv")
    assert map_exhausted(facts, (), layer) is not _fits(size, kernel, dilation, pad)
    assert map_before(facts, (), layer) == str(size)


_LAYERS = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 5]), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=5
)


@given(_LAYERS, st.integers(1, 60))
def test_the_smallest_input_is_the_least_one_that_goes_through(layers: list[tuple[int, int, int]], size: int) -> None:
    assume(all(pad < kernel for kernel, _, pad in layers))
    chain = " -> relu -> ".join(
        f"conv(out=4, kernel={k}, stride={s}, padding='explicit', pads=({p}, 0))" for k, s, p in layers
    )
    facts, last = _facts(f"x[8, 3, {size}] -> {chain} -> y", "conv")
    least = next(n for n in range(1, 10_000) if _left(n, layers) > 0)
    assert smallest_input(facts, (), last) == str(least)
    convs = [i for i, node in enumerate(facts.graph.nodes) if node.kind == "conv"]
    assert any(map_exhausted(facts, (), each) is True for each in convs) is (size < least)
    assert sum(map_exhausted(facts, (), each) is True for each in convs) <= 1, "the first one is to blame"


def _left(size: int, layers: list[tuple[int, int, int]]) -> int:
    for kernel, stride, pad in layers:
        if size + pad < kernel:
            return 0
        size = (size + pad - kernel) // stride + 1
    return size


@pytest.mark.parametrize(
    "text",
    [
        "x[8, 3, ?] -> conv(out=4, kernel=5, stride=1, padding='valid') -> y",
        "x -> conv(out=4, kernel=5, stride=1, padding='valid') -> y",
        "x[8, 3, 3] -> conv(out=4, kernel=?, stride=1, padding='valid') -> y",
        "x[8, 3, 3] -> conv(out=4, kernel=5, stride=1, padding='explicit') -> y",
    ],
)
def test_what_is_not_known_is_not_exhausted(text: str) -> None:
    facts, layer = _facts(text, "conv")
    assert isinstance(map_exhausted(facts, (), layer), Unknown)


def test_padding_same_never_exhausts_a_map_and_needs_one_position() -> None:
    facts, layer = _facts("x[8, 3, 2, 2] -> conv(out=4, kernel=5, stride=2, padding='same') -> y", "conv")
    assert map_exhausted(facts, (), layer) is False
    assert smallest_input(facts, (), layer) == "1 x 1"


def test_no_smallest_input_over_what_is_not_understood() -> None:
    facts, layer = _facts("x[8, 3, 9] -> resize -> conv(out=4, kernel=5, stride=2, padding='valid') -> y", "conv")
    assert isinstance(smallest_input(facts, (), layer), Unknown)


@pytest.mark.parametrize(
    ("sizes", "kernel", "cover"),
    [
        ("28, 28", "(21, 28)", 0.75),
        ("28, 28", "(3, 3)", 0.107),
        ("11, 28", "(11, 28)", None),
        ("28", "21", None),
        ("28, ?", "(21, 21)", None),
    ],
)
def test_cover_is_the_least_share_of_an_axis(sizes: str, kernel: str, cover: float | None) -> None:
    facts, layer = _facts(f"x[8, 3, {sizes}] -> conv(out=4, kernel={kernel}, stride=1, padding='valid') -> y", "conv")
    found = kernel_cover(facts, (), layer)
    assert (None if isinstance(found, Unknown) else found) == cover


def test_a_dilated_kernel_covers_what_it_spans() -> None:
    facts, layer = _facts("x[8, 3, 17, 17] -> conv(out=4, kernel=5, dilation=4, stride=1) -> y", "conv")
    assert kernel_cover(facts, (), layer) == 1


@pytest.mark.parametrize(
    ("behind", "goes_on"),
    [("relu -> y", False), ("relu -> conv(kernel=1) -> y", False), ("relu -> conv(kernel=3) -> y", True)],
)
def test_a_map_ends_where_one_position_is_left(behind: str, goes_on: bool) -> None:
    text = f"x[8, 3, 28, 28] -> conv(out=4, kernel=28, stride=1, padding='valid', name='it') -> {behind}"
    graph = parse_graph(text)
    index = next(i for i, node in enumerate(graph.nodes) if node.name == "it")
    assert map_continues(Facts(graph), (), index) is goes_on
    facts, layer = _facts("x[8, 3, 28, 28] -> conv(out=4, kernel=27, stride=1, padding='valid') -> y", "conv")
    assert map_continues(facts, (), layer) is True


def test_weights_are_counted_without_the_bias() -> None:
    facts, layer = _facts("x -> conv(inp=6, out=4, kernel=(3, 5), groups=2) -> y", "conv")
    assert kernel_weights(facts, (), layer) == 6 * 4 * 15 // 2


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("self.conv = nn.Conv2d(1, 8, 5*5)", True),
        ("self.conv = nn.Conv2d(1, 8, 5 * 5, padding=2)", True),
        ("self.conv = nn.Conv2d(1, 8, 25)", False),
        ("self.conv = nn.Conv2d(2 * 3, 8, 25)", False),
        ("self.conv = nn.Conv2d(1, 8, 5**5)", False),
        ("self.conv = nn.Conv2d(1, 8, 0.5*5)", False),
    ],
)
def test_a_product_in_the_source_line(line: str, written: bool) -> None:
    graph = parse_graph("x -> conv(kernel=(25, 25)) -> y")
    nodes = [node._replace(location=Location("net.py", 3, text=line)) for node in graph.nodes]
    assert literal_product(Facts(graph._replace(nodes=tuple(nodes))), (), 1) is written
