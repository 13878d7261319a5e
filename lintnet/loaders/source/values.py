"""The values of the abstract interpreter. Knows no syntax tree, no framework and no graph format.

Numbers, texts, flags, None, tuples, lists, dicts, sets and slices of the interpreted program are those of Python
itself, so that lists can be changed and shared as the program does. What is not known is an `Unknown` that says why.
Everything else is one of the classes here. All of them compare by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lintnet.ir import Location, Size
    from lintnet.loaders.source.tables import Row

__all__ = [
    "Aspect",
    "Bound",
    "Builtin",
    "ByPhase",
    "FrameworkClass",
    "Instance",
    "Method",
    "ShapeOf",
    "Signal",
    "Symbol",
    "Value",
    "Weight",
    "is_module",
    "walk_values",
]

Value = object
"""Any value of the interpreted program."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A dotted name outside the checked tree, canonical: `torch.nn.functional.relu`, `numpy.prod`.

    Whether anything is known of it is a question to the tables.
    """

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class ByPhase:
    """A value that depends on the mode of the model: `self.training`, or `0.5 if self.training else 0.0`.

    Its truth is that of the training phase; the source reader reads the training graph.
    """

    training: Value
    inference: Value


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """A tensor that does not depend on the model's input: a parameter, a buffer, `torch.zeros(3)`, `np.arange(9)`.

    sizes: elements per axis, where known. trainable: whether it is a parameter. owner is the layer whose attribute it
    is (`self.conv.weight`), and name that attribute.

    What a table may know besides: values are the numbers of a constant of at most one axis, where they are few and
    known (`torch.linspace(0, 0.1, 12)`). uniform is the lower end where the numbers are drawn evenly from an interval
    of length one (`torch.rand`), keep the probability of one where they are random zeros and ones, scaled or not.
    """

    sizes: tuple[Size, ...] | Unknown = UNKNOWN
    trainable: bool = False
    owner: Instance | None = None
    name: str = ""
    values: tuple[float, ...] | None = None
    uniform: float | Unknown | None = None
    keep: float | Unknown | None = None


class Aspect(Unknown):
    """An attribute of a tensor of which nothing is known. What is called through it works on that tensor."""

    __slots__ = ("source",)

    def __init__(self, source: Signal, why: str) -> None:
        """Remember the tensor, and why the attribute is not known."""
        super().__init__(why)
        self.source = source


class ShapeOf(Unknown):
    """The shape of a tensor of unknown rank; whoever takes it apart says what the rank is.

    item gives the size of one axis, as far as it is known without the rank.
    """

    __slots__ = ("item", "signal")

    def __init__(self, signal: Signal, item: Callable[[int], Value]) -> None:
        """Remember the tensor and whom to ask."""
        super().__init__("the rank of a tensor")
        self.signal = signal
        self.item = item


@dataclass(frozen=True, slots=True, eq=False)
class FrameworkClass:
    """A class of a framework that a table knows: `torch.nn.Conv2d`."""

    path: str
    row: Row


@dataclass(slots=True, eq=False)
class Instance:
    """An object of the interpreted program, of a local or a framework class or of a local one derived from it.

    cls: its class, a `FrameworkClass` or the interpreter's local class. row: that of the framework class it is or
    derives from, None if there is none. settings: the bound arguments of the framework constructor, None until that
    ran.
    attributes: as the program sets and reads them. children: layers it holds, by name and in order of registration, as
    `_modules` of torch; attributes that hold a layer are children too. owner: the instance that holds it first, and
    under which name. created: where it was made.
    """

    cls: object
    row: Row | None = None
    settings: Bound | None = None
    attributes: dict[str, Value] = field(default_factory=dict[str, "Value"])
    children: dict[str, Value] = field(default_factory=dict[str, "Value"])
    owner: tuple[Instance, str] | None = None
    created: Location | None = None
    calls: int = 0
    extra: dict[str, object] = field(default_factory=dict[str, object])
    """What a table or the machine keeps of it: the graph of a functional model, the shape it was built on.

    A Keras layer or model has `name` (text), Keras' own name for it, by which its nodes are called where no attribute
    of a local class holds it, `auto` (flag): that name was made up, so the scope says kind and ordinal instead, and
    `word` (text): its class in small letters, which stands in the scope of what is inside of it where the name was made
    up.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A callable of the interpreter itself: `len`, `range`, a bound method of a table.

    run takes the positional and the keyword arguments and gives the result.
    """

    name: str
    run: Callable[[list[Value], dict[str, Value]], Value]


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A callable with the object it is bound to: a local function and an `Instance`, or a row of a table."""

    function: Value
    target: Value


