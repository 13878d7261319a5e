"""Layers that a model holds and never calls, and places in its text where it would call them.

Knows modules and the text of their classes; no framework. A layer is only said to be unused where nothing could
read it.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

from lintnet.ir import GROUPS
from lintnet.loaders.source.dispatch import KERAS_MODELS, Dispatch, class_path
from lintnet.loaders.source.extract import Unused
from lintnet.loaders.source.objects import LocalClass, LocalModule
from lintnet.loaders.source.uses import calls_of_attributes, outer_reads, reads_of
from lintnet.loaders.source.values import Instance

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from lintnet.ir import Node
    from lintnet.ir.unknown import Value as AttributeValue
    from lintnet.loaders.source.project import Files, Text
    from lintnet.loaders.source.tape import Record
    from lintnet.loaders.source.uses import Others, Reads

__all__ = ["Watch"]

_TRAINED: Final = GROUPS["weight"] | GROUPS["recurrent"] | {"embedding", "attention", "prelu"}
_NORMS: Final = GROUPS["norm"]
_MOST: Final = 100


class Watch:
    """Looks for what one program never calls."""

    def __init__(self, main: LocalModule, text: Text, files: Files, others: Others) -> None:
        """Look at a file, the modules it imports and the other files of the run."""
        self._main = main
        self._text = text
        self._files = files
        self._others = others
        self._reads: dict[int, Reads] = {}
        self._calls: dict[int, dict[str, list[tuple[int, int, int]]]] = {}
        self._outer: frozenset[str] | None = None

    def unused(self, dispatch: Dispatch, record: Record, modules: Iterable[LocalModule]) -> list[Unused]:
        """Return the layers with trained numbers that a model holds, never called, and that nothing reads."""
        found: list[Unused] = []
        for holder, name, child in self._uncalled(record):
            if len(found) >= _MOST:
                break
            if self._is_read(holder, name, modules):
                continue
            path = dispatch.machine.path_below(record, child)
            unused = self._describe(dispatch, child, path)
            if path and unused is not None:
                found.append(unused)
        return found

    def sites(self, record: Record) -> tuple[int, int]:
        """Count the places where a model calls layers and operations, and those that have a place in the data flow.

        Places that were not reached count where they would call a layer that was called nowhere.
        """
        places = set(record.sites)
        uncalled = self._uncalled(record)
        # What one object of a class calls and another does not is left out on purpose.
        elsewhere = {
            (id(holder.cls), name)
            for holder in (record.called.values() if uncalled else ())
            for name, child in holder.children.items()
            if id(child) in record.called
        }
        for holder, name, _ in uncalled:
            cls = holder.cls
            if not isinstance(cls, LocalClass) or (id(cls), name) in elsewhere:
                continue
            for each in cls.mro:
                if isinstance(each, LocalClass) and each.node is not None and each.module is not None:
                    for line, column, end in self._calls_in(each.node).get(name, ()):
                        cell = 0
                        if self._text.cells and each.module is self._main:
                            cell, line = self._text.cells[line - 1]  # noqa: PLW2901 - the line within the cell
                        places.add((each.module.path, line, column + 1, end + 1, cell))
        return len(places), sum(record.sites.values())

    def _uncalled(self, record: Record) -> list[tuple[Instance, str, Instance]]:
        """Return holder, name and layer of what was never called, though the module that holds it was."""
        found: list[tuple[Instance, str, Instance]] = []
        seen: set[int] = set()
        stack = [record.instance]
        while stack:
            holder = stack.pop()
            if id(holder) in seen:
                continue
            seen.add(id(holder))
            below: list[Instance] = []
            for name, child in holder.children.items():
                if not isinstance(child, Instance):
                    continue
                if id(child) in record.called or _any_called(child, record):
                    below.append(child)  # perhaps a container whose elements are called one by one
                elif holder is record.instance or id(holder) in record.called:
                    found.append((holder, name, child))
            stack += reversed(below)
        return found

    def _is_read(self, holder: Instance, name: str, modules: Iterable[LocalModule]) -> bool:
        """Whether anything could read an attribute of a module."""
        cls = holder.cls
        if not isinstance(cls, LocalClass) or cls.open or cls.framework is None:
            return True
        if cls.framework.row.run is not None and cls.framework.path not in KERAS_MODELS:
            return True  # a container, which calls its children itself
        for each in (*cls.mro, *_derived(cls)):
            if isinstance(each, LocalClass) and each.node is not None:
                reads = self._reads_in(each.node)
                if reads.generic or name in reads.names:
                    return True
        if self._outer is None:
            trees = [self._text.tree]
            trees += [text.tree for module in modules if (text := self._files.text(module.path)) is not None]
            self._outer = frozenset(word for tree in trees for word in outer_reads(tree))
        return name in self._outer or self._others.reads(name)

    def _reads_in(self, node: ast.AST) -> Reads:
        known = self._reads.get(id(node))
        if known is None:
            known = self._reads[id(node)] = reads_of(node)
        return known

    def _calls_in(self, node: ast.ClassDef) -> dict[str, list[tuple[int, int, int]]]:
        known = self._calls.get(id(node))
        if known is None:
            known = self._calls[id(node)] = calls_of_attributes(node)
        return known

    @staticmethod
    def _describe(dispatch: Dispatch, child: Instance, path: str) -> Unused | None:
        """Say what an unused layer would be; None for one without trained numbers."""
        if not child.children:
            node = dispatch.probe(child)
            if node is None or not _is_trained(node):
                return None
            attributes: dict[str, AttributeValue] = {"kind": node.kind}
            count = _count(node)
            if count is not None:
                attributes["parameters"] = count
            return Unused(path, node.op, attributes, child.created)
        for each in _leaves(child):
            node = dispatch.probe(each)
            if node is not None and _is_trained(node):
                cls = child.cls
                op = cls.name if isinstance(cls, LocalClass) else class_path(child).rpartition(".")[2]
                return Unused(path, op, {}, child.created)
        return None


def _derived(cls: LocalClass) -> list[LocalClass]:
    """Return the classes that derive from a class, at any distance."""
    found: list[LocalClass] = []
    stack = list(cls.derived)
    while stack:
        each = stack.pop()
        if each not in found:
            found.append(each)
            stack += each.derived
    return found


def _any_called(instance: Instance, record: Record) -> bool:
    seen: set[int] = set()
    stack = [instance]
    while stack:
        each = stack.pop()
        if id(each) in record.called:
            return True
        if id(each) not in seen:
            seen.add(id(each))
            stack += [child for child in each.children.values() if isinstance(child, Instance)]
    return False


def _leaves(instance: Instance) -> list[Instance]:
    found: list[Instance] = []
    seen: set[int] = set()
    stack = [instance]
    while stack:
        each = stack.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        children = [child for child in each.children.values() if isinstance(child, Instance)]
        stack += children
        if not children:
            found.append(each)
    return found


def _is_trained(node: Node) -> bool:
    if node.kind in _NORMS:
        return node.attributes.get("scale") is True or node.attributes.get("shift") is True
    return node.kind in _TRAINED


def _count(node: Node) -> int | None:
    """Count the trained numbers of a layer, where its constructor tells."""
    out = node.integer("out")
    if not isinstance(out, int):
        return None
    bias = out if node.flag("bias") is True else 0
    if node.kind in _NORMS:
        return out * ((node.flag("scale") is True) + (node.flag("shift") is True))
    if node.kind == "embedding":
        rows = node.integer("rows")
        return rows * out if isinstance(rows, int) else None
    inp, kernel, groups = node.integer("inp"), node.axes("kernel"), node.integer("groups")
    if not isinstance(inp, int) or not isinstance(node.flag("bias"), bool):
        return None
    if node.kind == "linear":
        return inp * out + bias
    if node.kind in {"conv", "conv_transpose"} and isinstance(kernel, tuple) and isinstance(groups, int) and groups > 0:
        sizes = [size for size in kernel if isinstance(size, int)]
        return inp * out * prod(sizes) // groups + bias if len(sizes) == len(kernel) else None
    return None
