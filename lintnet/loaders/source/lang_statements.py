"""Statements of Python, compiled to closures: see `lang_expressions`.

A statement returns None when the next one follows, else one of the signals here, as it leaves a loop or a function.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_expressions import (
    OPERATORS,
    Compiler,
    Unit,
    function_value,
    strip_not,
)
from lintnet.loaders.source.lang_scope import Effects, Scope, dies, dotted, effects, is_idle, leaves
from lintnet.loaders.source.lang_values import ATOMS, is_plain
from lintnet.loaders.source.objects import Frame, Raised, RecordTuple, UnknownRest, kind_of
from lintnet.loaders.source.values import ByPhase, Instance, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lintnet.ir import Location
    from lintnet.loaders.source.lang_expressions import Evaluate, Execute
    from lintnet.loaders.source.objects import Dyn

__all__ = ["BREAK", "CONTINUE", "RETURN", "Branches", "Touched", "module_code"]

BREAK: Final = 1
CONTINUE: Final = 2
RETURN: Final = 3

_MOST_NESTED: Final = 6
"""Loops over what is not known, one within another."""

_NUMBERS: Final = frozenset({int, float})


def module_code(unit: Unit, tree: ast.Module) -> list[tuple[Execute, Callable[[], Location]]]:
    """Compile the statements of a module, each by itself, with its place."""
    c = Compiler(unit, Scope("module", None, tree.body, ""), blocks)
    return [(_lazily(c, tree.body, index), c.place(each)) for index, each in enumerate(tree.body)]


def _lazily(c: Compiler, body: Sequence[ast.stmt], index: int) -> Execute:
    made: list[Execute] = []

    def execute(frame: Frame) -> int | None:
        if not made:
            made.append(_statement(c, body[index], dead=_dead(body[index + 1 :], tail=False)) or _nothing)
        return made[0](frame)

    return execute


def blocks(c: Compiler, statements: Sequence[ast.stmt]) -> Execute:
    """Compile the body of a function, class or loop."""
    return _block(c, statements, tail=False)


def _nothing(_: Frame) -> None:
    return None


def _block(c: Compiler, statements: Sequence[ast.stmt], *, tail: bool) -> Execute:
    """Compile statements; `tail` is whether what stands behind them only raises."""
    steps: list[Execute] = []
    for index, each in enumerate(statements):
        step = _statement(c, each, dead=_dead(statements[index + 1 :], tail=tail))
        if step is not None:
            steps.append(step)
        if type(each) in {ast.Return, ast.Raise, ast.Break, ast.Continue}:
            break
    size = len(steps)
    if not steps:
        return _nothing
    if size == 1:
        (only,) = steps

        def single(frame: Frame) -> int | None:
            budget = frame.run.budget
            budget.left -= 1
            if budget.left < 0:
                budget.check()
            return only(frame)

        return single

    def block(frame: Frame) -> int | None:
        budget = frame.run.budget
        budget.left -= size
        if budget.left < 0:
            budget.check()
        for step in steps:
            signal = step(frame)
            if signal is not None:
                return signal
        return None

    return block


def _dead(rest: Sequence[ast.stmt], *, tail: bool) -> bool:
    return dies(rest) or (tail and is_idle(rest))


def _statement(c: Compiler, node: ast.stmt, *, dead: bool) -> Execute | None:
    kind = kind_of(node)
    if kind is ast.If:
        return _if(c, node, dead=dead)
    maker = _STATEMENTS.get(type(node))
    return None if maker is None else maker(c, node)


# Simple statements


def _expression(c: Compiler, node: Dyn) -> Execute | None:
    if isinstance(node.value, ast.Constant):
        return None
    value_of = c.expression(node.value)
    if not isinstance(node.value, ast.Call):

        def evaluate(frame: Frame) -> None:
            value_of(frame)

        return evaluate
    function = node.value.func
    name = function.attr if isinstance(function, ast.Attribute) else dotted(function)
    place = c.place(node.value)
    if name.endswith("_") and not name.endswith("__"):
        target = function.value if isinstance(function, ast.Attribute) else None
        again = c.store_name(target.id) if isinstance(target, ast.Name) else None
        load = c.load(target.id) if isinstance(target, ast.Name) else None

        def in_place(frame: Frame) -> None:
            value = value_of(frame)
            # `x.mul_(y)` changes x: from here on the name stands for what the method returned.
            if type(value) is Signal and again is not None and load is not None and type(load(frame)) is Signal:
                again(frame, value)

        return in_place

    def call(frame: Frame) -> None:
        value = value_of(frame)
        if type(value) is Signal:
            frame.run.discard(frame, value, place())

    return call


def _assign(c: Compiler, node: Dyn) -> Execute:
    value_of = c.expression(node.value)
    if len(node.targets) == 1:
        if type(node.targets[0]) is ast.Name and c.scope.resolve(node.targets[0].id) == 0:
            name: str = node.targets[0].id

            def assign_local(frame: Frame) -> None:
                frame.vars[name] = value_of(frame)

            return assign_local
        store = c.store(node.targets[0])

        def assign(frame: Frame) -> None:
            store(frame, value_of(frame))

        return assign
    stores = [c.store(each) for each in node.targets]

    def assign_all(frame: Frame) -> None:
        value = value_of(frame)
        for each in stores:
            each(frame, value)

    return assign_all


def _annotated(c: Compiler, node: Dyn) -> Execute | None:
    if node.value is None:
        return None
    value_of, store = c.expression(node.value), c.store(node.target)

    def assign(frame: Frame) -> None:
        store(frame, value_of(frame))

    return assign


def _augmented(c: Compiler, node: Dyn) -> Execute:
    name = OPERATORS[type(node.op)]
    value_of = c.expression(node.value)
    place = c.place(node)
    target = node.target
    if type(target) is ast.Name:
        load, store = c.load(target.id), c.store_name(target.id)

        def augment(frame: Frame) -> None:
            before = load(frame)
            value = value_of(frame)
            frame.run.host.here = place()
            store(frame, frame.run.in_place(name, before, value))

        return augment
    holder_of = c.expression(target.value)
    if type(target) is ast.Attribute:
        attribute = c.mangle(target.attr)

        def augment_attribute(frame: Frame) -> None:
            run = frame.run
            holder = holder_of(frame)
            run.host.here = place()
            before = run.get(holder, attribute)
            value = value_of(frame)
            run.host.here = place()
            run.set(holder, attribute, run.in_place(name, before, value))

        return augment_attribute
    key_of = c.expression(target.slice)
    again = c.store_name(target.value.id) if type(target.value) is ast.Name else None

    def augment_item(frame: Frame) -> None:
        run = frame.run
        holder, key = holder_of(frame), key_of(frame)
        run.host.here = place()
        before = run.get_item(holder, key)
        value = value_of(frame)
        run.host.here = place()
        after = run.set_item(holder, key, run.in_place(name, before, value))
        if again is not None and type(after) is Signal:
            again(frame, after)

    return augment_item


def _return(c: Compiler, node: Dyn) -> Execute:
    if node.value is None:

        def leave(frame: Frame) -> int:
            frame.result = None
            return RETURN

        return leave
    value_of = c.expression(node.value)

    def give(frame: Frame) -> int:
        frame.result = value_of(frame)
        return RETURN

    return give


def _break(_: Compiler, __: Dyn) -> Execute:
    return lambda _: BREAK


def _continue(_: Compiler, __: Dyn) -> Execute:
    return lambda _: CONTINUE


def _delete(c: Compiler, node: Dyn) -> Execute:
    steps: list[Callable[[Frame], None]] = []
    for target in node.targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        steps += [_delete_one(c, each) for each in parts]

    def delete(frame: Frame) -> None:
        for step in steps:
            step(frame)

    return delete


def _delete_one(c: Compiler, node: Dyn) -> Callable[[Frame], None]:
    if type(node) is ast.Name:
        depth = c.scope.resolve(node.id)
        name: str = node.id

        def delete(frame: Frame) -> None:
            for _ in range(depth):
                frame = frame.parent
            (frame.module.namespace if depth < 0 else frame.vars).pop(name, None)

        return delete
    value_of = c.expression(node.value)
    if type(node) is ast.Attribute:
        attribute = c.mangle(node.attr)
        return lambda frame: frame.run.delete(value_of(frame), attribute)
    key_of = c.expression(node.slice)
    return lambda frame: frame.run.delete_item(value_of(frame), key_of(frame))


def _raise(c: Compiler, node: Dyn) -> Execute:
    place = c.place(node)
    if node.exc is None:

        def again(frame: Frame) -> None:
            current: Frame | None = frame
            while current is not None:
                if current.error is not None:
                    raise current.error
                current = current.parent
            raise frame.run.error(RuntimeError, "No active exception to reraise")

        return again
    value_of = c.expression(node.exc)

    def throw(frame: Frame) -> None:
        value = value_of(frame)
        frame.run.host.here = place()
        raise frame.run.raised(value)

    return throw


def _assert(_: Compiler, node: Dyn) -> Execute | None:
    if not isinstance(node.test, ast.Constant) or node.test.value:
        return None

    def fail(frame: Frame) -> None:
        raise frame.run.error(AssertionError)

    return fail


# Branches


class Branches:
    """An `if` whose condition is not simply true or false."""

    __slots__ = (
        "_effects",
        "_text",
        "body",
        "body_dead",
        "body_leaves",
        "c",
        "idle",
        "node",
        "orelse",
        "orelse_dead",
        "orelse_leaves",
        "place",
        "test",
    )

    def __init__(
        self, c: Compiler, node: ast.If, test: ast.expr, body: Execute, orelse: Execute | None, *, dead: bool
    ) -> None:
        """Say what is needed to take one of the branches or none."""
        self.c = c
        self.node = node
        self.test = test
        self.body = body
        self.orelse = orelse
        self.body_dead = _dead(node.body, tail=dead)
        self.orelse_dead = _dead(node.orelse, tail=dead)
        self.body_leaves = leaves(node.body)
        self.orelse_leaves = leaves(node.orelse)
        self.idle = is_idle(node.body) and is_idle(node.orelse)
        self.place = c.place(node.test)
        self._text = ""
        self._effects: Touched | None = None

    @property
    def text(self) -> str:
        """The condition as it is written (without `not` in front)."""
        self._text = self._text or ast.unparse(self.test)
        return self._text

    @property
    def touched(self) -> Touched:
        """What the branches may change."""
        if self._effects is None:
            self._effects = Touched(self.c, effects([*self.node.body, *self.node.orelse]))
        return self._effects


def _if(c: Compiler, node: Dyn, *, dead: bool) -> Execute:
    test, negated = strip_not(node.test)
    test_of = c.expression(test)
    body = _block(c, node.body, tail=dead)
    orelse = _block(c, node.orelse, tail=dead) if node.orelse else None
    lazily: list[Branches] = []

    def branch(frame: Frame) -> int | None:
        value = test_of(frame)
        if value is True:
            truth: Dyn = True
        elif value is False or value is None:
            truth = False
        else:
            truth = None if type(value) is ByPhase else frame.run.truth(value)
            if truth is None:
                if not lazily:
                    lazily.append(Branches(c, node, test, body, orelse, dead=dead))
                signal: int | None = frame.run.branch(frame, value, lazily[0], negated=negated)
                return signal
        if truth is not negated:
            return body(frame)
        return None if orelse is None else orelse(frame)

    return branch


class Touched:
    """What some statements may change, with the means to read and write it."""

    __slots__ = ("attributes", "calls", "constants", "containers", "names", "reads", "returns")

    def __init__(self, c: Compiler, what: Effects) -> None:
        """Compile reading and writing of what the statements touch."""
        self.names = [(name, _peek(c, (name,)), c.store_name(name)) for name in what.names]
        self.attributes = [(holder, name, _peek(c, (holder,)), c.mangle(name)) for holder, name in what.attributes]
        self.containers = [_peek(c, tuple(each.split("."))) for each in what.containers]
        self.reads = [(name, _peek(c, (name,))) for name in what.reads]
        self.calls = [(_peek(c, (parts[0],)), parts[1:]) for parts in (each.split(".") for each in what.calls)]
        self.returns = what.returns
        self.constants = what.constants


def _peek(c: Compiler, path: tuple[str, ...]) -> Evaluate:
    """Read a name, and attributes of it, that may not be there; without asking the host."""
    name = path[0]
    depth = c.scope.resolve(name)

    def peek(frame: Frame) -> Dyn:
        variables: dict[str, Any] = frame.module.namespace
        if depth >= 0:
            current = frame
            for _ in range(depth):
                current = current.parent
            variables = current.vars
        value = variables.get(name, MISSING)
        for each in path[1:]:
            value = value.attributes.get(each, MISSING) if type(value) is Instance else MISSING
        return value

    return peek


# Loops


def _for(c: Compiler, node: Dyn) -> Execute:
    source_of = c.expression(node.iter)
    store = c.store(node.target)
    body = _block(c, node.body, tail=False)
    orelse = _block(c, node.orelse, tail=False) if node.orelse else None
    place = c.place(node.iter)
    breaks = any(type(each) is ast.Break for statement in node.body for each in ast.walk(statement))
    lazily: list[Touched] = []

    def touched() -> Touched:
        if not lazily:
            lazily.append(Touched(c, effects(node.body)))
        return lazily[0]

    def loop(frame: Frame) -> int | None:
        run = frame.run
        source = source_of(frame)
        run.host.here = place()
        elements = run.iterator(source)
        if elements is None:
            text = ast.unparse(node.iter)
            run.host.blind(f"how often `{text}` repeats is not known")
            store(frame, run.element(source, run.reason(source, text)))
            signal = _once(frame, body, touched(), f"for {ast.unparse(node.target)} in {text}")
            return signal if signal is not None or orelse is None or breaks else orelse(frame)
        budget = run.budget
        start, guards = budget.spent, frame.guards
        for count, each in enumerate(elements, 1):
            budget.left -= 1
            if budget.left < 0:
                budget.check()
            if not count & 15 and budget.spent - start > budget.loop:
                _cut(frame, touched(), place)
                return None
            if type(each) is UnknownRest:
                text = ast.unparse(node.iter)
                run.host.here = place()
                run.host.blind(f"how often `{text}` repeats is not known")
                store(frame, Unknown(each.why))
                signal = _once(frame, body, touched(), f"for {ast.unparse(node.target)} in {text}")
                if signal is not None:
                    return signal
                continue
            store(frame, each)
            signal = body(frame)
            if signal is not None:
                if signal == RETURN:
                    return signal
                if frame.guards > guards:
                    run.release(frame, guards)
                if signal == BREAK:
                    return None
        return None if orelse is None else orelse(frame)

    return loop


def _while(c: Compiler, node: Dyn) -> Execute:
    test_of = c.expression(node.test)
    body = _block(c, node.body, tail=False)
    orelse = _block(c, node.orelse, tail=False) if node.orelse else None
    place = c.place(node.test)
    lazily: list[Touched] = []

    def touched() -> Touched:
        if not lazily:
            lazily.append(Touched(c, effects(node.body)))
        return lazily[0]

    def loop(frame: Frame) -> int | None:
        run = frame.run
        budget = run.budget
        start, count, guards = budget.spent, 0, frame.guards
        while True:
            value = test_of(frame)
            truth = run.truth(value.training if type(value) is ByPhase else value)
            if truth is None:
                run.host.here = place()
                text = ast.unparse(node.test)
                run.host.blind(f"how often `while {text}` repeats is not known")
                return _once(frame, body, touched(), f"while {text}")
            if not truth:
                return None if orelse is None else orelse(frame)
            count += 1
            budget.left -= 1
            if budget.left < 0:
                budget.check()
            if not count & 15 and budget.spent - start > budget.loop:
                _cut(frame, touched(), place)
                return None
            signal = body(frame)
            if signal is not None:
                if signal == RETURN:
                    return signal
                if frame.guards > guards:
                    run.release(frame, guards)
                if signal == BREAK:
                    return None

    return loop


def _once(frame: Frame, body: Execute, touched: Touched, text: str) -> int | None:
    """Run the body of a loop once that runs any number of times, and forget what more rounds would change."""
    run = frame.run
    why = f"changed in `{text}`"
    if run.nested >= _MOST_NESTED:
        # A function that calls itself for each of the unknown children of something would never come to an end.
        run.skip(frame, touched, text)
        return None
    reads = {name for name, _ in touched.reads}
    before: dict[str, Any] = {}
    for name, peek, store in touched.names:
        value = before[name] = peek(frame)
        if name in reads and type(value) in ATOMS and value is not None:
            store(frame, Unknown(why))
    for _, _, peek, name in touched.attributes:
        holder = peek(frame)
        value = holder.attributes.get(name) if type(holder) is Instance else None
        if type(value) in ATOMS and value is not None:
            run.note_change(holder)
            holder.attributes[name] = Unknown(why)
    guards = frame.guards
    run.nested += 1
    run.begin_changes()
    signal, error = None, None
    try:
        signal = body(frame)
    except Raised as raised:
        error = raised
    finally:
        run.nested -= 1
        run.end_changes(text, frame, frozenset(name for name, _, _ in touched.names))
    if error is not None:
        # It is raised if there is any round at all: a program that runs has none, or others.
        run.release(frame, guards)
        run.host.blind(f"raises {error}")
        run.doubts += 1
        run.skip(frame, touched, text)
        return None
    if signal == RETURN:
        result = frame.result
        frame.result = run.host.choose([result], text) if type(result) is Signal else Unknown(f"returned in `{text}`")
        return signal
    run.release(frame, guards)
    for name, peek, store in touched.names:
        value = peek(frame)
        earlier = before[name]
        if value is earlier or value is MISSING:
            continue
        if type(value) is Signal:
            if type(earlier) is Signal:
                store(frame, run.host.choose([earlier, value], text))
        elif earlier is not MISSING:
            store(frame, run.blur(earlier, value, why))
        elif is_plain(value):
            store(frame, Unknown(why))
    return None


def _cut(frame: Frame, touched: Touched, place: Callable[[], Location]) -> None:
    """Go on behind a loop that takes too long."""
    run = frame.run
    run.host.here = place()
    run.host.blind("a loop that takes long was cut short")
    run.skip(frame, touched, "a loop that takes long")


# Blocks


def _with(c: Compiler, node: Dyn) -> Execute:
    items = [
        (c.expression(each.context_expr), c.store(each.optional_vars) if each.optional_vars is not None else None)
        for each in node.items
    ]
    body = _block(c, node.body, tail=False)
    place = c.place(node.items[0].context_expr)

    def enter(frame: Frame) -> int | None:
        run = frame.run
        managers: list[Any] = []
        for value_of, store in items:
            manager = value_of(frame)
            run.host.here = place()
            value = run.enter(manager)
            managers.append(manager)
            if store is not None:
                store(frame, value)
        try:
            signal = body(frame)
        except Raised as error:
            pending: Raised | None = error
            for each in reversed(managers):
                if run.leave(each, pending):
                    pending = None
            if pending is None:
                return None
            raise
        for each in reversed(managers):
            run.leave(each, None)
        return signal

    return enter


_DOUBT: Final = "whether an exception is raised is not known"


def _is_import(kind: ast.expr | None) -> bool:
    """Whether a handler is one for modules that are not installed."""
    if isinstance(kind, ast.Tuple):
        return all(_is_import(each) for each in kind.elts)
    return isinstance(kind, ast.Name) and kind.id in {"ImportError", "ModuleNotFoundError"}


def _try(c: Compiler, node: Dyn) -> Execute:
    body = _block(c.trying() if node.handlers else c, node.body, tail=False)
    orelse = _block(c, node.orelse, tail=False) if node.orelse else None
    handlers = [
        (
            c.expression(each.type) if each.type is not None else None,
            _delete_one(c, ast.Name(each.name, ast.Del())) if each.name else None,
            c.store_name(each.name) if each.name else None,
            _block(c, each.body, tail=False),
        )
        for each in node.handlers
    ]

    # Where a handler goes on behind the statement, it may be that one that ran: modules that are imported are there.
    going = [each for each in node.handlers if not leaves(each.body) and not _is_import(each.type)]
    lazily: list[tuple[Touched, Touched]] = []

    def doubt(frame: Frame, before: dict[str, Any]) -> None:
        tried, handled = lazily[0]
        frame.run.doubt_names(frame, tried, before, _DOUBT)
        after = {name: peek(frame) for name, peek, _ in tried.names}
        settled = {name: each for name, each in after.items() if type(each) is Signal and each is not before.get(name)}
        frame.run.doubt_names(frame, handled, settled, _DOUBT)

    def attempt(frame: Frame) -> int | None:
        doubts = frame.run.doubts
        earlier: dict[str, Any] = {}
        if going:
            if not lazily:
                handled = [each for one in going for each in one.body]
                lazily.append((Touched(c, effects(node.body)), Touched(c, effects(handled))))
            earlier = {name: peek(frame) for name, peek, _ in lazily[0][0].names}
            for holder, name, peek, _ in lazily[0][0].attributes:
                owner = peek(frame)
                if type(owner) is Instance:
                    earlier[f"{holder}.{name}"] = owner.attributes.get(name, MISSING)
        try:
            signal = body(frame)
            if going and signal is None and frame.run.doubts != doubts:
                doubt(frame, earlier)
        except Raised as error:
            for kind, forget, store, handle in handlers:
                if kind is not None and not frame.run.catches(error.value, kind(frame)):
                    continue
                outer, frame.error = frame.error, error
                if store is not None:
                    store(frame, error.value)
                try:
                    return handle(frame)
                finally:
                    frame.error = outer
                    if forget is not None:
                        forget(frame)
            raise
        return signal if signal is not None or orelse is None else orelse(frame)

    if not node.finalbody:
        return attempt
    final = _block(c, node.finalbody, tail=False)

    def finish(frame: Frame) -> int | None:
        try:
            signal = attempt(frame)
        except Raised:
            after = final(frame)
            if after is not None:
                return after
            raise
        result = frame.result
        after = final(frame)
        if after is not None:
            return after
        frame.result = result
        return signal

    return finish


# Definitions


def _define(c: Compiler, node: Dyn) -> Execute:
    make = function_value(c, node, node.name)
    store = c.store_name(node.name)
    decorate = _decorators(c, node)

    def define(frame: Frame) -> None:
        function = make(frame)
        store(frame, function if decorate is None else decorate(frame, function))

    return define


def _decorators(c: Compiler, node: Dyn) -> Callable[[Frame, Any], Any] | None:
    if not node.decorator_list:
        return None
    decorators = [(c.expression(each), c.place(each)) for each in node.decorator_list]

    def decorate(frame: Frame, value: Dyn) -> Dyn:
        run = frame.run
        made = [(each(frame), place) for each, place in decorators]
        for decorator, place in reversed(made):
            run.host.here = place()
            value = run.decorate(decorator, value)
        return value

    return decorate


def _class(c: Compiler, node: Dyn) -> Execute:
    qualname = f"{c.scope.qualname}.{node.name}" if c.scope.qualname else node.name
    bases = [
        (type(each) is ast.Starred, c.expression(each.value if type(each) is ast.Starred else each))
        for each in node.bases
    ]
    scope = Scope("class", c.scope, node.body, qualname)
    lazily: list[Execute] = []
    store = c.store_name(node.name)
    decorate = _decorators(c, node)
    place = c.place(node)
    fields = [
        each.target.id for each in node.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    skipped = {
        each.target.id
        for each in node.body
        if isinstance(each, ast.AnnAssign)
        and isinstance(each.target, ast.Name)
        and "ClassVar" in ast.unparse(each.annotation)
    }
    fields = [each for each in fields if each not in skipped]
    words = [dotted(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list]

    def define(frame: Frame) -> None:
        run = frame.run
        parents: list[Any] = []
        for starred, each in bases:
            parents += run.spread(each(frame)) if starred else [each(frame)]
        child = Frame({}, frame, run, frame.module, frame.function)
        child.made = []
        if not lazily:
            lazily.append(blocks(c.within(scope), node.body))
        lazily[0](child)
        run.host.here = place()
        value = run.make_class(node.name, qualname, parents, child, node, fields, words)
        store(frame, value if decorate is None else decorate(frame, value))

    return define


# Imports


def _import(c: Compiler, node: Dyn) -> Execute:
    names = [(each.name, each.asname, c.store_name(each.asname or each.name.partition(".")[0])) for each in node.names]
    place = c.place(node)

    def load(frame: Frame) -> None:
        for name, alias, store in names:
            frame.run.host.here = place()
            store(frame, frame.run.import_module(frame.module, name, whole=alias is not None))

    return load


def _import_from(c: Compiler, node: Dyn) -> Execute:
    module, level = node.module or "", node.level or 0
    names = [(each.name, None if each.name == "*" else c.store_name(each.asname or each.name)) for each in node.names]
    place = c.place(node)

    def load(frame: Frame) -> None:
        run = frame.run
        run.host.here = place()
        source = run.import_from(frame.module, module, level)
        for name, store in names:
            if store is None:
                run.import_all(frame, source)
            else:
                run.host.here = place()
                store(frame, run.import_name(frame.module, source, module, level, name))

    return load


# Patterns


def _match(c: Compiler, node: Dyn) -> Execute:
    subject_of = c.expression(node.subject)
    cases = [
        (
            _pattern(c, each.pattern),
            c.expression(each.guard) if each.guard is not None else None,
            _block(c, each.body, tail=False),
            c.place(each.pattern),
            each,
        )
        for each in node.cases
    ]

    def match(frame: Frame) -> int | None:
        run = frame.run
        subject = subject_of(frame)
        if type(subject) is ByPhase:
            subject = subject.training
        for pattern, guard, body, place, case in cases:
            truth = pattern(frame, subject)
            if truth is not False and guard is not None:
                value = guard(frame)
                held = run.truth(value.training if type(value) is ByPhase else value)
                truth = False if held is False else truth and held
            if truth is None:
                text = f"{ast.unparse(node.subject)} matches {ast.unparse(case.pattern)}"
                truth = run.host.decide(text, place())
                if truth is None:
                    # What any of the cases would have changed is not known.
                    run.skip(frame, Touched(c, effects([each for one in node.cases for each in one.body])), text)
                    return None
            if truth:
                return body(frame)
        return None

    return match


def _pattern(c: Compiler, node: Dyn) -> Callable[[Frame, Any], bool | None]:
    kind = kind_of(node)
    if kind is ast.MatchValue:
        value_of = c.expression(node.value)
        return lambda frame, subject: frame.run.truth_of(frame.run.compare("eq", subject, value_of(frame)))
    if kind is ast.MatchSingleton:
        return lambda frame, subject: frame.run.truth_of(frame.run.compare("is", subject, node.value))
    if kind is ast.MatchOr:
        parts = [_pattern(c, each) for each in node.patterns]
        return lambda frame, subject: _any(each(frame, subject) for each in parts)
    if kind is ast.MatchAs:
        inner = _pattern(c, node.pattern) if node.pattern is not None else None
        store = c.store_name(node.name) if node.name else None

        def capture(frame: Frame, subject: Dyn) -> bool | None:
            truth = True if inner is None else inner(frame, subject)
            if truth is not False and store is not None:
                store(frame, subject)
            return truth

        return capture
    if kind is ast.MatchSequence:
        return _match_sequence(c, node)
    if kind is ast.MatchMapping:
        return _match_mapping(c, node)
    if kind is ast.MatchClass:
        return _match_class(c, node)
    return lambda _, __: None


def _any(truths: Dyn) -> bool | None:
    result: bool | None = False
    for each in truths:
        if each is True:
            return True
        if each is None:
            result = None
    return result


def _match_sequence(c: Compiler, node: Dyn) -> Callable[[Frame, Any], bool | None]:
    starred = [index for index, each in enumerate(node.patterns) if isinstance(each, ast.MatchStar)]
    star = starred[0] if starred else -1
    parts = [None if isinstance(each, ast.MatchStar) else _pattern(c, each) for each in node.patterns]
    rest = c.store_name(node.patterns[star].name) if starred and node.patterns[star].name else None

    def match(frame: Frame, subject: Dyn) -> bool | None:
        if isinstance(subject, Unknown):
            return None
        if kind_of(subject) not in {tuple, list, range, RecordTuple}:
            return False
        if frame.run.is_open(subject) or UnknownRest in map(type, subject):
            return None
        if (len(subject) < len(parts) - 1) if starred else len(subject) != len(parts):
            return False
        values = frame.run.unpack(subject, len(parts), star)
        result: bool | None = True
        for part, value in zip(parts, values, strict=True):
            if part is None:
                if rest is not None:
                    rest(frame, value)
                continue
            truth = part(frame, value)
            if truth is False:
                return False
            result = None if truth is None else result
        return result

    return match


def _match_mapping(c: Compiler, node: Dyn) -> Callable[[Frame, Any], bool | None]:
    keys = [c.expression(each) for each in node.keys]
    parts = [_pattern(c, each) for each in node.patterns]
    rest = c.store_name(node.rest) if node.rest else None

    def match(frame: Frame, subject: Dyn) -> bool | None:
        if isinstance(subject, Unknown):
            return None
        if not isinstance(subject, dict):
            return False
        used: list[Any] = []
        result: bool | None = True
        for key_of, part in zip(keys, parts, strict=True):
            key = key_of(frame)
            if key not in subject:
                return None if frame.run.is_open(subject) else False
            used.append(key)
            truth = part(frame, subject[key])  # pyright: ignore[reportUnknownArgumentType]
            if truth is False:
                return False
            result = None if truth is None else result
        if rest is not None:
            rest(frame, {key: value for key, value in subject.items() if key not in used})  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return result

    return match


def _match_class(c: Compiler, node: Dyn) -> Callable[[Frame, Any], bool | None]:
    cls_of = c.expression(node.cls)
    positional = [_pattern(c, each) for each in node.patterns]
    named = [(name, _pattern(c, each)) for name, each in zip(node.kwd_attrs, node.kwd_patterns, strict=True)]

    def match(frame: Frame, subject: Dyn) -> bool | None:
        run = frame.run
        cls = cls_of(frame)
        result: bool | None = run.truth_of(run.is_instance(subject, cls))
        if result is False:
            return False
        pairs = list(named)
        if positional:
            names = run.match_args(cls)
            if names is None:
                # `case int(x)`: the subject itself.
                truth = positional[0](frame, subject)
                result = False if truth is False else result and truth
            else:
                pairs = [*zip(names, positional, strict=False), *named]
        for name, part in pairs:
            if result is False:
                return False
            value = run.get_or(subject, name, MISSING)
            truth = False if value is MISSING else part(frame, value)
            if truth is False:
                return False
            result = None if truth is None else result
        return result

    return match


_STATEMENTS: Final[dict[type[ast.stmt], Callable[[Compiler, Any], Execute | None]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Delete: _delete,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Match: _match,
}
