"""From a Keras config to nodes: models, nested models, wrappers and layers, in topological order.

Knows how Keras puts layers together; what a layer means is in `layers` and `operators`, what a call looks like in
`arguments`. Nothing here is specific to one model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import UNKNOWN, Builder, Edge, Size, Tensor, Unknown
from lintnet.loaders.keras.activations import NO_ACTIVATION, read_activation
from lintnet.loaders.keras.arguments import Arguments, Reference, Shape, read_arguments, read_references
from lintnet.loaders.keras.call import Attributes, Call, Described
from lintnet.loaders.keras.config import BATCH, MOST_AXES, Json, read_sizes
from lintnet.loaders.keras.layers import LAYERS, RECURRENT_CELLS
from lintnet.loaders.keras.operators import OPERATORS, function_name, snake
from lintnet.loaders.limits import MIB
from lintnet.loaders.signals import Signal, refine, with_channel, without_axis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lintnet.loaders.keras.call import Row

__all__ = [
    "STRUCTURES",
    "Context",
    "Place",
    "Signals",
    "Use",
    "Walker",
    "fold",
    "input_shape",
    "is_functional",
    "is_sequential",
]

_HOME: Final = frozenset({"keras", "tf_keras", "keras_core", "tensorflow", "builtins"})
_FUNCTIONAL_KEYS: Final = ("layers", "input_layers", "output_layers")
_SEQUENTIAL: Final = frozenset({"Sequential"})
_PIPELINE: Final = "Pipeline"
_INPUT: Final = "InputLayer"
_OPERATOR_CLASSES: Final = frozenset(
    {"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer"}
)
_LONGEST_NAMES: Final = 16 * MIB
_RANDOM_KINDS: Final = frozenset({"dropout", "noise"})
_INTEGERS: Final = ("int", "uint", "string", "bool")

STRUCTURES: Final[Mapping[str, str]] = {
    "Activation": "activation",
    "TimeDistributed": "per step",
    "Bidirectional": "both directions",
    "RNN": "cells",
    "SpectralNormalization": "inside",
    "WeightNormalization": "inside",
    **{f"Separable{word}{n}D": "two convs" for word in ("Conv", "Convolution") for n in (1, 2, 3)},
}
"""Classes that are several nodes, or whose meaning lies in another layer inside, and how each is read."""

Signals = tuple[Signal, ...]


def is_functional(config: Json) -> bool:
    """Whether a config describes a graph of layers, whatever its class is called."""
    return config.has(*_FUNCTIONAL_KEYS)


def is_sequential(layer: Json) -> bool:
    """Whether a layer is a chain of layers; in Keras 1 the config is itself the list."""
    name = layer["class_name"].value
    return isinstance(name, str) and name in _SEQUENTIAL and (layer["config"].is_list or layer["config"].has("layers"))


@dataclass(frozen=True, slots=True)
class Context:
    """Where in the nesting a layer stands.

    name and identity are dotted prefixes, scope the same with made-up names replaced. folded are the sizes of axes that
    a wrapper folds into the batch, outermost first: they are in the tensors but not in what the inner layer sees.
    """

    name: str = ""
    scope: str = ""
    identity: str = ""
    frozen: bool = False
    training: bool | None = None
    folded: tuple[Size, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a layer: what it is called on, how, where, and what the file records of the shapes of its results."""

    inputs: Signals
    arguments: Arguments
    context: Context
    recorded: tuple[Shape, ...] = (UNKNOWN,)


class Place(NamedTuple):
    """How a node is called, its address, and the identity of its layer."""

    name: str
    scope: str
    identity: str


@dataclass(slots=True)
class _Model:
    """A functional model while it is read."""

    layers: dict[str, Json]
    calls: dict[str, list[Arguments]]
    inputs: list[tuple[str, Reference]]
    outputs: list[tuple[str, Reference]]
    shapes: dict[Reference, Shape] = field(default_factory=dict[Reference, "Shape"])
    used: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    results: dict[tuple[str, int], Signals] = field(default_factory=dict[tuple[str, int], "Signals"])

    def use(self, reference: Reference | None) -> None:
        """Remember the highest output of a call that is used."""
        if reference is not None:
            key = (reference.layer, reference.node)
            self.used[key] = max(self.used.get(key, 0), reference.tensor)


