"""Which names a scope of Python binds, and what may be said of statements without running them.

Knows the syntax tree only: no values and no frameworks.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lintnet.loaders.source.objects import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Effects", "Scope", "dies", "dotted", "effects", "has_call", "is_idle", "leaves", "yields"]

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Scope:
    """A scope as the text shows it: kind is module, class, function or comprehension."""

    __slots__ = ("_nodes", "globals", "kind", "names", "parent", "qualname")

    def __init__(
        self, kind: str, parent: Scope | None, nodes: Sequence[ast.AST], qualname: str, names: Iterable[str] = ()
    ) -> None:
        """`nodes` are the statements (or the expression) of the scope, `names` what is bound besides: parameters."""
        self.kind = kind
        self.parent = parent
        self.qualname = qualname
        self._nodes: Sequence[ast.AST] | None = nodes
        self.names = set(names)
        self.globals: set[str] = set()

    def read(self) -> None:
        """Find out what the scope binds; it is done once."""
        if self._nodes is None:
            return
        nonlocals: set[str] = set()
        for node in _own(self._nodes):
            kind = kind_of(node)
            if kind is ast.Name:
                if type(node.ctx) is not ast.Load:
                    self.names.add(node.id)
            elif kind is ast.Global:
                self.globals.update(node.names)
            elif kind is ast.Nonlocal:
                nonlocals.update(node.names)
            else:
                self.names.update(_binds(node))
        self._nodes = None
        self.names -= nonlocals
        self.names -= self.globals

    def resolve(self, name: str) -> int:
        """Return how many frames up the name is bound: 0 is here, -1 the module."""
        depth = 0
        scope: Scope | None = self
        while scope is not None and scope.kind != "module":
            scope.read()
            if scope.kind != "class" or scope is self:
                if name in scope.names:
                    return depth
                if name in scope.globals:
                    return -1
            scope = scope.parent
            depth += 1
        return -1

    @property
    def holder(self) -> Scope:
        """The scope that a walrus within a comprehension binds in."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return scope


def _own(nodes: Iterable[ast.AST]) -> Iterator[Any]:
    """Walk over what belongs to a scope, and of nested scopes over what is evaluated or bound (by a walrus) in it."""
    stack: list[Any] = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        kind = kind_of(node)
        if kind in _FUNCTIONS:
            stack += node.decorator_list
            stack += node.args.defaults
            stack += [each for each in node.args.kw_defaults if each is not None]
        elif kind is ast.ClassDef:
            stack += node.decorator_list
            stack += node.bases
        elif kind is ast.Lambda:
            stack += node.args.defaults
            stack += [each for each in node.args.kw_defaults if each is not None]
        elif kind in _COMPREHENSIONS:
            stack.append(node.generators[0].iter)
            stack += _walruses(node)
        elif kind not in _LEAVES:
            for name in node._fields:
                value = getattr(node, name, None)
                if type(value) is list:
                    stack += [each for each in value if isinstance(each, ast.AST)]  # pyright: ignore[reportUnknownVariableType]
                elif isinstance(value, ast.AST):
                    stack.append(value)


def _walruses(node: ast.AST) -> list[ast.AST]:
    return [each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]


_LEAVES: Final = {ast.Constant, ast.Name, ast.Import, ast.ImportFrom, ast.Pass, ast.Break, ast.Continue}


def _binds(node: Any) -> list[str]:  # noqa: ANN401 - any node of the tree
    kind = kind_of(node)
    if kind in _FUNCTIONS or kind is ast.ClassDef:
        return [node.name]
    if kind in {ast.Import, ast.ImportFrom}:
        return [each.asname or each.name.partition(".")[0] for each in node.names]
    if kind in {ast.ExceptHandler, ast.MatchAs, ast.MatchStar}:
        return [node.name] if node.name else []
    if kind is ast.MatchMapping:
        return [node.rest] if node.rest else []
    return []


def yields(body: Sequence[ast.AST]) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(body))


