"""Which models a file defines: what it makes when it runs, and the functions and classes in it that nobody calls.

Knows how people write models down: scripts, builder functions, module classes, Lightning modules, Keras models. Knows
no framework's layers. Every definition that could not be read is said.
"""

from __future__ import annotations

import ast
import os
from bisect import bisect_left
from time import process_time
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import Blind, Graph, Location, Unknown
from lintnet.loaders.source.budget import Budget, BudgetError
from lintnet.loaders.source.dispatch import KERAS_MODELS, Dispatch, class_path, family, forward_name
from lintnet.loaders.source.extract import graph_key, make_graph, slice_functional, slice_record
from lintnet.loaders.source.host import MISSING
from lintnet.loaders.source.interpreter import Interpreter
from lintnet.loaders.source.machine import Machine
from lintnet.loaders.source.objects import Function, LocalClass, LocalModule, Raised
from lintnet.loaders.source.tape import Compiled, Functional
from lintnet.loaders.source.unused import Watch
from lintnet.loaders.source.uses import HandedOn, defined_names, handed_on, mentions, stars_of, top_level
from lintnet.loaders.source.values import Instance, is_module, walk_values
from lintnet.loaders.source.variants import MOST, Decisions, Leaf, collapse, explore

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from lintnet.loaders.options import LoadOptions
    from lintnet.loaders.source.project import Files, Text
    from lintnet.loaders.source.tape import Record
    from lintnet.loaders.source.uses import Others
    from lintnet.loaders.source.values import Value

__all__ = ["SECONDS", "Reading", "read_models"]

SECONDS: Final = 3.0
"""Processor time for all the models of one file."""
_MOST_MODULE_VARIANTS: Final = 4
_SHARE: Final = 0.5
"""Part of what is left that one definition may take, so that the others have their turn."""
_LEAST: Final = 0.05
_HOLDERS: Final = frozenset({"torch.nn.ModuleList", "torch.nn.ModuleDict"})
"""Classes of modules that hold layers and cannot be called."""
_STEP_METHODS: Final = ("training_step",)


class Reading(NamedTuple):
    """What was read of a file: its models, and what must be said of the file as a whole."""

    graphs: tuple[Graph, ...]
    notes: tuple[str, ...]


class _Found(NamedTuple):
    """A model with the name it would like to have."""

    name: str
    graph: Graph


def read_models(text: Text, files: Files, options: LoadOptions, others: Others, seconds: float = SECONDS) -> Reading:
    """Run a file, and return every model that it defines."""
    clock = _Clock(seconds)
    notes: dict[str, None] = {}
    collected: dict[tuple[str, int], list[Leaf[Graph | None]]] = {}
    seen: list[tuple[Leaf[_Run], list[tuple[str, list[Leaf[list[_Found]]]]]]] = []

    def run_file(decisions: Decisions) -> _Run:
        run = _Run(text, files, options, others, clock)
        run.start(decisions)
        return run

    modules = explore(run_file, _MOST_MODULE_VARIANTS, go_on=clock.half_left)
    for leaf in modules:
        run = leaf.result
        if seen and clock.is_over():
            break
        run.find_models()
        groups: list[tuple[str, list[Leaf[list[_Found]]]]] = []
        ways = {condition.text: condition.taken for condition in leaf.taken}
        for entry in run.entries():
            found = run.explore_entry(entry, ways)
            if found:
                groups.append((entry.name, found))
            if clock.is_over():
                break
        # Functions that nobody calls may train what the top level made: its models come last, with their losses.
        groups.insert(0, ("", [Leaf((), run.models_of_module())]))
        notes.update(dict.fromkeys(run.notes))
        seen.append((leaf, groups))
    _collect(seen, collected)
    graphs = _named(collected)
    if clock.is_over():
        notes[f"stopped at its budget of {seconds:g} s; what was not read by then is missing"] = None
    return Reading(tuple(graphs), tuple(notes))


