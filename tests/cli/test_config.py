"""Configuration, and rules of one's own: one file, no code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_cli import CLEAN, FAULTY, as_json, run

if TYPE_CHECKING:
    from pathlib import Path

RULE = """+++
name = "three-by-three-stem"
code = "LOC101"
summary = "The first convolution is 3 x 3."
severity = "warning"
phase = "any"
path = "^ -> conv[all(kernel == 3)] as stem"
message = "the stem `{stem.name}` is 3 x 3"
help = "use a larger stem"
+++

# three-by-three-stem

## What it does
Looks at the stem.

## Why it hurts
It does not.

## Example
```graph bad
x -> conv(kernel=(3, 3)) -> y
```

## Use instead
```graph good
x -> conv(kernel=(7, 7)) -> y
```

## When to ignore
Always.
"""


def _project(folder: Path, config: str, name: str = "pyproject.toml") -> Path:
    (folder / name).write_text(config)
    return folder


def test_a_rule_in_a_folder_is_found_listed_explained_and_runs(tmp_path: Path) -> None:
    _project(tmp_path, '[tool.lintnet]\nrules = ["lint_rules"]\n')
    (tmp_path / "lint_rules").mkdir()
    (tmp_path / "lint_rules" / "three-by-three-stem.md").write_text(RULE)
    assert "three-by-three-stem" in run("rules", cwd=tmp_path).stdout
    assert "Looks at the stem." in run("explain", "LOC101", cwd=tmp_path).stdout
    tested = run("rule", "test", "lint_rules", cwd=tmp_path)
    assert tested.stdout == "2 of 2 examples of 1 rule hold\n"
    assert tested.returncode == 0
    report = as_json(FAULTY, "--select", "LOC101", cwd=tmp_path)
    assert [each["rule"] for each in report["findings"]] == ["three-by-three-stem"]
    assert report["findings"][0]["node"] == "conv1"


def test_an_example_that_does_not_hold_is_named(tmp_path: Path) -> None:
    (tmp_path / "three-by-three-stem.md").write_text(RULE.replace("kernel=(7, 7)", "kernel=(3, 3)"))
    result = run("rule", "test", "three-by-three-stem.md", cwd=tmp_path)
    assert result.returncode == 1
    assert "example 1 of three-by-three-stem is good and fired" in result.stdout


def test_a_rule_of_ones_own_may_not_name_python(tmp_path: Path) -> None:
    _project(tmp_path, '[tool.lintnet]\nrules = ["lint_rules"]\n')
    (tmp_path / "lint_rules").mkdir()
    mark = tmp_path / "ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')\ndef check(facts): return iter(())\n")
    rule = RULE.replace('path = "^ -> conv[all(kernel == 3)] as stem"', 'check = "evil:check"').replace(
        " `{stem.name}`", ""
    )
    (tmp_path / "lint_rules" / "three-by-three-stem.md").write_text(rule)
    result = run("check", FAULTY, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert "three-by-three-stem.md" in result.stderr
    assert "check" in result.stderr
    assert not mark.exists()


def test_phase_and_loss_come_from_the_configuration_and_the_option_wins(tmp_path: Path) -> None:
    _project(tmp_path, 'phase = "inference"\n', "lintnet.toml")
    assert [each["rule"] for each in as_json(FAULTY, cwd=tmp_path)["findings"]] == ["exported-in-training-mode"]
    found = as_json(FAULTY, "--phase", "training", cwd=tmp_path)["findings"]
    assert {each["rule"] for each in found if each["severity"] == "warning"} == {"dropout-before-batch-norm"}


def test_the_nearest_configuration_counts_and_the_search_stops_at_the_repository_root(tmp_path: Path) -> None:
    _project(tmp_path, '[tool.lintnet]\nphase = "nonsense"\n')
    inner = tmp_path / "repo" / "package"
    inner.mkdir(parents=True)
    assert run("check", CLEAN, cwd=inner).returncode == 2
    (tmp_path / "repo" / ".git").mkdir()
    assert run("check", CLEAN, cwd=inner).returncode == 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[tool.lintnet]\nphaze = 1\n", "did you mean `phase`"),
        ('[tool.lintnet]\nphase = "trainng"\n', "did you mean `training`"),
        ('[tool.lintnet]\nrules = "x"\n', "is a list"),
        ('[tool.lintnet]\nrules = ["absent"]\n', "absent does not exist"),
        ("[tool]\nlintnet = 3\n", "not a table"),
        ("[tool.lintnet\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_configuration_is_said(tmp_path: Path, config: str, message: str) -> None:
    _project(tmp_path, config)
    result = run("check", CLEAN, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_told_loss_reaches_the_rules(tmp_path: Path) -> None:
    graph = json.loads(
        run("graph", CLEAN, "--format", "json", cwd=_project(tmp_path, 'loss = "cross_entropy"', "lintnet.toml")).stdout
    )
    assert graph[0]["nodes"][-1]["kind"] == "loss"
    assert graph[0]["nodes"][-1]["attributes"]["family"] == "cross_entropy"
