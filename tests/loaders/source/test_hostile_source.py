"""Hostile and odd source: nothing crashes, nothing runs for ever, nothing is executed, and one file takes no other."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from time import process_time
from typing import TYPE_CHECKING

import pytest

from lintnet import session
from lintnet.engine import check_graph
from lintnet.lifting import lift
from lintnet.loaders.errors import LoadError
from lintnet.loaders.source import Project
from lintnet.loaders.source import entries as reading
from lintnet.loaders.source.values import walk_values
from lintnet.report.text import write_text
from lintnet.rulebook.book import select

if TYPE_CHECKING:
    from pathlib import Path

    from lintnet.loaders.source import SourceResult

MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)
    def forward(self, x):
        return self.linear(x)
"""
HEAD = "import torch\nimport torch.nn as nn\nimport math, itertools\n"
# Generous: machines are busy. What is tested for took minutes or had no end.
SECONDS = 12.0


@pytest.fixture(autouse=True)
def _faults_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINTNET_TRACEBACK", "1")


def read(text: str) -> SourceResult:
    return Project().read("net.py", text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "statement",
    [
        "round(10**300, -10**9)",
        "(5).__round__(-10**9)",
        "5.5 in range(10**15)",
        "range(10**15).count('x')",
        "all(range(1, 10**15))",
        "math.fsum(range(10**12))",
        "bytes(range(10**12))",
        "next(itertools.islice(itertools.count(), 10**12, None))",
        "list(itertools.islice(itertools.repeat(1), 10**12, None))",
        "'%-*d' % (10**9, 3)",
        "'%0*d' % (10**9, 3)",
        "math.factorial(10**7)",
        "10**10**10",
        "[[[0] * 10**5] * 10**5] * 10**5",
        "''.join(itertools.repeat('a'))",
    ],
)
def test_no_expression_takes_for_ever(statement: str) -> None:
    start = process_time()
    result = read(f"{HEAD}value = {statement}\n{MODEL}")
    assert process_time() - start < SECONDS
    assert result.graphs or result.notes


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("5.0 in range(9)", True),
        ("5.5 in range(9)", False),
        ("5.0 in range(10**15)", True),
        ("'a' in range(10**15)", False),
    ],
)
def test_what_a_long_range_holds(expression: str, holds: bool) -> None:
    result = read(f"{HEAD}model = nn.Sequential(nn.Linear(3, 4), nn.ReLU()) if {expression} else nn.Linear(3, 4)\n")
    kinds = [node.kind for graph in result.graphs for node in graph.nodes]
    assert ("activation" in kinds or "relu" in kinds) is holds


@pytest.mark.parametrize(
    "program",
    [
        # As many layers as there is time for, each cheap for the interpreter and dear for a framework's table.
        "import keras\nm = keras.Sequential()\nfor _ in range(10**6): m.add(keras.layers.Dense(9))\n",
        # A model in a model, twice, and so on: two to the power of sixty layers.
        (
            "import keras\nx = keras.Input((3,))\nm = keras.Model(x, keras.layers.Dense(3)(x))\nfor _ in range(60):\n"
            "    y = keras.Input((3,))\n    m = keras.Model(y, m(m(y)))\n"
        ),
        f"{HEAD}m = [nn.Linear(3, 3)]\nfor _ in range(60): m = [m, m]\nnn.Sequential(*m)(torch.zeros(3))\n",
        f"{HEAD}m = nn.Sequential(*[nn.Linear(3, 3) for _ in range(10**6)])\n",
    ],
    ids=["many layers", "nested models", "nested lists", "many modules"],
)
def test_large_models_end_within_a_budget(program: str) -> None:
    rules, named = select(session.rulebook(session.Options()), "default", (), ())
    start = process_time()
    for graph in read(program).graphs:
        check_graph(lift(graph), rules, named=named)
    assert process_time() - start < 2 * SECONDS


