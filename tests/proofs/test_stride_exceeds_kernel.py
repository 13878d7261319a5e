"""CNV101: what lies between two windows."""

from __future__ import annotations

import pytest

from lintnet.facts import Facts, compute
from lintnet.paths.notation import parse_graph

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [((3, 3), (4, 4), (1, 1)), ((1, 1), (3, 2), (1, 1)), ((2, 1), (5, 1), (3, 1))]
)
def test_positions_between_windows_have_no_influence(
    kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int]
) -> None:
    import torch

    size = 60  # a multiple of every stride: no border is left over
    x = torch.randn(1, 3, size, size, requires_grad=True)
    reach = [each * (k - 1) + 1 for each, k in zip(dilation, kernel, strict=True)]
    pads = [0, max(reach[1] - stride[1], 0), 0, max(reach[0] - stride[0], 0)]
    conv = torch.nn.Conv2d(3, 4, kernel, stride=stride, dilation=dilation)
    result = conv(torch.nn.functional.pad(x, pads))
    (gradient,) = torch.autograd.grad(result.sum(), x)
    counted = float((gradient.abs().sum(1) == 0).float().mean())
    text = f"x[1, 3, {size}, {size}] -> conv(kernel={kernel}, stride={stride}, dilation={dilation}) -> y"
    share = compute("unread_share", Facts(parse_graph(text)), (1,), (1,))
    assert isinstance(share, float)
    if dilation == (1, 1):
        assert counted == pytest.approx(share, abs=0.001)
    else:
        assert counted >= share  # between the taps of a dilated window more is left out