class _Counting:
    """From which number on the calls of each layer are counted in some references.

    A nested model is born with a call that links its input to its output and is not saved. Keras 2 counts it in every
    reference, Keras 3 only in `output_layers`, and neither for a Sequential without input. What the references use
    decides; where that is ambiguous, the generation does.
    """

    def __init__(
        self,
        layers: dict[str, Json],
        calls: dict[str, list[Arguments]],
        references: list[Reference],
        *,
        ends: bool,
    ) -> None:
        used: dict[str, set[int]] = {}
        for reference in references:
            used.setdefault(reference.layer, set()).add(reference.node)
        self.first: dict[str, int] = {}
        for name, numbers in used.items():
            functional = is_functional(layers[name]["config"])
            if not calls[name] or not (functional or is_sequential(layers[name])) or 0 in numbers:
                continue
            old = calls[name][0].literal
            if len(calls[name]) in numbers or old or (ends and functional):
                self.first[name] = 1

    def from_zero(self, reference: Reference) -> Reference:
        """Count the call from 0."""
        shift = self.first.get(reference.layer)
        return reference if shift is None else reference._replace(node=reference.node - shift)

    def from_zero_in(self, call: Arguments) -> Arguments:
        """Count the calls that a call refers to from 0."""
        if not self.first:
            return call
        tensors = tuple(None if reference is None else self.from_zero(reference) for reference in call.tensors)
        shapes = {self.from_zero(reference): shape for reference, shape in call.shapes.items()}
        return replace(call, tensors=tensors, shapes=shapes)