def test_containers_in_containers_are_walked_within_bounds() -> None:
    nested: list[object] = [1, 2]
    assert walk_values([nested, {"a": 3}, (4, [5])]) == [1, 2, 3, 4, 5]
    for _ in range(200):
        nested = [nested, nested]
    assert len(walk_values(nested)) < 10**5
    nested.append(nested)
    assert len(walk_values(nested)) < 10**5


@pytest.mark.parametrize(
    "program",
    [
        (
            "a = []\na.append(a)\nprint(a, str(a), a == a)\nd = {}\nd['d'] = d\nd == d\nnn.Sequential(*a)\n"
            "nn.ModuleList(a)\n"
        ),
        "s = nn.Sequential(nn.Linear(3, 4))\ns.add_module('s', s)\ns.append(s)\nlist(s.modules())\ns(torch.zeros(3))\n",
        (
            "class A(A): pass\nclass B(nn.Module): pass\nB.__bases__ = (B,)\nclass C(C, nn.Module):\n"
            "    def forward(self, x): return x\n"
        ),
        (
            "class A(type):\n    def __call__(cls, *a): return cls(*a)\nclass N(nn.Module, metaclass=A):\n"
            "    def forward(self, x): return x\nN()\n"
        ),
        "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().b\n",
        (
            "class A:\n    def __eq__(self, o): return self == o\n    def __len__(self): return len(self)\n"
            "A() == A()\nlen(A())\n"
        ),
        "def g():\n    while True: yield 1\nlist(g())\n",
        "def f(x): return g(x)\ndef g(x): return f(x)\nf(1)\n",
    ],
)
def test_what_holds_or_calls_itself_ends(program: str) -> None:
    start = process_time()
    read(f"{HEAD}{program}{MODEL}")
    assert process_time() - start < SECONDS


def test_impossible_layers_are_judged_without_a_fault() -> None:
    layers = [
        "nn.Conv2d(10**400, 10**400, 10**400)",
        "nn.Conv2d(3, 4, 0, stride=0, padding=-5, dilation=0, groups=0)",
        "nn.Linear(float('nan'), float('inf'))",
        "nn.MaxPool2d(10**400, 10**400)",
        "nn.MaxPool2d(1, 10**400)",
        "nn.BatchNorm2d(1e400)",
        "nn.Dropout(float('nan'))",
    ]
    rules, named = select(session.rulebook(session.Options()), "default", (), ())
    for layer in layers:
        result = read(f"{HEAD}model = nn.Sequential({layer}, nn.ReLU(), nn.Linear(3, 4))\n")
        assert result.graphs
        for graph in result.graphs:
            assert check_graph(lift(graph), rules, named=named).rules_run


def test_an_exception_of_a_keras_model_is_said_of_that_model() -> None:
    result = read(
        "import keras\nbad = keras.Sequential([keras.layers.Lambda(None)])\n"
        "good = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
    )
    assert "good" in [graph.qualname for graph in result.graphs]


def test_a_fault_at_one_model_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    original = reading._Run._call_fresh

    def fail(self: object, root: object, method: str) -> None:
        if getattr(getattr(root, "cls", None), "name", "") == "Bad":
            message = "made up"
            raise RuntimeError(message)
        original(self, root, method)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(reading._Run, "_call_fresh", fail)
    program = HEAD + MODEL.replace("Net", "Bad") + MODEL
    with pytest.raises(RuntimeError):
        read(program)
    monkeypatch.delenv("LINTNET_TRACEBACK")
    result = read(program)
    assert [graph.qualname for graph in result.graphs] == ["Net"]
    assert result.notes == ("`Bad` could not be read: this is a fault of lintnet (RuntimeError: made up)",)


