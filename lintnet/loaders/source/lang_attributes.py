"""Attributes inside the interpreter: what `value.name` is for every kind of value, and how attributes are set.

Knows the object model of Python and no framework: attributes of tensors, layers and names outside the program are the
host's. The functions here are methods of the `Interpreter`, which comes as `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes, library
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_natives import call_native, has_native, text_of
from lintnet.loaders.source.lang_values import ATOMS, CONTAINERS
from lintnet.loaders.source.objects import (
    ClassMethod,
    DefaultDict,
    Frame,
    Function,
    LocalClass,
    LocalModule,
    Native,
    NativeType,
    Partial,
    Property,
    Raised,
    RecordTuple,
    StaticMethod,
    Stream,
    Super,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, ByPhase, FrameworkClass, Instance, Method, Signal, Symbol, Weight

if TYPE_CHECKING:
    from lintnet.loaders.source.objects import Dyn
    from lintnet.loaders.source.values import Value

__all__ = [
    "bind",
    "delete",
    "get",
    "get_or",
    "lookup",
    "open_reason",
    "set_attribute",
    "set_raw",
    "set_unknown",
]


def lookup(run: Dyn, value: Dyn, name: str) -> Dyn:
    """Read an attribute, MISSING where there is none."""
    kind = kind_of(value)
    getter = _GETTERS.get(kind)
    if getter is not None:
        return getter(run, value, name)
    if isinstance(value, Unknown):
        run.doubts += 1
        return Unknown(value.why)
    found = has_native(value, name)
    if found == "method":
        return Builtin(name, lambda arguments, keywords: call_native(run, value, name, arguments, keywords))
    if found == "field":
        return getattr(value, name)
    if name == "__class__":
        return library.type_of(run, value)
    if name == "__doc__":
        return None
    if name == "default_factory" and kind is DefaultDict:
        return value.factory
    return Unknown(f"`{name}`") if name.startswith("__") else MISSING


def _get_instance(run: Dyn, value: Instance, name: str) -> Dyn:
    cls: Dyn = value.cls
    found = cls.find(name) if type(cls) is LocalClass else MISSING
    if type(found) is Property:
        if found.cached and name in value.attributes:
            return value.attributes[name]
        result = run.call(found.getter, [value], {})
        if found.cached:
            value.attributes[name] = result
        return result
    own = value.attributes.get(name, MISSING)
    if own is MISSING:
        own = value.children.get(name, MISSING)
    if own is not MISSING:
        return own
    if found is not MISSING:
        return run.bind(found, value, cls)
    if name == "__class__":
        return cls
    if name == "__dict__":
        return value.attributes
    native = value.extra.get("native", MISSING)
    if native is not MISSING:
        found = run.lookup(native, name)
        if found is not MISSING:
            return found
    if value.row is not None or type(cls) is not LocalClass:
        found = run.host.attribute(value, name)
        if found is not MISSING:
            return found
    if type(cls) is LocalClass:
        fallback = cls.find("__getattr__")
        if type(fallback) is Function:
            return run.call_function(fallback, [value, name], {})
        return _get_object(run, value, name)
    return MISSING


def _get_object(run: Dyn, value: Instance, name: str) -> Dyn:
    """Attributes that every object has."""
    cls: Dyn = value.cls
    if name in {"__module__", "__doc__"}:
        return _get_class(run, cls, name)
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(value, *arguments[:2]))
    if name in {"__str__", "__repr__"}:
        return Builtin(name, lambda _, __: text_of(run, value, quoted=name == "__repr__"))
    if name == "with_traceback" and cls.form == "exception":
        return Builtin(name, lambda _, __: value)
    if name in {"__eq__", "__ne__"}:
        operator = name.strip("_")
        return Builtin(name, lambda arguments, _: run.compare(operator, value, arguments[0] if arguments else None))
    if name == "__hash__":
        return Builtin(name, lambda _, __: Unknown("a hash"))
    if name == "__init__":
        return Builtin(name, lambda _, __: None)
    return MISSING


def _get_class(run: Dyn, cls: LocalClass, name: str) -> Dyn:
    if cls.form == "enum" and name in cls.instances:
        return cls.instances[name]
    found = cls.find(name)
    if found is not MISSING:
        if type(found) is StaticMethod:
            return found.function
        if name in {"__init_subclass__", "__class_getitem__"} and type(found) is Function:
            return Method(found, cls)
        return Method(found.function, cls) if type(found) is ClassMethod else found
    plain: dict[str, Dyn] = {
        "__name__": cls.name,
        "__qualname__": cls.qualname,
        "__module__": cls.module.namespace.get("__name__", cls.module.name) if cls.module is not None else "builtins",
        "__bases__": cls.bases,
        "__mro__": tuple(cls.mro),
        "__doc__": None,
    }
    if name in plain:
        return plain[name]
    if name == "__dict__":
        return cls.namespace
    if name == "__members__" and cls.form == "enum":
        return dict(cls.instances)
    if name == "mro":
        return Builtin(name, lambda _, __: list(cls.mro))
    if name == "__annotations__":
        return dict.fromkeys(cls.fields, Unknown("an annotation"))
    if name == "__subclasses__":
        return Builtin(name, lambda _, __: list(cls.derived))
    if name == "__new__":
        return Builtin(name, lambda arguments, _: lang_classes.blank(run, arguments[0] if arguments else cls))
    if name == "_fields" and cls.form == "namedtuple":
        return tuple(cls.fields)
    if name == "_make" and cls.form == "namedtuple":
        return Builtin(name, lambda arguments, _: run.call(cls, run.spread(arguments[0]) if arguments else [], {}))
    if cls.framework is not None:
        return _get_framework(run, cls.framework, name)
    if cls.native is not None:
        return _get_type(run, cls.native, name)
    if name in {"__init__", "__init_subclass__"}:
        return Builtin(name, lambda _, __: None)
    if name == "register":
        return Builtin(name, lambda arguments, _: arguments[0] if arguments else None)
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(*arguments[:3]))
    if cls.form == "namedtuple" and name in cls.fields:
        return Unknown(f"a field of `{cls.name}`")
    return MISSING


def _get_framework(run: Dyn, cls: FrameworkClass, name: str) -> Dyn:
    if name in {"__name__", "__qualname__"}:
        return cls.path.rpartition(".")[2]
    if name == "__module__":
        return cls.path.rpartition(".")[0]
    if name == "__init__":
        return Builtin(name, lambda arguments, keywords: _construct_base(run, cls, arguments, keywords))
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(*arguments[:3]))
    if name in {"__bases__", "__mro__"}:
        return Unknown(f"the bases of `{cls.path}`")
    if name == "__doc__":
        return Unknown(f"the documentation of `{cls.path}`")
    return run.host.symbol(f"{cls.path}.{name}")


def _construct_base(run: Dyn, cls: FrameworkClass, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    if arguments and type(arguments[0]) is Instance:
        run.host.construct(arguments[0], cls, arguments[1:], keywords)


def _get_symbol(run: Dyn, value: Symbol, name: str) -> Dyn:
    if name in {"__name__", "__qualname__"}:
        return value.path.rpartition(".")[2]
    return run.external(f"{value.path}.{name}")


def _get_module(run: Dyn, module: LocalModule, name: str) -> Dyn:
    found = module.namespace.get(name, MISSING)
    if found is not MISSING:
        return found
    if name == "__dict__":
        return module.namespace
    if name == "__package__":
        return module.package
    if name.startswith("__"):
        return Unknown(f"`{name}` of a module")
    found = _submodule(run, module, name)
    if found is not None:
        return found
    if name in module.namespace:  # looking for it may have run the package
        return module.namespace[name]
    fallback = module.namespace.get("__getattr__")
    if type(fallback) is Function:
        return run.call_function(fallback, [name], {})
    if module.stars:
        return run.builtin(Frame({}, None, run, module, None), name, catches=False)
    return MISSING


def _submodule(run: Dyn, module: LocalModule, name: str) -> LocalModule | None:
    here = run.host.here
    found = run.host.import_module(f"{module.name}.{name}", 0, module)
    run.host.here = here
    return found if type(found) is LocalModule else None


def _get_function(run: Dyn, function: Function, name: str) -> Dyn:  # noqa: ARG001 - called through a table with the others
    attributes = function.attributes
    if attributes is not None and name in attributes:
        return attributes[name]
    if name == "__name__":
        return function.name
    if name == "__qualname__":
        return function.qualname
    if name == "__module__":
        return function.module.namespace.get("__name__", function.module.name)
    if name == "__doc__":
        return None
    if name == "__dict__":
        return _attributes(function)
    if name == "__defaults__":
        return function.defaults or None
    if name == "__kwdefaults__":
        return function.keyword_defaults or None
    if name == "__call__":
        return function
    if name == "__get__":
        return Builtin(name, lambda arguments, _: Method(function, arguments[0]) if arguments else function)
    if name in {"cache_clear", "cache_info"}:
        return Builtin(name, lambda _, __: None)
    return Unknown(f"`{name}` of a function") if name.startswith("__") and name != "__wrapped__" else MISSING


def _get_method(run: Dyn, method: Method, name: str) -> Dyn:
    if name == "__func__":
        return method.function
    if name == "__self__":
        return method.target
    if name == "__call__":
        return method
    return run.lookup(method.function, name) if type(method.function) is Function else MISSING


def _get_builtin(run: Dyn, value: Builtin, name: str) -> Dyn:
    if name in {"__name__", "__qualname__"}:
        return value.name.rpartition(".")[2]
    if name == "__call__":
        return value
    return library.lookup(run, f"{value.name}.{name}")


def _get_type(run: Dyn, value: NativeType, name: str) -> Dyn:
    if name in {"__name__", "__qualname__"}:
        return value.name
    if name == "__module__":
        return "builtins"
    if name == "__init__":
        return Builtin(name, lambda _, __: None)
    if name == "__new__":
        return Builtin(name, lambda arguments, keywords: lang_classes.new(run, value, arguments, keywords))
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(*arguments[:3]))
    found = library.lookup(run, f"builtins.{value.name}.{name}")
    if found is not MISSING:
        return found

    def unbound(arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        if not arguments:
            return Unknown(f"result of `{value.name}.{name}`")
        return call_native(run, run.native_of(arguments[0]), name, arguments[1:], keywords)

    return Builtin(name, unbound) if any(hasattr(each, name) for each in value.python) else MISSING


def _get_property(run: Dyn, value: Property, name: str) -> Dyn:  # noqa: ARG001 - called through a table with the others
    if name in {"setter", "deleter", "getter"}:

        def make(arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
            function = arguments[0] if arguments else None
            if name == "getter":
                return Property(function, value.setter)
            return Property(value.getter, function) if name == "setter" else value

        return Builtin(name, make)
    return value.getter if name == "fget" else MISSING


def _get_partial(run: Dyn, value: Partial, name: str) -> Dyn:  # noqa: ARG001 - called through a table with the others
    if name == "func":
        return value.function
    if name == "args":
        return tuple(value.arguments)
    return value.keywords if name == "keywords" else MISSING


def _get_record(run: Dyn, value: RecordTuple, name: str) -> Dyn:
    cls = value.cls
    if name in cls.fields:
        index = cls.fields.index(name)
        return value[index] if index < len(value) else MISSING
    found = cls.find(name)
    if found is not MISSING:
        return run.bind(found, value, cls)
    if name == "_asdict":
        return Builtin(name, lambda _, __: dict(zip(cls.fields, value, strict=False)))
    if name == "_fields":
        return tuple(cls.fields)
    if name == "_replace":
        return Builtin(
            name,
            lambda _, keywords: lang_classes.record(
                cls, [keywords.get(each, old) for each, old in zip(cls.fields, value, strict=False)]
            ),
        )
    if name == "__class__":
        return cls
    if has_native(tuple(value), name):
        return Builtin(name, lambda arguments, keywords: call_native(run, value, name, arguments, keywords))
    return MISSING


def _get_super(run: Dyn, value: Super, name: str) -> Dyn:
    target = value.target
    for each in value.rest:
        kind = kind_of(each)
        if kind is LocalClass and name in each.namespace:
            found = each.namespace[name]
            if type(target) is LocalClass:
                if type(found) is ClassMethod:
                    return Method(found.function, target)
                return found.function if type(found) is StaticMethod else found
            return run.bind(found, target, getattr(target, "cls", None))
        if kind is FrameworkClass:
            return _super_framework(run, each, target, name)
        if kind is Symbol:
            return Method(Symbol(f"{each.path}.{name}"), target)
        if isinstance(each, Unknown):
            return Unknown(each.why)
        if kind is NativeType:
            found = _super_native(run, each, target, name)
            if found is not MISSING:
                return found
    return _super_object(run, target, name)


def _super_framework(run: Dyn, cls: FrameworkClass, target: Dyn, name: str) -> Dyn:
    if type(target) is not Instance:
        if name == "__new__":
            return Builtin(name, lambda arguments, _: lang_classes.blank(run, arguments[0] if arguments else target))
        return Unknown(f"`{name}` of `{cls.path}`")
    if name == "__init__":
        return Builtin(name, lambda arguments, keywords: run.host.construct(target, cls, arguments, keywords))
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(target, *arguments[:2]))
    if name in {"__getattr__", "__getattribute__"}:
        return Builtin(name, lambda arguments, _: _get_raw(run, target, arguments[0] if arguments else ""))
    if name == "training":
        return run.host.attribute(target, name)
    return Method(Symbol(f"{cls.path}.{name}"), target)


def _super_native(run: Dyn, cls: NativeType, target: Dyn, name: str) -> Dyn:
    if name == "__new__":
        return Builtin(name, lambda arguments, keywords: lang_classes.new(run, cls, arguments, keywords))
    if type(target) is not Instance:
        return MISSING
    if name == "__init__":
        return Builtin(name, lambda arguments, keywords: lang_classes.fill(run, target, cls, arguments, keywords))
    native = target.extra.get("native", MISSING)
    return MISSING if native is MISSING else run.lookup(native, name)


def _super_object(run: Dyn, target: Dyn, name: str) -> Dyn:
    if name in {"__init__", "__init_subclass__", "__post_init__", "__del__", "__set_name__"}:
        return Builtin(
            name, lambda arguments, _: _init_exception(run, target, arguments) if name == "__init__" else None
        )
    if name == "__new__":
        return Builtin(name, lambda arguments, keywords: lang_classes.new_object(run, target, arguments, keywords))
    if name == "__setattr__":
        return Builtin(name, lambda arguments, _: run.set_raw(target, *arguments[:2]))
    if name in {"__getattribute__", "__getattr__"}:
        return Builtin(name, lambda arguments, _: _get_raw(run, target, arguments[0] if arguments else ""))
    if name in {"__repr__", "__str__", "__hash__", "__dir__", "__reduce__"}:
        return Builtin(name, lambda _, __: Unknown("text of an object"))
    if name in {"__eq__", "__ne__"}:
        return Builtin(
            name, lambda arguments, _: (target is arguments[0]) is (name == "__eq__") if arguments else False
        )
    if type(target) is Instance and type(target.cls) is LocalClass and target.cls.form == "enum":
        return Unknown(f"`{name}` of an enumeration")
    if type(target) is LocalClass and target.open:
        return Unknown(target.open)
    return MISSING


def _init_exception(run: Dyn, target: Dyn, arguments: list[Dyn]) -> None:  # noqa: ARG001 - called through a table with the others
    if type(target) is Instance and type(target.cls) is LocalClass and target.cls.form == "exception":
        target.attributes["args"] = tuple(arguments)


def _get_phase(run: Dyn, value: ByPhase, name: str) -> Dyn:
    return ByPhase(run.get(value.training, name), run.get(value.inference, name))


def _get_hosted(run: Dyn, value: Dyn, name: str) -> Dyn:
    return run.host.attribute(value, name)


def _get_stream(run: Dyn, value: Stream, name: str) -> Dyn:
    if name in {"__next__", "send"}:
        return Builtin(name, lambda _, __: run.advance(value))
    if name == "__iter__":
        return Builtin(name, lambda _, __: value)
    return Builtin(name, lambda _, __: None) if name in {"close", "throw"} else MISSING


def _get_raw(run: Dyn, target: Dyn, name: Dyn) -> Dyn:
    """What `object.__getattribute__` finds: without the program's `__getattr__`."""
    if type(target) is not Instance or type(name) is not str:
        return Unknown("an attribute")
    for holder in (target.attributes, target.children):
        if name in holder:
            return holder[name]
    found = target.cls.find(name) if type(target.cls) is LocalClass else MISSING
    if found is not MISSING:
        return run.bind(found, target, target.cls)
    if target.row is not None:
        found = run.host.attribute(target, name)
        if found is not MISSING:
            return found
    if name == "__dict__":
        return target.attributes
    raise run.error(AttributeError, f"{run.describe(target)} has no attribute '{name}'")


