"""Modules of torch that hold others: Sequential, lists and dicts of modules, transformers; what every module can do.

A container is opened: calling it calls what it holds. Knows no layer that computes; those it makes, as a transformer
does, it makes by name, as the program would.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from lintnet.ir import UNKNOWN, Unknown
from lintnet.loaders.source.frameworks.torch_call import (
    MODULE,
    entries_of,
    is_dict,
    items_of,
    keywords,
    lines,
    rest,
    signals_in,
)
from lintnet.loaders.source.objects import Stream, UnknownRest
from lintnet.loaders.source.tables import Row
from lintnet.loaders.source.values import Bound, FrameworkClass, Instance, Symbol, Value, Weight, is_module

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.loaders.source.tables import Machine, Run

__all__ = ["CONTAINERS", "make", "run_chain"]

_SEQUENTIAL: Final = "torch.nn.Sequential"
_LIST: Final = "torch.nn.ModuleList"
_DICT: Final = "torch.nn.ModuleDict"
_PARAMETER_LIST: Final = "torch.nn.ParameterList"
_PARAMETER_DICT: Final = "torch.nn.ParameterDict"
_ITEMS: Final = "items"
_MOST_COPIES: Final = 20_000
_DEEPEST: Final = 40


def make(machine: Machine, path: str, *arguments: Value, **keywords: Value) -> Value:
    """Make a layer by the name of its class, as the program would."""
    row = CONTAINERS.get(path)
    function: Value = Symbol(path) if row is None else FrameworkClass(path, row)
    if row is None:
        from lintnet.loaders.source.frameworks.torch_layers import LAYERS  # noqa: PLC0415 - only where one is made

        made = LAYERS.get(path)
        function = Symbol(path) if made is None else FrameworkClass(path, made)
    return machine.call(function, list(arguments), dict(keywords))


def _self(bound: Bound) -> Instance:
    """Return the module whose method runs.

    Raises:
        LookupError: the method was called without one.
    """
    if bound.layer is None:
        message = "a method of a module without the module"
        raise LookupError(message)
    return bound.layer


def _arg(bound: Bound, name: str, default: Value = UNKNOWN) -> Value:
    return bound.arguments.get(name, default)


# What every module can do.


def _itself(_machine: Machine, bound: Bound) -> Value:
    return bound.layer


def _nothing(_machine: Machine, _bound: Bound) -> Value:
    return None


def _not_known(what: str, _machine: Machine, _bound: Bound) -> Value:
    return Unknown(what)


def _add_module(machine: Machine, bound: Bound) -> Value:
    name, module = _arg(bound, "name"), _arg(bound, "module")
    if not isinstance(name, str):
        machine.blind("a layer is added under a name that is not known")
        _open(_self(bound), "a layer was added under a name that is not known")
        return None
    _put(machine, _self(bound), name, module)
    return None


def _open(instance: Instance, why: str) -> None:
    """Hold any number of modules that are not known, so that whoever calls all that are held meets them."""
    instance.extra.setdefault("open", why)
    if not any(isinstance(each, UnknownRest) for each in instance.children.values()):
        instance.children[f"{len(instance.children)}"] = UnknownRest(why)


def _forget(instance: Instance, why: str) -> None:
    """Forget which modules a container holds under which names."""
    instance.children.clear()
    _open(instance, why)


def _rest_before(children: Sequence[Value], key: int) -> bool:
    """Whether any number of modules may stand between an index and the end it counts from."""
    part = children[: key + 1] if key >= 0 else children[key:]
    return any(isinstance(each, UnknownRest) for each in part)


def _put(machine: Machine, owner: Instance, name: str, module: Value) -> None:
    """Hold a module under a name; what is not known is held too, and found when the container is called."""
    if is_module(module):
        machine.register(owner, name, module)
        owner.attributes.pop(name, None)
    owner.children[name] = module


def _register(name_of: str, _machine: Machine, bound: Bound, *, trainable: bool) -> Value:
    """Run register_parameter and register_buffer."""
    instance, name, value = _self(bound), _arg(bound, "name"), _arg(bound, name_of)
    if isinstance(name, str):
        if isinstance(value, Weight):
            value = Weight(value.sizes, trainable=trainable, owner=instance, name=name)
        instance.attributes[name] = value
    return None


def _modules_below(instance: Instance, prefix: str = "", depth: int = 0) -> list[tuple[str, Instance]]:
    """Return a module and all below it, each once, with their dotted names."""
    found: list[tuple[str, Instance]] = []
    seen: set[int] = set()

    def walk(module: Instance, path: str, level: int) -> None:
        if id(module) in seen or level > _DEEPEST:
            return
        seen.add(id(module))
        found.append((path, module))
        for name, child in module.children.items():
            if isinstance(child, Instance):
                walk(child, f"{path}.{name}" if path else name, level + 1)

    walk(instance, prefix, depth)
    return found


def _listing(_machine: Machine, bound: Bound, *, below: bool, named: bool) -> Value:
    """Run children and modules, with or without names."""
    instance = _self(bound)
    pairs: list[tuple[str, Value]] = list(_modules_below(instance)) if below else [*instance.children.items()]
    found = [each if isinstance(each, UnknownRest) else (name, each) if named else each for name, each in pairs]
    held = [each for _name, each in _modules_below(instance)] if below else [instance]
    opened = [str(each.extra["open"]) for each in held if "open" in each.extra]
    if opened and UnknownRest not in map(type, found):
        found.append(UnknownRest(opened[0]))
    return Stream(found)


def _parameters(_machine: Machine, bound: Bound, *, named: bool) -> Value:
    """Return one parameter for all of them: nothing of the graph depends on how many there are."""
    instance = _self(bound)
    one = Weight(trainable=True, owner=instance)
    return Stream([(Unknown("the name of a parameter"), one)] if named else [one])


def _apply(machine: Machine, bound: Bound) -> Value:
    """Call a function on every module below; what it does to weights is of no interest, but it may set attributes."""
    function, instance = _arg(bound, "fn"), _self(bound)
    for _name, module in reversed(_modules_below(instance)):
        machine.call(function, [module])
    return instance


def _submodule(machine: Machine, bound: Bound) -> Value:
    target = _arg(bound, "target")
    value: Value = _self(bound)
    if not isinstance(target, str):
        return Unknown("a module whose name is not known")
    for name in target.split(".") if target else ():
        value = machine.attribute(value, name)
    return value


# Chains.


def run_chain(machine: Machine, instance: Instance, arguments: Sequence[Value]) -> Value:
    """Call the modules that a container holds, one after the other."""
    values: list[Value] = list(arguments)
    for child in list(instance.children.values()):
        values = [machine.call(child, values)]
    return values[0] if values else UNKNOWN


def _sequential(machine: Machine, bound: Bound) -> Value:
    return run_chain(machine, _self(bound), [_arg(bound, "input")])


def _made_sequential(machine: Machine, bound: Bound) -> Value:
    instance, modules = _self(bound), rest(bound)
    if len(modules) == 1 and is_dict(modules[0]):
        for name, module in entries_of(modules[0]).items():
            _put(machine, instance, name, module)
        return None
    for place, module in enumerate(modules):
        _put(machine, instance, str(place), module)
    return None


def _made_list(machine: Machine, bound: Bound) -> Value:
    instance, modules = _self(bound), _arg(bound, "modules", None)
    if modules is not None:
        _extend_with(machine, instance, modules)
    return None


def _extend_with(machine: Machine, instance: Instance, modules: Value) -> None:
    items = machine.iterate(modules)
    if items is None:
        # Kept, so that calling the container meets it.
        _put(machine, instance, str(len(instance.children)), modules if isinstance(modules, Unknown) else UNKNOWN)
        machine.blind("which modules a container holds is not known")
        return
    for module in items:
        _put(machine, instance, str(len(instance.children)), module)


def _append(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    _put(machine, instance, str(len(instance.children)), _arg(bound, "module"))
    return instance


def _extend(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    _extend_with(machine, instance, _arg(bound, "modules"))
    return instance


def _insert(machine: Machine, bound: Bound) -> Value:
    instance, index = _self(bound), _arg(bound, "index")
    modules = list(instance.children.values())
    if not isinstance(index, int):
        machine.blind("a module is inserted at a place that is not known")
        _forget(instance, "a module was inserted at a place that is not known")
        return None
    modules.insert(index, _arg(bound, "module"))
    _renumber(machine, instance, modules)
    return None


def _renumber(machine: Machine, instance: Instance, modules: Sequence[Value]) -> None:
    instance.children.clear()
    for place, module in enumerate(modules):
        if isinstance(module, Instance) and module.owner is not None and module.owner[0] is instance:
            module.owner = None
        _put(machine, instance, str(place), module)


def _pop(_machine: Machine, bound: Bound) -> Value:
    instance, key = _self(bound), _arg(bound, "key", -1)
    names = list(instance.children)
    if not isinstance(key, int | str) or (isinstance(key, int) and _rest_before(list(instance.children.values()), key)):
        _forget(instance, "a module was taken out that is not known")
        return UNKNOWN
    try:
        name = names[key] if isinstance(key, int) else str(key)
    except IndexError:
        return UNKNOWN
    return instance.children.pop(name, UNKNOWN)


def _get(machine: Machine, bound: Bound) -> Value:
    """Index a container: by number, by slice, or by name."""
    instance, key = _self(bound), _arg(bound, "key")
    children = list(instance.children.values())
    if isinstance(key, int) and not isinstance(key, bool):
        if _rest_before(children, key):
            return Unknown(f"module {key} of a container, it is not known how many it holds")
        if -len(children) <= key < len(children):
            return children[key]
        return Unknown(f"module {key} of {len(children)}")
    if isinstance(key, slice):
        if any(isinstance(each, UnknownRest) for each in children) and key != slice(None):
            first = next(index for index, each in enumerate(children) if isinstance(each, UnknownRest))
            if not _in_front(cast("slice[Value, Value, Value]", key), first):
                return Unknown("a part of a container, it is not known how many it holds")
        try:
            chosen = list(instance.children.items())[key]
        except (TypeError, ValueError):
            return Unknown("a part of a container whose bounds are not known")
        return _part_of(machine, instance, chosen)
    if isinstance(key, str):
        return instance.children.get(key, Unknown(f"there is no module {key!r}"))
    if isinstance(key, Unknown):
        return Unknown(key.why or "a module of a container, it is not known which")
    return UNKNOWN


def _in_front(part: slice[Value, Value, Value], end: int) -> bool:
    """Whether a slice ends in front of an index, whatever stands behind that."""
    start, stop = part.start, part.stop
    return isinstance(stop, int) and 0 <= stop <= end and (start is None or (isinstance(start, int) and start >= 0))


def _part_of(machine: Machine, instance: Instance, chosen: Sequence[tuple[str, Value]]) -> Instance:
    """Make a container of the same class that holds some of the modules; they keep their first owner."""
    part = make(machine, _path(instance) or _SEQUENTIAL)
    if not isinstance(part, Instance):
        return instance
    part.created = instance.created
    numbered = _path(instance) == _LIST
    for place, (name, module) in enumerate(chosen):
        _put(machine, part, str(place) if numbered else name, module)
    part.owner = instance.owner
    return part


def _path(instance: Instance) -> str:
    if isinstance(instance.cls, FrameworkClass):
        return instance.cls.path
    return instance.settings.path if instance.settings is not None else ""


def _set(machine: Machine, bound: Bound) -> Value:
    instance, key, value = _self(bound), _arg(bound, "key"), _arg(bound, "value")
    names = list(instance.children)
    if isinstance(key, int) and _rest_before(list(instance.children.values()), key):
        key = UNKNOWN
    if isinstance(key, int) and -len(names) <= key < len(names):
        key = names[key]
    if isinstance(key, str):
        _put(machine, instance, key, value)
    else:
        machine.blind("a module is put at a place that is not known")
        _forget(instance, "a module was put at a place that is not known")
    return None


def _delete(machine: Machine, bound: Bound) -> Value:
    instance, key = _self(bound), _arg(bound, "key")
    names = list(instance.children)
    if isinstance(key, str):
        instance.children.pop(key, None)
        return None
    gone: list[str] = []
    if isinstance(key, Unknown) or any(isinstance(each, UnknownRest) for each in instance.children.values()):
        _forget(instance, "a module was deleted that is not known")
        return None
    if isinstance(key, int) and -len(names) <= key < len(names):
        gone = [names[key]]
    elif isinstance(key, slice):
        try:
            gone = names[key]
        except (TypeError, ValueError):
            machine.blind("which modules are deleted is not known")
            _forget(instance, "modules were deleted that are not known")
            return None
    _renumber(machine, instance, [module for name, module in instance.children.items() if name not in gone])
    return None


def _length(_machine: Machine, bound: Bound) -> Value:
    children = _self(bound).children.values()
    return UNKNOWN if any(isinstance(child, Unknown) for child in children) else len(children)


def _iterate(_machine: Machine, bound: Bound) -> Value:
    return Stream(list(_self(bound).children.values()))


def _contains(_machine: Machine, bound: Bound) -> Value:
    key = _arg(bound, "key")
    children = _self(bound).children
    if not isinstance(key, str):
        return UNKNOWN
    return True if key in children else UNKNOWN if UnknownRest in map(type, children.values()) else False


def _plus(machine: Machine, bound: Bound) -> Value:
    """Join two containers, or a container and a list."""
    instance = _self(bound)
    joined = _part_of(machine, instance, list(instance.children.items()))
    _extend_with(machine, joined, _arg(bound, "other"))
    return joined


def _extend_in_place(machine: Machine, bound: Bound) -> Value:
    _extend_with(machine, _self(bound), _arg(bound, "other"))
    return bound.layer


def _no_call(what: str, machine: Machine, bound: Bound) -> Value:
    inputs = signals_in(*bound.arguments.values())
    return machine.barrier(what, inputs, f"a {what} cannot be called", layer=bound.layer)


# Dicts of modules.


def _made_dict(machine: Machine, bound: Bound) -> Value:
    modules = _arg(bound, "modules", None)
    if modules is not None:
        _update_with(machine, _self(bound), modules)
    return None


def _pairs(machine: Machine, value: Value) -> list[tuple[Value, Value]] | None:
    if isinstance(value, dict):
        return list(cast("dict[Value, Value]", value).items())
    if isinstance(value, Instance):
        return list(value.children.items())
    items = machine.iterate(value)
    if items is None:
        return None
    pairs: list[tuple[Value, Value]] = []
    for item in items:
        pair = machine.iterate(item)
        if pair is None or len(pair) != 2:
            return None
        pairs.append((pair[0], pair[1]))
    return pairs


def _update_with(machine: Machine, instance: Instance, modules: Value) -> None:
    pairs = _pairs(machine, modules)
    for key, module in pairs or ():
        if isinstance(key, str):
            _put(machine, instance, key, module)
        else:
            machine.blind("a module is put under a name that is not known")
            _open(instance, "a module was put under a name that is not known")
    if pairs is None:
        machine.blind("which modules a container holds is not known")
        _open(instance, "which modules a container holds is not known")


def _update(machine: Machine, bound: Bound) -> Value:
    _update_with(machine, _self(bound), _arg(bound, "modules"))
    return None


def _keys(_machine: Machine, bound: Bound) -> Value:
    return [each if isinstance(each, UnknownRest) else name for name, each in _self(bound).children.items()]


def _iterate_keys(machine: Machine, bound: Bound) -> Value:
    return Stream(cast("list[Value]", _keys(machine, bound)))


def _values(_machine: Machine, bound: Bound) -> Value:
    return list(_self(bound).children.values())


def _items(_machine: Machine, bound: Bound) -> Value:
    pairs = _self(bound).children.items()
    return [each if isinstance(each, UnknownRest) else (name, each) for name, each in pairs]


def _clear(_machine: Machine, bound: Bound) -> Value:
    _self(bound).children.clear()
    return None


# Lists and dicts of parameters.


def _trained(value: Value, owner: Instance, name: str) -> Value:
    if isinstance(value, Weight) and value.owner is None:
        return Weight(value.sizes, trainable=True, owner=owner, name=name)
    return value


def _held(bound: Bound) -> dict[str, Value]:
    return cast("dict[str, Value]", _self(bound).extra.setdefault(_ITEMS, {}))


def _made_parameters(machine: Machine, bound: Bound) -> Value:
    instance, held = _self(bound), _held(bound)
    values = _arg(bound, "values", None)
    if values is None:
        values = _arg(bound, "parameters", None)
    if values is None:
        return None
    if is_dict(values):
        held.update({key: _trained(each, instance, key) for key, each in entries_of(values).items()})
        return None
    for each in machine.iterate(values) or ():
        held[str(len(held))] = _trained(each, instance, str(len(held)))
    return None


def _parameter_get(_machine: Machine, bound: Bound) -> Value:
    held, key = _held(bound), _arg(bound, "key")
    values = list(held.values())
    if isinstance(key, int) and -len(values) <= key < len(values):
        return values[key]
    return held.get(key, Weight(trainable=True)) if isinstance(key, str) else Weight(trainable=True)


def _parameter_set(_machine: Machine, bound: Bound) -> Value:
    held, key = _held(bound), _arg(bound, "key")
    if isinstance(key, str | int):
        held[str(key)] = _trained(_arg(bound, "value"), _self(bound), str(key))
    return None


def _parameter_append(_machine: Machine, bound: Bound) -> Value:
    held = _held(bound)
    held[str(len(held))] = _trained(_arg(bound, "value"), _self(bound), str(len(held)))
    return bound.layer


def _parameter_extend(machine: Machine, bound: Bound) -> Value:
    held = _held(bound)
    for each in machine.iterate(_arg(bound, "values")) or ():
        held[str(len(held))] = _trained(each, _self(bound), str(len(held)))
    return bound.layer


def _parameter_view(view: str, _machine: Machine, bound: Bound) -> Value:
    held = _held(bound)
    if view == "length":
        return len(held)
    chosen: dict[str, Callable[[], list[Value]]] = {
        "keys": lambda: list(held),
        "values": lambda: list(held.values()),
        "items": lambda: list(held.items()),
    }
    return chosen[view]()


def _parameter_contains(_machine: Machine, bound: Bound) -> Value:
    key = _arg(bound, "key")
    return key in _held(bound) if isinstance(key, str) else UNKNOWN


# Wrappers around one module.


def _made_wrapper(machine: Machine, bound: Bound) -> Value:
    _put(machine, _self(bound), "module", _arg(bound, "module"))
    return None


def _wrapped(machine: Machine, bound: Bound) -> Value:
    module = _self(bound).children.get("module", UNKNOWN)
    return machine.call(module, items_of(_arg(bound, "inputs")) or [], keywords(bound))


# Transformers.

_LAYER_SIGNATURE: Final = (
    "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False, "
    "norm_first=False, bias=True, device=None, dtype=None"
)


def _made_transformer_layer(names: str, machine: Machine, bound: Bound) -> Value:
    """Make the parts of a transformer layer under the names torch gives them."""
    instance = _self(bound)
    width, heads, inner = (bound[name] for name in ("d_model", "nhead", "dim_feedforward"))
    rate, bias, first = bound["dropout"], bound["bias"], bound["batch_first"]
    epsilon = bound["layer_norm_eps"]
    for name in names.split():
        if name.endswith("attn"):
            part = make(
                machine, "torch.nn.MultiheadAttention", width, heads, dropout=rate, bias=bias, batch_first=first
            )
        elif name == "linear1":
            part = make(machine, "torch.nn.Linear", width, inner, bias=bias)
        elif name == "linear2":
            part = make(machine, "torch.nn.Linear", inner, width, bias=bias)
        elif name.startswith("norm"):
            part = make(machine, "torch.nn.LayerNorm", width, eps=epsilon, bias=bias)
        else:
            part = make(machine, "torch.nn.Dropout", rate)
        _put(machine, instance, name, part)
    instance.attributes["norm_first"] = bound["norm_first"]
    instance.attributes["activation"] = bound["activation"]
    return None


_ENCODER_PARTS: Final = "self_attn linear1 dropout linear2 norm1 norm2 dropout1 dropout2"
_DECODER_PARTS: Final = "self_attn multihead_attn linear1 dropout linear2 norm1 norm2 norm3 dropout1 dropout2 dropout3"


class _Parts:
    """Calls the parts of a transformer layer."""

    def __init__(self, machine: Machine, bound: Bound) -> None:
        self.machine = machine
        self.instance = _self(bound)

    def run(self, name: str, *values: Value, **keywords: Value) -> Value:
        """Call a part."""
        part = self.instance.children.get(name, self.instance.attributes.get(name, UNKNOWN))
        return self.machine.call(part, list(values), dict(keywords))

    def add(self, left: Value, right: Value) -> Value:
        """Add two tensors."""
        return self.machine.call(Symbol("operator.add"), [left, right])

    def attend(self, name: str, number: int, query: Value, memory: Value, **masks: Value) -> Value:
        """Attend, and drop."""
        found = self.run(name, query, memory, memory, need_weights=False, **masks)
        value = (items_of(found) or [found])[0]
        return self.run(f"dropout{number}", value)

    def feed(self, number: int, x: Value) -> Value:
        """Run the two linear layers and what stands between them."""
        x = self.run("linear1", x)
        function = self.instance.attributes.get("activation", UNKNOWN)
        if function in ("relu", "gelu"):
            function = Symbol(f"torch.nn.functional.{function}")
        x = self.machine.call(function, [x])
        return self.run(f"dropout{number}", self.run("linear2", self.run("dropout", x)))


def _norm_first(parts: _Parts) -> bool | None:
    flag = parts.instance.attributes.get("norm_first", UNKNOWN)
    return flag if isinstance(flag, bool) else None


def _encoder_layer(machine: Machine, bound: Bound) -> Value:
    """Run a transformer encoder layer: attention and a feed forward network, each with a residual and a norm."""
    parts, x = _Parts(machine, bound), _arg(bound, "src")
    first = _norm_first(parts)
    if first is None or not parts.instance.children:
        return machine.barrier(
            "TransformerEncoderLayer", signals_in(x), "it is not known where its norms are", layer=bound.layer
        )
    masks: dict[str, Value] = {
        "attn_mask": _arg(bound, "src_mask"),
        "key_padding_mask": _arg(bound, "src_key_padding_mask"),
        "is_causal": _arg(bound, "is_causal"),
    }
    if first:
        normed = parts.run("norm1", x)
        x = parts.add(x, parts.attend("self_attn", 1, normed, normed, **masks))
        return parts.add(x, parts.feed(2, parts.run("norm2", x)))
    x = parts.run("norm1", parts.add(x, parts.attend("self_attn", 1, x, x, **masks)))
    return parts.run("norm2", parts.add(x, parts.feed(2, x)))


def _decoder_layer(machine: Machine, bound: Bound) -> Value:
    """Run a transformer decoder layer: attention to itself, to the memory, and a feed forward network."""
    parts, x, memory = _Parts(machine, bound), _arg(bound, "tgt"), _arg(bound, "memory")
    first = _norm_first(parts)
    if first is None or not parts.instance.children:
        return machine.barrier(
            "TransformerDecoderLayer", signals_in(x, memory), "it is not known where its norms are", layer=bound.layer
        )
    own: dict[str, Value] = {
        "attn_mask": _arg(bound, "tgt_mask"),
        "key_padding_mask": _arg(bound, "tgt_key_padding_mask"),
        "is_causal": _arg(bound, "tgt_is_causal"),
    }
    other: dict[str, Value] = {
        "attn_mask": _arg(bound, "memory_mask"),
        "key_padding_mask": _arg(bound, "memory_key_padding_mask"),
        "is_causal": _arg(bound, "memory_is_causal"),
    }
    if first:
        normed = parts.run("norm1", x)
        x = parts.add(x, parts.attend("self_attn", 1, normed, normed, **own))
        x = parts.add(x, parts.attend("multihead_attn", 2, parts.run("norm2", x), memory, **other))
        return parts.add(x, parts.feed(3, parts.run("norm3", x)))
    x = parts.run("norm1", parts.add(x, parts.attend("self_attn", 1, x, x, **own)))
    x = parts.run("norm2", parts.add(x, parts.attend("multihead_attn", 2, x, memory, **other)))
    return parts.run("norm3", parts.add(x, parts.feed(3, x)))


def clone(value: Value, copies: dict[int, Instance], depth: int = 0) -> Value:
    """Copy a module with all it holds, as copy.deepcopy does; constants and functions stay shared."""
    if not isinstance(value, Instance) or depth > _DEEPEST:
        return value
    if id(value) in copies:
        return copies[id(value)]
    copy = Instance(value.cls, value.row, None, dict(value.attributes))
    copies[id(value)] = copy
    copy.created = value.created
    copy.extra = dict(value.extra)
    if value.settings is not None:
        old = value.settings
        copy.settings = Bound(old.path, old.arguments, old.given, copy, old.location)
    for name, child in value.children.items():
        inner = clone(child, copies, depth + 1)
        copy.children[name] = inner
        if isinstance(inner, Instance) and inner.owner is None:
            inner.owner = (copy, name)
    for name, each in value.attributes.items():
        if isinstance(each, Instance):
            copy.attributes[name] = clone(each, copies, depth + 1)
        elif isinstance(each, Weight) and each.owner is value:
            copy.attributes[name] = Weight(each.sizes, trainable=each.trainable, owner=copy, name=each.name)
    return copy


def _made_stack(layer_name: str, machine: Machine, bound: Bound) -> Value:
    """Make `num_layers` copies of a layer in a list called `layers`."""
    instance, layer = _self(bound), _arg(bound, layer_name)
    count = bound.integer("num_layers")
    if isinstance(count, Unknown) or not isinstance(layer, Instance):
        machine.blind("of how many layers, or of which, a transformer is made is not known")
        return None
    if not 0 <= count * len(_modules_below(layer)) <= _MOST_COPIES:
        machine.blind("a transformer of too many layers is not opened")
        return None
    layers = make(machine, _LIST, [clone(layer, {}) for _ in range(count)])
    _put(machine, instance, "layers", layers)
    if layer.owner is None:
        layer.owner = instance, "layers.0"  # only a pattern for the copies, no model of its own
    norm = _arg(bound, "norm", None)
    instance.attributes["norm"] = norm
    if is_module(norm):
        _put(machine, instance, "norm", norm)
    return None


def _stack_of(machine: Machine, bound: Bound, x: Value, *values: Value, **keywords: Value) -> Value:
    instance = _self(bound)
    layers = instance.children.get("layers")
    if not isinstance(layers, Instance):
        inputs = signals_in(x, *values)
        return machine.barrier("transformer", inputs, "of how many layers it is made is not known", layer=instance)
    for layer in list(layers.children.values()):
        x = machine.call(layer, [x, *values], keywords)
    norm = instance.children.get("norm")
    return x if norm is None else machine.call(norm, [x])


def _encoder(machine: Machine, bound: Bound) -> Value:
    causal = _arg(bound, "is_causal")
    masks: dict[str, Value] = {
        "src_mask": _arg(bound, "mask"),
        "src_key_padding_mask": _arg(bound, "src_key_padding_mask"),
        # Without a word torch looks at the numbers of the mask.
        "is_causal": (False if _arg(bound, "mask") is None else UNKNOWN) if causal is None else causal,
    }
    return _stack_of(machine, bound, _arg(bound, "src"), **masks)


def _decoder(machine: Machine, bound: Bound) -> Value:
    names = ("tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "memory_is_causal")
    masks: dict[str, Value] = {name: _arg(bound, name) for name in names}
    causal = _arg(bound, "tgt_is_causal")
    masks["tgt_is_causal"] = (False if masks["tgt_mask"] is None else UNKNOWN) if causal is None else causal
    return _stack_of(machine, bound, _arg(bound, "tgt"), _arg(bound, "memory"), **masks)


def _made_transformer(machine: Machine, bound: Bound) -> Value:
    instance = _self(bound)
    shared = {name: bound[name] for name in ("batch_first", "norm_first", "bias", "layer_norm_eps")}
    arguments = [bound[name] for name in ("d_model", "nhead", "dim_feedforward", "dropout", "activation")]
    for name, word, count in (
        ("encoder", "Encoder", "num_encoder_layers"),
        ("decoder", "Decoder", "num_decoder_layers"),
    ):
        custom = bound[f"custom_{name}"]
        if custom is None:
            layer = make(machine, f"torch.nn.Transformer{word}Layer", *arguments, **shared)
            norm = make(
                machine, "torch.nn.LayerNorm", bound["d_model"], eps=bound["layer_norm_eps"], bias=bound["bias"]
            )
            custom = make(machine, f"torch.nn.Transformer{word}", layer, bound[count], norm)
        _put(machine, instance, name, custom)
    return None


def _transformer(machine: Machine, bound: Bound) -> Value:
    children = _self(bound).children
    memory = machine.call(
        children.get("encoder", UNKNOWN),
        [_arg(bound, "src")],
        {
            "mask": _arg(bound, "src_mask"),
            "src_key_padding_mask": _arg(bound, "src_key_padding_mask"),
            "is_causal": _arg(bound, "src_is_causal"),
        },
    )
    names = "tgt_mask memory_mask tgt_key_padding_mask memory_key_padding_mask tgt_is_causal memory_is_causal"
    masks: dict[str, Value] = {name: _arg(bound, name) for name in names.split()}
    return machine.call(children.get("decoder", UNKNOWN), [_arg(bound, "tgt"), memory], masks)


# Tables.

# method | signature | run: what every module can do
_ITSELF: Final = """
eval |
train | mode=True
to | *args, **kwargs
to_empty | *args, **kwargs
cuda | device=None
cpu |
xpu | device=None
half |
float |
double |
bfloat16 |
type | dst_type
requires_grad_ | requires_grad=True
share_memory |
"""
_NONE: Final = """
zero_grad | set_to_none=True
load_state_dict | *args, **kwargs
register_forward_hook | *args, **kwargs
register_forward_pre_hook | *args, **kwargs
register_full_backward_hook | *args, **kwargs
register_full_backward_pre_hook | *args, **kwargs
register_backward_hook | *args, **kwargs
register_load_state_dict_pre_hook | *args, **kwargs
register_load_state_dict_post_hook | *args, **kwargs
register_state_dict_pre_hook | *args, **kwargs
register_state_dict_post_hook | *args, **kwargs
_register_load_state_dict_pre_hook | *args, **kwargs
_register_state_dict_hook | *args, **kwargs
_load_from_state_dict | *args, **kwargs
set_extra_state | *args, **kwargs
compile | *args, **kwargs
extra_repr |
reset_parameters | *args, **kwargs
_reset_parameters | *args, **kwargs
reset_running_stats |
"""

# Modules of other libraries that only stand for torch's, with what their methods are called.
_BASES: Final = """
pytorch_lightning.LightningModule lightning.pytorch.LightningModule lightning.LightningModule
pytorch_lightning.core.LightningModule pytorch_lightning.core.lightning.LightningModule
pytorch_lightning.core.module.LightningModule lightning.pytorch.core.LightningModule
lightning.pytorch.core.module.LightningModule
transformers.PreTrainedModel transformers.modeling_utils.PreTrainedModel transformers.ModuleUtilsMixin
mmengine.model.BaseModule mmengine.model.BaseModel mmengine.model.base_module.BaseModule mmcv.runner.BaseModule
mmcv.runner.base_module.BaseModule fairseq.models.FairseqEncoder fairseq.models.FairseqDecoder
fairseq.models.BaseFairseqModel
detectron2.layers.CNNBlockBase detectron2.modeling.Backbone huggingface_hub.PyTorchModelHubMixin
torch_geometric.nn.MessagePassing ignite.engine.Engine
"""


def _method(path: str, name: str, signature: str, run: Run) -> tuple[str, Row]:
    return f"{path}.{name}", Row(signature, run, pure=True)


def _module_rows() -> dict[str, Row]:
    rows: dict[str, Row] = {MODULE: Row("*args, **kwargs", layer=True, call="*inputs, **kwargs", is_class=True)}
    for name, signature in lines(_ITSELF, 2):
        rows |= [_method(MODULE, name, signature, _itself)]
    for name, signature in lines(_NONE, 2):
        rows |= [_method(MODULE, name, signature, _nothing)]
    several: list[tuple[str, str, Run]] = [
        ("add_module", "name, module", _add_module),
        ("register_module", "name, module", _add_module),
        ("register_parameter", "name, param", partial(_register, "param", trainable=True)),
        ("register_buffer", "name, tensor, persistent=True", partial(_register, "tensor", trainable=False)),
        ("children", "", partial(_listing, below=False, named=False)),
        ("named_children", "", partial(_listing, below=False, named=True)),
        ("modules", "remove_duplicate=True", partial(_listing, below=True, named=False)),
        ("named_modules", "memo=None, prefix='', remove_duplicate=True", partial(_listing, below=True, named=True)),
        ("parameters", "recurse=True", partial(_parameters, named=False)),
        ("named_parameters", "prefix='', recurse=True, remove_duplicate=True", partial(_parameters, named=True)),
        ("buffers", "recurse=True", partial(_parameters, named=False)),
        ("named_buffers", "prefix='', recurse=True, remove_duplicate=True", partial(_parameters, named=True)),
        ("apply", "fn", _apply),
        ("get_submodule", "target", _submodule),
        ("get_parameter", "target", partial(_not_known, "a parameter by name")),
        ("get_buffer", "target", partial(_not_known, "a buffer by name")),
        ("state_dict", "*args, **kwargs", partial(_not_known, "the state of a model")),
        ("get_extra_state", "", partial(_not_known, "the state of a model")),
        ("_get_name", "", partial(_not_known, "the name of a class")),
    ]
    for name, signature, run in several:
        rows |= [_method(MODULE, name, signature, run)]
    return rows


def _container(path: str, signature: str, call: str, run: Run, made: Run) -> tuple[str, Row]:
    return path, Row(signature, run, layer=True, call=call, made=made, base=MODULE, is_class=True)


def _containers() -> dict[str, Row]:
    rows = _module_rows()
    rows |= [
        _container(_SEQUENTIAL, "*args", "input", _sequential, _made_sequential),
        _container(_LIST, "modules=None", "*inputs, **kwargs", partial(_no_call, "ModuleList"), _made_list),
        _container(_DICT, "modules=None", "*inputs, **kwargs", partial(_no_call, "ModuleDict"), _made_dict),
        _container(
            _PARAMETER_LIST, "values=None", "*inputs, **kwargs", partial(_no_call, "ParameterList"), _made_parameters
        ),
        _container(
            _PARAMETER_DICT,
            "parameters=None",
            "*inputs, **kwargs",
            partial(_no_call, "ParameterDict"),
            _made_parameters,
        ),
    ]
    for path in (_SEQUENTIAL, _LIST):
        for name, signature, run in (
            ("append", "module", _append),
            ("extend", "modules", _extend),
            ("insert", "index, module", _insert),
            ("pop", "key=-1", _pop),
            ("__getitem__", "key", _get),
            ("__setitem__", "key, value", _set),
            ("__delitem__", "key", _delete),
            ("__len__", "", _length),
            ("__iter__", "", _iterate),
            ("__add__", "other", _plus),
            ("__iadd__", "other", _extend_in_place),
        ):
            rows |= [_method(path, name, signature, run)]
    for name, signature, run in (
        ("__getitem__", "key", _get),
        ("__setitem__", "key, value", _set),
        ("__delitem__", "key", _delete),
        ("__len__", "", _length),
        ("__iter__", "", _iterate_keys),
        ("__contains__", "key", _contains),
        ("keys", "", _keys),
        ("values", "", _values),
        ("items", "", _items),
        ("update", "modules", _update),
        ("pop", "key", _pop),
        ("clear", "", _clear),
    ):
        rows |= [_method(_DICT, name, signature, run)]
    for path in (_PARAMETER_LIST, _PARAMETER_DICT):
        for name, signature, run in (
            ("__getitem__", "key", _parameter_get),
            ("__setitem__", "key, value", _parameter_set),
            ("__len__", "", partial(_parameter_view, "length")),
            ("__iter__", "", partial(_parameter_view, "values" if path == _PARAMETER_LIST else "keys")),
            ("__contains__", "key", _parameter_contains),
        ):
            rows |= [_method(path, name, signature, run)]
    rows |= [_method(_PARAMETER_LIST, "append", "value", _parameter_append)]
    rows |= [_method(_PARAMETER_LIST, "extend", "values", _parameter_extend)]
    for name in ("keys", "values", "items"):
        rows |= [_method(_PARAMETER_DICT, name, "", partial(_parameter_view, name))]
    rows["torch.nn.Container"] = rows["torch.jit.ScriptModule"] = Row(
        "**kwargs", layer=True, call="*inputs, **kwargs", base=MODULE, is_class=True
    )
    rows |= _wrappers()
    rows |= _transformers()
    return rows


def _wrappers() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for path, wrapper in (
        ("torch.nn.DataParallel", "module, device_ids=None, output_device=None, dim=0"),
        ("torch.nn.parallel.DistributedDataParallel", "module, *args, **kwargs"),
        ("torch.distributed.fsdp.FullyShardedDataParallel", "module, *args, **kwargs"),
    ):
        rows |= [_container(path, wrapper, "*inputs, **kwargs", _wrapped, _made_wrapper)]
    for path in _BASES.split():
        rows[path] = Row(
            "*args, **kwargs", layer=True, call="*inputs, **kwargs", base=MODULE, made=_made_base, is_class=True
        )
        for name in (
            "log",
            "log_dict",
            "save_hyperparameters",
            "post_init",
            "init_weights",
            "print",
            "toggle_optimizer",
        ):
            rows |= [_method(path, name, "*args, **kwargs", _nothing)]
    return rows


def _made_base(_machine: Machine, bound: Bound) -> Value:
    """Keep the first argument as `config`, as the models of transformers do."""
    arguments = rest(bound)
    if arguments:
        _self(bound).attributes.setdefault("config", arguments[0])
    return None


def _transformers() -> dict[str, Row]:
    return dict(
        [
            _container(
                "torch.nn.TransformerEncoderLayer",
                _LAYER_SIGNATURE,
                "src, src_mask=None, src_key_padding_mask=None, is_causal=False",
                _encoder_layer,
                partial(_made_transformer_layer, _ENCODER_PARTS),
            ),
            _container(
                "torch.nn.TransformerDecoderLayer",
                _LAYER_SIGNATURE,
                "tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, "
                "memory_key_padding_mask=None, "
                "tgt_is_causal=False, memory_is_causal=False",
                _decoder_layer,
                partial(_made_transformer_layer, _DECODER_PARTS),
            ),
            _container(
                "torch.nn.TransformerEncoder",
                "encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True",
                "src, mask=None, src_key_padding_mask=None, is_causal=None",
                _encoder,
                partial(_made_stack, "encoder_layer"),
            ),
            _container(
                "torch.nn.TransformerDecoder",
                "decoder_layer, num_layers, norm=None",
                "tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, "
                "memory_key_padding_mask=None, "
                "tgt_is_causal=None, memory_is_causal=False",
                _decoder,
                partial(_made_stack, "decoder_layer"),
            ),
            _container(
                "torch.nn.Transformer",
                "d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, "
                "activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, "
                "norm_first=False, bias=True, device=None, dtype=None",
                "src, tgt, src_mask=None, tgt_mask=None, memory_mask=None, src_key_padding_mask=None, "
                "tgt_key_padding_mask=None, memory_key_padding_mask=None, src_is_causal=None, tgt_is_causal=None, "
                "memory_is_causal=False",
                _transformer,
                _made_transformer,
            ),
        ]
    )


CONTAINERS: Final = _containers()
"""Rows of containers and of what every module can do, by canonical name."""
