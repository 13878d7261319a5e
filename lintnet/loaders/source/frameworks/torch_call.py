"""One call of a torch layer or function, as the tables look at it, and how what they say of it becomes a node.

Knows the machine and signals, no layer. A row's meaning is a pure function from a `Call` to kind, attributes and what
follows for the result; the same function serves the layer class and the function of the same name.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from lintnet.ir import UNKNOWN, Edge, Size, Tensor, Unknown
from lintnet.ir.unknown import Value as AttributeValue
from lintnet.loaders.source.frameworks.torch_shapes import Outcome, rank_of, size_at
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, ByPhase, Instance, Signal, Value, Weight, walk_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lintnet.loaders.source.tables import Machine, Run

__all__ = [
    "MODULE",
    "Attributes",
    "Call",
    "Describe",
    "Described",
    "as_attribute",
    "constant_result",
    "emit",
    "entries_of",
    "function",
    "get",
    "in_place",
    "integers",
    "is_dict",
    "items_of",
    "keywords",
    "layer",
    "lines",
    "listed",
    "number_of",
    "optional_flag",
    "plain",
    "rest",
    "settings_of",
    "signals_in",
    "size_value",
]

MODULE: Final = "torch.nn.Module"

Attributes: TypeAlias = dict[str, AttributeValue]
Described: TypeAlias = tuple[str, Attributes, Outcome]
Describe: TypeAlias = "Callable[[Call], Described]"

_NOWHERE: Final = Edge(-1)


class Call(NamedTuple):
    """A call on one tensor.

    x: the tensor. settings: the arguments that say what is done: those of the constructor for a layer, of the call for
    a function. bound: the arguments of the call. layer: the instance that is called, if it is one.
    """

    x: Signal
    settings: Bound
    bound: Bound
    layer: Instance | None = None

    @property
    def rank(self) -> int | Unknown:
        """Number of axes of the tensor."""
        return rank_of(self.x)

    def size(self, axis: int | Unknown) -> Size:
        """Return the number of elements along an axis of the tensor."""
        return size_at(self.x, axis)

    def same(self) -> Outcome:
        """Return what follows for a result that looks like the tensor."""
        return self.x.tensor, self.x.width


def plain(kind: str, **attributes: AttributeValue) -> Describe:
    """Describe a layer whose attributes are always the same, and whose result looks like its input."""
    return partial(_plain, kind, attributes)


def _plain(kind: str, attributes: Attributes, call: Call) -> Described:
    return kind, dict(attributes), call.same()


def layer(  # noqa: PLR0917 - the columns of a table
    path: str, signature: str, describe: Describe, call: str = "input", made: Run | None = None, base: str = MODULE
) -> Row:
    """Make the row of a layer class that is one node."""
    first = call.partition(",")[0].partition("=")[0].strip()
    return Row(
        signature,
        partial(_run, describe, path, first),
        layer=True,
        call=call,
        made=made,
        base=base,
        is_class=True,
    )


def function(path: str, signature: str, describe: Describe, *, changes: bool = False) -> Row:
    """Make the row of a function that is one node; `changes`: it overwrites its tensor."""
    first = signature.partition(",")[0].partition("=")[0].strip()
    run: Run = partial(_run, describe, path, first)
    return Row(signature, partial(in_place, run, first) if changes else run)


def settings_of(bound: Bound) -> Bound | None:
    """Return the arguments that say what is done; None for a layer whose constructor did not run."""
    return bound if bound.layer is None else bound.layer.settings


def _run(describe: Describe, op: str, first: str, machine: Machine, bound: Bound) -> Value:
    settings = settings_of(bound)
    value = bound.arguments.get(first, UNKNOWN)
    if settings is None:
        return machine.barrier(op, signals_in(value), "its constructor was not run", layer=bound.layer)
    if isinstance(value, Weight):
        return constant_result(describe, value, bound, settings)
    x = machine.as_signal(value, op)
    kind, attributes, (tensor, width) = describe(Call(x, settings, bound, bound.layer))
    if kind == "unknown":
        return machine.barrier(op, [x], str(attributes.get("reason", "")), layer=bound.layer)
    if kind == "":
        return x
    result = machine.emit(kind, [x], tensor, attributes, op=op, layer=bound.layer, width=_width(width))
    if settings.arguments.get("inplace") is True:
        overwrite(x, result)
    return result


def constant_result(describe: Describe, value: Weight, bound: Bound, settings: Bound) -> Weight:
    """Return what a layer makes of a constant: a constant, that is trained if the layer is."""
    phantom = Signal(_NOWHERE, Tensor(value.sizes))
    result = describe(Call(phantom, settings, bound, bound.layer))[2]
    return Weight(result[0].sizes, trainable=value.trainable or bound.layer is not None)


def _width(width: Size) -> int | None:
    return width if isinstance(width, int) else None


def emit(  # noqa: PLR0917 - as the machine's
    machine: Machine,
    kind: str,
    inputs: Sequence[Signal],
    result: Outcome,
    attributes: Mapping[str, AttributeValue] | None = None,
    op: str = "",
    layer: Instance | None = None,
    part: str = "",
    more: Sequence[Tensor] = (),
) -> Signal:
    """Add a node, with what is known of its result."""
    tensor, width = result
    return machine.emit(kind, inputs, tensor, attributes, op=op, layer=layer, part=part, more=more, width=_width(width))


def in_place(run: Run, first: str, machine: Machine, bound: Bound) -> Value:
    """Run an operation that overwrites its tensor: every name of the tensor means the result afterwards."""
    result = run(machine, bound)
    value = bound.arguments.get(first)
    if isinstance(value, Signal) and isinstance(result, Signal):
        overwrite(value, result)
    return result


def overwrite(signal: Signal, result: Signal) -> None:
    """Let a tensor mean the result of an operation that overwrote it.

    All names of it in the program share the one `Signal`, as they share the one tensor in torch.
    """
    if signal is result:
        return
    for name in ("edge", "tensor", "width"):
        object.__setattr__(signal, name, getattr(result, name))


def signals_in(*values: Value) -> list[Signal]:
    """Return the activation tensors among values and inside containers, in order."""
    return [each for value in values for each in walk_values(value) if isinstance(each, Signal)]


def size_value(value: Value) -> Size:
    """Return a value as a size; a float that is a whole number counts as one."""
    if isinstance(value, ByPhase):
        value = value.training
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, Unknown) else UNKNOWN


def number_of(value: Value) -> float | Unknown:
    """Return a number; unknown where it is none."""
    if isinstance(value, ByPhase):
        value = value.training
    return value if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN


def as_attribute(value: Value) -> AttributeValue:
    """Return a number, text, flag or None as an attribute of a node; anything else is unknown."""
    if isinstance(value, ByPhase):
        value = value.training
    return value if isinstance(value, bool | int | float | str) or value is None else UNKNOWN


def items_of(value: Value) -> list[Value] | None:
    """Return the elements of a tuple or list, None for anything else."""
    return list(cast("Sequence[Value]", value)) if isinstance(value, tuple | list) else None


def entries_of(value: Value) -> dict[str, Value]:
    """Return the entries of a dict by the text of their keys; none of anything else."""
    if not isinstance(value, dict):
        return {}
    return {str(key): each for key, each in cast("Mapping[object, Value]", value).items()}


def is_dict(value: Value) -> bool:
    """Say whether a value is a dict."""
    return isinstance(value, dict)


def rest(bound: Bound) -> list[Value]:
    """Return what a signature collects in `*args`."""
    return items_of(bound.arguments.get("args")) or []


def keywords(bound: Bound) -> dict[str, Value]:
    """Return what a signature collects in `**kwargs`."""
    return entries_of(bound.arguments.get("kwargs"))


def integers(value: Value) -> tuple[int | Unknown, ...] | Unknown:
    """Return integers from a sequence of them, or from one."""
    if isinstance(value, ByPhase):
        value = value.training
    items = items_of(value)
    if items is not None:
        return tuple(size_value(each) for each in items)
    size = size_value(value)
    return size if isinstance(size, Unknown) else (size,)


def listed(value: Value) -> list[Value]:
    """Return variadic arguments: given one by one, or as one sequence."""
    items = items_of(value)
    if items is None:
        return [value]
    inner = items_of(items[0]) if len(items) == 1 else None
    return items if inner is None else inner


def optional_flag(value: Value) -> bool | Unknown:
    """Say whether an optional tensor is there."""
    if isinstance(value, Unknown):
        return value
    return value is not None and value is not False


def get(bound: Bound, name: str) -> Value:
    """Return an argument, unknown where the signature has none of that name."""
    return bound.arguments.get(name, UNKNOWN)


def lines(table: str, columns: int) -> list[list[str]]:
    """Read a table written as text, with `|` between the columns."""
    rows: list[list[str]] = []
    for line in table.strip().splitlines():
        if line:
            cells = [cell.strip() for cell in line.split("|")]
            rows.append(cells + [""] * (columns - len(cells)))
    return rows