def _collect(
    seen: Sequence[tuple[Leaf[_Run], list[tuple[str, list[Leaf[list[_Found]]]]]]],
    collected: dict[tuple[str, int], list[Leaf[Graph | None]]],
) -> None:
    """Sort what was found by model: for each, what every way through the program made of it, nothing included."""
    owners: dict[tuple[str, str, int], None] = {}
    for _, groups in seen:
        for entry, leaves in groups:
            for leaf in leaves:
                counts: dict[str, int] = {}
                for found in leaf.result:
                    owners[entry, found.name, counts.setdefault(found.name, 0)] = None
                    counts[found.name] += 1
    used: dict[str, int] = {}
    for entry, name, number in owners:
        key = name, used.setdefault(name, 0)
        used[name] += 1
        collected[key] = []
        for module, groups in seen:
            leaves = dict(groups).get(entry, [])
            if not leaves:
                collected[key].append(Leaf(module.taken, None))
            for leaf in leaves:
                same = [found.graph for found in leaf.result if found.name == name]
                graph = same[number] if number < len(same) else None
                collected[key].append(Leaf((*module.taken, *leaf.taken), graph))


def _named(collected: dict[tuple[str, int], list[Leaf[Graph | None]]]) -> list[Graph]:
    """Give every model its name, keep what differs of its variants, and drop models that were found twice."""
    graphs: list[Graph] = []
    known: set[Hashable] = set()
    counts: dict[str, int] = {}
    keys: dict[int, Hashable] = {}

    def key(graph: Graph | None) -> Hashable:
        if graph is None:
            return None
        if id(graph) not in keys:
            keys[id(graph)] = graph_key(graph)
        return keys[id(graph)]

    titles = [name for name, _ in collected]
    for (name, _), leaves in collected.items():
        kept = [leaf for leaf in collapse(leaves, key) if leaf.result is not None]
        if not kept:
            continue
        if titles.count(name) > 1:
            identity = (name, tuple((key(leaf.result), leaf.taken) for leaf in kept))
            if identity in known:
                continue
            known.add(identity)
        counts[name] = counts.get(name, 0) + 1
        qualname = name if counts[name] == 1 else f"{name}#{counts[name]}"
        graphs += [
            leaf.result._replace(qualname=qualname, variant=leaf.taken) for leaf in kept if leaf.result is not None
        ]
    return graphs


class _Clock:
    """The time that one file may take."""

    def __init__(self, seconds: float) -> None:
        self._start = process_time()
        self._seconds = seconds

    def left(self) -> float:
        """Return the seconds that are left."""
        return self._seconds - (process_time() - self._start)

    def half_left(self) -> bool:
        """Whether less than half of the time is gone."""
        return self.left() > self._seconds / 2

    def is_over(self) -> bool:
        """Whether all of the time is gone."""
        return self.left() <= 0


class _Space(dict[str, "Value"]):
    """The namespace of a package that did not run: some names are looked for when they are asked for."""

    __slots__ = ("_find", "waiting")

    def __init__(self, find: Callable[[str], None]) -> None:
        super().__init__()
        self._find = find
        self.waiting: set[str] = set()

    def get(self, key: str, default: Value = None) -> Value:
        """Return what a name stands for."""
        if key in self.waiting:
            self.waiting.discard(key)
            if key not in self:
                self._find(key)
        return super().get(key, default)


class _Entry(NamedTuple):
    """A definition that nobody calls.

    part: a model uses it that could not be read, so that what it takes and gives is no input and no output.
    """

    name: str
    value: Function | LocalClass
    node: ast.FunctionDef | ast.AsyncFunctionDef | None
    part: bool


