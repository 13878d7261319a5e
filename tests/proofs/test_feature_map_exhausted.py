"""SHP101: the smallest image that goes through."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.paths.notation import parse_graph

pytestmark = pytest.mark.oracle


def test_the_smallest_legal_input_is_the_printed_one() -> None:
    import torch
    from torch import nn

    conv = "conv(out=4, kernel=(3, 3), stride=(1, 1), padding='valid')"
    pool = "max_pool(kernel=(2, 2), stride=(2, 2), padding='valid')"
    wide = "conv(out=4, kernel=(3, 3), stride=(2, 2), dilation=(2, 2), padding='explicit', pads=(1, 1, 1, 1))"
    graph = parse_graph(f"x[2, 4, 64, 64] -> {conv} -> {pool} -> {conv} -> {wide} -> {pool} -> y")
    last = max(index for index, node in enumerate(graph.nodes) if node.kind == "max_pool")
    printed = compute("smallest_input", Facts(graph), (), (last,))
    model = nn.Sequential(
        nn.Conv2d(4, 4, 3),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3),
        nn.Conv2d(4, 4, 3, stride=2, dilation=2, padding=1),
        nn.MaxPool2d(2),
    )
    side = int(str(printed).partition(" x ")[0])
    assert printed == f"{side} x {side}"
    assert model(torch.randn(2, 4, side, side)).shape[2:] == (1, 1)
    with pytest.raises(RuntimeError, match=r"[Oo]utput size is too small"):
        model(torch.randn(2, 4, side - 1, side - 1))
