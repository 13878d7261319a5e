"""A host that knows nothing: every name outside of Python is a symbol, every call of one an unknown value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.ir import Edge, Tensor, Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.objects import LocalModule
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import ByPhase, FrameworkClass, Instance, Signal, Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.ir import Location
    from lintnet.loaders.source.values import Value


class NullHost:
    """Answers every question of the interpreter with "not known", and remembers what it was asked.

    decisions: how conditions are taken, by their text; others are taken as true (`otherwise`).
    """

    def __init__(self, decisions: Mapping[str, bool | None] | None = None, *, otherwise: bool | None = True) -> None:
        self.here: Location | None = None
        self.decisions = dict(decisions or {})
        self.otherwise = otherwise
        self.asked: list[tuple[str, Location]] = []
        self.blinds: list[tuple[str, Location | None]] = []
        self.discarded: list[tuple[Signal, Location]] = []
        self.chosen: list[tuple[list[Value], str]] = []
        self.calls: list[tuple[str, list[Value], dict[str, Value], Location | None, int]] = []
        self.guards = 0

    def import_module(self, name: str, level: int, importer: object) -> Value:
        """Give a symbol; of relative imports nothing is known."""
        del importer
        return Symbol(name) if level == 0 else Unknown(f"module {'.' * level}{name}")

    def symbol(self, path: str) -> Value:
        """Give the name itself."""
        return Symbol(path)

    def call_symbol(self, symbol: Symbol, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Remember the call; its result is not known."""
        self.calls.append((symbol.path, list(arguments), dict(keywords), self.here, self.guards))
        return Unknown(f"result of `{symbol.path}`")

    def construct(
        self, instance: Instance, cls: FrameworkClass, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> None:
        """Remember the construction."""
        self.calls.append((cls.path, [instance, *arguments], dict(keywords), self.here, self.guards))

    def call_instance(self, instance: Instance, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Remember the call; its result is not known."""
        self.calls.append(("call", [instance, *arguments], dict(keywords), self.here, self.guards))
        return Unknown("result of a call")

    def attribute(self, value: Value, name: str) -> Value:
        """Have no attributes."""
        del value, name
        return MISSING

    def set_attribute(self, instance: Instance, name: str, value: Value) -> None:
        """Keep the value."""
        instance.attributes[name] = value

    def operate(self, operator: str, operands: Sequence[Value]) -> Value:
        """Remember the operation; its result is not known."""
        self.calls.append((f"operator.{operator}", list(operands), {}, self.here, self.guards))
        return Unknown(f"result of `{operator}`")

    def unpack(self, value: Value, count: int) -> list[Value] | None:
        """Know no better than the interpreter."""
        del value, count
        return None

    def truth(self, value: Value) -> bool | None:
        """Know no truth."""
        del value
        return None

    def decide(self, text: str, location: Location) -> bool | None:
        """Take a condition as the test says."""
        self.asked.append((text, location))
        return self.decisions.get(text, self.otherwise)

    def choose(self, before: Sequence[Value], text: str) -> Value:
        """Remember the choice; its result is not known."""
        self.chosen.append((list(before), text))
        return Unknown(f"depends on `{text}`")

    def guard(self, *, on: bool) -> None:
        """Count."""
        self.guards += 1 if on else -1

    def discard(self, value: Signal, location: Location) -> None:
        """Remember the tensor."""
        self.discarded.append((value, location))

    def blind(self, why: str) -> None:
        """Remember what was not followed."""
        self.blinds.append((why, self.here))


class TensorHost(NullHost):
    """A host with tensors of a made-up framework `fake`, so that what the interpreter does with them can be seen.

    `fake.x` is a tensor, `fake.training` the mode of the model, `fake.Layer` and `fake.Module` are classes of layers;
    every call of another name of `fake` makes a new tensor.
    """

    def __init__(self, decisions: Mapping[str, bool | None] | None = None, *, otherwise: bool | None = True) -> None:
        super().__init__(decisions, otherwise=otherwise)
        self.made = 0
        self.local: dict[str, LocalModule] = {}

    def tensor(self) -> Signal:
        """Make a tensor."""
        self.made += 1
        return Signal(Edge(self.made, 0), Tensor())

    def import_module(self, name: str, level: int, importer: object) -> Value:
        """Give a module of the test, or a symbol."""
        if level and isinstance(importer, LocalModule):
            parts = importer.package.split(".")
            name = ".".join([*parts[: len(parts) - level + 1], *([name] if name else [])])
        return self.local.get(name, Symbol(name))

    def symbol(self, path: str) -> Value:
        """Give what the class says."""
        if path == "fake.x":
            return Signal(Edge(0, 0), Tensor())
        if path == "fake.training":
            return ByPhase(training=True, inference=False)
        if path in {"fake.Layer", "fake.Module"}:
            return FrameworkClass(path, Row("", layer=True, base="" if path == "fake.Module" else "fake.Module"))
        return Symbol(path)

    def call_symbol(self, symbol: Symbol, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Remember the call; functions of `fake` make tensors."""
        super().call_symbol(symbol, arguments, keywords)
        return self.tensor() if symbol.path.startswith("fake.") else Unknown(f"result of `{symbol.path}`")

    def call_instance(self, instance: Instance, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Remember the call and make a tensor."""
        super().call_instance(instance, arguments, keywords)
        return self.tensor()

    def operate(self, operator: str, operands: Sequence[Value]) -> Value:
        """Remember the operation and make a tensor."""
        super().operate(operator, operands)
        return self.tensor()

    def choose(self, before: Sequence[Value], text: str) -> Value:
        """Remember the choice; among tensors it is a tensor."""
        super().choose(before, text)
        if any(isinstance(each, Signal) for each in before):
            return self.tensor()
        return Unknown(f"depends on `{text}`")
