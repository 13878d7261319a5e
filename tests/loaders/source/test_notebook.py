"""Notebooks: the Python of their cells, at the lines where a reader sees it."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from lintnet.loaders import LoadError
from lintnet.loaders.limits import Limits
from lintnet.loaders.source.notebook import Cells, read_cells


def _cell(source: str | list[str], kind: str = "code", **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {}, **more}


def _read(*cells: Any, **metadata: Any) -> Cells:
    document = {"nbformat": 4, "metadata": metadata, "cells": [_cell(c) if isinstance(c, str) else c for c in cells]}
    return read_cells(json.dumps(document).encode(), "n.ipynb")


def _one(text: str) -> str:
    """Return what becomes of one cell, which must keep its lines and be Python."""
    cells = _read(text)
    assert cells.blind == ()
    ast.parse(cells.source)
    if cells.source:
        assert [line for _, line in cells.line_map] == list(range(1, text.count("\n") + 2))
    return cells.source.removesuffix("\n")


def test_code_cells_are_joined_and_every_line_knows_its_cell() -> None:
    cells = _read(_cell("# Title", "markdown"), "import torch\nx = 1", _cell("raw", "raw"), _cell(["y = 2\n", "z = 3"]))
    assert cells.source == "import torch\nx = 1\ny = 2\nz = 3\n"
    assert cells.line_map == ((2, 1), (2, 2), (4, 1), (4, 2))
    assert cells.place(3) == (4, 1)


def test_nbformat_3_has_its_cells_in_worksheets() -> None:
    sheet = {
        "cells": [{"cell_type": "code", "language": "python", "input": ["x = 1\n", "y = 2"]}, _cell("t", "heading")]
    }
    data = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [sheet]}).encode()
    assert read_cells(data, "n.ipynb") == Cells("x = 1\ny = 2\n", ((1, 1), (1, 2)))


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install torch\nx = 1", "pass\nx = 1"),
        ("!pip install \\\n    torch\nx = 1", "pass\n\nx = 1"),
        ("if gpu:\n    !nvidia-smi\nx = 1", "if gpu:\n    pass\nx = 1"),
        ("model.summary?\nx = 1", "pass\nx = 1"),
        ("?model\nx = 1", "pass\nx = 1"),
        ("model??", "pass"),
        ("files = !ls\nx = 1", "files = get_ipython()\nx = 1"),
        ("t = %timeit -o f()\nx = 1", "t = get_ipython()\nx = 1"),
        ("%time model = build()\nx = 1", "if 1: model = build()\nx = 1"),
        ("%time\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%capture out\nx = 1", "\n\nx = 1"),
        ("%%bash\nls", ""),
        ("%%writefile net.py\nimport torch", ""),
        ("%%javascript\nalert(1)", ""),
        ("s = ('%d'\n     % (3,))", "s = ('%d'\n     % (3,))"),
        ("s = ('%d'\n     % (3,))\n!ls", "s = ('%d'\n     % (3,))\npass"),
        ("s = 'really?'\nassert a != b", "s = 'really?'\nassert a != b"),
    ],
)
def test_what_ipython_adds_is_replaced_line_by_line(text: str, python: str) -> None:
    assert _one(text) == python


def test_columns_of_a_timed_statement_hold() -> None:
    assert _one("%time model = build()\n!ls").index("model") == "%time model".index("model")


def test_a_cell_that_is_no_python_is_left_out_and_said() -> None:
    cells = _read("import torch", "def f(:\n    pass", "y = 2")
    assert cells.source == "import torch\ny = 2\n"
    assert cells.line_map == ((1, 1), (3, 1))
    (blind,) = cells.blind
    assert (blind.location.path, blind.location.cell, blind.location.line) == ("n.ipynb", 2, 1)
    assert blind.location.text == "def f(:"
    assert "cell 2 was left out" in blind.why


def test_an_invalid_escape_warns_nobody() -> None:
    assert _read("x = '\\d'").blind == ()


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R"}},
        {"language_info": {"name": "julia"}},
        {"kernelspec": {"language": "JavaScript"}},
    ],
)
def test_a_notebook_of_another_language_holds_no_python(metadata: dict[str, Any]) -> None:
    assert _read("x <- 1", **metadata) == Cells("")


def test_a_cell_of_another_language_is_left_out() -> None:
    cells = _read(
        _cell("SELECT 1", metadata={"vscode": {"languageId": "sql"}}), "x = 1", kernelspec={"language": "python"}
    )
    assert cells.source == "x = 1\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "damaged"),
        (b"[]", "no cells"),
        (b"{}", "no cells"),
        (b"null", "no cells"),
        (b'{"cells": ' + b"[" * 100_000, "nested deeper"),
        (b'{"cells": [\xff]}', "not UTF-8"),
    ],
)
def test_what_is_no_notebook_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        read_cells(data, "n.ipynb")


@pytest.mark.parametrize(
    "document",
    [
        {"cells": {}},
        {"cells": [1, None, [], {}]},
        {"cells": [{"cell_type": "code"}]},
        {"cells": [{"cell_type": "code", "source": {"a": 1}}]},
        {"cells": [{"cell_type": "code", "source": [1, None]}]},
        {"cells": [], "metadata": [1]},
        {"worksheets": [None, {"cells": 3}]},
        {"cells": [], "metadata": {"kernelspec": 3, "language_info": {"name": 5}}},
    ],
)
def test_a_notebook_of_odd_parts_holds_nothing(document: Any) -> None:
    assert read_cells(json.dumps(document).encode(), "n.ipynb").source.strip() == ""


def test_code_and_text_have_their_limits() -> None:
    with pytest.raises(LoadError, match="more than 2 MiB of code"):
        _read("#" * (5 << 20))
    with pytest.raises(LoadError, match="longer than"):
        read_cells(b'{"cells": []}', "n.ipynb", Limits(json=5))


@pytest.mark.parametrize("text", ["(" * 5000, "-" * 20_000 + "1", "x = '\0'", "\ud800"])
def test_a_hostile_cell_costs_nothing_but_itself(text: str) -> None:
    cells = _read(text, "y = 2")
    assert "y = 2" in cells.source
