"""The objects of an interpreted program that are not values of Python itself: functions, classes, modules, iterators.

Knows no framework, and nothing of how a program is run: that is the interpreter's. See `values` for those objects that
the rest of the reader sees.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.values import FrameworkClass, Instance, Symbol

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lintnet.loaders.source.tables import Row
    from lintnet.loaders.source.values import Value

__all__ = [
    "ENUM",
    "ENUM_FLAG",
    "NAMED_TUPLE",
    "ClassMethod",
    "Code",
    "DefaultDict",
    "Dyn",
    "Frame",
    "Function",
    "Handler",
    "LocalClass",
    "LocalModule",
    "Native",
    "NativeType",
    "Parameter",
    "Partial",
    "Property",
    "Raised",
    "RecordTuple",
    "Settled",
    "StaticMethod",
    "Stream",
    "Super",
    "UnionType",
    "UnknownRest",
    "exception_class",
    "kind_of",
    "linearize",
]

Dyn: TypeAlias = Any
"""A value of the interpreted program inside the interpreter, which looks at its type before it does anything else."""


Handler: TypeAlias = "Callable[[Any, list[Any], dict[str, Any]], Any]"
"""A function of lintnet that the program can call: interpreter, positional and keyword arguments."""

kind_of: Final[Callable[[object], type[object]]] = type
"""`type` of one argument, of which type checkers then expect nothing about the value."""


class Raised(Exception):
    """An exception of the interpreted program on its way to a handler of the program.

    `value` is the exception object: an `Instance` of an exception class, or an `Unknown`.
    """

    def __init__(self, value: Value) -> None:
        """Carry the program's exception."""
        super().__init__()
        self.value = value

    @property
    def name(self) -> str:
        """The class of the exception."""
        cls = self.value.cls if isinstance(self.value, Instance) else None
        return cls.name if isinstance(cls, LocalClass) else "an exception"

    @property
    def message(self) -> str:
        """The text the program gave it, if it is known."""
        if isinstance(self.value, Instance):
            args: Dyn = self.value.attributes.get("args")
            if isinstance(args, tuple) and args and type(args[0]) in {str, int}:  # pyright: ignore[reportUnknownArgumentType]
                return str(args[0])[:200]  # pyright: ignore[reportUnknownArgumentType]
        return ""

    def __str__(self) -> str:
        """Say class and text, as the last line of a traceback does."""
        return f"{self.name}: {self.message}" if self.message else self.name


class UnknownRest(Unknown):
    """As last positional argument or last element: any number of further ones that are not known."""

    __slots__ = ()


class Settled(Unknown):
    """A value that is not known, of which is known whether it is true: `unknown or 64`."""

    __slots__ = ("truth",)

    def __init__(self, why: str, *, truth: bool) -> None:
        """Remember the truth, and why the value is not known."""
        super().__init__(why)
        self.truth = truth


class LocalModule:
    """A module of the checked tree.

    name is dotted; path as the user wrote it; package is the dotted package that relative imports start from. stars:
    the modules outside the tree that `from … import *` named, later ones first.
    """

    __slots__ = ("main", "name", "namespace", "package", "path", "stars")

    def __init__(
        self, name: str, path: str, package: str, namespace: dict[str, Value] | None = None, *, main: bool = False
    ) -> None:
        """Make a module that has not run."""
        self.name = name
        self.path = path
        self.package = package
        self.namespace: dict[str, Value] = {} if namespace is None else namespace
        self.stars: list[str] = []
        self.main = main

    def __repr__(self) -> str:
        """Show the name."""
        return f"<module {self.name}>"


