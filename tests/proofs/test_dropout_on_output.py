"""DRP108: what a dropped logit does."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def test_dropped_logit_is_the_score_zero() -> None:
    """Where every score is negative, dropping the least likely class makes it the most likely one."""
    import torch

    logits = torch.tensor([[-1.0, -2.0, -9.0]])
    dropped = logits * torch.tensor([[1.0, 1.0, 0.0]]) / 0.5
    assert int(torch.softmax(logits, 1).argmin()) == 2
    assert int(torch.softmax(dropped, 1).argmax()) == 2


def test_dropout_reaches_that_state() -> None:
    import torch

    torch.manual_seed(0)
    dropout = torch.nn.Dropout(0.5)
    seen = {int(dropout(torch.tensor([[-1.0, -2.0, -9.0]])).argmax()) for _ in range(64)}
    assert 2 in seen
