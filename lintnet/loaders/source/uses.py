"""What the text of a program says without being run: who names whom, and which attributes are read.

Knows the syntax tree only. It answers questions of the kind "is there anything that could use this?", and says yes
where it cannot tell.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.loaders.errors import LoadError
from lintnet.loaders.sniff import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lintnet.loaders.source.project import Files

__all__ = [
    "Others",
    "Reads",
    "calls_of_attributes",
    "mentions",
    "outer_reads",
    "read_words",
    "reads_of",
    "top_level",
]

_GENERIC_CALLS: Final = frozenset(
    {"children", "modules", "named_children", "named_modules", "apply", "__getattr__", "get_submodule"}
)
_LARGEST: Final = 4 << 20
_MOST_KNOWN: Final = 2_000
_LONGEST_NAME: Final = 200
_GENERIC_NAMES: Final = frozenset({"_modules", "__dict__", "layers"})


class Reads(NamedTuple):
    """Attributes that code reads by name, and whether it reads any by a name that is not written down."""

    names: frozenset[str]
    generic: bool


def reads_of(tree: ast.AST) -> Reads:
    """Collect the attributes that are read in a piece of code."""
    names: set[str] = set()
    generic = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load):
                names.add(node.attr)
                generic = generic or node.attr in _GENERIC_NAMES or node.attr in _GENERIC_CALLS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"getattr", "hasattr", "attrgetter", "setattr", "delattr"} and node.func.id != "setattr":
                key = node.args[-1 if node.func.id == "attrgetter" else 1] if len(node.args) > 1 else None
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    names.add(key.value)
                else:
                    generic = True
            elif node.func.id in {"vars", "dir"}:
                generic = True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            names.add(node.value)  # it may be given to a function that reads by name
    return Reads(frozenset(names), generic)


def outer_reads(tree: ast.AST) -> set[str]:
    """Collect the attributes that code reads of anything but `self`, and every text that could name one."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < _LONGEST_NAME:
            names.update(part for part in node.value.split(".") if part.isidentifier())
    return names


def calls_of_attributes(tree: ast.ClassDef) -> dict[str, list[tuple[int, int, int]]]:
    """Return for `self.name(...)` and `self.name[...](...)` line, column and last column of where it is called.

    Only calls that every run of a method comes to: none in a branch, and none behind a branch that returns.
    """
    found: dict[str, list[tuple[int, int, int]]] = {}
    for method in tree.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        stack: list[ast.AST] = list(reversed(_certain(method.body)))
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Call):
                target = node.func
                while isinstance(target, ast.Subscript):
                    target = target.value
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                ):
                    place = node.lineno, node.col_offset, node.end_col_offset or 0
                    found.setdefault(target.attr, []).append(place)
            if isinstance(node, ast.If | ast.IfExp):
                stack.append(node.test)
            elif not isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.Try | ast.BoolOp):
                stack += ast.iter_child_nodes(node)
    return found


def _certain(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements up to the first branch that may leave the function."""
    found: list[ast.stmt] = []
    for statement in body:
        found.append(statement)
        if isinstance(statement, ast.If | ast.Try | ast.For | ast.While | ast.With) and any(
            isinstance(each, ast.Return | ast.Raise) for each in ast.walk(statement)
        ):
            break
    return found


def top_level(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return the functions and classes that a module defines at its top level, in order, within `if` and `try` too."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {}
    stack: list[ast.stmt] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            inner: list[ast.stmt] = [*node.body, *getattr(node, "orelse", []), *getattr(node, "finalbody", [])]
            for handler in getattr(node, "handlers", []):
                inner += handler.body
            stack += reversed(inner)
    return found


class HandedOn(NamedTuple):
    """A name that a module has from another: which module, with how many dots in front, and what it is called there."""

    module: str
    level: int
    name: str


_known: dict[int, tuple[ast.Module, dict[str, HandedOn], list[HandedOn], frozenset[str]]] = {}


def _summary(tree: ast.Module) -> tuple[ast.Module, dict[str, HandedOn], list[HandedOn], frozenset[str]]:
    """Look at the top level of a module, once per tree."""
    known = _known.get(id(tree))
    if known is not None and known[0] is tree:
        return known
    given: dict[str, HandedOn] = {}
    stars: list[HandedOn] = []
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    stars.append(HandedOn(node.module or "", node.level, "*"))
                elif node.module or node.level:
                    given[alias.asname or alias.name] = HandedOn(node.module or "", node.level, alias.name)
                    names.add(alias.asname or alias.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.pop(node.name, None)
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.If | ast.Try | ast.For | ast.With):
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    given.pop(each.id, None)
                    names.add(each.id)
                elif isinstance(each, ast.FunctionDef | ast.ClassDef):
                    given.pop(each.name, None)
                elif isinstance(each, ast.alias) and not isinstance(node, ast.Assign):
                    given.pop(each.asname or each.name, None)
    if len(_known) > _MOST_KNOWN:
        _known.clear()
    known = _known[id(tree)] = tree, given, stars, frozenset(names)
    return known


def handed_on(tree: ast.Module) -> dict[str, HandedOn]:
    """Return the names that a module has from others for certain: by an import at its top level and nothing else."""
    return _summary(tree)[1]


def stars_of(tree: ast.Module) -> list[HandedOn]:
    """Return the modules from which a module takes everything, later ones first, as they win."""
    return _summary(tree)[2][::-1]


def defined_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that the top level of a module binds."""
    return _summary(tree)[3]


def mentions(nodes: Iterable[ast.AST], names: frozenset[str] | set[str]) -> set[str]:
    """Return those of the names that code loads."""
    return {
        node.id
        for tree in nodes
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)
    }


