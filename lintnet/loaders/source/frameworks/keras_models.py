"""Models of Keras in source: the functional API, Sequential, compile and fit, and models that lie outside of the file.

Knows how Keras puts layers together to models, and what a program may ask of a model; what a layer means is in
`keras_layers`. A functional model is a part of the tape, and calling it lays the same part again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

from lintnet.ir import UNKNOWN, Edge, Node, Size, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.keras.config import BATCH, Json
from lintnet.loaders.keras.walk import Walker, input_shape
from lintnet.loaders.signals import Signal
from lintnet.loaders.source.frameworks.keras_layers import ANYTHING, LAYER
from lintnet.loaders.source.frameworks.keras_losses import losses_of, training_of
from lintnet.loaders.source.frameworks.keras_values import (
    REST,
    as_json,
    frozen,
    in_training,
    layer_class,
    name_layer,
    named,
    signals_in,
    state_of,
    tape_of,
)
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.tape import OPEN
from lintnet.loaders.source.values import Bound, FrameworkClass, Instance, Symbol, Value, Weight, is_module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.keras.arguments import Shape
    from lintnet.loaders.source.tables import Attributes, Machine

__all__ = ["MODEL", "SEQUENTIAL", "finish_model", "outside_row", "rows"]

MODEL: Final = "keras.Model"
SEQUENTIAL: Final = "keras.Sequential"
_INPUT_LAYER: Final = "keras.layers.InputLayer"
_TOKENS: Final = frozenset({"Embedding", "ReversibleEmbedding"})
_RUNNING: Final = frozenset({"batch_norm"})
_RANDOM: Final = frozenset({"dropout", "noise"})


class _Graph(NamedTuple):
    """A functional model: its inputs, what it returns, and under which names."""

    inputs: tuple[Signal, ...]
    outputs: Value
    names: tuple[str, ...]


# Inputs.


def _new_input(machine: Machine, shape: Shape, dtype: Value = None, name: Value = None) -> Signal:
    """Add an input of a shape with the batch axis in front."""
    state = state_of(machine)
    if _maybe_channels_first(shape):
        state.layout = UNKNOWN if state.layout == -1 else state.layout
    kind = dtype.path.rpartition(".")[2] if isinstance(dtype, Symbol) else dtype
    tensor, width = Walker(state.layout, 0, machine.tape).assumed(shape, kind)
    text = name if isinstance(name, str) and name else state.made_up("input_layer")
    signal = machine.input(text, tensor, width=None if isinstance(width, Unknown) else width)
    row = _rows()[_INPUT_LAYER]
    layer = Instance(FrameworkClass(_INPUT_LAYER, row), row, created=machine.here)
    layer.extra.update({"name": text, "auto": not isinstance(name, str), "signal": signal})
    layer.attributes.update({"input": signal, "output": signal})
    state.owners[signal.edge.node] = layer
    return signal


def _maybe_channels_first(shape: Shape) -> bool:
    """Whether an image looks as if its channels came first; then nobody can say which axis they are."""
    if isinstance(shape, Unknown) or len(shape) != 4:
        return False
    _, first, _, last = shape
    return first in {1, 3} and isinstance(last, int) and last > 4


def _shape(value: Value, batch: Value = None) -> Shape:
    """Return a shape that a program gives without the batch axis."""
    value = in_training(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value,)
    if not isinstance(value, tuple | list):
        return UNKNOWN
    sizes = tuple(_size(each) for each in cast("Sequence[Value]", value))
    front: Size = batch if isinstance(batch, int) and not isinstance(batch, bool) else BATCH
    return (front, *sizes)


def _batch_shape(value: Value) -> Shape:
    """Return a shape that a program gives with the batch axis."""
    if not isinstance(value, tuple | list) or not value:
        return UNKNOWN
    values = list(cast("Sequence[Value]", value))
    return _shape(values[1:], values[0])


def _size(value: Value) -> Size:
    value = in_training(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else UNKNOWN


def _input(machine: Machine, bound: Bound) -> Value:
    extra = cast("Mapping[str, Value]", bound["kwargs"])
    tensor = extra.get("tensor", extra.get("input_tensor"))
    if isinstance(tensor, Signal):
        return tensor
    shape, batch = bound["shape"], in_training(bound["batch_size"])
    whole = extra.get("batch_shape", extra.get("batch_input_shape"))
    if whole is None and not isinstance(_batch_shape(batch), Unknown):
        whole, batch = batch, None  # the order of Keras 1
    sizes = _shape(extra.get("input_shape", shape) if shape is None else shape, batch)
    return _new_input(machine, sizes if whole is None else _batch_shape(whole), extra.get("dtype"), bound["name"])


def _input_made(machine: Machine, bound: Bound) -> Value:
    """An `InputLayer` object, as people put it in front of a Sequential."""
    layer = bound.layer
    if layer is not None:
        name_layer(machine, layer, in_training(bound["name"]), "input_layer")
        layer.extra["class"] = "InputLayer"
    return None


def _input_of(machine: Machine, layer: Instance) -> Signal:
    known = layer.extra.get("signal")
    if isinstance(known, Signal):
        return known
    settings = layer.settings
    values: dict[str, Value] = {} if settings is None else dict(settings.arguments)
    values.setdefault("kwargs", {})
    for name in ("shape", "batch_size", "name"):
        values.setdefault(name, None)
    values["name"] = None if layer.extra.get("auto") is True else layer.extra.get("name")
    signal = cast("Signal", _input(machine, Bound("", values)))
    layer.extra["signal"] = signal
    layer.attributes.update({"input": signal, "output": signal})
    return signal


# Functional models.


def _model_made(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None:
        return None
    args = list(cast("Sequence[Value]", bound.arguments.get("args", ())))
    keywords = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    inputs = keywords.get("inputs", keywords.get("input", args[0] if args else None))
    outputs = keywords.get("outputs", keywords.get("output", args[1] if len(args) > 1 else None))
    name = keywords.get("name", args[2] if len(args) > 2 else None)
    name_layer(machine, instance, in_training(name), "functional" if isinstance(instance.cls, FrameworkClass) else "")
    bound.arguments.clear()
    bound.arguments.update({key: value for key, value in keywords.items() if key not in {"inputs", "outputs", REST}})
    if inputs is None or outputs is None:
        return None
    ends = _as_tensors(machine, outputs)
    starts = signals_in([inputs])
    if not starts or not signals_in([ends]):
        machine.blind("a model between tensors that are not known")
        return None
    names = tuple(machine.tape.nodes[each.edge.node].name for each in starts)
    if isinstance(inputs, dict):
        names = tuple(str(key) for key in cast("Mapping[object, Value]", inputs))
    _set_graph(machine, instance, _Graph(tuple(starts), ends, names))
    instance.attributes["layers"] = _layers_between(machine, starts, signals_in([ends]))
    return None


def _as_tensors(machine: Machine, value: Value) -> Value:
    """Return the outputs of a model, with barriers for what is not known."""
    if isinstance(value, list | tuple):
        return [_as_tensors(machine, each) for each in cast("Sequence[Value]", value)]
    if isinstance(value, dict):
        return {key: _as_tensors(machine, each) for key, each in cast("Mapping[object, Value]", value).items()}
    return machine.as_signal(value, "output") if isinstance(value, Unknown) else value


def _set_graph(machine: Machine, instance: Instance, graph: _Graph) -> None:
    instance.extra["graph"] = graph
    outputs = signals_in([graph.outputs])
    inputs = list(graph.inputs)
    instance.attributes.update(
        {
            "inputs": inputs,
            "outputs": outputs,
            "input": inputs[0] if len(inputs) == 1 else inputs,
            "output": outputs[0] if len(outputs) == 1 and named(graph.outputs) is None else graph.outputs,
        }
    )
    machine.model(instance, graph.inputs, outputs)


def _between(machine: Machine, starts: Sequence[Edge], ends: Sequence[Edge]) -> list[int]:
    """Return the nodes that lead to some tensors, from others on, in the order of the tape."""
    nodes = machine.tape.nodes
    stop = set(starts)
    found: set[int] = set()
    stack = [edge.node for edge in ends if edge not in stop]
    while stack:
        index = stack.pop()
        if index in found:
            continue
        found.add(index)
        stack.extend(edge.node for edge in nodes[index].inputs if edge not in stop and edge.node not in found)
    return sorted(found)


def _layers_between(machine: Machine, starts: Sequence[Signal], ends: Sequence[Signal]) -> list[Value]:
    owners = state_of(machine).owners
    inside = _between(machine, [each.edge for each in starts], [each.edge for each in ends])
    every = [*(each.edge.node for each in starts), *inside]
    found: dict[int, Instance] = {}
    for index in every:
        owner = owners.get(index)
        if owner is not None:
            found.setdefault(id(owner), owner)
    return list(found.values())


def _run_model(machine: Machine, bound: Bound) -> Value:
    """Call a model: lay its graph again on what it is called on; on nothing that is known, it is its own graph."""
    instance = bound.layer
    if instance is None:
        return UNKNOWN
    args = list(cast("Sequence[Value]", bound.arguments.get("args", ())))
    keywords = dict(cast("Mapping[str, Value]", bound.arguments.get("kwargs", {})))
    training = in_training(keywords.pop("training", None))
    keywords.pop("mask", None)
    value = args[0] if args else next(iter(keywords.values()), UNKNOWN)
    if "layers" in instance.extra and not isinstance(instance.extra.get("graph"), _Graph):
        return _run_chain(machine, instance, value)
    graph = instance.extra.get("graph")
    name = str(instance.extra.get("name", "model"))
    if not isinstance(graph, _Graph):
        why = "a model whose layers are not known"
        return machine.barrier(name, signals_in([value]), why, layer=instance)
    given = _arrange(graph, value)
    if not signals_in(given):
        return _replaced(graph.outputs, {})
    signals = [machine.as_signal(each, name) for each in given]
    if len(signals) != len(graph.inputs):
        why = f"it has {len(graph.inputs)} inputs and is called on {len(signals)}"
        return machine.barrier(name, signals, why, layer=instance)
    literal = training if isinstance(training, bool) and not (training and machine.guarded) else None
    return _lay(machine, instance, graph, signals, training=literal)


def _arrange(graph: _Graph, value: Value) -> list[Value]:
    """Return the arguments of a model in the order of its inputs."""
    if isinstance(value, dict):
        named = {str(key): each for key, each in cast("Mapping[object, Value]", value).items()}
        if set(named) == set(graph.names):
            return [named[name] for name in graph.names]
        return list(named.values())
    return list(cast("Sequence[Value]", value)) if isinstance(value, list | tuple) else [value]


def _lay(
    machine: Machine, instance: Instance, graph: _Graph, signals: Sequence[Signal], *, training: bool | None
) -> Value:
    """Copy the nodes of a model behind other tensors, with the model's name in front of theirs."""
    tape, state = tape_of(machine), state_of(machine)
    ends = signals_in([graph.outputs])
    moved: dict[Edge, Edge] = {start.edge: signal.edge for start, signal in zip(graph.inputs, signals, strict=True)}
    name, scope = _prefix(machine, instance)
    still = frozen(instance) or training is False
    for index in _between(machine, [each.edge for each in graph.inputs], [each.edge for each in ends]):
        node = tape.nodes[index]
        if node.kind == "input":
            continue
        kind, attributes = _in_phase(node, still=still, training=training)
        copy = tape.add(
            kind,
            f"{name}.{node.name}" if name else node.name,
            op=node.op,
            scope=f"{scope}.{node.scope}" if scope else node.scope,
            layer=node.layer if tape.own[index] else "",
            inputs=[moved.get(edge, edge) for edge in node.inputs],
            outputs=node.outputs,
            attributes=attributes,
            parameters=node.parameters,
            location=node.location,
            called=node.called,
        )
        state.owners[copy] = instance
        for output in range(len(node.outputs)):
            moved[Edge(index, output)] = Edge(copy, output)
    return _replaced(graph.outputs, moved)