class Walker:
    """Adds the nodes of a model to a builder."""

    def __init__(self, layout: int | Unknown, room: int, builder: Builder | None = None) -> None:
        """Start empty; `layout` is the channel axis where nothing tells, `room` how many calls there may be."""
        self.builder = Builder() if builder is None else builder
        self.layout = layout
        self.room = room
        self.unfolded = 0
        self.uncalled: dict[str, None] = {}  # in order
        self._opened: dict[int, _Model] = {}
        self._ordinals: dict[tuple[str, str], dict[str, int]] = {}
        self.overridden = 0
        self._named = 0
        self._structures = {name: self._reader(word) for name, word in STRUCTURES.items()}

    def _reader(self, word: str) -> Callable[[Json, Use], Signals]:
        return {
            "activation": self._activation_layer,
            "per step": self._time_distributed,
            "both directions": self._bidirectional,
            "cells": self._repeated_cell,
            "inside": self._wrapped,
            "two convs": self._separable,
        }[word]

    # Models.

    def top(self, model: Json) -> list[tuple[str, str, Signal]]:
        """Read the outermost model and return for every output its key, the name of its layer, and the tensor."""
        config = model["config"]
        context = Context(frozen=_is_frozen(config))
        if is_functional(config):
            inner = self._open(config)
            for _, reference in inner.inputs:
                self._input(inner, reference, context)
            self._run(inner, context)
            return [(key, ref.layer, self._take(inner, ref, config["output_layers"])) for key, ref in inner.outputs]
        layers = _chain_layers(model)
        signals, last = self._chain(layers, self._chain_input(model, layers), context)
        return [("", last, signal) for signal in signals]

    def opaque(self, model: Json, reason: str) -> list[tuple[str, str, Signal]]:
        """Stand one unknown node for a model whose inside the file does not hold."""
        name = model["class_name"].name()
        shape = read_sizes(model["build_config"]["input_shape"]) if model["build_config"].is_object else UNKNOWN
        if not isinstance(shape, Unknown):
            shape = (BATCH, *shape[1:])  # the batch it happened to be built on
        start = self._add("input", (), (Tensor(shape), UNKNOWN), op=_INPUT, context=Context(), attributes={})
        place = Place(name, name, name)
        node = self._add(
            "unknown",
            (start,),
            (Tensor(), UNKNOWN),
            op=name,
            context=Context(),
            attributes={"reason": reason},
            place=place,
        )
        return [("", name, node)]

    def _open(self, config: Json) -> _Model:
        """Return a functional model, ready to be run; one that is called often is read once."""
        key = id(config.value)  # the parsed text outlives the walk, so the id stays its own
        if key not in self._opened:
            self._opened[key] = self._read_model(config)
        return replace(self._opened[key], results={})

    def _read_model(self, config: Json) -> _Model:
        layers: dict[str, Json] = {}
        for entry in config["layers"].items():
            name = _layer_name(entry)
            if name in layers:
                entry.fail(f"there are two layers {name!r}")
            layers[name] = entry
        names = frozenset(layers)
        calls: dict[str, list[Arguments]] = {}
        for name, entry in layers.items():
            nodes = entry["inbound_nodes"]
            calls[name] = [] if nodes.missing else [read_arguments(node, names) for node in nodes.items()]
        every = [call for each in calls.values() for call in each]
        inside = _Counting(layers, calls, [ref for call in every for ref in call.tensors if ref], ends=False)
        calls = {name: [inside.from_zero_in(call) for call in each] for name, each in calls.items()}
        inputs = read_references(config["input_layers"], names)
        outputs = read_references(config["output_layers"], names)
        ends = _Counting(layers, calls, [reference for _, reference in outputs], ends=True)
        outputs = [(key, ends.from_zero(reference)) for key, reference in outputs]
        model = _Model(layers, calls, inputs, outputs)
        for call in (call for each in calls.values() for call in each):
            model.shapes.update(call.shapes)
            for reference in call.tensors:
                model.use(reference)
        for _, reference in (*inputs, *outputs):
            model.use(reference)
        return model

    def _run(self, model: _Model, context: Context) -> None:
        """Evaluate every call in an order in which its tensors exist; iterative, since chains can be long."""
        done = model.results
        for name in model.layers:
            if not model.calls[name] and (name, 0) not in done:
                if _class_name(model.layers[name]) == _INPUT:
                    self._input(model, Reference(name, 0, 0), context)
                else:
                    self.uncalled[_join(context.name, name)] = None
        active: set[tuple[str, int]] = set()
        for name in model.layers:
            for call in range(len(model.calls[name])):
                stack = [(name, call)]
                while stack:
                    key = stack[-1]
                    if key in done:
                        stack.pop()
                        continue
                    arguments = self._arguments(model, key)
                    pending = [
                        (ref.layer, ref.node)
                        for ref in arguments.tensors
                        if ref is not None and (ref.layer, ref.node) not in done
                    ]
                    if not pending:
                        stack.pop()
                        active.discard(key)
                        done[key] = self._evaluate(model, key, arguments, context)
                        continue
                    if key in active:
                        model.layers[key[0]]["inbound_nodes"].fail("the layers form a cycle")
                    active.add(key)
                    stack.extend(pending)

    def _arguments(self, model: _Model, key: tuple[str, int]) -> Arguments:
        name, node = key
        calls = model.calls[name]
        if not 0 <= node < len(calls):
            model.layers[name].fail(f"call {node} of layer {name!r} is used, which has {len(calls)} calls")
        return calls[node]

    def _evaluate(self, model: _Model, key: tuple[str, int], arguments: Arguments, context: Context) -> Signals:
        name, node = key
        entry = model.layers[name]
        outputs = model.used.get(key, 0) + 1
        recorded = tuple(model.shapes.get(Reference(name, node, index), UNKNOWN) for index in range(outputs))
        inputs = tuple(None if ref is None else self._take(model, ref, entry) for ref in arguments.tensors)
        present = tuple(signal for signal in inputs if signal is not None)
        return self._layer(entry, inputs, Use(present, arguments, context, recorded))

    def _take(self, model: _Model, reference: Reference, at: Json) -> Signal:
        signals = model.results.get((reference.layer, reference.node))
        if signals is None or reference.tensor >= len(signals):
            at.fail(f"output {reference.tensor} of call {reference.node} of layer {reference.layer!r} does not exist")
        return signals[reference.tensor]

    def _input(self, model: _Model, reference: Reference, context: Context) -> None:
        key = (reference.layer, reference.node)
        if key in model.results:
            return
        entry = model.layers[reference.layer]
        shape = input_shape(entry["config"])
        if isinstance(shape, Unknown):
            shape = model.shapes.get(reference, UNKNOWN)
        model.results[key] = (self._source(entry, shape, context),)

    def _source(self, entry: Json, shape: Shape, context: Context) -> Signal:
        name, dtype = _layer_name(entry), entry["config"]["dtype"].value
        tensor, width = self.assumed(shape, dtype)
        place = self._place(entry, context, "input", name)
        return self._add("input", (), (tensor, width), op=_INPUT, context=context, attributes={}, place=place)

    def assumed(self, shape: Shape, dtype: object) -> tuple[Tensor, Size]:
        """Give a tensor of the user the framework's default channel axis; token ids and flags have none."""
        rank = None if isinstance(shape, Unknown) else len(shape)
        if (isinstance(dtype, str) and dtype.startswith(_INTEGERS) and (rank or 0) < 4) or rank in {0, 1}:
            return Tensor(shape), UNKNOWN
        return with_channel(Tensor(shape), self.layout if rank is None or rank > 2 else -1)

    def _chain_input(self, model: Json, layers: list[Json]) -> Signals:
        """The input of a chain that is a model of its own."""
        config = model["config"]
        shape: Shape = UNKNOWN
        if layers:
            shape = input_shape(layers[0]["config"])
        if config.is_object and isinstance(shape, Unknown):
            shape = read_sizes(config["build_input_shape"])
        if layers and isinstance(shape, Unknown):
            shape = _build_shape(layers[0])
        if layers and _class_name(layers[0]) == _INPUT:
            return (self._source(layers[0], shape, Context()),)
        dtype = layers[0]["config"]["input_dtype"].value if layers and layers[0]["config"].is_object else None
        integers = bool(layers) and _class_name(layers[0]) in {"Embedding", "ReversibleEmbedding"}
        tensor, width = self.assumed(shape, "int32" if integers else dtype)
        return (self._add("input", (), (tensor, width), op=_INPUT, context=Context(), attributes={}),)

    def _chain(self, layers: list[Json], signals: Signals, context: Context) -> tuple[Signals, str]:
        """Call layers in order; in Keras 3 each records the shape it was built on, which is that of its input."""
        last = ""
        for position, entry in enumerate(layers):
            last = _layer_name(entry)
            if _class_name(entry) == _INPUT:
                continue
            following = layers[position + 1] if position + 1 < len(layers) else None
            recorded = UNKNOWN if following is None else _build_shape(following)
            signals = self._layer(entry, signals, Use(signals, Arguments(), context, (recorded,)))
        return signals, last

    # Layers.

    def sizes(self, call: Call, kind: str, attributes: Attributes, result: tuple[Tensor, Size]) -> Shape:
        """Return the sizes of the result of a layer, where a reader knows more of them than its row says.

        A file records them, and what is left the facts find; source needs them for what the program asks of a shape.
        """
        _ = self, call, kind, attributes, result
        return UNKNOWN

    def call_layer(self, entry: Json, inputs: tuple[Signal | None, ...], use: Use) -> Signals:
        """Add the nodes of one call of one layer that stands in no file, for a reader that makes its own entries."""
        return self._layer(entry, inputs, use)

    def _layer(self, entry: Json, inputs: tuple[Signal | None, ...], use: Use) -> Signals:
        """Read one call of a layer, whatever it is; `inputs` are those of `use` with the missing ones as None."""
        self.unfolded += len(use.recorded)  # not the nodes: a model that only hands its input on has none
        if self.unfolded > self.room:
            entry.fail(f"the model unfolds into more than {self.room} layers")
        class_name, config = _class_name(entry), entry["config"]
        if use.arguments.training is not None and use.arguments.literal:
            use = replace(use, context=replace(use.context, training=use.arguments.training))
        if is_sequential(entry) or (class_name == _PIPELINE and config.has("layers")):
            self._count_override(use, nested=True)
            return self._chain(_chain_layers(entry), use.inputs, self._enter(entry, use.context))[0]
        if is_functional(config):
            self._count_override(use, nested=True)
            return self._nested(entry, inputs[: use.arguments.positional], use)
        structure = self._structures.get(class_name) if _is_home(entry) else None
        return self._single(entry, use) if structure is None else structure(entry, use)

    def _nested(self, entry: Json, inputs: tuple[Signal | None, ...], use: Use) -> Signals:
        config = entry["config"]
        model = self._open(config)
        wanted = model.inputs
        given = _arrange([key or reference.layer for key, reference in wanted], inputs, use.arguments.names)
        if len(given) != len(wanted):
            entry.fail(f"the nested model has {len(wanted)} inputs and is called on {len(given)}")
        inner = self._enter(entry, use.context)
        for (_, reference), signal in zip(wanted, given, strict=True):
            if signal is None:
                self._input(model, reference, inner)
                continue
            tensor, width = refine(signal.tensor, signal.width, input_shape(model.layers[reference.layer]["config"]))
            model.results[reference.layer, reference.node] = (Signal(signal.edge, tensor, width),)
        self._run(model, inner)
        return tuple(self._take(model, reference, config["output_layers"]) for _, reference in model.outputs)

    def _enter(self, entry: Json, context: Context) -> Context:
        """Return the context of what is inside a layer."""
        place = self._place(entry, context, snake(_class_name(entry)), _layer_name(entry))
        frozen = context.frozen or _is_frozen(entry["config"])
        return replace(context, name=place.name, scope=place.scope, identity=place.identity, frozen=frozen)

    def _place(self, entry: Json, context: Context, word: str, name: str) -> Place:
        """Name a layer. A name that Keras made up is replaced in the scope by a word and an ordinal per layer."""
        shared = entry["shared_object_id"].value
        identity = f"@{shared}" if isinstance(shared, int) else _join(context.identity, name)
        # Names of nested models are put together: a small file can ask for any number of long ones.
        self._named += len(context.name) + len(name)
        if self._named > _LONGEST_NAMES:
            entry.fail(f"the names of nested layers are longer than {_LONGEST_NAMES} characters in all")
        if not _is_auto(entry, name):
            return Place(_join(context.name, name), _join(context.scope, name), identity)
        ordinals = self._ordinals.setdefault((context.scope, word), {})
        ordinal = ordinals.setdefault(identity, len(ordinals))
        return Place(_join(context.name, name), _join(context.scope, f"{word}#{ordinal}"), identity)

    def _single(
        self,
        entry: Json,
        use: Use,
        meaning: Json | None = None,
        extra: Attributes | None = None,
        flow: Attributes | None = None,
    ) -> Signals:
        """Add a layer that is one node, and its activation as another.

        `meaning` is the layer whose class and config are read, where that is not the layer that has the name: the
        cell of an RNN, the layer inside a wrapper. `extra` are attributes that the place adds, `flow` those that hold
        for the result in place of the layer's own.
        """
        meaning = meaning or entry
        row, reason = _row(meaning)
        if row is None:
            return self._emit(entry, use, "unknown", {"reason": reason}, (Tensor(), UNKNOWN))
        call = self._call(meaning, use)
        kind, attributes = row.read(call)
        attributes |= extra or {}
        self._count_override(use, kind=kind)
        result = row.flow(call, {**attributes, **(flow or {})})
        sizes = self.sizes(call, kind, attributes, result)
        signals = self._emit(entry, use, kind, attributes, refine(*result, sizes))
        if not row.activates or kind == "unknown" or call.config["activation"].missing:
            return signals
        owner = self._place(entry, use.context, kind, _layer_name(entry))
        place = Place(*(_join(part, "activation") for part in owner))
        return (self._activation(call.config["activation"], signals[0], use.context, place), *signals[1:])

    def _call(self, meaning: Json, use: Use) -> Call:
        config, shape = meaning["config"], _build_shape(meaning)
        if not config.is_object:
            config = Json({}, config.at, config.path)
        inputs = use.inputs
        if inputs and not isinstance(shape, Unknown):
            tensor, width = refine(inputs[0].tensor, inputs[0].width, shape)
            inputs = (Signal(inputs[0].edge, tensor, width), *inputs[1:])
        arguments, context = use.arguments, use.context
        return Call(
            config, inputs, arguments.constants, arguments.keywords, context.frozen, context.training, self.layout
        )

    def _emit(self, entry: Json, use: Use, kind: str, attributes: Attributes, result: tuple[Tensor, Size]) -> Signals:
        result = refine(*result, use.recorded[0])
        place = self._place(entry, use.context, kind, _layer_name(entry))
        channel = result[0].channel if kind == "split" else UNKNOWN
        others = [with_channel(Tensor(shape), channel) for shape in use.recorded[1:]]
        more = tuple(tensor for tensor, _ in others)
        op = _function(entry) or _class_name(entry)
        first = self._add(
            kind, use.inputs, result, op=op, context=use.context, attributes=attributes, place=place, more=more
        )
        return first, *(Signal(Edge(first.edge.node, index), *each) for index, each in enumerate(others, 1))

    def _activation(self, value: Json, signal: Signal, context: Context, place: Place) -> Signal:
        """Add the activation of a layer as a node of its own; `linear` is none."""
        kind, attributes = self._read_function(value, signal)
        if kind == "identity":
            return signal
        op = value.value if isinstance(value.value, str) else "activation"
        if value.is_object:
            op = str(value["class_name"].value)
        result = (signal.tensor, signal.width)
        return self._add(kind, (signal,), result, op=op, context=context, attributes=attributes, place=place)

    def _read_function(self, value: Json, signal: Signal) -> Described:
        """Read an activation: a name, a serialised function, or a layer such as LeakyReLU."""
        name = value.value
        if value.is_object:
            if isinstance(value["config"].value, str):
                name = value["config"].value
            elif value["class_name"].value == "__lambda__":
                return "unknown", {"reason": "Lambda: its code is not decoded"}
            else:
                row, reason = _row(value)
                if row is None:
                    return "unknown", {"reason": reason}
                return row.read(Call(value["config"], (signal,), layout=self.layout))
        if isinstance(name, Unknown):
            return "unknown", {"reason": ": ".join(filter(None, ("an activation that is not known", name.why)))}
        if not isinstance(name, str):
            value.fail("the name of an activation is expected")
        if name in NO_ACTIVATION:
            return "identity", {}
        return read_activation(name, signal) or ("unknown", {"reason": f"custom activation {name}"})

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
        tensor, _width = result
        if not isinstance(tensor.sizes, Unknown) and len(tensor.sizes) > MOST_AXES:
            result = Tensor(), UNKNOWN
        if context.folded:
            attributes = {**attributes, "steps": len(context.folded)}
        index = self.builder.add(
            kind,
            kind if place is None else place.name,
            op=op,
            scope=context.scope if place is None else place.scope,
            auto=place is None,
            layer="" if place is None else place.identity,
            inputs=[signal.edge for signal in inputs],
            outputs=tuple(fold(each, context.folded) for each in (result[0], *more)),
            attributes=attributes,
        )
        return Signal(Edge(index), *result)

    def _count_override(self, use: Use, *, kind: str = "", nested: bool = False) -> None:
        """Count the literal `training=` arguments that Keras 3 writes and then overrides.

        For dropout and noise it writes the default as a literal false, which says nothing.
        """
        literal = use.arguments.training
        if not use.arguments.literal and literal is not None:
            chosen = nested or kind == "batch_norm" or (kind in _RANDOM_KINDS and literal)
            self.overridden += chosen

    # Layers of several nodes, and layers whose meaning lies inside.

    def _activation_layer(self, entry: Json, use: Use) -> Signals:
        if not use.inputs:
            return self._emit(
                entry, use, "unknown", {"reason": "called on nothing the file shows"}, (Tensor(), UNKNOWN)
            )
        signal = use.inputs[0]
        described = self._read_function(entry["config"]["activation"], signal)
        return self._emit(entry, use, *described, (signal.tensor, signal.width))

    def _time_distributed(self, entry: Json, use: Use) -> Signals:
        """Call the inner layer on every step: the time axis is folded into the batch."""
        size: Size = UNKNOWN
        if use.inputs and not isinstance(use.inputs[0].tensor.sizes, Unknown):
            size = next(iter(use.inputs[0].tensor.sizes[1:2]), UNKNOWN)
        context = replace(self._enter(entry, use.context), folded=(*use.context.folded, size))
        steps = tuple(without_axis(signal, 1) for signal in use.inputs)
        recorded = tuple(s if isinstance(s, Unknown) else s[:1] + s[2:] for s in use.recorded)
        results = self._layer(entry["config"]["layer"], steps, Use(steps, use.arguments, context, recorded))
        return tuple(Signal(each.edge, fold(each.tensor, (size,)), each.width) for each in results)

    def _wrapped(self, entry: Json, use: Use) -> Signals:
        """Spectral or weight normalisation: the weights change, the data goes through the inner layer."""
        inner = replace(use, context=self._enter(entry, use.context))
        return self._layer(entry["config"]["layer"], use.inputs, inner)

    def _bidirectional(self, entry: Json, use: Use) -> Signals:
        inner = entry["config"]["layer"]
        if _class_name(inner) == "RNN":
            inner = _cell_meaning(inner["config"]["cell"], inner["config"], _returns_all(inner["config"]))
        row, _ = _row(inner)
        if row is None or "units" not in inner["config"].mapping():
            reason = f"Bidirectional around {_class_name(inner)}"
            return self._emit(entry, use, "unknown", {"reason": reason}, (Tensor(), UNKNOWN))
        # Only `concat`, the default, puts both directions side by side.
        merge = entry["config"]["merge_mode"].text("concat")
        width: int | Unknown = UNKNOWN if isinstance(merge, Unknown) else 2 if merge == "concat" else 1
        return self._single(entry, use, inner, {"directions": 2}, {"directions": width})

    def _repeated_cell(self, entry: Json, use: Use) -> Signals:
        """An `RNN` over a cell; stacked cells are recurrent layers behind each other."""
        config = entry["config"]
        cell, every = config["cell"], _returns_all(config)
        cells = cell["config"]["cells"].items() if _class_name(cell) == "StackedRNNCells" else [cell]
        if len(cells) == 1:
            return self._single(entry, use, _cell_meaning(cells[0], config, every))
        inner = replace(use, context=self._enter(entry, use.context))
        for each in cells[:-1]:
            step = replace(inner, recorded=(UNKNOWN,))
            inner = replace(inner, inputs=self._single(each, step, _cell_meaning(each, config, every=True))[:1])
        return self._single(cells[-1], inner, _cell_meaning(cells[-1], config, every)) if cells else use.inputs

    def _separable(self, entry: Json, use: Use) -> Signals:
        """A depthwise conv, then a 1x1 conv with the bias and the activation.

        Two layers, since they hold different weights: one identity would make each look as if it were used twice.
        """
        config = entry["config"]
        spatial = next((n for n in (1, 2, 3) if f"{n}D" in _class_name(entry)), 2)
        context = self._enter(entry, use.context)
        pointwise: dict[str, object] = {
            "filters": config.first("filters", "nb_filter").value,
            "kernel_size": 1,
            "strides": 1,
            "use_bias": config.first("use_bias", "bias").value,
            "data_format": config.first("data_format", "dim_ordering").value,
        }
        parts = (
            ("depthwise", f"DepthwiseConv{spatial}D", {**config.mapping(), "use_bias": False}),
            ("pointwise", f"Conv{spatial}D", pointwise),
        )
        inputs = use.inputs
        for name, class_name, settings in parts:
            settings["activation"] = None
            fields: dict[str, object] = {"class_name": class_name, "config": settings, "name": name}
            if name == "depthwise":
                fields["build_config"] = entry["build_config"].value
            layer = Json(fields, entry.at, entry.path)
            recorded = use.recorded if name == "pointwise" else (UNKNOWN,)
            inputs = self._single(layer, Use(inputs, Arguments(), context, recorded))
        if config["activation"].missing:
            return inputs
        place = Place(*(f"{part}.activation" for part in (context.name, context.scope, context.identity)))
        return (self._activation(config["activation"], inputs[0], context, place), *inputs[1:])


