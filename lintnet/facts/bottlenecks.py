"""What everything behind a layer hangs on, and what form the output has: single units, steps and pixels in the output.

Knows graphs; no rule. An output hangs on one layer alone if nothing the model is fed with reaches it without that
layer; tests/facts/test_bottlenecks.py compares this with a search over all paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, UNKNOWN, Size, Tensor, Truth, Unknown, all_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["answers_per_step", "known_loss", "one_number", "output_shape", "per_position", "shrunken_map"]

_SEQUENCE_RANK: Final = 3
_MAP_RANK: Final = 4
_BARRIERS: Final = GROUPS["barrier"]
_SQUEEZING: Final = GROUPS["global_pool"] | {"flatten"}


# ------------------------------------------------------------------------------------------- single units


def one_number(facts: Facts, witness: Sequence[int], narrow: int, wide: int) -> Truth:
    """Whether a layer reads one unit of another, and every output it leads to hangs on that unit alone.

    False where something else joins further on (a gate, an attention score, a shortcut, a random number, a second
    input) or may join in an operation that was not understood; where positions were put in the place of the unit; and
    behind a softmax, which makes a constant of it.
    """
    between = witness[list(witness).index(narrow) + 1 : list(witness).index(wide)]
    if any(facts.node(index).kind in {"softmax", "log_softmax"} for index in between):
        return False
    return all_of((_ends_alone(facts, narrow, wide), _widths_agree(facts, between, narrow, wide)))


def _ends_alone(facts: Facts, narrow: int, wide: int) -> bool:
    """Whether every output behind one node is reached from the inputs through another one only, and there is one."""
    nodes = facts.graph.nodes
    reached, behind = [False] * len(nodes), [False] * len(nodes)
    behind[wide] = True
    ends = False
    for index, node in enumerate(nodes):
        if index == narrow:
            continue
        joined = not node.inputs or node.kind in _BARRIERS
        reached[index] = joined or any(reached[edge.node] for edge in node.inputs)
        behind[index] = behind[index] or any(behind[edge.node] for edge in node.inputs)
        if behind[index] and node.kind == "output":
            ends = True
            if reached[index]:
                return False
    return ends


def _widths_agree(facts: Facts, between: Sequence[int], narrow: int, wide: int) -> Truth:
    """Whether the later layer reads the one unit, at every position where there are several.

    A width that is not known counts as 1 where nothing spreads positions out.
    """
    if facts.node(narrow).get("directions") not in {1, UNKNOWN}:
        return False
    inp = facts.node(wide).integer("inp")
    flat = any(facts.node(index).kind == "flatten" for index in between)
    if isinstance(inp, Unknown):
        return UNKNOWN if flat else True
    spatial = facts.output_tensor(narrow).spatial
    positions = 1
    if not isinstance(spatial, Unknown):
        for size in spatial:
            positions = positions * size if isinstance(size, int) else 0
    return inp == 1 or (flat and inp == positions)


def per_position(facts: Facts, witness: Sequence[int], narrow: int) -> Truth:
    """Whether a layer with one unit gives one number per position, and not one per sample.

    So does a convolution over more than one position, a dense layer on positions, and a recurrent layer that gives
    every step. Where the rank is not known, a convolution has positions and a dense layer has none unless something on
    the witness gathers them.
    """
    node, tensor = facts.node(narrow), facts.output_tensor(narrow)
    spatial = tensor.spatial
    if not isinstance(spatial, Unknown) and not any(isinstance(size, Unknown) for size in spatial):
        return any(not isinstance(size, Unknown) and size > 1 for size in spatial)
    if not isinstance(spatial, Unknown):
        return bool(spatial)
    if node.kind in GROUPS["recurrent"]:
        return node.flag("sequence")
    if node.kind != "linear":
        return True
    return any(facts.node(index).kind in _SQUEEZING for index in witness)


# ------------------------------------------------------------------------------------------- the output


def known_loss(facts: Facts, _witness: Sequence[int], output: int) -> str:
    """Family of the loss known for an output, empty where none is."""
    for reader in facts.consumers[output]:
        if facts.node(reader).kind == "loss":
            family = facts.node(reader).text("family")
            return "other" if isinstance(family, Unknown) else family
    return ""


def output_shape(facts: Facts, _witness: Sequence[int], node: int) -> str | Unknown:
    """Shape of the result of a node, the batch as N: `(N, 22, 22, 10)`; sizes that are not known as `?`."""
    sizes = facts.output_tensor(node).sizes
    if isinstance(sizes, Unknown) or not sizes:
        return UNKNOWN
    return f"({', '.join(['N', *('?' if isinstance(size, Unknown) else str(size) for size in sizes[1:])])})"


_REPEATING: Final = frozenset({"expand", "tile"})


def answers_per_step(facts: Facts, witness: Sequence[int], rnn: int, head: int) -> Truth:
    """Whether a head gives one number for every step of a recurrent layer without being meant to.

    Meant it is where the model says so, as `TimeDistributed` does; for a decoder of a repeated state; and for a series
    of one feature per step, which is rebuilt or forecast step by step. False for the last state, which recurrent layers
    of torch give beside the steps.
    """
    node, layer = facts.node(head), facts.node(rnn)
    steps = node.integer("steps")
    if (not isinstance(steps, Unknown) and steps > 0) or "TimeDistributed" in node.op or _rebuilds(facts, rnn):
        return False
    rank, sequence = facts.output_tensor(head).rank, layer.flag("sequence")
    if isinstance(rank, Unknown) or isinstance(sequence, Unknown):
        return UNKNOWN
    return sequence and rank == _SEQUENCE_RANK and _reads_first(facts, witness, rnn)


def _reads_first(facts: Facts, witness: Sequence[int], rnn: int) -> bool:
    """Whether the way on from a layer, over what a path skips as well, begins at its first result."""
    inputs = facts.node(witness[list(witness).index(rnn) + 1]).inputs
    while inputs:
        source, output = inputs[0]
        if source == rnn:
            return output == 0
        inputs = facts.node(source).inputs
    return False


def _rebuilds(facts: Facts, rnn: int) -> bool:
    index = rnn
    while facts.node(index).inputs:
        index = facts.node(index).inputs[0].node
        kind = facts.node(index).kind
        if kind in _REPEATING or kind in _BARRIERS:
            return True
        if kind == "input":
            tensor = facts.output_tensor(index)
            return tensor.channels == 1 and tensor.rank == _SEQUENCE_RANK
    return False


# What makes a map smaller, and what makes one larger.
_SHRINKING: Final = GROUPS["local_pool"] | {"conv", "space_to_depth", "adaptive_pool"}
_GROWING: Final = frozenset({"conv_transpose", "resize", "depth_to_space"})


def shrunken_map(facts: Facts, _witness: Sequence[int], layer: int) -> Truth:
    """Whether a layer works per position of a map that is smaller than the input it was made from.

    Semantic segmentation has a result per pixel of its input; a classifier that lost its flatten has one per pixel of
    what its pools left. From sizes where both are known, else from the steps on the way; false behind upsampling, and
    where the map has one position.
    """
    spatial = facts.input_tensor(layer).spatial
    rank = facts.input_tensor(layer).rank
    if isinstance(rank, Unknown) or rank < _MAP_RANK:
        return rank if isinstance(rank, Unknown) else False
    if not isinstance(spatial, Unknown) and all(isinstance(size, int) and size <= 1 for size in spatial):
        return False
    smaller = False
    index = layer
    while facts.node(index).inputs:
        index = facts.node(index).inputs[0].node
        node = facts.node(index)
        if node.kind in _GROWING or node.kind in _BARRIERS:
            return False
        smaller |= node.kind in _SHRINKING and _steps(node)
        if node.kind == "input":
            return _less(spatial, facts.output_tensor(index)) or smaller
    return smaller


def _steps(node: Node) -> bool:
    stride = node.axes("stride")
    return not isinstance(stride, Unknown) and any(not isinstance(size, Unknown) and size > 1 for size in stride)


def _less(spatial: tuple[Size, ...] | Unknown, given: Tensor) -> bool:
    before = given.spatial
    if isinstance(spatial, Unknown) or isinstance(before, Unknown) or len(spatial) != len(before):
        return False
    return any(isinstance(a, int) and isinstance(b, int) and a < b for a, b in zip(spatial, before, strict=True))
