"""The machine that the rows of the tables run on: it records nodes, and knows whose layers they are calls of.

Knows the tape, the modules that run, and how layers are named; no framework and no syntax. What the interpreter asks of
its surroundings stands in `dispatch`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lintnet.ir import Blind, Edge, Location, Tensor, Unknown
from lintnet.loaders.source.budget import BudgetError
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.objects import Raised
from lintnet.loaders.source.tape import OPEN, Compiled, Functional, Loss, Record, Tape
from lintnet.loaders.source.values import Aspect, Instance, Signal, Weight, is_module, walk_values

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from lintnet.loaders.source.interpreter import Interpreter
    from lintnet.loaders.source.tables import Attributes
    from lintnet.loaders.source.values import Value

__all__ = ["Machine", "Place", "signals_in"]

_DEEPEST: Final = 60
"""Modules between a layer and the model that holds it."""
_MOST_BLIND: Final = 1_000
"""Places that could not be followed that are remembered; a report shows a few."""
_MADE_UP_INPUTS: Final = ("input", "input_layer", "keras_tensor")
_NUMBER: Final = re.compile(r"_\d+$")
_NOWHERE: Final = Location("", 0)


def signals_in(values: Sequence[Value], keywords: Mapping[str, Value] | None = None) -> list[Signal]:
    """Return the activation tensors among arguments and inside containers among them, in order."""
    found = [each for value in values for each in _walk(value) if isinstance(each, Signal)]
    if keywords:
        found += [each for value in keywords.values() for each in _walk(value) if isinstance(each, Signal)]
    return found


def _walk(value: Value) -> list[Value]:
    return [value] if isinstance(value, Signal | Unknown | Weight) else walk_values(value)


class Place:
    """Where the program is; the interpreter's host takes its part once there is one."""

    here: Location | None = None


class _Address:
    """What a node is called: its display name, its stable scope, and the identity of its layer."""

    __slots__ = ("auto", "identity", "name", "scope")

    def __init__(self, name: str, scope: str, identity: str, *, auto: bool = False) -> None:
        self.name = name
        self.scope = scope
        self.identity = identity
        self.auto = auto


