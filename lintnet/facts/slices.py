"""Which slices a channel dropout of torch really drops, by the rank of its input.

Knows what torch 2.13 does with inputs of another rank than the module is named for, which the proof of the rule
executes: `dropout1d` takes rank 2 and `dropout3d` anything below rank 5 for one sample without a batch, so that the
first axis is dropped; `dropout2d` masks the first two axes of whatever it gets. Knows no rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = ["dropped_slices", "input_rank"]

_SAMPLES: Final = "whole samples"
_ELEMENTS: Final = "single features, as Dropout does"
_CHANNELS: Final = "channels, as Dropout1d does"
_STEPS: Final = "whole steps"

# Module or function, rank of the input: what is dropped. Of rank 3 it depends on which axis the second one is.
_SLICES: Final[dict[tuple[str, int], str]] = {
    ("dropout1d", 2): _SAMPLES,
    ("dropout2d", 2): _ELEMENTS,
    ("dropout2d", 3): "",
    ("dropout3d", 2): _SAMPLES,
    ("dropout3d", 3): _SAMPLES,
    ("dropout3d", 4): _SAMPLES,
}


def dropped_slices(facts: Facts, _witness: Sequence[int], drop: int) -> str | Unknown:
    """What a channel dropout drops in an input of another rank than its name says; unknown where the two agree."""
    node, tensor = facts.node(drop), facts.input_tensor(drop)
    package, _, name = node.op.rpartition(".")
    rank = tensor.rank
    if isinstance(rank, Unknown) or package.partition(".")[0] != "torch":
        return UNKNOWN
    found = _SLICES.get((name.lower(), rank), UNKNOWN)
    if found != "":
        return found
    channel = tensor.channel
    if isinstance(channel, Unknown):
        return UNKNOWN
    return _CHANNELS if channel % rank == 1 else _STEPS


def input_rank(facts: Facts, _witness: Sequence[int], drop: int) -> int | Unknown:
    """Rank of the input of a node, the batch included."""
    return facts.input_tensor(drop).rank
