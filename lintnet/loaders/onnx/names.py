"""Where a node lives: module paths, names that a person gave, and source lines, from what exporters leave behind.

Knows the habits of the torch and TensorFlow exporters, nothing of operators. No path is opened.

Sources: metadata keys of torch.onnx (torch 2.13) and node names of its older exporter and of tf2onnx, by execution.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import Location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lintnet.loaders.onnx.records import NodeRecord

__all__ = ["Place", "Places", "is_fused", "original_parameters", "parse_texts", "source_location"]

_SCOPES: Final = "pkg.torch.onnx.name_scopes"
_CLASSES: Final = "pkg.torch.onnx.class_hierarchy"
_RULE: Final = "pkg.onnxscript.rewriter.rule_name"
_FOLDED: Final = re.compile(r"onnx::Conv(Transpose)?_\d+")
_TRACE: Final = "pkg.torch.onnx.stack_trace"

# Modules of torch.nn that hold other layers, or are several layers at once: a node in one is not the module itself.
_COMPOSITE: Final = re.compile(
    r"torch\.nn\.modules\.(container|transformer|module)\.|.*\.(MultiheadAttention|LSTM|GRU|RNN)$"
)
_QUOTED: Final = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_FRAME: Final = re.compile(
    r'^[ \t]*+File "([^"\n]+)", line (\d{1,9}), in [^\n]*(?:\n(?!\s*File ")\s*([^\n]*))?', re.MULTILINE
)
_MADE_UP: Final = re.compile(r"node_.*|n?\d+|_.*|[A-Z][A-Za-z0-9]*(_\d+)?|[a-z0-9_]*?_\d+", re.DOTALL)
_WEIGHT: Final = re.compile(r"(?:.*/)?([A-Za-z_][\w.]*)\.(?:weight|weight_g|weight_v|kernel)")
_PARAMETER: Final = re.compile(r": PARAMETER target='([^'\n]+)'")
# What a converter puts around or at the end of the names of a TensorFlow graph.
_WRAPPERS: Final = frozenset({"StatefulPartitionedCall", "PartitionedCall"})
_NO_KINDS: Final = frozenset[str]()


class Place(NamedTuple):
    """The display name of a node, its scope, and whether the name was made up.

    Where an exporter recorded them: the class of the module around the node, and the path of that module.
    """

    name: str
    scope: str
    auto: bool
    module_class: str = ""
    module: str = ""


class Places:
    """Places the nodes of one graph; a path shared by operators of several kinds is a module, not a layer."""

    def __init__(self, nodes: Iterable[NodeRecord], prefix: str = "") -> None:
        """Look at all the names of a graph once. `prefix` is the scope of the call that the graph is the body of."""
        self._prefix = prefix
        self._direct: defaultdict[str, set[str]] = defaultdict(set)
        self._paths: dict[str, str] = {}
        for node in nodes:
            if "/" in node.name and node.op_type != "Constant":
                scope = self._paths[node.name] = _path(node.name)
                self._direct[scope].add(node.op_type)
        # In this order what lies below a path follows it. Sets of all parents would outgrow long, deep names.
        order = sorted(f"{scope}." for scope in self._direct)
        self._parents = {path[:-1] for path, following in pairwise(order) if following.startswith(path)}

    def place(self, node: NodeRecord, weight: str) -> Place:
        """Place one node; `weight` is the name of its weight initializer, or empty.

        The path that the exporter wrote counts first, since weights with equal numbers are stored once, under the
        name of one of them. In a folded file the node carries the batch norm's path, and the weight says its own.
        """
        metadata = node.metadata
        scopes = parse_texts(metadata[_SCOPES]) if _SCOPES in metadata else ()
        match = _WEIGHT.fullmatch(weight) if weight else None
        owner = match[1] if match else ""
        name = node.name or next(filter(None, node.outputs), "") or node.op_type
        if owner and is_fused(node):
            return self._placed(owner, owner, "", auto=False)
        if scopes:
            classes = parse_texts(node.metadata.get(_CLASSES, ""))
            module_class = classes[-2] if len(classes) > 1 else ""
            scope = scopes[-2] if len(scopes) > 1 else ""
            if scope and module_class.startswith("torch.nn.") and not _COMPOSITE.match(module_class):
                return self._placed(scope, scope, module_class, auto=False)
        elif "/" in node.name:
            module_class = ""
            scope = self._paths[node.name] if node.name in self._paths else _path(node.name)
            direct = self._direct.get(scope, _NO_KINDS)
            if scope and scope not in self._parents and (len(direct) == 1 or direct <= {"MatMul", "Add"}):
                return self._placed(scope, scope, "", auto=False)
        else:
            if owner:
                return self._placed(owner, owner, "", auto=False)
            if not node.name or _MADE_UP.fullmatch(node.name):
                return self._placed(name, "", "", auto=True)
            return self._placed(name, node.name.replace(":", "."), "", auto=False)
        if owner and (not scope or owner.startswith(f"{scope}.")):
            return self._placed(owner, owner, module_class, auto=False)
        return self._placed(name, scope, module_class, auto=True)

    def _placed(self, name: str, scope: str, module_class: str, *, auto: bool) -> Place:
        if self._prefix:
            scope = f"{self._prefix}.{scope}" if scope else self._prefix
            name = f"{self._prefix}.{name}" if not auto else name
        return Place(name, scope, auto, module_class, scope if module_class else "")


def is_fused(node: NodeRecord) -> bool:
    """Say whether an exporter folded a batch norm into the node.

    torch's rewriter writes its rule down; its legacy exporter makes a new weight and a new bias, named after the
    operator and numbered, where every other parameter keeps the name it has in the model.
    """
    if "FuseBatchNorm" in node.metadata.get(_RULE, ""):
        return True
    parameters = node.inputs[1:3]
    return len(parameters) == 2 and all(_FOLDED.fullmatch(name) for name in parameters)


def _path(name: str) -> str:
    """Turn `/features/features.3/Dropout` or `StatefulPartitionedCall/model/conv1/Conv2D` into a dotted path."""
    path: list[str] = []
    for part in name.split("/")[:-1]:
        if not part or part in _WRAPPERS:
            continue
        if path and "." in part and part.startswith(f"{path[-1]}."):
            path[-1] = part
        else:
            path.append(part)
    return ".".join(path)


def parse_texts(text: str) -> tuple[str, ...]:
    """Return the quoted texts of a written list, `['', 'features', 'features.3']`, without evaluating it."""
    return tuple(single or double for single, double in _QUOTED.findall(text))


def original_parameters(signature: str) -> frozenset[str]:
    """Return the parameters of the program that was exported, by the signature it leaves in the file."""
    return frozenset(_PARAMETER.findall(signature))


def source_location(node: NodeRecord) -> Location | None:
    """Return the innermost frame of the user's own code, relative to the working directory where inside it."""
    if _TRACE not in node.metadata:
        return None
    trace = node.metadata[_TRACE]
    for path, line, text in reversed(_FRAME.findall(trace)):
        place = path.replace("\\", "/")
        if "/site-packages/" in place or "/dist-packages/" in place or "/torch/" in place or place.startswith("<"):
            continue
        here = Path.cwd().as_posix().rstrip("/") + "/"
        return Location(place.removeprefix(here), int(line), text=text.strip())
    return None
