"""Expressions of Python, compiled to closures that take the frame they are evaluated in.

Knows the language and nothing of frameworks. A tree is compiled once; the closures hold no interpreter (it comes with
the frame), so that the same code runs again for another variant or another file that imports it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lintnet.ir import Location, Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_scope import Scope, dotted, has_call, yields
from lintnet.loaders.source.lang_values import ARITHMETIC, MOST_BITS, is_plain_key
from lintnet.loaders.source.objects import Code, Frame, Function, LocalClass, UnknownRest, kind_of
from lintnet.loaders.source.values import ByPhase, Instance, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lintnet.loaders.source.objects import Dyn

__all__ = ["Compiler", "Evaluate", "Execute", "Unit", "function_code"]

Evaluate: TypeAlias = "Callable[[Frame], Any]"
Execute: TypeAlias = "Callable[[Frame], int | None]"
Store: TypeAlias = "Callable[[Frame, Any], None]"

_NUMBERS: Final = frozenset({int, float})
_LARGE: Final = 1 << MOST_BITS


class Unit:
    """One text that is compiled: its path, its lines, and the notebook cells its lines come from.

    cell_of gives, for a line from 1, the number of the cell and the line within it, None outside of notebooks.
    """

    __slots__ = ("cell_of", "lines", "path")

    def __init__(
        self, path: str, lines: Sequence[str], cell_of: Callable[[int], tuple[int, int] | None] | None
    ) -> None:
        """Remember where code comes from."""
        self.path = path
        self.lines = lines
        self.cell_of = cell_of

    def place(self, node: Dyn) -> Location:
        """Return where a node of the tree stands."""
        line, end = node.lineno, node.end_lineno or node.lineno
        text = self._line(line)
        column = _column(text, node.col_offset)
        end_column = _column(text if end == line else self._line(end), node.end_col_offset or 0)
        cell = None
        if self.cell_of is not None and (found := self.cell_of(line)) is not None:
            cell, own = found
            end += own - line
            line = own
        return Location(self.path, line, column, end, end_column, text.strip(), cell)

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


def _column(text: str, offset: int) -> int:
    """Return the column from 1 in code points; the tree counts bytes of UTF-8."""
    if text.isascii():
        return offset + 1
    return len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1


class Compiler:
    """What the compilation of an expression needs to know of its surroundings."""

    __slots__ = ("blocks", "catches", "scope", "unit")

    def __init__(
        self,
        unit: Unit,
        scope: Scope,
        blocks: Callable[[Compiler, Sequence[ast.stmt]], Execute],
        *,
        catches: bool = False,
    ) -> None:
        """`blocks` compiles statements; `catches` is whether a handler of the program may catch a NameError here."""
        self.unit = unit
        self.scope = scope
        self.blocks = blocks
        self.catches = catches

    def within(self, scope: Scope) -> Compiler:
        """Return a compiler for a nested scope."""
        return Compiler(self.unit, scope, self.blocks)

    def trying(self) -> Compiler:
        """Return a compiler for the body of a `try`."""
        return Compiler(self.unit, self.scope, self.blocks, catches=True)

    def expression(self, node: ast.expr) -> Evaluate:
        """Compile an expression."""
        maker = _EXPRESSIONS.get(type(node))
        return _unknown("an expression that is not understood") if maker is None else maker(self, node)

    def place(self, node: ast.AST) -> Callable[[], Location]:
        """Return a function that gives the place of a node, which is worked out once, when it is first needed."""
        unit = self.unit
        known: list[Location] = []

        def place() -> Location:
            if known:
                return known[0]
            known.append(unit.place(node))
            return known[0]

        return place

    def store(self, node: ast.expr) -> Store:
        """Compile an assignment to a target."""
        kind = kind_of(node)
        if kind is ast.Name:
            return self.store_name(node.id)  # type: ignore[attr-defined]
        if kind is ast.Attribute:
            return self._store_attribute(node)
        if kind is ast.Subscript:
            return self._store_item(node)
        if kind is ast.Starred:
            return self.store(node.value)  # type: ignore[attr-defined]
        if kind in {ast.Tuple, ast.List}:
            return self._store_all(node)
        return _store_nothing

    def store_name(self, name: str) -> Store:
        """Compile an assignment to a name."""
        depth = self.scope.resolve(name)
        if depth < 0 or self.scope.kind == "class":
            name = self.mangle(name)
        if depth == 0:

            def store(frame: Frame, value: Dyn) -> None:
                frame.vars[name] = value
        elif depth < 0:

            def store(frame: Frame, value: Dyn) -> None:
                if frame.run.changes is not None:
                    frame.run.note_variables(frame.module.namespace)
                frame.module.namespace[name] = value
        else:

            def store(frame: Frame, value: Dyn) -> None:
                for _ in range(depth):
                    frame = frame.parent
                if frame.run.changes is not None:
                    frame.run.note_variables(frame.vars)
                frame.vars[name] = value

        return store

    def _store_attribute(self, node: Dyn) -> Store:
        value_of = self.expression(node.value)
        name: str = self.mangle(node.attr)
        place = self.place(node)

        def store(frame: Frame, value: Dyn) -> None:
            run = frame.run
            target = value_of(frame)
            run.host.here = place()
            run.set(target, name, value)

        return store

    def _store_item(self, node: Dyn) -> Store:
        value_of, key_of = self.expression(node.value), self.expression(node.slice)
        place = self.place(node)
        again = self.store_name(node.value.id) if type(node.value) is ast.Name else None

        def store(frame: Frame, value: Dyn) -> None:
            run = frame.run
            target = value_of(frame)
            key = key_of(frame)
            run.host.here = place()
            after = run.set_item(target, key, value)
            if again is not None and type(after) is Signal:
                again(frame, after)

        return store

    def _store_all(self, node: Dyn) -> Store:
        stores = [self.store(each) for each in node.elts]
        starred = [index for index, each in enumerate(node.elts) if type(each) is ast.Starred]
        star = starred[0] if starred else -1
        place = self.place(node)

        def store(frame: Frame, value: Dyn) -> None:
            frame.run.host.here = place()
            for each, part in zip(stores, frame.run.unpack(value, len(stores), star), strict=True):
                each(frame, part)

        return store

    def mangle(self, name: str) -> str:
        """Return a private name of a class as Python stores it."""
        if not name.startswith("__") or name.endswith("__"):
            return name
        scope: Scope | None = self.scope
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        owner = scope.qualname.rpartition(".")[2].lstrip("_") if scope else ""
        return f"_{owner}{name}" if owner else name

    def load(self, name: str) -> Evaluate:
        """Compile the reading of a name."""
        depth = self.scope.resolve(name)
        if depth < 0 or self.scope.kind == "class":
            name = self.mangle(name)
        catches = self.catches
        if depth == 0 and self.scope.kind != "class":

            def load(frame: Frame) -> Dyn:
                try:
                    return frame.vars[name]
                except KeyError:
                    return frame.run.unbound(name, catches=catches)
        elif depth < 0 or depth == 0:
            if self.scope.kind == "class":
                outer = self._outside(name)

                def load(frame: Frame) -> Dyn:
                    value = frame.vars.get(name, MISSING)
                    return outer(frame) if value is MISSING else value
            else:

                def load(frame: Frame) -> Dyn:
                    try:
                        return frame.module.namespace[name]
                    except KeyError:
                        return frame.run.builtin(frame, name, catches=catches)
        elif depth == 1:

            def load(frame: Frame) -> Dyn:
                try:
                    return frame.parent.vars[name]
                except KeyError:
                    return frame.run.unbound(name, catches=catches)
        else:

            def load(frame: Frame) -> Dyn:
                run = frame.run
                for _ in range(depth):
                    frame = frame.parent
                value = frame.vars.get(name, MISSING)
                return run.unbound(name, catches=catches) if value is MISSING else value

        return load

    def _outside(self, name: str) -> Evaluate:
        """A name that a class body reads and has not bound: of an enclosing function, or of the module."""
        parent = self.scope.parent
        depth = -1 if parent is None else _skip_classes(parent, name)
        catches = self.catches

        def load(frame: Frame) -> Dyn:
            if depth >= 0:
                outer = frame.parent
                for _ in range(depth):
                    outer = outer.parent
                if name in outer.vars:
                    return outer.vars[name]
            try:
                return frame.module.namespace[name]
            except KeyError:
                return frame.run.builtin(frame, name, catches=catches)

        return load

    def arguments(self, node: ast.Call) -> Callable[[Frame], tuple[list[Any], dict[str, Any]]]:
        """Compile the arguments of a call."""
        positional = [self.expression(each) for each in node.args if type(each) is not ast.Starred]
        if len(positional) == len(node.args) and not node.keywords:
            if not positional:
                return lambda _: ([], {})
            if len(positional) == 1:
                (only,) = positional
                return lambda frame: ([only(frame)], {})
            return lambda frame: ([each(frame) for each in positional], {})
        named = [(each.arg, self.expression(each.value)) for each in node.keywords]
        if len(positional) == len(node.args) and all(name for name, _ in named):
            return lambda frame: (
                [each(frame) for each in positional],
                {str(name): each(frame) for name, each in named},
            )
        return self._spread(node, named)

    def _spread(
        self, node: ast.Call, named: list[tuple[str | None, Evaluate]]
    ) -> Callable[[Frame], tuple[list[Any], dict[str, Any]]]:
        parts = [
            (type(each) is ast.Starred, self.expression(each.value if isinstance(each, ast.Starred) else each))
            for each in node.args
        ]

        def arguments(frame: Frame) -> tuple[list[Any], dict[str, Any]]:
            positional: list[Any] = []
            for starred, each in parts:
                value = each(frame)
                if starred:
                    positional += frame.run.spread(value)
                else:
                    positional.append(value)
            keywords: dict[str, Any] = {}
            for name, each in named:
                value = each(frame)
                if name is None:
                    frame.run.spread_keywords(value, keywords)
                else:
                    keywords[name] = value
            return positional, keywords

        return arguments


def _skip_classes(scope: Scope, name: str) -> int:
    """Resolve from a scope, or from the first one around it that is no class."""
    depth = 0
    current: Scope | None = scope
    while current is not None and current.kind == "class":
        current = current.parent
        depth += 1
    if current is None:
        return -1
    found = current.resolve(name)
    return -1 if found < 0 else found + depth


def _store_nothing(frame: Frame, value: Dyn) -> None:
    """Assign to a target that is not understood."""


def _unknown(why: str) -> Evaluate:
    return lambda _: Unknown(why)


def _constant(_: Compiler, node: Dyn) -> Evaluate:
    value = node.value
    if type(value) is int and not -_LARGE < value < _LARGE:
        return _unknown("a number that is too large")
    return lambda _: value


def _name(c: Compiler, node: Dyn) -> Evaluate:
    return c.load(node.id)


def _attribute(c: Compiler, node: Dyn) -> Evaluate:
    value_of = c.expression(node.value)
    name: str = c.mangle(node.attr)
    place = c.place(node)

    def attribute(frame: Frame) -> Dyn:
        value = value_of(frame)
        if type(value) is Instance:
            found = value.attributes.get(name, MISSING)
            if found is not MISSING:
                return found
        run = frame.run
        run.host.here = place()
        return run.get(value, name)

    return attribute


def _call(c: Compiler, node: Dyn) -> Evaluate:
    function = node.func
    arguments_of = c.arguments(node)
    place = c.place(node)
    text = dotted(function)
    if type(function) is ast.Attribute:
        return _method_call(c, function, arguments_of, place)
    if text == "super" and not node.args:

        def call_super(frame: Frame) -> Dyn:
            frame.run.host.here = place()
            return frame.run.zero_super(frame)

        return call_super
    if text in {"locals", "vars"} and not node.args:
        return lambda frame: dict(frame.vars)
    if text == "globals":
        return lambda frame: frame.module.namespace
    value_of = c.expression(function)

    def call(frame: Frame) -> Dyn:
        callee = value_of(frame)
        arguments, keywords = arguments_of(frame)
        run = frame.run
        run.host.here = place()
        if type(callee) is Function:
            return run.call_function(callee, arguments, keywords)
        if isinstance(callee, Unknown):
            return run.call_unknown(callee, text, arguments, keywords)
        return run.call(callee, arguments, keywords)

    return call


def _method_call(
    c: Compiler,
    function: ast.Attribute,
    arguments_of: Callable[[Frame], tuple[list[Any], dict[str, Any]]],
    place: Callable[[], Location],
) -> Evaluate:
    value_of = c.expression(function.value)
    name = c.mangle(function.attr)
    text = dotted(function)

    def call(frame: Frame) -> Dyn:
        run = frame.run
        value = value_of(frame)
        if type(value) is Instance and type(value.cls) is LocalClass:
            # A method that the instance does not hide is called without an object for the binding.
            callee = value.cls.find(name)
            if type(callee) is Function and name not in value.attributes and name not in value.children:
                arguments, keywords = arguments_of(frame)
                run.host.here = place()
                return run.call_function(callee, [value, *arguments], keywords)
        if isinstance(value, Unknown):
            arguments, keywords = arguments_of(frame)
            run.host.here = place()
            return run.call_unknown(value, text, arguments, keywords)
        if type(value) in run.natives:
            if getattr(value, name, MISSING) is MISSING:
                # Python looks for the method before it evaluates the arguments.
                run.host.here = place()
                return run.call_native(value, name, [], {})
            arguments, keywords = arguments_of(frame)
            run.host.here = place()
            return run.call_native(value, name, arguments, keywords)
        run.host.here = place()
        callee = run.get(value, name)
        arguments, keywords = arguments_of(frame)
        run.host.here = place()
        if isinstance(callee, Unknown):
            return run.call_unknown(callee, text, [value, *arguments], keywords)
        return run.call(callee, arguments, keywords)

    return call


def _binary(c: Compiler, node: Dyn) -> Evaluate:
    left, right = c.expression(node.left), c.expression(node.right)
    name = OPERATORS[type(node.op)]
    place = c.place(node)
    return operation(name, left, right, place)


def operation(name: str, left: Evaluate, right: Evaluate, place: Callable[[], Location]) -> Evaluate:
    """Compile an operator between two expressions."""
    if name in {"add", "sub"}:
        python = ARITHMETIC[name]

        def quick(frame: Frame) -> Dyn:
            a, b = left(frame), right(frame)
            if type(a) in _NUMBERS and type(b) in _NUMBERS and -_LARGE < a < _LARGE and -_LARGE < b < _LARGE:
                return python(a, b)
            frame.run.host.here = place()
            return frame.run.binary(name, a, b)

        return quick

    def binary(frame: Frame) -> Dyn:
        a, b = left(frame), right(frame)
        frame.run.host.here = place()
        return frame.run.binary(name, a, b)

    return binary


OPERATORS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Invert: "invert",
}


def _unary(c: Compiler, node: Dyn) -> Evaluate:
    operand = c.expression(node.operand)
    place = c.place(node)
    if type(node.op) is ast.Not:

        def negation(frame: Frame) -> Dyn:
            value = operand(frame)
            if value is True or value is False or value is None:
                return not value
            frame.run.host.here = place()
            return frame.run.negate(value)

        return negation
    name = OPERATORS[type(node.op)]

    def unary(frame: Frame) -> Dyn:
        value = operand(frame)
        if name == "neg" and type(value) in _NUMBERS:
            return -value
        frame.run.host.here = place()
        return frame.run.unary(name, value)

    return unary


def _compare(c: Compiler, node: Dyn) -> Evaluate:
    place = c.place(node)
    first = c.expression(node.left)
    pairs = [(OPERATORS[type(op)], c.expression(each)) for op, each in zip(node.ops, node.comparators, strict=True)]
    if len(pairs) == 1:
        ((name, second),) = pairs
        if name in {"is", "is not"} and type(node.comparators[0]) is ast.Constant and node.comparators[0].value is None:
            positive = name == "is"

            def compare_none(frame: Frame) -> Dyn:
                value = first(frame)
                if value is None:
                    return positive
                return frame.run.compare(name, value, None) if isinstance(value, Unknown | ByPhase) else not positive

            return compare_none

        def compare(frame: Frame) -> Dyn:
            a, b = first(frame), second(frame)
            frame.run.host.here = place()
            return frame.run.compare(name, a, b)

        return compare

    def chain(frame: Frame) -> Dyn:
        left = first(frame)
        result: Dyn = True
        for name, each in pairs:
            right = each(frame)
            frame.run.host.here = place()
            value = frame.run.compare(name, left, right)
            truth = frame.run.truth(value) if type(value) is not ByPhase else None
            if truth is False:
                return value
            if truth is None:
                result = value if result is True or isinstance(value, Unknown) else result
            left = right
        return result

    return chain


def _boolean(c: Compiler, node: Dyn) -> Evaluate:
    parts = [c.expression(each) for each in node.values]
    quiet = [not has_call(each) for each in node.values]
    stops = type(node.op) is ast.Or

    def boolean(frame: Frame) -> Dyn:
        run = frame.run
        value: Dyn = None
        for index, each in enumerate(parts):
            value = each(frame)
            if value is True or value is False or value is None:
                if bool(value) is stops:
                    return value
                continue
            truth = None if type(value) is ByPhase else run.truth(value)
            if truth is None:
                return run.boolean(frame, value, parts[index + 1 :], quiet[index + 1 :], stops=stops)
            if truth is stops:
                return value
        return value

    return boolean


def _ternary(c: Compiler, node: Dyn) -> Evaluate:
    test, negated = strip_not(node.test)
    test_of = c.expression(test)
    yes, no = c.expression(node.body), c.expression(node.orelse)
    if negated:
        yes, no = no, yes
    place = c.place(node.test)
    quiet = not has_call(node.body) and not has_call(node.orelse)
    text: list[str] = []

    def ternary(frame: Frame) -> Dyn:
        value = test_of(frame)
        if value is True:
            return yes(frame)
        if value is False or value is None:
            return no(frame)
        run = frame.run
        if type(value) is ByPhase:
            return run.by_phase(frame, value, yes, no, quiet=quiet)
        truth = run.truth(value)
        if truth is None:
            if not text:
                text.append(ast.unparse(test))
            truth = run.host.decide(text[0], place())
            if truth is None:
                return run.choose_between(frame, yes, no, text[0], quiet=quiet)
        return yes(frame) if truth else no(frame)

    return ternary


def strip_not(node: ast.expr) -> tuple[ast.expr, bool]:
    """Return a condition without `not` in front, and whether there was an odd number of them."""
    negated = False
    while isinstance(node, ast.UnaryOp) and type(node.op) is ast.Not:
        node, negated = node.operand, not negated
    return node, negated


def _tuple(c: Compiler, node: Dyn) -> Evaluate:
    build = _sequence(c, node)
    return lambda frame: tuple(build(frame))


def _list(c: Compiler, node: Dyn) -> Evaluate:
    return _sequence(c, node)


def _sequence(c: Compiler, node: Dyn) -> Evaluate:
    if not any(type(each) is ast.Starred for each in node.elts):
        parts = [c.expression(each) for each in node.elts]

        def build(frame: Frame) -> Dyn:
            values = [each(frame) for each in parts]
            return values if frame.run.changes is None else frame.run.born(values)

        return build
    mixed = [
        (type(each) is ast.Starred, c.expression(each.value if type(each) is ast.Starred else each))
        for each in node.elts
    ]

    def sequence(frame: Frame) -> Dyn:
        result: list[Any] = []
        for starred, each in mixed:
            if starred:
                result += frame.run.spread(each(frame))
            else:
                result.append(each(frame))
        frame.run.budget.allocate(len(result))
        return frame.run.born(result)

    return sequence


def _set(c: Compiler, node: Dyn) -> Evaluate:
    build = _sequence(c, node)
    return lambda frame: frame.run.make_set(build(frame))


def _dict(c: Compiler, node: Dyn) -> Evaluate:
    pairs = [
        (None if key is None else c.expression(key), c.expression(value))
        for key, value in zip(node.keys, node.values, strict=True)
    ]

    def build(frame: Frame) -> Dyn:
        run = frame.run
        result: dict[Any, Any] = run.born({})
        for key_of, value_of in pairs:
            if key_of is None:
                run.merge(result, value_of(frame))
                continue
            key = key_of(frame)
            value = value_of(frame)
            if is_plain_key(key):
                result[key] = value
            else:
                run.set_item(result, key, value)
        return run.born(result)

    return build


def _subscript(c: Compiler, node: Dyn) -> Evaluate:
    value_of, key_of = c.expression(node.value), c.expression(node.slice)
    place = c.place(node)

    def subscript(frame: Frame) -> Dyn:
        value = value_of(frame)
        key = key_of(frame)
        frame.run.host.here = place()
        return frame.run.get_item(value, key)

    return subscript


def _slice(c: Compiler, node: Dyn) -> Evaluate:
    def none(_: Frame) -> None:
        return None

    lower = c.expression(node.lower) if node.lower else none
    upper = c.expression(node.upper) if node.upper else none
    step = c.expression(node.step) if node.step else none
    return lambda frame: slice(lower(frame), upper(frame), step(frame))


def _walrus(c: Compiler, node: Dyn) -> Evaluate:
    value_of = c.expression(node.value)
    name = node.target.id
    if c.scope.kind == "comprehension":
        holder = c.scope.holder
        up = 0
        scope: Scope | None = c.scope
        while scope is not None and scope is not holder:
            scope = scope.parent
            up += 1
        inner = c.within(holder).store_name(name)

        def walrus_outside(frame: Frame) -> Dyn:
            value = value_of(frame)
            outer = frame
            for _ in range(up):
                outer = outer.parent
            inner(outer, value)
            return value

        return walrus_outside
    store = c.store_name(name)

    def walrus(frame: Frame) -> Dyn:
        value = value_of(frame)
        store(frame, value)
        return value

    return walrus


def _lambda(c: Compiler, node: ast.Lambda) -> Evaluate:
    return function_value(c, node, "<lambda>")


def function_value(c: Compiler, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> Evaluate:
    """Compile the making of a function: its defaults now, its body when it is first called."""
    defaults = [c.expression(each) for each in node.args.defaults]
    keyword_defaults = [
        (argument.arg, c.expression(default))
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    ]
    qualname = f"{c.scope.qualname}.{name}" if c.scope.qualname else name
    if c.scope.kind != "class" and c.scope.qualname:
        qualname = f"{c.scope.qualname}.<locals>.{name}"
    code = function_code(c, node, name, qualname)

    def make(frame: Frame) -> Dyn:
        function = Function(
            code,
            frame,
            tuple([each(frame) for each in defaults]),
            {name: each(frame) for name, each in keyword_defaults},
            frame.module,
            qualname,
        )
        if frame.made is not None:
            frame.made.append(function)
        return function

    return make


def function_code(
    c: Compiler, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str, qualname: str
) -> Code:
    """Return the code of a function, which compiles itself when it is first called."""

    def start(code: Code) -> Dyn:
        arguments = node.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None]
        if isinstance(node, ast.Lambda):
            code.body = _lambda_body(c, node, Scope("function", c.scope, [node.body], qualname, names))
        else:
            scope = Scope("function", c.scope, node.body, qualname, names)
            code.yields = yields(node.body)
            code.body = c.within(scope).blocks(c.within(scope), node.body)
        return code.body

    return Code(node, name, start)


def _lambda_body(c: Compiler, node: ast.Lambda, scope: Scope) -> Execute:
    value_of = c.within(scope).expression(node.body)

    def body(frame: Frame) -> int:
        frame.result = value_of(frame)
        return 3

    return body


def _joined(c: Compiler, node: Dyn) -> Evaluate:
    parts = [c.expression(each) for each in node.values]

    def joined(frame: Frame) -> Dyn:
        return frame.run.join_text([each(frame) for each in parts])

    return joined


def _formatted(c: Compiler, node: Dyn) -> Evaluate:
    value_of = c.expression(node.value)
    spec_of = c.expression(node.format_spec) if node.format_spec is not None else None
    conversion = {115: "s", 114: "r", 97: "a"}.get(node.conversion, "")

    def formatted(frame: Frame) -> Dyn:
        value = value_of(frame)
        spec = "" if spec_of is None else spec_of(frame)
        return frame.run.format_value(value, conversion, spec)

    return formatted


def _comprehension(c: Compiler, node: Dyn) -> Evaluate:
    scope = Scope("comprehension", c.scope, [each.target for each in node.generators], c.scope.qualname)
    inner = c.within(scope)
    first = c.expression(node.generators[0].iter)
    levels = [
        (
            inner.store(each.target),
            [inner.expression(test) for test in each.ifs],
            None if index == 0 else inner.expression(each.iter),
        )
        for index, each in enumerate(node.generators)
    ]
    pair = type(node) is ast.DictComp
    element = inner.expression(node.key if pair else node.elt)
    value = inner.expression(node.value) if pair else None
    texts = [ast.unparse(each.iter) if len(node.generators) < 4 else "…" for each in node.generators]
    place = c.place(node)

    def comprehension(frame: Frame) -> tuple[list[Any], Unknown | None]:
        child = Frame({}, frame, frame.run, frame.module, frame.function)
        found: list[Any] = []
        doubt: list[Unknown] = []
        run = frame.run

        def level(index: int, source: Dyn) -> None:
            store, tests, _ = levels[index]
            elements = run.iterator(source)
            blind = elements is None
            if elements is None:
                why = run.reason(source, texts[index])
                doubt.append(Unknown(why))
                elements = iter((run.element(source, why),))
            for each in elements:
                run.tick()
                rest = each if type(each) is UnknownRest else None
                if rest is not None:
                    blind = True
                    doubt.append(Unknown(rest.why))
                    each = Unknown(rest.why)  # noqa: PLW2901 - one element stands for all of them
                store(child, each)
                doubts = len(doubt)
                if not _passes(run, child, tests, doubt):
                    if len(doubt) > doubts and value is None:
                        found.append(doubt[-1])
                    continue
                if index + 1 < len(levels):
                    level(index + 1, levels[index + 1][2](child))  # type: ignore[misc] # pyright: ignore[reportOptionalCall]
                else:
                    found.append((element(child), value(child)) if value is not None else element(child))
                    if rest is not None and value is None:
                        found.append(rest)
                    if len(found) > 200_000:
                        doubt.append(Unknown("too many elements"))
                        return
            if blind and any(run.matters(each) for each in found):
                run.host.here = place()
                run.host.blind(f"how often `{texts[index]}` repeats is not known")

        level(0, first(frame))
        run.budget.allocate(len(found))
        return found, doubt[0] if doubt else None

    if pair:

        def dictionary(frame: Frame) -> Dyn:
            found, doubt = comprehension(frame)
            return frame.run.make_dict(found, doubt)

        return dictionary
    if type(node) is ast.GeneratorExp:
        return _generator(first, levels, element, texts)
    kind = kind_of(node)

    def collection(frame: Frame) -> Dyn:
        found, doubt = comprehension(frame)
        run = frame.run
        if doubt is not None:
            found = run.in_doubt(found, doubt)
            if isinstance(found, Unknown):
                return found
        return run.born(found if kind is ast.ListComp else run.make_set(found))

    return collection


def _generator(
    first: Evaluate,
    levels: Sequence[tuple[Store, list[Evaluate], Evaluate | None]],
    element: Evaluate,
    texts: Sequence[str],
) -> Evaluate:
    """A generator expression, which is evaluated as far as it is asked for."""

    def produce(run: Dyn, child: Frame, index: int, source: Dyn) -> Iterator[Any]:
        store, tests, _ = levels[index]
        elements = run.iterator(source)
        doubt: list[Unknown] = []
        if elements is None:
            why = run.reason(source, texts[index])
            doubt.append(UnknownRest(why))
            elements = iter((run.element(source, why),))
        following = levels[index + 1][2] if index + 1 < len(levels) else None
        for each in elements:
            run.tick()
            rest = each if type(each) is UnknownRest else None
            if rest is not None:
                each = Unknown(rest.why)  # noqa: PLW2901 - one element stands for all of them
            store(child, each)
            doubts = len(doubt)
            if not _passes(run, child, tests, doubt):
                if len(doubt) > doubts:
                    yield doubt.pop()
                continue
            if following is None:
                yield element(child)
            else:
                yield from produce(run, child, index + 1, following(child))
            if rest is not None:
                yield rest
        if doubt:
            yield UnknownRest(doubt[0].why)

    def generator(frame: Frame) -> Dyn:
        run = frame.run
        source = first(frame)
        return run.stream(produce(run, Frame({}, frame, run, frame.module, frame.function), 0, source))

    return generator


def _passes(run: Dyn, frame: Frame, tests: Sequence[Evaluate], doubt: list[Unknown]) -> bool:
    for test in tests:
        value = test(frame)
        truth = run.truth(value.training if type(value) is ByPhase else value)
        if truth is None:
            doubt.append(UnknownRest("a condition that is not known"))
            return False
        if not truth:
            return False
    return True


def _yield(c: Compiler, node: Dyn) -> Evaluate:
    value_of = c.expression(node.value) if node.value is not None else _unknown("")
    nothing = node.value is None

    def produce(frame: Frame) -> Dyn:
        value = None if nothing else value_of(frame)
        frame.run.produce(frame, value)
        return Unknown("what is sent to a generator")

    return produce


def _yield_from(c: Compiler, node: Dyn) -> Evaluate:
    value_of = c.expression(node.value)

    def produce(frame: Frame) -> Dyn:
        for each in frame.run.spread(value_of(frame)):
            frame.run.produce(frame, each)
        return Unknown("the result of a generator")

    return produce


def _await(c: Compiler, node: Dyn) -> Evaluate:
    return c.expression(node.value)


_EXPRESSIONS: Final[dict[type[ast.expr], Callable[[Compiler, Any], Evaluate]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _ternary,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.NamedExpr: _walrus,
    ast.Lambda: _lambda,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Await: _await,
}