def get(run: Dyn, value: Value, name: str) -> Value:
    """Read an attribute as the program would.

    Raises:
        Raised: AttributeError where it is certain that there is none.
    """
    found = run.lookup(value, name)
    return _missing(run, value, name) if found is MISSING else found


def get_or(run: Dyn, value: Value, name: str, default: Value) -> Value:
    """Read an attribute, with a value for where there is none, as `getattr` with three arguments."""
    try:
        found = run.lookup(value, name)
    except Raised as error:
        if error.name == "AttributeError":
            return default
        raise
    if found is not MISSING:
        return found
    open_reason = run.open_reason(value)
    return Unknown(open_reason) if open_reason else default


def set_attribute(run: Dyn, value: Value, name: str, new: Value) -> None:
    """Set an attribute as the program would."""
    kind = kind_of(value)
    if kind is Instance:
        _set_instance(run, value, name, new)
    elif kind is LocalModule:
        run.note_change(value)
        value.namespace[name] = new  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    elif kind is Function:
        run.note_change(value)
        _attributes(value)[name] = new
    elif kind is LocalClass:
        cls: Dyn = value
        if cls.module is not None:
            run.note_change(cls)
            cls.namespace[name] = new
            cls.forget()
    elif kind is Partial or kind is Method:
        return
    elif kind in ATOMS or kind in CONTAINERS:
        raise run.error(AttributeError, f"'{kind.__name__}' object has no attribute '{name}'")