# What a serialised layer says of itself.

_ORDINARY_NAME: Final = 100


def _layer_name(entry: Json) -> str:
    name = entry["name"]
    if name.missing and entry["config"].is_object:
        name = entry["config"]["name"]
    return snake(_class_name(entry)) if name.missing else name.name()


def _class_name(entry: Json) -> str:
    name = entry.mapping().get("class_name")
    # Asked for many times per layer; what is no ordinary name gets its error from `name`.
    return name if isinstance(name, str) and 0 < len(name) < _ORDINARY_NAME else entry["class_name"].name()


def _is_home(entry: Json) -> bool:
    """Whether a class is one of Keras itself: by its module, and registered without a package."""
    if ">" in _class_name(entry) or ">" in str(entry["registered_name"].value):
        return False
    if not entry.has("module"):
        return True  # Keras 1 and 2 write no module
    module = entry["module"].value
    return isinstance(module, str) and module.partition(".")[0] in _HOME


def _function(entry: Json) -> str:
    """The function behind a layer that only calls one, or an empty text."""
    config, class_name = entry["config"], _class_name(entry)
    if class_name not in _OPERATOR_CLASSES or not config.is_object:
        return ""
    if class_name == "TensorFlowOpLayer":
        definition = config["node_def"].value
        found = _NODE_DEF_OP.search(definition) if isinstance(definition, str) else None
        if found:
            return found.group(1)
        return config["node_def"]["op"].name() if config["node_def"].is_object else ""
    if class_name == "SlicingOpLambda":
        return "get_item"
    found_name = config.first("function", "method_name", "attr_name", "name").value
    return found_name if isinstance(found_name, str) else ""


