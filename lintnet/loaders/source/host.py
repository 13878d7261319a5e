"""What the interpreter asks of its host: everything that is not the Python language itself.

The interpreter knows statements, expressions, functions and classes. The host knows frameworks (through tables), the
graph that is recorded, the files of the project, and how conditions that cannot be decided are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.ir import Location
    from lintnet.loaders.source.values import FrameworkClass, Instance, Signal, Symbol, Value

__all__ = ["MISSING", "Host", "Missing"]


class Missing:
    """The type of `MISSING`."""

    __slots__ = ()


MISSING: Final = Missing()
"""What `Host.attribute` returns for an attribute that an object does not have, as Python would raise AttributeError."""


class Host(Protocol):
    """The surroundings of an interpreted program."""

    here: Location | None
    """Where the innermost call or statement of the program stands; the interpreter keeps it."""

    def import_module(self, name: str, level: int, importer: object) -> Value:
        """Return what `import name` binds: a local module or a `Symbol`; `level` is the number of dots in front.

        The module is the one that `name` names in full: for `import a.b` the interpreter asks for `a.b` and then for
        `a`. `importer` is the interpreter's local module in which the statement stands.
        """
        ...

    def symbol(self, path: str) -> Value:
        """Return what a dotted name outside the checked tree stands for.

        A `FrameworkClass`, a `Symbol`, or a constant (`math.pi`). The name is made canonical: `tf.keras.layers.Dense`
        is `keras.layers.Dense`.
        """
        ...

    def call_symbol(self, symbol: Symbol, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Call a function of a framework or a library.

        A method of a framework class that is reached through `super()` or through the class comes as the symbol
        `torch.nn.Conv2d.forward` with the instance as first argument (the path is that of the class in the program's
        MRO; the method may be that of its `base`). A callee that is not known comes, when there are tensors among the
        arguments, as a symbol with its text, `self.blocks[3]`, so that it becomes a barrier. Arguments behind a `**`
        that is not known come as the keyword `"**"`.
        """
        ...

    def construct(
        self, instance: Instance, cls: FrameworkClass, arguments: Sequence[Value], keywords: Mapping[str, Value]
    ) -> None:
        """Run the constructor of a framework class on an instance of it or of a local class derived from it.

        Called for `nn.Linear(3, 4)` and for `super().__init__(...)` when the next class is a framework's. A class that
        has no constructor arguments known (`nn.Module`) accepts any.
        """
        ...

    def call_instance(self, instance: Instance, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Call an instance whose class has no `__call__` of its own in the program.

        The host decides what that means: torch runs `forward`, Keras `build` and `call`, a framework layer its row. To
        run a method of the program it calls `Interpreter.invoke`.
        """
        ...

    def attribute(self, value: Value, name: str) -> Value:
        """Read an attribute that the interpreter did not find itself: of a tensor, a weight, a framework instance.

        `MISSING` where there is none; then the interpreter tries `__getattr__` of the program, and at last the result
        is unknown. It is asked for `__iter__`, `__len__` and `__contains__` too, as bound methods, when a value of the
        host is iterated over, measured or searched.
        """
        ...

    def set_attribute(self, instance: Instance, name: str, value: Value) -> None:
        """Set an attribute of an instance; layers are registered as children."""
        ...

    def operate(self, operator: str, operands: Sequence[Value]) -> Value:
        """Apply an operator of Python (`add`, `mul`, `getitem`, `neg`, `lt`, …, as in the module `operator`).

        Called when an operand is a `Signal`, `Weight`, `Instance` without such a method, or `Symbol`.
        """
        ...

    def unpack(self, value: Value, count: int) -> list[Value] | None:
        """Take a value apart into as many parts as the program has names for; None where nothing is known of it.

        Asked for unknown values and tensors, of which only the program knows how many parts they have.
        """
        ...

    def truth(self, value: Value) -> bool | None:
        """Say whether a value of the host's kinds is true; None where it cannot be known."""
        ...

    def decide(self, text: str, location: Location) -> bool | None:
        """Say how a condition is taken that cannot be known, None where there are too many.

        Then the interpreter runs neither branch, and everything the branches could have changed becomes a `choose`.
        """
        ...

    def choose(self, before: Sequence[Value], text: str) -> Value:
        """Return the value that one of several branches leaves behind.

        A `choice` node if any of them is a tensor, else unknown. `before` holds the values the branches could read it
        from.
        """
        ...

    def guard(self, *, on: bool) -> None:
        """Enter (`on`) or leave code that runs in training mode only."""
        ...

    def discard(self, value: Signal, location: Location) -> None:
        """Note that an expression statement threw a tensor away that a call of a layer or operation had made."""
        ...

    def blind(self, why: str) -> None:
        """Note that something at the present place could not be followed."""
        ...
