"""Every architecture of keras.applications and every graph of the onnx wheel: read, equal to the oracle, clean."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.engine import check_graph
from lintnet.ir.finding import Severity
from lintnet.lifting import lift
from lintnet.loaders import load, load_file
from lintnet.rulebook.book import load_rules, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lintnet.ir import Graph
    from lintnet.ir.finding import Finding

pytestmark = [pytest.mark.oracle, pytest.mark.zoo]

HERE = Path(__file__).parent
RULES, _ = select(load_rules())
ALLOWED: dict[str, Any] = tomllib.loads((HERE / "allowed.toml").read_text(encoding="utf-8"))


def _findings(graph: Graph) -> list[Finding]:
    return [each for each in check_graph(lift(graph), RULES).findings if each.severity >= Severity.warning]


def _said(findings: Iterable[Finding]) -> list[str]:
    return [f"{each.model}: {each.rule} at {each.node} ({each.id}): {each.message}" for each in findings]


def _owner(name: str, layers: set[str]) -> str:
    """The Keras layer of a node, which may be one of several that a layer or a nested model became."""
    while name not in layers and "." in name:
        name = name.rpartition(".")[0]
    return name


def _edges(graph: Graph, layers: set[str]) -> set[tuple[str, str]]:
    edges: set[tuple[str, str]] = set()
    for node in graph.nodes:
        if node.kind == "output":
            continue
        consumer = _owner(node.name, layers)
        for edge in node.inputs:
            producer = _owner(graph.nodes[edge.node].name, layers)
            if producer != consumer:
                edges.add((producer, consumer))
    return edges


def test_keras_applications(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(HERE / "dump.py"), str(tmp_path)], check=True, capture_output=True)
    files = sorted(tmp_path.glob("*.json"))
    assert len(files) >= 40
    found: list[Finding] = []
    for file in files:
        dumped = json.loads(file.read_text(encoding="utf-8"))
        (graph,) = load_file(io.BytesIO(dumped["config"].encode()), file.name)
        graph = graph._replace(path=file.stem)
        layers = set(dumped["classes"])
        assert graph.coverage.not_understood == (), file.stem
        assert {_owner(node.name, layers) for node in graph.nodes} >= layers, file.stem
        assert _edges(graph, layers) == {tuple(edge) for edge in dumped["edges"]}, file.stem
        for node in graph.nodes:
            if node.name in layers and node.kind not in {"input", "output"}:
                assert node.op == dumped["classes"][node.name], (file.stem, node.name)
        found += _findings(graph)
    _judge(found, len(files), {file.stem for file in files})


def test_onnx_wheel() -> None:
    import onnx

    files = sorted(Path(onnx.__file__).parent.rglob("*.onnx"))
    assert len(files) > 140
    found: list[Finding] = []
    for file in files:
        (graph,) = load(str(file))
        assert graph.coverage.not_understood == (), file.name
        found += _findings(graph._replace(path=file.stem))
    _judge(found, len(files), {file.stem for file in files})


def _judge(found: list[Finding], models: int, names: set[str]) -> None:
    """Every finding is allowed with its reason, few enough of them, none an error; every entry still fires."""
    unexpected = [each for each in found if each.id not in ALLOWED]
    assert not unexpected, "\n".join(_said(unexpected))
    assert not [each for each in found if each.severity is Severity.error]
    assert len({each.model for each in found}) <= 0.01 * models
    fired = {each.id for each in found}
    stale = [key for key, entry in ALLOWED.items() if entry["model"] in names and key not in fired]
    assert not stale, f"allowed findings that no longer fire: {stale}"