def _in_phase(node: Node, *, still: bool, training: bool | None) -> tuple[str, Attributes]:
    """Return a node as it is where its model is frozen, or called with a literal `training=`."""
    if node.kind in _RUNNING and still:
        return node.kind, {**node.attributes, "running": False, "mode": "inference"}
    if node.kind in _RANDOM and training is False:
        return "identity", {}
    if node.kind == "dropout" and training is True:
        return node.kind, {**node.attributes, "mode": "training"}
    return node.kind, node.attributes


def _prefix(machine: Machine, instance: Instance) -> tuple[str, str]:
    """Return the name of a model in a model, and the same for the scope, where made-up names become numbers."""
    path = machine.path_of(instance)
    if instance.owner is not None or instance.extra.get("auto") is not True:
        return path, path
    word = "sequential" if "layers" in instance.extra else "functional"
    return path, f"{word}#{state_of(machine).ordinal(word, instance)}" if path else ""


def _replaced(value: Value, moved: Mapping[Edge, Edge]) -> Value:
    if isinstance(value, Signal):
        return Signal(moved.get(value.edge, value.edge), value.tensor, value.width)
    if isinstance(value, list | tuple):
        return [_replaced(each, moved) for each in cast("Sequence[Value]", value)]
    if isinstance(value, dict):
        return {key: _replaced(each, moved) for key, each in cast("Mapping[object, Value]", value).items()}
    return value


