"""What a part of a program changed that runs any number of times: it is written down while it runs once.

Knows the values of the language and no framework. A `Changes` keeps every object that was there before and is written
to, as it was at the first write; behind the part, what differs from that is forgotten. The functions here are methods
of the `Interpreter`, which comes as `run`.
"""

from __future__ import annotations

import ast
import collections
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_scope import effects
from lintnet.loaders.source.lang_values import ATOMS, DICTS, is_plain
from lintnet.loaders.source.objects import Function, LocalClass, LocalModule, Stream, UnknownRest, kind_of
from lintnet.loaders.source.values import Builtin, FrameworkClass, Instance, Signal, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.source.objects import Dyn, Frame

__all__ = [
    "CHANGING",
    "Changes",
    "add_rest",
    "begin_changes",
    "blur",
    "born",
    "doubt_names",
    "end_changes",
    "forget",
    "forget_values",
    "hand_over",
    "hand_over_to",
    "more",
    "note_change",
    "note_variables",
    "skip",
    "skip_calls",
]

_LISTS: Final = frozenset({list, collections.deque})
_MOST_CALLS: Final = 50
"""Functions that are looked at for what a part would have changed that did not run."""
_WRITTEN: Final = _LISTS | DICTS | {set}
_DEFINITIONS: Final = frozenset({Function, LocalClass, LocalModule, Symbol, FrameworkClass, Builtin})


class Changes:
    """Objects as they were before a part of the program wrote to them, and those that the part made itself."""

    __slots__ = ("made", "outer", "saved", "variables")

    def __init__(self, outer: Changes | None) -> None:
        """`outer` is that of the part around this one."""
        self.outer = outer
        self.made: dict[int, Dyn] = {}
        self.saved: dict[int, tuple[Dyn, Dyn]] = {}
        self.variables: dict[int, tuple[dict[str, Dyn], dict[str, Dyn]]] = {}


def begin_changes(run: Dyn) -> None:
    """Write down from here on what changes."""
    run.changes = Changes(run.changes)


def born(run: Dyn, value: Dyn) -> Dyn:
    """Note that a value is new, so that it is no matter what becomes of it; return it."""
    if run.changes is not None:
        run.changes.made[id(value)] = value
    return value


def note_change(run: Dyn, value: Dyn) -> None:
    """Note that an object or a container is about to change."""
    changes = run.changes
    if changes is None:
        return
    key = id(value)
    if key in changes.saved or key in changes.made:
        return
    kind = kind_of(value)
    state: Dyn = None
    if kind in _LISTS:
        state = [*value]
    elif kind in DICTS:
        state = dict(value)
    elif kind is set:
        state = set(value)
    elif kind is Instance:
        state = dict(value.attributes), dict(value.children)
    elif kind is LocalClass:
        state = dict(value.namespace)
    elif kind is Function:
        state = dict(value.attributes or {})
    elif kind is LocalModule:
        note_variables(run, value.namespace)
        return
    elif kind is not Stream:
        return
    changes.saved[key] = value, (state, run.is_open(value))


def note_variables(run: Dyn, variables: dict[str, Dyn]) -> None:
    """Note that the variables of another scope are about to change."""
    changes = run.changes
    if changes is not None and id(variables) not in changes.variables and id(variables) not in changes.made:
        changes.variables[id(variables)] = variables, dict(variables)


def end_changes(run: Dyn, why: str, frame: Frame, names: frozenset[str]) -> None:
    """Forget what changed since the last `begin_changes`; `names` are variables of the frame that others look after."""
    changes: Changes = run.changes
    outer = run.changes = changes.outer
    if outer is not None:
        outer.made.update(changes.made)
        for key, saved in changes.saved.items():
            if key not in outer.made:
                outer.saved.setdefault(key, saved)
        for key, kept in changes.variables.items():
            outer.variables.setdefault(key, kept)
    text = f"changed in `{why}`"
    for value, (before, opened) in changes.saved.values():
        _FORGETTERS[_sort_of(value)](run, value, before, text, opened)
    for variables, before in changes.variables.values():
        own = variables is frame.vars or variables is frame.module.namespace
        _compare(run, variables, before, text, names if own else frozenset())