def delete(run: Dyn, value: Dyn, name: str) -> None:
    """Delete an attribute."""
    run.note_change(value)
    if type(value) is Instance:
        value.attributes.pop(name, None)
        value.children.pop(name, None)
    elif type(value) is LocalModule:
        value.namespace.pop(name, None)
    elif type(value) is Function:
        _attributes(value).pop(name, None)
    elif type(value) is LocalClass and value.module is not None:
        value.namespace.pop(name, None)
        value.forget()


def _set_instance(run: Dyn, value: Dyn, name: str, new: Dyn) -> None:
    cls = value.cls
    if type(cls) is LocalClass:
        found = cls.find(name)
        if type(found) is Property:
            if found.setter is not None:
                run.call(found.setter, [value, new], {})
                return
            raise run.error(AttributeError, f"property '{name}' has no setter")
        own = cls.find("__setattr__")
        if type(own) is Function:
            run.call_function(own, [value, name, new], {})
            return
    run.set_raw(value, name, new)


def set_raw(run: Dyn, value: Dyn = None, name: Dyn = "", new: Dyn = None) -> None:
    """Set an attribute past what the program defines for setting, as `object.__setattr__`."""
    if type(value) is not Instance:
        return
    if type(name) is not str:
        run.set_unknown(value, new)
        return
    run.note_change(value)
    if value.row is not None or type(value.cls) is not LocalClass:
        run.host.set_attribute(value, name, new)
    else:
        value.attributes[name] = new