_NODE_DEF_OP: Final = re.compile(r'"?\bop"?:\s*"(\w+)"')


def _row(entry: Json) -> tuple[Row | None, str]:
    """Return how a layer is read, or None and the reason."""
    class_name = _class_name(entry)
    if not _is_home(entry):
        if entry.has("compile_config"):
            return None, f"subclassed model {class_name}: its body is Python code"
        return None, f"custom layer {entry['registered_name'].value or class_name}"
    function = _function(entry)
    module = entry["module"].value
    if function or (isinstance(module, str) and ".ops" in module):
        name = function_name(function or class_name)
        return OPERATORS.get(name), f"operator {name} is not known"
    row = LAYERS.get(class_name)
    if row is None and not entry.has("module"):
        row = OPERATORS.get(function_name(class_name))  # an operator of Keras 3 in the older spelling of the config
    reason = f"layer {class_name} is not known" if entry.has("module") else f"custom layer {class_name}"
    return row, reason


def _is_auto(entry: Json, name: str) -> bool:
    """Whether Keras made up a name: the class in small letters, perhaps numbered."""
    class_name = _class_name(entry)
    if is_made_up(class_name, name):
        return True
    if class_name == _INPUT:
        return name.endswith("_input")
    function = _function(entry)
    return bool(function) and _NUMBERED.sub("", name).startswith(("tf.", "tf_op_layer"))


