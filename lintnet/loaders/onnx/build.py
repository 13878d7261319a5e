"""From records to a graph of layers: order, constants, functions and bodies of control flow.

Knows what a name stands for and what becomes a node; what an operator means is in `ops.py` and `meaning.py`. An
initializer, a Constant, and everything computed from them or from shapes only is a constant, not a node: it is
counted as outside the data path. Functions are expanded where they are called, bodies of If, Loop, Scan and
SequenceMap are laid flat, and the operator itself stays as a barrier.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import GROUPS, UNKNOWN, Builder, Edge, Parameter, Tensor, Unknown
from lintnet.loaders.onnx import fold, phase, shapes
from lintnet.loaders.onnx.call import Call
from lintnet.loaders.onnx.meaning import Meaning, meaning_of
from lintnet.loaders.onnx.names import Place, Places, is_fused, original_parameters, source_location
from lintnet.loaders.onnx.ops import CONSTANT_OPS, MEASURES, SOURCES, find
from lintnet.loaders.onnx.values import MOST_AXES, Activation, Constant, from_sparse, from_tensor, sizes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lintnet.ir import Graph, Location, Size
    from lintnet.ir import Value as AttributeValue
    from lintnet.loaders.limits import Limits
    from lintnet.loaders.onnx.records import (
        AttributeRecord,
        FunctionRecord,
        GraphRecord,
        ModelRecord,
        NodeRecord,
        TensorRecord,
        ValueRecord,
    )
    from lintnet.loaders.onnx.values import Value
    from lintnet.loaders.options import LoadOptions

__all__ = ["WiringError", "build"]


class WiringError(ValueError):
    """Nodes that cannot be put in order: a cycle, a missing or doubled name, endless recursion."""


_NOTHING: Final = Tensor()
_NORMS: Final = GROUPS["norm"]
_RECURRENT: Final = GROUPS["recurrent"]
_DOMAINLESS: Final = frozenset({"", "ai.onnx"})
_BODIES: Final = frozenset({"Loop", "Scan", "SequenceMap"})
_SIGNATURE: Final = "pkg.torch.export.ExportedProgram.graph_signature"


def build(model: ModelRecord, path: str, options: LoadOptions, limits: Limits) -> Graph:
    """Return the layer graph of a model.

    Raises:
        WiringError: a cycle, a missing or doubled name, recursive functions, or more nodes than the limits allow.
        ValueError, TypeError, KeyError, IndexError, struct.error: other contradictions in the records.
    """
    return _Build(model, limits).run(path, options)


class _Function(NamedTuple):
    domain: str
    name: str
    overload: str


@dataclass(slots=True)
class _Frame:
    """The names of one graph or function body.

    `used` are the names that something reads, `outer` the enclosing graph whose names a body sees, `attributes` those
    of the function call that is being expanded, `calls` the functions on the way to it.
    """

    opsets: Mapping[str, int]
    places: Places
    declared: Mapping[str, ValueRecord]
    used: frozenset[str]
    scope: str = ""
    outer: _Frame | None = None
    attributes: Mapping[str, AttributeRecord] = field(default_factory=dict[str, "AttributeRecord"])
    calls: tuple[_Function, ...] = ()
    values: dict[str, Value] = field(default_factory=dict[str, "Value"])
    tensors: dict[str, TensorRecord] = field(default_factory=dict[str, "TensorRecord"])

    def knows(self, name: str) -> bool:
        """Say whether the name stands for something here or in a graph around."""
        frame: _Frame | None = self
        while frame is not None:
            if name in frame.values or name in frame.tensors:
                return True
            frame = frame.outer
        return False

    def value(self, name: str) -> Value:
        frame: _Frame | None = self
        while frame is not None:
            if name in frame.values:
                return frame.values[name]
            record = frame.tensors.get(name)
            if record is not None:
                # Numbers of an initializer are unpacked when somebody asks for it.
                constant = frame.values[name] = from_tensor(record)
                return constant
            frame = frame.outer
        message = f"nothing makes {name!r}"
        raise WiringError(message)

    def sizes(self, name: str) -> tuple[Size, ...] | Unknown:
        record = self.declared.get(name)
        return UNKNOWN if record is None else sizes_of(record.type)


class _Build:
    def __init__(self, model: ModelRecord, limits: Limits) -> None:
        self._model = model
        self._limits = limits
        self._builder = Builder()
        self._functions: dict[_Function, FunctionRecord] = {}
        for function in model.functions:
            self._functions[_Function(_domain(function.domain), function.name, function.overload)] = function
        self._free: dict[int, frozenset[str]] = {}
        self._ordinals: defaultdict[str, int] = defaultdict(int)
        self._evidence = phase.Evidence()
        self._expanded = 0
        self._named = 0
        # Which module a weight was first met in, and the parameters the exported program had.
        self._owners: dict[str, Place] = {}
        self._original: frozenset[str] = frozenset()
        self._outside = 0
        self._notes: dict[str, None] = {}

    def run(self, path: str, options: LoadOptions) -> Graph:
        model, graph = self._model, self._model.graph
        frame = self._frame(graph, model.opsets)
        signature = graph.metadata.get(_SIGNATURE, "") or model.metadata.get(_SIGNATURE, "")
        self._evidence.buffers = signature.count("running_mean: BUFFER")
        self._original = original_parameters(signature)
        for record in graph.inputs:
            if not frame.knows(record.name):
                self._input(frame, record)
        self._nodes(frame, graph.nodes)
        ends = [self._output(frame, record) for record in graph.outputs]
        if options.loss:
            attributes: dict[str, AttributeValue] = {
                "family": options.loss,
                "from_logits": UNKNOWN,
                "reduction": UNKNOWN,
            }
            for end in ends:
                self._builder.add("loss", options.loss, inputs=(Edge(end),), attributes=attributes)
        provenance = phase.decide(self._builder.nodes, self._evidence, options.phase)
        self._builder.nodes = phase.settle(self._builder.nodes, provenance)
        if model.training:
            self._notes["the training graphs in this file (training_info) are not read"] = None
        return self._builder.finish(
            path=path,
            format="onnx",
            provenance=provenance,
            outside=self._outside,
            notes=self._notes,
            metadata=_about(model),
        )

    # Frames

    def _frame(
        self, graph: GraphRecord, opsets: Mapping[str, int], scope: str = "", outer: _Frame | None = None
    ) -> _Frame:
        reads = self._reads(graph.nodes)
        reads.update(record.name for record in graph.outputs)
        frame = _Frame(
            opsets,
            Places(graph.nodes, scope),
            {record.name: record for record in (*graph.values, *graph.outputs, *graph.inputs)},
            frozenset(reads),
            scope,
            outer,
            {} if outer is None else outer.attributes,
            () if outer is None else outer.calls,
        )
        for tensor in graph.initializers:
            if tensor.name in frame.tensors:
                raise WiringError(_doubled(tensor.name))
            frame.tensors[tensor.name] = tensor
        for sparse in graph.sparse:
            frame.values[sparse.values.name] = from_sparse(sparse)
        return frame

    def _input(self, frame: _Frame, record: ValueRecord) -> None:
        if record.name in frame.values:
            raise WiringError(_doubled(record.name))
        sizes = sizes_of(record.type)
        floating = record.type is not None and record.type.elem_type in {1, 10, 11, 16}
        # The second of two axes of numbers is that of the features.
        tensor = Tensor(sizes, 1 if floating and isinstance(sizes, tuple) and len(sizes) == 2 else UNKNOWN)
        index = self._builder.add("input", record.name, scope=record.name, outputs=(tensor,))
        frame.values[record.name] = Activation(Edge(index), tensor)

    def _output(self, frame: _Frame, record: ValueRecord) -> int:
        if not frame.knows(record.name):
            message = f"the output {record.name!r} is made by nothing"
            raise WiringError(message)
        value = frame.value(record.name)
        tensor = Tensor(sizes_of(record.type))
        if isinstance(value, Activation):
            tensor = shapes.combine(tensor.sizes, value.tensor)
        edges = (value.edge,) if isinstance(value, Activation) else ()
        return self._builder.add("output", record.name, scope=record.name, inputs=edges, outputs=(tensor,))

    # Nodes

    def _nodes(self, frame: _Frame, nodes: Sequence[NodeRecord]) -> None:
        for node in self._ordered(nodes, frame):
            self._node(frame, node)

    def _node(self, frame: _Frame, node: NodeRecord) -> None:
        domain = _domain(node.domain)
        attributes = node.attributes if node.plain else self._resolved(node.attributes, frame)
        values = frame.values
        inputs = tuple(
            [values[name] if name in values else frame.value(name) if name else None for name in node.inputs]
        )
        if self._functions:
            key = _Function(domain, node.op_type, node.overload)
            if key in self._functions:
                self._expand(frame, node, key, inputs=inputs, attributes=attributes)
                return
        self._witness(node)
        opset = frame.opsets.get(domain, frame.opsets.get("ai.onnx", 1) if not domain else 1)
        call = Call(node, opset, inputs, attributes, frame.used)
        if not domain:
            if node.op_type == "Constant":
                self._bind_constants(frame, node, fold.literal(call))
                return
            if node.op_type == "If":
                self._if(frame, call)
                return
            if node.op_type in _BODIES:
                self._loop(frame, call)
                return
            if node.op_type in MEASURES:
                self._leave(frame, node, fold.measured(call))
                return
        operator = find(domain, node.op_type)
        captured = () if node.plain else self._captured(frame, attributes)
        live = bool(captured) or Activation in map(type, inputs)
        if domain == "" and node.op_type in CONSTANT_OPS and not isinstance(call.input(0), Activation):
            live = False
        source = node.op_type in SOURCES if operator and not domain else operator is None and not node.inputs
        if not live and not source:
            self._leave(frame, node, fold.constant(call, frame.sizes(node.outputs[0]) if node.outputs else UNKNOWN))
            return
        if operator is None:
            name = f"{node.domain}::{node.op_type}" if domain else node.op_type
            meaning, data = Meaning("unknown", {"reason": _why_unknown(domain, name)}), None
        else:
            meaning, data = meaning_of(operator, call), operator.data
        self._add(frame, call, meaning, data, captured)

    def _captured(self, frame: _Frame, attributes: Mapping[str, AttributeRecord]) -> tuple[Edge, ...]:
        """Return the activations that graphs among the attributes see; those graphs stay closed."""
        edges: dict[Edge, None] = {}
        for attribute in attributes.values():
            for graph in (attribute.g, *attribute.graphs):
                for name in () if graph is None else sorted(self._free_names(graph)):
                    value = frame.value(name)
                    if isinstance(value, Activation):
                        edges[value.edge] = None
        return tuple(edges)

    def _add(
        self,
        frame: _Frame,
        call: Call,
        meaning: Meaning,
        data: frozenset[int] | None,
        captured: tuple[Edge, ...] = (),
    ) -> None:
        node, inputs = call.node, call.inputs
        edges: list[Edge] = []
        others: list[Edge] = []
        parameters: list[Parameter] = []
        origin, first_input = "", _NOTHING
        for index, value in enumerate(inputs):
            if isinstance(value, Activation):
                if not edges and not others:
                    first_input = value.tensor
                (edges if data is None or index in data else others).append(value.edge)
            elif value is not None:
                role = meaning.roles[index] if index < len(meaning.roles) else ""
                if role in {"", "-"}:
                    if data is not None and index not in data:
                        continue
                    role = "constant"
                if role == "weight" and not origin:
                    origin = value.origin or value.name
                parameters.append(Parameter(role, value.name, value.sizes, value.dtype, index, value.values))
        edges += captured
        edges = edges or others
        place = frame.places.place(node, origin)
        kind, attributes = meaning.kind, dict(meaning.attributes)
        if kind in _NORMS and "weight" not in [p.role for p in parameters]:
            scale = next((p for p in parameters if p.role == "scale"), None)
            if place.auto and scale is not None and not place.scope:
                place = frame.places.place(node, scale.name)
            # Exporters store equal tensors once, so that one weight name alone does not make two norms the same.
            layer = f"@{place.scope}" if not place.auto else "|".join(p.name for p in parameters)
            self._spend(len(layer))
        else:
            layer = self._identity(origin, place)
            if "bias" in attributes and origin in self._original and node.op_type != "MatMul":
                # Whether a bias input remains depends on its numbers; the original program has it or has not.
                attributes["bias"] = f"{origin.removesuffix('weight')}bias" in self._original
        if place.module_class:
            attributes["module_class"] = place.module_class
        declared = [frame.sizes(name) if name else UNKNOWN for name in node.outputs]
        first = shapes.infer(kind, attributes, call, declared[0] if declared else UNKNOWN, first_input)
        if kind in {"reshape", "flatten"}:
            kept = shapes.keeps_channel(first_input, first)
            if not isinstance(kept, Unknown):
                attributes["keeps_channel"] = kept
        outputs: tuple[Tensor, ...] = (first,)
        if len(declared) > 1:
            alike = shapes.infer(kind, attributes, call, UNKNOWN, first_input) if kind == "split" else _NOTHING
            if kind in _RECURRENT:
                # The last states: directions, batch, features.
                alike = Tensor(UNKNOWN, 2)
            outputs = (first, *(shapes.combine(sizes, alike) for sizes in declared[1:]))
        location = source_location(node)
        op = f"{node.domain}::{node.op_type}" if node.domain not in _DOMAINLESS else node.op_type
        if meaning.before:
            own: Mapping[str, AttributeValue] = (
                {"function": "add", "constant": UNKNOWN} if meaning.before == "affine" else {}
            )
            edges = [self._part(meaning.before, edges, first, own, (place, op, location))]
        index = self._builder.add(
            kind,
            place.name,
            op=op,
            scope=place.scope,
            auto=place.auto,
            layer=layer,
            inputs=edges,
            outputs=outputs,
            attributes=attributes,
            parameters=tuple(parameters),
            location=location,
        )
        if meaning.after is not None:
            index = self._part(meaning.after[0], (Edge(index),), first, meaning.after[1], (place, op, location)).node
        for position, (name, tensor) in enumerate(zip(node.outputs, outputs, strict=False)):
            if name:
                frame.values[name] = Activation(Edge(index, position), tensor)

    def _part(
        self,
        kind: str,
        edges: Sequence[Edge],
        tensor: Tensor,
        attributes: Mapping[str, AttributeValue],
        whole: tuple[Place, str, Location | None],
    ) -> Edge:
        """Add a part of a fused operator: it shares the place of the `whole`, under an address of its own."""
        place, op, location = whole
        index = self._builder.add(
            kind,
            f"{place.name}.{kind}",
            op=op,
            scope=place.scope,
            auto=True,
            inputs=edges,
            outputs=(tensor,),
            attributes=attributes,
            location=location,
        )
        return Edge(index)

    def _spend(self, size: int) -> None:
        """Count characters of names that are put together here.

        Raises:
            WiringError: more than may be held in memory; a file of a megabyte can ask for any number.
        """
        self._named += size
        if self._named > self._limits.kept:
            message = f"more than {self._limits.kept} characters of names come out of functions and shared weights"
            raise WiringError(message)

    def _identity(self, origin: str, place: Place) -> str:
        """Name the layer by its weight; equal weights of different modules are stored once, but two layers."""
        if not origin:
            return ""
        first = self._owners.setdefault(origin, place)
        if first.module == place.module:
            return origin
        self._spend(len(origin))
        return f"{origin}@{place.module}"

    def _leave(self, frame: _Frame, node: NodeRecord, constant: Constant) -> None:
        """Leave a node outside the graph: what it makes does not depend on the data."""
        self._outside += 1
        if isinstance(constant.sizes, tuple) and len(constant.sizes) > MOST_AXES:
            constant = constant._replace(sizes=UNKNOWN)
        self._bind_constants(frame, node, constant)

    @staticmethod
    def _bind_constants(frame: _Frame, node: NodeRecord, constant: Constant) -> None:
        for position, name in enumerate(node.outputs):
            if name:
                frame.values[name] = (
                    fold.renamed(constant, name)
                    if position == 0
                    else Constant(name, origin=constant.origin, measured=constant.measured)
                )

    def _witness(self, node: NodeRecord) -> None:
        if is_fused(node):
            self._evidence.fused += 1
        elif "batchnorm/" in node.name:
            self._evidence.named += 1

    # Functions and bodies

    def _resolved(self, attributes: Mapping[str, AttributeRecord], frame: _Frame) -> Mapping[str, AttributeRecord]:
        """Replace references to the attributes of the function call; one that the call does not give is absent."""
        resolved: dict[str, AttributeRecord] = {}
        for name, attribute in attributes.items():
            actual = frame.attributes.get(attribute.ref) if attribute.ref else attribute
            if actual is not None:
                resolved[name] = actual
        return resolved

    def _expand(
        self,
        frame: _Frame,
        node: NodeRecord,
        key: _Function,
        *,
        inputs: tuple[Value, ...],
        attributes: Mapping[str, AttributeRecord],
    ) -> None:
        function = self._functions[key]
        if key in frame.calls:
            message = f"the function {key.domain}::{key.name} calls itself"
            raise WiringError(message)
        self._expanded += len(function.nodes)
        if self._expanded > self._limits.inlined:
            message = f"more than {self._limits.inlined} nodes come out of functions"
            raise WiringError(message)
        if len(frame.calls) >= self._limits.depth:
            message = f"functions are nested more than {self._limits.depth} deep"
            raise WiringError(message)
        scope = self._inner_scope(frame, node, function.name)
        self._spend(len(scope) * len(function.nodes))
        reads = self._reads(function.nodes)
        reads.update(function.outputs)
        body = _Frame(
            function.opsets or frame.opsets,
            Places(function.nodes, scope),
            {record.name: record for record in function.values},
            frozenset(reads),
            scope,
            None,
            {**function.defaults, **attributes},
            (*frame.calls, key),
        )
        for position, name in enumerate(function.inputs):
            body.values[name] = inputs[position] if position < len(inputs) else None
        self._nodes(body, function.nodes)
        for formal, actual in zip(function.outputs, node.outputs, strict=False):
            if actual:
                frame.values[actual] = body.value(formal)
        missing = [name for name in node.outputs[len(function.outputs) :] if name]
        if missing:
            message = f"the function {key.domain}::{key.name} has no output for {missing[0]!r}"
            raise WiringError(message)

    def _inner_scope(self, frame: _Frame, node: NodeRecord, name: str) -> str:
        place = frame.places.place(node, "")
        if not place.auto:
            return place.scope
        base = f"{place.scope}.{name}" if place.scope else name
        ordinal = self._ordinals[base]
        self._ordinals[base] += 1
        return f"{base}#{ordinal}"

    def _body(self, frame: _Frame, graph: GraphRecord, scope: str, inputs: Sequence[Value]) -> list[Value]:
        """Lay the body of a control-flow operator flat; return what its outputs stand for."""
        self._spend(len(scope) * len(graph.nodes))
        body = self._frame(graph, frame.opsets, scope, frame)
        for record, value in zip(graph.inputs, inputs, strict=True):
            if record.name in body.tensors or record.name in body.values:
                raise WiringError(_doubled(record.name))
            body.values[record.name] = value
        self._nodes(body, graph.nodes)
        return [body.value(record.name) for record in graph.outputs]

    def _if(self, frame: _Frame, call: Call) -> None:
        scope = self._inner_scope(frame, call.node, "if")
        results: list[Value] = []
        for name, label in (("then_branch", "then"), ("else_branch", "else")):
            attribute = call.attributes.get(name)
            if attribute is None or attribute.g is None:
                message = f"If {call.node.name!r} has no {name}"
                raise WiringError(message)
            results += self._body(frame, attribute.g, f"{scope}.{label}", ())
        self._barrier(frame, call, "choice", scope=scope, results=results)

    def _loop(self, frame: _Frame, call: Call) -> None:
        scope = self._inner_scope(frame, call.node, call.node.op_type.lower())
        attribute = call.attributes.get("body")
        if attribute is None or attribute.g is None:
            message = f"{call.node.op_type} {call.node.name!r} has no body"
            raise WiringError(message)
        graph = attribute.g
        live = any(isinstance(value, Activation) for value in call.inputs) or any(
            isinstance(frame.value(name), Activation) for name in self._free_names(graph)
        )
        # Iteration number and condition of a Loop are no data. A Scan of version 8 has the lengths in front.
        skipped = 2 if call.node.op_type == "Loop" else 0
        given = list(call.inputs) if skipped else list(call.inputs)[-len(graph.inputs) :] if graph.inputs else []
        inner: list[Value] = []
        for position, record in enumerate(graph.inputs):
            if position < skipped or not live:
                inner.append(Constant(record.name, measured=True))
                continue
            start = given[position] if position < len(given) else None
            edges = (start.edge,) if isinstance(start, Activation) else ()
            tensor = Tensor(sizes_of(record.type))
            address = f"{scope}.{record.name}"
            index = self._builder.add(
                "body_input", record.name, scope=address, inputs=edges, outputs=(tensor,), op=call.node.op_type
            )
            inner.append(Activation(Edge(index), tensor))
        results = self._body(frame, graph, scope, inner)
        self._barrier(frame, call, "loop", scope=scope, results=results if live else ())

    def _barrier(self, frame: _Frame, call: Call, kind: str, *, scope: str, results: Sequence[Value]) -> None:
        edges = [value.edge for value in results if isinstance(value, Activation)]
        outer = [value.edge for value in call.inputs if isinstance(value, Activation)]
        if kind == "loop" or not edges:
            edges += outer
        if not edges:
            self._leave(frame, call.node, Constant(call.node.name, measured=True))
            return
        node = call.node
        outputs = tuple(Tensor(frame.sizes(name) if name else UNKNOWN) for name in node.outputs)
        place = frame.places.place(node, "")
        index = self._builder.add(
            kind, place.name, op=node.op_type, scope=scope, inputs=edges, outputs=outputs,
            location=source_location(node),
        )  # fmt: skip
        for position, name in enumerate(node.outputs):
            if name:
                frame.values[name] = Activation(Edge(index, position), outputs[position])

    # Order

    def _reads(self, nodes: Iterable[NodeRecord]) -> set[str]:
        names: set[str] = set()
        for node in nodes:
            names.update(self._node_reads(node))
        names.discard("")
        return names

    def _node_reads(self, node: NodeRecord) -> Sequence[str]:
        """Return the names a node reads, those inside its graphs included; an input that is left out is empty."""
        if node.plain:
            return node.inputs
        names = [*node.inputs]
        for attribute in node.attributes.values():
            if attribute.g is not None:
                names += self._free_names(attribute.g)
            for graph in attribute.graphs:
                names += self._free_names(graph)
        return names

    def _free_names(self, graph: GraphRecord) -> frozenset[str]:
        """Return the names a body takes from outside."""
        found = self._free.get(id(graph))
        if found is None:
            names = self._reads(graph.nodes)
            names.update(record.name for record in graph.outputs)
            for node in graph.nodes:
                names.difference_update(node.outputs)
            names.difference_update(record.name for record in graph.inputs)
            names.difference_update(tensor.name for tensor in graph.initializers)
            names.difference_update(sparse.values.name for sparse in graph.sparse)
            found = self._free[id(graph)] = frozenset(names)
        return found

    def _ordered(self, nodes: Sequence[NodeRecord], frame: _Frame) -> Sequence[NodeRecord]:
        """Return the nodes so that each comes after what it reads.

        Raises:
            WiringError: a name made twice, a name made by nothing, or a cycle.
        """
        makers: dict[str, int] = {}
        for index, node in enumerate(nodes):
            for name in node.outputs:
                if name:
                    if name in makers or name in frame.values or name in frame.tensors:
                        raise WiringError(_doubled(name))
                    makers[name] = index
        reads = [self._node_reads(node) for node in nodes]
        if _check_known(nodes, reads, makers, frame.knows):
            return nodes
        waiting = [0] * len(nodes)
        readers: defaultdict[int, list[int]] = defaultdict(list)
        for index, names in enumerate(reads):
            for maker in {makers[name] for name in names if name in makers}:
                waiting[index] += 1
                readers[maker].append(index)
        ready = [index for index, count in enumerate(waiting) if not count]
        order: list[int] = []
        for index in ready:
            order.append(index)
            for reader in readers[index]:
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
        if len(order) < len(nodes):
            stuck = next(node for index, node in enumerate(nodes) if waiting[index])
            message = f"the graph has a cycle, through or in front of {_called(stuck)}"
            raise WiringError(message)
        return [nodes[index] for index in order]


def _check_known(
    nodes: Sequence[NodeRecord],
    reads: Sequence[Iterable[str]],
    makers: Mapping[str, int],
    known: Callable[[str], bool],
) -> bool:
    """Say whether the nodes already stand in order.

    Raises:
        WiringError: a name that nothing makes.
    """
    ordered = True
    for index, names in enumerate(reads):
        for name in names:
            maker = makers.get(name)
            if maker is not None:
                ordered = ordered and maker < index
            elif name and not known(name):
                message = f"{_called(nodes[index])} reads {name!r}, which nothing makes"
                raise WiringError(message)
    return ordered


def _called(node: NodeRecord) -> str:
    return f"{node.op_type} {node.name or next(filter(None, node.outputs), '')!r}"


def _doubled(name: str) -> str:
    return f"{name!r} is made twice"


def _domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain


def _why_unknown(domain: str, name: str) -> str:
    return f"the operator {name} is not of a known domain" if domain else f"{name} is no ONNX operator known here"


def _about(model: ModelRecord) -> Mapping[str, str]:
    opsets = " ".join(f"{domain or 'ai.onnx'}:{version}" for domain, version in sorted(model.opsets.items()))
    producer = f"{model.producer} {model.producer_version}".strip()
    return MappingProxyType({"producer": producer, "opsets": opsets, "ir_version": str(model.ir_version)})
