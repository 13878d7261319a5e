"""Files of a run: which file an import means, what is parsed once, and what cannot be parsed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lintnet.loaders import LoadError
from lintnet.loaders.limits import DEFAULT
from lintnet.loaders.source import Project, may_define_model
from lintnet.loaders.source.project import Files, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYER = "import torch.nn as nn\nlayer = nn.Linear\n"


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _error(data: bytes) -> str:
    with pytest.raises(LoadError) as caught:
        parse("a.py", data, DEFAULT)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x = 1\ndef f(:\n", ("line 2", "no valid Python")),
        (b"x = 1\nprint 'a'\n", ("line 2", "Python 2")),
        (b"try:\n    pass\nexcept IOError, e:\n    pass\n", ("line 3", "Python 2")),
        (b"x = 1\n# caf\xe9\n", ("line 2", "UTF-8")),
        (b"# -*- coding: klingon -*-\n", ("encoding", "line 1")),
        (b"x = 1\0\n", ("Python",)),
        (b"x = " + b"(" * 300 + b")" * 300, ("Python",)),
        (b"x = " + b"-" * 5_000 + b"1\n", ("nested too deeply",)),
        (b"x = " + b"a." * 2_000 + b"b\n", ("nested too deeply",)),
        (b"x = " + b"[" * 150 + b"]" * 150 + b"+1" * 3_000, ("nested too deeply",)),
    ],
    ids=["syntax", "print", "except", "not utf-8", "encoding", "null", "brackets", "signs", "attributes", "sum"],
)
def test_what_is_no_python_is_said_with_its_line(data: bytes, words: tuple[str, ...]) -> None:
    message = _error(data)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfx = 1\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"x = 1\r\ny = 2\r\n",
        b"",
        b"x = '\\d'\n",
        b"x = 1\x0c\ny = 2\n",
    ],
    ids=["byte order mark", "declared encoding", "windows", "empty", "bad escape", "form feed"],
)
def test_what_is_python_is_parsed_without_a_warning(data: bytes) -> None:
    text = parse("a.py", data, DEFAULT)
    assert text.cell_of is None
    for node in text.tree.body:
        assert text.lines[node.lineno - 1].strip()


def test_a_notebook_has_a_place_for_every_line() -> None:
    source = '{"cells": [{"cell_type": "markdown", "source": "a"}, {"cell_type": "code", "source": "x = 1\\ny = 2"}],'
    text = parse("a.ipynb", (source + '"nbformat": 4, "metadata": {}}').encode(), DEFAULT)
    assert text.cell_of is not None
    assert text.cell_of(2) == (2, 2)
    assert text.cell_of(99) is None


PACKAGE = {
    "src/net/__init__.py": "",
    "src/net/model.py": "",
    "src/net/parts/__init__.py": "",
    "src/net/parts/conv.py": "",
    "src/tools.py": "",
    "src/torch/__init__.py": "",
    "src/math.py": "",
    "scripts/run.py": "",
    "scripts/helper.py": "",
}


@pytest.mark.parametrize(
    ("importer", "name", "level", "found"),
    [
        ("src/net/model.py", "parts.conv", 1, "src/net/parts/conv.py"),
        ("src/net/model.py", "", 1, "src/net/__init__.py"),
        ("src/net/parts/conv.py", "model", 2, "src/net/model.py"),
        ("src/net/parts/conv.py", "", 2, "src/net/__init__.py"),
        ("src/net/model.py", "net.parts", 0, "src/net/parts/__init__.py"),
        ("src/net/model.py", "tools", 0, "src/tools.py"),
        ("scripts/run.py", "helper", 0, "scripts/helper.py"),
        ("scripts/run.py", "net.model", 0, "src/net/model.py"),
        ("src/net/model.py", "math", 0, None),
        ("src/net/model.py", "torch", 0, None),
        ("src/net/model.py", "nothing", 0, None),
        ("src/net/model.py", "nothing", 1, None),
        ("src/net/model.py", "", 9, None),
        ("src/net/model.py", "a/../../x", 0, None),
    ],
)
def test_an_import_means_a_file_of_the_tree_or_none(
    tmp_path: Path, importer: str, name: str, level: int, found: str | None
) -> None:
    _write(tmp_path, PACKAGE)
    files = Files(DEFAULT, [str(tmp_path / "src")])
    path = files.find(name, level, str(tmp_path / importer))
    assert path == (None if found is None else str(tmp_path / found))


def test_a_link_that_leads_out_of_the_roots_is_not_followed(tmp_path: Path) -> None:
    _write(tmp_path, {"outside/secret.py": LAYER, "tree/model.py": ""})
    (tmp_path / "tree" / "secret.py").symlink_to(tmp_path / "outside" / "secret.py")
    assert Files(DEFAULT, []).find("secret", 0, str(tmp_path / "tree" / "model.py")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes among files")
def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    _write(tmp_path, {"model.py": ""})
    os.mkfifo(tmp_path / "pipe.py")
    assert Files(DEFAULT, []).find("pipe", 0, str(tmp_path / "model.py")) is None


def test_what_is_installed_beside_a_package_is_none_of_the_tree(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "site-packages/one/__init__.py": "",
            "site-packages/one/net.py": "",
            "site-packages/other/__init__.py": "",
            "site-packages/one-1.0.dist-info/METADATA": "",
        },
    )
    files = Files(DEFAULT, [])
    origin = str(tmp_path / "site-packages" / "one" / "net.py")
    assert files.find("other", 0, origin) is None
    assert files.find("one.net", 0, origin) == origin


def test_a_module_that_many_files_import_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, {"shared.py": "from torch import nn\ndef block():\n    return nn.Conv2d(3, 8, 3)\n"})
    users = {
        f"net{number}.py": (
            "from torch import nn\nfrom shared import block\n"
            f"def net{number}():\n    return nn.Sequential(block(), nn.ReLU())\n"
        )
        for number in range(5)
    }
    _write(tmp_path, users)
    parsed: list[str] = []
    from lintnet.loaders.source import project

    def counting(path: str, data: bytes, limits: object) -> object:
        parsed.append(Path(path).name)
        return parse(path, data, limits)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(project, "parse", counting)
    run = Project(roots=[str(tmp_path)])
    for name in users:
        path = tmp_path / name
        (graph,) = run.read(str(path), path.read_bytes()).graphs
        assert [node.kind for node in graph.nodes] == ["input", "conv", "relu", "output"]
        place = graph.nodes[1].location
        assert place is not None
        assert (Path(place.path).name, place.line) == ("shared.py", 3)
    assert parsed.count("shared.py") == 1


RELATIVE = {
    "pkg/__init__.py": "from .net import Net\nfrom .broken import nothing\n",
    "pkg/broken.py": "def f(:\n",
    "pkg/parts/__init__.py": "from .conv import *\nfrom . import act as activations\n",
    "pkg/parts/conv.py": "import torch.nn as nn\nclass Block(nn.Module):\n"
    "    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(3, 8, 3)\n"
    "    def forward(self, x):\n        return self.conv(x)\n",
    "pkg/parts/act.py": "from torch import nn\nmake = nn.GELU\n",
}
NET = """
import torch.nn as nn
from .parts import Block, activations
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.act = activations.make()
    def forward(self, x):
        return self.act(self.block(x))
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from .parts import Block, activations",
        "from pkg.parts import Block, activations",
        "from .parts import *",
        "from .parts.conv import Block\nfrom .parts import act as activations",
        "import pkg.parts.act as activations\nfrom pkg.parts.conv import Block",
        "import pkg.parts\nBlock = pkg.parts.Block\nactivations = pkg.parts.activations",
        "from . import parts\nBlock, activations = parts.Block, parts.activations",
        "try:\n    from .parts import Block, activations\nexcept ImportError:\n    Block = None",
        "import importlib\nparts = importlib.import_module('.parts', 'pkg')\nfrom .parts import Block, activations",
    ],
)
def test_every_form_of_import_finds_the_same(tmp_path: Path, imports: str) -> None:
    text = NET.replace("from .parts import Block, activations", imports)
    _write(tmp_path, {**RELATIVE, "pkg/net.py": text})
    path = tmp_path / "pkg" / "net.py"
    (graph,) = Project().read(str(path), path.read_bytes()).graphs
    assert [(node.kind, node.name) for node in graph.nodes if node.is_layer] == [
        ("conv", "block.conv"),
        ("gelu", "act"),
    ]


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    _write(tmp_path, {"one.py": "import two\n", "two.py": "import one\nfrom torch import nn\nnet = nn.Sequential\n"})
    text = "import one, two\nfrom torch import nn\nmodel = two.net(nn.Linear(3, 4))\n"
    _write(tmp_path, {"main.py": text})
    path = tmp_path / "main.py"
    (graph,) = Project().read(str(path), path.read_bytes()).graphs
    assert graph.qualname == "model"


