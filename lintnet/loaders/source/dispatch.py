"""What the interpreter asks of its surroundings: names, calls, attributes and operators that are not the program's own.

Knows how the tables are used and how a module of a program is called; what a layer means stands in the tables, and what
becomes of a call in the machine.
"""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Tensor, Unknown
from lintnet.loaders.signals import BATCH, extent, with_channel
from lintnet.loaders.source.frameworks import ROWS, canonical
from lintnet.loaders.source.frameworks.common import computed
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.machine import Machine, Place, signals_in
from lintnet.loaders.source.objects import Function, LocalClass, Raised, UnknownRest
from lintnet.loaders.source.signatures import bind, read_signature
from lintnet.loaders.source.tape import NODE, OPEN, Functional
from lintnet.loaders.source.values import (
    Aspect,
    Bound,
    Builtin,
    ByPhase,
    FrameworkClass,
    Instance,
    ShapeOf,
    Signal,
    Symbol,
    Weight,
    is_module,
    walk_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lintnet.ir import Edge, Location, Node, Size
    from lintnet.loaders.source.tables import Row
    from lintnet.loaders.source.tape import Record
    from lintnet.loaders.source.values import Value
    from lintnet.loaders.source.variants import Decisions

__all__ = ["KERAS_MODELS", "Dispatch", "class_path", "family", "forward_name"]

_TENSOR: Final = "torch.Tensor"
_KERAS: Final = ("keras.", "tensorflow.", "tf_keras.")
KERAS_MODELS: Final = frozenset({"keras.Model", "keras.Sequential", "keras.models.Model", "keras.models.Sequential"})
"""Classes of Keras whose instances are models, by the names that the tables give them."""
# What a table may stumble over in values it did not expect. Such a call is not understood, as is one without a row.
_STUMBLES: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError)
_PROPERTIES: Final = frozenset({"T", "mT", "H", "mH", "real", "imag", "data", "grad", "shape", "ndim"})
_PARAMETERS: Final = frozenset({"weight", "bias"})
_PLAIN_TYPES: Final = frozenset({"int", "float", "bool", "str"})
# fmt: off
_SHAPING: Final = frozenset((
    "expand", "expand_as", "broadcast_to", "repeat", "repeat_interleave", "tile", "view", "view_as",
    "reshape", "reshape_as", "flatten", "unflatten", "permute", "transpose", "swapaxes", "movedim",
    "squeeze", "unsqueeze", "narrow", "chunk", "split", "roll", "to", "type", "type_as", "sum", "mean",
    "new_zeros",
))
# fmt: on
"""Functions of one tensor whose other arguments are sizes, axes or types."""
_RUNS: Final = frozenset({"forward", "call", "__call__"})
_MISSING_LAYER: Final = "it is not known which layer is called"
_NOT_DISCARDED: Final = frozenset({"input", "unknown", "choice", "discarded", "identity"})


def family(instance: Instance) -> str:
    """Return whose kind of module an instance is: `keras` or `torch`; empty for what is none."""
    path = class_path(instance)
    if not path:
        return ""
    return "keras" if path.startswith(_KERAS) else "torch"


def class_path(instance: Instance) -> str:
    """Return the framework class that an instance is of or derives from, empty if there is none."""
    cls = instance.cls
    if isinstance(cls, FrameworkClass):
        return cls.path
    if isinstance(cls, LocalClass) and cls.framework is not None:
        return cls.framework.path
    return ""


def forward_name(kind: str) -> str:
    """Return the method that a framework runs when a module is called."""
    return "call" if kind == "keras" else "forward"


