"""The house in order: layers, the wheel, the import list, the published schema, the documents."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from lintnet.engine import check_graph
from lintnet.facts.registry import FACTS
from lintnet.paths.notation import parse_graph, split_examples
from lintnet.rulebook.book import bundled_references, load_rules
from lintnet.rulebook.reader import read_rule
from tests.test_mutation import survivors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
FAULTY = FIXTURES / "conv-dropout-before-batch-norm.onnx"
SCHEMA = ROOT / "docs" / "json-schema" / "report-1.json"


def run(
    *command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without colour, and return what it said."""
    base = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "FORCE_COLOR"}}
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={**base, "NO_COLOR": "1", **(environment or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def lintnet(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "lintnet", *arguments, cwd=cwd)


# Layers


def test_the_layers_point_one_way() -> None:
    done = run(Path(sys.executable).with_name("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


def test_every_package_has_its_layer() -> None:
    """The contract is exhaustive only over what it can see: a folder without __init__ would escape it."""
    folders = {each.parent for each in (ROOT / "lintnet").rglob("*.py")}
    assert [each for each in folders if not (each / "__init__.py").is_file()] == []


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release does; the folder it is built in is not the checkout's."""
    out = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.glob("lintnet-*.whl")
    return made


def test_the_wheel_holds_the_rules_and_nothing_else_beside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    rules = {f"lintnet/rules/{each.relative_to(ROOT / 'rules').as_posix()}" for each in ROOT.glob("rules/**/*.*")}
    assert len(rules) > 5
    assert rules <= names
    assert "lintnet/py.typed" in names
    assert "lintnet/rulebook/table.py" in names  # the rules, compiled
    outside = {name for name in names if not name.startswith("lintnet/") and ".dist-info/" not in name}
    assert outside == set()


def needed(name: str) -> set[str]:
    """Return the distributions a distribution needs to run, itself left out, as far as they are installed."""
    found: set[str] = set()
    wanted = [name]
    while wanted:
        for line in metadata.distribution(wanted.pop()).requires or ():
            words = re.match(r"[\w.-]+", line)
            if words is None or "extra ==" in line or words[0] in found:
                continue
            try:
                metadata.distribution(words[0])
            except metadata.PackageNotFoundError:  # of another platform or Python
                continue
            found.add(words[0])
            wanted.append(words[0])
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel into an environment of its own, where neither the checkout nor a framework is in reach.

    What lintnet depends on is copied from the running environment, so that no index is asked.
    """
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    place = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    for name in needed("lintnet"):
        for file in metadata.distribution(name).files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                target = place / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.locate().read_bytes())
    return python


def test_the_wheel_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(FAULTY.read_bytes())
    command = (installed, "-I", "-m", "lintnet")
    where = run(installed, "-I", "-c", "import lintnet; print(lintnet.__file__)", cwd=tmp_path).stdout
    assert str(ROOT) not in where

    done = run(*command, "check", "model.onnx", "--format", "json", cwd=tmp_path)
    assert done.stderr == ""  # a traceback would end with 1 as well
    assert done.returncode == 1
    found = {finding["rule"] for finding in json.loads(done.stdout)["findings"]}
    assert "dropout-before-batch-norm" in found

    page = run(*command, "explain", "DRP101", cwd=tmp_path)
    assert page.returncode == 0
    assert "Why it hurts" in page.stdout


# Starting


# What a check of a file may never import: frameworks, what costs more than the check, and what could run a payload.
HEAVY = {"numpy", "onnx", "torch", "tensorflow", "keras", "h5py", "google", "pydantic", "pickle"}


def imported(*arguments: str | Path) -> set[str]:
    """Return the top-level names of all modules a command imports."""
    done = run(sys.executable, "-X", "importtime", "-m", "lintnet", *arguments)
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    names = re.findall(r"^import time:[^|]*\|[^|]*\|\s*([\w.]+)\s*$", done.stderr, re.MULTILINE)
    assert len(names) > 20
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("name", ["conv-dropout-before-batch-norm.onnx", "conv-dropout-before-batch-norm.keras"])
def test_a_check_for_machines_imports_no_framework_and_no_rich(name: str) -> None:
    modules = imported("check", FIXTURES / name, "--format", "json")
    assert "lintnet" in modules
    assert modules & {*HEAVY, "rich"} == set()


@pytest.mark.parametrize("arguments", [("--version",), ("rules",), ("explain", "dropout-before-batch-norm")])
def test_other_commands_import_no_framework(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) & HEAVY == set()


def test_the_import_list_sees_a_framework() -> None:
    """The guard of the two tests above: it must notice what it is there to notice."""
    done = run(sys.executable, "-X", "importtime", "-c", "import numpy")
    assert re.search(r"\|\s*numpy\s*$", done.stderr, re.MULTILINE)


# The published schema


def closed(schema: object) -> object:
    """Return the schema with every described object closed, so that a key it does not describe is an error."""
    if isinstance(schema, list):
        return [closed(each) for each in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in cast("dict[str, object]", schema).items()}
    # A suppressed finding is a finding and a reason; the finding inside must not be closed to it.
    if "properties" in result and "additionalProperties" not in result and "allOf" not in result:
        result["unevaluatedProperties"] = False
    return result


def problems(report: Any) -> list[str]:
    """Return where a report departs from the schema, or has keys that the schema does not describe."""
    import jsonschema

    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    strict = cast("dict[str, Any]", closed(schema))
    strict["properties"]["suppressed"] = {"type": "array"}
    found: list[str] = []
    for each in (schema, strict):
        errors = jsonschema.Draft202012Validator(each).iter_errors(report)
        found += [f"{error.json_path}: {error.message}" for error in errors]
    return found


MODELS = sorted(
    each
    for pattern in ("*.onnx", "*.keras", "*.json", "light/light_resnet50.onnx", "hostile/*")
    for each in FIXTURES.glob(pattern)
)


def test_the_report_over_all_fixtures_is_what_the_schema_says() -> None:
    done = lintnet("check", *MODELS, "--format", "json")
    assert done.returncode == 3, done.stderr  # the hostile ones cannot be read
    report = json.loads(done.stdout)
    assert problems(report) == []
    assert len(report["models"]) + len(report["errors"]) == len(MODELS)
    assert len(report["findings"]) > 3
    assert report["not_applicable"]
    assert any(model["not_understood"] for model in report["models"])
    counted = sum(report["summary"]["findings"].values())
    assert counted == len(report["findings"])


def test_the_schema_rejects_a_report_that_is_not_one() -> None:
    report = json.loads(lintnet("check", FAULTY, "--format", "json").stdout)
    assert problems(report) == []
    report["findings"][0]["severity"] = "fatal"
    assert any("severity" in each for each in problems(report))
    report["findings"][0]["severity"] = "error"
    report["findings"][0]["surprise"] = 1
    assert any("surprise" in each for each in problems(report))
    del report["findings"][0]["surprise"]
    del report["models"][0]["provenance"]
    assert any("provenance" in each for each in problems(report))


# The documents


def walkthrough() -> str:
    """Return the rule file that CONTRIBUTING.md walks through."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"^`````markdown\n(.*?)^`````$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_rule_of_the_walkthrough_works() -> None:
    rule = read_rule(
        walkthrough(), "rules/dropout/dropped-twice.md", bundled_references(), user=False, facts=frozenset(FACTS)
    )
    judged = 0
    for example in rule.examples:
        for text in split_examples(example.text):
            findings = check_graph(parse_graph(text), [rule]).findings
            assert bool(findings) is example.bad, text
            judged += 1
    assert judged == 9
    assert survivors(rule) == []


def test_the_walkthrough_works_as_a_rule_of_a_user(tmp_path: Path) -> None:
    (tmp_path / "lint_rules").mkdir()
    (tmp_path / "lint_rules" / "dropped-twice.md").write_text(walkthrough(), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.lintnet]\nrules = ["lint_rules/"]\n', encoding="utf-8")
    done = lintnet("rules", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "dropped-twice" in done.stdout


def links(text: str) -> Iterator[str]:
    yield from (target for target in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in target)


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "fixtures/README.md"])
def test_documents_name_only_what_exists(name: str) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    for link in links(text):
        assert (path.parent / link).exists(), link
    patterns = re.findall(r"`((?:lintnet|tests|rules|fixtures|docs|benchmarks|\.ci)/[\w./*-]*)`", text)
    missing = [each for each in patterns if not any(ROOT.glob(each.rstrip("/"))) and "dropped-twice" not in each]
    # The same files lie at lintnet/rules in a wheel.
    assert [each for each in missing if each != "lintnet/rules/"] == []


def test_the_changelog_names_every_rule() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    named: Sequence[tuple[str, str]] = re.findall(r"^- ([A-Z]{3}\d{3}) `([a-z-]+)`", text, re.MULTILINE)
    assert {(rule.code, rule.name) for rule in load_rules().rules} <= set(named)
    counted = re.search(r"judges them by\s+([\w-]+)\s+rules", text)
    assert counted is not None


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.split()) > 1500