class Frame:
    """A scope at run time: the variables of a call, a class body, a comprehension or a module."""

    __slots__ = ("error", "function", "guards", "made", "module", "parent", "result", "run", "vars", "yields")

    def __init__(
        self, variables: dict[str, Dyn], parent: Frame | None, run: Dyn, module: LocalModule, function: Function | None
    ) -> None:
        """Make a scope."""
        self.vars = variables
        self.parent: Dyn = parent
        self.run = run
        self.module = module
        self.function = function
        self.result: Dyn = None
        self.guards = 0
        self.yields: list[Dyn] | None = None
        self.error: Raised | None = None
        self.made: list[Function] | None = None


class Parameter:
    """One parameter of a function of the program; kind is one of "positional", "any", "keyword", "*" and "**"."""

    __slots__ = ("default", "kind", "name")

    def __init__(self, name: str, kind: str, default: Value = MISSING) -> None:
        """`default` is MISSING where the parameter is required."""
        self.name = name
        self.kind = kind
        self.default = default


class Code:
    """What is the same for all functions made by one `def` or `lambda`: names of parameters and the compiled body.

    The body is compiled when the first of the functions is called: `start` does it. names are the positional
    parameters, positional_only how many of them cannot be given by name.
    """

    __slots__ = (
        "body",
        "keyword_only",
        "kwarg",
        "name",
        "names",
        "node",
        "positional_only",
        "start",
        "vararg",
        "yields",
    )

    def __init__(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str, start: Callable[[Code], Dyn]
    ) -> None:
        """Read the parameters."""
        arguments = node.args
        self.node = node
        self.name = name
        self.start = start
        self.body: Dyn = None
        self.names = [each.arg for each in arguments.posonlyargs]
        self.positional_only = len(self.names)
        self.names += [each.arg for each in arguments.args]
        self.vararg = arguments.vararg.arg if arguments.vararg else None
        self.keyword_only = [each.arg for each in arguments.kwonlyargs]
        self.kwarg = arguments.kwarg.arg if arguments.kwarg else None
        self.yields = False


