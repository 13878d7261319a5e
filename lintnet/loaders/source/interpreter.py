"""An abstract interpreter of Python: runs what is known of a program, and says of the rest that it is not known.

Knows the language and no framework: whatever is not Python itself (names outside the checked tree, tensors, layers,
conditions that cannot be decided) it asks its host. Nothing of the program is executed by Python: the tree is compiled
to closures (`lang_expressions`, `lang_statements`) that work on the values of `values` and `objects`.

What may leave the public methods: `Raised`, an exception of the program that the program does not catch, and
`BudgetError`. `run_module` lets only the latter out.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from lintnet.ir import Unknown
from lintnet.loaders.source import (
    lang_attributes,
    lang_changes,
    lang_classes,
    lang_containers,
    lang_operators,
    lang_values,
    library,
)
from lintnet.loaders.source.budget import DEPTH, Budget, BudgetError
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.lang_expressions import Unit
from lintnet.loaders.source.lang_natives import NATIVES, call_native, text_of
from lintnet.loaders.source.lang_statements import RETURN, Branches, module_code
from lintnet.loaders.source.lang_values import (
    ATOMS,
    CONTAINERS,
    MOST,
    MOST_BITS,
    MOST_CHARACTERS,
    count_signals,
    holds_signal,
    is_plain,
    is_wide,
)
from lintnet.loaders.source.objects import (
    ClassMethod,
    Code,
    Frame,
    Function,
    LocalClass,
    LocalModule,
    Native,
    NativeType,
    Partial,
    Raised,
    RecordTuple,
    Settled,
    StaticMethod,
    Stream,
    Super,
    UnknownRest,
    exception_class,
    kind_of,
)
from lintnet.loaders.source.values import (
    Aspect,
    Builtin,
    ByPhase,
    FrameworkClass,
    Instance,
    Method,
    Signal,
    Symbol,
    Weight,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lintnet.ir import Location
    from lintnet.loaders.source.host import Host
    from lintnet.loaders.source.lang_expressions import Evaluate, Execute
    from lintnet.loaders.source.objects import Dyn
    from lintnet.loaders.source.values import Value

__all__ = ["Budget", "BudgetError", "Interpreter", "Raised"]

_FRAMES: Final = 8_000
"""Python frames that the deepest program may need: nested calls of the program times the closures of one call."""


class Interpreter:
    """Runs modules and calls of one program with one host."""

    natives = NATIVES

    # Attributes

    lookup = lang_attributes.lookup
    get = lang_attributes.get
    get_or = lang_attributes.get_or
    set = lang_attributes.set_attribute
    delete = lang_attributes.delete
    set_raw = lang_attributes.set_raw
    set_unknown = lang_attributes.set_unknown
    open_reason = lang_attributes.open_reason
    bind = lang_attributes.bind

    # Operators

    native_of = lang_operators.native_of
    by_phases = lang_values.by_phases
    binary = lang_operators.binary
    unary = lang_operators.unary
    negate = lang_operators.negate
    in_place = lang_operators.in_place
    compare = lang_operators.compare
    equal_instances = lang_operators.equal_instances
    truth = lang_operators.truth
    truth_of = lang_operators.truth_of

    # Changes

    begin_changes = lang_changes.begin_changes
    end_changes = lang_changes.end_changes
    note_change = lang_changes.note_change
    note_variables = lang_changes.note_variables
    born = lang_changes.born
    blur = lang_changes.blur
    skip = lang_changes.skip
    doubt_names = lang_changes.doubt_names
    forget = lang_changes.forget
    forget_values = lang_changes.forget_values

    # Containers

    is_open = lang_containers.is_open
    may_hold = lang_containers.may_hold
    note_open = lang_containers.note_open
    open_up = lang_containers.open_up
    reason = lang_containers.reason
    element = lang_containers.element
    tick = lang_containers.tick
    matters = lang_containers.matters
    in_doubt = lang_containers.in_doubt
    make_set = lang_containers.make_set
    make_dict = lang_containers.make_dict
    merge = lang_containers.merge
    stream = lang_containers.stream
    advance = lang_containers.advance
    iterate = lang_containers.iterate
    iterator = lang_containers.iterator
    paid = lang_containers.paid
    unpack = lang_containers.unpack
    length = lang_containers.length
    get_item = lang_containers.get_item
    set_item = lang_containers.set_item
    delete_item = lang_containers.delete_item
    spread = lang_containers.spread
    spread_keywords = lang_containers.spread_keywords

    def __init__(self, host: Host, budget: Budget | None = None) -> None:
        """Start with nothing known."""
        self.host = host
        self.budget = budget or Budget()
        self.depth = 0
        self.opened: dict[int, Dyn] = {}
        self.modules: dict[str, LocalModule] = {}
        self.globals: dict[str, Dyn] = {}
        self.known: dict[str, Dyn] = {}
        self.nested = 0
        self.changes: lang_changes.Changes | None = None
        self.doubts = 0

    # What the rest of the reader calls

    def run_module(
        self,
        tree: ast.Module,
        *,
        name: str,
        path: str,
        lines: Sequence[str],
        package: str = "",
        main: bool = False,
        cell_of: Callable[[int], tuple[int, int] | None] | None = None,
        module: LocalModule | None = None,
    ) -> LocalModule:
        """Run the top level of a module and return it.

        name is dotted, package what relative imports start from; with `main` the module's `__name__` is "__main__".
        cell_of gives the notebook cell of a line and the line within it. module is the object to run in, for hosts
        that must have it before it has run, as circular imports do. A statement that raises is noted as blind, and the
        next one runs.

        Raises:
            BudgetError: when the budget is used up.
        """
        module = module or LocalModule(name, path, package)
        module.main = main
        self.modules.setdefault(name, module)
        space = module.namespace
        space["__name__"] = "__main__" if main else name
        space.setdefault("__doc__", None)
        frame = Frame(space, None, self, module, None)
        with _Room():
            for step, place in _code_of(tree, path, lines, cell_of):
                self.tick()
                self._run_statement(frame, step, place)
        return module

    def _run_statement(self, frame: Frame, step: Execute, place: Callable[[], Location]) -> None:
        try:
            step(frame)
        except Raised as error:
            if error.name != "SystemExit":
                self.host.here = place()
                self.host.blind(f"raises {error}")
        except BudgetError as error:
            if error.which != DEPTH:
                raise
            self.host.here = place()
            self.host.blind("calls itself too often")
        except (RecursionError, MemoryError):
            self.host.here = place()
            self.host.blind("is nested too deeply")
        self.release(frame, 0)

    def call(self, function: Value, arguments: Sequence[Value], keywords: Mapping[str, Value] | None = None) -> Value:
        """Call anything as the program would. What cannot be called gives an unknown value.

        Raises:
            Raised: for an exception of the program.
            BudgetError: when the budget is used up.
        """
        caller = _CALLERS.get(type(function))
        named: dict[str, Dyn] = dict(keywords) if keywords else {}
        if caller is not None:
            return caller(self, function, list(arguments), named)
        if isinstance(function, Unknown):
            return self.call_unknown(function, "", list(arguments), named)
        if type(function) in ATOMS or type(function) in CONTAINERS:
            raise self.error(TypeError, f"'{type(function).__name__}' object is not callable")
        return Unknown("result of a call")

    def invoke(
        self, instance: Value, name: str, arguments: Sequence[Value], keywords: Mapping[str, Value] | None = None
    ) -> Value:
        """Call a method of the program on an instance, past what its attributes hide; MISSING if it has none."""
        found = self.find_method(instance.cls, name) if isinstance(instance, Instance) else None
        if found is None:
            return MISSING
        return self.call(self.bind(found, instance, instance.cls), arguments, keywords)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]

    def has_method(self, instance: Value, name: str) -> bool:
        """Whether the program defines a method for an instance."""
        return isinstance(instance, Instance) and self.find_method(instance.cls, name) is not None

    def find_method(self, cls: Value, name: str) -> Value | None:
        """Return what a class of the program has under a name, by its mro, None if nothing."""
        found = cls.find(name) if type(cls) is LocalClass else MISSING
        return None if found is MISSING else found

    def describe(self, value: Value) -> str:
        """Name a value in a few words, for messages."""
        thing: Dyn = value
        kind = kind_of(value)
        if isinstance(value, Unknown):
            return value.why or "an unknown value"
        if kind in {Symbol, FrameworkClass}:
            return f"`{thing.path}`"
        if kind in {Function, LocalClass}:
            line = f" (line {thing.node.lineno})" if thing.node is not None else ""
            return f"`{thing.qualname}`{line}"
        if kind is Instance:
            return f"an object of {self.describe(thing.cls)}"
        if kind is LocalModule:
            return f"module `{thing.name}`"
        if kind in {Signal, Weight}:
            return "a tensor"
        if kind is ByPhase:
            return "a value that depends on the mode of the model"
        if kind in {Method, Builtin, Partial, Native}:
            return "a function"
        text = repr(thing) if is_plain(value) else kind.__name__
        return f"`{text[:60]}`"

    # Errors of the program

    def error(self, kind: type[BaseException], *arguments: Dyn) -> Raised:
        """Make one of Python's own exceptions."""
        cls = exception_class(kind.__name__) or exception_class("Exception")
        return Raised(Instance(cls, attributes={"args": arguments}))

    def raised(self, value: Dyn) -> Raised:
        """Make what `raise value` throws."""
        if type(value) is LocalClass:
            value = self.call(value, [], {})
        return Raised(value if type(value) is Instance else Unknown("an exception that is not known"))

    def catches(self, value: Dyn, kind: Dyn) -> bool:
        """Whether a handler for a class (or a tuple of them) catches an exception."""
        if kind_of(kind) is tuple:
            return any(self.catches(value, each) for each in kind)
        if type(value) is not Instance:
            return True
        if type(kind) is LocalClass:
            return type(value.cls) is LocalClass and kind in value.cls.mro
        if type(kind) is Symbol and type(value.cls) is LocalClass:
            return any(type(each) is Symbol and each.path == kind.path for each in value.cls.mro)
        return False

    def python(self, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Dyn:
        """Let Python compute with plain values; its exceptions become exceptions of the program."""
        try:
            result = function(*arguments, **keywords)
        except (Raised, BudgetError):
            raise
        except (RecursionError, MemoryError):
            return Unknown("a value that is too large")
        except Exception as error:  # noqa: BLE001 - whatever Python raises for these constants, it raises in the program
            kinds = [each for each in type(error).__mro__ if exception_class(each.__name__) is not None]
            raise self.error(kinds[0], *[each for each in error.args if is_plain(each)]) from None
        kind = kind_of(result)
        if kind is int:
            return result if -_LARGEST < result < _LARGEST else Unknown("a number that is too large")
        if kind is str or kind is bytes:
            self.budget.allocate(len(result))
            return result if len(result) <= MOST_CHARACTERS else Unknown("a text that is too long")
        if kind in CONTAINERS:
            self.budget.allocate(len(result))
            return result if len(result) <= MOST else Unknown("a container that is too large")
        return result

    def arity(self, name: str, arguments: Sequence[Dyn], count: int) -> None:
        """Raise the program's TypeError unless there are so many arguments."""
        if len(arguments) != count:
            raise self.error(TypeError, f"{name}() takes {count} arguments ({len(arguments)} given)")

    def why(self, values: Iterable[Dyn], otherwise: str) -> str:
        """Return why one of some values is not known."""
        return next((each.why for each in values if isinstance(each, Unknown) and each.why), otherwise)

    # Names

    def unbound(self, name: str, *, catches: bool) -> Dyn:
        """Read a local name that has no value."""
        if catches:
            raise self.error(UnboundLocalError, f"cannot access local variable '{name}'")
        return Unknown(f"`{name}` has no value here")

    def builtin(self, frame: Frame, name: str, *, catches: bool) -> Dyn:
        """Read a name that its module does not define."""
        found = self.globals.get(name, MISSING)
        if found is MISSING:
            found = library.lookup(self, f"builtins.{name}")
            if found is MISSING:
                cls = exception_class(name)
                found = MISSING if cls is None else cls
            if found is not MISSING:
                self.globals[name] = found
        if found is not MISSING:
            return found
        stars = frame.module.stars
        if stars:
            values = [self.external(f"{each}.{name}") for each in reversed(stars)]
            return next((each for each in values if type(each) is not Symbol), values[0])
        if catches:
            raise self.error(NameError, f"name '{name}' is not defined")
        return Unknown(f"`{name}` is not defined")

    def external(self, path: str) -> Dyn:
        """Return what a dotted name outside the checked tree stands for."""
        found = self.known.get(path)
        if found is None:
            found = library.lookup(self, path)
            if found is MISSING:
                found = self.host.symbol(path)
            if type(found) in _NAMES:
                self.known[path] = found
        return found

    # Attributes

    # Calls

    def call_function(self, function: Function, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        """Call a function of the program."""
        if not self.depth and sys.getrecursionlimit() < _FRAMES:
            with _Room():
                return self.call_function(function, arguments, keywords)
        code = function.code
        body = code.body or _start(code)
        if self.depth >= self.budget.depth:
            raise BudgetError(DEPTH)
        function.calls += 1
        frame = Frame(self._arguments(function, arguments, keywords), function.closure, self, function.module, function)
        self.depth += 1
        if code.yields:
            frame.yields = []
        try:
            if body(frame) == RETURN and frame.yields is None:
                return frame.result
        except _StopProducing:
            pass
        except RecursionError:
            raise BudgetError(DEPTH) from None
        finally:
            self.depth -= 1
            if frame.guards:
                self.release(frame, 0)
        return None if frame.yields is None else Stream(frame.yields)

    def _arguments(self, function: Function, arguments: list[Dyn], keywords: dict[str, Dyn]) -> dict[str, Dyn]:
        """Match arguments with the parameters of a function."""
        code = function.code
        names = code.names
        given, wanted = len(arguments), len(names)
        if given and UnknownRest in map(type, arguments):
            first = next(index for index, each in enumerate(arguments) if type(each) is UnknownRest)
            if not code.vararg or first < wanted:
                # Which parameters get what stands behind it is not known.
                arguments = arguments[: first + 1]
            given = len(arguments)
        if given and type(arguments[-1]) is UnknownRest:
            rest = arguments[-1]
            arguments = arguments[:-1]
            for name in names[given - 1 :]:
                if name in keywords:
                    break
                arguments.append(Unknown(rest.why))
            given = len(arguments)
            if code.vararg:
                arguments.append(rest)
                given += 1
        if given == wanted and not keywords and code.vararg is None and code.kwarg is None and not code.keyword_only:
            return dict(zip(names, arguments, strict=True))
        variables = dict(zip(names, arguments, strict=False))
        if code.vararg is not None:
            variables[code.vararg] = tuple(arguments[wanted:])
        elif given > wanted:
            raise self.error(TypeError, f"{function.name}() takes {wanted} positional arguments but {given} were given")
        unknown = keywords.pop("**", None) if keywords else None
        extra: dict[str, Dyn] = {}
        positional_only = names[: code.positional_only]
        for name, value in keywords.items():
            if name in variables and name in names and name not in positional_only:
                raise self.error(TypeError, f"{function.name}() got multiple values for argument '{name}'")
            if (name in names and name not in positional_only) or name in code.keyword_only:
                variables[name] = value
            elif code.kwarg is not None:
                extra[name] = value
            else:
                raise self.error(TypeError, f"{function.name}() got an unexpected keyword argument '{name}'")
        offset = wanted - len(function.defaults)
        for index in range(given, wanted):
            name = names[index]
            if name in variables:
                continue
            if unknown is not None:
                variables[name] = Unknown(f"`{name}` may be in {unknown.why or 'arguments that are not known'}")
            elif index >= offset:
                variables[name] = function.defaults[index - offset]
            else:
                raise self.error(TypeError, f"{function.name}() missing 1 required positional argument: '{name}'")
        for name in code.keyword_only:
            if name in variables:
                continue
            if unknown is not None:
                variables[name] = Unknown(f"`{name}` may be in {unknown.why or 'arguments that are not known'}")
            elif name in function.keyword_defaults:
                variables[name] = function.keyword_defaults[name]
            else:
                raise self.error(TypeError, f"{function.name}() missing 1 required keyword-only argument: '{name}'")
        if code.kwarg is not None:
            variables[code.kwarg] = extra
            if unknown is not None:
                self.note_open(extra)
        return variables

    def call_unknown(self, callee: Unknown, text: str, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        """Call what is not known: with tensors among the arguments it becomes a barrier, else an unknown value."""
        self.doubts += 1
        lang_changes.hand_over(self, [*arguments, *keywords.values()], text or "a function")
        if isinstance(callee, Aspect):
            arguments = [callee.source, *arguments]
        if count_signals(arguments) or count_signals(keywords.values()):
            return self.host.call_symbol(Symbol(text or "?"), arguments, keywords)
        return Unknown(callee.why or (f"result of `{text}`" if text else "result of a call"))

    def call_native(self, value: Dyn, name: str, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
        """Call a method of a constant or container."""
        return call_native(self, value, name, arguments, keywords)

    def zero_super(self, frame: Frame) -> Dyn:
        """Return what `super()` without arguments is in a frame."""
        current: Frame | None = frame
        while current is not None:
            function = current.function
            if function is not None and function.owner is not None and current.parent is function.closure:
                code = function.code
                first = code.names[0] if code.names else code.vararg
                target: Dyn = current.vars.get(first, MISSING) if first else MISSING
                if not code.names and kind_of(target) is tuple and target:
                    target = target[0]
                return self.super_of(function.owner, target)
            current = current.parent
        return Unknown("`super()` outside of a method")

    def super_of(self, owner: Dyn, target: Dyn) -> Dyn:
        """Return `super(owner, target)`."""
        cls = target.cls if type(target) is Instance or type(target) is RecordTuple else target
        if type(cls) is not LocalClass or type(owner) is not LocalClass or owner not in cls.mro:
            return Unknown("`super()` of an object that is not known")
        return Super(cls.mro[cls.mro.index(owner) + 1 :], target)

    # Operators

    def _operate(self, name: str, operands: Sequence[Dyn]) -> Dyn:
        return self.host.operate(name, operands)

    def boolean(
        self, frame: Frame, value: Dyn, parts: Sequence[Evaluate], quiet: Sequence[bool], *, stops: bool
    ) -> Dyn:
        """Go on with `and` (or `or`, which stops at what is true) behind a value whose truth is not simply known."""
        if type(value) is ByPhase:
            return self._boolean_phases(frame, value, parts, quiet, stops=stops)
        why = value.why if isinstance(value, Unknown) else "a condition that is not known"
        # What follows may still settle whether it is true, though not what it is: nothing makes `unknown and False`
        # true.
        for each, harmless in zip(parts, quiet, strict=True):
            if not harmless:
                break
            try:
                following = each(frame)
            except Raised:
                break
            if type(following) is not ByPhase and self.truth(following) is stops:
                return Settled(why, truth=stops)
        return Unknown(why)

    def _boolean_phases(
        self, frame: Frame, value: ByPhase, parts: Sequence[Evaluate], quiet: Sequence[bool], *, stops: bool
    ) -> Dyn:
        training, inference = self.truth(value.training), self.truth(value.inference)
        if not parts:
            return value
        if training is stops and inference is stops:
            return value
        guarded = inference is stops
        if guarded:
            self.host.guard(on=True)
        try:
            rest = self._boolean_rest(frame, parts, quiet, stops=stops)
        finally:
            if guarded:
                self.host.guard(on=False)

        def settle(first: Dyn, truth: bool | None, following: Dyn) -> Dyn:  # noqa: FBT001 - three-valued
            if truth is None:
                why = "a condition that is not known"
                return Settled(why, truth=stops) if self.truth(following) is stops else Unknown(why)
            return first if truth is stops else following

        one = settle(value.training, training, rest.training if type(rest) is ByPhase else rest)
        other = settle(value.inference, inference, rest.inference if type(rest) is ByPhase else rest)
        return one if one is other else ByPhase(one, other)

    def _boolean_rest(self, frame: Frame, parts: Sequence[Evaluate], quiet: Sequence[bool], *, stops: bool) -> Dyn:
        for index, each in enumerate(parts):
            value = each(frame)
            truth = None if type(value) is ByPhase else self.truth(value)
            if truth is None:
                return self.boolean(frame, value, parts[index + 1 :], quiet[index + 1 :], stops=stops)
            if truth is stops or index == len(parts) - 1:
                return value
        return None

    # Branches

    def branch(self, frame: Frame, value: Dyn, branches: Branches, *, negated: bool) -> int | None:
        """Take the branch of an `if` whose condition is not simply known; `negated` when `not` was left out of it."""
        truth: bool | None = None
        inference: bool | None = None
        if type(value) is ByPhase:
            truth, inference = self.truth(value.training), self.truth(value.inference)
            if truth is not None and inference is not None and truth is inference:
                return self._take(frame, branches, taken=truth is not negated)
        decided = truth is not None
        if truth is None:
            if branches.body_dead is not branches.orelse_dead:
                self.doubts += 1
                taken = branches.orelse_dead
                return self._take(frame, branches, taken=taken)
            if branches.idle:
                return None
            truth = self.host.decide(branches.text, branches.place())
            if truth is None:
                return self._neither(frame, branches)
        taken = truth is not negated
        if type(value) is not ByPhase or inference is truth or (inference is None and not decided):
            return self._take(frame, branches, taken=taken)
        self.host.guard(on=True)
        try:
            signal = self._take(frame, branches, taken=taken)
        finally:
            self.host.guard(on=False)
        if signal is None and (branches.orelse_leaves if taken else branches.body_leaves):
            # In the other mode the function has been left: what follows runs in training only.
            frame.guards += 1
            self.host.guard(on=True)
        return signal

    def _take(self, frame: Frame, branches: Branches, *, taken: bool) -> int | None:
        if taken:
            return branches.body(frame)
        return None if branches.orelse is None else branches.orelse(frame)

    def _neither(self, frame: Frame, branches: Branches) -> int | None:
        """Run no branch: what they could change is one of several values from here on."""
        touched, text = branches.touched, branches.text
        values = [value for value in (peek(frame) for _, peek in touched.reads) if type(value) is Signal]
        self.host.here = branches.place()
        for name, peek, store in touched.names:
            before = peek(frame)
            if name in touched.constants or (type(before) in ATOMS and before is not None):
                # It was no tensor, and is none.
                store(frame, Unknown(f"`{name}` depends on `{text}`"))
                continue
            choices = [] if before is MISSING or isinstance(before, Unknown) else [before]
            choices += [each for each in values if each is not before]
            store(frame, self.host.choose(choices, text) if choices else Unknown(f"`{name}` depends on `{text}`"))
        for _, name, peek, mangled in touched.attributes:
            holder = peek(frame)
            if holder is not MISSING:
                before = self.get_or(holder, mangled, MISSING)
                choices = [] if before is MISSING else [before]
                self.set(
                    holder,
                    mangled,
                    self.host.choose([*choices, *values], text)
                    if choices
                    else Unknown(f"`{name}` depends on `{text}`"),
                )
        for peek in touched.containers:
            container = peek(frame)
            if type(container) is Instance:
                self.note_change(container)
                lang_changes.more(self, container, f"changed if `{text}`")
            else:
                self.open_up(container, f"changed if `{text}`")
        lang_changes.skip_calls(self, frame, touched, f"changed if `{text}`")
        if not touched.returns:
            return None
        frame.result = self.host.choose(values, text)
        return RETURN

    def by_phase(self, frame: Frame, value: ByPhase, yes: Evaluate, no: Evaluate, *, quiet: bool) -> Dyn:
        """Evaluate `yes if value else no`."""
        training, inference = self.truth(value.training), self.truth(value.inference)
        if training is None:
            return Unknown("a condition that is not known")
        if inference is training:
            return yes(frame) if training else no(frame)
        one, other = (yes, no) if training else (no, yes)
        if quiet and inference is not None:
            first, second = one(frame), other(frame)
            if type(first) is not Signal and type(second) is not Signal:
                return first if first is second else ByPhase(first, second)
            return first
        self.host.guard(on=True)
        try:
            return one(frame)
        finally:
            self.host.guard(on=False)

    def choose_between(self, frame: Frame, yes: Evaluate, no: Evaluate, text: str, *, quiet: bool) -> Dyn:
        """Evaluate a conditional expression whose condition is left open."""
        return self.host.choose([yes(frame), no(frame)], text) if quiet else Unknown(f"depends on `{text}`")

    def release(self, frame: Frame, guards: int) -> None:
        """Leave the guarded code that a frame has entered since it had so many guards."""
        while frame.guards > guards:
            frame.guards -= 1
            self.host.guard(on=False)

    # Texts

    def join_text(self, parts: list[Dyn]) -> Dyn:
        """Put the parts of an f-string together."""
        for each in parts:
            if type(each) is not str:
                if any(type(one) is ByPhase for one in parts):
                    return self.by_phases(self.join_text, parts)
                return Unknown(self.why(parts, "a text that is not known"))
        size = sum(map(len, parts))
        self.budget.allocate(size)
        return "".join(parts) if size <= MOST_CHARACTERS else Unknown("a text that is too long")

    def format_value(self, value: Dyn, conversion: str, spec: Dyn) -> Dyn:
        """Format one value of an f-string."""
        if isinstance(value, Unknown):
            return Unknown(value.why)
        if type(spec) is not str:
            return Unknown(self.why((spec,), "a text that is not known"))
        if is_wide(spec):
            return Unknown("a text that is too long")
        if type(value) is ByPhase:
            return self.by_phases(lambda values: self.format_value(values[0], conversion, spec), (value,))
        if conversion:
            value = text_of(self, value, quoted=conversion != "s")
            if conversion == "a" and type(value) is str:
                value = ascii(value)[1:-1] if value.isascii() else Unknown("a text that is not known")
        elif not is_plain(value):
            value = text_of(self, value)
        if isinstance(value, Unknown):
            return value
        return self.python(format, (value, spec), {})

    def text_of_instance(self, value: Instance, *, quoted: bool) -> Dyn:
        """Return the text of an object, None where it is not known."""
        cls: Dyn = value.cls
        if type(cls) is not LocalClass:
            return None
        for name in ("__repr__",) if quoted else ("__str__", "__repr__"):
            found = cls.find(name)
            if type(found) in {Function, Native}:
                text = self.call(self.bind(found, value, cls), [], {})
                return text if type(text) is str or isinstance(text, Unknown) else None
        if cls.form == "exception":
            arguments: Dyn = value.attributes.get("args", ())
            if kind_of(arguments) is not tuple:
                return None
            if quoted:
                inner = text_of(self, arguments, quoted=True)
                if type(inner) is not str:
                    return None
                return f"{cls.name}({inner[1:-2] if len(arguments) == 1 else inner[1:-1]})"
            if len(arguments) == 1:
                return text_of(
                    self,
                    arguments[0],
                    quoted=any(each.name == "KeyError" for each in cls.mro if type(each) is LocalClass),
                )
            return "" if not arguments else text_of(self, arguments)
        if cls.form == "enum":
            return lang_classes.enum_text(self, value, quoted=quoted)
        if cls.form == "dataclass":
            return lang_classes.dataclass_text(self, value)
        native = self.native_of(value)
        return None if native is value else text_of(self, native, quoted=quoted)

    # Statements

    def produce(self, frame: Frame, value: Dyn) -> None:
        """Take what a generator yields."""
        current: Frame | None = frame
        while current is not None and current.yields is None:
            current = current.parent
        if current is None or current.yields is None:
            return
        current.yields.append(value)
        self.tick()
        if len(current.yields) > 4096:
            current.yields.append(UnknownRest("a generator that yields many elements"))
            raise _StopProducing

    def enter(self, manager: Dyn) -> Dyn:
        """Enter a `with` and return what it binds."""
        if type(manager) is Instance and type(manager.cls) is LocalClass:
            found = manager.cls.find("__enter__")
            if found is not MISSING:
                return self.call(self.bind(found, manager, manager.cls), [], {})
        if type(manager) is Stream:
            # A generator function under `contextlib.contextmanager`: what it yields.
            return self.advance(manager, None)
        return manager

    def leave(self, manager: Dyn, error: Raised | None) -> bool:
        """Leave a `with`; whether the exception goes no further."""
        if type(manager) is Instance and type(manager.cls) is LocalClass:
            found = manager.cls.find("__exit__")
            if found is not MISSING:
                value = error.value if error is not None else None
                cls = value.cls if type(value) is Instance else None
                result = self.call(self.bind(found, manager, manager.cls), [cls, value, None], {})
                return error is not None and self.truth_of(result) is True
        return False

    def discard(self, frame: Frame, value: Signal, place: Location) -> None:
        """Look at a tensor that an expression statement throws away: is it kept elsewhere?"""
        held = [*frame.vars.values()]
        for each in frame.vars.values():
            if type(each) is Instance:
                held += each.attributes.values()
        if not holds_signal(held, value):
            self.host.discard(value, place)

    def decorate(self, decorator: Dyn, value: Dyn) -> Dyn:
        """Apply a decorator; one that is not known leaves the function or class as it is."""
        kind = kind_of(decorator)
        if kind in {Symbol, FrameworkClass} or isinstance(decorator, Unknown):
            return value
        if kind is Instance and (decorator.row is not None or type(decorator.cls) is not LocalClass):
            return value
        if kind not in _CALLERS:
            return value
        result = self.call(decorator, [value], {})
        return value if isinstance(result, Unknown) or result is None else result

    def make_class(  # noqa: PLR0917 - as the statement has them
        self,
        name: str,
        qualname: str,
        bases: list[Dyn],
        frame: Frame,
        node: ast.ClassDef,
        fields: Sequence[str],
        decorators: Sequence[str],
    ) -> Dyn:
        """Make a class of what its body left in a frame."""
        return lang_classes.make_class(self, name, qualname, bases, frame, node, fields, decorators)

    def is_instance(self, value: Dyn, cls: Dyn) -> Dyn:
        """Return `isinstance(value, cls)`."""
        return library.is_instance(self, value, cls)

    def match_args(self, cls: Dyn) -> list[str] | None:
        """Return the attributes that positional patterns stand for, None where the subject itself does."""
        if type(cls) is not LocalClass:
            return None
        found = cls.find("__match_args__")
        if kind_of(found) is tuple and all(type(each) is str for each in found):
            return list(found)
        return lang_classes.field_names(cls) if cls.form == "dataclass" else list(cls.fields)

    # Imports

    def import_module(self, importer: LocalModule, name: str, *, whole: bool) -> Dyn:
        """Return what `import name` binds: the module itself with `as`, else its first part."""
        module = self.host.import_module(name, 0, importer)
        first, _, rest = name.partition(".")
        if whole or not rest:
            return module
        top = self.host.import_module(first, 0, importer)
        if type(module) is LocalModule and type(top) is not LocalModule:
            top = self.modules.get(first) or LocalModule(first, module.path, first)
            self.modules[first] = top
            parent = top
            for part in rest.split(".")[:-1]:
                inner = parent.namespace.get(part)
                if type(inner) is not LocalModule:
                    inner = LocalModule(f"{parent.name}.{part}", module.path, f"{parent.name}.{part}")
                    parent.namespace[part] = inner
                parent = inner
            parent.namespace[rest.rpartition(".")[2]] = module
        return top

    def import_from(self, importer: LocalModule, name: str, level: int) -> Dyn:
        """Return the module that `from name import …` names."""
        return self.host.import_module(name, level, importer)

    def import_name(self, importer: LocalModule, source: Dyn, name: str, level: int, attribute: str) -> Dyn:
        """Return what `from source import attribute` binds."""
        if type(source) is LocalModule:
            found = source.namespace.get(attribute, MISSING)
            if found is not MISSING:
                return found
            inner = self.host.import_module(f"{name}.{attribute}" if name else attribute, level, importer)
            if type(inner) is LocalModule:
                return inner
            found = self.lookup(source, attribute)
            return Unknown(f"`{attribute}` of module `{source.name}`") if found is MISSING else found
        if type(source) is Symbol:
            if not source.path or name == "__future__":
                return Symbol(attribute)
            inner = self.host.import_module(f"{name}.{attribute}" if name else attribute, level, importer)
            return inner if type(inner) is LocalModule else self.external(f"{source.path}.{attribute}")
        return self.lookup(source, attribute) if isinstance(source, Unknown) else self.get(source, attribute)

    def import_all(self, frame: Frame, source: Dyn) -> None:
        """Do `from source import *`."""
        space = frame.module.namespace
        if type(source) is LocalModule:
            listed = source.namespace.get("__all__")
            names = None if listed is None else self.iterate(listed)
            if names is None:
                names = [each for each in source.namespace if not each.startswith("_")]
            for each in names:
                if type(each) is str:
                    found = self.lookup(source, each)
                    if found is not MISSING:
                        space[each] = found
            frame.module.stars += [each for each in source.stars if each not in frame.module.stars]
        elif type(source) is Symbol:
            frame.module.stars.append(source.path)


class _Room:
    """Within it Python's recursion limit is high enough for nested closures."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = sys.getrecursionlimit()
        if self.before < _FRAMES:
            sys.setrecursionlimit(_FRAMES)

    def __exit__(self, *_: object) -> None:
        if self.before < _FRAMES:
            sys.setrecursionlimit(self.before)


class _StopProducing(Exception):
    """A generator has yielded enough."""


_NAMES: Final = frozenset({Symbol, FrameworkClass, Builtin})
_LARGEST: Final = 1 << MOST_BITS


def _start(code: Code) -> Dyn:
    try:
        return code.start(code)
    except RecursionError:
        raise BudgetError(DEPTH) from None


_CACHE: Final = "_lintnet_code"
"""Under this name the tree of a module keeps what it was compiled to, so that it is compiled once."""


def _code_of(tree: ast.Module, path: str, lines: Sequence[str], cell_of: Dyn) -> Dyn:
    known: Dyn = getattr(tree, _CACHE, None)
    if known is not None and known[0] == path:
        return known[1]
    code = module_code(Unit(path, lines, cell_of), tree)
    setattr(tree, _CACHE, (path, code))
    return code


# Calls, by the type of what is called


def _call_function(run: Interpreter, function: Function, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return run.call_function(function, arguments, keywords)


def _call_method(run: Interpreter, method: Method, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    function = method.function
    if type(function) is Function:
        return run.call_function(function, [method.target, *arguments], keywords)
    if type(function) is Native:
        return function.run(run, [method.target, *arguments], keywords)
    return run.call(function, [method.target, *arguments], keywords)


def _call_native_function(run: Interpreter, function: Native, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return function.run(run, arguments, keywords)


def _call_builtin(run: Interpreter, function: Builtin, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:  # noqa: ARG001 - called through a table with the others
    return function.run(arguments, keywords)


def _call_type(run: Interpreter, function: NativeType, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return run.born(function.run(run, arguments, keywords))


def _call_partial(run: Interpreter, function: Partial, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return run.call(function.function, [*function.arguments, *arguments], {**function.keywords, **keywords})


def _call_class(run: Interpreter, cls: LocalClass, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return lang_classes.instantiate(run, cls, arguments, keywords)


def _call_framework(run: Interpreter, cls: FrameworkClass, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    instance = Instance(cls, cls.row, created=run.host.here)
    run.born(instance)
    run.host.construct(instance, cls, arguments, keywords)
    return instance


def _call_instance(run: Interpreter, instance: Instance, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    cls = instance.cls
    if type(cls) is LocalClass:
        found = cls.find("__call__")
        if found is not MISSING:
            return run.call(run.bind(found, instance, cls), arguments, keywords)
        if cls.row is None:
            if cls.open:
                return run.call_unknown(Unknown(cls.open), cls.name, arguments, keywords)
            raise run.error(TypeError, f"'{cls.name}' object is not callable")
    return run.host.call_instance(instance, arguments, keywords)


def _call_symbol(run: Interpreter, symbol: Symbol, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    if library.is_inert(symbol):
        return library.call_inert(symbol)
    result = run.host.call_symbol(symbol, arguments, keywords)
    if isinstance(result, Unknown) or symbol.path in lang_changes.CHANGING:
        run.doubts += 1
        lang_changes.hand_over_to(run, symbol.path, [*arguments, *keywords.values()])
    return result


def _call_phase(run: Interpreter, value: ByPhase, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    run.host.guard(on=True)
    try:
        return run.call(value.training, arguments, keywords)
    finally:
        run.host.guard(on=False)


def _call_static(run: Interpreter, value: Dyn, arguments: list[Dyn], keywords: dict[str, Dyn]) -> Dyn:
    return run.call(value.function, arguments, keywords)


_CALLERS: Final[dict[type, Any]] = {
    Function: _call_function,
    Method: _call_method,
    Native: _call_native_function,
    Builtin: _call_builtin,
    NativeType: _call_type,
    Partial: _call_partial,
    LocalClass: _call_class,
    FrameworkClass: _call_framework,
    Instance: _call_instance,
    Symbol: _call_symbol,
    ByPhase: _call_phase,
    StaticMethod: _call_static,
    ClassMethod: _call_static,
}
