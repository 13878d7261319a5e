"""How classes of the program are made and instantiated, among them dataclasses, enumerations and named tuples.

Knows the object model of Python and no framework: what the constructor of a framework class does is the host's.
"""

from __future__ import annotations

import ast
import collections
from typing import TYPE_CHECKING, Any, Final, cast

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_scope import dotted
from lintnet.loaders.source.lang_values import DICTS, equal, is_plain
from lintnet.loaders.source.objects import (
    ENUM,
    ENUM_FLAG,
    NAMED_TUPLE,
    ClassMethod,
    Function,
    LocalClass,
    Native,
    NativeType,
    Property,
    RecordTuple,
    StaticMethod,
    UnknownRest,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, FrameworkClass, Instance, Method, Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.source.objects import Dyn, Frame, Handler

__all__ = [
    "AUTO",
    "FIELD",
    "blank",
    "dataclass",
    "dataclass_text",
    "enum_text",
    "field_names",
    "fields_of",
    "fill",
    "instantiate",
    "lent_class",
    "make_class",
    "members",
    "named_tuple",
    "new",
    "new_object",
    "record",
]

_INERT_BASES: Final = ("typing.", "typing_extensions.", "abc.", "collections.abc.", "types.")
_EMPTY: Final[dict[str, Any]] = {
    "dict": dict,
    "list": list,
    "set": set,
    "OrderedDict": collections.OrderedDict,
    "str": str,
    "int": int,
    "float": float,
    "tuple": tuple,
}
_FIXED: Final = frozenset({"str", "int", "float", "tuple", "bytes", "frozenset", "bool", "complex"})
"""Native types whose value is given when an object is made, before `__init__`."""


def lent_class(name: str, methods: Mapping[str, Handler], bases: Sequence[Dyn] = ()) -> LocalClass:
    """Make a class whose methods are Python of lintnet: each takes the interpreter, arguments and keywords."""
    namespace: dict[str, Dyn] = {each: Native(each, run) for each, run in methods.items()}
    return LocalClass(name.rpartition(".")[2], name, bases, namespace, None)


# Making classes


def make_class(  # noqa: PLR0917 - as the statement has them
    run: Dyn,
    name: str,
    qualname: str,
    bases: list[Dyn],
    frame: Frame,
    node: ast.ClassDef,
    fields: Sequence[str],
    decorators: Sequence[str],
) -> Dyn:
    """Make a class of what its body left in a frame."""
    kept: list[Dyn] = []
    typed_dict = False
    for base in bases:
        kind = kind_of(base)
        if kind is Symbol and base.path.startswith(_INERT_BASES):
            typed_dict = typed_dict or base.path.endswith("TypedDict")
        elif kind is NativeType and base.name == "object":
            continue
        elif kind is Method and type(base.function) is Function:
            kept.append(Unknown(f"`{base.function.name}` is not a class"))
        elif kind in {LocalClass, FrameworkClass, NativeType, Symbol} or isinstance(base, Unknown):
            if not any(each is base for each in kept):
                kept.append(base)
        else:
            kept.append(Unknown("a base class is not known"))
    cls = LocalClass(name, qualname, kept, frame.vars, frame.module, node, fields=fields, decorators=decorators)
    if any(each.arg == "metaclass" and "ABCMeta" not in dotted(each.value) for each in node.keywords):
        cls.open = cls.open or f"the metaclass of `{name}` is not known"
    if typed_dict:
        cls.form = "typeddict"
    for function in frame.made or ():
        function.owner = cls
    if cls.form == "enum":
        _make_members(run, cls)
    elif cls.form == "namedtuple" and NAMED_TUPLE not in cls.bases:
        cls.fields = next(
            (each.fields for each in cls.mro[1:] if type(each) is LocalClass and each.fields), list[str]()
        )
    return cls


# Instances


def instantiate(run: Dyn, cls: LocalClass, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Call a class."""
    cls.made += 1
    form = cls.form
    if form == "enum":
        return _functional_enum(run, cls, arguments) if cls in {ENUM, ENUM_FLAG} else _member_of(run, cls, arguments)
    if form == "typeddict":
        return dict(keywords)
    maker = cls.find("__new__")
    if maker is not MISSING:
        function = maker.function if type(maker) is StaticMethod else maker
        made = run.call(function, [cls, *arguments], keywords)
        if type(made) is not Instance or type(made.cls) is not LocalClass or cls not in made.cls.mro:
            return made
        _initialize(run, made, arguments, keywords)
        return made
    if form == "namedtuple":
        if cls is NAMED_TUPLE:
            return named_tuple(run, arguments, keywords)
        return record(cls, _bind_fields(run, cls, arguments, keywords))
    instance = blank(run, cls)
    if cls.native is not None and cls.native.name in _FIXED:
        fill(run, instance, cls.native, arguments, keywords)
    _initialize(run, instance, arguments, keywords)
    return instance


def blank(run: Dyn, cls: Dyn) -> Dyn:
    """Make an object of a class whose `__init__` has not run."""
    if type(cls) is FrameworkClass:
        return run.born(Instance(cls, cls.row, created=run.host.here))
    if type(cls) is not LocalClass:
        return Unknown("an object of a class that is not known")
    instance: Instance = run.born(Instance(cls, cls.row, created=run.host.here))
    if cls.native is not None and cls.native.name in _EMPTY:
        instance.extra["native"] = _EMPTY[cls.native.name]()
    return instance


def new(run: Dyn, native: NativeType, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Do `int.__new__(cls, …)`."""
    cls = arguments[0] if arguments else None
    if native.name == "object":
        return blank(run, cls)
    made = blank(run, cls)
    if type(made) is Instance:
        fill(run, made, native, arguments[1:], keywords)
    return made


def new_object(run: Dyn, target: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Do `object.__new__(cls)`, or that of a named tuple."""
    cls = arguments[0] if arguments else target
    if type(cls) is LocalClass and cls.form == "namedtuple":
        return record(cls, _bind_fields(run, cls, arguments[1:], keywords))
    made = blank(run, cls)
    if type(made) is Instance and type(cls) is LocalClass and cls.form == "exception":
        made.attributes["args"] = tuple(arguments[1:])
    return made


def fill(run: Dyn, instance: Instance, native: NativeType, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    """Give an object of a class derived from `dict`, `int` and the like the value it holds."""
    value = native.run(run, arguments, keywords)
    before = instance.extra.get("native")
    if type(value) in DICTS and type(before) in DICTS:
        before.update(value)  # type: ignore[attr-defined] # pyright: ignore[reportUnknownMemberType, reportOptionalMemberAccess, reportAttributeAccessIssue]
        if run.is_open(value):
            run.note_open(before)
    else:
        instance.extra["native"] = value


def _initialize(run: Dyn, instance: Instance, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    cls: Dyn = instance.cls
    if cls.form == "exception":
        instance.attributes["args"] = tuple(arguments)
    for each in cls.mro:
        kind = kind_of(each)
        if kind is LocalClass:
            found = each.namespace.get("__init__")
            if found is not None:
                run.call(Method(found, instance) if type(found) in {Function, Native} else found, arguments, keywords)
                return
        elif kind is FrameworkClass:
            run.host.construct(instance, each, arguments, keywords)
            return
        elif kind is NativeType:
            if each.name not in _FIXED:
                fill(run, instance, each, arguments, keywords)
            return
        else:
            # A class that is not known: its constructor may do anything.
            return
    if (arguments or keywords) and not cls.form and cls.find("__new__") is MISSING:
        if not cls.decorators and cls.module is not None:
            raise run.error(TypeError, f"{cls.name}() takes no arguments")
        instance.attributes.update(keywords)
        instance.extra["open"] = f"`{cls.name}` is made by a decorator that is not known"


# Named tuples


def record(cls: LocalClass, values: Sequence[Dyn]) -> RecordTuple:
    """Make an instance of a named tuple."""
    made = RecordTuple(values)
    made.cls = cls
    return made


def _up_to_rest(arguments: list[Dyn]) -> list[Dyn]:
    """Leave out arguments behind those whose number is not known: which parameters get them is not known either."""
    first = next((index for index, each in enumerate(arguments) if type(each) is UnknownRest), len(arguments))
    return arguments[: first + 1]


def _bind_fields(run: Dyn, cls: LocalClass, arguments: list[Dyn], keywords: dict[str, Dyn]) -> list[Dyn]:
    names = cls.fields
    arguments = _up_to_rest(arguments)
    if arguments and type(arguments[-1]) is UnknownRest:
        rest = arguments.pop()
        arguments += [Unknown(rest.why) for each in names[len(arguments) :] if each not in keywords]
    if len(arguments) > len(names):
        raise run.error(TypeError, f"{cls.name}() takes {len(names)} arguments ({len(arguments)} given)")
    values = dict(zip(names, arguments, strict=False))
    unknown = keywords.get("**")
    for name, value in keywords.items():
        if name == "**":
            continue
        if name not in names or name in values:
            raise run.error(TypeError, f"{cls.name}() got an unexpected keyword argument '{name}'")
        values[name] = value
    for name in names:
        if name in values:
            continue
        default = cls.find(name)
        if unknown is not None:
            values[name] = Unknown(f"`{name}` is not known")
        elif default is MISSING:
            raise run.error(TypeError, f"{cls.name}() missing argument: '{name}'")
        else:
            values[name] = default
    return [values[each] for each in names]


def named_tuple(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    """Do `collections.namedtuple(name, fields)` and `typing.NamedTuple(name, [(field, type)])`."""
    name = arguments[0] if arguments else keywords.get("typename", "")
    fields = arguments[1] if len(arguments) > 1 else keywords.get("field_names", keywords.get("fields"))
    if type(fields) is str:
        names: Dyn = fields.replace(",", " ").split()
    else:
        names = run.iterate(fields) if fields is not None else None
        if names is not None:
            names = [each[0] if type(each) is tuple and each else each for each in names]
    if type(name) is not str or names is None or not all(type(each) is str for each in names):
        return Unknown("a named tuple whose fields are not known")
    cls = LocalClass(name, name, (NAMED_TUPLE,), {}, None, fields=names)
    defaults = keywords.get("defaults")
    values: Dyn = [] if defaults is None else run.iterate(defaults)
    if values:
        for each, value in zip(names[-len(values) :], values, strict=False):
            cls.namespace[each] = value
    return cls


# Enumerations


class _Auto:
    """`enum.auto()`."""

    __slots__ = ()


AUTO: Final = _Auto()


def _make_members(run: Dyn, cls: LocalClass) -> None:
    for each in cls.mro[1:]:
        if type(each) is LocalClass and each.instances:
            cls.instances = dict(each.instances)
    last = 0
    text = any(type(each) is LocalClass and each.name == "StrEnum" for each in cls.mro)
    flag = ENUM_FLAG in cls.mro
    known: list[tuple[Dyn, Instance]] = []
    for name, value in list(cls.namespace.items()):
        if name.startswith("_") or type(value) in {Function, Property, StaticMethod, ClassMethod, Native, Builtin}:
            continue
        if value is AUTO:
            value = name.lower() if text else ((1 << last.bit_length()) if flag else last + 1)  # noqa: PLW2901 - what it stands for
        if type(value) is int and value.bit_length() < 64:
            last = value if not flag else max(last, value)
        member = next(
            (each for other, each in known if other is value or (is_plain(value) and equal(run, other, value) is True)),
            None,
        )
        if member is None:
            member = Instance(cls, cls.row, created=run.host.here)
            member.attributes.update({"name": name, "value": value, "_name_": name, "_value_": value})
            if cls.native is not None:
                member.extra["native"] = value
            known.append((value, member))
            maker = cls.find("__init__")
            if type(maker) is Function:
                run.call(Method(maker, member), run.spread(value) if kind_of(value) is tuple else [value], {})
        cls.instances[name] = member
        del cls.namespace[name]
    cls.cache.clear()


def members(cls: LocalClass) -> list[Dyn]:
    """Return the members of an enumeration, aliases left out."""
    return [each for name, each in cls.instances.items() if each.attributes["_name_"] == name]


def _member_of(run: Dyn, cls: LocalClass, arguments: list[Dyn]) -> Dyn:
    value = arguments[0] if arguments else None
    if type(value) is Instance and value.cls is cls:
        return value
    doubt = isinstance(value, Unknown)
    for each in members(cls):
        truth = equal(run, each.attributes["_value_"], value)
        if truth is True:
            return each
        doubt = doubt or truth is not False
    missing = cls.find("_missing_")
    if type(missing) is ClassMethod and not doubt:
        found = run.call(Method(missing.function, cls), [value], {})
        if found is not None:
            return found
    if doubt:
        return Unknown(f"a member of `{cls.name}`")
    raise run.error(ValueError, f"{run.describe(value)} is not a valid {cls.name}")


def _functional_enum(run: Dyn, base: LocalClass, arguments: list[Dyn]) -> Dyn:
    if len(arguments) < 2 or type(arguments[0]) is not str:
        return Unknown("an enumeration that is not known")
    names = arguments[1]
    if type(names) is str:
        pairs: list[tuple[Dyn, Dyn]] = [(each, index + 1) for index, each in enumerate(names.replace(",", " ").split())]
    elif type(names) in DICTS:
        pairs = [*names.items()]
    else:
        listed = run.iterate(names)
        pairs = [(each, index + 1) for index, each in enumerate(listed or ())]
    if not all(type(name) is str for name, _ in pairs):
        return Unknown("an enumeration that is not known")
    cls = LocalClass(arguments[0], arguments[0], (base,), dict(pairs), None)
    _make_members(run, cls)
    return cls


def enum_text(run: Dyn, member: Instance, *, quoted: bool) -> Dyn:  # noqa: ARG001 - called through a table with the others
    """Return the text of a member of an enumeration."""
    cls: Dyn = member.cls
    name, value = member.attributes.get("_name_"), member.attributes.get("_value_")
    if quoted:
        return f"<{cls.name}.{name}: {value!r}>" if is_plain(value) else Unknown("text of an object")
    plain = any(type(each) is LocalClass and each.name in {"IntEnum", "StrEnum", "IntFlag"} for each in cls.mro)
    return (str(value) if is_plain(value) else Unknown("text of an object")) if plain else f"{cls.name}.{name}"


# Dataclasses

FIELD: Final = LocalClass("Field", "dataclasses.Field", (), {}, None)


def fields_of(cls: Dyn) -> dict[str, Instance]:
    """Return the fields of a dataclass, by name and in order."""
    found = cls.find("__dataclass_fields__") if type(cls) is LocalClass else MISSING
    result: dict[str, Instance] = {} if found is MISSING else cast("Dyn", found)
    return result


def field_names(cls: Dyn) -> list[str]:
    """Return the names of the fields of a dataclass that its constructor takes or sets."""
    return [*fields_of(cls)]


def dataclass(run: Dyn, cls: Dyn, options: dict[str, Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    """Do `@dataclass`."""
    if type(cls) is not LocalClass:
        return cls
    fields: dict[str, Instance] = {}
    for base in reversed(cls.mro[1:]):
        if type(base) is LocalClass and "__dataclass_fields__" in base.namespace:
            fields.update(base.namespace["__dataclass_fields__"])
    own = _annotations(cls)
    keyword_only = options.get("kw_only") is True
    for name, annotation in own:
        if annotation.endswith("KW_ONLY"):
            keyword_only = True
            continue
        default = cls.namespace.get(name, MISSING)
        if type(default) is Instance and default.cls is FIELD:
            field = default
            if field.attributes["default"] is MISSING:
                cls.namespace.pop(name, None)
            else:
                cls.namespace[name] = field.attributes["default"]
        else:
            field = Instance(FIELD, attributes={"default": default, "default_factory": MISSING, "init": True})
        field.attributes.setdefault("kw_only", keyword_only)
        field.attributes.update({"name": name, "type": Unknown("an annotation"), "init_var": "InitVar" in annotation})
        fields[name] = field
    if not cls.form:
        cls.form = "dataclass"
    cls.namespace["__dataclass_fields__"] = fields
    if "__init__" not in cls.namespace and options.get("init") is not False:
        cls.namespace["__init__"] = Native("__init__", _init_dataclass)
    if options.get("order") is True:
        for name in ("lt", "le", "gt", "ge"):
            cls.namespace.setdefault(f"__{name}__", Native(name, _order(name)))
    cls.forget()
    return cls


def _annotations(cls: LocalClass) -> list[tuple[str, str]]:
    """Names and annotations (their last part) of a class body."""
    if cls.node is None:
        return [(each, "") for each in cls.fields]
    result = {
        each.target.id: ast.unparse(each.annotation)[:80]
        for each in cls.node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id in cls.fields
    }
    return list(result.items())


def _init_dataclass(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    instance, *values = _up_to_rest(arguments)
    cls = instance.cls
    fields = fields_of(cls)
    rest = values.pop() if values and type(values[-1]) is UnknownRest else None
    unknown = keywords.pop("**", rest)
    extra: list[Dyn] = []
    positional = [
        name
        for name, field in fields.items()
        if field.attributes["init"] is not False and field.attributes["kw_only"] is not True
    ]
    if len(values) > len(positional):
        raise run.error(TypeError, f"{cls.name}() takes {len(positional)} arguments ({len(values)} given)")
    given = dict(zip(positional, values, strict=False))
    for name, value in keywords.items():
        if name in given or name not in fields or fields[name].attributes["init"] is False:
            raise run.error(TypeError, f"{cls.name}() got an unexpected keyword argument '{name}'")
        given[name] = value
    for name, field in fields.items():
        default, factory = field.attributes["default"], field.attributes["default_factory"]
        if name in given:
            value = given[name]
        elif unknown is not None and field.attributes["init"] is not False:
            value = Unknown(f"`{name}` is not known")
        elif factory is not MISSING:
            value = run.call(factory, [], {})
        elif default is not MISSING:
            value = default
        elif field.attributes["init"] is False:
            continue
        else:
            raise run.error(TypeError, f"{cls.name}() missing 1 required argument: '{name}'")
        if field.attributes["init_var"]:
            extra.append(value)
        else:
            run.set_raw(instance, name, value)
    after = cls.find("__post_init__")
    if after is not MISSING:
        run.call(Method(after, instance), extra, {})


def _order(name: str) -> Dyn:
    def compare(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        one, other = arguments[:2]
        names = field_names(one.cls)
        if type(other) is not Instance or other.cls is not one.cls:
            return NotImplemented
        return run.compare(name, *(tuple([each.attributes.get(name) for name in names]) for each in (one, other)))

    return compare


def dataclass_text(run: Dyn, value: Instance) -> Dyn:
    """Return `repr` of a dataclass."""
    parts: list[str] = []
    for name in field_names(value.cls):
        field = value.attributes.get(name)
        text = run.format_value(field, "r", "")
        if type(text) is not str:
            return Unknown("text of an object")
        parts.append(f"{name}={text}")
    cls: Dyn = value.cls
    return f"{cls.qualname}({', '.join(parts)})"