@dataclass(slots=True, eq=False)
class Bound:
    """Arguments that were matched with a signature.

    path: canonical name of what is called. arguments: every parameter of the signature with its value, defaults filled
    in. `*args` is a tuple, `**kwargs` a dict. given: the parameters that the program wrote itself. layer: the instance
    that is called, or whose method is called; its constructor arguments are in `layer.settings`. location: of the call.
    """

    path: str
    arguments: dict[str, Value]
    given: frozenset[str] = frozenset()
    layer: Instance | None = None
    location: Location | None = None

    def __getitem__(self, name: str) -> Value:
        """Return an argument."""
        return self.arguments[name]

    def training(self, name: str) -> Value:
        """Return an argument as it is in the training phase."""
        value = self.arguments[name]
        return value.training if isinstance(value, ByPhase) else value

    def number(self, name: str) -> float | Unknown:
        """Return a numeric argument; unknown where it is none or not known."""
        value = self.training(name)
        if isinstance(value, Unknown):
            return value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN

    def integer(self, name: str) -> int | Unknown:
        """Return an integer argument; 32.0 counts as one."""
        value: Any = self.number(name)
        if isinstance(value, Unknown | int):
            return value
        return int(value) if value.is_integer() else UNKNOWN

    def flag(self, name: str) -> bool | Unknown:
        """Return a flag; any number has a truth, as in Python."""
        value = self.training(name)
        if isinstance(value, Unknown):
            return value
        return bool(value) if isinstance(value, bool | int) or value is None else UNKNOWN

    def text(self, name: str) -> str | Unknown:
        """Return a text argument."""
        value = self.training(name)
        if isinstance(value, Unknown):
            return value
        return value if isinstance(value, str) else UNKNOWN

    def axes(self, name: str, count: int) -> tuple[int | Unknown, ...] | Unknown:
        """Return one integer per axis, from a sequence or from one integer for all of `count` axes."""
        value = self.training(name)
        if isinstance(value, Unknown):
            return value
        if isinstance(value, tuple | list):
            sizes = tuple(each if isinstance(each, int) else UNKNOWN for each in value)  # pyright: ignore[reportUnknownVariableType]
            if len(sizes) == 1:
                return sizes * count
            return sizes if len(sizes) == count else UNKNOWN
        size = self.integer(name)
        return size if isinstance(size, Unknown) else (size,) * count

    def signal(self, name: str) -> Signal | None:
        """Return an argument that is an activation tensor, None where it is not."""
        value = self.arguments.get(name)
        return value if isinstance(value, Signal) else None


def is_module(value: Value) -> bool:
    """Whether a value is a layer or a model: something with parameters that can be called on tensors."""
    return isinstance(value, Instance) and value.row is not None and value.row.layer


_DEEPEST: Final = 20
_MOST_WALKED: Final = 100_000


def _inside(value: Value) -> list[Value] | None:
    """Return what a container holds, None for anything else."""
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, dict):
        return list(value.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return None


def walk_values(value: Value) -> list[Value]:
    """Return the values inside containers, the value itself if it is none, in order.

    Containers may hold one another, so what lies very deep, or behind very many others, is left out.
    """
    found: list[Value] = []
    stack: list[tuple[Value, int]] = [(value, 0)]
    for _ in range(_MOST_WALKED):
        if not stack:
            break
        each, depth = stack.pop()
        inner = _inside(each)
        if inner is None:
            found.append(each)
        elif depth < _DEEPEST:
            stack += [(one, depth + 1) for one in reversed(inner)]
    return found


def no_settings(path: str = "", arguments: Mapping[str, Value] | None = None) -> Bound:
    """Make arguments of nothing, for instances that no constructor was called for."""
    return Bound(path, dict(arguments or {}))