class Dispatch(Place):
    """The surroundings of one run of a program; implements `host.Host`."""

    def __init__(
        self,
        machine: Machine,
        decisions: Decisions,
        importer: Callable[[str, int, object], Value],
        finish: Callable[[Machine, Instance], None],
    ) -> None:
        """`importer` resolves imports; `finish` puts a Keras model onto the tape that nobody called."""
        self.here: Location | None = None
        self.machine = machine
        machine.where = self
        self.decisions = decisions
        self._import = importer
        self._finish = finish
        self._symbols: dict[str, Value] = {}

    # Names.

    def import_module(self, name: str, level: int, importer: object) -> Value:
        """Return what an import binds; see `host.Host`."""
        return self._import(name, level, importer)

    def symbol(self, path: str) -> Value:
        """Return what a dotted name outside the checked tree stands for."""
        found = self._symbols.get(path)
        if found is None:
            name = canonical(path)
            row = ROWS.get(name)
            found = FrameworkClass(name, row) if row is not None and (row.is_class or row.layer) else Symbol(name)
            if name != path:
                found = self._symbols.setdefault(name, found)
            self._symbols[path] = found
        return found

    # Calls.

    def call_symbol(self, symbol: Symbol, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Call a function of a framework or a library, or a method of one of its classes."""
        path = symbol.path
        head, _, name = path.rpartition(".")
        owner = ROWS.get(head) if head else None
        if owner is not None and (owner.is_class or owner.layer) and head != _TENSOR:
            return self._class_method(head, owner, name, arguments, keywords)
        row = ROWS.get(path)
        if row is not None:
            return self._run(path, row, arguments, keywords)
        signals = signals_in(arguments, keywords)
        if signals:
            return self.machine.barrier(path, signals, f"`{path}` is not known")
        return computed(path, arguments) or Unknown(f"the result of `{path}`{self._at()}")

    def _at(self) -> str:
        here = self.machine.here
        return "" if here is None else f" (line {here.line})"

    def _class_method(
        self, head: str, owner: Row, name: str, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        """Call a method that was reached through a class: `super().forward(x)`, `nn.Module.train(self)`."""
        instance = arguments[0] if arguments and isinstance(arguments[0], Instance) else None
        rest = arguments if instance is None else arguments[1:]
        found = self._method_row(head, owner, name)
        if found is not None:
            return self._run(*found, rest, keywords, instance)
        if instance is not None and name in _RUNS and owner.run is not None:
            return self._run_layer(instance, head, owner, rest, keywords)
        signals = signals_in(arguments, keywords)
        if signals:
            return self.machine.barrier(f"{head}.{name}", signals, f"`{head}.{name}` is not known")
        return None if name == "__init__" else Unknown(f"the result of `{head}.{name}`{self._at()}")

    @staticmethod
    def _method_row(head: str, owner: Row | None, name: str) -> tuple[str, Row] | None:
        """Find a method in a class of the tables or in those it derives from."""
        for _ in range(8):
            if owner is None:
                return None
            path = f"{head}.{name}"
            row = ROWS.get(path)
            if row is not None:
                return path, row
            head = owner.base
            if not head:
                return None
            owner = ROWS.get(head)
        return None

    def _run(
        self,
        path: str,
        row: Row,
        arguments: Sequence[Value],
        keywords: Mapping[str, Value],
        layer: Instance | None = None,
        *,
        signature: str | None = None,
    ) -> Value:
        """Bind arguments and run a row, unless nothing it works on is known."""
        machine = self.machine
        if layer is not None:
            machine.interpreter.note_change(layer)
        if row.run is None:
            signals = signals_in(arguments, keywords)
            if signals:
                return machine.barrier(path, signals, f"`{path}` is not known", layer=layer)
            return Unknown(f"the result of `{path}`{self._at()}")
        bound = bind(read_signature(row.signature if signature is None else signature), arguments, keywords)
        if isinstance(bound, str):
            return self._not_bound(path, bound, arguments, keywords, layer)
        values, given = bound
        if not row.pure and layer is None and not signals_in(arguments, keywords):
            return self._constant(path, arguments, keywords)
        before = len(machine.tape.nodes)
        try:
            result = row.run(machine, Bound(path, values, given, layer, machine.here))
        except _STUMBLES as error:
            return self._stumbled(path, error, arguments, keywords, layer)
        inplace = values.get("inplace")
        if inplace is True or (inplace is not False and isinstance(inplace, Unknown)) or path.endswith("_"):
            machine.in_place.update(range(before, len(machine.tape.nodes)))
        return result

    def _not_bound(
        self,
        path: str,
        why: str,
        arguments: Sequence[Value],
        keywords: Mapping[str, Value],
        layer: Instance | None,
    ) -> Value:
        why = f"`{path}` {why}"
        self.machine.blind(why)
        signals = signals_in(arguments, keywords)
        return self.machine.barrier(path, signals, why, layer=layer) if signals else Unknown(why)

    def _stumbled(
        self,
        path: str,
        error: Exception,
        arguments: Sequence[Value],
        keywords: Mapping[str, Value],
        layer: Instance | None,
    ) -> Value:
        why = f"`{path}` could not be read ({type(error).__name__}: {error})"
        self.machine.blind(why)
        signals = signals_in(arguments, keywords)
        return self.machine.barrier(path, signals, why, layer=layer) if signals else Unknown(why)

    def _constant(self, path: str, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Return what a function of tensors gives where it gets none: a constant, or nobody knows."""
        values = [each for value in (*arguments, *keywords.values()) for each in walk_values(value)]
        unknown = next((each for each in values if isinstance(each, Unknown)), None)
        if unknown is not None:
            if arguments and isinstance(arguments[0], Weight) and path.rpartition(".")[2] in _SHAPING:
                return Weight()  # what is not known is a size, or the like
            self.machine.miss()
            return Unknown(unknown.why or f"the result of `{path}`{self._at()}")
        if any(isinstance(each, Weight) for each in values):
            return computed(path, arguments) or Weight()
        return Unknown(f"the result of `{path}`{self._at()}")

    def construct(
        self, instance: Instance, cls: FrameworkClass, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> None:
        """Run the constructor of a framework class."""
        machine, row = self.machine, cls.row
        if instance.row is None:
            instance.row = row
        if instance.created is None:
            instance.created = machine.here
        if row.layer:
            machine.pay(NODE)
            machine.instances.setdefault(id(instance), instance)
            machine.births.setdefault(id(instance), len(machine.loose))
        bound = bind(read_signature(row.signature), arguments, keywords)
        if isinstance(bound, str):
            machine.blind(f"`{cls.path}` {bound}")
            return
        values, given = bound
        instance.settings = Bound(cls.path, values, given, instance, machine.here)
        if row.made is not None:
            here = machine.here
            try:
                row.made(machine, instance.settings)
            except _STUMBLES as error:
                machine.blind(f"`{cls.path}` could not be read ({type(error).__name__}: {error})")
            machine.here = here

    def call_instance(self, instance: Instance, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Call an instance: run its `forward` or `call`, or the row of its class."""
        machine, kind = self.machine, family(instance)
        method = forward_name(kind) if kind else ""
        patched = instance.attributes.get(method, MISSING) if method else MISSING
        if patched is not MISSING:
            return self._call_patched(instance, method, patched, arguments, keywords)
        own = bool(method) and isinstance(instance.cls, LocalClass) and machine.interpreter.has_method(instance, method)
        row = instance.row
        inside = machine.record is not None or machine.top is not None
        if not inside and kind and row is not None and row.layer:
            signals = signals_in(arguments, keywords)
            behind = [signal for signal in signals if machine.tape.region_of([signal.edge]) != OPEN]
            if (not signals or behind) and self._is_model(instance, kind, own=own, signals=bool(signals)):
                return self._call_model(instance, method if own else "", arguments, keywords)
            if own and not signals:
                return Unknown(f"the result of a layer on what is not known{self._at()}")
        if own:
            return self._call_own(instance, method, kind, arguments, keywords)
        if row is None or row.run is None:
            signals = signals_in(arguments, keywords)
            why = f"`{class_path(instance) or _MISSING_LAYER}` does not say what calling it does"
            return machine.barrier(class_path(instance) or "call", signals, why) if signals else Unknown(why)
        return self._run_layer(instance, class_path(instance), row, arguments, keywords)

    def _call_patched(
        self, instance: Instance, method: str, patched: Value, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        """Call what the program has put in the place of a module's own method."""
        machine = self.machine
        if isinstance(patched, Unknown | Symbol):
            signals = signals_in(arguments, keywords)
            why = f"`{method}` was replaced by what is not known"
            return machine.barrier(class_path(instance), signals, why, layer=instance) if signals else Unknown(why)
        with machine.running(instance):
            return machine.interpreter.call(patched, list(arguments), dict(keywords))

    @staticmethod
    def _is_model(instance: Instance, kind: str, *, own: bool, signals: bool) -> bool:
        """Whether an instance that the program calls outside of all models is a model of its own."""
        if own:
            # A Keras layer on an unknown value is a helper of a functional model; a Keras model is a model.
            return kind == "torch" or signals or class_path(instance) in KERAS_MODELS
        return bool(instance.children) or class_path(instance) in KERAS_MODELS

    def _run_layer(
        self, instance: Instance, path: str, row: Row, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        """Run the row of a framework's layer, at the place where the layer was made."""
        machine = self.machine
        if machine.record is None and machine.top is None and not row.pure and not signals_in(arguments, keywords):
            return self._constant(path, arguments, keywords)
        settings = instance.settings
        before = len(machine.tape.nodes)
        alone = self._is_alone(instance)
        local = isinstance(instance.cls, LocalClass)
        with machine.running(instance):
            if not instance.children:
                machine.tape.made = instance.created
                if not local:
                    machine.stack.pop()  # an operation that a leaf emits is its caller's
            try:
                result = self._run(path, row, arguments, keywords, instance, signature=row.call)
            finally:
                if not instance.children and not local:
                    machine.stack.append(instance)
        if settings is not None and settings.arguments.get("inplace", False) is not False:
            machine.in_place.update(range(before, len(machine.tape.nodes)))
        if alone:
            machine.spans.setdefault(id(instance), []).append(range(before, len(machine.tape.nodes)))
        if path in KERAS_MODELS:  # whoever calls a model in a statement tries it out
            machine.in_place.update(range(before, len(machine.tape.nodes)))
        self._remember(instance, result)
        return result

    def _is_alone(self, instance: Instance) -> bool:
        """Whether the program calls an instance on tensors of no model yet; what a model calls is a part of that."""
        machine = self.machine
        if machine.record is None and machine.top is None and not machine.stack:
            return True
        if machine.record is None or instance is not machine.record.instance:
            machine.composed.add(id(instance))
        return False

    def _remember(self, instance: Instance, result: Value) -> None:
        """Keep what a module gave; of several calls nothing, since nobody could say which is meant."""
        if self.machine.record is not None:
            results = self.machine.record.results
            results[id(instance)] = MISSING if id(instance) in results else result

    def _call_own(
        self, instance: Instance, method: str, kind: str, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        """Run the method of the program that makes a module what it is."""
        machine, interpreter = self.machine, self.machine.interpreter
        arguments, keywords = list(arguments), dict(keywords)
        alone, before = self._is_alone(instance), len(machine.tape.nodes)
        with machine.running(instance):
            if kind == "keras":
                self._build(instance, arguments, keywords)
                if "training" not in keywords and _takes(interpreter.find_method(instance.cls, method), "training"):
                    keywords["training"] = ByPhase(True, False)  # noqa: FBT003 - the phase itself
            result = interpreter.invoke(instance, method, arguments, keywords)
        if alone:
            machine.spans.setdefault(id(instance), []).append(range(before, len(machine.tape.nodes)))
        self._remember(instance, result)
        return result

    def _build(self, instance: Instance, arguments: list[Value], keywords: dict[str, Value]) -> None:
        """Run `build(input_shape)` before the first call, as Keras does."""
        interpreter = self.machine.interpreter
        if instance.extra.get("built") or not interpreter.has_method(instance, "build"):
            return
        instance.extra["built"] = True
        first = arguments[0] if arguments else next(iter(keywords.values()), UNKNOWN)
        interpreter.invoke(instance, "build", [_built_on(first)], {})

    # Models that the program calls.

    def _call_model(
        self, instance: Instance, method: str, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        """Run a model on fresh inputs, once for every number of arguments.

        It is run again where it has other layers than before, as one has that is tried out to see how wide the next
        layer must be.
        """
        machine = self.machine
        known = self._result_in_owner(instance)
        if known is not MISSING:
            return known
        if not method and class_path(instance) in KERAS_MODELS:
            return self.finished(instance)
        records: dict[tuple[object, ...], Record] = instance.extra.setdefault("records", {})  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
        if "training" in keywords and family(instance) == "keras":
            # Whoever trains says so in every call: it is the mode of the model, not of one layer in it.
            keywords = {name: value for name, value in keywords.items() if name != "training"}
        key = (method, len(arguments), *sorted(keywords))
        record = records.get(key)
        if record is not None and record.done and record.holds != _layers_of(instance):
            record.outdated, record = True, None
        if record is None:
            here = machine.here
            with machine.recording(instance, method) as record:
                records[key] = record
                record.evaluated = instance.extra.get("evaluated") is True
                names = self._parameter_names(instance, method)
                fresh = _Fresh(machine, family(instance), record)
                positional = [
                    fresh.of(value, names[index] if index < len(names) else f"input_{index}")
                    for index, value in enumerate(arguments)
                ]
                named = {name: fresh.of(value, name) for name, value in keywords.items()}
                self.fill(record, method, positional, named)
            machine.here = here
        return record.value if record.done else Unknown("a model that could not be read")

    def fill(self, record: Record, method: str, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> None:
        """Run a model that is being recorded, and note what it returns."""
        instance = record.instance
        try:
            if method in {"", forward_name(family(instance))}:
                if method:
                    record.value = self._call_own(instance, method, family(instance), arguments, keywords)
                elif instance.row is not None:
                    record.value = self._run_layer(instance, class_path(instance), instance.row, arguments, keywords)
            else:
                with self.machine.running(instance):
                    record.value = self.machine.interpreter.invoke(instance, method, list(arguments), dict(keywords))
        except Raised as error:
            record.failed = str(error)
            return
        record.outputs = _outputs(record.value)
        record.holds = _layers_of(instance)
        record.done = True

    def fresh_arguments(
        self, record: Record, method: str, *, optional: bool = False
    ) -> tuple[list[Value], dict[str, Value], bool]:
        """Return what a model is called with by someone who gives it nothing but tensors it must have.

        With `optional` it is also given something for every argument that is None otherwise, of which nothing is known.
        Also says whether there are such arguments.
        """
        instance = record.instance
        fresh = _Fresh(self.machine, family(instance), record)
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        function = self.machine.interpreter.find_method(instance.cls, method) if method else None
        if not isinstance(function, Function):
            signature = read_signature(instance.row.call) if instance.row is not None else read_signature("input")
            names = [name for name in signature.names if name not in signature.defaults]
            return [fresh.input(name, UNKNOWN) for name in names or ["input"]], {}, False
        plain = _plain_parameters(function)
        left_out = False
        for each in function.parameters[1:]:
            if each.kind == "**" or (each.kind == "*" and positional):
                continue
            value: Value = plain.get(each.name, MISSING)
            if each.default is not MISSING:
                left_out = left_out or each.default is None
                if not optional or each.default is not None:
                    continue
                keywords[each.name] = Unknown(f"`{each.name}` is an argument that may be left out")
                continue
            if value is MISSING:
                value = fresh.input(each.name, UNKNOWN)
            if each.kind == "keyword":
                keywords[each.name] = value
            else:
                positional.append(value)
        return positional, keywords, left_out

    def probe(self, layer: Instance) -> Node | None:
        """Return the node that calling a layer would make, None where it would be none or several."""
        if layer.row is None or layer.row.run is None:
            return None
        with self.machine.probing() as tape:
            signal = self.machine.input("input", Tensor())
            try:
                self._run_layer(layer, class_path(layer), layer.row, [signal], {})
            except Raised:
                return None
            return tape.nodes[1] if len(tape.nodes) > 1 else None

    def finished(self, instance: Instance) -> Value:
        """Return the outputs of a Keras model as tensors, putting it onto the tape if it is not there yet."""
        self.finish(instance)
        functional = instance.extra.get("functional")
        if not isinstance(functional, Functional):
            return Unknown("a model whose inside is not known")
        tape = self.machine.tape
        tensors = [(edge, tape.nodes[edge.node].outputs[edge.output]) for edge in functional.outputs]
        signals = [Signal(edge, tensor, tensor.channels) for edge, tensor in tensors]
        return signals[0] if len(signals) == 1 else signals

    def finish(self, instance: Instance) -> None:
        """Put a Keras model onto the tape that the program made and did not call."""
        machine = self.machine
        if isinstance(instance.extra.get("functional"), Functional):
            return
        here = machine.here
        with machine.finishing(instance):
            try:
                self._finish(machine, instance)
            except _STUMBLES as error:
                machine.blind(f"a model could not be read ({type(error).__name__}: {error})")
        machine.here = here

    def _result_in_owner(self, instance: Instance) -> Value:
        """Return what a part of a model gave where the model that holds it was run and called it once."""
        current = instance
        for _ in range(8):
            if current.owner is None:
                return MISSING
            current = current.owner[0]
            records: Mapping[object, Record] = current.extra.get("records", {})  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
            for record in records.values():
                found = record.results.get(id(instance), MISSING) if record.done else MISSING
                if found is not MISSING:
                    return found
        return MISSING

    def _parameter_names(self, instance: Instance, method: str) -> list[str]:
        if method:
            function = self.machine.interpreter.find_method(instance.cls, method)
            if isinstance(function, Function):
                return [each.name for each in function.parameters if each.kind in {"positional", "any"}][1:]
            return []
        return list(read_signature(instance.row.call).names) if instance.row is not None else []

    # Attributes.

    def attribute(self, value: Value, name: str) -> Value:
        """Read an attribute of a value of the host's; MISSING where there is none."""
        if isinstance(value, Signal):
            return self._tensor_attribute(value, name)
        if isinstance(value, Instance):
            return self._instance_attribute(value, name)
        if isinstance(value, Weight):
            return self._weight_attribute(value, name)
        if isinstance(value, Symbol | FrameworkClass):
            return self.symbol(f"{value.path}.{name}")
        return MISSING

    def _tensor_attribute(self, value: Signal, name: str) -> Value:
        path = f"{_TENSOR}.{name}"
        row = ROWS.get(path)
        if name == "shape":
            return self._shape(value)
        if name in {"ndim", "rank"}:
            return value.tensor.rank
        if name == "size" and isinstance(value.tensor.sizes, Unknown):
            return Builtin(path, partial(self._size, value, row))
        if row is not None:
            if name in _PROPERTIES:
                return self._run(path, row, [value], {})
            return Builtin(path, partial(self._tensor_method, path, row, value))
        if name in {"device", "dtype", "is_cuda", "requires_grad", "layout", "grad", "grad_fn", "name"}:
            return Unknown(f"`.{name}` of a tensor")
        if name in {"size", "get_shape"}:
            return Builtin(path, partial(self._size, value, None))
        if name == "__len__":
            return Builtin(path, partial(self._length, value))
        return MISSING if name.startswith("__") else Aspect(value, f"`.{name}` of a tensor")

    def _tensor_method(
        self, path: str, row: Row, value: Value, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        return self._run(path, row, [value, *arguments], keywords)

    def _shape(self, value: Signal) -> Value:
        """The shape as the program sees it: Keras has None for the batch, torch a number that is not known."""
        sizes = value.tensor.sizes
        if isinstance(sizes, Unknown):
            return ShapeOf(value, partial(extent, value))
        if sizes and isinstance(sizes[0], Unknown):
            return (None if self._in_keras() else sizes[0], *sizes[1:])
        return sizes

    def _in_keras(self) -> bool:
        instance = self.machine.record.instance if self.machine.record is not None else self.machine.top
        return instance is None or family(instance) == "keras"

    def _size(self, value: Signal, row: Row | None, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        sizes = self._shape(value)
        axis = arguments[0] if arguments else keywords.get("dim")
        if axis is None:
            return sizes
        if row is not None:
            return self._run(f"{_TENSOR}.size", row, [value, *arguments], keywords)
        if isinstance(sizes, tuple) and isinstance(axis, int) and -len(sizes) <= axis < len(sizes):  # pyright: ignore[reportUnknownArgumentType]
            return sizes[axis]  # pyright: ignore[reportUnknownVariableType]
        return Unknown("the size of a tensor")

    @staticmethod
    def _length(value: Signal, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        _ = arguments, keywords
        sizes = value.tensor.sizes
        return sizes[0] if not isinstance(sizes, Unknown) and sizes else Unknown("the number of samples in a batch")

    def _weight_attribute(self, value: Weight, name: str) -> Value:
        if name == "shape":
            return value.sizes
        if name in {"ndim", "rank"}:
            return value.sizes if isinstance(value.sizes, Unknown) else len(value.sizes)
        path = f"{_TENSOR}.{name}"
        row = ROWS.get(path)
        if row is not None:
            if name in _PROPERTIES:
                return self._run(path, row, [value], {})
            return Builtin(path, partial(self._tensor_method, path, row, value))
        return MISSING if name.startswith("__") else Unknown(f"`.{name}` of a parameter")

    def _instance_attribute(self, instance: Instance, name: str) -> Value:
        found = instance.attributes.get(name, MISSING)
        if found is MISSING:
            found = instance.children.get(name, MISSING)
        if found is not MISSING or instance.row is None:
            return found
        row, path = instance.row, class_path(instance)
        method = self._method_row(path, row, name)
        if method is not None:
            return Builtin(method[0], partial(self._instance_method, instance, *method))
        if not row.layer:
            return instance.settings.arguments.get(name, MISSING) if instance.settings is not None else MISSING
        if name == "training":
            return ByPhase(True, False)  # noqa: FBT003 - the phase itself
        if name == "_modules":
            return instance.children
        if name in _RUNS and row.run is not None:
            return Builtin(f"{path}.{name}", partial(self._forward, instance))
        if instance.settings is not None:
            if name in _PARAMETERS:
                return self._parameter(instance, name)
            return instance.settings.arguments.get(name, MISSING)
        return MISSING

    @staticmethod
    def _parameter(instance: Instance, name: str) -> Value:
        """Return the weight or bias of a layer of a framework: None where its constructor was told to have none."""
        settings = instance.settings
        given = settings.arguments.get(name, True) if settings is not None else True
        if given is False:
            return None
        return given if isinstance(given, Unknown) else Weight(owner=instance, name=name, trainable=True)

    def _instance_method(
        self, instance: Instance, path: str, row: Row, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> Value:
        name = path.rpartition(".")[2]
        if name in {"eval", "train"}:
            mode = arguments[0] if arguments else keywords.get("mode", True)
            instance.extra["evaluated"] = name == "eval" or mode is False
        return self._run(path, row, arguments, keywords, instance)

    def _forward(self, instance: Instance, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        return self.call_instance(instance, arguments, keywords)

    def set_attribute(self, instance: Instance, name: str, value: Value) -> None:
        """Set an attribute; layers are registered as children."""
        machine = self.machine
        if instance.row is None or not instance.row.layer:
            instance.attributes[name] = value
            return
        if isinstance(value, Weight):
            if value.trainable and value.owner is None:
                value = machine.own_weight(instance, name, value)
        elif is_module(value):
            machine.register(instance, name, value)
        else:
            instance.children.pop(name, None)
            if type(value) in {list, tuple, dict}:
                self._adopt_all(instance, name, value)
        instance.attributes[name] = value

    def _adopt_all(self, instance: Instance, name: str, value: Value) -> None:
        """Let the layers in a plain list have a name, though frameworks do not count all of them as children."""
        items: list[tuple[object, Value]] = []
        if isinstance(value, list | tuple):
            items = list(enumerate(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        elif isinstance(value, dict):
            items = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        for key, each in items:
            if isinstance(each, Instance) and is_module(each) and each is not instance:
                self.machine.adopt(instance, f"{name}.{key}", each)

    # Operators and conditions.

    def operate(self, operator: str, operands: Sequence[Value]) -> Value:
        """Apply an operator of Python."""
        path = f"operator.{operator}"
        row = ROWS.get(path)
        if row is None:
            row = ROWS.get(f"operator.{operator}_")
        if row is None and operator.startswith("i"):
            row = ROWS.get(f"operator.{operator[1:]}")
        if row is not None:
            return self._run(path, row, operands, {})
        signals = signals_in(operands)
        if signals:
            return self.machine.barrier(path, signals, f"the operator {operator} is not known")
        return Weight() if any(isinstance(each, Weight) for each in operands) else Unknown(f"the operator {operator}")

    def unpack(self, value: Value, count: int) -> list[Value] | None:
        """Take a value apart whose number of elements only the program knows."""
        if isinstance(value, ShapeOf):
            signal = value.signal
            if isinstance(signal.tensor.sizes, Unknown) and count > 0:
                tensor, width = with_channel(
                    Tensor((BATCH, *[UNKNOWN] * (count - 1))), signal.tensor.channel, signal.width
                )
                object.__setattr__(signal, "tensor", tensor)
                if not isinstance(width, Unknown):
                    object.__setattr__(signal, "width", width)
                self.machine.refine(signal.edge, tensor)
            shape = self._shape(signal)
            return list(shape) if isinstance(shape, tuple) and len(shape) == count else None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if isinstance(value, Signal) and isinstance(value.tensor.sizes, Unknown):
            return self.machine.split_input(value, count)
        return None

    def truth(self, value: Value) -> bool | None:
        """Say whether a value of the host's kinds is true; None where it cannot be known."""
        if isinstance(value, FrameworkClass):
            return True
        if isinstance(value, Instance):
            if value.row is not None and isinstance(value.cls, FrameworkClass):
                method = self._method_row(value.cls.path, value.row, "__len__")
                if method is not None:
                    children = value.children.values()
                    open_ended = children and all(isinstance(each, UnknownRest) for each in children)
                    return None if open_ended else bool(children)
            return True
        return None

    def decide(self, text: str, location: Location) -> bool | None:
        """Say how a condition is taken that cannot be known."""
        return self.decisions.ask(text, location)

    def choose(self, before: Sequence[Value], text: str) -> Value:
        """Return the value that one of several branches leaves behind."""
        signals = list(dict.fromkeys(signals_in(before)))
        if not signals:
            return Unknown(f"it depends on `{text}`")
        first = signals[0].tensor
        same = all(_alike(each.tensor, first) for each in signals)
        return self.machine.emit("choice", signals, first if same else Tensor(), {}, op=f"if {text}")

    def guard(self, *, on: bool) -> None:
        """Enter or leave code that runs in training mode only."""
        self.machine.guards += 1 if on else -1

    def discard(self, value: Signal, location: Location) -> None:
        """Note that an expression statement threw away what a call of a layer or operation had made."""
        machine, node = self.machine, value.edge.node
        tape = machine.tape
        region = OPEN if machine.record is None else machine.record.number
        if node < 0 or node in machine.in_place or tape.regions[node] != region:
            return
        made = tape.nodes[node]
        if made.kind in _NOT_DISCARDED:
            return
        tape.add(
            "discarded", f"{made.name} (discarded)", op="discarded", auto=True, inputs=[value.edge], location=location
        )

    def blind(self, why: str) -> None:
        """Note that something at the present place could not be followed."""
        self.machine.blind(why)


class _Fresh:
    """Makes inputs of a model from what it is called on."""

    def __init__(self, machine: Machine, kind: str, record: Record) -> None:
        self._machine = machine
        self._kind = kind
        self._record = record

    def of(self, value: Value, name: str) -> Value:
        """Return a value in which every tensor, and what may be one, is an input of the model."""
        if isinstance(value, list | tuple):
            items = [self.of(each, f"{name}.{index}") for index, each in enumerate(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            return tuple(items) if isinstance(value, tuple) else items
        if isinstance(value, dict):
            return {key: self.of(each, f"{name}.{key}") for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if isinstance(value, Signal):
            return self.input(name, value.tensor.sizes)
        if isinstance(value, Weight):
            return self.input(name, value.sizes)
        return self.input(name, UNKNOWN) if isinstance(value, Unknown) else value

    def input(self, name: str, sizes: tuple[Size, ...] | Unknown) -> Signal:
        """Add an input of these sizes, the first being those of the batch."""
        if not isinstance(sizes, Unknown) and sizes:
            sizes = (BATCH, *sizes[1:])
        tensor = Tensor(sizes)
        if self._kind == "keras" and not isinstance(sizes, Unknown) and len(sizes) > 1:
            tensor, _ = with_channel(tensor, -1)
        signal = self._machine.input(name, tensor)
        self._record.inputs.append(signal)
        return signal


def _layers_of(root: Instance) -> tuple[int, ...]:
    """Return the layers that a model holds, at any depth, by identity."""
    found: dict[int, None] = {}
    stack = [root]
    while stack:
        for child in stack.pop().children.values():
            if isinstance(child, Instance) and id(child) not in found:
                found[id(child)] = None
                stack.append(child)
    return tuple(found)


def _outputs(value: Value, name: str = "", depth: int = 0) -> list[tuple[str, Edge]]:
    """Return the tensors in what a model returns, with the keys they are found under."""
    if isinstance(value, Signal):
        return [(name, value.edge)]
    if depth > 8:
        return []
    items: list[tuple[str, Value]] = []
    if isinstance(value, dict):
        items = [(str(key), each) for key, each in value.items()]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, tuple | list | set | frozenset):
        items = [("", each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    elif isinstance(value, ByPhase):
        items = [("", value.training), ("", value.inference)]
    elif isinstance(value, Instance) and not is_module(value):
        items = list(value.attributes.items())
    found: list[tuple[str, Edge]] = []
    for key, each in items:
        inner = key if not name or not key else f"{name}.{key}"
        found += _outputs(each, inner or name, depth + 1)
    return found


def _plain_parameters(function: Function) -> dict[str, Value]:
    """Return the parameters that are annotated as no tensors, and the mode of the model, with what they are given."""
    arguments = function.node.args
    found: dict[str, Value] = {}
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        annotation = each.annotation
        if each.arg == "training":
            found[each.arg] = ByPhase(True, False)  # noqa: FBT003 - the phase itself
        elif isinstance(annotation, ast.Name) and annotation.id in _PLAIN_TYPES:
            found[each.arg] = Unknown(f"`{each.arg}` is an argument without default")
    return found


def _takes(function: Value, name: str) -> bool:
    """Whether a method has a parameter of a name."""
    return isinstance(function, Function) and any(each.name == name for each in function.parameters)


def _built_on(value: Value) -> Value:
    """Return the shape of a tensor, or those of several, as Keras gives it to `build`."""
    if isinstance(value, Signal):
        sizes = value.tensor.sizes
        return sizes if isinstance(sizes, Unknown) else (None, *sizes[1:])
    if isinstance(value, list | tuple):
        return [_built_on(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, dict):
        return {key: _built_on(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value.sizes if isinstance(value, Weight) else Unknown("the shape of the input")


def _alike(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same sizes and channel axis, as far as known."""
    if isinstance(one.sizes, Unknown) or isinstance(other.sizes, Unknown) or len(one.sizes) != len(other.sizes):
        return one is other
    known = all(
        a is b or (not isinstance(a, Unknown) and not isinstance(b, Unknown) and a == b)
        for a, b in zip(one.sizes, other.sizes, strict=True)
    )
    return known and (one.channel is other.channel or one.channel == other.channel)