class _Run:
    """One run of a file, and the models found by it."""

    def __init__(self, text: Text, files: Files, options: LoadOptions, others: Others, clock: _Clock) -> None:
        self._text = text
        self._files = files
        self._options = options
        self._others = others
        self._clock = clock
        self.notes: list[str] = []
        self._failed: set[str] = set()
        self._taken: set[int] = set()
        self._roots: list[Instance] = []
        self._loose: list[Blind] = []
        self._part = False
        self._foreign: set[int] = set()
        self._unrun: dict[str, tuple[LocalModule, Text]] = {}
        self._slices: dict[int, tuple[Functional, int, tuple[int, ...]]] = {}
        self._modules: dict[str, LocalModule] = {}
        self.machine = Machine()
        self.decisions = Decisions()
        self._dispatch = Dispatch(self.machine, self.decisions, self._import, _finish_keras)
        self._budget = Budget(seconds=max(_LEAST, clock.left()), depth=60)
        self._interpreter = self.machine.interpreter = Interpreter(self._dispatch, self._budget)
        name, package = files.name_of(text.path)
        self._main = LocalModule(name, text.path, package, main=True)
        self._modules[text.path] = self._main
        self._watch = Watch(self._main, text, files, others)

    # Running.

    def start(self, decisions: Decisions) -> None:
        """Run the top level of the file."""
        self._use(decisions, self._clock.left() * 0.8)
        try:
            self._run_module(self._main, self._text)
        except Exception as error:  # noqa: BLE001 - a fault must not take the other models with it
            why = _budget(error) if isinstance(error, BudgetError) else _stumbled(error)
            self.notes.append(f"the file was not run to its end: {why}")
            self.machine.reset()

    def _use(self, decisions: Decisions, seconds: float) -> None:
        self.decisions = self._dispatch.decisions = decisions
        self._budget.seconds = max(_LEAST, seconds)
        self._budget.restart()

    def _run_module(self, module: LocalModule, text: Text) -> None:
        self._interpreter.run_module(
            text.tree,
            name=module.name,
            path=text.path,
            lines=text.lines,
            package=module.package,
            main=module is self._main,
            cell_of=text.cell_of,
            module=module,
        )

    def _import(self, name: str, level: int, importer: object) -> Value:
        """Resolve an import: a module of the tree, run when it is first looked into, or an external name."""
        origin = importer.path if isinstance(importer, LocalModule) else self._text.path
        dotted = _absolute(name, level, importer)
        if dotted.partition(".")[0] in self._files.external:
            path = self._files.beside(dotted, origin)
            if path is None:
                return self._dispatch.symbol(dotted)
        else:
            path = self._files.find(name, level, origin)
        if path is None:
            self._open_parent(name, level, origin)
            return self._dispatch.symbol(dotted)
        known = self._modules.get(path)
        if known is not None:
            return known
        text = self._files.text(path)
        if text is None:
            return self._dispatch.symbol(dotted)
        own, package = self._files.name_of(path)
        module = self._modules[path] = LocalModule(own, path, package)
        if self._files.is_package(path) and not self._files.takes_all(origin, name, level):
            # A package runs when something is asked of it that is no module in it.
            self._unrun[path] = module, text
            module.namespace = _Space(lambda attribute: self._hand_on(path, attribute))
            # A function of the same name hides the module that it stands in.
            module.namespace.waiting = {
                attribute
                for attribute, source in handed_on(text.tree).items()
                if source.module and self._files.find(attribute, 1, path) is not None
            }
            return module
        self._run_import(module, text)
        return module

    def _open_parent(self, name: str, level: int, origin: str) -> None:
        """Find out what a name is that may be an attribute of a package which did not run.

        Most packages only hand on what their modules define. Then that module alone runs, else the package does.
        """
        parent, _, attribute = name.rpartition(".")
        path = self._files.find(parent, level, origin) if parent or level else None
        if path is not None and path in self._unrun:
            self._hand_on(path, attribute)

    def _hand_on(self, path: str, attribute: str) -> None:
        """Put a name into the namespace of a package that did not run."""
        waiting = self._unrun.get(path)
        if waiting is None:
            return
        package, text = waiting
        source = handed_on(text.tree).get(attribute)
        for module in stars_of(text.tree) if source is None else ():
            inner = self._files.find(module.module, module.level, path)
            found = self._files.text(inner) if inner is not None else None
            if found is not None and attribute in defined_names(found.tree):
                source = HandedOn(module.module, module.level, attribute)
                break
        if source is not None:
            holder = self._import(source.module, source.level, package)
            package.namespace[attribute] = self._interpreter.import_name(
                package, holder, source.module, source.level, source.name
            )
        elif self._unrun.pop(path, None) is not None:
            self._run_import(package, text)

    def _run_import(self, module: LocalModule, text: Text) -> None:
        before = len(self.machine.instances)
        with self.machine.aside():
            self._run_module(module, text)
        self._foreign.update(list(self.machine.instances)[before:])

    # What the top level made.

    def find_models(self) -> None:
        """Find the models that running the file made, and run those that the program did not call."""
        self._use(self.decisions, self._clock.left() * _SHARE)
        self._loose = list(self.machine.loose)
        self._roots = self._roots_since(0, (), "")

    def models_of_module(self) -> list[_Found]:
        """Return the models that running the file made."""
        return self._found(self._roots, "", (), self._loose)

    def _roots_since(self, start: int, returned: Sequence[Instance], function: str) -> list[Instance]:
        """Return the models among the instances made since a moment that nothing else holds, each of them run."""
        wanted = {id(each): each for each in returned}
        for each in list(self.machine.instances.values())[start:]:
            wanted.setdefault(id(each), each)
        roots = [each for each in wanted.values() if id(each) not in self._taken and self._is_root(each)]
        roots = [each for each in roots if not _is_donor(each, roots)]
        for root in roots:
            self._taken.add(id(root))
            try:
                self._prepare(root)
            except Raised as error:
                self.machine.reset()
                self._fail(self._name_of(root, function), str(error))
            except BudgetError as error:
                self.machine.reset()
                self._fail(self._name_of(root, function), _budget(error))
            except Exception as error:  # noqa: BLE001 - a fault must not take the other models with it
                self.machine.reset()
                self._fail(self._name_of(root, function), _stumbled(error))
        return roots

    def _found(
        self, roots: Sequence[Instance], function: str, returned: Sequence[Instance], loose: Sequence[Blind]
    ) -> list[_Found]:
        """Return the graphs of models, each with the name it would like to have.

        loose is what could not be followed while they were made.
        """
        found = self._without_parts([(root, graph) for root in roots for graph in self._graphs_of(root, loose)])
        classes: dict[object, int] = {}
        for root in {id(root): root for root, _ in found}.values():
            classes[root.cls] = classes.get(root.cls, 0) + 1
        built = {id(each) for each in returned}
        return [
            _Found(
                function if id(root) in built else self._name_of(root, function, several=classes[root.cls] > 1), graph
            )
            for root, graph in found
        ]

    def _is_root(self, instance: Instance) -> bool:
        """Whether an instance is a model and no part of another."""
        if id(instance) in self._foreign or not self._can_run(instance):
            return False
        if id(instance) in self.machine.composed or self._lies_in_another(instance):
            # A part of another model is a model of its own where it is trained on its own.
            return "compiled" in instance.extra and class_path(instance) in KERAS_MODELS
        return instance.owner is None or self._is_called_alone(instance)

    def _can_run(self, instance: Instance) -> bool:
        """Whether an instance is more than one layer, and can be called."""
        if not is_module(instance):
            return False
        kind = family(instance)
        if isinstance(instance.cls, LocalClass) and self._interpreter.has_method(instance, forward_name(kind)):
            return kind == "torch" or class_path(instance) in KERAS_MODELS or "records" in instance.extra
        if "records" in instance.extra or "functional" in instance.extra or class_path(instance) in KERAS_MODELS:
            return True
        if self._steps(instance):
            return True
        runs = instance.row is not None and instance.row.run is not None
        return runs and bool(instance.children) and class_path(instance) not in _HOLDERS

    def _lies_in_another(self, instance: Instance) -> bool:
        """Whether a functional model is built of what calling an instance gave."""
        spans = self.machine.spans.get(id(instance))
        if not spans:
            return False
        for other in self.machine.instances.values():
            model = other.extra.get("functional") if other is not instance else None
            if isinstance(model, Functional):
                nodes = self._nodes_of(model)
                if any(bisect_left(nodes, each.start) < bisect_left(nodes, each.stop) for each in spans):
                    return True
        return False

    def _nodes_of(self, model: Functional) -> tuple[int, ...]:
        """Return the nodes of a functional model, in order; asked for every layer there is, so they are kept."""
        length = len(self.machine.tape.nodes)
        known = self._slices.get(id(model))
        if known is None or known[0] is not model or known[1] != length:
            nodes = slice_functional(self.machine.tape, model, None).nodes
            known = self._slices[id(model)] = model, length, nodes
        return known[2]

    def _is_called_alone(self, instance: Instance) -> bool:
        """Whether the program calls a part of a model that is never called as a whole."""
        if "records" not in instance.extra:
            return False
        holder = instance.owner[0] if instance.owner else None
        for _ in range(8):
            if holder is None:
                return True
            if "records" in holder.extra or self._interpreter.has_method(holder, forward_name(family(holder))):
                return False
            holder = holder.owner[0] if holder.owner else None
        return True

    def _steps(self, instance: Instance) -> list[str]:
        """Return the methods in which a trainer calls a model."""
        if not isinstance(instance.cls, LocalClass) or family(instance) != "torch":
            return []
        return [name for name in _STEP_METHODS if self._interpreter.has_method(instance, name)]

    def _name_of(self, instance: Instance, function: str, *, several: bool = False) -> str:
        """Name a model: by its class if that is the program's, else by the variable or function it comes from."""
        variable = next((name for name, value in self._main.namespace.items() if value is instance), "")
        if isinstance(instance.cls, LocalClass) and not (several and variable):
            return instance.cls.name
        if variable or function:
            return variable or function
        holder = instance.owner[0] if instance.owner else None
        if holder is not None and isinstance(holder.cls, LocalClass):
            return holder.cls.name
        for value in self._main.namespace.values():
            if isinstance(value, Instance):
                attribute = next((name for name, each in value.attributes.items() if each is instance), "")
                if attribute:
                    return attribute
        return class_path(instance).rpartition(".")[2] or "model"

    def _without_parts(self, found: list[tuple[Instance, Graph]]) -> list[tuple[Instance, Graph]]:
        """Drop functional models that lie within another one, unless they are trained themselves."""
        spans: list[tuple[Instance, frozenset[int]]] = []
        for root, _ in found:
            model = root.extra.get("functional")
            if isinstance(model, Functional):
                spans.append((root, frozenset(slice_functional(self.machine.tape, model, None).nodes)))
        parts = {
            id(one)
            for one, inner in spans
            for other, outer in spans
            if one is not other and inner < outer and "compiled" not in one.extra
        }
        return [(root, graph) for root, graph in found if id(root) not in parts]

    # Graphs of one model.

    def _prepare(self, root: Instance) -> None:
        """Run a model, unless the program called it."""
        method = forward_name(family(root))
        if not self._records(root) and "functional" not in root.extra:
            if isinstance(root.cls, LocalClass) and self._interpreter.has_method(root, method):
                self._call_fresh(root, method)
            elif class_path(root) in KERAS_MODELS:
                self._dispatch.finish(root)
            elif root.row is not None and root.row.run is not None:
                self._call_fresh(root, "")
        self._run_steps(root)

    def _graphs_of(self, root: Instance, loose: Sequence[Blind]) -> list[Graph]:
        """Return the graphs of a model: one, or several where the program calls it in different ways."""
        compiled = root.extra.get("compiled")
        known = compiled if isinstance(compiled, Compiled) else None
        functional = root.extra.get("functional")
        if isinstance(functional, Functional):
            part = slice_functional(self.machine.tape, functional, known)
            blind = [*loose, *self._text.blind]
            return [self._graph(part, unused=(), blind=blind, sites=None, notes=())]
        making = self._blind_while_made(root, loose)
        records = self._records(root) or self._records_below(root)
        graphs = [graph for record in records if (graph := self._graph_of_record(record, known, making)) is not None]
        return (
            graphs if len(graphs) < 2 else list({graph_key(graph): graph for graph in reversed(graphs)}.values())[::-1]
        )

    def _blind_while_made(self, root: Instance, loose: Sequence[Blind]) -> list[Blind]:
        """Return what could not be followed while a model was made: before it was there, and in its classes."""
        classes: dict[tuple[str, int, int], None] = {}
        for each in (root, *_descendants(root)):
            for cls in each.cls.mro if isinstance(each.cls, LocalClass) else ():
                if isinstance(cls, LocalClass) and cls.node is not None and cls.module is not None:
                    classes[cls.module.path, cls.node.lineno, cls.node.end_lineno or cls.node.lineno] = None
        before = self.machine.births.get(id(root), 0)
        return [
            blind
            for index, blind in enumerate(loose)
            if index < before or any(_is_within(blind.location, place, self._text) for place in classes)
        ]

    def _graph_of_record(self, record: Record, compiled: Compiled | None, making: Sequence[Blind]) -> Graph | None:
        if not record.done:
            self._fail(self._name_of(record.instance, ""), record.failed or "it was not run to its end")
            return None
        part = slice_record(self.machine.tape, record, compiled)
        if self._part:
            part = part._replace(outputs=())
        nodes = self.machine.tape.nodes
        if not record.outputs and not any(nodes[index].is_layer for index in part.nodes):
            return None
        loses = any(loss.region == record.number for loss in self.machine.tape.losses)
        if not record.outputs and loses and not self._has_layers(record):
            return None  # it computes a loss of what it is given: a criterion, no model
        notes: list[str] = []
        if record.evaluated:
            notes.append("the program calls it in evaluation mode")
        blind = [*making, *record.blind, *self._text.blind]
        if not record.outputs:
            place = record.instance.created or Location(self._text.path, 1)
            blind.append(Blind(place, "what it returns is not known"))
        sites = self._watch.sites(record)
        return self._graph(
            part,
            unused=self._watch.unused(self._dispatch, record, self._modules.values()),
            blind=blind,
            sites=sites if sites[0] else None,  # a bare chain of layers is called nowhere: its layers count
            notes=notes,
        )

    @staticmethod
    def _has_layers(record: Record) -> bool:
        return any(not each.children and each is not record.instance for each in record.called.values())

    def _graph(
        self,
        part: object,
        *,
        unused: Sequence[object],
        blind: Sequence[Blind],
        sites: tuple[int, int] | None,
        notes: Sequence[str],
    ) -> Graph:
        return make_graph(
            self.machine.tape,
            part,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            path=self._text.path,
            qualname="",
            options=self._options,
            unused=unused,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            blind=blind,
            sites=sites,
            notes=notes,
        )

    @staticmethod
    def _records(root: Instance) -> list[Record]:
        records: dict[object, Record] = root.extra.get("records", {})  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
        return list(records.values())

    def _records_below(self, root: Instance) -> list[Record]:
        """Return the runs of parts of a model that is never called as a whole."""
        below = {id(each) for each in _descendants(root)}
        records = self.machine.tape.records
        return [record for record in records if id(record.instance) in below and not record.outdated]

    def _call_fresh(self, root: Instance, method: str) -> None:
        """Call a model as a trainer would: with one new tensor for everything it must be given.

        What may be left out is given too where the model does not run without, as a detector does not train without
        targets.
        """
        records: dict[object, Record] = root.extra.setdefault("records", {})  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
        self.machine.here = None  # no line of the program calls it
        for optional in (False, True):
            with self.machine.recording(root, method) as record:
                arguments, keywords, left_out = self._dispatch.fresh_arguments(record, method, optional=optional)
                self._dispatch.fill(record, method, arguments, keywords)
            if record.done or not optional:
                records[method, len(arguments), *sorted(keywords)] = record
            if record.done or not left_out:
                return

    def _run_steps(self, root: Instance) -> None:
        """Run the methods in which a trainer calls the model, so that its losses are seen."""
        if root.extra.get("stepped"):
            return
        root.extra["stepped"] = True
        for name in self._steps(root):
            function = self._interpreter.find_method(root.cls, name)
            needed = (
                [each for each in function.parameters[1:] if each.default is MISSING and each.kind == "any"]
                if (isinstance(function, Function))
                else []
            )
            batch: list[Value] = [Unknown("a batch of the trainer") for _ in needed]
            try:
                self._interpreter.invoke(root, name, batch, {})
            except Raised as error:
                self.machine.blind(f"`{name}` raises {error}")

    # Definitions that nobody calls.

    def entries(self) -> Iterable[_Entry]:
        """Yield the functions and classes to be tried: those that nobody names first."""
        definitions = top_level(self._text.tree)
        names = frozenset(definitions)
        users: dict[str, set[str]] = {name: set() for name in definitions}
        in_classes: dict[str, set[str]] = {name: set() for name in definitions}
        for user, node in definitions.items():
            for used in mentions(_bodies(node), names) - {user}:
                users[used].add(user)
                if isinstance(node, ast.ClassDef):
                    in_classes[used].add(user)
        elsewhere = self._others.composes(self._text.path, names)
        order = sorted(definitions, key=lambda name: (bool(users[name]), isinstance(definitions[name], ast.ClassDef)))
        for name in order:
            value, node = self._main.namespace.get(name), definitions[name]
            if isinstance(value, Function) and not isinstance(node, ast.ClassDef):
                # Behind a decorator of the program it is another function, of the same name.
                if value.calls or name in elsewhere or (in_classes[name] and not in_classes[name] <= self._failed):
                    continue
                if _may_build(node):
                    yield _Entry(name, value, node, self._is_part_of(in_classes[name]))
            elif isinstance(value, LocalClass) and value.module is self._main and self._is_module_class(value):
                if value.made or name in elsewhere:
                    continue
                if in_classes[name] and not in_classes[name] <= self._failed:
                    continue
                yield _Entry(name, value, None, self._is_part_of(in_classes[name]))

    def _is_part_of(self, users: Iterable[str]) -> bool:
        """Whether one of these classes is a model, and not what trains or wraps one."""
        for name in users:
            cls = self._main.namespace.get(name)
            if isinstance(cls, LocalClass) and self._is_module_class(cls):
                blank = Instance(cls, cls.framework.row if cls.framework is not None else None)
                if not self._steps(blank) and not self._interpreter.has_method(blank, "train_step"):
                    return True
        return False

    def _is_module_class(self, cls: LocalClass) -> bool:
        if cls.framework is None or not cls.framework.row.layer:
            return False
        blank = Instance(cls, cls.framework.row)
        kind = family(blank)
        if self._interpreter.find_method(cls, forward_name(kind)) is not None:
            return True
        return bool(self._steps(blank)) or (
            cls.framework.row.run is not None and self._interpreter.find_method(cls, "__init__") is not None
        )

    def explore_entry(self, entry: _Entry, ways: dict[str, bool]) -> list[Leaf[list[_Found]]]:
        """Run a definition in all its variants."""
        leaves = explore(
            lambda decisions: self._run_entry(entry, decisions),
            MOST,
            inherited=ways,
            go_on=lambda: not self._clock.is_over(),
        )
        return leaves if any(leaf.result for leaf in leaves) else []

    def _run_entry(self, entry: _Entry, decisions: Decisions) -> list[_Found]:
        self._use(decisions, self._clock.left() * _SHARE)
        self.machine.reset()
        self.machine.loose.clear()
        self.machine.here = None
        self._part = entry.part
        before = len(self.machine.instances)
        is_class = isinstance(entry.value, LocalClass)
        try:
            result = self._interpreter.call(entry.value, *self._unknown_arguments(entry))
            returned = [each for each in walk_values(result) if isinstance(each, Instance) and is_module(each)]
            if is_class:
                returned = []
            loose = list(self.machine.loose)
            found = self._found(self._roots_since(before, returned, entry.name), entry.name, returned, loose)
        except Raised as error:
            self._fail_entry(entry, str(error), before)
            return []
        except Exception as error:  # noqa: BLE001 - a fault must not take the other models with it
            self.machine.reset()
            why = _budget(error) if isinstance(error, BudgetError) else _stumbled(error)
            self._fail_entry(entry, why, before)
            return []
        if is_class and not found:
            self._failed.add(entry.name)
        return found

    def _unknown_arguments(self, entry: _Entry) -> tuple[list[Value], dict[str, Value]]:
        """Return an unknown value for every argument that must be given."""
        node: ast.AST | None = entry.node
        skip = 0
        if isinstance(entry.value, LocalClass):
            function = self._interpreter.find_method(entry.value, "__init__")
            node = function.node if isinstance(function, Function) else None
            skip = 1
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return [], {}
        arguments = node.args
        names = [*arguments.posonlyargs, *arguments.args]
        required = names[skip : len(names) - len(arguments.defaults)]
        positional: list[Value] = [_missing(each) for each in required]
        keywords: dict[str, Value] = {
            each.arg: _missing(each)
            for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is None
        }
        return positional, keywords

    def _fail_entry(self, entry: _Entry, why: str, before: int) -> None:
        """Say that a definition could not be read, if it would have been a model."""
        self._failed.add(entry.name)
        made = any(self._is_root(each) for each in list(self.machine.instances.values())[before:])
        cls = entry.value if isinstance(entry.value, LocalClass) else None
        if (cls is not None and not (cls.derived and "NotImplementedError" in why)) or made:
            self._fail(entry.name, why)

    def _fail(self, name: str, why: str) -> None:
        self._failed.add(name)
        if "NotImplementedError" in why:
            return  # what others derive from
        note = f"`{name}` could not be read: {why}"
        if note not in self.notes:
            self.notes.append(note)


