"""Source on the command line: what a user types and sees."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.test_cli import FIXTURES, run

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = FIXTURES / "source"
TWO = """
import torch.nn as nn
first = nn.Sequential(nn.Linear(4, 1), nn.Softmax(dim=-1))
second = nn.Sequential(nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 2))
"""


def test_a_finding_shows_its_line() -> None:
    result = run("check", SOURCE / "functional_dropout.py", "--select", "functional-dropout-always-on")
    assert result.returncode == 1
    text = result.stdout.split("\n")
    place = text.index("    --> fixtures/source/functional_dropout.py:15:13")
    assert text[place + 2 : place + 4] == [
        "  15 | x = F.dropout(x, 0.5)",
        "     |     ^^^^^^^^^^^^^^^^^",
    ]


def test_concise_lines(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    result = run("check", "two.py", "--format", "concise", cwd=tmp_path)
    (line,) = result.stdout.splitlines()
    assert line.startswith("two.py:3:40: error[softmax-over-single-unit] ")


def test_source_from_standard_input(tmp_path: Path) -> None:
    result = run("check", "-", "--format", "concise", stdin=TWO.encode(), cwd=tmp_path)
    assert result.stdout.startswith("<stdin>:3:40: error[softmax-over-single-unit] ")
    result = run("check", "-", stdin=b"import torch\ndef f(:\n", cwd=tmp_path)
    assert result.returncode == 3
    assert "line 2" in result.stdout


def test_a_file_without_models_is_clean_and_a_folder_of_such_files_too(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("print('hello')\n")
    result = run("check", tmp_path / "tool.py")
    assert result.returncode == 0
    assert "no model is defined here" in result.stdout
    assert run("check", tmp_path).returncode == 0


def test_a_syntax_error_names_its_line_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import torch\n\nclass Net(:\n")
    (tmp_path / "two.py").write_text(TWO)
    result = run("check", ".", cwd=tmp_path)
    assert result.returncode == 3
    assert "bad.py: error: " in result.stdout
    assert "line 3" in result.stdout
    assert "softmax-over-single-unit" in result.stdout


def test_python_2_and_binary_text_are_failures_and_no_faults(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("import torch\nprint 'hello'\n")
    (tmp_path / "noise.py").write_bytes(b"import torch\n\xff\xfe\x00")
    result = run("check", ".", "--format", "json", cwd=tmp_path)
    assert result.returncode == 3
    errors = {each["path"]: each["message"] for each in json.loads(result.stdout)["errors"]}
    assert "Python 2" in errors["old.py"]
    assert "noise.py" in errors


def test_the_models_of_a_file_are_listed_and_one_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO)
    several = run("graph", "two.py", cwd=tmp_path)
    assert several.returncode == 2
    assert "choose one by --model: first, second" in several.stderr
    one = run("graph", "two.py", "--model", "second", cwd=tmp_path)
    assert one.returncode == 0
    assert one.stdout.startswith("two.py::second\n")
    assert "ReLU" in one.stdout
    assert "Softmax" not in one.stdout
    wrong = run("graph", "two.py", "--model", "third", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "it has first, second" in wrong.stderr
    assert len(json.loads(run("graph", "two.py", "--format", "json", cwd=tmp_path).stdout)) == 2
    (tmp_path / "tool.py").write_text("print('hello')\n")
    none = run("graph", "tool.py", cwd=tmp_path)
    assert none.returncode == 5
    assert "no model is defined here" in none.stderr


def test_silenced_findings_are_counted_and_kept_with_their_reason() -> None:
    result = run("check", SOURCE / "ignored.py")
    assert result.returncode == 0
    assert "1 suppressed" in result.stdout
    assert "fixtures/source/ignored.py:11:39: lintnet[unused-ignore]" in result.stdout
    report = json.loads(run("check", SOURCE / "ignored.py", "--format", "json").stdout)
    assert [each["reason"] for each in report["suppressed"]] == ["Monte Carlo dropout, see the paper"]
    assert [each["code"] for each in report["diagnostics"]] == ["LNT001"]
