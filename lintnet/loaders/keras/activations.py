"""Activation functions by the name Keras gives them: kind and attributes. Knows no graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.loaders.signals import axis_name, extent

if TYPE_CHECKING:
    from lintnet.ir import Value
    from lintnet.loaders.keras.call import Described
    from lintnet.loaders.signals import Signal

__all__ = ["NO_ACTIVATION", "is_activation", "read_activation"]

NO_ACTIVATION: Final = frozenset({"linear", "identity"})

# Slopes and bounds are those of keras.activations; the Keras 2 functions of the same name agree.
_FUNCTIONS: Final[dict[str, tuple[str, dict[str, Value]]]] = {
    "relu": ("relu", {"ceiling": None}),
    "relu6": ("relu", {"ceiling": 6}),
    "leaky_relu": ("leaky_relu", {"slope": 0.2}),
    "elu": ("elu", {"slope": 1.0}),
    "selu": ("selu", {}),
    "celu": ("celu", {"slope": 1.0}),
    "gelu": ("gelu", {"approximate": "none"}),
    "silu": ("silu", {}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
    "hard_silu": ("hard_swish", {}),
    "hard_swish": ("hard_swish", {}),
    "sigmoid": ("sigmoid", {}),
    "hard_sigmoid": ("hard_sigmoid", {}),
    "tanh": ("tanh", {}),
    "hard_tanh": ("hard_tanh", {"low": -1, "high": 1}),
    "softplus": ("softplus", {}),
    "softsign": ("softsign", {}),
    "softmax": ("softmax", {}),
    "log_softmax": ("log_softmax", {}),
    "log_sigmoid": ("log_sigmoid", {}),
    "hard_shrink": ("shrink", {"threshold": 0.5}),
    "soft_shrink": ("shrink", {"threshold": 0.5}),
    "tanh_shrink": ("shrink", {}),
    "threshold": ("threshold", {}),
    "glu": ("glu", {}),
    "sparsemax": ("other_activation", {}),
    "squareplus": ("other_activation", {}),
    "sparse_plus": ("other_activation", {}),
    "sparse_sigmoid": ("other_activation", {}),
    "softmax_v2": ("softmax", {}),
    "exponential": ("exp", {}),
}
_ALONG_LAST: Final = frozenset({"softmax", "log_softmax"})


def is_activation(name: str) -> bool:
    """Whether a name is that of an activation function of Keras, `linear` included."""
    return name in _FUNCTIONS or name in NO_ACTIVATION


def read_activation(name: str, signal: Signal) -> Described | None:
    """Return kind and attributes of an activation function applied to a tensor, or None for an unknown name."""
    found = _FUNCTIONS.get(name)
    if found is None:
        return None
    kind, attributes = found
    attributes = dict(attributes)
    if kind in _ALONG_LAST:
        attributes |= {"axis": axis_name(signal.tensor, -1), "extent": extent(signal, -1)}
    elif kind == "glu":
        attributes["axis"] = axis_name(signal.tensor, -1)
    return kind, attributes
