"""Keras layers in source: a constructor call becomes the config that Keras would save, and the Keras reader reads it.

Knows how arguments are bound and which layers run code of the program; what a layer means stands in
`lintnet.loaders.keras`, for files and for source alike.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from lintnet.ir import UNKNOWN, Edge, Size, Tensor, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.keras.arguments import Arguments, Shape
from lintnet.loaders.keras.call import Attributes, Call
from lintnet.loaders.keras.config import MOST_AXES, Json
from lintnet.loaders.keras.layers import LAYERS
from lintnet.loaders.keras.operators import snake
from lintnet.loaders.keras.walk import STRUCTURES, Context, Place, Signals, Use, Walker, fold
from lintnet.loaders.signals import Signal, without_axis
from lintnet.loaders.source.frameworks.keras_shapes import result_sizes
from lintnet.loaders.source.frameworks.keras_signatures import positional
from lintnet.loaders.source.frameworks.keras_values import (
    REST,
    activation_of,
    as_json,
    entry_of,
    frozen,
    in_training,
    json_of,
    layer_class,
    listed,
    name_layer,
    named,
    only_weights,
    signals_in,
    state_of,
)
from lintnet.loaders.source.objects import UnknownRest
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, FrameworkClass, Instance, Value, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.source.tables import Machine

__all__ = ["ANYTHING", "LAYER", "NAMES", "call_layer", "layer_row", "make_layer", "shape_of"]

ANYTHING: Final = "*args, **kwargs"
"""The signature of what matches its arguments itself: the generations of Keras differ in order and names."""
LAYER: Final = "keras.layers.Layer"

NAMES: Final = tuple(dict.fromkeys((*LAYERS, *STRUCTURES, "StackedRNNCells", "Pipeline")))
"""Every class of Keras layers that has a row, by the name it is imported under."""

_NO_LIMIT: Final = 1 << 62
_ATTENTION: Final = frozenset({"MultiHeadAttention", "GroupedQueryAttention", "GroupQueryAttention", "Attention"})
# States besides the output; the other recurrent layers have one.
_STATES: Final = {"LSTM": 2, "CuDNNLSTM": 2, "ConvLSTM1D": 2, "ConvLSTM2D": 2, "ConvLSTM3D": 2}
# Layers whose meaning is another layer: one of the program's own inside of them is called, not read from a config.
_WRAPPERS: Final = {"TimeDistributed": True, "SpectralNormalization": False, "WeightNormalization": False}
_SPELLINGS: Final = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "GroupQueryAttention": "GroupedQueryAttention",
}


# Making a layer.


def layer_row(class_name: str) -> Row:
    """Make the row of a class of layers."""
    return Row(
        ANYTHING,
        partial(_run, class_name),
        layer=True,
        call=ANYTHING,
        made=partial(_made, class_name),
        base=LAYER,
        is_class=True,
    )


def make_layer(machine: Machine, class_name: str, keywords: Mapping[str, Value], name: Value = None) -> Instance:
    """Make a layer that the program makes by calling a function: `concatenate([a, b])`."""
    row = layer_row(class_name)
    instance = Instance(FrameworkClass(f"keras.layers.{class_name}", row), row, created=machine.here)
    instance.settings = Bound("", {"args": (), "kwargs": {**keywords, "name": name}}, layer=instance)
    _made(class_name, machine, instance.settings)
    return instance


def _made(class_name: str, machine: Machine, bound: Bound) -> Value:
    """Bind the arguments of a constructor and keep the config that Keras would save."""
    instance = bound.layer
    if instance is None:
        return None
    args = cast("tuple[Value, ...]", bound.arguments.get("args", ()))
    keywords = dict(cast("Mapping[str, Value]", bound.arguments.get("kwargs", {})))
    more = keywords.pop(REST, None)
    rest = more if REST in bound.arguments.get("kwargs", {}) else None  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    if args and isinstance(args[-1], UnknownRest):
        rest = args[-1]
        args = args[:-1]
    names = positional(class_name, args, keywords)
    values: dict[str, Value] = dict(zip(names, args, strict=False))
    values.update(keywords)
    if isinstance(rest, Unknown):
        values.update({name: rest for name in names if name not in values and name != "name"})
    bound.arguments.clear()
    bound.arguments.update(values)
    name_layer(
        machine,
        instance,
        in_training(values.get("name")),
        snake(_SPELLINGS.get(class_name, class_name)) if isinstance(instance.cls, FrameworkClass) else "",
    )
    config: dict[str, object] = {}
    for name, value in values.items():
        if name == "activation":
            config[name], function = activation_of("linear" if value is None else value)
            if function is not None:
                instance.extra["activation"] = function
        elif name not in {"name", "weights"}:
            config[name] = as_json(value)
    if values.get("weights") is not None:
        config |= dict.fromkeys(("kernel_initializer", "bias_initializer"), Unknown("weights are given"))
    if isinstance(values.get("use_bias"), bool | Unknown):
        bound.arguments["bias"] = values["use_bias"]
    instance.extra["class"] = class_name
    instance.extra["config"] = config
    if class_name in _WRAPPERS or class_name == "Bidirectional":
        instance.attributes.setdefault("layer", values.get("layer"))
    for name, sizes in _weights(class_name, config):
        instance.attributes.setdefault(name, Weight(sizes, trainable=True, owner=instance, name=name))
    return None


def _weights(class_name: str, config: Mapping[str, object]) -> list[tuple[str, tuple[Size, ...] | Unknown]]:
    """Return the weights of a layer that programs ask for: those of an embedding are used as the head, too."""
    if class_name in {"Embedding", "ReversibleEmbedding"}:
        rows, out = config.get("input_dim"), config.get("output_dim")
        sizes = tuple(each if isinstance(each, int) else UNKNOWN for each in (rows, out))
        return [("embeddings", sizes)]
    if class_name == "Dense" or "Conv" in class_name:
        return [("kernel", UNKNOWN)]
    return []


# Calling a layer.


class _SourceWalker(Walker):
    """The Keras reader's walker over one call of one layer, whose nodes go to a machine."""

    def __init__(self, machine: Machine, layout: int | Unknown) -> None:
        super().__init__(layout, _NO_LIMIT, machine.tape)
        self._machine = machine
        self._owners = state_of(machine).owners
        self._instance: Instance | None = None
        self._root: object = None
        self._word = ""  # what the scope says of the layer instead of a name that was made up

    def run(self, instance: Instance, entry: Json, inputs: tuple[Signal | None, ...], use: Use) -> Signals:
        """Add the nodes of one call of a layer."""
        self._instance, self._root, self._word = instance, entry.value, ""
        self._ordinals = {}
        self._named = 0
        return self.call_layer(entry, inputs, use)

    def sizes(self, call: Call, kind: str, attributes: Attributes, result: tuple[Tensor, Size]) -> Shape:
        return result_sizes(call, kind, attributes, result)

    def _place(self, entry: Json, context: Context, word: str, name: str) -> Place:
        """Address what is inside of a layer relative to it; where the layer stands, the machine knows."""
        if entry.value is self._root:
            self._word = word
            return Place("", "", "")
        return super()._place(entry, context, word, name)

    def _add(
        self,
        kind: str,
        inputs: Signals,
        result: tuple[Tensor, Size],
        *,
        op: str,
        context: Context,
        attributes: Attributes,
        place: Place | None = None,
        more: tuple[Tensor, ...] = (),
    ) -> Signal:
        tensor, width = result
        if not isinstance(tensor.sizes, Unknown) and len(tensor.sizes) > MOST_AXES:
            tensor, width = Tensor(), UNKNOWN
        if context.folded:
            attributes = {**attributes, "steps": len(context.folded)}
        part = "" if place is None else place.scope
        # The scope counts layers by the kind of their first node, or by what they are called if they are several.
        signal = self._machine.emit(
            self._word or kind,
            inputs,
            fold(tensor, context.folded),
            attributes,
            op=op,
            layer=self._instance,
            part=part,
            more=[fold(each, context.folded) for each in more],
            width=None if isinstance(width, Unknown) else width,
        )
        index = signal.edge.node
        node = self.builder.nodes[index]
        if node.kind != kind or (place is not None and place.name != part):
            name = node.name if place is None else node.name.removesuffix(part) + place.name
            self.builder.nodes[index] = node._replace(kind=kind, name=name)
        if self._instance is not None:
            self._owners[index] = self._instance
        return Signal(signal.edge, tensor, width)


