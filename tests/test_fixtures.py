"""The committed fixtures: what the build script makes, whole, small and without a trace of a machine."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    import onnx

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
MODELS = sorted(
    each.relative_to(FIXTURES).as_posix() for each in FIXTURES.rglob("*") if each.suffix in {".onnx", ".keras", ".json"}
)
EXPORTS = [each for each in MODELS if each.endswith(".onnx") and not each.startswith("hostile/")]

# What a path of a building machine looks like. Node names such as `/conv1/Conv` look almost the same.
MACHINE = re.compile(
    rb"/(?:tmp|root|home|Users|usr|opt|work|var|private|mnt|srv|build)/"
    rb"|(?:site|dist)-packages|[A-Za-z]:\\\\|File \"/|\.venv"
)


def _texts(name: str) -> list[bytes]:
    """Return everything a fixture says: its bytes, the members of an archive, code inside a configuration."""
    data = (FIXTURES / name).read_bytes()
    texts = [data]
    if name.endswith(".keras"):
        with zipfile.ZipFile(FIXTURES / name) as archive:
            texts += [archive.read(member) for member in archive.namelist()]
    for code in re.findall(rb'"code": "([A-Za-z0-9+/=\\n]+)"', b"".join(texts)):
        texts.append(base64.b64decode(code.replace(b"\\n", b"")))
    return texts


@pytest.mark.parametrize("name", [each for each in MODELS if not each.startswith("hostile/")])
def test_no_fixture_tells_where_it_was_built(name: str) -> None:
    for text in _texts(name):
        found = MACHINE.search(text)
        assert found is None, text[max(0, found.start() - 60) : found.end() + 60]
        assert str(ROOT).encode() not in text
        assert sys.prefix.encode() not in text


def test_the_search_for_machine_paths_looks_into_code_of_a_lambda() -> None:
    texts = _texts("keras-lambda-and-custom.keras")
    assert any(b"fixtures/keras_nets.py" in text and b"class_name" not in text for text in texts)


def test_the_readme_names_every_file_and_no_other() -> None:
    text = (FIXTURES / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    present = {name.removeprefix("hostile/") for name in MODELS if not name.startswith("light/")}
    assert named == present


def test_the_fixtures_are_small() -> None:
    assert sum((FIXTURES / name).stat().st_size for name in MODELS) < 3_000_000


def _operators(message: onnx.ModelProto) -> list[object]:
    """Return operators, edges and attributes of an ONNX graph, without names a version of an exporter makes up."""
    order: dict[str, int] = {}
    rows: list[object] = []
    for node in message.graph.node:
        inputs = [order.setdefault(name, len(order)) for name in node.input]
        outputs = [order.setdefault(name, len(order)) for name in node.output]
        rows.append((node.op_type, inputs, outputs, sorted(attribute.name for attribute in node.attribute)))
    return rows


def _layers(config: object) -> list[object]:
    """Return class, name and wiring of every object in a Keras configuration, in order."""
    if isinstance(config, dict):
        entry = cast("dict[str, Any]", config)
        calls = json.dumps(entry.get("inbound_nodes"), sort_keys=True)
        own: list[object] = [(entry["class_name"], entry.get("name"), calls)] if "registered_name" in entry else []
        return own + [row for value in entry.values() for row in _layers(value)]
    return [row for value in cast("list[object]", config) for row in _layers(value)] if isinstance(config, list) else []


def _config(path: Path) -> object:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


@pytest.mark.oracle
def test_building_again_gives_the_committed_models(tmp_path: Path) -> None:
    import onnx

    done = subprocess.run(
        [sys.executable, FIXTURES / "build.py", "--out", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    built = {
        each.relative_to(tmp_path).as_posix()
        for each in tmp_path.rglob("*")
        if each.suffix in {".onnx", ".keras", ".json"}
    }
    assert built == set(MODELS)
    for name in MODELS:
        old, new = FIXTURES / name, tmp_path / name
        if name.startswith(("hostile/", "light/")):
            # zlib may compress otherwise elsewhere; what is not compressed is the same to the byte.
            assert old.read_bytes() == new.read_bytes() or name.endswith(".keras"), name
        elif name.endswith(".onnx"):
            before, after = (_operators(onnx.load(str(path))) for path in (old, new))
            assert before
            assert before == after, name
        else:
            before, after = _layers(_config(old)), _layers(_config(new))
            assert len(before) > 3
            assert before == after, name


@pytest.mark.oracle
@pytest.mark.parametrize("name", EXPORTS)
def test_onnx_fixtures_are_valid(name: str) -> None:
    import onnx

    onnx.checker.check_model(str(FIXTURES / name))


@pytest.mark.oracle
def test_stack_traces_quote_the_lines_they_name() -> None:
    """A change of nets.py without a new build would make lintnet point at wrong lines."""
    import onnx

    lines = (FIXTURES / "nets.py").read_text(encoding="utf-8").splitlines()
    quoted = 0
    for name in EXPORTS:
        for node in onnx.load(str(FIXTURES / name)).graph.node:
            for entry in node.metadata_props:
                if entry.key == "pkg.torch.onnx.stack_trace":
                    for number, text in re.findall(r'File "fixtures/nets\.py", line (\d+).*\n\s*(.*)', entry.value):
                        assert lines[int(number) - 1].strip() == text.strip()
                        quoted += 1
    assert quoted > 30


def test_hostile_archives_are_what_the_readme_says() -> None:
    hostile = FIXTURES / "hostile"
    with zipfile.ZipFile(hostile / "bomb.keras") as archive:
        assert archive.getinfo("config.json").file_size == 96_000_000
    with zipfile.ZipFile(hostile / "lying-bomb.keras") as archive:
        assert archive.getinfo("config.json").file_size == 100
        with pytest.raises(zipfile.BadZipFile):
            archive.read("config.json")
    with zipfile.ZipFile(hostile / "traversal.keras") as archive:
        assert any(name.startswith("../") for name in archive.namelist())
    with zipfile.ZipFile(hostile / "deep.json.keras") as archive, pytest.raises(RecursionError):
        json.loads(archive.read("config.json"))


@pytest.mark.oracle
def test_the_cyclic_model_is_protobuf_that_onnx_loads() -> None:
    import onnx

    graph = onnx.load(str(FIXTURES / "hostile" / "cyclic.onnx")).graph
    assert [(list(node.input), list(node.output)) for node in graph.node] == [
        (["x", "b"], ["a"]),
        (["a", "x"], ["b"]),
    ]