class Function:
    """A function of the program: code, the scope it was made in, and its defaults.

    owner: the class in whose body it was defined. calls: how often it was called.
    """

    __slots__ = (
        "attributes",
        "calls",
        "closure",
        "code",
        "defaults",
        "keyword_defaults",
        "module",
        "owner",
        "qualname",
    )

    def __init__(  # noqa: PLR0917 - as the statement has them
        self,
        code: Code,
        closure: Frame | None,
        defaults: tuple[Dyn, ...],
        keyword_defaults: dict[str, Dyn],
        module: LocalModule,
        qualname: str,
    ) -> None:
        """Make a function."""
        self.code = code
        self.closure = closure
        self.defaults = defaults
        self.keyword_defaults = keyword_defaults
        self.module = module
        self.qualname = qualname
        self.owner: LocalClass | None = None
        self.attributes: dict[str, Dyn] | None = None
        self.calls = 0

    @property
    def node(self) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda:
        """The definition."""
        return self.code.node

    @property
    def name(self) -> str:
        """The name in the `def`, `<lambda>` for a lambda."""
        return self.code.name

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, in order."""
        code = self.code
        offset = len(code.names) - len(self.defaults)
        result = [
            Parameter(
                name,
                "positional" if index < code.positional_only else "any",
                self.defaults[index - offset] if index >= offset else MISSING,
            )
            for index, name in enumerate(code.names)
        ]
        if code.vararg:
            result.append(Parameter(code.vararg, "*"))
        result += [Parameter(name, "keyword", self.keyword_defaults.get(name, MISSING)) for name in code.keyword_only]
        if code.kwarg:
            result.append(Parameter(code.kwarg, "**"))
        return result

    def __repr__(self) -> str:
        """Show the name."""
        return f"<function {self.qualname}>"


class Native:
    """A method written in Python of lintnet, in the namespace of a class: it binds as a function of the program does.

    run takes the interpreter, the positional arguments (the instance first) and the keyword arguments.
    """

    __slots__ = ("name", "run")

    def __init__(self, name: str, run: Callable[[Dyn, list[Dyn], dict[str, Dyn]], Dyn]) -> None:
        """Make a method."""
        self.name = name
        self.run = run


class NativeType:
    """A type of Python itself: `int`, `list`, `object`. Called it converts; as a base class it lends its behaviour."""

    __slots__ = ("name", "python", "run")

    def __init__(
        self, name: str, python: tuple[type, ...], run: Callable[[Dyn, list[Dyn], dict[str, Dyn]], Dyn]
    ) -> None:
        """`python` are the types of values that are instances of it; run converts."""
        self.name = name
        self.python = python
        self.run = run

    def __repr__(self) -> str:
        """Show the name."""
        return f"<class {self.name}>"


class UnionType:
    """`int | None`: classes of which a value may be an instance."""

    __slots__ = ("members",)

    def __init__(self, members: tuple[Dyn, ...]) -> None:
        """Join classes."""
        self.members = members


class LocalClass:
    """A class of the program (or one that the interpreter lends it, such as an exception: then `node` is None).

    bases as written, mro linearized (itself first; ends in framework classes, symbols or native types where there are
    any). framework: the first framework class in the mro. namespace: what the body defined. fields: names of annotated
    attributes in order. made: how many instances were made. open: why attributes may exist that are not known.
    """

    __slots__ = (
        "bases",
        "cache",
        "decorators",
        "derived",
        "fields",
        "form",
        "framework",
        "instances",
        "made",
        "module",
        "mro",
        "name",
        "namespace",
        "native",
        "node",
        "open",
        "qualname",
        "row",
    )

    def __init__(  # noqa: PLR0917 - as the statement has them
        self,
        name: str,
        qualname: str,
        bases: Sequence[Dyn],
        namespace: dict[str, Dyn],
        module: LocalModule | None,
        node: ast.ClassDef | None = None,
        *,
        fields: Sequence[str] = (),
        decorators: Sequence[str] = (),
    ) -> None:
        """Make a class; the order of its bases is worked out."""
        self.name = name
        self.qualname = qualname
        self.bases = tuple(bases)
        self.namespace = namespace
        self.module = module
        self.node = node
        self.fields = list(fields)
        self.decorators = tuple(decorators)
        self.mro = linearize(self, self.bases)
        self.framework: FrameworkClass | None = None
        self.native: NativeType | None = None
        self.open = ""
        self.form = ""
        for each in self.mro[1:]:
            if type(each) is FrameworkClass:
                self.framework = self.framework or each
            elif type(each) is NativeType:
                self.native = self.native or each
            elif type(each) is LocalClass:
                self.form = self.form or each.form
            elif type(each) is Symbol:
                self.open = self.open or f"`{each.path}` is not known"
            elif type(each) is Unknown:
                self.open = self.open or each.why or "a base class is not known"
        self.row: Row | None = None if self.framework is None else self.framework.row
        self.made = 0
        self.cache: dict[str, Dyn] = {}
        self.instances: dict[str, Dyn] = {}
        self.derived: list[LocalClass] = []
        for each in self.bases:
            if type(each) is LocalClass and each.module is not None:
                each.derived.append(self)

    def forget(self) -> None:
        """Drop what was remembered of lookups, here and in the classes derived from this one."""
        self.cache.clear()
        for each in self.derived:
            each.forget()

    def find(self, name: str) -> Dyn:
        """Return what the mro of the program's classes has under a name, MISSING if nothing."""
        found = self.cache.get(name)
        if found is None:
            found = MISSING
            for each in self.mro:
                if type(each) is LocalClass and name in each.namespace:
                    found = each.namespace[name]
                    break
            if found is None:
                return None
            self.cache[name] = found
        return found

    def __repr__(self) -> str:
        """Show the name."""
        return f"<class {self.qualname}>"