def dotted(node: ast.AST) -> str:
    """Return a chain of names and attributes as text, empty where it is something else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


_TALKS: Final = {"print", "warnings", "logging", "logger", "log", "_logger", "LOGGER", "_log", "LOG", "warn", "warning"}
_PARTS: Final = {"init", "weight", "bias", "logger", "_logger", "log", "logging"}
_EXITS: Final = {"sys.exit", "exit", "quit", "os._exit", "parser.error"}


def is_idle(statements: Sequence[ast.stmt]) -> bool:
    """Whether statements change nothing that a model is made of: they print, warn, log, or initialise weights."""
    return all(_idle(each) for each in statements)


def _idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass | ast.Assert):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or (isinstance(node.value, ast.Call) and _talks(node.value))
    if isinstance(node, ast.If):
        return is_idle(node.body) and is_idle(node.orelse) and not has_call(node.test, walrus=True)
    return False


def _talks(call: ast.Call) -> bool:
    """A call that speaks to people or sets initial weights: `logger.info(…)`, `nn.init.zeros_(m.bias)`."""
    path = dotted(call.func)
    if not path:
        return False
    parts = path.split(".")
    if parts[0] in _TALKS:
        return True
    return parts[-1].endswith("_") and not _PARTS.isdisjoint(parts[:-1])


def dies(statements: Sequence[ast.stmt]) -> bool:
    """Whether running statements does nothing but raise an exception, or end the program."""
    if not statements or not is_idle(statements[:-1]):
        return False
    last = statements[-1]
    if isinstance(last, ast.Raise):
        return True
    if isinstance(last, ast.Assert):
        return isinstance(last.test, ast.Constant) and not last.test.value
    if isinstance(last, ast.If):
        return dies(last.body) and dies(last.orelse)
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and dotted(last.value.func) in _EXITS


def leaves(statements: Sequence[ast.stmt]) -> bool:
    """Whether what stands behind these statements is not reached through them."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.Return | ast.Raise | ast.Break | ast.Continue):
        return True
    if isinstance(last, ast.If):
        return leaves(last.body) and leaves(last.orelse)
    if isinstance(last, ast.With):
        return leaves(last.body)
    return dies(statements[-1:])


class Effects(NamedTuple):
    """What statements may change and read: names, attributes of names, and containers that methods are called on.

    constants: those of the names that are only set to constants. calls: the functions and methods that are called.
    """

    names: tuple[str, ...]
    constants: frozenset[str]
    attributes: tuple[tuple[str, str], ...]
    containers: tuple[str, ...]
    reads: tuple[str, ...]
    returns: bool
    calls: tuple[str, ...] = ()


_CHANGES: Final = {
    "append",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
    "pop",
    "remove",
    "clear",
    "add_module",
    "appendleft",
}


def effects(statements: Sequence[ast.stmt]) -> Effects:
    """Collect what statements may change, the order being that of the text."""
    names: dict[str, None] = {}
    attributes: dict[tuple[str, str], None] = {}
    containers: dict[str, None] = {}
    reads: dict[str, None] = {}
    stored: dict[str, int] = {}
    calls: dict[str, None] = {}
    returns = False
    for statement in statements:
        for node in _walk(statement):
            kind = kind_of(node)
            if kind is ast.Call:
                calls[dotted(node.func)] = None
            if kind is ast.AugAssign and type(node.target) is ast.Name:
                reads[node.target.id] = None
            if kind is ast.Name:
                (reads if type(node.ctx) is ast.Load else names)[node.id] = None
                if type(node.ctx) is not ast.Load:
                    stored[node.id] = stored.get(node.id, 0) + 1
            elif kind is ast.Assign and type(node.value) is ast.Constant:
                for target in node.targets:
                    if type(target) is ast.Name:
                        stored[target.id] = stored.get(target.id, 0) - 1
            elif kind is ast.Attribute and type(node.value) is ast.Name:
                if type(node.ctx) is not ast.Load:
                    attributes[node.value.id, node.attr] = None
            elif kind is ast.Subscript and type(node.ctx) is not ast.Load:
                containers[dotted(node.value)] = None
            elif kind is ast.Call and type(node.func) is ast.Attribute and node.func.attr in _CHANGES:
                containers[dotted(node.func.value)] = None
            elif kind is ast.Return:
                returns = True
            else:
                for name in _binds(node):
                    names[name] = None
    containers.pop("", None)
    calls.pop("", None)
    constants = frozenset(name for name, count in stored.items() if not count)
    return Effects(tuple(names), constants, tuple(attributes), tuple(containers), tuple(reads), returns, tuple(calls))


def _walk(node: ast.AST) -> Iterator[Any]:
    """Walk in the order of the text, not into functions and classes."""
    yield node
    if type(node) in _FUNCTIONS or type(node) in {ast.ClassDef, ast.Lambda}:
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def has_call(node: ast.AST, *, walrus: bool = False) -> bool:
    """Whether evaluating an expression calls anything (or binds a name)."""
    kinds = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    if walrus:
        return any(isinstance(each, ast.NamedExpr | ast.Yield | ast.Await) for each in ast.walk(node))
    return any(isinstance(each, kinds) for each in ast.walk(node))
