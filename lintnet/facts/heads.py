"""What a model ends in, and what its loss makes of it: widths, ranges, floors of the loss, what the output stands for.

Knows graphs and the conventions of the two frameworks where they differ, as in which axis holds the classes. Knows no
rule, and nothing of targets: no graph says what they are, so what depends on them is unknown or a matter of words.

Sources: the losses of torch 2.13 and Keras 3.15, executed by tests/proofs/. The floors are arithmetic: scores in [0, 1]
give the right class at most e / (e + K - 1) under softmax, and a binary loss at most sigmoid(1) or at least sigmoid(0).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Node, Size, Tensor, Truth, Unknown, any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts

__all__ = [
    "cross_entropy_effect",
    "head_range",
    "head_width",
    "kind_of",
    "least_loss",
    "leaves_unit_interval",
    "loss_classes",
    "loss_framework",
    "named_non_negative",
    "named_regression",
    "output_form",
    "regression_loss",
]

_FEATURE_RANK: Final = 2
_FRAMEWORKS: Final = {"torch": "torch", "torchvision": "torch", "keras": "keras", "tensorflow": "keras", "tf": "keras"}
_FRONT_ENDS: Final = {"K": "keras", "T": "torch"}
# What keeps the width and the place of the channel axis, one value in, one value out.
_PASSING: Final = (GROUPS["activation"] - {"glu", "maxout"}) | {
    "output",
    "identity",
    "cast",
    "quantize",
    "dequantize",
    "dropout",
    "noise",
    "clamp",
}
# What may stand between the layer that makes a map or a vector and the output, whatever it does to single values.
_FINISHING: Final = _PASSING | GROUPS["reshaping"] | GROUPS["norm"] | {"affine", "slice", "gather", "crop", "resize"}
_MAP_MAKERS: Final = frozenset({"conv", "conv_transpose", "depth_to_space"}) | GROUPS["local_pool"]
_UPSAMPLING: Final = frozenset({"conv_transpose", "resize", "depth_to_space"})
# What a model does to its input before the first layer that has a width of its own.
_ENTERING: Final = (GROUPS["reshaping"] - {"transpose"}) | {"identity", "cast", "dropout", "noise", "augment", "affine"}
_MAP_RANK: Final = 4


def kind_of(facts: Facts, _witness: Sequence[int], node: int) -> str:
    """Kind of a captured node, where a path allows several."""
    return facts.node(node).kind


# ------------------------------------------------------------------------------------------------------- the loss


def loss_framework(facts: Facts, _witness: Sequence[int], loss: int) -> str | Unknown:
    """Whose loss it is, `torch` or `keras`: as its operator is called; unknown for one of another package.

    A loss without an operator of its own was compiled into a Keras model, or stated by the user for a model whose
    layers say what it is.
    """
    node = facts.node(loss)
    if node.op != node.kind:
        return _package(node)
    front_end = facts.graph.provenance.front_end
    if front_end != "S":
        return _FRONT_ENDS.get(front_end, UNKNOWN)
    return "torch" if any(_package(each) == "torch" for each in facts.graph.nodes) else "keras"


def _package(node: Node) -> str | Unknown:
    return _FRAMEWORKS.get(node.op.partition(".")[0], UNKNOWN)


def loss_classes(facts: Facts, witness: Sequence[int], loss: int) -> Size:
    """Number of classes that a categorical loss compares: the size of its class axis.

    That is axis 1 for torch and the last axis for Keras. Where the rank is not known, a linear layer right before the
    loss is taken to give (batch, features), which is what its width is for; a convolution has its channels where the
    framework of the loss wants them, or the number is unknown.
    """
    framework = loss_framework(facts, witness, loss)
    tensor = facts.input_tensor(loss)
    rank = tensor.rank
    if isinstance(rank, Unknown):
        return _classes_without_rank(facts, loss, framework, tensor)
    if rank < _FEATURE_RANK:
        return UNKNOWN
    if isinstance(framework, Unknown):
        axis = 1 if rank == _FEATURE_RANK else None
    else:
        axis = 1 if framework == "torch" else rank - 1
    if axis is None or isinstance(tensor.sizes, Unknown):
        return UNKNOWN
    size = tensor.sizes[axis]
    if not isinstance(size, Unknown):
        return size
    channel = tensor.channel
    if isinstance(channel, Unknown) or channel % rank != axis:
        return UNKNOWN
    weight = _weight_above(facts, loss)
    return UNKNOWN if weight is None else weight.integer("out")


def _classes_without_rank(facts: Facts, loss: int, framework: str | Unknown, tensor: Tensor) -> Size:
    weight = _weight_above(facts, loss)
    if weight is None:
        return UNKNOWN
    if weight.kind == "linear":
        return weight.integer("out")
    wanted = UNKNOWN if isinstance(framework, Unknown) else {"torch": 1, "keras": -1}[framework]
    channel = tensor.channel
    if isinstance(wanted, Unknown) or isinstance(channel, Unknown) or channel != wanted:
        return UNKNOWN
    return weight.integer("out")


def _weight_above(facts: Facts, node: int) -> Node | None:
    """Return the weight layer whose channels are those of a node's input, None where something else made them."""
    above = _above(facts, node, _PASSING)
    return facts.node(above) if above >= 0 and facts.node(above).kind in GROUPS["weight"] else None


