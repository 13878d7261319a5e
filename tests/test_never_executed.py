"""Source is read, never run: nothing of a checked tree is imported, and no framework is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "fixtures" / "source"
FRAMEWORKS = ("torch", "keras", "tensorflow", "numpy", "onnx", "torchvision", "timm", "jax", "lightning", "sklearn")

# Runs lintnet in a process where importing a framework, or a module of the checked folder, is an error of its own kind.
GUARD = """
import sys
class Guard:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise SystemExit("imported " + name)
BLOCKED = set(sys.argv.pop(1).split(","))
sys.meta_path.insert(0, Guard())
sys.argv[0] = "lintnet"
from lintnet.cli.app import main
main()
"""


def _run(*arguments: str | Path, cwd: Path, blocked: tuple[str, ...] = FRAMEWORKS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", GUARD, ",".join(blocked), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def _mark(folder: Path) -> str:
    """Return a statement that leaves a mark when it is run."""
    return f"open({str(folder / 'mark')!r}, 'a').write('run')\n"


_NET = """
import torch
from torch import nn
from blocks import Block
from . import sibling
import torchvision

class Net(nn.Module):
    {mark}
    def __init__(self):
        super().__init__()
        {mark}
        self.block = Block(8)
        self.fc = nn.Linear(8, eval({text!r}))
        exec({text!r})
        __import__("blocks")

    def forward(self, x):
        {mark}
        return self.fc(self.block(x))

model = Net()
{mark}
if __name__ == "__main__":
    {mark}
"""
_BLOCK = """
{mark}
from torch import nn

class Block(nn.Linear):
    def __init__(self, n):
        super().__init__(n, n)
"""


def test_no_module_of_the_checked_tree_is_imported_and_no_statement_run(tmp_path: Path) -> None:
    mark = _mark(tmp_path)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "net.py").write_text(_NET.format(mark=mark.strip(), text=mark.strip()))
    (tree / "blocks.py").write_text(_BLOCK.format(mark=mark.strip()))
    for name in ("__init__", "sibling", "sitecustomize", "conftest", "setup", "torch", "typing", "json", "ast"):
        (tree / f"{name}.py").write_text(f"{mark}import torch\nmodel = torch.nn.Linear(1, 1)\n")
    cell = {"cell_type": "code", "source": f"import torch\n{mark}!touch {tmp_path / 'mark'}\n%run net.py"}
    (tree / "n.ipynb").write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}))
    before = sorted(each.name for each in tree.rglob("*"))
    done = _run("check", ".", cwd=tree, blocked=(*FRAMEWORKS, "blocks", "sibling", "net", "conftest", "setup"))
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    assert not (tmp_path / "mark").exists()
    assert sorted(each.name for each in tree.rglob("*")) == before  # no bytecode either
    # The guard of this test: the same file, run, leaves its mark.
    subprocess.run([sys.executable, "-c", mark], check=True, cwd=tmp_path)
    assert (tmp_path / "mark").exists()


def test_the_model_of_such_a_file_is_read(tmp_path: Path) -> None:
    mark = _mark(tmp_path)
    (tmp_path / "net.py").write_text(_NET.format(mark=mark.strip(), text=mark.strip()))
    (tmp_path / "blocks.py").write_text(_BLOCK.format(mark=mark.strip()))
    done = _run("check", "net.py", "--format", "json", cwd=tmp_path)
    report: Any = json.loads(done.stdout)
    assert [model["format"] for model in report["models"]] == ["source"]
    assert report["models"][0]["layers"] >= 2
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("format", ["text", "json"])
def test_source_is_checked_where_no_framework_can_be_imported(format: str) -> None:
    done = _run("check", SOURCE, "--format", format, "--color", "never", cwd=ROOT, blocked=(*FRAMEWORKS, "rich"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "softmax-over-single-unit" in done.stdout


def test_the_guard_sees_an_import(tmp_path: Path) -> None:
    done = _run("check", tmp_path, cwd=tmp_path, blocked=("lintnet",))
    assert "imported lintnet" in done.stderr


def test_source_loads_one_reader() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lintnet", "check", SOURCE / "dense1_softmax_bce.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = set(re.findall(r"^import time:[^|]*\|[^|]*\|\s*([\w.]+)\s*$", done.stderr, re.MULTILINE))
    assert "lintnet.loaders.source" in names
    assert not {name for name in names if name.startswith("lintnet.loaders.onnx")}
    assert not {name for name in names if name.partition(".")[0] in FRAMEWORKS}
