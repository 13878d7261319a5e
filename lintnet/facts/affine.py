"""Weight layers with nothing nonlinear between: what they amount to together, and where such a pair is meant.

Two linear maps behind each other are one linear map, of a rank no larger than the narrowest width on the way. Knows
graphs; knows no rule. Source: linear algebra; tests/proofs executes the identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS, KINDS, UNKNOWN, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.facts.graph_facts import Facts
    from lintnet.ir import Node

__all__ = ["affine_rank", "meant_as_pair", "merged_map", "redundant_parameters", "softened_pair"]

_ERASED: Final = frozenset({"inference", "folded"})
_MOVING: Final = frozenset({"transpose", "reshape"})
_LONGEST: Final = 64


def merged_map(facts: Facts, _witness: Sequence[int], first: int, second: int) -> str | Unknown:
    """Widths of the one layer that the two amount to: `784 x 10`."""
    inp, out = facts.node(first).integer("inp"), facts.node(second).integer("out")
    return UNKNOWN if isinstance(inp, Unknown) or isinstance(out, Unknown) else f"{inp} x {out}"


def affine_rank(facts: Facts, _witness: Sequence[int], first: int, second: int) -> int | Unknown:
    """Greatest rank that the product of two dense layers can have: the narrowest of the three widths."""
    if facts.node(first).kind != "linear" or facts.node(second).kind != "linear":
        return UNKNOWN
    widths = _widths(facts, first, second)
    known = [width for width in widths if not isinstance(width, Unknown)]
    return min(known) if len(known) == len(widths) else UNKNOWN


def redundant_parameters(facts: Facts, _witness: Sequence[int], first: int, second: int) -> int | Unknown:
    """Weights and biases that two dense layers have beyond those of the one they amount to; unknown for convs."""
    if facts.node(first).kind != "linear" or facts.node(second).kind != "linear":
        return UNKNOWN
    inp, middle, out = _widths(facts, first, second)
    bias = facts.node(first).flag("bias")
    if isinstance(inp, Unknown) or isinstance(middle, Unknown) or isinstance(out, Unknown) or isinstance(bias, Unknown):
        return UNKNOWN
    return max(inp * middle + middle * out - inp * out + (middle if bias else 0), 0)


def _widths(facts: Facts, first: int, second: int) -> tuple[int | Unknown, int | Unknown, int | Unknown]:
    """Width in, between and out; the width between is what the first layer gives."""
    node = facts.node(first)
    inp = node.integer("inp")
    if isinstance(inp, Unknown):
        inp = facts.input_tensor(first).channels
    return inp, node.integer("out"), facts.node(second).integer("out")


def meant_as_pair(facts: Facts, _witness: Sequence[int], first: int, second: int) -> str | Unknown:
    """Why two weight layers in a row are a design and no slip, in a few words; empty where nothing says so.

    Unknown where it cannot be told, for example because a width is not known.
    """
    one, two = facts.node(first), facts.node(second)
    if one.layer == two.layer:
        return "one layer applied twice"
    grouped = [_grouped(each) for each in (one, two)]
    if any(each is True for each in grouped):
        return "depthwise or grouped"
    if any(isinstance(each, Unknown) for each in grouped):
        return UNKNOWN
    if any(each.kind == "conv_transpose" and _strides(each) for each in (one, two)):
        return "another resolution"
    if _crossed(one, two):
        return "one kernel in two directions"
    between = _between(facts, first, second)
    if two.kind == "linear" and any(facts.node(index).kind in _MOVING for index in between):
        return "along another axis"
    if _along_another_axis(facts, second):
        return "along another axis"
    norm = any(facts.node(index).kind in GROUPS["norm"] for index in between)
    folded = facts.graph.provenance.kind in _ERASED and one.kind != "linear"  # a norm may have stood there
    if (norm or folded) and _linear_bottleneck(facts, first):
        return "linear bottleneck"
    return _factorises(facts, first, second)


def softened_pair(facts: Facts, _witness: Sequence[int], first: int, second: int) -> str:
    """What stands between two weight layers and makes the pair less of a fault: `norm`, `pool`, `narrow`, or nothing.

    A batch norm depends on its batch while training; an average pool stands between on purpose; a narrow middle limits
    the rank, which may be meant.
    """
    kinds = {facts.node(index).kind for index in _between(facts, first, second)}
    if kinds & GROUPS["norm"]:
        return "norm"
    if kinds & {"average_pool", "global_average_pool"}:
        return "pool"
    inp, middle, out = _widths(facts, first, second)
    widths = [width for width in (inp, out) if not isinstance(width, Unknown)]
    return "narrow" if isinstance(middle, int) and widths and middle < min(widths) else ""


def _grouped(node: Node) -> bool | Unknown:
    if node.kind == "linear":
        return False
    groups = node.integer("groups")
    return groups if isinstance(groups, Unknown) else groups > 1


def _strides(node: Node) -> bool:
    stride = node.axes("stride")
    return isinstance(stride, Unknown) or any(isinstance(each, Unknown) or each > 1 for each in stride)


def _crossed(one: Node, two: Node) -> bool:
    """Whether the kernels are `k x 1` and `1 x k`: together one separable kernel."""
    first, second = one.axes("kernel"), two.axes("kernel")
    if isinstance(first, Unknown) or isinstance(second, Unknown) or len(first) != len(second):
        return False
    sizes = [(a, b) for a, b in zip(first, second, strict=True) if isinstance(a, int) and isinstance(b, int)]
    return any(a > 1 and b == 1 for a, b in sizes) and any(a == 1 and b > 1 for a, b in sizes)


def _along_another_axis(facts: Facts, second: int) -> bool:
    """Whether a layer is known to read another axis than the channels of what it gets.

    A linear layer reads the last axis, which behind a conv of torch is that of the positions.
    """
    node, tensor = facts.node(second), facts.input_tensor(second)
    rank, channel = tensor.rank, tensor.channel
    if isinstance(rank, Unknown) or isinstance(channel, Unknown):
        return False
    if node.kind == "linear":
        return channel % rank != rank - 1
    own = node.outputs[0].channel if node.outputs else UNKNOWN
    return not isinstance(own, Unknown) and own % rank != channel % rank


def _between(facts: Facts, first: int, second: int) -> list[int]:
    """The nodes between, those that a path skips included."""
    found: list[int] = []
    index = second
    for _ in range(_LONGEST):
        inputs = facts.node(index).inputs
        if not inputs or inputs[0].node == first:
            break
        index = inputs[0].node
        found.append(index)
    return found


def _linear_bottleneck(facts: Facts, first: int) -> bool:
    """Whether a layer narrows, or ends an inverted residual: a pointwise conv behind a depthwise one.

    M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, section 3.
    """
    node = facts.node(first)
    inp, out = node.integer("inp"), node.integer("out")
    if isinstance(inp, Unknown) or isinstance(out, Unknown) or out < inp:
        return True
    ahead = [edge.node for edge in node.inputs]
    for _ in range(_LONGEST):
        if not ahead:
            return False
        index = ahead.pop()
        kind = facts.node(index).kind
        if kind in GROUPS["weight"]:
            if _grouped(facts.node(index)) is True:
                return True
        # Squeeze-and-excitation multiplies by weights of the channels; what it multiplies goes on.
        elif {"norm", "activation"} & KINDS[kind].groups or KINDS[kind].transparent != "no" or kind == "multiply":
            ahead += (edge.node for edge in facts.node(index).inputs)
    return False


def _factorises(facts: Facts, first: int, second: int) -> str | Unknown:
    """A pair with fewer weights than the layer it amounts to is a factorisation: middle < in * out / (in + out)."""
    inp, middle, out = _widths(facts, first, second)
    if isinstance(middle, Unknown):
        return UNKNOWN
    # The bound is below each of the two widths, so one of them can be enough to know.
    if any(isinstance(width, int) and middle >= width for width in (inp, out)):
        return ""
    if isinstance(inp, Unknown) or isinstance(out, Unknown):
        return UNKNOWN
    return "factorisation" if middle * (inp + out) < inp * out else ""
