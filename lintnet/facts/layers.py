"""What single layers do where they stand: dropouts that nothing switches off, units they leave, softmax inside a net.

Knows graphs and what frameworks call their operations, where the same operation has a form that follows the mode of the
model and one that does not; knows no rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts.places import feeds_attention, on_output_path
from lintnet.ir import GROUPS, UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = [
    "always_on",
    "at_input",
    "kept_units",
    "logits_shared",
    "mixes_samples",
    "simplex_size",
    "softmax_over",
]

# How functions of torch are called in a graph: `torch.dropout`, `F.dropout` for those of torch.nn.functional.
_TORCH: Final = frozenset({"torch", "F"})
_FEATURE_RANK: Final = 2
_SEQUENCE_RANK: Final = 3
# What leaves the first axis the batch, one score in and one out.
_KEEPING: Final = (
    (GROUPS["activation"] - {"glu", "maxout"})
    | GROUPS["norm"]
    | GROUPS["pool"]
    | {"identity", "cast", "dropout", "affine", "flatten"}
)


def always_on(facts: Facts, _witness: Sequence[int], drop: int) -> str:
    """What a dropout in training mode does in eval mode: `drops`, `drops unless its rate is 0`, or empty if on purpose.

    In torch it is the default of a function that was told nothing. In Keras `training=True` has to be written, which is
    how Monte Carlo dropout is asked for.
    """
    node = facts.node(drop)
    if node.op.partition(".")[0] not in _TORCH:
        return ""
    rate = node.number("rate")
    if isinstance(rate, Unknown):
        return "drops unless its rate is 0"
    return "drops" if rate > 0 else ""


def kept_units(facts: Facts, _witness: Sequence[int], drop: int) -> float | Unknown:
    """Expected number of units of a sample that a dropout leaves; those of a map are its values, or its channels.

    Unknown where there are none to begin with: such a model was made without saying how wide it is.
    """
    node, tensor = facts.node(drop), facts.input_tensor(drop)
    rate, units = node.number("rate"), _units(node.get("form"), tensor.sizes, tensor.channels)
    if isinstance(rate, Unknown) or isinstance(units, Unknown) or not units or not 0 <= rate <= 1:
        return UNKNOWN
    return round((1 - rate) * units, 3)


def _units(form: object, sizes: tuple[Size, ...] | Unknown, channels: Size) -> Size:
    if form == "channel":
        return channels
    if isinstance(sizes, Unknown):
        return UNKNOWN
    product = 1
    for size in sizes[1:]:
        if isinstance(size, Unknown):
            return size
        product *= size
    return product if len(sizes) > 1 else UNKNOWN


def at_input(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node reads an input of the model, through shape changes at most.

    A graph without outputs is a part of a model; what it is given may be anything.
    """
    source = facts.solid[node]
    return source >= 0 and facts.node(source).kind == "input" and facts.outputs > 0


def softmax_over(facts: Facts, _witness: Sequence[int], squash: int) -> str | Unknown:
    """The axis that a softmax runs over: the reader's, or the channels right behind a linear layer of unknown rank.

    `softmax(dim=1)` behind a linear layer means its units unless there are positions, and then the rank is often known.
    """
    axis = facts.node(squash).text("axis")
    if not isinstance(axis, Unknown):
        return axis
    source, rank = facts.solid[squash], facts.input_tensor(squash).rank
    if isinstance(rank, Unknown) and source >= 0 and facts.node(source).kind == "linear":
        return "channel"
    return UNKNOWN


def simplex_size(facts: Facts, witness: Sequence[int], squash: int) -> Size:
    """Number of values that a softmax makes sum to one."""
    node = facts.node(squash)
    extent = node.integer("extent")
    if not isinstance(extent, Unknown):
        return extent
    if softmax_over(facts, witness, squash) != "channel":
        return UNKNOWN
    channels, source = facts.input_tensor(squash).channels, facts.solid[squash]
    if isinstance(channels, Unknown) and source >= 0 and facts.node(source).kind in GROUPS["weight"]:
        return facts.node(source).integer("out")
    return channels


def logits_shared(facts: Facts, _witness: Sequence[int], squash: int) -> bool:
    """Whether something else reads what a softmax reads or gives: an output, a loss, a later stage."""
    inputs = facts.node(squash).inputs
    readers = set(facts.consumers[squash]) | {each for edge in inputs for each in facts.consumers[edge.node]} - {squash}
    return len(readers) > 1


def mixes_samples(facts: Facts, witness: Sequence[int], squash: int) -> bool:
    """Whether a softmax over the first axis makes the samples of a batch compete for the output of the model.

    The first axis of a sequence may as well be time, so that of rank 3 counts only where the framework or a convolution
    says that it is the batch. Unknown ranks may be 1, a sample without a batch; behind a change of shape, a sum or a
    product of activations the first axis may be anything.
    """
    rank = facts.input_tensor(squash).rank
    if (
        isinstance(rank, Unknown)
        or not on_output_path(facts, witness, squash)
        or feeds_attention(facts, witness, squash)
    ):
        return False
    source = facts.node(squash).inputs[0].node
    while facts.node(source).kind in _KEEPING and facts.node(source).inputs:
        source = facts.node(source).inputs[0].node
    maker = facts.node(source).kind
    if maker not in GROUPS["weight"] | GROUPS["recurrent"]:
        return False
    batch_first = maker in {"conv", "conv_transpose"} or facts.graph.provenance.front_end == "K"
    return rank >= _FEATURE_RANK and (rank != _SEQUENCE_RANK or batch_first)