def test_a_model_that_an_imported_module_makes_is_not_the_importers(tmp_path: Path) -> None:
    _write(tmp_path, {"made.py": "from torch import nn\nnet = nn.Sequential(nn.Linear(3, 4))\n"})
    _write(
        tmp_path, {"main.py": "from torch import nn\nfrom made import net\nother = nn.Sequential(nn.Linear(1, 2))\n"}
    )
    path = tmp_path / "main.py"
    assert [graph.qualname for graph in Project().read(str(path), path.read_bytes()).graphs] == ["other"]


PARTS = {
    "blocks.py": "import torch.nn as nn\nclass Block(nn.Module):\n    def __init__(self, width):\n"
    "        super().__init__()\n        self.fc = nn.Linear(width, width)\n"
    "    def forward(self, x):\n        return self.fc(x)\n",
    "net.py": "import torch.nn as nn\nfrom blocks import Block\nclass Net(nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.block = Block(8)\n"
    "    def forward(self, x):\n        return self.block(x)\n",
    "script.py": "from blocks import Block\nprint(Block)\n",
}


@pytest.mark.parametrize(
    ("checked", "models"),
    [
        (["blocks.py"], ["Block"]),
        (["blocks.py", "net.py"], []),
        (["blocks.py", "script.py"], ["Block"]),
    ],
)
def test_a_class_that_a_class_of_another_checked_file_is_built_from_is_no_model(
    tmp_path: Path, checked: list[str], models: list[str]
) -> None:
    _write(tmp_path, PARTS)
    run = Project(roots=[str(tmp_path)])
    run.note_files([str(tmp_path / name) for name in checked])
    path = tmp_path / "blocks.py"
    assert [graph.qualname for graph in run.read(str(path), path.read_bytes()).graphs] == models


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"import torch\n", True),
        (b"from keras import layers\n", True),
        (b"from .base import Base\nclass Net(Base):\n    def forward(self, x):\n        return x\n", True),
        (b"import os\nprint(os.getcwd())\n", False),
        (b"", False),
    ],
)
def test_the_bytes_say_whether_a_file_may_define_a_model(data: bytes, expected: bool) -> None:
    assert may_define_model(data) is expected