def _is_within(location: Location, place: tuple[str, int, int], text: Text) -> bool:
    """Whether a location lies within lines of a file; in a notebook, of all of its cells together."""
    path, first, last = place
    if location.path != path:
        return False
    line = location.line
    if location.cell is not None and path == text.path:
        where = (location.cell, line)
        line = text.cells.index(where) + 1 if where in text.cells else 0
    return first <= line <= last


def _is_donor(instance: Instance, others: Sequence[Instance]) -> bool:
    """Whether a model that nobody calls was taken apart, and most of its layers went into another."""
    children = [id(child) for child in instance.children.values()]
    if not children or "records" in instance.extra:
        return False
    for other in others:
        if other is not instance:
            below = {id(each) for each in _descendants(other)}
            if 2 * sum(child in below for child in children) >= len(children) and id(instance) not in below:
                return not _is_donor_of(other, instance)
    return False


def _is_donor_of(one: Instance, other: Instance) -> bool:
    """Whether the layers two models share were those of the first."""
    own = {id(child) for child in one.children.values()}
    return any(id(each) in own and each.owner is not None and each.owner[0] is one for each in _descendants(other))


def _missing(argument: ast.arg) -> Unknown:
    return Unknown(f"`{argument.arg}` is an argument without default (line {argument.lineno})")


