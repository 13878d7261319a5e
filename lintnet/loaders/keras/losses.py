"""The compile config: losses and optimizer. Knows how Keras names them, and no graph."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Training, Unknown, Value
from lintnet.loaders.keras.operators import snake

if TYPE_CHECKING:
    from lintnet.loaders.keras.config import Json

__all__ = ["read_loss", "read_losses", "read_training"]

# family, and whether targets are class indices (None: the question does not arise)
_FAMILIES: Final[dict[str, tuple[str, bool | None]]] = {
    "binary_crossentropy": ("binary_cross_entropy", None),
    "binary_focal_crossentropy": ("binary_cross_entropy", None),
    "categorical_crossentropy": ("cross_entropy", False),
    "categorical_focal_crossentropy": ("cross_entropy", False),
    "sparse_categorical_crossentropy": ("cross_entropy", True),
    "mean_squared_error": ("squared_error", None),
    "mean_absolute_error": ("absolute_error", None),
    "hinge": ("hinge", None),
    "squared_hinge": ("hinge", None),
    "categorical_hinge": ("hinge", None),
    "kl_divergence": ("divergence", None),
    "categorical_generalized_cross_entropy": ("other", None),
    "mean_absolute_percentage_error": ("other", None),
    "mean_squared_logarithmic_error": ("other", None),
    "huber": ("other", None),
    "log_cosh": ("other", None),
    "poisson": ("other", None),
    "cosine_similarity": ("other", None),
    "dice": ("other", None),
    "tversky": ("other", None),
    "circle": ("other", None),
    "ctc": ("other", None),
}
_ALIASES: Final = {
    "bce": "binary_crossentropy",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kldivergence": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
    "cosine_proximity": "cosine_similarity",
    "categorical_generalized_crossentropy": "categorical_generalized_cross_entropy",
}
_LOGIT_FAMILIES: Final = frozenset({"cross_entropy", "binary_cross_entropy"})
_REDUCTIONS: Final = {
    "sum_over_batch_size": "mean",
    "mean": "mean",
    "mean_with_sample_weight": "mean",
    "auto": "mean",
    "sum": "sum",
    "none": "none",
}


def read_losses(loss: Json, names: list[tuple[str, str]]) -> list[dict[str, Value] | None]:
    """Return the attributes of the loss of each output, None where it is not known or there is none.

    `names` holds for every output the key it has in the model and the name of its layer.
    """
    if loss.is_list:
        items = loss.items()
        if len(items) == 1:
            return [read_loss(items[0])] * len(names)
        return [read_loss(items[index]) if index < len(items) else None for index in range(len(names))]
    if loss.is_object and not loss.has("class_name"):
        found: list[dict[str, Value] | None] = []
        for key, layer in names:
            each = loss.first(*[name for name in (key, layer) if name]) if key or layer else loss
            found.append(None if each is loss else read_loss(each))
        return found
    return [read_loss(loss)] * len(names)


def read_training(optimizer: Json, batch: int | Unknown) -> Training:
    """Return optimizer and learning rate of the compile config."""
    if isinstance(optimizer.value, str):
        return Training(optimizer.value.lower(), UNKNOWN, batch)
    if not optimizer.is_object:
        return Training(batch_size=batch)
    config = optimizer["config"]
    inner = config["inner_optimizer"] if config.is_object else config
    if inner.is_object:  # LossScaleOptimizer
        return read_training(inner, batch)
    name = optimizer["class_name"].value
    rate = config.first("learning_rate", "lr") if config.is_object else config
    if not isinstance(rate.value, int | float) or isinstance(rate.value, bool):
        return Training(snake(name) if isinstance(name, str) else UNKNOWN, UNKNOWN, batch)
    return Training(snake(name) if isinstance(name, str) else UNKNOWN, _as_written(rate.number()), batch)


def _as_written(rate: float | Unknown) -> float | Unknown:
    """Undo the detour over single precision: 0.001 is saved as 0.0010000000474974513."""
    if isinstance(rate, Unknown):
        return rate
    short = float(f"{rate:.6g}")
    try:
        same = struct.pack("<f", short) == struct.pack("<f", rate)
    except OverflowError:
        same = False
    return short if same else rate


def read_loss(loss: Json) -> dict[str, Value] | None:
    """Read one loss: a name, a serialised function, or a loss object; a custom one is not known."""
    if loss.is_list:
        items = loss.items()
        return read_loss(items[0]) if len(items) == 1 else None
    if isinstance(loss.value, str):
        return _attributes(loss.value, False, "mean")  # noqa: FBT003 - the default of every Keras loss function
    if not loss.is_object:
        return None
    name, config = loss["class_name"].value, loss["config"]
    if not isinstance(name, str):
        return None
    if name == "function":
        return _attributes(config.value, False, "mean") if isinstance(config.value, str) else None  # noqa: FBT003 - as above
    if not config.is_object or ">" in str(loss["registered_name"].value):
        return None
    if name == "LossFunctionWrapper":
        inner = config["fn"]
        return read_loss(inner) if not inner.missing else None
    reduction = config["reduction"].value
    default = "none" if "reduction" in config.mapping() else "mean"
    spelled = default if reduction is None else reduction
    return _attributes(name, config["from_logits"].flag(default=False), spelled)


def _attributes(name: str, from_logits: bool | Unknown, reduction: object) -> dict[str, Value] | None:  # noqa: FBT001 - a value read from the file
    if ">" in name:
        return None
    spelled = name.lower() if name.isupper() or name.islower() else snake(name)
    family = _FAMILIES.get(_ALIASES.get(spelled, spelled))
    if family is None:
        return None
    attributes: dict[str, Value] = {"family": family[0]}
    if family[0] in _LOGIT_FAMILIES:
        attributes["from_logits"] = from_logits
    if family[1] is not None:
        attributes["sparse"] = family[1]
    if isinstance(reduction, str):
        attributes["reduction"] = _REDUCTIONS.get(reduction, UNKNOWN)
    return attributes