class Machine:
    """Records one run of a program, and implements `tables.Machine`.

    interpreter runs the program; it is set once both exist. top is the model that is being finished from outside of the
    program, as a Sequential that nobody called.
    """

    def __init__(self) -> None:
        """Start with an empty tape."""
        self.where: Place = Place()
        self.interpreter: Interpreter
        self._tape = Tape(self)
        self.instances: dict[int, Instance] = {}
        self.stack: list[Instance] = []
        self.guards = 0
        self.record: Record | None = None
        self.top: Instance | None = None
        self.loose: list[Blind] = []
        self.composed: set[int] = set()
        self.spans: dict[int, list[range]] = {}
        self.in_place: set[int] = set()
        self._barriers: dict[tuple[int, int], tuple[Value, Signal]] = {}
        self._unplaced: set[int] = set()
        self._ordinals: dict[tuple[str, str], dict[int, int]] = {}
        self._nameless: dict[int, int] = {}
        self._plain: dict[tuple[int, int], str] = {}
        self.births: dict[int, int] = {}

    @property
    def here(self) -> Location | None:
        """Where the innermost call of the program stands."""
        return self.where.here

    @here.setter
    def here(self, location: Location | None) -> None:
        self.where.here = location

    def pay(self, steps: int) -> None:
        """Pay for what a program makes, so that the clock is looked at often enough while it makes many."""
        self.interpreter.tick(steps)

    # What rows ask for: nodes.

    @property
    def guarded(self) -> bool:
        """Whether the code that runs now runs in training mode only."""
        return self.guards > 0

    @property
    def tape(self) -> Tape:
        """Where nodes go."""
        return self._tape

    def emit(
        self,
        kind: str,
        inputs: Sequence[Signal],
        result: Tensor,
        attributes: Attributes | None = None,
        *,
        op: str,
        layer: Instance | None = None,
        part: str = "",
        more: Sequence[Tensor] = (),
        width: int | None = None,
    ) -> Signal:
        """Add a node and return its first output; see `tables.Machine`."""
        address = self._module_address(op) if layer is None else self._layer_address(layer, kind, part, op)
        edges = [signal.edge for signal in inputs if signal.edge.node >= 0]
        index = self._tape.add(
            kind,
            address.name,
            op=op,
            scope=address.scope,
            auto=address.auto,
            layer=address.identity,
            inputs=edges,
            outputs=(result, *more),
            attributes=dict(attributes) if attributes else None,
        )
        self._site(placed=not any(edge.node in self._unplaced for edge in edges))
        return Signal(Edge(index), result, result.channels if width is None else width)

    def barrier(self, op: str, inputs: Sequence[Signal], reason: str, *, layer: Instance | None = None) -> Signal:
        """Add an `unknown` node: what is called is not understood."""
        return self.emit("unknown", inputs, Tensor(), {"reason": reason}, op=op, layer=layer)

    def as_signal(self, value: Value, op: str) -> Signal:
        """Return a value as an activation tensor: itself, or a barrier where it is not known or no tensor."""
        if isinstance(value, Signal):
            return value
        key = (self._tape.region, id(value))
        known = self._barriers.get(key)
        if known is not None:
            return known[1]
        if isinstance(value, Unknown):
            reason = value.why or "a value that is not known"
        elif isinstance(value, Weight):
            reason = "a parameter or a constant"
        else:
            reason = "no tensor"
        inputs = [value.source] if isinstance(value, Aspect) else signals_in([value])
        address = self._module_address(op)
        index = self._tape.add(
            "unknown",
            address.name,
            op=op,
            scope=address.scope,
            auto=True,
            inputs=[signal.edge for signal in inputs],
            attributes={"reason": reason},
        )
        if not inputs and isinstance(value, Unknown):
            self._unplaced.add(index)
        signal = Signal(Edge(index), Tensor())
        self._barriers[key] = (value, signal)  # the value is kept, so that its id stays its own
        return signal

    def input(self, name: str, tensor: Tensor, *, width: int | None = None) -> Signal:
        """Add an input of the graph, as Keras' `Input` does."""
        base, _, number = name.rpartition("_")
        auto = not name or name in _MADE_UP_INPUTS or (number.isdigit() and base in _MADE_UP_INPUTS)
        index = self._tape.add(
            "input",
            name or "input",
            op="InputLayer" if self.record is None else "input",
            scope="" if auto else name,
            auto=auto,
            outputs=(tensor,),
        )
        return Signal(Edge(index), tensor, tensor.channels if width is None else width)

    def refine(self, edge: Edge, tensor: Tensor) -> None:
        """Note what turned out to be known of a tensor on the tape."""
        if 0 <= edge.node < len(self._tape.nodes):
            node = self._tape.nodes[edge.node]
            outputs = (*node.outputs[: edge.output], tensor, *node.outputs[edge.output + 1 :])
            self._tape.nodes[edge.node] = node._replace(outputs=outputs)

    def split_input(self, signal: Signal, count: int) -> list[Value] | None:
        """Return the inputs of a model that is given several tensors as one argument; None for any other tensor."""
        record = self.record
        if record is None or not any(each.edge == signal.edge for each in record.inputs):
            return None
        key = signal.edge.node, count
        parts = record.parts.get(key)
        if parts is None:
            name = self._tape.nodes[signal.edge.node].name
            parts = record.parts[key] = [self.input(f"{name}.{index}", Tensor()) for index in range(count)]
            record.inputs += parts
        return list(parts)

    def miss(self) -> None:
        """Note that a layer or an operation is called at the present place on what is not known."""
        self._site(placed=False)

    def _site(self, *, placed: bool) -> None:
        record, here = self.record, self.here
        if record is not None and here is not None:
            key = (here.path, here.line, here.column, here.end_column or 0, here.cell or 0)
            record.sites[key] = placed and record.sites.get(key, True)

    # What rows ask for: the program.

    def call(self, function: Value, arguments: Sequence[Value], keywords: Mapping[str, Value] | None = None) -> Value:
        """Call any value of the program as the program would."""
        here = self.here
        result = self.interpreter.call(function, list(arguments), dict(keywords or {}))
        self.here = here
        return result

    def attribute(self, value: Value, name: str) -> Value:
        """Read an attribute as the program would; unknown where there is none."""
        try:
            found = self.interpreter.get(value, name)
        except Raised:
            found = MISSING
        return Unknown(f"there is no attribute {name!r}") if found is MISSING else found

    def iterate(self, value: Value) -> list[Value] | None:
        """Return the elements of an iterable value, None where they are not known."""
        return self.interpreter.iterate(value)

    def register(self, owner: Instance, name: str, value: Value) -> None:
        """Make a layer the child of another, under a name; other values are ignored."""
        if not is_module(value) or value is owner:
            return
        assert isinstance(value, Instance)  # noqa: S101 - is_module says so
        owner.children[name] = value
        self.adopt(owner, name, value)

    def adopt(self, owner: Instance, name: str, value: Instance) -> None:
        """Remember who holds a layer first, and under which name."""
        if value.owner is None and not self._holds(value, owner):
            value.owner = (owner, name)

    def _holds(self, holder: Instance, value: Instance) -> bool:
        """Whether an instance is above another."""
        current: Instance | None = value
        for _ in range(_DEEPEST):
            if current is None:
                return False
            if current is holder:
                return True
            current = current.owner[0] if current.owner else None
        return True

    def blind(self, why: str) -> None:
        """Note that something at the present place of the program could not be followed."""
        note = Blind(self.here or _NOWHERE, why)
        notes = self.loose if self.record is None else self.record.blind
        if len(notes) < _MOST_BLIND and note not in notes:
            notes.append(note)

    # What rows ask for: losses and models.

    def lose(self, prediction: Value, attributes: Attributes, *, op: str) -> Value:
        """Note that a loss is computed on a tensor, and return the value of the loss."""
        signal = next(iter(signals_in([prediction])), None)
        if signal is not None and signal.edge.node >= 0:
            location, called = self._tape.place()
            region = self._tape.region_of([signal.edge])
            if self.record is not None:
                region = self.record.number
            self._tape.losses.append(Loss(signal.edge, dict(attributes), op, location, called, abs(region)))
        return Unknown("the value of a loss")

    def compile(self, model: Instance, losses: Sequence[Attributes | None], training: Mapping[str, Value]) -> None:
        """Note how a Keras model is compiled."""
        known = model.extra.get("compiled")
        if isinstance(known, Compiled) and not losses:
            model.extra["compiled"] = known._replace(training={**known.training, **training})
            return
        given = tuple(None if each is None else dict(each) for each in losses)
        model.extra["compiled"] = Compiled(given, dict(training), self.here)

    def model(self, instance: Instance, inputs: Sequence[Signal], outputs: Sequence[Signal]) -> None:
        """Note that an instance is a model between tensors of the graph."""
        instance.extra["functional"] = Functional(
            tuple(signal.edge for signal in inputs), tuple(signal.edge for signal in outputs)
        )
        self.instances.setdefault(id(instance), instance)

    # Names.

    def path_of(self, layer: Instance) -> str:
        """Return the dotted name of a layer below the model that runs; empty if none holds it."""
        parts = self._parts(layer)
        return ".".join(name for name, _, _ in parts)

    def _parts(self, layer: Instance) -> list[tuple[str, bool, Instance]]:
        """Return the names from the model that runs down to a layer, and whether Keras made each of them up."""
        root = self.top if self.record is None else self.record.instance
        if layer is root:
            return []
        parts: list[tuple[str, bool, Instance]] = []
        current = layer
        for _ in range(_DEEPEST):
            if current is root:
                return parts[::-1]
            own = current.extra.get("name")
            auto = current.extra.get("auto") is True
            if current.owner is not None:
                owner, name = current.owner
                parts.append((name, auto and name == own, current))
                current = owner
                continue
            # Nobody holds it. As a model in a model it has a name only where it was called as a layer.
            if isinstance(own, str) and (current is layer or current in self.stack):
                parts.append((own, auto, current))
            break
        if self.record is not None and root is not None:
            known = self._paths_below(self.record, root, layer)
            if known:
                return [(known, False, layer)]
        return parts[::-1]

    def path_below(self, record: Record, layer: Instance) -> str:
        """Return the dotted name of a layer below a model that was recorded."""
        saved, self.record = self.record, record
        try:
            return self.path_of(layer)
        finally:
            self.record = saved

    @staticmethod
    def _paths_below(record: Record, root: Instance, layer: Instance) -> str:
        """Find a layer that is shared with something outside of the model among the model's own."""
        if record.paths is None or id(layer) not in record.paths:
            paths: dict[int, str] = {}
            stack: list[tuple[str, Instance]] = [("", root)]
            while stack:
                prefix, holder = stack.pop()
                for name, child in reversed(holder.children.items()):
                    if isinstance(child, Instance) and id(child) not in paths:
                        paths[id(child)] = prefix + name
                        stack.append((f"{prefix}{name}.", child))
            paths.setdefault(id(layer), "")
            record.paths = paths
        return record.paths[id(layer)]

    def _module_address(self, op: str) -> _Address:
        """Address an operation of the module that runs."""
        scope = ""
        if self.stack:
            scope = self._plain_name(self.stack[-1]) or self._scope(self._parts(self.stack[-1]))
        return _Address(_short(op), scope, "", auto=True)

    def _plain_name(self, layer: Instance) -> str:
        """Return the name of a layer that the model that runs holds, at any depth, under names of the program only."""
        root = self.top if self.record is None else self.record.instance
        if root is None or layer is root or layer.owner is None or layer.extra.get("auto") is True:
            return ""
        known = self._plain.get((id(root), id(layer)))
        if known is None:
            owner, name = layer.owner
            prefix = "" if owner is root else self._plain_name(owner)
            if owner is not root and not prefix:
                return ""
            known = self._plain[id(root), id(layer)] = f"{prefix}.{name}" if prefix else name
        return known

    def _layer_address(self, layer: Instance, kind: str, part: str, op: str) -> _Address:
        plain = self._plain_name(layer)
        if plain:
            plain = f"{plain}.{part}" if part else plain
            return _Address(plain, plain, plain)
        parts = self._parts(layer)
        if not parts:
            number = self._nameless.setdefault(id(layer), len(self._nameless))
            inner = self._module_address(op)
            identity = f"@{number}.{part}" if part else f"@{number}"
            return _Address(f"{inner.name}.{part}" if part else inner.name, inner.scope, identity, auto=True)
        name = ".".join(each for each, _, _ in parts)
        scope = self._scope(parts, kind)
        if part:
            return _Address(f"{name}.{part}", f"{scope}.{part}", f"{name}.{part}")
        return _Address(name, scope, name)

    def _scope(self, parts: list[tuple[str, bool, Instance]], kind: str = "") -> str:
        """Join names; one that was made up is replaced by a word and an ordinal per layer."""
        scope = ""
        for index, (name, auto, instance) in enumerate(parts):
            own = name
            if auto:
                word = kind if kind and index == len(parts) - 1 else _NUMBER.sub("", name)
                ordinals = self._ordinals.setdefault((scope, word), {})
                own = f"{word}#{ordinals.setdefault(id(instance), len(ordinals))}"
            scope = f"{scope}.{own}" if scope else own
        return scope

    # Running modules.

    @contextmanager
    def running(self, instance: Instance) -> Generator[None]:
        """Be inside a call of a module: what it emits is its own, and afterwards all is as before.

        Raises:
            BudgetError: modules call each other too deeply.
        """
        if len(self.stack) >= _DEEPEST:
            raise BudgetError("depth")  # noqa: EM101 - the name of the limit
        here, guards, made = self.here, self.guards, self._tape.made
        self.stack.append(instance)
        self._tape.made = None
        instance.calls += 1
        if self.record is not None:
            self.record.called[id(instance)] = instance
        try:
            yield
        finally:
            self.stack.pop()
            self.here, self.guards, self._tape.made = here, guards, made

    @contextmanager
    def recording(self, instance: Instance, method: str) -> Generator[Record]:
        """Record what runs inside as a model of its own."""
        tape = self._tape
        record = Record(len(tape.records) + 1, instance, method)
        tape.records.append(record)
        saved = self.record, self.stack, tape.region, self.guards
        self.record, self.stack, tape.region, self.guards = record, [], record.number, 0
        try:
            yield record
        finally:
            self.record, self.stack, tape.region, self.guards = saved

    @contextmanager
    def finishing(self, instance: Instance) -> Generator[None]:
        """Let a table put a model onto the tape that the program made and did not call."""
        saved = self.top, self.record, self.stack, self._tape.region, self.guards
        self.top, self.record, self.stack, self._tape.region, self.guards = instance, None, [], OPEN, 0
        try:
            yield
        finally:
            self.top, self.record, self.stack, self._tape.region, self.guards = saved

    @contextmanager
    def probing(self) -> Generator[Tape]:
        """Record on a tape of its own that is thrown away, to see what a layer would be."""
        saved = self._tape, self.record, self.stack, self.guards
        self._tape, self.record, self.stack, self.guards = Tape(self), None, [], 0
        try:
            yield self._tape
        finally:
            self._tape, self.record, self.stack, self.guards = saved

    @contextmanager
    def aside(self) -> Generator[None]:
        """Run code that has nothing to do with the model that runs, as that of an imported module."""
        tape = self._tape
        saved = self.here, self.top, self.record, self.stack, tape.region, tape.made, self.guards
        self.top, self.record, self.stack, tape.region, tape.made, self.guards = None, None, [], OPEN, None, 0
        try:
            yield
        finally:
            self.here, self.top, self.record, self.stack, tape.region, tape.made, self.guards = saved

    def reset(self) -> None:
        """Forget where the program was, after it was stopped from outside."""
        self.stack = []
        self.guards = 0
        self.record = None
        self.top = None
        self._tape.region = OPEN
        self._tape.made = None

    def own_weight(self, instance: Instance, name: str, value: Weight) -> Weight:
        """Return a parameter that knows whose attribute it is."""
        return replace(value, owner=instance, name=name)


def _short(op: str) -> str:
    """Name an operation as people write it: `Conv2d`, `F.relu`, `torch.cat`, `Tensor.view`."""
    package, _, name = op.rpartition(".")
    match package:
        case "torch.nn.functional":
            return f"F.{name}"
        case "torch.nn":
            return name
        case "torch.Tensor":
            return f"Tensor.{name}"
        case _:
            return op