def is_made_up(class_name: str, name: str) -> bool:
    """Whether a name is one that Keras makes up for a layer of a class: `dense_1` for a `Dense`."""
    base = _NUMBERED.sub("", name)
    return base in {snake(class_name), class_name.lower()} or base in _MADE_UP.get(class_name, ())


_NUMBERED: Final = re.compile(r"_\d+$")
_MADE_UP: Final = {_INPUT: ("input", "keras_tensor"), "Functional": ("model",), "Model": ("functional", "model")}


def _is_frozen(config: Json) -> bool:
    return config.is_object and config["trainable"].value is False


def input_shape(config: Json) -> Shape:
    """The shape that a layer says it is fed with, batch first."""
    if not config.is_object:
        return UNKNOWN
    shape = config.first("batch_shape", "batch_input_shape")
    if not shape.missing:
        return read_sizes(shape)
    if not config["input_shape"].missing:  # Keras 1 has it without the batch
        sizes = read_sizes(config["input_shape"])
        return sizes if isinstance(sizes, Unknown) else (BATCH, *(UNKNOWN if s is BATCH else s for s in sizes))
    width = config["input_dim"].value
    if isinstance(width, int) and not config.has("output_dim", "embeddings_initializer"):
        return (BATCH, config["input_dim"].integer())
    return UNKNOWN