def _descendants(root: Instance) -> list[Instance]:
    """Return the layers below a module, at any depth."""
    found: dict[int, Instance] = {}
    stack = [root]
    while stack:
        for child in stack.pop().children.values():
            if isinstance(child, Instance) and id(child) not in found and child is not root:
                found[id(child)] = child
                stack.append(child)
    return list(found.values())


def _bodies(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.AST]:
    """Return what a definition does, without what it derives from and how it is annotated."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(node.body)
    while stack:
        each = stack.pop()
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += each.body
            stack += each.args.defaults
            stack += [value for value in each.args.kw_defaults if value is not None]
        elif isinstance(each, ast.ClassDef):
            stack += each.body
        elif isinstance(each, ast.AnnAssign):
            stack += [] if each.value is None else [each.value]
        else:
            found.append(each)
    return found


def _may_build(node: ast.AST) -> bool:
    """Whether running a function could make a model: it calls something."""
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _absolute(name: str, level: int, importer: object) -> str:
    """Return the absolute dotted name of an import."""
    if not level:
        return name
    package = importer.package if isinstance(importer, LocalModule) else ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - level + 1] if level > 1 else parts
    return ".".join([*base, name] if name else base)


def _stumbled(error: Exception) -> str:
    """Say why a definition was not read although nothing is wrong with it; LINTNET_TRACEBACK=1 shows where."""
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deeply"
    if os.environ.get("LINTNET_TRACEBACK"):
        raise error
    return f"this is a fault of lintnet ({type(error).__name__}: {error})"


def _budget(error: BudgetError) -> str:
    words = {
        "seconds": f"stopped at its budget of {SECONDS:g} s",
        "steps": "stopped after too many steps",
        "depth": "it calls itself too often",
        "memory": "it makes too large containers",
    }
    return words.get(error.which, error.which)


def _finish_keras(machine: Machine, instance: Instance) -> None:
    """Let the Keras table put a model onto the tape that nobody called."""
    from lintnet.loaders.source.frameworks.keras_table import finish_model  # noqa: PLC0415 - only where Keras is used

    finish_model(machine, instance)
