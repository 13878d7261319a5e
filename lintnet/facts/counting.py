"""Trained numbers: how many a layer holds, and which share of the whole model that is.

Knows what each kind of layer is made of; no rule and no file. A count is that of the file where it lists the tensors of
the layer, else follows from widths: torch 2.13 and Keras 3.15 agree on them but for recurrent layers, where torch keeps
two biases per gate and Keras one or two; there it is that of torch, which is larger by a vector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["flattened_positions", "holds_parameters", "parameter_count", "parameter_share"]

# Beyond it a number of parameters is a slip of a file, and its share no number.
_LARGEST: Final = 1 << 50
_FEATURE_RANK: Final = 2
# Tensors that are kept and not trained.
_STATISTICS: Final = frozenset({"mean", "variance"})
_GATES: Final = {"lstm": 4, "gru": 3, "rnn": 1}


def parameter_count(facts: Facts, _witness: Sequence[int], node: int) -> int | Unknown:
    """Number of trained numbers of the layer of a node; 0 for an operation without any."""
    each = facts.node(node)
    sizes = [parameter.count for parameter in each.parameters if parameter.role not in _STATISTICS]
    known = [size for size in sizes if not isinstance(size, Unknown)]
    if sizes and len(known) == len(sizes):
        return _bounded(sum(known))
    if each.kind == "unknown":
        return UNKNOWN
    count = _COUNTS.get(each.kind)
    return 0 if count is None else _bounded(count(facts, node, each))


def parameter_share(facts: Facts, witness: Sequence[int], node: int) -> float | Unknown:
    """Share of all trained numbers of the model that the layer of a node holds, 0 to 1.

    Unknown as soon as the count of any layer is: what is not known may hold the rest. Shared layers count once.
    """
    own = parameter_count(facts, witness, node)
    totals = facts.once("parameters", _totals)[0]
    if isinstance(own, Unknown) or isinstance(totals, Unknown) or not totals:
        return UNKNOWN
    return round(own / totals, 3)


def _totals(facts: Facts) -> tuple[int | Unknown]:
    counts: dict[str, int] = {}
    for index, node in enumerate(facts.graph.nodes):
        count = parameter_count(facts, (), index)
        if isinstance(count, Unknown):
            return (count,)
        counts[node.layer] = max(count, counts.get(node.layer, 0))
    return (sum(counts.values()),)


def _bounded(count: Size) -> Size:
    return count if isinstance(count, Unknown) or 0 <= count < _LARGEST else UNKNOWN


def _inp(facts: Facts, index: int, node: Node) -> Size:
    width = node.integer("inp")
    return facts.input_tensor(index).channels if isinstance(width, Unknown) else width


def _conv(facts: Facts, index: int, node: Node) -> Size:
    inp, out, kernel, groups = _inp(facts, index, node), node.integer("out"), node.axes("kernel"), 1
    if not isinstance(given := node.integer("groups"), Unknown):
        groups = max(given, 1)
    elif "groups" in node.attributes:
        return UNKNOWN
    if isinstance(inp, Unknown) or isinstance(out, Unknown) or isinstance(kernel, Unknown):
        return UNKNOWN
    count = inp * out // groups
    for size in kernel:
        if isinstance(size, Unknown):
            return size
        count *= size
    return count + _bias(node, out)


def _linear(facts: Facts, index: int, node: Node) -> Size:
    inp, out = _inp(facts, index, node), node.integer("out")
    if isinstance(inp, Unknown) or isinstance(out, Unknown):
        return UNKNOWN
    return inp * out + _bias(node, out)


def _bias(node: Node, out: int) -> int:
    return 0 if node.flag("bias") is False else out


def _embedding(_facts: Facts, _index: int, node: Node) -> Size:
    rows, out = node.integer("rows"), node.integer("out")
    return UNKNOWN if isinstance(rows, Unknown) or isinstance(out, Unknown) else rows * out


def _norm(facts: Facts, index: int, node: Node) -> Size:
    if node.flag("scale") is False and node.flag("shift") is False:
        return 0
    out = node.integer("out")
    if isinstance(out, Unknown):
        out = facts.input_tensor(index).channels
    if isinstance(out, Unknown):
        return out
    return sum(out for part in ("scale", "shift") if node.flag(part) is not False)


def _recurrent(facts: Facts, index: int, node: Node) -> Size:
    inp, out = _inp(facts, index, node), node.integer("out")
    if isinstance(inp, Unknown) or isinstance(out, Unknown):
        return UNKNOWN
    layers, directions = node.integer("layers"), node.integer("directions")
    layers = 1 if isinstance(layers, Unknown) else layers
    directions = 1 if isinstance(directions, Unknown) else directions
    count, width = 0, inp
    # Every layer is as wide as the second one; a file may claim any number of them.
    for repeated in (min(layers, 1), max(layers - 1, 0)):
        count += repeated * _GATES[node.kind] * directions * (width * out + out * out + 2 * _bias(node, out))
        width = out * directions
    return count


def _attention(_facts: Facts, _index: int, node: Node) -> Size:
    """Four square projections, as in multi-head attention; bare attention has none, so this is the most there is."""
    out = node.integer("out")
    return out if isinstance(out, Unknown) else 4 * (out * out + out)


_COUNTS: Final[dict[str, Callable[[Facts, int, Node], Size]]] = {
    **dict.fromkeys(("conv", "conv_transpose"), _conv),
    **dict.fromkeys(GROUPS["norm"] - {"local_response_norm", "unit_norm"}, _norm),
    **dict.fromkeys(GROUPS["recurrent"], _recurrent),
    "linear": _linear,
    "embedding": _embedding,
    "attention": _attention,
}


def flattened_positions(facts: Facts, _witness: Sequence[int], flat: int, layer: int) -> Size:
    """Number of positions of the map that a flatten spreads out before a linear layer.

    From the size of the map; where that is not known, from the features of the layer over the channels of the map.
    Unknown for a change of shape that leaves positions, or may leave some.
    """
    if not _leaves_features(facts, flat):
        return UNKNOWN
    tensor = facts.input_tensor(flat)
    spatial = tensor.spatial
    if not isinstance(spatial, Unknown) and not any(isinstance(size, Unknown) for size in spatial):
        product = 1
        for size in spatial:
            product *= 0 if isinstance(size, Unknown) else size
        return product
    channels, features = tensor.channels, facts.node(layer).integer("inp")
    above = facts.solid[flat]
    if isinstance(channels, Unknown) and above >= 0:
        channels = _map_width(facts, above)
    if isinstance(channels, Unknown) or isinstance(features, Unknown) or channels < 1 or features % channels:
        return UNKNOWN
    return features // channels


def _leaves_features(facts: Facts, flat: int) -> bool:
    """Whether the result has the rank of features, as that of a flatten has unless more is known of it."""
    node, rank = facts.node(flat), facts.output_tensor(flat).rank
    if not isinstance(rank, Unknown):
        return rank == _FEATURE_RANK
    shape = node.axes("shape")
    return node.kind == "flatten" if isinstance(shape, Unknown) else len(shape) == _FEATURE_RANK


_MAP_KEEPERS: Final = (
    (GROUPS["activation"] - {"glu", "maxout"})
    | GROUPS["local_pool"]
    | GROUPS["norm"]
    | {"adaptive_pool", "dropout", "noise", "identity", "cast"}
)


def _map_width(facts: Facts, index: int) -> Size:
    """Return the channels of the convolution that made a map, where only what keeps them follows it."""
    while facts.node(index).kind in _MAP_KEEPERS and facts.node(index).inputs:
        index = facts.node(index).inputs[0].node
    return facts.node(index).integer("out") if facts.node(index).kind in {"conv", "conv_transpose"} else UNKNOWN


_TRAINED: Final = (
    GROUPS["weight"]
    | GROUPS["recurrent"]
    | {"embedding", "attention", "batch_norm", "layer_norm", "group_norm", "rms_norm", "prelu"}
)
# Classes of the frameworks that hold no parameters whatever they are given; of others nothing is known.
_BARE: Final = frozenset(
    """
    Activation ActivityRegularization AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d
    AdaptiveMaxPool2d AdaptiveMaxPool3d Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D
    AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss CELU Concatenate ConstantPad1d ConstantPad2d ConstantPad3d
    CosineSimilarity Cropping1D Cropping2D Cropping3D CrossEntropyLoss Dropout Dropout1d Dropout2d Dropout3d ELU
    FeatureAlphaDropout Flatten Fold GELU GLU GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D Hardshrink
    Hardsigmoid Hardswish Hardtanh Identity L1Loss LPPool1d LPPool2d LeakyReLU LocalResponseNorm LogSigmoid LogSoftmax
    MSELoss Masking MaxPool1d MaxPool2d MaxPool3d MaxPooling1D MaxPooling2D MaxPooling3D MaxUnpool1d MaxUnpool2d
    MaxUnpool3d Maximum Minimum Mish Multiply NLLLoss Permute PixelShuffle PixelUnshuffle RReLU ReLU ReLU6
    ReflectionPad1d ReflectionPad2d RepeatVector ReplicationPad1d ReplicationPad2d Rescaling Reshape Resizing SELU
    SiLU Sigmoid SmoothL1Loss Softmax Softmax2d Softmin Softplus Softshrink Softsign SpatialDropout1D SpatialDropout2D
    SpatialDropout3D Subtract Tanh Tanhshrink Threshold UnitNormalization Unflatten Unfold UpSampling1D UpSampling2D
    UpSampling3D Upsample ZeroPad2d ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """.split()  # noqa: SIM905 - a hundred quoted words would hide the list
)


def holds_parameters(facts: Facts, _witness: Sequence[int], node: int) -> bool | Unknown:
    """Whether an unused layer holds trained numbers: by their count, else by its kind, else by its class."""
    each = facts.node(node)
    count, kind = each.integer("parameters"), each.text("kind")
    if not isinstance(count, Unknown):
        return count > 0
    if not isinstance(kind, Unknown) and kind not in {"unknown", "unused"}:
        return kind in _TRAINED
    package, _, word = each.op.rpartition(".")
    if word in _BARE:
        return False
    # A reader adds an unused layer only where it saw parameters in it; a bare name says nothing of the layer.
    return True if package or each.op != each.kind else UNKNOWN