def _build_shape(entry: Json) -> Shape:
    """The shape a layer was built on, where Keras 3 records one."""
    build = entry["build_config"]
    return read_sizes(build["input_shape"]) if build.is_object else UNKNOWN


def _chain_layers(entry: Json) -> list[Json]:
    config = entry["config"]
    return config.items() if config.is_list else config["layers"].items()


def _returns_all(config: Json) -> bool:
    return config["return_sequences"].flag(default=False) is True


def _cell_meaning(cell: Json, config: Json, every: bool) -> Json:  # noqa: FBT001 - a setting of the layer
    """The recurrent layer that repeating a cell amounts to; a custom cell stays what it is."""
    if not _is_home(cell) or _class_name(cell) not in RECURRENT_CELLS:
        return cell
    settings = {**cell["config"].mapping(), "return_sequences": every}
    name = _class_name(cell).removesuffix("Cell")
    return Json({"class_name": name, "config": settings}, config.at, config.path)


def _arrange(wanted: list[str], inputs: tuple[Signal | None, ...], names: tuple[str, ...]) -> tuple[Signal | None, ...]:
    """Put the arguments of a nested model into the order of its inputs; keys decide where both sides have them."""
    if len(names) == len(inputs) and set(names) == set(wanted):
        by_name = dict(zip(names, inputs, strict=True))
        return tuple(by_name[name] for name in wanted)
    return inputs


def fold(tensor: Tensor, folded: tuple[Size, ...]) -> Tensor:
    """Put the axes back that a wrapper folded into the batch."""
    if not folded:
        return tensor
    channel = tensor.channel
    if not isinstance(channel, Unknown) and channel > 0:
        channel += len(folded)
    if isinstance(tensor.sizes, Unknown):
        return Tensor(tensor.sizes, channel)
    return Tensor((*tensor.sizes[:1], *folded, *tensor.sizes[1:]), channel)


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)
