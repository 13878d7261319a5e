"""What a check imports. The cost of a process is mostly the cost of its imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.test_cli import CLEAN, FAULTY, ROOT

NEVER = ("numpy", "onnx", "google.protobuf", "torch", "tensorflow", "keras", "h5py", "pydantic")


def _imported(*arguments: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lintnet", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    rows = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rsplit("|", 1)[-1].strip() for line in rows}
    assert "lintnet.cli.app" in names
    return names


@pytest.mark.parametrize("model", [FAULTY, CLEAN, FAULTY.with_suffix(".keras")])
@pytest.mark.parametrize("format", ["text", "json"])
def test_a_check_imports_no_framework(model: str, format: str) -> None:
    names = _imported("check", str(model), "--format", format)
    assert not names & set(NEVER)
    assert not [name for name in names if name.split(".")[0] in NEVER]


def test_json_does_not_import_rich() -> None:
    names = _imported("check", str(FAULTY), "--format", "json")
    assert not [name for name in names if name.split(".")[0] == "rich"]


def test_an_onnx_file_does_not_load_the_keras_reader() -> None:
    names = _imported("check", str(FAULTY), "--format", "json")
    assert not [name for name in names if name.startswith("lintnet.loaders.keras")]
