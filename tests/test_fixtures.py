"""The committed fixtures: what the build script makes, whole, small and without a trace of a machine."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from functools import lru_cache
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
    source = {each.name for each in (FIXTURES / "source").iterdir() if each.is_file() and each.suffix != ".toml"}
    assert named == present | source


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


# What each model shows: rule and severity, and how often. Notices are left out: "this is a training graph".
SHOWS: dict[str, dict[tuple[str, str], int]] = {
    "bias-before-batch-norm.onnx": {("bias-before-batch-norm", "advice"): 1},
    "conv-dropout-before-batch-norm.keras": {
        ("dropout-before-batch-norm", "warning"): 2,
        ("elementwise-dropout-on-feature-map", "advice"): 2,
    },
    "conv-dropout-before-batch-norm.onnx": {
        ("dropout-before-batch-norm", "warning"): 2,
        ("elementwise-dropout-on-feature-map", "advice"): 2,
    },
    "conv-dropout-before-batch-norm-folded.onnx": {},
    "dropout-on-logits.keras": {("dropout-on-output", "error"): 1},
    "exported-in-training-mode.onnx": {("exported-in-training-mode", "error"): 1},
    "keras-lambda-and-custom.keras": {},
    "keras-shared-nested.json": {},
    "resnet-clean-folded.onnx": {},
    "resnet-clean.keras": {},
    "resnet-clean.onnx": {},
    "softmax-over-one-unit.keras": {("softmax-over-single-unit", "error"): 1},
    "softmax-over-one-unit.onnx": {("softmax-over-single-unit", "error"): 1},
    "vgg-dropout-in-conv-stack.keras": {("elementwise-dropout-on-feature-map", "advice"): 2},
    "vgg-dropout-in-conv-stack.onnx": {("elementwise-dropout-on-feature-map", "advice"): 2},
    **{name: {} for name in MODELS if name.startswith("light/")},
}
UNDECIDED = {"bias-before-batch-norm-folded.onnx"}
"""Either advice or not applicable, never silent: it depends on metadata that an exporter may leave out."""


@lru_cache(maxsize=1)
def report() -> dict[str, Any]:
    """Return the report over all fixtures, made by the program itself."""
    done = subprocess.run(
        [sys.executable, "-m", "lintnet", "check", *MODELS, "--format", "json"],
        cwd=FIXTURES,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def said_of(name: str) -> dict[tuple[str, str], int]:
    return dict(
        Counter(
            (finding["rule"], finding["severity"])
            for finding in report()["findings"]
            if finding["model"] == name and finding["severity"] != "info"
        )
    )


@pytest.mark.parametrize("name", sorted(SHOWS))
def test_a_model_shows_what_it_was_made_for_and_nothing_else(name: str) -> None:
    assert said_of(name) == SHOWS[name]


def test_every_model_is_judged_or_refused() -> None:
    read = {model["path"] for model in report()["models"]}
    refused = {error["path"] for error in report()["errors"]}
    assert read == {*SHOWS, *UNDECIDED}
    assert refused == {name for name in MODELS if name.startswith("hostile/")}


def test_a_default_export_says_what_cannot_be_judged_in_it() -> None:
    skipped = {(each["model"], each["rule"]) for each in report()["not_applicable"]}
    assert ("conv-dropout-before-batch-norm-folded.onnx", "dropout-before-batch-norm") in skipped
    for name in UNDECIDED:
        assert (name, "bias-before-batch-norm") in skipped or ("bias-before-batch-norm", "advice") in said_of(name)


def test_a_network_has_the_same_findings_in_either_format() -> None:
    """Same names, same kinds along the path, same numbers, hence the same ids."""
    for stem in ("conv-dropout-before-batch-norm", "resnet-clean"):
        found = [
            {
                (finding["id"], finding["rule"], json.dumps(finding["quantities"]))
                for finding in report()["findings"]
                if finding["model"] == f"{stem}{suffix}" and finding["severity"] != "info"
            }
            for suffix in (".onnx", ".keras")
        ]
        assert found[0] == found[1]


def test_a_live_dropout_is_shown_at_its_line_of_source() -> None:
    (finding,) = (each for each in report()["findings"] if each["model"] == "exported-in-training-mode.onnx")
    assert finding["location"]["path"] == "fixtures/nets.py"
    line = (FIXTURES / "nets.py").read_text(encoding="utf-8").splitlines()[finding["location"]["line"] - 1]
    assert "F.dropout" in line


def test_code_inside_a_file_is_named_and_not_understood() -> None:
    (model,) = (each for each in report()["models"] if each["path"] == "keras-lambda-and-custom.keras")
    assert {row["op"] for row in model["not_understood"]} == {"Lambda", "Scale"}
