"""Two graphs of one model, compared: what was read from source and what was executed.

Knows neither Python nor a framework: both sides are first made `Seen` records. Names that a framework makes up, and
the order in which independent branches were met, do not count.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lintnet.ir import Unknown
from lintnet.lifting.layers import lift_global_pool
from lintnet.lifting.rewrite import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lintnet.ir import Graph, Node

__all__ = ["COMPARED", "Seen", "differences", "from_graph", "pooled"]

Size = int | None
Shape = tuple[Size, ...] | None

# What must be equal, per kind. What says how something was written, and not what is computed, is left out.
COMPARED: Mapping[str, tuple[str, ...]] = {
    "conv": ("out", "inp", "kernel", "stride", "dilation", "groups", "bias", "padding", "pads"),
    "conv_transpose": ("out", "inp", "kernel", "stride", "groups", "bias"),
    "linear": ("out", "inp", "bias"),
    "embedding": ("rows", "out"),
    "lstm": ("out", "bias", "layers", "directions", "sequence", "dropout", "recurrent_dropout", "layer_dropout"),
    "gru": ("out", "bias", "layers", "directions", "sequence", "dropout", "recurrent_dropout", "layer_dropout"),
    "rnn": ("out", "bias", "layers", "directions", "sequence", "dropout", "layer_dropout", "activation"),
    "attention": ("heads", "dropout", "causal"),
    "batch_norm": ("out", "epsilon", "momentum", "scale", "shift", "running", "axis"),
    "layer_norm": ("epsilon", "scale", "shift", "axis"),
    "group_norm": ("groups", "epsilon", "scale", "shift"),
    "instance_norm": ("epsilon", "scale", "shift", "running"),
    "dropout": ("rate", "form"),
    "relu": ("ceiling",),
    "leaky_relu": ("slope",),
    "elu": ("slope",),
    "gelu": ("approximate",),
    "softmax": ("axis", "extent"),
    "log_softmax": ("axis", "extent"),
    "max_pool": ("kernel", "stride", "padding", "pads"),
    "average_pool": ("kernel", "stride", "padding", "pads"),
    "concat": ("axis",),
    "affine": ("function", "constant"),
    "reduce": ("function", "over", "keepdims"),
    "clamp": ("low", "high"),
    "resize": ("method",),
    "transpose": ("permutation",),
    "loss": ("family", "from_logits", "reduction"),
}


_ENDS = frozenset({"input", "output", "loss"})


class Seen(NamedTuple):
    """One node: kind, address of the module or layer it belongs to, which layer, what goes in, attributes, sizes.

    `inputs` are (index of a node, which of its outputs). Sizes leave out the batch; None is what is not known. An
    attribute that is missing was not determined.
    """

    kind: str
    path: str
    layer: str
    inputs: tuple[tuple[int, int], ...] = ()
    attributes: Mapping[str, object] = {}
    sizes: tuple[Shape, ...] = ()


def pooled(graph: Graph) -> Graph:
    """Let a mean over all positions be global pooling, as which a program may write it too; lift nothing else."""
    return rewrite(graph, lift_global_pool, frozenset({"reduce"}))


def from_graph(graph: Graph) -> tuple[Seen, ...]:
    """Make the records of a graph, as it was read: nothing is lifted but global pooling."""
    return tuple(_seen(node) for node in pooled(graph).nodes)


def _seen(node: Node) -> Seen:
    head, _, last = node.scope.rpartition(".")
    path = "" if node.kind in _ENDS else head if "#" in last else node.scope
    attributes = {name: value for name, value in node.attributes.items() if not _unknown(value)}
    shapes = tuple(
        None
        if isinstance(each.sizes, Unknown)
        else tuple(None if isinstance(s, Unknown) else s for s in each.sizes)[1:]
        for each in node.outputs
    )
    return Seen(node.kind, path, node.layer, tuple((e.node, e.output) for e in node.inputs), attributes, shapes)


def _unknown(value: object) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, tuple) and any(isinstance(each, Unknown) for each in value))


def differences(
    source: Sequence[Seen],
    executed: Sequence[Seen],
    *,
    skip: Callable[[Seen], bool] = lambda _: False,
    paths: bool = True,
    ignore: Iterable[str] = (),
    shapes: bool = True,
) -> list[str]:
    """Say in words where two graphs differ; an empty list means that they are equal.

    Nodes for which `skip` holds are passed through on both sides. `paths`: whether addresses must agree. `ignore`
    names attributes (`conv.pads`) that need not. `shapes`: whether the source's known sizes must be the executed ones.
    """
    ignored = frozenset(ignore)
    mine, theirs = _without(source, skip), _without(executed, skip)
    said: list[str] = []
    said += _counted("kinds", Counter(each.kind for each in mine), Counter(each.kind for each in theirs))
    if not said:
        said += _counted("nodes", Counter(_described(mine, ignored)), Counter(_described(theirs, ignored)))
    if not said:
        said += _counted("edges", Counter(_edges(mine, paths=paths)), Counter(_edges(theirs, paths=paths)))
    hashes, others = _hashes(mine, ignored), _hashes(theirs, ignored)
    if not said and Counter(hashes) != Counter(others):
        surplus = Counter(hashes) - Counter(others)
        first = next(index for index, each in enumerate(hashes) if surplus[each])
        said.append(f"the graphs differ from {mine[first].kind} at {mine[first].path!r} on, though their parts agree")
    if not said and paths:
        mine_paths = Counter(f"{each.kind} at {each.path!r}" for each in mine)
        said += _counted("paths", mine_paths, Counter(f"{each.kind} at {each.path!r}" for each in theirs))
    if not said and shapes:
        said += _wrong_shapes(mine, theirs, hashes, others)
    return said


def _without(nodes: Sequence[Seen], skip: Callable[[Seen], bool]) -> list[Seen]:
    """Take out nodes; who used them uses their first input."""
    stands: dict[int, tuple[int, int] | None] = {}
    kept: list[Seen] = []
    number: dict[int, int] = {}

    def follow(edge: tuple[int, int]) -> tuple[int, int] | None:
        while edge[0] in stands:
            below = stands[edge[0]]
            if below is None:
                return None
            edge = below
        return edge

    for index, node in enumerate(nodes):
        if skip(node):
            stands[index] = node.inputs[0] if node.inputs else None
            continue
        inputs = (follow(edge) for edge in node.inputs)
        number[index] = len(kept)
        kept.append(node._replace(inputs=tuple((number[e[0]], e[1]) for e in inputs if e is not None)))
    return kept


def _rounded(value: object) -> object:
    """Return a value as it is compared; not every reader says which operand of a subtraction is the constant."""
    if isinstance(value, str):
        return value.removeprefix("reverse_")
    return float(f"{value:.6g}") if isinstance(value, int | float) and not isinstance(value, bool) else value


def _attributes(node: Seen, ignored: frozenset[str]) -> tuple[tuple[str, object], ...]:
    names = (name for name in COMPARED.get(node.kind, ()) if f"{node.kind}.{name}" not in ignored)
    found = ((name, _rounded(node.attributes.get(name))) for name in names)
    return tuple((name, value if name != "pads" or _any(value) else None) for name, value in found)


def _any(pads: object) -> bool:
    """Whether anything is padded: no padding may be written as zeros or not at all."""
    return isinstance(pads, tuple) and any(pads)


def _described(nodes: Sequence[Seen], ignored: frozenset[str]) -> list[str]:
    return [
        f"{node.kind}({', '.join(f'{name}={value}' for name, value in _attributes(node, ignored))})" for node in nodes
    ]


def _edges(nodes: Sequence[Seen], *, paths: bool) -> list[str]:
    names = [f"{node.kind} of {node.path!r}" if paths else node.kind for node in nodes]
    return [f"{names[start]} → {name}" for node, name in zip(nodes, names, strict=True) for start, _ in node.inputs]


def _hashes(nodes: Sequence[Seen], ignored: frozenset[str]) -> list[int]:
    """Give every node a number that is equal for equal histories: attributes, which call of its layer, inputs."""
    calls: Counter[str] = Counter()
    found: list[int] = []
    for node in nodes:
        inputs = tuple((found[start], output) for start, output in node.inputs)
        found.append(hash((node.kind, _attributes(node, ignored), calls[node.layer], inputs)))
        calls[node.layer] += 1
    return found


def _counted(what: str, mine: Counter[str], theirs: Counter[str]) -> list[str]:
    too_many = [f"{count}x {name}" for name, count in sorted((mine - theirs).items())]
    missing = [f"{count}x {name}" for name, count in sorted((theirs - mine).items())]
    said = [f"{what} only read: {'; '.join(too_many)}"] if too_many else []
    return [*said, *([f"{what} only executed: {'; '.join(missing)}"] if missing else [])]


def _wrong_shapes(mine: list[Seen], theirs: list[Seen], hashes: list[int], others: list[int]) -> list[str]:
    real: dict[int, list[tuple[Shape, ...]]] = {}
    for node, key in zip(theirs, others, strict=True):
        real.setdefault(key, []).append(node.sizes)
    said: list[str] = []
    for node, key in zip(mine, hashes, strict=True):
        if not any(_agree(node.sizes, sizes) for sizes in real[key]):
            said.append(f"{node.kind} at {node.path!r} has sizes {node.sizes}, really {real[key][0]}")
    return said


def _agree(read: tuple[Shape, ...], real: tuple[Shape, ...]) -> bool:
    for one, two in zip(read, real, strict=False):
        if one is None or two is None:
            continue
        if len(one) != len(two) or any(
            a is not None and b is not None and a != b for a, b in zip(one, two, strict=True)
        ):
            return False
    return True