def linearize(cls: Dyn, bases: Sequence[Dyn]) -> list[Dyn]:
    """Return the method resolution order (C3), in any order that keeps the bases' where C3 finds none.

    Source: Barrett et al., A monotonic superclass linearization for Dylan, OOPSLA 1996.
    """
    queues = [list(base.mro) if type(base) is LocalClass else [base] for base in bases]
    queues.append(list(bases))
    result = [cls]
    while queues := [queue for queue in queues if queue]:
        for queue in queues:
            head = queue[0]
            if not any(_holds(other[1:], head) for other in queues):
                break
        else:
            head = queues[0][0]
        result.append(head)
        queues = [[each for each in queue if not _same(each, head)] for queue in queues]
    return result


def _holds(queue: list[Dyn], head: Dyn) -> bool:
    return any(_same(each, head) for each in queue)


def _same(one: Dyn, other: Dyn) -> bool:
    if one is other:
        return True
    return type(one) is type(other) and type(one) in {FrameworkClass, Symbol} and one.path == other.path


class Property:
    """`@property`, with its setter if there is one; `cached` is whether the object keeps its first value."""

    __slots__ = ("cached", "getter", "setter")

    def __init__(self, getter: Dyn, setter: Dyn = None) -> None:
        """Make a property of functions."""
        self.getter = getter
        self.setter = setter
        self.cached = False


class StaticMethod:
    """`@staticmethod`."""

    __slots__ = ("function",)

    def __init__(self, function: Dyn) -> None:
        """Wrap a function."""
        self.function = function


class ClassMethod:
    """`@classmethod`."""

    __slots__ = ("function",)

    def __init__(self, function: Dyn) -> None:
        """Wrap a function."""
        self.function = function


class Super:
    """`super()`: the rest of an mro, and the object that is looked at through it."""

    __slots__ = ("rest", "target")

    def __init__(self, rest: list[Dyn], target: Dyn) -> None:
        """`target` is an instance, or a class within class methods."""
        self.rest = rest
        self.target = target


class Partial:
    """`functools.partial`."""

    __slots__ = ("arguments", "function", "keywords")

    def __init__(self, function: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> None:
        """Keep a function and its first arguments."""
        self.function = function
        self.arguments = arguments
        self.keywords = keywords


class Stream:
    """An iterator of the program: it can be advanced, and is used up."""

    __slots__ = ("source",)

    def __init__(self, source: Iterable[Dyn]) -> None:
        """Iterate over values of the program."""
        self.source: Iterator[Dyn] = iter(source)


class RecordTuple(tuple[Any, ...]):  # noqa: SLOT001 - a tuple with a class and so with a dictionary
    """An instance of a named tuple of the program."""

    cls: LocalClass


class DefaultDict(dict[Any, Any]):
    """`collections.defaultdict`, whose factory is a callable of the program."""

    __slots__ = ("factory",)

    def __init__(self, factory: Dyn) -> None:
        """Start empty."""
        super().__init__()
        self.factory = factory


ENUM: Final = LocalClass("Enum", "enum.Enum", (), {}, None)
ENUM.form = "enum"
ENUM_FLAG: Final = LocalClass("Flag", "enum.Flag", (ENUM,), {}, None)
NAMED_TUPLE: Final = LocalClass("NamedTuple", "typing.NamedTuple", (), {}, None)
NAMED_TUPLE.form = "namedtuple"

_EXCEPTIONS: Final[dict[str, LocalClass]] = {}


def exception_class(name: str) -> LocalClass | None:
    """Return one of Python's own exception classes by name, None if there is none of that name."""
    found = _EXCEPTIONS.get(name)
    if found is None:
        python: object = getattr(builtins, name, None)
        if not isinstance(python, type) or not issubclass(python, BaseException):
            return None
        bases = [exception_class(each.__name__) for each in python.__bases__ if each is not object]
        found = LocalClass(python.__name__, f"builtins.{python.__name__}", bases, {}, None)
        found.form = "exception"
        _EXCEPTIONS[name] = found
    return found
