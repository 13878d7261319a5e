"""DRP303: which slices of a tensor are dropped as one."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize(
    ("name", "shape", "free"),
    [
        ("Dropout1d", (40, 30), 1),
        ("Dropout1d", (40, 30, 5), 2),
        ("Dropout2d", (40, 30), 2),
        ("Dropout2d", (40, 30, 5), 2),
        ("Dropout2d", (40, 30, 5, 4), 2),
        ("Dropout3d", (40, 30), 1),
        ("Dropout3d", (40, 30, 5), 1),
        ("Dropout3d", (40, 30, 5, 4), 1),
        ("Dropout3d", (40, 30, 5, 4, 3), 2),
    ],
)
def test_the_slices_that_are_dropped(name: str, shape: tuple[int, ...], free: int) -> None:
    """The mask has `free` leading axes of its own; all values behind them share one draw."""
    import torch

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dropped = getattr(torch.nn, name)(0.5)(torch.ones(shape)) == 0
    slices = dropped.reshape(*shape[:free], -1)
    assert torch.equal(slices.all(-1), slices.any(-1)), "a slice is dropped as a whole"
    assert 0.2 < float(slices.any(-1).float().mean()) < 0.8
    if free == 2:
        rows = slices.any(-1)
        assert not torch.equal(rows.all(-1), rows.any(-1)), "not whole samples"


def test_rank_four_is_refused_by_the_narrowest() -> None:
    import torch

    with pytest.raises(RuntimeError, match="Expected 2D or 3D input"):
        torch.nn.Dropout1d(0.5)(torch.ones(4, 3, 2, 2))