def _walker(machine: Machine) -> _SourceWalker:
    state = state_of(machine)
    found = state.extra.get("walker")
    if not isinstance(found, _SourceWalker):
        found = state.extra["walker"] = _SourceWalker(machine, state.layout)
    found.layout = state.layout
    return found


def call_layer(machine: Machine, instance: Instance, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """Call a layer of Keras on values of the program."""
    return _run(layer_class(instance), machine, Bound("", {"args": tuple(args), "kwargs": keywords}, layer=instance))


def _run(class_name: str, machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    args = cast("tuple[Value, ...]", bound.arguments.get("args", ()))
    keywords = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    if instance is None:
        return UNKNOWN
    config = instance.extra.get("config")
    if not isinstance(config, dict):
        signals = signals_in((*args, *keywords.values()))
        return machine.barrier(class_name, signals, "its constructor was not run", layer=instance)
    if class_name == "Lambda":
        result = _run_lambda(machine, instance, args, keywords)
    elif only_weights((*args, *keywords.values())):
        return _constant(class_name, instance, args)
    elif class_name in _WRAPPERS and _inner_entry(instance) is None:
        result = _run_inside(machine, instance, args, keywords, steps=_WRAPPERS[class_name])
    elif class_name == "Activation" and "activation" in instance.extra:
        result = _apply(machine, instance.extra["activation"], args[0] if args else UNKNOWN)
    else:
        result = _walk(class_name, machine, instance, args, keywords)
        if class_name != "Activation" and "activation" in instance.extra and isinstance(result, Signal):
            result = _apply(machine, instance.extra["activation"], result)
    instance.attributes["input"] = args[0] if args else next(iter(keywords.values()), UNKNOWN)
    instance.attributes["output"] = result
    return result


def _apply(machine: Machine, function: Value, value: Value) -> Value:
    """Call an activation that is the program's own: what it does is part of the model."""
    result = function if isinstance(function, Unknown) else machine.call(function, [value])
    if isinstance(result, Signal | Weight):
        return result
    return machine.barrier("activation", signals_in([value]), _why(result, "an activation of the program"))


def _why(value: Value, otherwise: str) -> str:
    return value.why if isinstance(value, Unknown) and value.why else f"{otherwise} that could not be read"


def _run_lambda(machine: Machine, instance: Instance, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """Call the function of a Lambda layer, which source shows."""
    settings = instance.settings
    function = UNKNOWN if settings is None else settings.arguments.get("function", UNKNOWN)
    extra = None if settings is None else settings.arguments.get("arguments")
    given = list(args) or list(keywords.values())[:1]
    result = function if isinstance(function, Unknown) else machine.call(function, given, named(extra) or {})
    if signals_in([result]) or isinstance(result, Weight):
        return result
    return machine.barrier(
        "Lambda", signals_in((*args, *keywords.values())), _why(result, "a function of the program"), layer=instance
    )


def _inner_entry(instance: Instance) -> object:
    """Return the config of the layer inside a wrapper, None where that layer is one of the program's own."""
    settings = instance.settings
    inner = None if settings is None else settings.arguments.get("layer")
    return entry_of(inner) if isinstance(inner, Instance) and isinstance(inner.cls, FrameworkClass) else None


def _run_inside(
    machine: Machine, instance: Instance, args: Sequence[Value], keywords: Mapping[str, Value], *, steps: bool
) -> Value:
    """Call what a wrapper holds; with `steps` on every step, the time axis being folded into the batch."""
    settings = instance.settings
    inner = UNKNOWN if settings is None else settings.arguments.get("layer", UNKNOWN)
    value = args[0] if args else next(iter(keywords.values()), UNKNOWN)
    if not isinstance(inner, Instance):
        why = _why(inner, "a layer")
        return machine.barrier(layer_class(instance), signals_in([value]), why, layer=instance)
    phase = {name: each for name, each in keywords.items() if name == "training"}
    if not steps or not isinstance(value, Signal):
        return machine.call(inner, [value], phase)
    sizes = value.tensor.sizes
    size: Size = UNKNOWN if isinstance(sizes, Unknown) or len(sizes) < 2 else sizes[1]
    tape = machine.tape
    before = len(tape.nodes)
    result = machine.call(inner, [without_axis(value, 1)], phase)
    for index in range(before, len(tape.nodes)):
        node = tape.nodes[index]
        known = node.attributes.get("steps")
        deeper = known if isinstance(known, int) else 0
        tape.nodes[index] = node._replace(
            outputs=tuple(fold(each, (size,)) for each in node.outputs),
            attributes={**node.attributes, "steps": deeper + 1},
        )
    if isinstance(result, Signal):
        return Signal(result.edge, fold(result.tensor, (size,)), result.width)
    return result


_PHANTOM: Final = Edge(-1)


def _constant(class_name: str, instance: Instance, args: Sequence[Value]) -> Value:
    """Return what a layer makes of a constant: something trained, that does not depend on the input of the model."""
    row = LAYERS.get(class_name)
    first = args[0] if args else None
    if row is None or not isinstance(first, Weight):
        return Weight(trainable=True)
    config = Json(instance.extra["config"], "", "")
    call = Call(config, (Signal(_PHANTOM, Tensor(first.sizes)),))
    try:
        kind, attributes = row.read(call)
        tensor, _width = row.flow(call, attributes)
    except LoadError:
        return Weight(trainable=True)
    sizes = result_sizes(call, kind, attributes, (tensor, UNKNOWN))
    return Weight(tensor.sizes if isinstance(sizes, Unknown) else sizes, trainable=True)


class _Collector:
    """Sorts the arguments of a call into tensors and constants, as the reader of saved calls does."""

    def __init__(self, machine: Machine, op: str) -> None:
        self.machine = machine
        self.op = op
        self.tensors: list[Signal | None] = []
        self.names: list[str] = []
        self.constants: list[Json] = []

    def collect(self, value: Value, *, first: bool) -> None:
        """Take one positional argument; in the first, and beside tensors, what is not known is one too."""
        items, fields = listed(value), named(value)
        if isinstance(value, Signal):
            self.tensors.append(value)
        elif items is not None and (first or signals_in(items)):
            for each in items:
                self.collect(each, first=True)
        elif fields is not None and (first or signals_in(fields.values())):
            if first:
                self.names.extend(fields)
            for each in fields.values():
                self.collect(each, first=True)
        elif first and value is None:
            self.tensors.append(None)
        elif first:
            self.tensors.append(self.machine.as_signal(value, self.op))
        elif value is not None:
            self.constants.append(json_of(value))


def _walk(
    class_name: str, machine: Machine, instance: Instance, args: Sequence[Value], keywords: Mapping[str, Value]
) -> Value:
    op = class_name
    collector = _Collector(machine, op)
    training = keywords.get("training")
    if len(args) == 2 and isinstance(args[1], bool | ByPhase):
        args, training = args[:1], args[1]
    for position, value in enumerate(args):
        collector.collect(value, first=position == 0 or class_name in _ATTENTION)
    many = len(collector.tensors)
    others: dict[str, object] = {}
    for name, value in keywords.items():
        if name in {"training", REST}:
            continue
        if signals_in([value]) or (not args and not collector.tensors):
            collector.collect(value, first=True)
        else:
            others[name] = as_json(value)
    inputs = tuple(collector.tensors)
    present = tuple(signal for signal in inputs if signal is not None)
    entry = Json(entry_of(instance), "", "")
    literal = in_training(training) if not isinstance(training, ByPhase) else None
    if not isinstance(literal, bool) or (literal and machine.guarded):
        literal = None
    arguments = Arguments(
        (None,) * len(inputs),
        many,
        tuple(collector.names) if len(collector.names) == (many or len(inputs)) else (),
        {},
        tuple(collector.constants),
        Json(others, "", ""),
        literal,
        literal is not None,
    )
    context = Context(frozen=frozen(instance))
    try:
        outputs = _count_outputs(class_name, instance, keywords)
        use = Use(present, arguments, context, (UNKNOWN,) * outputs)
        signals = _walker(machine).run(instance, entry, inputs, use)
    except LoadError as error:
        return machine.barrier(op, present, str(error.reason), layer=instance)
    return signals[0] if len(signals) == 1 else list(signals)


def _count_outputs(class_name: str, instance: Instance, keywords: Mapping[str, Value]) -> int:
    """Return how many tensors a layer returns: with its states, or with the scores of attention."""
    if keywords.get("return_attention_scores") is True:
        return 2
    return 1 + _states(class_name, Json(instance.extra["config"], "", ""))


def _states(class_name: str, config: Json) -> int:
    if class_name == "Bidirectional":
        inner = config["layer"]
        return 2 * _states(inner["class_name"].name(), inner["config"]) if inner.is_object else 0
    if class_name not in LAYERS and class_name != "RNN":
        return 0
    if config["return_state"].flag(default=False) is not True:
        return 0
    if class_name == "RNN":
        cell = config["cell"]
        class_name = cell["class_name"].name().removesuffix("Cell") if cell.is_object else ""
    return _STATES.get(class_name, 1)


def shape_of(value: Value) -> tuple[Value, ...] | None:
    """Return a shape that the program gives as a tuple, a list or one number; None where it gives none."""
    value = in_training(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    return tuple(cast("Sequence[Value]", value)) if isinstance(value, tuple | list) else None
