"""The command line as a user meets it: real processes, real files, documented exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
FAULTY = FIXTURES / "conv-dropout-before-batch-norm.onnx"
CLEAN = FIXTURES / "resnet-clean.onnx"


def run(*arguments: str | Path, cwd: Path = ROOT, stdin: bytes | None = None, **environment: str) -> Any:
    """Run `python -m lintnet` and return the completed process, its output decoded."""
    result = subprocess.run(
        [sys.executable, "-m", "lintnet", *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )
    return subprocess.CompletedProcess(
        result.args, result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8")
    )


def as_json(*arguments: str | Path, **options: Any) -> Any:
    return json.loads(run("check", "--format", "json", *arguments, **options).stdout)


def test_a_finding_prints_rule_rate_path_ratio_and_both_sides_of_the_evidence() -> None:
    result = run("check", "fixtures/conv-dropout-before-batch-norm.onnx")
    assert result.returncode == 1
    text = " ".join(result.stdout.split())
    for part in (
        "warning[dropout-before-batch-norm]",
        "dropout (rate 0.5)",
        "drop1 Dropout(rate=0.5)",
        "→ norm1 BatchNorm(16)",
        "→ conv3 Conv2d 32→32, 3×3",
        "variance ratio: 0.405",
        "Li et al., CVPR 2019",
        "Kim et al., UAI",
        "but: Zagoruyko and Komodakis, BMVC 2016",
        "lintnet explain dropout-before-batch-norm",
    ):
        assert part in text, part


def test_the_same_net_as_keras_gives_the_same_findings() -> None:
    onnx, keras = as_json(FAULTY), as_json(FAULTY.with_suffix(".keras"))

    def told(report: Any) -> list[tuple[str, list[str]]]:
        return [
            (each["rule"], [step["kind"] for step in each["witness"]])
            for each in report["findings"]
            if each["severity"] == "warning"
        ]

    assert told(onnx) == told(keras)
    assert len(told(onnx)) == 2


def test_a_folded_export_says_that_dropout_and_batch_norm_cannot_be_judged() -> None:
    result = run("check", "fixtures/conv-dropout-before-batch-norm-folded.onnx")
    assert result.returncode == 0
    text = " ".join(result.stdout.split())
    assert "dropout-before-batch-norm" in text.partition("not judged: ")[2].partition("to judge them")[0]
    assert "folded batch norm" in text
    assert "cannot be judged in this file" in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((CLEAN,), 0),
        ((FAULTY,), 1),
        ((FAULTY, "--fail-on", "error"), 0),
        ((FAULTY, "--fail-on", "never"), 0),
        ((FAULTY, "--ignore", "DRP101"), 0),
        ((FAULTY, "--ignore", "DRP"), 0),
        ((FAULTY, "--ignore", "#dropout"), 0),
        ((FAULTY, "--select", "HED101"), 0),
        ((FAULTY, "--min-confidence", "high"), 0),
        ((FAULTY, "--phase", "inference"), 1),
        ((FAULTY, "--select", "no-such-rule"), 2),
        ((FAULTY, "--profile", "nothing"), 2),
        ((FAULTY, "--loss", "nothing"), 2),
        ((FAULTY, "--format", "nothing"), 2),
        ((FIXTURES / "absent.onnx",), 3),
        ((FIXTURES / "absent.onnx", FAULTY), 3),
    ],
)
def test_exit_codes(arguments: tuple[str | Path, ...], code: int) -> None:
    assert run("check", *arguments).returncode == code


def test_a_directory_without_models_is_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no model")
    result = run("check", tmp_path)
    assert result.returncode == 5
    assert "no model was read" in result.stdout


def test_a_saved_model_is_named_and_the_way_out_told(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"")
    result = run("check", tmp_path)
    assert result.returncode == 3
    assert "SavedModel" in result.stdout
    assert ".keras" in result.stdout


def test_one_unreadable_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(FAULTY.read_bytes()[:500])
    (tmp_path / "good.onnx").write_bytes(FAULTY.read_bytes())
    report = as_json(tmp_path)
    assert [each["path"].rsplit("/", 1)[-1] for each in report["errors"]] == ["broken.onnx"]
    assert [each["path"].rsplit("/", 1)[-1] for each in report["models"]] == ["good.onnx"]
    assert run("check", tmp_path).returncode == 3


def test_standard_input(tmp_path: Path) -> None:
    result = run("check", "-", "--format", "json", stdin=FAULTY.read_bytes(), cwd=tmp_path)
    assert json.loads(result.stdout)["models"][0]["path"] == "<stdin>"
    assert result.returncode == 1


def test_paths_are_relative_to_the_working_directory_with_slashes() -> None:
    report = as_json(FAULTY, cwd=FIXTURES)
    assert report["models"][0]["path"] == FAULTY.name
    assert as_json(FAULTY)["findings"][0]["model"] == f"fixtures/{FAULTY.name}"


def test_json_follows_its_published_schema() -> None:
    import jsonschema

    schema = json.loads((ROOT / "docs/json-schema/report-1.json").read_text(encoding="utf-8"))
    report = as_json("fixtures", "--profile", "pedantic", "--min-confidence", "low")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema)
    assert report["findings"]
    assert report["errors"]


def test_concise_never_looks_clean_when_it_could_not_judge() -> None:
    result = run("check", "fixtures/conv-dropout-before-batch-norm-folded.onnx", "--format", "concise")
    assert result.stdout == ""
    assert "not judged: " in result.stderr
    assert "dropout-before-batch-norm" in result.stderr


def test_a_stated_phase_does_not_bring_back_what_was_folded() -> None:
    report = as_json("fixtures/conv-dropout-before-batch-norm-folded.onnx", "--phase", "training")
    assert "dropout-before-batch-norm" in {each["rule"] for each in report["not_applicable"]}
    keras = as_json("fixtures/dropout-on-logits.keras", "--phase", "inference")
    assert [each["rule"] for each in keras["findings"]] == ["dropout-on-output"]


def test_a_stated_training_phase_silences_the_export_rule() -> None:
    assert as_json("fixtures/exported-in-training-mode.onnx")["findings"]
    assert not as_json("fixtures/exported-in-training-mode.onnx", "--phase", "training")["findings"]


@pytest.mark.parametrize("arguments", [("",), (CLEAN, ""), (CLEAN, "--select", ""), (CLEAN, "--ignore", ",")])
def test_empty_words_are_refused(arguments: tuple[str | Path, ...]) -> None:
    result = run("check", *arguments)
    assert result.returncode == 2
    assert "is a variable unset?" in result.stderr


def test_nothing_left_to_run_is_no_clean_run() -> None:
    result = run("check", CLEAN, "--select", "DRP101", "--ignore", "DRP101")
    assert result.returncode == 2
    assert "no rule is left to run" in result.stderr


def test_a_file_is_checked_once_by_whatever_name(tmp_path: Path) -> None:
    model = tmp_path / "a.onnx"
    model.write_bytes(CLEAN.read_bytes())
    (tmp_path / "b.onnx").symlink_to(model)
    report = as_json(model, tmp_path, f"{tmp_path}/../{tmp_path.name}/a.onnx")
    assert len(report["models"]) == 1


def test_a_folder_says_what_it_holds_and_does_not_read(tmp_path: Path) -> None:
    (tmp_path / "good.onnx").write_bytes(CLEAN.read_bytes())
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    (tmp_path / "notes.txt").write_text("text")
    result = run("check", tmp_path)
    assert result.returncode == 0
    assert "model.h5: skipped: this is a Keras HDF5 file" in result.stdout
    assert "1 file not read, 1 other file" in result.stdout
    assert run("check", tmp_path / "model.h5").returncode == 3


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lintnet.session import Options, check, exit_code

    (tmp_path / "a.onnx").write_bytes(CLEAN.read_bytes())
    (tmp_path / "secret").mkdir()
    scandir = os.scandir

    def refusing(path: Any) -> Any:  # root may read every folder, so permissions alone would test nothing
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = check([str(tmp_path)], Options())
    assert len(report.models) == 1
    (failure,) = report.failures
    assert "the folder cannot be read: Permission denied" in failure.message
    assert exit_code(report, None) == 3


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0byte", "a/" * 300 + "b.onnx"])
def test_impossible_names_are_files_that_cannot_be_opened(name: str) -> None:
    from lintnet.ir.finding import Failure
    from lintnet.session import Options, check

    (failure,) = check([name], Options()).failures
    assert isinstance(failure, Failure)
    assert "cannot be opened" in failure.message


def test_a_model_whose_body_is_python_is_not_clean(tmp_path: Path) -> None:
    (tmp_path / "opaque.json").write_text('{"class_name": "MyModel", "config": {}}')
    named, found = run("check", tmp_path / "opaque.json"), run("check", tmp_path)
    assert (named.returncode, found.returncode) == (3, 0)
    assert "its body is Python code" in named.stdout
    assert "its body is Python code" in found.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_cannot_be_written_is_said(unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "lintnet", "check", str(FAULTY)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )
    assert result.returncode == 2
    assert b"the output cannot be written" in result.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="a signal of Unix")
def test_a_reader_that_goes_away_ends_it_as_it_ends_other_tools(unbuffered: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lintnet", "explain", "DRP101"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == -signal.SIGPIPE
    assert told == b""


def test_an_ascii_output_gets_readable_signs() -> None:
    text = run("check", FAULTY, PYTHONIOENCODING="ascii").stdout
    assert "-> norm1" in text
    assert "3x3" in text
    assert "\\u" not in text


def test_concise_is_one_line_per_finding() -> None:
    lines = run("check", FAULTY, "--format", "concise").stdout.splitlines()
    assert sum("warning[dropout-before-batch-norm]" in line for line in lines) == 2
    assert all(line.startswith("fixtures/") for line in lines)


def test_version_rules_and_explain() -> None:
    assert run("--version").stdout.startswith("lintnet ")
    rows = json.loads(run("rules", "--format", "json").stdout)
    assert {"name", "code", "summary", "severity", "confidence", "grade", "default", "phase", "front_ends"} == set(
        rows[0]
    )
    for word in ("dropout-before-batch-norm", "DRP101", "drp101"):
        page = run("explain", word)
        assert page.returncode == 0
        assert "# dropout-before-batch-norm (DRP101)" in page.stdout
        assert "**Against or limiting**" in page.stdout
    wrong = run("explain", "dropout-before-batchnorm")
    assert wrong.returncode == 2
    assert "did you mean" in wrong.stderr


@pytest.mark.parametrize("format", ["text", "json", "dot", "mermaid"])
def test_graph_shows_what_was_understood(format: str) -> None:
    result = run("graph", FAULTY, "--format", format)
    assert result.returncode == 0
    assert "norm1" in result.stdout
    if format == "json":
        nodes = json.loads(result.stdout)[0]["nodes"]
        assert [node["kind"] for node in nodes][:4] == ["input", "conv", "relu", "dropout"]


def test_colour_follows_the_conventions() -> None:
    assert "\x1b[" not in run("check", FAULTY).stdout
    assert "\x1b[" in run("check", FAULTY, FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("check", FAULTY, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" in run("check", FAULTY, FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b[" in run("check", FAULTY, "--color", "always", NO_COLOR="1").stdout


def test_an_internal_error_is_one_line_and_code_4(tmp_path: Path) -> None:
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("import lintnet.session\nlintnet.session.check = lambda *a: 1 / 0\n")
    result = run("check", FAULTY, PYTHONPATH=str(tmp_path))
    assert result.returncode == 4
    assert "internal error: ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_readme_shows_what_its_first_command_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```text\n", 1)[1].split("```", 1)[0]
    assert run("check", "fixtures/conv-dropout-before-batch-norm.onnx").stdout == shown
