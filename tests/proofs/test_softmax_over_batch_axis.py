"""HED102: softmax over the samples of a batch."""

from __future__ import annotations

import warnings

import pytest

pytestmark = pytest.mark.oracle


def test_a_score_depends_on_the_rest_of_the_batch() -> None:
    import torch

    torch.manual_seed(0)
    logits = torch.randn(4, 10)
    over_batch = torch.softmax(logits, 0)
    assert torch.allclose(over_batch.sum(0), torch.ones(10))
    other = logits.clone()
    other[1:] = torch.randn(3, 10)
    assert not torch.allclose(torch.softmax(other, 0)[0], over_batch[0])
    assert torch.equal(torch.softmax(logits[:1], 0), torch.ones(1, 10))
    assert torch.allclose(torch.softmax(other, 1)[0], torch.softmax(logits, 1)[0])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for rank, axis in ((1, 0), (2, 1), (3, 0), (4, 1)):
            x = torch.randn(*range(3, 3 + rank))
            assert torch.allclose(torch.nn.functional.softmax(x), torch.softmax(x, axis)), rank
    assert any("Implicit dimension choice" in str(each.message) for each in said)