def test_a_fault_at_one_file_leaves_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    original = reading.read_models

    def fail(text: object, *others: object) -> object:
        if str(getattr(text, "path", "")).endswith("bad.py"):
            raise KeyError(3)
        return original(text, *others)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(reading, "read_models", fail)
    for name in ("bad.py", "good.py"):
        (tmp_path / name).write_text(HEAD + MODEL)
    with pytest.raises(KeyError):
        session.check([str(tmp_path)], session.Options())
    monkeypatch.delenv("LINTNET_TRACEBACK")
    report = session.check([str(tmp_path)], session.Options())
    assert [model.qualname for model in report.models] == ["Net"]
    assert [failure.kind for failure in report.failures] == ["fault"]
    assert "this is a fault of lintnet (KeyError: 3)" in report.failures[0].message
    assert session.exit_code(report, None) == session.Exit.INTERNAL


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_loops_are_not_waited_for(tmp_path: Path) -> None:
    """A pipe of the name that the parser gives to text without a file, or in the place of a module, must not hang."""
    for name in ("<unknown>", "helper.py", "pipe.py"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "python2.py").write_text("import torch\nprint 'x'\n")
    (tmp_path / "net.py").write_text(f"import helper\n{HEAD}{MODEL}")
    done = subprocess.run(
        [sys.executable, "-m", "lintnet", "check", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == session.Exit.UNREADABLE
    assert "python2.py: error: this is Python 2" in done.stdout
    assert "in 1 model" in done.stdout


def test_nothing_of_a_program_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    lines = [
        "import os, subprocess, importlib, pathlib",
        f"os.system('touch {mark}')",
        f"subprocess.run(['touch', '{mark}'])",
        f"open('{mark}', 'w').write('x')",
        f"pathlib.Path('{mark}').write_text('x')",
        f"exec(\"open('{mark}', 'w')\")",
        f"eval(\"open('{mark}', 'w')\")",
        f"__import__('os').system('touch {mark}')",
        f"importlib.import_module('os').system('touch {mark}')",
        f"().__class__.__base__.__subclasses__()[0].__init__.__globals__['os'].system('touch {mark}')",
    ]
    result = read("\n".join([*HEAD.splitlines(), *lines]) + MODEL)
    assert [graph.qualname for graph in result.graphs] == ["Net"]
    assert not mark.exists()


@pytest.mark.parametrize("text", ["", "\ufeff" + HEAD + MODEL, (HEAD + MODEL).replace("\n", "\r\n"), "\f" + HEAD])
def test_odd_files_are_read(text: str) -> None:
    assert len(read(text).graphs) == ("class" in text)


@pytest.mark.parametrize(
    "text", ["import torch\nx = '\0'\n", "import torch\nx = " + "(" * 3000, "import torch\nx = " + "-" * 9999 + "1\n"]
)
def test_what_cannot_be_parsed_is_said(text: str) -> None:
    with pytest.raises(LoadError):
        read(text)


def test_cells_that_were_left_out_are_said_where_no_model_is_left() -> None:
    cells = [{"cell_type": "code", "source": "import torch.nn as nn\nm = = nn.Linear(3, 4)"}]
    result = Project().read("n.ipynb", json.dumps({"cells": cells, "nbformat": 4}).encode())
    assert result.graphs == ()
    assert result.notes == ("cell 1 was left out: invalid syntax",)


def test_a_long_line_is_shown_around_its_place(tmp_path: Path) -> None:
    padding = "+".join(["1"] * 300)
    layers = "nn.Conv2d(3, 4, 3), nn.Dropout(0.5), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3)"
    path = tmp_path / "net.py"
    path.write_text(f"import torch.nn as nn\nx = {padding}; model = nn.Sequential({layers}); y = {padding}\n")
    stream = io.StringIO()
    write_text(session.check([str(path)], session.Options()), stream, color=False)
    lines = stream.getvalue().splitlines()
    shown = next(index for index, line in enumerate(lines) if line.startswith("  2 | …"))
    assert len(lines[shown]) < 300
    assert lines[shown].endswith("…")
    carets = lines[shown + 1]
    assert lines[shown][carets.index("^") : carets.rindex("^") + 1] == "nn.Dropout(0.5)"