def _above(facts: Facts, node: int, through: frozenset[str]) -> int:
    """Return the nearest node above, along first inputs, that is none of the kinds `through`; -1 if there is none."""
    inputs = facts.node(node).inputs
    while inputs and facts.node(inputs[0].node).kind in through:
        inputs = facts.node(inputs[0].node).inputs
    return inputs[0].node if inputs else -1


def least_loss(facts: Facts, witness: Sequence[int], loss: int) -> float | tuple[float, float] | Unknown:
    """Least value of a loss on logits when every score lies in [0, 1]; unknown for other losses.

    Categorical: ln(e + K - 1) - 1 for K classes. Binary: that of a positive, ln(1 + 1/e), and of a negative, ln 2.
    Unknown for a focal loss, which weighs both down, where its operator says that it is one.
    """
    node = facts.node(loss)
    if node.get("from_logits") is not True or "focal" in node.op.lower():
        return UNKNOWN
    if node.get("family") == "binary_cross_entropy":
        return round(math.log1p(math.exp(-1)), 3), round(math.log(2), 3)
    classes = loss_classes(facts, witness, loss)
    if node.get("family") != "cross_entropy" or isinstance(classes, Unknown) or classes < 1:
        return UNKNOWN
    return round(math.log(math.e + classes - 1) - 1, 3)


def cross_entropy_effect(facts: Facts, witness: Sequence[int], head: int, loss: int) -> str:
    """What a softmax or log-softmax does to a cross-entropy that applies log-softmax itself, in words."""
    if facts.node(head).kind == "log_softmax":
        return "the loss stays the same"
    floor = least_loss(facts, witness, loss)
    return f"the loss stays above {floor:.3f}" if isinstance(floor, float) else "the loss cannot reach 0"


_REGRESSION_FAMILIES: Final = frozenset({"squared_error", "absolute_error"})
# Losses of no family of their own, by the last word of their operator, without `_` and a final `loss`.
_REGRESSION_OPS: Final = frozenset({"huber", "smoothl1", "logcosh"})


def regression_loss(facts: Facts, _witness: Sequence[int], loss: int) -> bool | Unknown:
    """Whether a loss measures the distance to a number: squared or absolute error, Huber, log-cosh."""
    node = facts.node(loss)
    family = node.text("family")
    if isinstance(family, Unknown) or family != "other":
        return family if isinstance(family, Unknown) else family in _REGRESSION_FAMILIES
    word = node.op.rpartition(".")[2].lower().replace("_", "").removesuffix("loss")
    # A loss without a name of its own, as Keras files give it, may be any of the others.
    return word in _REGRESSION_OPS if word else UNKNOWN


# ------------------------------------------------------------------------------------------------------- the head


