"""Losses and optimizers of Keras and TensorFlow in source: as texts, functions and objects, compiled or called.

Knows which argument is the prediction; Keras puts the truth first. What a loss is, the Keras reader says.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from lintnet.ir import UNKNOWN, Training, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.keras.config import Json
from lintnet.loaders.keras.losses import read_loss, read_training
from lintnet.loaders.source.frameworks.keras_values import in_training, object_of
from lintnet.loaders.source.objects import Raised
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, FrameworkClass, Instance, Symbol, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.ir.unknown import Value as AttributeValue
    from lintnet.loaders.signals import Signal
    from lintnet.loaders.source.tables import Attributes, Machine

__all__ = ["loss_row", "losses_of", "settings_row", "tensorflow_losses", "training_of"]

_LOSSES: Final = "keras.losses."

# Class -> its parameters in front of `reduction`; those that are not listed have none.
_CLASSES: Final = {
    "BinaryCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1, ",
    "CategoricalCrossentropy": "from_logits=False, label_smoothing=0.0, axis=-1, ",
    "SparseCategoricalCrossentropy": "from_logits=False, ",
    "BinaryFocalCrossentropy": "apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, ",
    "CategoricalFocalCrossentropy": "alpha=0.25, gamma=2.0, from_logits=False, ",
    "Huber": "delta=1.0, ",
    "CosineSimilarity": "axis=-1, ",
}
_TRUE_FIRST: Final = "y_true=None, y_pred=None, from_logits=False, *args, **kwargs"


def _loss(value: Json) -> dict[str, AttributeValue] | None:
    """Return the attributes of a loss, None where it is not known or its settings have wrong types."""
    try:
        return read_loss(value)
    except LoadError:
        return None


def loss_row(path: str) -> Row | None:
    """Make the row of a loss class or function of Keras; None where its name says no loss."""
    name = path.removeprefix(_LOSSES)
    if not path.startswith(_LOSSES) or "." in name:
        return None
    if name == "Loss":
        return Row("*args, **kwargs", None, is_class=True, pure=True)
    if name in {"get", "deserialize"}:
        return Row("identifier, *args, **kwargs", _get, pure=True)
    if _loss(Json({"class_name": name, "config": {}}, "", "")) is None:
        return None
    if not name[:1].isupper() or name.isupper():
        return Row(_TRUE_FIRST, partial(_call_function, name))
    signature = f"{_CLASSES.get(name, '')}reduction='sum_over_batch_size', *args, **kwargs"
    return Row(signature, _call_object, call="y_true=None, y_pred=None, sample_weight=None, **kwargs", is_class=True)


def _get(_machine: Machine, bound: Bound) -> Value:
    return bound["identifier"]


def _call_function(name: str, machine: Machine, bound: Bound) -> Value:
    logits = bound.flag("from_logits")
    attributes = _loss(Json({"class_name": name, "config": {"from_logits": logits, "reduction": UNKNOWN}}, "", ""))
    return machine.lose(bound["y_pred"], attributes or {"family": "other"}, op=f"keras.losses.{name}")


def _call_object(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    attributes = None if instance is None else _loss(Json(object_of(instance), "", ""))
    if instance is None or attributes is None:
        return Unknown("a loss that is not known")
    return machine.lose(bound["y_pred"], attributes, op=f"keras.losses.{_class_name(instance)}")


def _class_name(instance: Instance) -> str:
    return instance.cls.path.rpartition(".")[2] if isinstance(instance.cls, FrameworkClass) else ""


# TensorFlow's own functions: path, parameters, prediction, loss of Keras that it is. They work on logits.
_TENSORFLOW: Final = """
nn.softmax_cross_entropy_with_logits | _sentinel=None, labels=None, logits=None | logits | CategoricalCrossentropy
nn.sigmoid_cross_entropy_with_logits | _sentinel=None, labels=None, logits=None | logits | BinaryCrossentropy
nn.sparse_softmax_cross_entropy_with_logits | _sentinel=None, labels=None, logits=None | logits | \
SparseCategoricalCrossentropy
nn.softmax_cross_entropy_with_logits_v2 | labels, logits | logits | CategoricalCrossentropy
nn.weighted_cross_entropy_with_logits | labels, logits, pos_weight=None | logits | BinaryCrossentropy
losses.softmax_cross_entropy | onehot_labels, logits | logits | CategoricalCrossentropy
losses.sparse_softmax_cross_entropy | labels, logits | logits | SparseCategoricalCrossentropy
losses.sigmoid_cross_entropy | multi_class_labels, logits | logits | BinaryCrossentropy
losses.mean_squared_error | labels, predictions | predictions | MeanSquaredError
losses.absolute_difference | labels, predictions | predictions | MeanAbsoluteError
losses.hinge_loss | labels, logits | logits | Hinge
losses.huber_loss | labels, predictions | predictions | Huber
"""


def tensorflow_losses() -> dict[str, Row]:
    """Return the rows of the losses that TensorFlow has beside those of Keras."""
    rows: dict[str, Row] = {}
    for line in _TENSORFLOW.replace("\\\n", "").strip().splitlines():
        path, signature, prediction, name = (part.strip() for part in line.split("|"))
        first = signature.partition(",")[0].partition("=")[0]
        run = partial(_call_logits, name, prediction, first)
        rows[f"tensorflow.{path}"] = Row(f"{signature}, *args, **kwargs", run)
    for name, prediction in (("binary", "BinaryCrossentropy"), ("categorical", "CategoricalCrossentropy")):
        for home in ("keras.backend", "keras.ops"):
            rows[f"{home}.{name}_crossentropy"] = _backend_row(prediction)
    for home in ("keras.backend", "keras.ops"):
        rows[f"{home}.sparse_categorical_crossentropy"] = _backend_row("SparseCategoricalCrossentropy")
    return rows


def _backend_row(name: str) -> Row:
    return Row("y_true=None, y_pred=None, from_logits=False, *args, **kwargs", partial(_call_backend, name))


def _call_backend(name: str, machine: Machine, bound: Bound) -> Value:
    extra = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    if bound["y_pred"] is None and "output" in extra:
        bound.arguments["y_pred"] = extra["output"]
    return _call_function(name, machine, bound)


def _call_logits(name: str, prediction: str, first: str, machine: Machine, bound: Bound) -> Value:
    value = bound[prediction]
    if first == "_sentinel" and bound[first] is not None:  # TensorFlow 2 has no such parameter in front
        value = bound["labels"]
    config = {"from_logits": prediction == "logits", "reduction": UNKNOWN}
    attributes = _loss(Json({"class_name": name, "config": config}, "", ""))
    return machine.lose(value, attributes or {"family": "other"}, op=f"tensorflow.nn.{name}")


# Compiling.


def losses_of(
    machine: Machine, loss: Value, outputs: Sequence[tuple[str, str, Signal | None]]
) -> list[Attributes | None]:
    """Return the loss of every output of a model, None where it is not known or there is none.

    `outputs` holds for each the key under which the model returns it, the name of its layer, and its tensor.
    """
    loss = in_training(loss)
    if isinstance(loss, list | tuple):
        items = list(cast("Sequence[Value]", loss))
        if len(items) == 1:
            items *= len(outputs)
        items += [None] * (len(outputs) - len(items))
        return [_one(machine, each, output) for each, (_, _, output) in zip(items, outputs, strict=False)]
    if isinstance(loss, dict):
        named = cast("Mapping[object, Value]", loss)
        found: list[Attributes | None] = []
        for key, layer, output in outputs:
            each = named.get(key) if key and key in named else named.get(layer)
            found.append(_one(machine, each, output))
        if len(outputs) == len(named) == 1 and not found[0]:
            found = [_one(machine, next(iter(named.values())), outputs[0][2])]
        return found
    return [_one(machine, loss, output) for _, _, output in outputs]


def _one(machine: Machine, loss: Value, output: Signal | None) -> Attributes | None:
    loss = in_training(loss)
    if loss is None or isinstance(loss, Unknown):
        return None
    if isinstance(loss, str):
        return _loss(Json(loss, "", ""))
    if isinstance(loss, Symbol):
        name = loss.path.rpartition(".")[2]
        if "cross_entropy_with_logits" in name:
            return _from_tensorflow(name)
        home = loss.path.startswith(("keras.losses.", "keras.metrics."))
        return _loss(Json({"class_name": "function", "config": name}, "", "")) if home else None
    if isinstance(loss, FrameworkClass):
        return None
    if isinstance(loss, Instance):
        known = _loss(Json(object_of(loss), "", ""))
        if known is not None or isinstance(loss.cls, FrameworkClass):
            return known
    # A function of the program: what losses it computes of the output are found by running it.
    if output is not None:
        try:
            machine.call(loss, [Unknown("the targets"), output])
        except Raised:
            return None  # it raises on targets that are not known, which says nothing of the model
    return None


def _from_tensorflow(name: str) -> Attributes | None:
    words = {"sparse": "SparseCategoricalCrossentropy", "sigmoid": "BinaryCrossentropy"}
    loss = next((each for word, each in words.items() if name.startswith(word)), "CategoricalCrossentropy")
    return _loss(Json({"class_name": loss, "config": {"from_logits": True}}, "", ""))


# Initialisers with settings, in order; the others have a seed at most.
_INITIALIZERS: Final = {
    "RandomNormal": "mean=0.0, stddev=0.05, ",
    "TruncatedNormal": "mean=0.0, stddev=0.05, ",
    "RandomUniform": "minval=-0.05, maxval=0.05, ",
    "VarianceScaling": "scale=1.0, mode='fan_in', distribution='truncated_normal', ",
    "Constant": "value=0.0, ",
    "Orthogonal": "gain=1.0, ",
    "OrthogonalInitializer": "gain=1.0, ",
    "Identity": "gain=1.0, ",
    "IdentityInitializer": "gain=1.0, ",
}


def settings_row(path: str) -> Row | None:
    """Make the row of an optimizer or an initialiser of Keras, of which only the settings matter."""
    home, _, name = path.rpartition(".")
    if home == "keras.optimizers" and name[:1].isupper():
        return Row("learning_rate=None, *args, **kwargs", None, is_class=True, pure=True)
    if home == "keras.initializers" and (name[:1].isupper() or "_" in name):
        # Keras 2 has the classes under names of functions, too: `he_normal(seed=1)`.
        spelled = "".join(part.capitalize() for part in name.split("_")) if name.islower() else name
        return Row(f"{_INITIALIZERS.get(spelled, '')}*args, **kwargs", None, is_class=True, pure=True)
    return None


def training_of(optimizer: Value, batch: Value = None) -> dict[str, Value]:
    """Return what is known of optimizer, learning rate and batch size, for `Machine.compile`."""
    optimizer = in_training(optimizer)
    entry: object = optimizer if isinstance(optimizer, str) else None
    if isinstance(optimizer, Instance):
        entry = object_of(optimizer)
    try:
        training = read_training(Json(entry, "", ""), UNKNOWN)
    except LoadError:
        training = Training()
    found: dict[str, Value] = {}
    if isinstance(training.optimizer, str):
        found["optimizer"] = training.optimizer
    if isinstance(training.learning_rate, int | float):
        found["learning_rate"] = training.learning_rate
    if isinstance(batch, int) and not isinstance(batch, bool):
        found["batch_size"] = batch
    return found
