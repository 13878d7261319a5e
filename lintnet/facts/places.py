"""Where a node stands in its network: how large its map is, what it feeds, how it reaches an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import KINDS, UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = [
    "bias_bytes",
    "dropout_gain",
    "feeds_attention",
    "follows_norm",
    "map_rank",
    "on_output_path",
    "output_role",
    "softmax_extent",
    "spatial_extent",
]

_FEATURE_RANK = 2
_SHAPING = frozenset({"identity", "cast", "dropout", "reshape", "transpose", "flatten", "squeeze", "unsqueeze"}) | {
    "slice",
    "split",
    "gather",
    "expand",
    "quantize",
    "dequantize",
}
_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def spatial_extent(facts: Facts, _witness: Sequence[int], node: int) -> Size:
    """Number of spatial positions of the map that enters a node; unknown unless every spatial size is known."""
    spatial = facts.input_tensor(node).spatial
    if isinstance(spatial, Unknown):
        return spatial
    product = 1
    for size in spatial:
        if isinstance(size, Unknown):
            return size
        product *= size
    return product


def map_rank(facts: Facts, _witness: Sequence[int], node: int) -> int | Unknown:
    """Rank of the tensor that enters a node, the batch axis included."""
    return facts.input_tensor(node).rank


def softmax_extent(facts: Facts, _witness: Sequence[int], node: int) -> Size:
    """Number of elements that a softmax normalises over: the loader's, or the size of its named axis."""
    extent = facts.node(node).integer("extent")
    if not isinstance(extent, Unknown):
        return extent
    tensor, axis = facts.input_tensor(node), facts.node(node).get("axis")
    return tensor.channels if axis == "channel" else UNKNOWN


def feeds_attention(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node's result weights other activations: a product, with only shape changes between."""
    seen: set[int] = set()
    todo = [node]
    while todo:
        for consumer in facts.consumers[todo.pop()]:
            kind = facts.node(consumer).kind
            if kind in {"matmul", "multiply", "einsum", "attention"}:
                return True
            if consumer not in seen and kind in _SHAPING:
                seen.add(consumer)
                todo.append(consumer)
    return False


def follows_norm(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node reads a batch norm directly, through shape changes at most."""
    for index in facts.before(node):
        kind = facts.node(index).kind
        if kind == "batch_norm":
            return True
        if KINDS[kind].transparent == "no":
            return False
    return False


def on_output_path(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node's result becomes a model output through activations and shape changes alone."""
    seen, todo = {node}, [node]
    while todo:
        for consumer in facts.consumers[todo.pop()]:
            kind = facts.node(consumer).kind
            if kind == "output":
                return True
            if consumer not in seen and (kind in _SHAPING or {"activation", "elementwise"} & KINDS[kind].groups):
                seen.add(consumer)
                todo.append(consumer)
    return False


def output_role(facts: Facts, witness: Sequence[int], drop: int) -> str:
    """What the output at the end of the witness is, with a dropout on its way from the last weight layer.

    `a scored output`: a softmax or sigmoid stands on the way, or a loss is known for the output. `class scores`: one
    value per class-like unit, that is, the result of a narrowing linear layer, of rank 2, straight from that
    layer, and the only output of the model. Otherwise `of unknown use`: a backbone's features may be meant.
    """
    if any(_is_score(facts.node(index).kind) for index in witness):
        return "a scored output"
    if any(facts.node(each).kind == "loss" for each in facts.consumers[witness[-1]]):
        return "a scored output"
    unknown = "of unknown use"
    if sum(1 for node in facts.graph.nodes if node.kind == "output") != 1:
        return unknown
    source = next((index for index in facts.before(drop) if KINDS[facts.node(index).kind].transparent == "no"), drop)
    node, rank = facts.node(source), facts.input_tensor(drop).rank
    inp, out = node.integer("inp"), node.integer("out")
    if node.kind != "linear" or isinstance(inp, Unknown) or isinstance(out, Unknown) or isinstance(rank, Unknown):
        return unknown
    return "class scores" if rank == _FEATURE_RANK and out < inp else unknown


def _is_score(kind: str) -> bool:
    return "probability" in KINDS[kind].groups or kind in {"log_softmax", "log_sigmoid"}


def bias_bytes(facts: Facts, _witness: Sequence[int], node: int) -> int | Unknown:
    """Bytes that the bias of a weight layer takes; unknown where its data type is."""
    bias = facts.node(node).parameter("bias")
    if bias is None or isinstance(bias.count, Unknown) or bias.dtype not in _BYTES:
        return UNKNOWN
    return bias.count * _BYTES[bias.dtype]


def dropout_gain(facts: Facts, _witness: Sequence[int], node: int) -> float | Unknown:
    """Cumulative gain of training-time signal energy up to and including a node, along its worst path.

    The product of 1 / (1 - rate) over the dropouts since the last norm; drop-path does not count. With
    zero-mean independent weights it is the factor on the second moment (D. Hendrycks and K. Gimpel, "Adjusting
    for Dropout Variance in Batch Normalization and Weight Initialization", arXiv:1607.02488).
    """
    gains: list[float] = []
    for index, each in enumerate(facts.graph.nodes[: node + 1]):
        gain = max((gains[edge.node] for edge in each.inputs), default=1.0)
        if "norm" in KINDS[each.kind].groups:
            gain = 1.0
        elif each.kind == "dropout" and each.get("form") != "path":
            rate = each.number("rate")
            if isinstance(rate, Unknown) or rate >= 1:
                if index == node:
                    return UNKNOWN
            else:
                gain /= 1 - rate
        gains.append(gain)
    return round(gains[node], 3)