def set_unknown(run: Dyn, value: Instance, new: Dyn) -> None:
    """Set an attribute whose name is not known: it may be any of those that the object has, or a new one.

    A layer takes the place of nothing else than a layer, or it would not be called; what is known of the class stays.
    """
    why = "an attribute was set whose name is not known"
    run.note_change(value)
    layer = type(new) is Instance and new.row is not None
    for name, each in list(value.attributes.items()):
        if not layer or (type(each) is Instance and each.row is not None):
            run.set_raw(value, name, run.blur(each, new, why))
    if layer:
        run.host.blind(why)
    value.extra["open"] = why


def _missing(run: Dyn, value: Dyn, name: str) -> Dyn:
    """Say what reading an attribute gives that was not found."""
    reason = run.open_reason(value)
    kind = kind_of(value)
    if reason or kind in {Signal, Weight, FrameworkClass, Symbol, LocalModule}:
        return Unknown(f"`{name}` of {run.describe(value)}")
    raise run.error(AttributeError, f"{run.describe(value)} has no attribute '{name}'")


def open_reason(run: Dyn, value: Dyn) -> str:
    """Say why an object may have attributes that are not known, nothing where it has none."""
    kind = kind_of(value)
    if kind is Instance:
        cls = value.cls
        if type(cls) is not LocalClass:
            return f"an attribute of {run.describe(cls)}"
        if "open" in value.extra:
            return str(value.extra["open"])
        if run.opened and run.is_open(value.attributes):
            return "an attribute that was set by a name that is not known"
        if cls.framework is not None:
            return ""
        if cls.form == "exception":
            return "an attribute of an exception"
        return str(cls.open)
    if kind is LocalClass:
        return str(value.open)
    if kind is Method and type(value.function) is not Function:
        return "an attribute of a method"
    if kind in {LocalModule, Symbol}:
        return f"an attribute of {run.describe(value)}"
    return ""