@cache
def _patterns() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Compile what is asked only where several files are checked together."""
    return (
        re.compile(rb"(?<!\bself)\.\s*([A-Za-z_]\w*)\b(?!\s*=(?!=))"),
        re.compile(rb"""["']([A-Za-z_]\w*)["']"""),
    )


def read_words(data: bytes) -> set[str]:
    """Return the attributes that a text may read and the names among its texts, without parsing it."""
    attributes, texts = _patterns()
    found = {each.decode() for each in attributes.findall(data)}
    found.update(each.decode() for each in texts.findall(data))
    return found


class _Outer(NamedTuple):
    """What a module imports, and what its classes name: enough to say which imported things they use as parts.

    names: (last part of the module, name, name it is bound to) of `from module import name`; modules: (last part, name
    it is bound to) of imports that may bind a module; loads and attributes: names and (first name, attribute) that
    stand in classes; own: the classes.
    """

    names: tuple[tuple[str, str, str], ...]
    modules: tuple[tuple[str, str], ...]
    loads: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    own: frozenset[str]

    def uses(self, wanted: frozenset[str], module: str) -> set[str]:
        """Return those names that classes use as parts, where the module imports them from one of that name."""
        bound: dict[str, str] = {}
        for last, name, alias in self.names:
            if last == module and name == "*":
                bound.update({each: each for each in wanted})
            elif last == module and name in wanted:
                bound[alias] = name
        prefixes = {alias for last, alias in self.modules if last == module}
        used = {name for alias, name in bound.items() if alias in self.loads and name not in self.own}
        return used | {name for first, name in self.attributes if first in prefixes and name in wanted}


def _outer(tree: ast.Module) -> _Outer:
    names: list[tuple[str, str, str]] = []
    modules: list[tuple[str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            last = (node.module or "").rpartition(".")[2]
            for alias in node.names:
                names.append((last, alias.name, alias.asname or alias.name))
                modules.append((alias.name, alias.asname or alias.name))
        elif isinstance(node, ast.Import):
            modules += [
                (alias.name.rpartition(".")[2], alias.asname or alias.name.partition(".")[0]) for alias in node.names
            ]
    loads: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for cls in classes:
        for node in ast.walk(cls):
            if isinstance(node, ast.Name):
                loads.add(node.id)
            elif isinstance(node, ast.Attribute):
                attributes.add((_root(node), node.attr))
    own = frozenset(node.name for node in classes)
    return _Outer(tuple(names), tuple(modules), frozenset(loads), frozenset(attributes), own)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class Others:
    """The files that are checked in the same run, as far as one of them may use what another defines."""

    def __init__(self, files: Files) -> None:
        """Start with no files."""
        self._files = files
        self._paths: dict[str, None] = {}
        self._imports: dict[str, set[str]] | None = None
        self._words: set[str] = set()
        self._outer: dict[str, _Outer | None] = {}

    def note(self, paths: Iterable[str]) -> None:
        """Add files of the run."""
        self._paths.update(dict.fromkeys(paths))
        self._imports = None

    def composes(self, path: str, names: Iterable[str]) -> set[str]:
        """Return those of the names that a file defines and that classes in other files use as parts."""
        self.scan()
        folder, _, name = path.replace("\\", "/").rpartition("/")
        stem = name.rpartition(".")[0]
        own = folder.rpartition("/")[2] if stem == "__init__" else stem
        wanted = frozenset(names)
        found: set[str] = set()
        for user in (self._imports or {}).get(own, ()):
            if user == path or len(found) == len(wanted):
                continue
            if user not in self._outer:
                text = self._files.text(user)
                self._outer[user] = None if text is None else _outer(text.tree)
            outer = self._outer[user]
            if outer is not None:
                found |= outer.uses(wanted, own)
        return found

    def reads(self, name: str) -> bool:
        """Whether any file may read an attribute of this name of something that is not its own."""
        self.scan()
        return name in self._words

    def scan(self) -> None:
        """Look into every file once: which modules it imports, and which words it may read."""
        if self._imports is not None:
            return
        self._imports = {}
        if len(self._paths) < 2:
            return
        imports = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)
        names = re.compile(rb"^[ \t]*from[ \t]+\.+[ \t]+import[ \t]+\(?([\w, \t\n]+)", re.MULTILINE)
        for path in self._paths:
            try:
                with open_regular(path) as file:
                    data = file.read(_LARGEST)
            except (LoadError, OSError):
                continue
            for source, modules in imports.findall(data):
                for module in (source or modules).split(b","):
                    words = module.split()
                    last = words[0].rpartition(b".")[2] if words else b""
                    if last:
                        self._imports.setdefault(last.decode(), set()).add(path)
            for group in names.findall(data):
                for word in group.replace(b",", b" ").split():
                    self._imports.setdefault(word.decode(), set()).add(path)
            self._words |= read_words(data)
