"""Runs a few lines of Keras on a backend of choice, which a process can choose only once. No test in here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

__all__ = ["run"]


def run(backend: str, code: str) -> Any:
    """Run `code` in a process of its own and return the value it leaves in `result`, with `warned` beside it."""
    program = f"""
import json, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", UserWarning)
    import keras, numpy
    result = None
{_indented(code)}
warned = any("Was this intended" in str(each.message) for each in caught)
print("RESULT", json.dumps({{"result": result, "warned": warned}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-2000:]
    return json.loads(lines[-1].removeprefix("RESULT "))


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.strip().splitlines())
