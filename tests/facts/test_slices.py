"""What channel dropouts of torch are said to drop, by the rank of their input."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.ir import Unknown
from lintnet.paths.notation import parse_graph


@pytest.mark.parametrize(
    ("sizes", "op", "dropped"),
    [
        ("[8, 20]", "torch.nn.Dropout1d", "whole samples"),
        ("[8, 20, 6; 2]", "torch.nn.functional.dropout2d", "whole steps"),
        ("[8, 20, 6; 1]", "torch.nn.Dropout2d", "channels, as Dropout1d does"),
        ("[8, 20, 6]", "torch.nn.Dropout1d", None),
        ("[8, 20, 6, 6]", "torch.nn.Dropout2d", None),
        ("[8, 20, 6, 6]", "torch.nn.Dropout3d", "whole samples"),
        ("[8, 20]", "keras.layers.SpatialDropout1D", None),
        ("[8, 20]", "acme.Dropout1d", None),
        ("", "torch.nn.Dropout1d", None),
    ],
)
def test_dropped_slices(sizes: str, op: str, dropped: str | None) -> None:
    graph = parse_graph(f"x{sizes} -> dropout(rate=0.5, form='channel', op='{op}') -> y")
    found = compute("dropped_slices", Facts(graph), (), (1,))
    assert (None if isinstance(found, Unknown) else found) == dropped


def test_rank_three_with_unknown_channels_may_be_either() -> None:
    facts = Facts(
        parse_graph("x[8, 20, 6] -> reshape(shape=(8, 5, 24)) -> dropout(rate=0.5, op='torch.nn.Dropout2d') -> y")
    )
    assert isinstance(compute("dropped_slices", facts, (), (2,)), Unknown)