def _sort_of(value: Dyn) -> type:
    kind = kind_of(value)
    return list if kind in _LISTS else dict if kind in DICTS else kind


def _unchanged(one: Dyn, other: Dyn) -> bool:
    return one is other or (type(one) in ATOMS and type(one) is type(other) and bool(one == other))


def skip(run: Dyn, frame: Frame, touched: Dyn, text: str) -> None:
    """Go on behind statements that did not run, or not often enough: what they may have changed is not known."""
    why = f"changed in `{text}`"
    for _, peek, store in touched.names:
        store(frame, blur(run, peek(frame), MISSING, why))
    for _, _, peek, name in touched.attributes:
        holder = peek(frame)
        if type(holder) is Instance and name in holder.attributes:
            run.set(holder, name, blur(run, holder.attributes[name], MISSING, why))
    for peek in touched.containers:
        value = peek(frame)
        _grow(run, value, why)
    skip_calls(run, frame, touched, why)


def _grow(run: Dyn, value: Dyn, why: str) -> None:
    if type(value) is Instance:
        note_change(run, value)
        more(run, value, why)
    else:
        run.open_up(value, why)


def skip_calls(run: Dyn, frame: Frame, touched: Dyn, why: str) -> None:
    """Forget what the functions of the program would have changed that statements call which did not run."""
    seen: set[tuple[int, int]] = set()
    for peek, parts in touched.calls:
        value = peek(frame)
        if not parts:
            _forget_call(run, value, None, why, seen)
        elif len(parts) == 1 and type(value) is Instance and type(value.cls) is LocalClass:
            _forget_call(run, value.cls.find(parts[0]), value, why, seen)


def _forget_call(run: Dyn, function: Dyn, target: Instance | None, why: str, seen: set[tuple[int, int]]) -> None:
    if type(function) is not Function or type(function.node) is ast.Lambda or len(seen) >= _MOST_CALLS:
        return
    if (id(function), id(target)) in seen:
        return
    seen.add((id(function), id(target)))
    what = effects(function.node.body)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    first = function.code.names[0] if target is not None and function.code.names else None
    for holder, name in what.attributes:
        if target is not None and holder == first and name in target.attributes:
            run.note_change(target)
            run.set_raw(target, name, blur(run, target.attributes[name], MISSING, why))
    for path in what.containers:
        holder, *names = path.split(".")
        value: Dyn = target if holder == first and names else MISSING
        for name in names:
            value = value.attributes.get(name, MISSING) if type(value) is Instance else MISSING
        _grow(run, value, why)
    space = function.module.namespace
    outer = [name for each in function.node.body if isinstance(each, ast.Global) for name in each.names]  # type: ignore[union-attr] # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    for name in outer:
        if name in what.names and name in space:
            run.note_variables(space)
            space[name] = blur(run, space[name], MISSING, why)
    for path in what.calls:
        holder, *names = path.split(".")
        if not names:
            _forget_call(run, space.get(holder), None, why, seen)
        elif len(names) == 1 and holder == first and target is not None and type(target.cls) is LocalClass:
            _forget_call(run, target.cls.find(names[0]), target, why, seen)


def doubt_names(run: Dyn, frame: Frame, touched: Dyn, before: dict[str, Dyn], why: str) -> None:
    """Forget the constants that statements set, or would have set, of which is not known how far they ran."""
    for name, peek, store in touched.names:
        value = peek(frame)
        earlier = before.get(name, MISSING)
        if value is MISSING or _unchanged(value, earlier):
            continue
        if is_plain(value):
            store(frame, Unknown(why))
        elif type(value) is Signal:
            store(frame, blur(run, earlier, value, why))
    for holder, name, peek, _ in touched.attributes:
        owner = peek(frame)
        value = owner.attributes.get(name, MISSING) if type(owner) is Instance else MISSING
        known = before.get(f"{holder}.{name}", MISSING)
        if value is not MISSING and not _unchanged(value, known) and is_plain(value):
            run.note_change(owner)
            owner.attributes[name] = Unknown(why)