def bind(run: Dyn, found: Dyn, value: Dyn, cls: Dyn) -> Dyn:
    """Return what a class has under a name as an object has it: functions bound, properties computed."""
    kind = kind_of(found)
    if kind is Function or kind is Native:
        return Method(found, value)
    if kind is StaticMethod:
        return found.function
    if kind is ClassMethod:
        return Method(found.function, cls)
    if kind is Property:
        return run.call(found.getter, [value], {})
    return found


def _attributes(function: Dyn) -> dict[str, Dyn]:
    """Return the attributes that were set on a function, for changing."""
    known: Dyn = function.attributes
    if known is None:
        known = function.attributes = {}
    result: dict[str, Dyn] = known
    return result


_GETTERS: Final[dict[type, Any]] = {
    Instance: _get_instance,
    LocalClass: _get_class,
    FrameworkClass: _get_framework,
    Symbol: _get_symbol,
    LocalModule: _get_module,
    Function: _get_function,
    Method: _get_method,
    Builtin: _get_builtin,
    NativeType: _get_type,
    Property: _get_property,
    Partial: _get_partial,
    RecordTuple: _get_record,
    Super: _get_super,
    ByPhase: _get_phase,
    Signal: _get_hosted,
    Weight: _get_hosted,
    Stream: _get_stream,
}
