"""Other modules of the standard library inside the interpreter: dataclasses, enum, inspect, argparse, math, re.

Knows no framework. Modules whose names mean nothing to a model (typing, logging) are not here but inert: see `library`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import lang_classes
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_builtins import make_property
from lintnet.loaders.source.lang_functional import OPERATORS, operator_handler
from lintnet.loaders.source.lang_handlers import (
    first_of,
    gives_unknown,
    identity,
    leave_program,
    nothing,
    nth,
    of_constants,
    second_of,
)
from lintnet.loaders.source.lang_types import NATIVE_TYPES
from lintnet.loaders.source.lang_values import (
    DICTS,
    is_plain,
    is_plain_key,
)
from lintnet.loaders.source.objects import (
    ENUM,
    ENUM_FLAG,
    NAMED_TUPLE,
    Function,
    LocalClass,
    LocalModule,
    NativeType,
    Stream,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, FrameworkClass, Instance, Method, Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lintnet.loaders.source.objects import Dyn, Handler

__all__ = ["MODULES", "OBJECTS", "handler_of"]


def _dataclass(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if arguments:
        return lang_classes.dataclass(run, arguments[0], keywords)
    return Builtin("dataclasses.dataclass", lambda values, _: lang_classes.dataclass(run, first_of(values), keywords))


def _field(_: Dyn, __: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    attributes: dict[str, Dyn] = {
        "default": keywords.get("default", MISSING),
        "default_factory": keywords.get("default_factory", MISSING),
        "init": keywords.get("init", True),
        "metadata": keywords.get("metadata", {}),
    }
    if "kw_only" in keywords:
        attributes["kw_only"] = keywords["kw_only"]
    return Instance(lang_classes.FIELD, attributes=attributes)


def _fields(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    cls = value.cls if type(value) is Instance else value
    found = lang_classes.fields_of(cls)
    return tuple(found.values()) if found else Unknown(run.why(arguments, "the fields of an object"))


def _replace(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    if type(value) is not Instance or not lang_classes.fields_of(value.cls):
        return Unknown(run.why(arguments, "a changed object"))
    given = {
        name: value.attributes.get(name)
        for name, field in lang_classes.fields_of(value.cls).items()
        if field.attributes["init"] is not False and name in value.attributes
    }
    return run.call(value.cls, [], {**given, **keywords})


def _as_dict(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return _plain_fields(run, first_of(arguments), as_tuple=False, depth=0)


def _as_tuple(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    return _plain_fields(run, first_of(arguments), as_tuple=True, depth=0)


def _plain_fields(run: Dyn, value: Dyn, *, as_tuple: bool, depth: int) -> Dyn:
    if depth > 20:
        return value
    run.tick()
    kind = kind_of(value)
    names = lang_classes.field_names(value.cls) if kind is Instance else []
    if names:
        pairs = {
            each: _plain_fields(run, value.attributes.get(each), as_tuple=as_tuple, depth=depth + 1) for each in names
        }
        return tuple(pairs.values()) if as_tuple else pairs
    if kind is list:
        return [_plain_fields(run, each, as_tuple=as_tuple, depth=depth + 1) for each in value]
    if kind is dict:
        return {key: _plain_fields(run, each, as_tuple=as_tuple, depth=depth + 1) for key, each in value.items()}
    return value if depth or not isinstance(value, Unknown) else Unknown(value.why)


def _is_dataclass(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    return bool(lang_classes.fields_of(value.cls if type(value) is Instance else value))


def _auto(_: Dyn, __: list[Dyn], ___: dict[str, Dyn]) -> Dyn:
    return lang_classes.AUTO


def _suppress(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    return Instance(_SUPPRESS, attributes={"kinds": tuple(arguments)})


def _suppress_exit(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    manager, value = arguments[0], nth(arguments, 2)
    return value is not None and run.catches(value, manager.attributes["kinds"])


def _null_context(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return Instance(_NULL_CONTEXT, attributes={"value": first_of(arguments, keywords.get("enter_result"))})


_SUPPRESS: Final = lang_classes.lent_class("contextlib.suppress", {"__enter__": nothing, "__exit__": _suppress_exit})
_NULL_CONTEXT: Final = lang_classes.lent_class(
    "contextlib.nullcontext",
    {"__enter__": lambda _, arguments, __: arguments[0].attributes["value"], "__exit__": nothing},
)
_PARAMETER: Final = LocalClass("Parameter", "inspect.Parameter", (), {}, None)
_SIGNATURE: Final = LocalClass("Signature", "inspect.Signature", (), {}, None)
_KINDS: Final = {
    "positional": "POSITIONAL_ONLY",
    "any": "POSITIONAL_OR_KEYWORD",
    "*": "VAR_POSITIONAL",
    "keyword": "KEYWORD_ONLY",
    "**": "VAR_KEYWORD",
}
for _index, _kind in enumerate(_KINDS.values()):
    _PARAMETER.namespace[_kind] = _index
_PARAMETER.namespace["empty"] = _SIGNATURE.namespace["empty"] = Symbol("inspect.Parameter.empty")


def _signature(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    bound = 0
    if type(value) is LocalClass:
        value, bound = value.find("__init__"), 1
    while True:
        if type(value) is Method:
            value, bound = value.function, 1
        elif type(value) is Function and value.attributes is not None and "__wrapped__" in value.attributes:
            value = value.attributes["__wrapped__"]
        else:
            break
    if type(value) is not Function:
        return Unknown(run.why(arguments, "a signature that is not known"))
    parameters = {
        each.name: Instance(
            _PARAMETER,
            attributes={
                "name": each.name,
                "kind": _PARAMETER.namespace[_KINDS[each.kind]],
                "default": _PARAMETER.namespace["empty"] if each.default is MISSING else each.default,
                "annotation": Unknown("an annotation"),
            },
        )
        for each in value.parameters[bound:]
    }
    return Instance(_SIGNATURE, attributes={"parameters": parameters})


def _full_arguments(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    value = first_of(arguments)
    if type(value) is Method:
        value = value.function
    if type(value) is not Function:
        return Unknown(run.why(arguments, "a signature that is not known"))
    code = value.code
    return Instance(
        _SIGNATURE,
        attributes={
            "args": list(code.names),
            "varargs": code.vararg,
            "varkw": code.kwarg,
            "defaults": value.defaults or None,
            "kwonlyargs": list(code.keyword_only),
            "kwonlydefaults": dict(value.keyword_defaults) or None,
        },
    )


def _is_kind(*kinds: type) -> Handler:
    def test(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
        value = first_of(arguments)
        if isinstance(value, Unknown) or type(value) is Symbol:
            return Unknown("an object that is not known")
        return type(value) in kinds

    return test


def _init_namespace(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    instance, *rest = arguments
    for each in rest[:1]:
        if type(each) in DICTS:
            instance.attributes.update({str(key): value for key, value in each.items()})
    if keywords.pop("**", None) is not None:
        instance.extra["open"] = "arguments that are not known"
    instance.attributes.update(keywords)


_NAMESPACE: Final = lang_classes.lent_class("types.SimpleNamespace", {"__init__": _init_namespace})
_ARGUMENTS: Final = lang_classes.lent_class("argparse.Namespace", {"__init__": _init_namespace})


def _init_parser(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> None:
    arguments[0].extra["arguments"] = {}


def _add_argument(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    parser, *flags = arguments
    known = parser.extra.setdefault("arguments", {})
    names = [each for each in flags if type(each) is str]
    name = keywords.get("dest")
    if type(name) is not str:
        long = next((each for each in names if each.startswith("--")), first_of(names, ""))
        name = long.lstrip("-").replace("-", "_")
    action = keywords.get("action")
    positional = bool(names) and not names[0].startswith("-")
    if "default" in keywords:
        value = keywords["default"]
        kind = keywords.get("type")
        if type(value) is str and type(kind) is NativeType:
            value = run.call(kind, [value], {})
    elif action == "store_true":
        value = False
    elif action == "store_false":
        value = True
    elif positional or keywords.get("required") is True:
        value = Unknown(f"`{name}` is an argument of the command line")
    else:
        value = 0 if action == "count" and "default" in keywords else None
    known.setdefault(name, value)
    return Unknown("an argument of the command line")


def _set_defaults(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
    arguments[0].extra.setdefault("arguments", {}).update(keywords)


def _parse(*, rest: bool) -> Handler:
    def parse(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
        known = arguments[0].extra.get("arguments", {})
        made = Instance(_ARGUMENTS, attributes=dict(known), extra={"open": "an argument of the command line"})
        return (made, Unknown("arguments of the command line")) if rest else made

    return parse


def _same_parser(_: Dyn, arguments: list[Dyn], __: dict[str, Dyn]) -> Dyn:
    return arguments[0]


def _sub_parser(_: Dyn, __: list[Dyn], ___: dict[str, Dyn]) -> Dyn:
    return Instance(_PARSER, extra={"arguments": {}})


_PARSER: Final = lang_classes.lent_class(
    "argparse.ArgumentParser",
    {
        "__init__": _init_parser,
        "add_argument": _add_argument,
        "add_argument_group": _same_parser,
        "add_mutually_exclusive_group": _same_parser,
        "add_subparsers": _sub_parser,
        "add_parser": _sub_parser,
        "set_defaults": _set_defaults,
        "parse_args": _parse(rest=False),
        "parse_known_args": _parse(rest=True),
        "print_help": nothing,
        "print_usage": nothing,
        "error": leave_program,
        "format_help": gives_unknown("a text"),
    },
)


_PARSER.open = "a parser of arguments"


def _unset(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return arguments[2] if len(arguments) > 2 else keywords.get("default")


def _getenv(_: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return arguments[1] if len(arguments) > 1 else keywords.get("default")


_ENVIRON: Final = lang_classes.lent_class(
    "os.environ",
    {
        "get": _unset,
        "setdefault": _unset,
        "__contains__": lambda _, __, ___: False,
        "__getitem__": lambda _, __, ___: Unknown("the environment of this machine"),
        "__setitem__": lambda _, __, ___: None,
        "copy": lambda _, arguments, __: arguments[0],
        **dict.fromkeys(
            ("__iter__", "keys", "items", "values"), lambda _, __, ___: Unknown("the environment of this machine")
        ),
    },
)
"""A program is read as if the environment held no variable, as it is read without arguments of the command line."""
_ENVIRON.open = "the environment of this machine"


def _math(name: str) -> Handler | None:
    import math  # noqa: PLC0415 - few programs need it

    function = getattr(math, name, None)
    if name == "prod":
        return _product
    if function is None or not callable(function):
        return None
    guard = _large if name in {"factorial", "comb", "perm"} else None
    if name in {"fsum", "dist", "hypot", "sumprod"}:
        return lambda run, arguments, keywords: of_constants(f"math.{name}", function)(
            run, [run.iterate(each) if type(each) is Stream else each for each in arguments], keywords
        )
    return of_constants(f"math.{name}", function, guard)


def _product(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values = run.iterate(first_of(arguments))
    if values is None:
        return Unknown(run.why(arguments, "a product that is not known"))
    total = keywords.get("start", 1)
    for each in values:
        total = run.binary("mul", total, each)
    return total


def _is_simple(pattern: Dyn) -> bool:
    """Whether a regular expression takes no long time on short texts: few repetitions, and none of a group."""
    if type(pattern) is not str or len(pattern) > 200 or pattern.count("*") + pattern.count("+") > 3:
        return False
    return (
        not any(each in pattern for each in (")*", ")+", "){", "(?=", "(?<", "(?!", "\\1", "\\2", "}{"))
        and pattern.count("{") <= 1
    )


def _pattern(name: str) -> Handler | None:
    if name not in {"match", "fullmatch", "search", "sub", "split", "findall"}:
        return None

    def apply(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        import re  # noqa: PLC0415 - few programs need it

        values = [*arguments, *keywords.values()]
        if not all(is_plain(each) for each in values) or not _is_simple(first_of(arguments)):
            return Unknown(run.why(values, f"result of `re.{name}`"))
        if any(type(each) is str and len(each) > 300 for each in values):
            return Unknown(f"result of `re.{name}`")
        match: Dyn = run.python(getattr(re, name), arguments, keywords)
        if kind_of(match) is not re.Match:
            return match
        groups: list[Dyn] = [match.group(0), *match.groups()]
        named: dict[Any, Dyn] = {**dict(enumerate(groups)), **match.groupdict()}
        return Instance(
            _MATCH,
            attributes={"string": match.string, "lastindex": match.lastindex},
            extra={"groups": named, "all": tuple(groups[1:]), "named": match.groupdict(), "span": match.span()},
        )

    return apply


def _group(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    match, *keys = arguments
    if not all(is_plain_key(each) and type(each) in {int, str} for each in keys):
        return Unknown("a group of a match")
    found = [match.extra["groups"].get(each, MISSING) for each in keys or [0]]
    if MISSING in found:
        raise run.error(IndexError, "no such group")
    return found[0] if len(found) == 1 else tuple(found)


_MATCH: Final = lang_classes.lent_class(
    "re.Match",
    {
        "group": _group,
        "__getitem__": _group,
        "groups": lambda _, arguments, __: arguments[0].extra["all"],
        "groupdict": lambda _, arguments, __: dict(arguments[0].extra["named"]),
        "span": lambda _, arguments, __: arguments[0].extra["span"],
        "start": lambda _, arguments, __: arguments[0].extra["span"][0],
        "end": lambda _, arguments, __: arguments[0].extra["span"][1],
    },
)


def _large(values: Sequence[Any]) -> bool:
    return any(type(each) is int and abs(each) > 1000 for each in values)


def handler_of(path: str) -> Handler | None:
    """Functions of modules that are looked up when one of their names is met."""
    module, _, name = path.rpartition(".")
    handler: Handler | None = None
    if module == "math":
        handler = _math(name)
    elif module == "operator":
        handler = operator_handler(OPERATORS[name]) if name in OPERATORS else None
    elif module == "os.path" and name in {"join", "basename", "dirname", "splitext", "split"}:
        import posixpath  # noqa: PLC0415 - few programs need it

        handler = of_constants(path, getattr(posixpath, name))
    elif module == "re":
        handler = _pattern(name)
    if handler is not None:
        MODULES[path] = handler
    return handler


MODULES: Final[dict[str, Handler]] = {
    "collections.namedtuple": lang_classes.named_tuple,
    "os.getenv": _getenv,
    "dataclasses.dataclass": _dataclass,
    "dataclasses.field": _field,
    "dataclasses.fields": _fields,
    "dataclasses.replace": _replace,
    "dataclasses.asdict": _as_dict,
    "dataclasses.astuple": _as_tuple,
    "dataclasses.is_dataclass": _is_dataclass,
    "enum.auto": _auto,
    "enum.unique": identity,
    "contextlib.contextmanager": identity,
    "contextlib.suppress": _suppress,
    "contextlib.nullcontext": _null_context,
    "inspect.signature": _signature,
    "inspect.getfullargspec": _full_arguments,
    "inspect.isfunction": _is_kind(Function),
    "inspect.isclass": _is_kind(LocalClass, FrameworkClass, NativeType),
    "inspect.ismethod": _is_kind(Method),
    "inspect.ismodule": _is_kind(LocalModule),
    "inspect.isbuiltin": _is_kind(Builtin),
    "abc.abstractproperty": make_property,
    "typing.cast": second_of,
    "typing.NewType": lambda _, __, ___: Builtin("NewType", lambda values, _: first_of(values)),
    "typing.get_type_hints": gives_unknown("annotations"),
    "typing.get_args": gives_unknown("annotations"),
    "typing.get_origin": gives_unknown("annotations"),
    "typing.overload": identity,
    "typing.final": identity,
    "typing.assert_never": nothing,
    "sys.exit": leave_program,
    "sys.getrecursionlimit": lambda _, __, ___: 1000,
    "sys.setrecursionlimit": nothing,
    "atexit.register": identity,
}


def _enum_class(name: str, bases: Sequence[Dyn]) -> LocalClass:
    cls = LocalClass(name, f"enum.{name}", bases, {}, None)
    cls.form = "enum"
    return cls


OBJECTS: Final[dict[str, Any]] = {
    **{
        f"builtins.{name}": each
        for name, each in NATIVE_TYPES.items()
        if name[0].islower()
        and name
        not in {
            "defaultdict",
            "deque",
            "function",
            "method",
            "module",
            "generator",
            "partial",
            "builtin_function_or_method",
        }
    },
    "builtins.NotImplemented": NotImplemented,
    "builtins.Ellipsis": ...,
    "builtins.__debug__": True,
    "builtins.__file__": Unknown("a path of this machine"),
    "collections.OrderedDict": NATIVE_TYPES["OrderedDict"],
    "collections.defaultdict": NATIVE_TYPES["defaultdict"],
    "collections.Counter": NATIVE_TYPES["Counter"],
    "collections.deque": NATIVE_TYPES["deque"],
    "typing.OrderedDict": NATIVE_TYPES["OrderedDict"],
    "typing.NamedTuple": NAMED_TUPLE,
    "typing.TYPE_CHECKING": False,
    "enum.Enum": ENUM,
    "enum.Flag": ENUM_FLAG,
    "enum.IntEnum": _enum_class("IntEnum", (NATIVE_TYPES["int"], ENUM)),
    "enum.StrEnum": _enum_class("StrEnum", (NATIVE_TYPES["str"], ENUM)),
    "enum.IntFlag": _enum_class("IntFlag", (NATIVE_TYPES["int"], ENUM_FLAG)),
    "enum.EnumMeta": Symbol("typing.EnumMeta"),
    "types.SimpleNamespace": _NAMESPACE,
    "types.FunctionType": NATIVE_TYPES["function"],
    "types.LambdaType": NATIVE_TYPES["function"],
    "types.MethodType": NATIVE_TYPES["method"],
    "types.ModuleType": NATIVE_TYPES["module"],
    "types.GeneratorType": NATIVE_TYPES["generator"],
    "types.BuiltinFunctionType": NATIVE_TYPES["builtin_function_or_method"],
    "types.NoneType": NATIVE_TYPES["NoneType"],
    "types.MappingProxyType": NATIVE_TYPES["dict"],
    "functools.partial": NATIVE_TYPES["partial"],
    "argparse.ArgumentParser": _PARSER,
    "argparse.Namespace": _ARGUMENTS,
    "argparse.ArgumentDefaultsHelpFormatter": Symbol("typing.Formatter"),
    "argparse.RawTextHelpFormatter": Symbol("typing.Formatter"),
    "inspect.Parameter": _PARAMETER,
    "inspect.Signature": _SIGNATURE,
    "dataclasses.MISSING": MISSING,
    "dataclasses.KW_ONLY": Symbol("typing.KW_ONLY"),
    "dataclasses.InitVar": Symbol("typing.InitVar"),
    "math.pi": 3.141592653589793,
    "math.e": 2.718281828459045,
    "math.tau": 6.283185307179586,
    "math.inf": float("inf"),
    "math.nan": float("nan"),
    "sys.version_info": None,
    "sys.maxsize": 9223372036854775807,
    "sys.platform": "linux",
    "sys.byteorder": "little",
    "sys.modules": Symbol("sys.modules"),
    "sys.argv": Unknown("arguments of the command line"),
    "os.environ": Instance(_ENVIRON),
    "os.sep": "/",
    "os.name": "posix",
    "string.ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
    "string.ascii_uppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "string.ascii_letters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "string.digits": "0123456789",
    "abc.abstractproperty": None,
}
_VERSION: Final = LocalClass(
    "version_info",
    "sys.version_info",
    (NAMED_TUPLE,),
    {},
    None,
    fields=("major", "minor", "micro", "releaselevel", "serial"),
)
OBJECTS["sys.version_info"] = lang_classes.record(_VERSION, (3, 13, 0, "final", 0))
del OBJECTS["abc.abstractproperty"]