def blur(run: Dyn, before: Dyn, after: Dyn, why: str) -> Dyn:
    """Return what stands for either of two values."""
    signals = [each for each in (before, after) if type(each) is Signal]
    return run.host.choose(signals, _place_in(why)) if signals else Unknown(why)


def _place_in(why: str) -> str:
    """Return the text of the program within a reason, the reason itself where it quotes none."""
    return why.partition("`")[2].rpartition("`")[0] or why


def _compare(run: Dyn, now: dict[str, Dyn], before: dict[str, Dyn], why: str, names: frozenset[str]) -> None:
    """Forget the variables or attributes that are not what they were; new ones stay, unless they are constants."""
    for name, value in list(now.items()):
        earlier = before.get(name, MISSING)
        if name in names or _unchanged(value, earlier):
            continue
        if earlier is MISSING:
            if is_plain(value) and value is not None:
                now[name] = Unknown(why)
        elif type(earlier) is not Signal and type(value) is Signal:
            continue
        else:
            now[name] = blur(run, earlier, value, why)
    for name, value in before.items():
        if name not in now and name not in names:
            now[name] = blur(run, value, MISSING, why)


def _forget_instance(run: Dyn, value: Instance, before: Dyn, why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    _ = opened
    attributes, children = before
    _compare(run, value.attributes, attributes, why, frozenset())
    if _unchanged_all(value.children, children):
        return
    names = [name for name, each in children.items() if value.children.get(name, MISSING) is not each]
    for name in names:
        value.children[name] = Unknown(why)
        if name in value.attributes:
            value.attributes[name] = value.children[name]
    more(run, value, why)


def more(run: Dyn, value: Instance, why: str) -> None:
    """Note that a layer may hold any number of further ones."""
    for name in ("append", "add"):
        method = run.host.attribute(value, name)
        if type(method) is Builtin:
            run.call(method, [UnknownRest(why)], {})
            return
    if run.host.attribute(value, "__len__") is not MISSING:
        add_rest(value.children, why)
    else:
        value.extra.setdefault("open", why)


def add_rest(children: dict[str, Dyn], why: str) -> None:
    """Put any number of layers that are not known behind those that a container of layers holds."""
    if not children or type(next(reversed(children.values()))) is not UnknownRest:
        children[str(len(children))] = UnknownRest(why)


def _unchanged_all(now: dict[Any, Dyn], before: dict[Any, Dyn]) -> bool:
    return len(now) == len(before) and all(_unchanged(now.get(key, MISSING), each) for key, each in before.items())


def _forget_list(run: Dyn, value: Dyn, before: list[Dyn], why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    now = [*value]
    same = next(
        (index for index, (one, other) in enumerate(zip(now, before, strict=False)) if not _unchanged(one, other)),
        min(len(now), len(before)),
    )
    if same == len(before) == len(now):
        return
    if same == len(before):
        run.open_up(value, why)
    elif len(now) == len(before) and not opened and not run.is_open(value):
        for index in range(len(now)):
            if not _unchanged(now[index], before[index]):
                value[index] = blur(run, before[index], now[index], why)
    else:
        forget(run, value, why)


def _forget_dict(run: Dyn, value: Dyn, before: dict[Any, Dyn], why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    if any(key not in value for key in before):
        forget(run, value, why)
        return
    for key, each in list(value.items()):
        earlier = before.get(key, MISSING)
        if earlier is not MISSING and not _unchanged(each, earlier):
            value[key] = blur(run, earlier, each, why)
    if len(value) != len(before) or run.is_open(value) is not opened:
        run.note_open(value)


def _forget_set(run: Dyn, value: Dyn, before: Dyn, why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    _ = opened
    if value != before:
        if not before <= value:
            value.clear()
        run.open_up(value, why)


def _forget_stream(run: Dyn, value: Stream, before: Dyn, why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    _ = run, before, opened
    value.source = iter((UnknownRest(why),))


def _forget_class(run: Dyn, value: LocalClass, before: dict[str, Dyn], why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    _ = opened
    _compare(run, value.namespace, before, why, frozenset())
    value.forget()


def _forget_function(run: Dyn, value: Function, before: dict[str, Dyn], why: str, opened: bool) -> None:  # noqa: FBT001 - called through a table with the others
    _ = opened
    if value.attributes is not None:
        _compare(run, value.attributes, before, why, frozenset())


_FORGETTERS: Final[dict[type, Callable[..., None]]] = {
    list: _forget_list,
    dict: _forget_dict,
    set: _forget_set,
    Instance: _forget_instance,
    LocalClass: _forget_class,
    Function: _forget_function,
    Stream: _forget_stream,
}


_PURE: Final = frozenset(
    [
        *(
            "torch",
            "torchvision",
            "keras",
            "tensorflow",
            "tf_keras",
            "numpy",
            "scipy",
            "pandas",
            "sklearn",
            "matplotlib",
        ),
        *("math", "os", "sys", "re", "json", "yaml", "time", "pprint", "copy", "pathlib", "statistics", "argparse"),
        *("wandb", "mlflow", "tensorboardX", "tqdm", "einops", "builtins", "operator", "functools", "itertools"),
    ]
)
"""Packages whose functions leave the lists and dicts alone that they are given."""
CHANGING: Final = frozenset(
    [
        *("random.shuffle", "numpy.random.shuffle", "heapq.heapify", "heapq.heappush", "heapq.heappop"),
        *("bisect.insort", "bisect.insort_left", "bisect.insort_right"),
    ]
)


def hand_over_to(run: Dyn, path: str, values: list[Dyn]) -> None:
    """Hand lists and dicts to a function outside of the program."""
    if path in CHANGING or path.partition(".")[0] not in _PURE:
        hand_over(run, values, path)


def hand_over(run: Dyn, values: list[Dyn], callee: str) -> None:
    """Hand lists and dicts to a function that is not known: it may do to them what it likes.

    Tensors in them stay what they are, layers too, though there may be more of them.
    """
    for value in values:
        if kind_of(value) not in _WRITTEN or not value:
            continue
        why = f"changed by `{callee}`"
        held = value.values() if kind_of(value) in DICTS else value
        if is_plain(value):
            forget(run, value, why)
        elif not any(type(each) is Signal for each in held):
            run.open_up(value, why)


def forget(run: Dyn, value: Dyn, why: str) -> None:
    """Forget all that a container holds, and how much it is."""
    kind = kind_of(value)
    if kind not in _WRITTEN:
        return
    run.note_change(value)
    signals = [each for each in (value.values() if kind in DICTS else value) if type(each) is Signal]
    rest = UnknownRest(why)
    value.clear()
    if kind in _LISTS:
        # What was computed is still used: whichever of the elements is meant, it is one of these.
        value.extend([run.host.choose(signals, why)] if signals else [])
        value.append(rest)
    run.note_open(value)


def forget_values(run: Dyn, value: Dyn, why: str, new: Dyn = MISSING) -> None:
    """Forget what a dict or list holds under keys that may have been assigned to; what a module defines stays."""
    run.note_change(value)
    keep = kind_of(value) in DICTS and any(value is each.namespace for each in run.modules.values())
    items: list[tuple[Any, Any]] = [*(value.items() if kind_of(value) in DICTS else enumerate(value))]
    for key, each in items:
        if type(each) is UnknownRest or (keep and type(each) in _DEFINITIONS):
            continue
        value[key] = blur(run, each, new, why)