def head_width(facts: Facts, _witness: Sequence[int], head: int) -> Size:
    """Number of units of the activation that a model ends in; for softmax the number of elements it runs over.

    A softmax over another axis than the channels has no units: unknown.
    """
    node = facts.node(head)
    extent = node.integer("extent")
    axis = node.get("axis")
    if axis in {"spatial", "batch"}:
        return UNKNOWN
    if not isinstance(extent, Unknown):
        return extent
    channels = facts.output_tensor(head).channels
    if not isinstance(channels, Unknown):
        return channels
    weight = _weight_above(facts, head)
    return UNKNOWN if weight is None else weight.integer("out")


# Least and greatest value, and whether they are reached, for what needs no attribute.
_RANGES: Final[dict[str, tuple[float, float, str]]] = {
    "sigmoid": (0, 1, "()"),
    "hard_sigmoid": (0, 1, "[]"),
    "softmax": (0, 1, "()"),
    "tanh": (-1, 1, "()"),
    "softsign": (-1, 1, "()"),
    "softplus": (0, math.inf, "()"),
    "leaky_relu": (-math.inf, math.inf, "()"),
    "prelu": (-math.inf, math.inf, "()"),
    "shrink": (-math.inf, math.inf, "()"),
    "selu": (-1.758, math.inf, "()"),
    "gelu": (-0.17, math.inf, "[)"),
    "silu": (-0.278, math.inf, "[)"),
    "mish": (-0.309, math.inf, "[)"),
    "hard_swish": (-0.375, math.inf, "[)"),
}


def _range(node: Node) -> tuple[float, float, str] | Unknown:
    """Return least value, greatest value and brackets of an activation, unknown where an attribute decides."""
    if node.kind in {"elu", "celu"}:
        slope = node.number("slope")
        return UNKNOWN if isinstance(slope, Unknown) or slope < 0 else (-slope, math.inf, "()")
    if node.kind == "hard_tanh":
        low, high = node.number("low"), node.number("high")
        return UNKNOWN if isinstance(low, Unknown) or isinstance(high, Unknown) else (low, high, "[]")
    if node.kind == "relu":
        if node.get("ceiling") is None:
            return 0, math.inf, "[)"
        ceiling = node.number("ceiling")
        return UNKNOWN if isinstance(ceiling, Unknown) else (0, ceiling, "[]")
    return _RANGES.get(node.kind, UNKNOWN)


def head_range(facts: Facts, _witness: Sequence[int], head: int) -> str | Unknown:
    """The values that an activation can take, as an interval: `[0, ∞)`."""
    found = _range(facts.node(head))
    if isinstance(found, Unknown):
        return found
    low, high, brackets = found
    ends = (f"{end:g}".replace("inf", "∞") for end in (low, high))
    return f"{brackets[0]}{', '.join(ends)}{brackets[1]}"


def leaves_unit_interval(facts: Facts, _witness: Sequence[int], head: int) -> bool | Unknown:
    """Whether an activation can give values outside [0, 1], where no probability lies."""
    found = _range(facts.node(head))
    return found if isinstance(found, Unknown) else found[0] < 0 or found[1] > 1


# ------------------------------------------------------------------------------------- what the output stands for


def output_form(facts: Facts, _witness: Sequence[int], loss: int) -> str | Unknown:
    """What the output that a loss judges looks like: `a map`, `an image`, `a reconstruction` or `values`.

    A map is made by a convolution or has two or more spatial axes. An image comes out of upsampling. A reconstruction
    is as large or as wide as an input of the model, so that the output may stand in its range: autoencoders, and
    forecasts of the series they are fed with. Unknown where the widths needed to tell are.
    """
    rank = facts.input_tensor(loss).rank
    maker = _above(facts, loss, _FINISHING)
    if (not isinstance(rank, Unknown) and rank >= _MAP_RANK) or (maker >= 0 and facts.node(maker).kind in _MAP_MAKERS):
        return "a map"
    if facts.once("upsampled", _upsampled)[loss]:
        return "an image"
    again = _reconstructs(facts, loss)
    if isinstance(again, Unknown):
        return again
    return "a reconstruction" if again else "values"


def _upsampled(facts: Facts) -> tuple[bool, ...]:
    """Say of every node whether upsampling lies on a way to it."""
    found: list[bool] = []
    for node in facts.graph.nodes:
        found.append(node.kind in _UPSAMPLING or any(found[edge.node] for edge in node.inputs))
    return tuple(found)


