"""Where a node stands in its network: how large its map is, what it feeds, how it reaches an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = [
    "bias_bytes",
    "dropout_gain",
    "feeds_attention",
    "independent_component",
    "map_rank",
    "normalises_features",
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
_PRODUCTS = frozenset({"matmul", "multiply", "einsum", "attention"})
_OUTPUTS = frozenset({"output"})
_ELEMENTWISE = _SHAPING | GROUPS["activation"] | GROUPS["elementwise"]
_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}


def spatial_extent(facts: Facts, _witness: Sequence[int], node: int) -> Size:
    """Number of spatial positions of the map that enters a node; unknown unless every spatial size is known.

    Axes over which a layer is repeated (TimeDistributed) are no positions of its map.
    """
    spatial = facts.input_tensor(node).spatial
    if isinstance(spatial, Unknown):
        return spatial
    spatial = spatial[_steps(facts, node) :]
    product = 1
    for size in spatial:
        if isinstance(size, Unknown):
            return size
        product *= size
    return product


def map_rank(facts: Facts, _witness: Sequence[int], node: int) -> int | Unknown:
    """Rank of the tensor that enters a node, the batch axis included, axes of repetition left out."""
    rank = facts.input_tensor(node).rank
    return rank if isinstance(rank, Unknown) else rank - _steps(facts, node)


def _steps(facts: Facts, node: int) -> int:
    steps = facts.node(node).integer("steps")
    return 0 if isinstance(steps, Unknown) else steps


def softmax_extent(facts: Facts, _witness: Sequence[int], node: int) -> Size:
    """Number of elements that a softmax normalises over: the loader's, or the size of its named axis."""
    extent = facts.node(node).integer("extent")
    if not isinstance(extent, Unknown):
        return extent
    tensor, axis = facts.input_tensor(node), facts.node(node).get("axis")
    return tensor.channels if axis == "channel" else UNKNOWN


def feeds_attention(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node's result weights other activations: a product, with only shape changes between."""
    return facts.once("feeds_attention", lambda facts: _reaching(facts, _PRODUCTS, _SHAPING))[node]


def _reaching(facts: Facts, ends: frozenset[str], through: frozenset[str]) -> tuple[bool, ...]:
    """Say of every node whether its result reaches a node of kind `ends` over nodes of kinds `through` alone."""
    nodes = facts.graph.nodes
    reaching = [False] * len(nodes)
    for index in range(len(nodes) - 1, -1, -1):
        kind = nodes[index].kind
        if kind in ends or (reaching[index] and kind in through):
            for edge in nodes[index].inputs:
                reaching[edge.node] = True
    return tuple(reaching)


def independent_component(facts: Facts, witness: Sequence[int], drop: int, weight: int) -> bool:
    """Whether norm, dropout, weight layer follow each other directly, through shape changes at most.

    The independent-component layer of G. Chen et al., arXiv:1905.05928.
    """
    between = witness[list(witness).index(drop) + 1 : list(witness).index(weight)]
    if any(not _reshapes(facts.node(index).kind) for index in between):
        return False
    source = facts.solid[drop]
    return source >= 0 and "norm" in KINDS[facts.node(source).kind].groups


def _reshapes(kind: str) -> bool:
    return KINDS[kind].transparent != "no" or "reshaping" in KINDS[kind].groups


def normalises_features(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a softmax runs over the features of each position although there are positions to weigh.

    So it is in `Dense(1, activation="softmax")` on a sequence, where the steps were meant to compete.
    """
    tensor = facts.input_tensor(node)
    spatial = tensor.spatial
    if facts.node(node).get("axis") != "channel" or isinstance(spatial, Unknown):
        return False
    return any(isinstance(size, Unknown) or size > 1 for size in spatial)


def on_output_path(facts: Facts, _witness: Sequence[int], node: int) -> bool:
    """Whether a node's result becomes a model output through activations and shape changes alone."""
    return facts.once("on_output_path", lambda facts: _reaching(facts, _OUTPUTS, _ELEMENTWISE))[node]


def output_role(facts: Facts, witness: Sequence[int], drop: int) -> str:
    """What the output at the end of the witness is, with a dropout on its way from the last weight layer.

    `a scored output`: a softmax stands on the way, a sigmoid behind the dropout, or a loss is known for the output.
    `raw output values`: the result of a narrowing linear layer, of rank 2, straight from that layer, and the only
    output of the model; `raw values or features` where the rank is another or not known. Otherwise `of unknown use`: a
    backbone's features may be meant.
    """
    behind = witness[list(witness).index(drop) + 1 :]
    if any(facts.node(index).kind in {"softmax", "log_softmax"} for index in witness):
        return "a scored output"
    if any(_is_score(facts.node(index).kind) for index in behind):
        return "a scored output"
    if any(facts.node(each).kind == "loss" for each in facts.consumers[witness[-1]]):
        return "a scored output"
    unknown = "of unknown use"
    if facts.outputs != 1:
        return unknown
    source = facts.solid[drop]
    node, rank = facts.node(source if source >= 0 else drop), facts.input_tensor(drop).rank
    inp, out = node.integer("inp"), node.integer("out")
    if node.kind != "linear" or isinstance(inp, Unknown) or isinstance(out, Unknown) or out >= inp:
        return unknown
    return "raw output values" if rank == _FEATURE_RANK else "raw values or features"


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
    each = facts.node(node)
    rate = each.number("rate") if _scales(each) else 0.0
    return UNKNOWN if isinstance(rate, Unknown) or rate >= 1 else round(facts.once("gains", _gains)[node], 3)


def _scales(node: Node) -> bool:
    return node.kind == "dropout" and node.get("form") != "path"


def _gains(facts: Facts) -> tuple[float, ...]:
    gains: list[float] = []
    for each in facts.graph.nodes:
        gain = max((gains[edge.node] for edge in each.inputs), default=1.0)
        if each.kind in GROUPS["norm"]:
            gain = 1.0
        elif _scales(each):
            rate = each.number("rate")
            # An unknown rate, or one that drops everything, is left out.
            gain /= 1.0 if isinstance(rate, Unknown) or rate >= 1 else 1 - rate
        gains.append(gain)
    return tuple(gains)
