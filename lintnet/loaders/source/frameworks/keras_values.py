"""Values of a program as the JSON that Keras would have saved of them, and what is kept during one run of a program.

Knows values and the shape of a Keras config; no layer and no operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.keras.activations import is_activation
from lintnet.loaders.keras.config import Json
from lintnet.loaders.keras.layers import LAYERS
from lintnet.loaders.keras.operators import function_name, snake
from lintnet.loaders.keras.walk import is_made_up
from lintnet.loaders.signals import Signal
from lintnet.loaders.source.tape import Tape
from lintnet.loaders.source.values import ByPhase, FrameworkClass, Instance, Symbol, Value, Weight, walk_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lintnet.loaders.source.tables import Machine

__all__ = [
    "KERAS_PATHS",
    "REST",
    "State",
    "activation_of",
    "as_json",
    "class_word",
    "entry_of",
    "frozen",
    "function_of",
    "give_attributes",
    "in_training",
    "json_of",
    "layer_class",
    "listed",
    "name_layer",
    "named",
    "object_of",
    "only_weights",
    "signals_in",
    "state_of",
    "tape_of",
]

REST: Final = "**"
"""The keyword under which arguments come that are behind a `**` and not known."""

KERAS_PATHS: Final = ("keras.", "tensorflow.")
_DEEPEST: Final = 20
_STATE: Final = "keras"


class State:
    """What is counted during one run of a program.

    names: how many layers had each name that Keras makes up. owners: the layer or model that a node is a call of, by
    the index of the node. layout: the channel axis where nothing tells: -1, 1 after the program said so, or unknown.
    """

    __slots__ = ("_ordinals", "extra", "layout", "names", "owners")

    def __init__(self) -> None:
        """Start as Keras does."""
        self.names: dict[str, int] = {}
        self.owners: dict[int, Instance] = {}
        self.layout: int | Unknown = -1
        self.extra: dict[str, object] = {}
        self._ordinals: dict[str, dict[int, int]] = {}

    def made_up(self, base: str) -> str:
        """Return the next name for a layer of a class: `dense`, `dense_1`."""
        count = self.names.get(base, 0)
        self.names[base] = count + 1
        return base if count == 0 else f"{base}_{count}"

    def ordinal(self, word: str, instance: Instance) -> int:
        """Number the models that stand under a word in scopes."""
        ordinals = self._ordinals.setdefault(word, {})
        return ordinals.setdefault(id(instance), len(ordinals))


def state_of(machine: Machine) -> State:
    """Return what is kept during the present run."""
    extra = tape_of(machine).extra
    found = extra.get(_STATE)
    if not isinstance(found, State):
        found = extra[_STATE] = State()
    return found


def tape_of(machine: Machine) -> Tape:
    """Return where nodes go, which is a tape wherever a program runs."""
    tape = machine.tape
    assert isinstance(tape, Tape)  # noqa: S101 - only the tests of builders have another
    return tape


# What layers are called.


def class_word(instance: Instance) -> str:
    """Return the name of the class of an instance: that of the program where it has one of its own."""
    cls = instance.cls
    if isinstance(cls, FrameworkClass):
        return cls.path.rpartition(".")[2]
    name = getattr(cls, "name", "")
    return name if isinstance(name, str) and name else "layer"


def name_layer(machine: Machine, instance: Instance, name: Value, base: str = "") -> None:
    """Give a layer its name in Keras: the one it was given, or one that is made up."""
    extra = instance.extra
    if "name" in extra:
        return
    word = class_word(instance)
    base = base or snake(word)
    extra["word"] = base
    if isinstance(name, str) and name:
        extra["name"], extra["auto"] = name, is_made_up(word, name)
    else:
        extra["name"], extra["auto"] = state_of(machine).made_up(base), True
    give_attributes(instance)


_ATTRIBUTE_NAMES: Final = """
dtype compute_dtype variable_dtype dtype_policy built losses metrics weights trainable_weights trainable_variables
non_trainable_weights non_trainable_variables variables input_shape output_shape input_spec supports_masking
activity_regularizer optimizer metrics_names stop_training history loss compiled_loss compiled_metrics input output
inputs outputs layers stateful autocast path quantization_mode jit_compile run_eagerly dynamic
"""
_ATTRIBUTES: Final = {name: Unknown(f"`.{name}` of a layer") for name in _ATTRIBUTE_NAMES.split()}


def give_attributes(instance: Instance) -> None:
    """Give a layer what every layer of Keras has, so that code that asks for it goes on."""
    given = instance.attributes
    instance.attributes = {**_ATTRIBUTES, "name": instance.extra.get("name"), "trainable": True, **given}


def layer_class(value: Value) -> str:
    """Return the Keras class a layer is of or derives from, where its meaning is that of the class; else empty."""
    if not isinstance(value, Instance):
        return ""
    name = value.extra.get("class")
    return name if isinstance(name, str) else ""


def frozen(instance: Instance) -> bool:
    """Whether a layer, or what holds it, was told not to train."""
    current: Instance | None = instance
    for _ in range(_DEEPEST):
        if current is None:
            return False
        if current.attributes.get("trainable", True) is False:
            return True
        settings = current.settings
        if settings is not None and settings.arguments.get("trainable") is False:
            return True
        current = current.owner[0] if current.owner else None
    return False


# Containers of the program.


def listed(value: Value) -> list[Value] | None:
    """Return the elements of a list or tuple, None for anything else."""
    return list(cast("Sequence[Value]", value)) if isinstance(value, list | tuple) else None


def named(value: Value) -> dict[str, Value] | None:
    """Return a dict with texts for keys, None for anything else."""
    if not isinstance(value, dict):
        return None
    return {str(key): each for key, each in cast("Mapping[object, Value]", value).items()}


# Values as JSON.


def in_training(value: Value) -> Value:
    """Return a value as it is in the training phase."""
    return value.training if isinstance(value, ByPhase) else value


def as_json(value: Value, depth: int = 0) -> object:
    """Return a value as a saved config would hold it; what no config can hold is unknown."""
    if value is None or isinstance(value, bool | int | float | str | Unknown):
        return value
    if isinstance(value, ByPhase):
        return as_json(value.training, depth)
    if depth > _DEEPEST:
        return UNKNOWN
    items, fields = listed(value), named(value)
    if items is not None:
        return [as_json(each, depth + 1) for each in items]
    if fields is not None:
        return {key: as_json(each, depth + 1) for key, each in fields.items()}
    if isinstance(value, Instance):
        return entry_of(value) or object_of(value) or UNKNOWN
    if isinstance(value, Symbol):
        name = function_of(value)
        if value.path.startswith(_INITIALIZERS):
            return value.path.rpartition(".")[2]
        return {"class_name": "function", "config": name} if name else UNKNOWN
    if isinstance(value, FrameworkClass) and value.path.startswith(_INITIALIZERS):
        return value.path.rpartition(".")[2]
    return UNKNOWN


def json_of(value: Value) -> Json:
    """Return a value for those who read configs."""
    return Json(as_json(value), "", "")


def entry_of(instance: Instance) -> dict[str, object] | None:
    """Return what Keras would save of a layer of its own; None for one that the program defines."""
    class_name = layer_class(instance)
    if not class_name:
        return None
    config = instance.extra.get("config")
    return {
        "class_name": class_name,
        "module": "keras.layers",
        "config": config if isinstance(config, dict) else {},
        "name": instance.extra.get("name"),
    }


def object_of(instance: Instance) -> dict[str, object] | None:
    """Return what Keras would save of an object that is no layer: a loss, an optimizer, an initialiser.

    None for one of the program's own.
    """
    settings = instance.settings
    if not isinstance(instance.cls, FrameworkClass) or settings is None or instance.cls.row.layer:
        return None
    values = {name: value for name, value in settings.arguments.items() if name not in {"args", "kwargs"}}
    values.update(named(settings.arguments.get("kwargs")) or {})
    return {
        "class_name": instance.cls.path.rpartition(".")[2],
        "config": {name: as_json(value) for name, value in values.items()},
    }


# Activations.

_INITIALIZERS: Final = "keras.initializers."
_FUNCTION_PATHS: Final = ("keras.activations.", "keras.ops.", "keras.backend.", "tensorflow.")


def function_of(value: Value) -> str:
    """Return the name of a function of Keras or TensorFlow; empty for anything else."""
    if not isinstance(value, Symbol) or not value.path.startswith(_FUNCTION_PATHS):
        return ""
    return value.path.rpartition(".")[2]


def activation_of(value: Value) -> tuple[object, Value]:
    """Return an `activation=` as a config holds it, and the function of the program that it is where no config can.

    One of the two is None.
    """
    value = in_training(value)
    if value is None or isinstance(value, str | Unknown):
        return value, None
    if isinstance(value, Symbol):
        name = function_of(value)
        if name == "identity":
            return "linear", None
        spelled = function_name(name)
        known = name if is_activation(name) else spelled if is_activation(spelled) else ""
        return (known, None) if known else (None, value)
    if isinstance(value, Instance):
        class_name = layer_class(value)
        if class_name == "Activation":
            return value.extra.get("config", {}).get("activation"), value.extra.get("activation")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]
        if class_name in LAYERS and isinstance(value.cls, FrameworkClass):
            return entry_of(value), None
        return None, value
    if isinstance(value, bool | int | float | Weight | Signal | FrameworkClass | list | tuple | dict):
        return Unknown("no function"), None
    return None, value


# Tensors.


def signals_in(values: Iterable[Value]) -> list[Signal]:
    """Return the activation tensors among values and inside containers, in order."""
    return [each for value in values for each in walk_values(value) if isinstance(each, Signal)]


def only_weights(values: Iterable[Value]) -> bool:
    """Whether there are constants or parameters among values, and nothing that is or may be an activation."""
    found = [each for value in values for each in walk_values(value)]
    return any(isinstance(each, Weight) for each in found) and not any(
        isinstance(each, Signal | Unknown) for each in found
    )