def _reconstructs(facts: Facts, loss: int) -> Truth:
    tensor = facts.input_tensor(loss)
    count, width = _count(tensor), tensor.channels
    above = _above(facts, loss, _PASSING)
    if above >= 0 and facts.node(above).kind == "linear":
        width = facts.node(above).integer("out") if isinstance(width, Unknown) else width
        count = width if isinstance(tensor.sizes, Unknown) else count
    sources = (index for index, node in enumerate(facts.graph.nodes) if node.kind == "input")
    return any_of(_resembles(facts, source, count, width) for source in sources)


def _resembles(facts: Facts, source: int, count: Size, width: Size) -> Truth:
    """Say whether an output of so many values and channels is as large or as wide as an input.

    False for an input that is looked up, which is counted in tokens, and for one that nothing uses.
    """
    first = [facts.node(each) for each in _first_layers(facts, source)]
    if all(node.kind == "embedding" for node in first):
        return False
    tensor = facts.output_tensor(source)
    given, channels = _count(tensor), tensor.channels
    if isinstance(channels, Unknown):
        widths = (node.integer("inp") for node in first)
        channels = next((each for each in widths if not isinstance(each, Unknown)), UNKNOWN)
    if isinstance(given, Unknown) and all(node.kind == "linear" for node in first):
        given = channels
    return any_of((_equal(width, channels), _fills(count, given, channels, _least_positions(first))))


def _fills(count: Size, given: Size, channels: Size, positions: int) -> Truth:
    """Say whether the counts are equal; what is given has at least so many positions, each with all channels."""
    if isinstance(count, Unknown) or isinstance(channels, Unknown) or not isinstance(given, Unknown):
        return _equal(count, given)
    return UNKNOWN if channels > 0 and count % channels == 0 and count >= channels * positions else False


def _least_positions(first: Sequence[Node]) -> int:
    """Return how many positions the input of these layers has at least: those of the smallest kernel that reads it."""
    kernels = [kernel for node in first if not isinstance(kernel := node.axes("kernel"), Unknown)]
    return min((math.prod(size for size in kernel if not isinstance(size, Unknown)) for kernel in kernels), default=1)


def _equal(one: Size, two: Size) -> Truth:
    if isinstance(one, Unknown) or isinstance(two, Unknown):
        return UNKNOWN
    return one == two


def _first_layers(facts: Facts, source: int) -> list[int]:
    found: list[int] = []
    todo = [source]
    seen = {source}
    while todo:
        for reader in facts.consumers[todo.pop()]:
            if reader in seen:
                continue
            seen.add(reader)
            if facts.node(reader).kind in _ENTERING:
                todo.append(reader)
            elif "boundary" not in KINDS[facts.node(reader).kind].groups:
                found.append(reader)
    return found


def _count(tensor: Tensor) -> Size:
    """Return the number of values per sample."""
    if isinstance(tensor.sizes, Unknown):
        return tensor.sizes
    total = 1
    for size in tensor.sizes[1:]:
        if isinstance(size, Unknown):
            return size
        total *= size
    return total


_REGRESSION: Final = frozenset({"regression", "regressor", "regressors", "regress"})
_NON_NEGATIVE: Final = frozenset(
    {"count", "counts", "depth", "depths", "duration", "durations", "density", "distance", "age", "price"}
)
_WORDS: Final = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"


def named_regression(facts: Facts, _witness: Sequence[int], loss: int) -> bool:
    """Whether the model or its last layers are named after regression."""
    return _named(facts, loss, _REGRESSION)


def named_non_negative(facts: Facts, _witness: Sequence[int], loss: int) -> bool:
    """Whether the model or its last layers are named after what is never negative: counts, depths, durations."""
    return _named(facts, loss, _NON_NEGATIVE)


def _named(facts: Facts, loss: int, wanted: frozenset[str]) -> bool:
    names = [facts.graph.qualname]
    ends = facts.node(loss).inputs
    while ends:
        node = facts.node(ends[0].node)
        names.append(node.name)
        ends = node.inputs if node.kind in _FINISHING else ()
    return any(word.lower() in wanted for name in names for word in re.findall(_WORDS, name))
