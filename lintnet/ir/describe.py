"""A layer in a few words, as a person would write it beside a drawing: `Conv2d 64→128, 3×3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir.unknown import Unknown

if TYPE_CHECKING:
    from lintnet.ir.graph import Node

__all__ = ["spoken", "summary", "word"]

_WORDS: Final = {
    "batch_norm": "BatchNorm",
    "layer_norm": "LayerNorm",
    "group_norm": "GroupNorm",
    "instance_norm": "InstanceNorm",
    "rms_norm": "RMSNorm",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "glu": "GLU",
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "input": "input",
    "output": "output",
    "loss": "loss",
}

_CONVOLUTIONS: Final = {"conv": "Conv", "conv_transpose": "ConvTranspose"}


def word(kind: str) -> str:
    """Return the kind as people write it: `batch_norm` is BatchNorm."""
    return _WORDS.get(kind) or "".join(part.capitalize() for part in kind.split("_"))


def spoken(node: Node) -> str:
    """Return the name of a node for a sentence; a bare number, as a layer of a Sequential has, with what it is."""
    if not node.name.isdecimal():
        return node.name
    return f"{node.name} ({_ranked(node) if node.kind in _CONVOLUTIONS else word(node.kind)})"


def summary(node: Node) -> str:
    """Return the layer with the numbers that tell it from its neighbours; what is unknown is left out."""
    if node.kind == "unknown":
        return f"{node.op} (not understood)"
    name = word(node.kind)
    if node.kind in _CONVOLUTIONS:
        return _conv(node)
    if node.kind == "linear":
        return _join(name, _arrow(node))
    if node.kind == "dropout":
        form = node.text("form")
        prefix = "" if isinstance(form, Unknown) or form == "element" else f"{form} "
        rate = node.number("rate")
        return f"{name}({prefix}rate={'?' if isinstance(rate, Unknown) else f'{rate:g}'})"
    if node.kind.endswith("_norm") and isinstance(out := node.integer("out"), int):
        groups = node.integer("groups")
        return f"{name}({out})" if isinstance(groups, Unknown) else f"{name}({groups} groups, {out})"
    if node.kind in {"lstm", "gru", "rnn"}:
        both = "bidirectional " if node.integer("directions") == 2 else ""  # noqa: PLR2004 - forward and backward
        return _join(f"{both}{name}", _arrow(node))
    if node.kind in {"max_pool", "average_pool", "lp_pool"}:
        return _join(name, _window(node))
    if node.kind == "affine":
        return _join(str(node.get("function")).capitalize(), _number(node, "constant"))
    if node.kind in {"softmax", "log_softmax"} and isinstance(extent := node.integer("extent"), int):
        return f"{name} over {extent}"
    if node.kind == "loss":
        return f"loss {node.get('family')}"
    return name


def _ranked(node: Node) -> str:
    kernel = node.axes("kernel")
    rank = "" if isinstance(kernel, Unknown) or len(kernel) not in {1, 2, 3} else f"{len(kernel)}d"
    return f"{_CONVOLUTIONS[node.kind]}{rank}"


def _conv(node: Node) -> str:
    groups, inp = node.integer("groups"), node.integer("inp")
    note = ""
    if not isinstance(groups, Unknown) and groups > 1:
        note = "depthwise" if groups == inp else f"{groups} groups"
    parts = [part for part in (_arrow(node), _window(node), note) if part]
    return _join(_ranked(node), ", ".join(parts))


def _arrow(node: Node) -> str:
    inp, out = node.integer("inp"), node.integer("out")
    if isinstance(out, Unknown):
        return ""
    return f"→{out}" if isinstance(inp, Unknown) else f"{inp}→{out}"


def _window(node: Node) -> str:
    kernel, stride = node.axes("kernel"), node.axes("stride")
    if isinstance(kernel, Unknown):
        return ""
    text = "×".join("?" if isinstance(size, Unknown) else str(size) for size in kernel)
    steps = [] if isinstance(stride, Unknown) else [step for step in stride if isinstance(step, int)]
    return f"{text} stride {max(steps)}" if max(steps, default=1) > 1 else text


def _number(node: Node, name: str) -> str:
    value = node.number(name)
    return "" if isinstance(value, Unknown) else f"{value:g}"


def _join(name: str, rest: str) -> str:
    return f"{name} {rest}" if rest else name
