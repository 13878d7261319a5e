"""The types of Python itself inside the interpreter: conversions, `type`, `isinstance` and `issubclass`.

Knows no framework; whether a framework class derives from another is what the rows of its table say.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_handlers import (
    first_of,
    gives_unknown,
    make_partial,
    nothing,
    nth,
    of_constants,
)
from lintnet.loaders.source.lang_natives import text_of
from lintnet.loaders.source.lang_values import (
    ATOMS,
    CONTAINERS,
    DICTS,
    HOSTED,
    MOST_CHARACTERS,
    SETS,
    by_phases,
    is_long,
    is_plain,
)
from lintnet.loaders.source.objects import (
    ClassMethod,
    DefaultDict,
    Function,
    LocalClass,
    LocalModule,
    Native,
    NativeType,
    Partial,
    RecordTuple,
    StaticMethod,
    Stream,
    UnionType,
    kind_of,
)
from lintnet.loaders.source.values import Builtin, ByPhase, FrameworkClass, Instance, Method, Signal, Symbol, Weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.loaders.source.objects import Dyn, Handler

__all__ = ["NATIVE_TYPES", "check_instance", "check_subclass", "is_callable", "is_instance", "to_bool", "type_of"]


def _int(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return _convert(run, int, "int", arguments, keywords)


def _float(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return _convert(run, float, "float", arguments, keywords)


def _convert(run: Dyn, kind: Dyn, name: str, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if any(type(each) is ByPhase for each in arguments):
        return by_phases(run, lambda values: _convert(run, kind, name, values, keywords), arguments)
    value = first_of(arguments)
    if type(value) is Instance and type(value.cls) is LocalClass:
        found = value.cls.find(f"__{name}__")
        if found is not MISSING:
            return run.call(Method(found, value), [], {})
    arguments = [run.native_of(each) for each in arguments]
    if all(is_plain(each) for each in (*arguments, *keywords.values())):
        return run.python(kind, arguments, keywords)
    return Unknown(run.why(arguments, f"result of `{name}`"))


def to_bool(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    """Do `bool(value)`."""
    return run.negate(run.negate(first_of(arguments, default=False)))


def _str(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if len(arguments) > 1 or keywords:
        plain = all(is_plain(each) for each in (*arguments, *keywords.values()))
        return run.python(str, arguments, keywords) if plain else Unknown("a text that is not known")
    return text_of(run, first_of(arguments, ""))


def _sequence(kind: Dyn) -> Handler:
    def make(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
        if not arguments:
            return kind()
        value = arguments[0]
        values = run.iterate(value)
        if values is None:
            return Unknown(run.why(arguments, f"the elements of {run.describe(value)}"))
        opened = run.is_open(value)
        if kind in {set, frozenset}:
            made = run.make_set(values)
            return made if isinstance(made, Unknown) or kind is set else frozenset(made)
        made = kind(values)
        return run.note_open(made) if opened else made

    return make


def _dict(kind: Dyn) -> Handler:
    def make(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        made: Dyn = kind()
        if arguments:
            value = run.native_of(arguments[0])
            if isinstance(value, Unknown) and not keywords:
                return Unknown(value.why)
            run.merge(made, value)
        rest = keywords.pop("**", None)
        made.update(keywords)
        return made if rest is None else run.note_open(made)

    return make


def _default_dict(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    made = DefaultDict(first_of(arguments))
    for each in arguments[1:]:
        run.merge(made, each)
    made.update(keywords)
    return made


def _counter(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values: Dyn = None
    if arguments:
        value = run.native_of(arguments[0])
        values = value if type(value) in DICTS else run.iterate(value)
        if values is None or not is_plain(values):
            return Unknown(run.why(arguments, "counts that are not known"))
    return run.python(collections.Counter, [] if values is None else [values], keywords)


def _deque(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    values: Dyn = run.iterate(arguments[0]) if arguments else []
    most = nth(arguments, 1, keywords.get("maxlen"))
    if values is None or (most is not None and type(most) is not int):
        return Unknown("a deque that is not known")
    return run.python(collections.deque, [values, most], {})


def _range(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if any(type(each) is ByPhase for each in arguments):
        return by_phases(run, lambda values: _range(run, values, keywords), arguments)
    arguments = [run.native_of(each) for each in arguments]
    if all(is_plain(each) for each in arguments):
        return run.python(range, arguments, {})
    return Unknown(run.why(arguments, "a range that is not known"))


def _bytes(kind: Dyn) -> Handler:
    def make(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        arguments = [run.iterate(each) if type(each) is Stream else each for each in arguments]
        if any(not is_plain(each) or is_long(each) for each in arguments) or (
            type(first_of(arguments)) is int and arguments[0] > MOST_CHARACTERS
        ):
            return Unknown("bytes that are not known")
        return run.python(kind, arguments, keywords)

    return make


def type_of(run: Dyn, value: Dyn) -> Dyn:
    """Return `type(value)`."""
    kind = kind_of(value)
    if kind is Instance:
        return value.cls
    if kind is RecordTuple:
        return value.cls
    if kind is ByPhase:
        return type_of(run, value.training)
    found = _TYPES.get(kind)
    if found is not None:
        return found
    if kind in {LocalClass, FrameworkClass, NativeType}:
        return NATIVE_TYPES["type"]
    return Unknown(f"the type of {run.describe(value)}")


def _type(run: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    if len(arguments) == 1:
        return type_of(run, arguments[0])
    if len(arguments) != 3 or type(arguments[0]) is not str or type(arguments[2]) not in DICTS:
        return Unknown("a class that is not known")
    name, bases, space = arguments
    listed: list[Dyn] = run.iterate(bases) or []
    kept = [each for each in listed if each is not NATIVE_TYPES["object"]]
    module = next(iter(run.modules.values()), None) or LocalModule("__main__", "", "")
    return LocalClass(name, name, kept, {str(key): value for key, value in space.items()}, module)


_CALLABLE: Final = frozenset(
    {Function, Builtin, Method, Partial, LocalClass, FrameworkClass, NativeType, Native, StaticMethod, ClassMethod}
)


def is_callable(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    """Do `callable(value)`."""
    value = first_of(arguments)
    kind = kind_of(value)
    if kind in _CALLABLE:
        return True
    if kind is Instance:
        if type(value.cls) is LocalClass and value.row is None:
            found = value.cls.find("__call__") is not MISSING
            return True if found or not value.cls.open else Unknown(value.cls.open)
        return True
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if kind is ByPhase:
        return is_callable(run, [value.training], {})
    return (
        True
        if kind is Symbol
        else False
        if kind in ATOMS or kind in CONTAINERS
        else Unknown("a value that is not known")
    )


def is_instance(run: Dyn, value: Dyn, cls: Dyn) -> Dyn:
    """Return `isinstance(value, cls)`; unknown where it cannot be known."""
    if kind_of(cls) is tuple or kind_of(cls) is UnionType:
        doubt: Dyn = False
        members: tuple[Dyn, ...] = cls if kind_of(cls) is tuple else cls.members
        for each in members:
            truth = is_instance(run, value, type(None) if each is None else each)
            if truth is True:
                return True
            doubt = truth if truth is not False else doubt
        return doubt
    if type(value) is ByPhase:
        return by_phases(run, lambda values: is_instance(run, values[0], cls), [value])
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if isinstance(cls, Unknown):
        return Unknown(cls.why)
    if cls is type(None):
        return value is None
    if type(cls) is Symbol:
        return _is_of_symbol(run, value, cls.path)
    if type(cls) is NativeType:
        return _is_of_native(run, value, cls)
    kind = kind_of(value)
    if kind is Instance:
        return _is_subclass(run, value.cls, cls)
    if kind is RecordTuple:
        return _is_subclass(run, value.cls, cls)
    if type(cls) is LocalClass:
        if kind in HOSTED:
            return Unknown("an object that is not known") if kind is Symbol else False
        return False
    if type(cls) is FrameworkClass:
        if kind in {Signal, Weight}:
            return _is_tensor_class(value, cls.path)
        return Unknown("an object that is not known") if kind is Symbol else False
    if type(cls) in {Builtin, Function}:
        raise run.error(TypeError, "isinstance() arg 2 must be a type, a tuple of types, or a union")
    return Unknown("a class that is not known")


_TENSORS: Final = frozenset({"Tensor", "KerasTensor", "TensorType", "EagerTensor"})


def _is_tensor_class(value: Dyn, path: str) -> Dyn:
    name = path.rpartition(".")[2]
    if name in _TENSORS:
        return True
    if name in {"Parameter", "Variable"}:
        return type(value) is Weight and (value.trainable or Unknown("whether a tensor is a parameter"))
    if path in {"torch.Size", "numpy.ndarray"} or name in {"Module", "Layer", "Model", "PackedSequence", "Sequential"}:
        return False if type(value) is Signal or name != "ndarray" else Unknown("whether a tensor is an array")
    return Unknown(f"whether a tensor is a `{name}`") if name[:1].islower() or name.endswith("Tensor") else False


def _is_subclass(run: Dyn, cls: Dyn, wanted: Dyn) -> Dyn:
    """Whether a class is another or derives from it."""
    if cls is wanted:
        return True
    if type(cls) is FrameworkClass:
        return _is_framework_subclass(run, cls, wanted)
    if type(cls) is NativeType:
        if type(wanted) is not NativeType:
            return False
        return wanted.name == "object" or (cls.name, wanted.name) in {
            ("bool", "int"),
            ("OrderedDict", "dict"),
            ("defaultdict", "dict"),
            ("Counter", "dict"),
        }
    if type(cls) is not LocalClass:
        return Unknown("a class that is not known")
    doubt: Dyn = False
    for each in cls.mro:
        if each is wanted:
            return True
        if type(each) is FrameworkClass:
            truth = _is_framework_subclass(run, each, wanted)
            if truth is True:
                return True
            doubt = truth if truth is not False else doubt
        elif type(each) is Symbol:
            if type(wanted) is Symbol and wanted.path == each.path:
                return True
            if type(wanted) is not LocalClass or wanted.node is None:
                doubt = Unknown(f"the bases of `{each.path}` are not known")
        elif isinstance(each, Unknown):
            doubt = Unknown(each.why)
        elif type(each) is NativeType and type(wanted) is NativeType and _is_subclass(run, each, wanted) is True:
            return True
    if type(wanted) is NativeType and wanted.name == "object":
        return True
    return doubt


def _is_framework_subclass(run: Dyn, cls: FrameworkClass, wanted: Dyn) -> Dyn:
    if type(wanted) not in {FrameworkClass, Symbol}:
        return type(wanted) is NativeType and wanted.name == "object"
    seen: set[str] = set()
    while cls.path not in seen:
        seen.add(cls.path)
        if cls.path == wanted.path:
            return True
        base = run.host.symbol(cls.row.base) if cls.row.base else None
        if type(base) is not FrameworkClass:
            break
        cls = base
    if type(wanted) is FrameworkClass:
        return False
    return Unknown(f"whether `{cls.path}` is a `{wanted.path}`")


def _is_of_native(run: Dyn, value: Dyn, cls: NativeType) -> Dyn:
    if cls.name == "object":
        return True
    kind = kind_of(value)
    if cls.name == "type":
        return (
            True
            if kind in {LocalClass, FrameworkClass, NativeType}
            else Unknown("an object that is not known")
            if kind is Symbol
            else False
        )
    if kind is Instance:
        native = run.native_of(value)
        if native is not value and type(native) in cls.python:
            return True
        return _is_subclass(run, value.cls, cls) if type(value.cls) is LocalClass else False
    if kind is Symbol:
        return Unknown("an object that is not known")
    return kind in cls.python


_ABSTRACT: Final[dict[str, Callable[[Any], Any]]] = {
    "Callable": lambda value: is_callable(None, [value], {}) if type(value) not in HOSTED else Unknown("an object"),
    "Iterable": lambda value: type(value) in CONTAINERS or type(value) in {str, bytes, range, Stream},
    "Iterator": lambda value: type(value) is Stream,
    "Generator": lambda value: type(value) is Stream,
    "Sized": lambda value: type(value) in CONTAINERS or type(value) in {str, bytes, range},
    "Container": lambda value: type(value) in CONTAINERS or type(value) in {str, bytes, range},
    "Collection": lambda value: type(value) in CONTAINERS or type(value) in {str, bytes, range},
    "Sequence": lambda value: (
        type(value) in {list, tuple, str, bytes, range, RecordTuple, collections.deque, bytearray}
    ),
    "MutableSequence": lambda value: type(value) in {list, collections.deque, bytearray},
    "Mapping": lambda value: type(value) in DICTS,
    "MutableMapping": lambda value: type(value) in DICTS,
    "Set": lambda value: type(value) in SETS,
    "MutableSet": lambda value: type(value) is set,
    "Hashable": lambda value: type(value) not in {list, dict, set},
    "List": lambda value: type(value) is list,
    "Tuple": lambda value: type(value) in {tuple, RecordTuple},
    "Dict": lambda value: type(value) in DICTS,
    "Any": lambda _: True,
    "Number": lambda value: type(value) in {int, float, complex, bool},
    "Complex": lambda value: type(value) in {int, float, complex, bool},
    "Real": lambda value: type(value) in {int, float, bool},
    "Rational": lambda value: type(value) in {int, bool},
    "Integral": lambda value: type(value) in {int, bool},
}


def _is_of_symbol(run: Dyn, value: Dyn, path: str) -> Dyn:
    module, _, name = path.rpartition(".")
    kind = kind_of(value)
    if module in {"typing", "collections.abc", "collections", "numbers", "typing_extensions"} and name in _ABSTRACT:
        if kind is Instance:
            value = run.native_of(value)
            if type(value) is Instance:
                return _has_protocol(value, name)
        return _ABSTRACT[name](value)
    if kind is Signal or kind is Weight:
        return _is_tensor_class(value, path)
    if kind is Instance:
        return _is_subclass(run, value.cls, Symbol(path))
    if kind is Symbol:
        return Unknown("an object that is not known")
    return False


def _has_protocol(value: Instance, name: str) -> Dyn:
    methods = {
        "Iterable": "__iter__",
        "Iterator": "__next__",
        "Sized": "__len__",
        "Container": "__contains__",
        "Hashable": "",
        "Callable": "__call__",
    }
    wanted = methods.get(name)
    cls: Dyn = value.cls
    if wanted is None:
        return (
            False
            if value.row is None or name in {"Number", "Integral", "Real"}
            else Unknown("an object that is not known")
        )
    if wanted == "" or (wanted == "__call__" and value.row is not None):
        return True
    if type(cls) is LocalClass and cls.find(wanted) is not MISSING:
        return True
    return (
        False
        if value.row is None and not (type(cls) is LocalClass and cls.open)
        else Unknown("an object that is not known")
    )


def check_instance(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    """Do `isinstance(value, cls)`."""
    run.arity("isinstance", arguments, 2)
    return is_instance(run, arguments[0], arguments[1])


def check_subclass(run: Dyn, arguments: list[Dyn], _: dict[str, Dyn]) -> Dyn:
    """Do `issubclass(cls, wanted)`."""
    run.arity("issubclass", arguments, 2)
    cls, wanted = arguments
    if isinstance(cls, Unknown):
        return Unknown(cls.why)
    if kind_of(wanted) is tuple:
        truths = [check_subclass(run, [cls, each], {}) for each in wanted]
        return True if True in truths else next((each for each in truths if each is not False), False)
    if isinstance(wanted, Unknown):
        return Unknown(wanted.why)
    if type(cls) not in {LocalClass, FrameworkClass, NativeType, Symbol}:
        raise run.error(TypeError, "issubclass() arg 1 must be a class")
    if type(cls) is Symbol:
        return (
            True
            if type(wanted) is Symbol and cls.path == wanted.path
            else Unknown(f"the bases of `{cls.path}` are not known")
        )
    return _is_subclass(run, cls, wanted)


def _types() -> dict[str, NativeType]:
    table: list[tuple[str, tuple[type, ...], Handler]] = [
        ("int", (int, bool), _int),
        ("float", (float,), _float),
        ("complex", (complex,), of_constants("builtins.complex", complex)),
        ("str", (str,), _str),
        ("bytes", (bytes,), _bytes(bytes)),
        ("bytearray", (bytearray,), _bytes(bytearray)),
        ("bool", (bool,), to_bool),
        ("list", (list,), _sequence(list)),
        ("tuple", (tuple, RecordTuple), _sequence(tuple)),
        ("dict", (dict, collections.OrderedDict, collections.Counter, DefaultDict), _dict(dict)),
        ("set", (set,), _sequence(set)),
        ("frozenset", (frozenset,), _sequence(frozenset)),
        ("range", (range,), _range),
        ("slice", (slice,), lambda run, arguments, _: run.python(slice, arguments, {})),
        ("object", (object,), lambda run, _, __: Instance(_PLAIN_OBJECT, created=run.host.here)),
        ("type", (), _type),
        ("NoneType", (type(None),), nothing),
        ("OrderedDict", (collections.OrderedDict,), _dict(collections.OrderedDict)),
        ("defaultdict", (DefaultDict,), _default_dict),
        ("Counter", (collections.Counter,), _counter),
        ("deque", (collections.deque,), _deque),
        ("function", (Function,), gives_unknown("a function")),
        ("builtin_function_or_method", (Builtin,), gives_unknown("a function")),
        ("method", (Method,), gives_unknown("a method")),
        ("module", (LocalModule,), gives_unknown("a module")),
        ("generator", (Stream,), gives_unknown("a generator")),
        ("memoryview", (), gives_unknown("a view of memory")),
        ("partial", (Partial,), make_partial),
    ]
    return {name: NativeType(name, python, run) for name, python, run in table}


_PLAIN_OBJECT: Final = LocalClass("object", "object", (), {}, None)
NATIVE_TYPES: Final = _types()
_TYPES: Final[dict[type, NativeType]] = {
    kind: native
    for native in NATIVE_TYPES.values()
    for kind in native.python
    if kind.__name__ == native.name
    or native.name in {"NoneType", "function", "method", "module", "generator", "defaultdict"}
}
_TYPES[Builtin] = NATIVE_TYPES["builtin_function_or_method"]