# Sequential.


def _sequential_made(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None:
        return None
    args = cast("Sequence[Value]", bound.arguments.get("args", ()))
    keywords = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    name = keywords.get("name", args[1] if len(args) > 1 else None)
    name_layer(machine, instance, in_training(name), "sequential" if isinstance(instance.cls, FrameworkClass) else "")
    given = keywords.get("layers", args[0] if args else None)
    bound.arguments.clear()
    bound.arguments.update({key: value for key, value in keywords.items() if key not in {"layers", REST}})
    layers: list[Value] = []
    instance.extra.update({"layers": layers, "tensors": []})
    instance.attributes["layers"] = layers
    if given is not None:
        items = machine.iterate(given)
        if items is None:
            machine.blind("the layers of a Sequential are not known")
            items = [Unknown("the layers of a Sequential")]
        for each in items:
            _append(machine, instance, each)
    return None


def _add(machine: Machine, bound: Bound) -> Value:
    if bound.layer is not None and "layers" in bound.layer.extra:
        _append(machine, bound.layer, bound["layer"])
    return None


def _pop(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None or "layers" not in instance.extra:
        return None
    layers, tensors = _chain(instance)
    popped = layers.pop() if layers else None
    if len(tensors) > 1:
        tensors.pop()
        _update(machine, instance)
    return popped


def _chain(instance: Instance) -> tuple[list[Value], list[Value]]:
    """Return the layers of a Sequential, and the tensors in front of, between and behind them, if it has an input."""
    return cast("list[Value]", instance.extra["layers"]), cast("list[Value]", instance.extra["tensors"])


def _append(machine: Machine, instance: Instance, layer: Value) -> None:
    """Add a layer to a Sequential, which is traced at once if it knows its input, as Keras does."""
    layers, tensors = _chain(instance)
    layer = in_training(layer)
    if isinstance(layer, Signal) or layer_class(layer) == "InputLayer":
        if not layers and not tensors:
            tensors.append(layer if isinstance(layer, Signal) else _input_of(machine, cast("Instance", layer)))
        return
    if isinstance(layer, Instance):
        name_layer(machine, layer, None)
        machine.register(instance, str(layer.extra["name"]), layer)
        if not layers and not tensors and tape_of(machine).region == OPEN:
            start = _first_input(machine, layer)
            if start is not None:
                tensors.append(start)
    if not tensors and layer_class(layer) == "Merge":
        _branches(instance, cast("Instance", layer))
    layers.append(layer)
    if tensors:
        tensors.append(_call_one(machine, layer, tensors[-1]))
        _update(machine, instance)


def _branches(instance: Instance, merge: Instance) -> None:
    """Let a Sequential start with the models that a `Merge` of Keras 1 joins."""
    models = merge.settings.arguments.get("layers") if merge.settings is not None else None
    if not isinstance(models, list | tuple):
        return
    graphs = [each.extra.get("graph") for each in cast("Sequence[Value]", models) if isinstance(each, Instance)]
    known = [each for each in graphs if isinstance(each, _Graph)]
    if not known or len(known) != len(cast("Sequence[Value]", models)):
        return
    _layers, tensors = _chain(instance)
    instance.extra["starts"] = tuple(start for each in known for start in each.inputs)
    tensors.append([each.outputs for each in known])


def _call_one(machine: Machine, layer: Value, value: Value) -> Value:
    if isinstance(layer, Unknown):
        return (
            machine.as_signal(layer, "layer")
            if not isinstance(value, Signal)
            else machine.barrier("layer", [value], layer.why or "a layer that is not known")
        )
    return machine.call(layer, [value])


def _first_input(machine: Machine, layer: Instance) -> Signal | None:
    """Make the input of a Sequential from what its first layer says of it."""
    graph = layer.extra.get("graph")
    if isinstance(graph, _Graph) and len(graph.inputs) == 1:
        tensor = graph.inputs[0].tensor
        return _new_input(machine, tensor.sizes)
    settings = layer.settings
    config = layer.extra.get("config")
    if settings is None:
        return None
    values = {name: as_json(value) for name, value in settings.arguments.items()}
    if isinstance(config, dict):
        values = cast("dict[str, object]", config)
    if not values.keys() & {"batch_input_shape", "batch_shape", "input_shape", "input_dim", "input_length"}:
        return None
    try:
        shape = _declared(values, tokens=layer_class(layer) in _TOKENS)
    except LoadError:
        return None  # a shape of a wrong type
    dtype = "int32" if layer_class(layer) in _TOKENS else settings.arguments.get("input_dtype")
    if isinstance(shape, Unknown) and "input_shape" not in values and "batch_input_shape" not in values:
        return None
    return _new_input(machine, shape, dtype)


def _declared(values: Mapping[str, object], *, tokens: bool) -> Shape:
    length = values.get("input_length")
    if tokens:
        return (BATCH, length if isinstance(length, int) else UNKNOWN) if "input_shape" not in values else UNKNOWN
    for name in ("batch_input_shape", "batch_shape"):
        if values.get(name) is not None:
            return _batch_shape(values[name])
    if values.get("input_shape") is not None:
        return _shape(values["input_shape"])
    width = values.get("input_dim")
    if "input_length" in values and isinstance(width, int):
        return (BATCH, length if isinstance(length, int) else UNKNOWN, width)
    return input_shape(Json(dict(values), "", ""))


def _update(machine: Machine, instance: Instance) -> None:
    _layers, tensors = _chain(instance)
    starts = cast("tuple[Signal, ...]", instance.extra.get("starts") or tuple(signals_in(tensors[:1])))
    if starts and signals_in(tensors[-1:]):
        names = tuple(machine.tape.nodes[start.edge.node].name for start in starts)
        _set_graph(machine, instance, _Graph(starts, tensors[-1], names))


def _run_chain(machine: Machine, instance: Instance, value: Value) -> Value:
    """Call the layers of a Sequential that has no input of its own, in order."""
    layers, _tensors = _chain(instance)
    before = len(machine.tape.nodes)
    for layer in layers:
        value = _call_one(machine, layer, value)
    owners = state_of(machine).owners
    owners.update(dict.fromkeys(range(before, len(machine.tape.nodes)), instance))
    return value


def _build(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None:
        return None
    shape = _batch_shape(bound["input_shape"])
    instance.extra["shape"] = shape
    if "layers" in instance.extra and tape_of(machine).region == OPEN:
        _trace(machine, instance, shape)
    return None


def _trace(machine: Machine, instance: Instance, shape: Shape) -> None:
    """Lay the graph of a Sequential that was made without an input."""
    layers, tensors = _chain(instance)
    if tensors or not layers:
        return
    tokens = layer_class(layers[0]) in _TOKENS
    tensors.append(_new_input(machine, shape, "int32" if tokens else None))
    for layer in layers:
        tensors.append(_call_one(machine, layer, tensors[-1]))
    _update(machine, instance)


def finish_model(machine: Machine, instance: Instance) -> None:
    """Put a Keras model onto the tape that the program made and never called, if it can be known without a call."""
    if "layers" in instance.extra and not isinstance(instance.extra.get("graph"), _Graph):
        _trace(machine, instance, UNKNOWN)


# What programs ask of models.


def _compile(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    if instance is None:
        return None
    graph = instance.extra.get("graph")
    outputs: list[tuple[str, str, Signal | None]] = [("", "", None)]
    if isinstance(graph, _Graph):
        outputs = _ends(machine, graph)
        _freeze(machine, instance, graph)
    elif isinstance(bound["loss"], list | tuple):
        outputs *= max(1, len(cast("Sequence[Value]", bound["loss"])))
    losses = losses_of(machine, bound["loss"], outputs)
    machine.compile(instance, losses, training_of(bound["optimizer"]))
    return None


def _ends(machine: Machine, graph: _Graph) -> list[tuple[str, str, Signal | None]]:
    owners = state_of(machine).owners
    keyed: list[tuple[str, Value]] = [("", graph.outputs)]
    fields = named(graph.outputs)
    if fields is not None:
        keyed = list(fields.items())
    found: list[tuple[str, str, Signal | None]] = []
    for key, value in keyed:
        for signal in signals_in([value]):
            owner = owners.get(signal.edge.node)
            found.append((key, str(owner.extra.get("name", "")) if owner is not None else "", signal))
    return found


def _freeze(machine: Machine, instance: Instance, graph: _Graph) -> None:
    """Let the batch norms be still that were told not to train after they were called."""
    tape, owners = machine.tape, state_of(machine).owners
    ends = [each.edge for each in signals_in([graph.outputs])]
    whole = instance.attributes.get("trainable") is False
    for index in _between(machine, [each.edge for each in graph.inputs], ends):
        node = tape.nodes[index]
        if node.kind not in _RUNNING or node.attributes.get("mode") == "inference":
            continue
        owner = owners.get(index)
        if whole or (owner is not None and frozen(owner)):
            kind, attributes = _in_phase(node, still=True, training=None)
            tape.nodes[index] = node._replace(kind=kind, attributes=attributes)


def _fit(machine: Machine, bound: Bound) -> Value:
    args = cast("Sequence[Value]", bound["args"])
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    batch = keywords.get("batch_size", args[2] if len(args) > 2 else None)
    if bound.layer is not None and isinstance(batch, int):
        machine.compile(bound.layer, [], training_of(None, batch))
    return Unknown("the history of a training")


def _get_layer(machine: Machine, bound: Bound) -> Value:
    _ = machine
    if bound.layer is None:
        return UNKNOWN
    layers = bound.layer.attributes.get("layers")
    name, place = in_training(bound["name"]), in_training(bound["index"])
    if not isinstance(layers, list):
        return Unknown("a layer of a model whose layers are not known")
    every = cast("list[Value]", layers)
    if isinstance(name, int):
        name, place = None, name
    if isinstance(place, int) and -len(every) <= place < len(every):
        return every[place]
    for layer in every:
        if isinstance(layer, Instance) and layer.extra.get("name") == name and name is not None:
            return layer
    return Unknown("a layer that is not found by its name")


def _nothing(_machine: Machine, _bound: Bound) -> Value:
    return None


def _not_known(_machine: Machine, bound: Bound) -> Value:
    return Unknown(f"the result of `{bound.path.rpartition('.')[2]}`")


def _itself(_machine: Machine, bound: Bound) -> Value:
    return bound.layer


def _add_weight(_machine: Machine, bound: Bound) -> Value:
    args = cast("Sequence[Value]", bound["args"])
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    shape = keywords.get("shape")
    if shape is None:
        # Keras 3 and 1 have the shape first, Keras 2 the name.
        shape = next((each for each in args[:2] if _shape(each) is not UNKNOWN), UNKNOWN)
    sizes: tuple[Size, ...] | Unknown = UNKNOWN
    if isinstance(shape, tuple | list):
        sizes = tuple(_size(each) for each in cast("Sequence[Value]", shape))
    trainable = in_training(keywords.get("trainable", True))
    return Weight(sizes, trainable=trainable is not False)


def _layer_call(machine: Machine, bound: Bound) -> Value:
    """A layer of the program whose class has no `call`, or one that is called through `super().__call__`."""
    args = cast("tuple[Value, ...]", bound.arguments.get("args", ()))
    why = "a layer of the program without a `call` that could be read"
    name = str(bound.layer.extra.get("name", "layer")) if bound.layer is not None else "layer"
    return machine.barrier(name, signals_in(args), why, layer=bound.layer)


def _layer_made(machine: Machine, bound: Bound) -> Value:
    """`super().__init__(**kwargs)` of a layer that the program defines."""
    instance = bound.layer
    if instance is None:
        return None
    keywords = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    args = cast("Sequence[Value]", bound.arguments.get("args", ()))
    text = next((each for each in args[:1] if isinstance(each, str)), None)
    name_layer(machine, instance, in_training(keywords.get("name", text)))
    bound.arguments.clear()
    bound.arguments.update({key: value for key, value in keywords.items() if key != REST})
    return None


# Models that lie outside of the file.

_PRETRAINED_CALL: Final = "a model of {home}, whose inside is not in this file"


def outside_row(path: str) -> Row | None:
    """Make the row of a function that returns a whole model from outside: `keras.applications.VGG16`."""
    home, _, name = path.rpartition(".")
    if path in {"keras.models.load_model", "keras.saving.load_model", "keras.models.model_from_json"}:
        return Row(ANYTHING, _loaded, pure=True)
    if home.startswith("keras.applications") and name[:1].isupper():
        return Row(ANYTHING, _pretrained, pure=True)
    if name == "obtain_input_shape":
        return Row(
            "input_shape, default_size, min_size, data_format, require_flatten, weights=None", _wanted, pure=True
        )
    if name == "correct_pad":
        return Row("inputs, kernel_size", _correct_pad)
    if home.startswith("keras.applications") and name == "preprocess_input":
        return Row(ANYTHING, _preprocess)
    return None


def _preprocess(machine: Machine, bound: Bound) -> Value:
    """`preprocess_input(x)`: arithmetic on the input that changes no shape."""
    signals = signals_in(cast("Sequence[Value]", bound["args"]))
    if not signals:
        return Unknown("preprocessed input")
    x = signals[0]
    width = None if isinstance(x.width, Unknown) else x.width
    return machine.emit("affine", [x], x.tensor, {"constant": UNKNOWN}, op="preprocess_input", width=width)


def _wanted(machine: Machine, bound: Bound) -> Value:
    """The shape of the images of a model: as asked for, else the default if it has a head."""
    shape, size, head = in_training(bound["input_shape"]), bound["default_size"], in_training(bound["require_flatten"])
    if isinstance(shape, tuple | list):
        return tuple(cast("Sequence[Value]", shape))
    layout = state_of(machine).layout
    if shape is not None or not isinstance(head, bool | str) or isinstance(layout, Unknown):
        return Unknown("the shape of the images")
    side = size if head else None
    return (3, side, side) if layout == 1 else (side, side, 3)


def _correct_pad(machine: Machine, bound: Bound) -> Value:
    """The padding in front of a conv of stride 2, as MobileNet and EfficientNet have it."""
    x, kernel = bound.signal("inputs"), bound.axes("kernel_size", 2)
    sizes = x.tensor.sizes if x is not None else UNKNOWN
    layout = state_of(machine).layout
    if isinstance(sizes, Unknown) or len(sizes) != 4 or isinstance(kernel, Unknown) or isinstance(layout, Unknown):
        return Unknown("a padding")
    found: list[tuple[int, int]] = []
    for size, width in zip(sizes[2:] if layout == 1 else sizes[1:3], kernel, strict=True):
        if isinstance(size, Unknown) or isinstance(width, Unknown):
            return Unknown("a padding")
        found.append((width // 2 - (1 - size % 2), width // 2))
    return tuple(found)


def _outside(
    machine: Machine, path: str, why: str, *, shape: Shape = UNKNOWN, tensor: Value = None, name: Value = None
) -> Instance:
    """Make a model whose inside is not known, with an input and an output that can be taken from it."""
    row = _rows()[f"{MODEL}.outside"]
    instance = Instance(FrameworkClass(f"{MODEL}.outside", row), row, created=machine.here)
    word = path.rpartition(".")[2]
    name_layer(machine, instance, name, word.lower())
    instance.settings = Bound(path, {}, layer=instance)
    instance.extra["why"] = why
    instance.attributes["layers"] = Unknown(why)
    instance.attributes["name"] = instance.extra["name"]
    if tape_of(machine).region == OPEN:
        start = tensor if isinstance(tensor, Signal) else _new_input(machine, shape)
        end = machine.barrier(word, [start], why, layer=instance)
        state_of(machine).owners[end.edge.node] = instance
        instance.attributes.update({"input": start, "output": end, "inputs": [start], "outputs": [end]})
    return instance


def _pretrained(machine: Machine, bound: Bound) -> Value:
    keywords = cast("Mapping[str, Value]", bound["kwargs"])
    shape = _shape(keywords.get("input_shape"))
    why = _PRETRAINED_CALL.format(home=bound.path.rpartition(".")[0])
    tensor, name = keywords.get("input_tensor"), in_training(keywords.get("name"))
    return _outside(machine, bound.path, why, shape=shape, tensor=tensor, name=name)


def _loaded(machine: Machine, bound: Bound) -> Value:
    why = "a model that is loaded from a file when the program runs"
    return _outside(machine, bound.path, why, name="loaded_model")


def _run_outside(machine: Machine, bound: Bound) -> Value:
    instance = bound.layer
    args = cast("Sequence[Value]", bound.arguments.get("args", ()))
    keywords = cast("Mapping[str, Value]", bound.arguments.get("kwargs", {}))
    signals = signals_in((*args, *keywords.values()))
    if instance is None or not signals:
        return Unknown("a model whose inside is not in this file")
    word = instance.settings.path.rpartition(".")[2] if instance.settings is not None else "model"
    return machine.barrier(word, signals, str(instance.extra.get("why", "")), layer=instance)


def _clone(_machine: Machine, bound: Bound) -> Value:
    args = cast("Sequence[Value]", bound["args"])
    return args[0] if args and is_module(args[0]) else Unknown("a copy of a model")


_NOTHING: Final = """
add_loss add_metric add_update build_from_config summary save save_weights save_model export reset_states reset_state
reset_metrics set_weights load_weights load_own_variables save_own_variables make_train_function make_test_function
reset_values call_layer finalize_state adapt quantize compile_from_config _set_dtype_policy
"""
_UNKNOWN_RESULTS: Final = """
evaluate predict predict_on_batch predict_generator evaluate_generator train_on_batch test_on_batch to_json to_yaml
get_weights get_config count_params compute_output_shape compute_mask compute_output_spec compute_loss compute_metrics
get_metrics_result get_compile_config get_build_config predict_classes predict_proba get_input_at get_output_at
get_input_shape_at get_output_shape_at get_losses_for get_updates_for state_updates get_quantization_config
"""


def _rows() -> dict[str, Row]:
    if not _CACHE:
        _CACHE.update(_make_rows())
    return _CACHE


_CACHE: Final[dict[str, Row]] = {}


def rows() -> Mapping[str, Row]:
    """Return the rows of models, of the base class of layers, and of their methods."""
    return _rows()


def _make_rows() -> dict[str, Row]:
    model = Row(ANYTHING, _run_model, layer=True, call=ANYTHING, made=_model_made, base=LAYER, is_class=True)
    table = {
        LAYER: Row(ANYTHING, _layer_call, layer=True, call=ANYTHING, made=_layer_made, is_class=True),
        MODEL: model,
        SEQUENTIAL: model._replace(made=_sequential_made, base=MODEL),
        f"{MODEL}.outside": model._replace(run=_run_outside, made=None, base=MODEL),
        _INPUT_LAYER: Row(
            "shape=None, batch_size=None, name=None, **kwargs", _nothing, layer=True, made=_input_made, is_class=True
        ),
        "keras.Input": Row("shape=None, batch_size=None, name=None, **kwargs", _input, pure=True),
        "keras.models.clone_model": Row(ANYTHING, _clone, pure=True),
        f"{SEQUENTIAL}.add": Row("layer, rebuild=True", _add, pure=True),
        f"{SEQUENTIAL}.pop": Row("rebuild=True", _pop, pure=True),
        f"{MODEL}.compile": Row("optimizer='rmsprop', loss=None, *args, **kwargs", _compile, pure=True),
        f"{MODEL}.fit": Row(ANYTHING, _fit, pure=True),
        f"{MODEL}.fit_generator": Row(ANYTHING, _not_known, pure=True),
        f"{MODEL}.get_layer": Row("name=None, index=None", _get_layer, pure=True),
        f"{LAYER}.build": Row("input_shape=None, *args, **kwargs", _build, pure=True),
        f"{LAYER}.add_weight": Row(ANYTHING, _add_weight, pure=True),
        f"{LAYER}.add_variable": Row(ANYTHING, _add_weight, pure=True),
        f"{LAYER}.to": Row(ANYTHING, _itself, pure=True),
    }
    for names, run in ((_NOTHING, _nothing), (_UNKNOWN_RESULTS, _not_known)):
        table |= {f"{LAYER}.{name}": Row(ANYTHING, run, pure=True) for name in names.split()}
    return table
