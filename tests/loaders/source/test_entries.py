"""Which models a file defines, and what they are called."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from lintnet.loaders import LoadError
from lintnet.loaders.source import Project
from lintnet.loaders.source import entries as entries_module
from tests.loaders.source.programs import KERAS, TORCH, kinds, models, of_kind, read

if TYPE_CHECKING:
    from pathlib import Path

    from lintnet.loaders.source import SourceResult

PART = """
class Part(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        return self.fc(x)
"""
NET = f"""{PART}
class Net(nn.Module):
    def __init__(self, depth=2):
        super().__init__()
        self.parts = nn.Sequential(*[Part() for _ in range(depth)])

    def forward(self, x):
        return self.parts(x)
"""


def names(text: str) -> list[str]:
    """Return the names of the models of a program."""
    return [graph.qualname for graph in read(TORCH + dedent(text)).graphs]


def notes(text: str) -> str:
    """Return what is said of a file, in one text."""
    return "\n".join(read(TORCH + dedent(text)).notes)


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("", ["Net"]),
        ("net = Net()", ["Net"]),
        ("net = Net()\nprint(net(torch.randn(1, 4)))", ["Net"]),
        ("if __name__ == '__main__':\n    net = Net(3)", ["Net"]),
        ("a, b = Net(1), Net(2)", ["a", "b"]),
        ("def build():\n    return Net()", ["build"]),
        ("def build(depth):\n    return Net(depth)", ["build"]),
        ("def build(*, depth):\n    return Net(depth)", ["build"]),
        ("def one():\n    return Net(1)\ndef two():\n    return Net(2)", ["one", "two"]),
        ("def _build(depth):\n    return Net(depth)\ndef one():\n    return _build(1)", ["one"]),
        ("def pair():\n    return Net(1), Net(2)", ["pair", "pair#2"]),
        ("def table():\n    return {'a': Net(1), 'b': nn.Sequential(nn.ReLU())}", ["table", "table#2"]),
        ("def main():\n    net = Net(3)\n    for x, y in loader:\n        F.mse_loss(net(x), y)", ["Net"]),
        ("def main():\n    net = nn.Sequential(Part())\n    F.mse_loss(net(x), y)", ["main", "Net"]),
        ("MODELS = {'net': lambda: Net(1)}\ndef get(name):\n    return MODELS[name]()", ["Net"]),
        ("def build():\n    return Net()\nMODELS = {'net': build}", ["build"]),
        ("def get(name):\n    if name == 'a':\n        return Net(1)\n    raise ValueError(name)", ["get"]),
        ("net = nn.DataParallel(Net())", ["net"]),
        ("part = Part()\nnet = Net()", ["part", "Net"]),
    ],
)
def test_the_models_of_a_file_have_the_names_people_know_them_by(behind: str, expected: list[str]) -> None:
    found = names(f"{NET}{behind}\n")
    if expected[0] == "part":
        expected = ["Part", "Net"]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net = nn.Sequential(nn.Linear(3, 4))", ["net"]),
        ("layer = nn.Linear(3, 4)", []),
        ("layers = nn.ModuleList([nn.Linear(3, 4)])", []),
        ("def conv(x):\n    return nn.Conv2d(x, 4, 3)\nnet = nn.Sequential(conv(3))", ["net"]),
        ("def accuracy(output, target):\n    return (output.argmax(1) == target).float().mean()", []),
        ("criterion = nn.CrossEntropyLoss()", []),
        ("x = 1", []),
        ("class Data(torch.utils.data.Dataset):\n    def __getitem__(self, i):\n        return i", []),
        ("class Base(nn.Module):\n    pass", []),
        ("class Base(nn.Module):\n    def forward(self, x):\n        raise NotImplementedError", []),
    ],
)
def test_what_is_no_model_is_not_made_one(text: str, expected: list[str]) -> None:
    result = read(f"{TORCH}{text}\n")
    assert [graph.qualname for graph in result.graphs] == expected
    assert result.notes == ()


def test_a_part_whose_whole_could_not_be_read_is_read_itself() -> None:
    broken = NET.replace("self.parts = ", "self.parts = {}['nothing'] and ")
    result = read(TORCH + broken)
    assert [graph.qualname for graph in result.graphs] == ["Part"]
    assert result.notes == ("`Net` could not be read: KeyError: nothing",)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("raise RuntimeError('no')", "RuntimeError: no"),
        ("return [][3]", "IndexError"),
        ("return self.forward(x)", "calls itself too often"),
        ("return x.a.b(self.missing)", "AttributeError"),
    ],
)
def test_a_class_that_fails_is_said(method: str, words: str) -> None:
    text = f"class Net(nn.Module):\n    def forward(self, x):\n        {method}\n"
    assert names(text) == []
    assert "`Net` could not be read" in notes(text)
    assert words in notes(text)


def test_a_module_that_needs_what_may_be_left_out_is_given_it() -> None:
    (graph,) = models("""
    class Detector(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, images, targets=None, scale=1.0):
            if self.training and targets is None:
                raise ValueError("targets should be given")
            return self.fc(images) * scale
    """)
    assert kinds(graph) == ["input", "linear", "affine", "output"]


@pytest.mark.parametrize(
    ("signature", "inputs"),
    [
        ("x", ["x"]),
        ("x, mask", ["x", "mask"]),
        ("x, mask=None", ["x"]),
        ("*xs", ["xs"]),
        ("x, *, y", ["x", "y"]),
        ("x, count: int", ["x"]),
        ("x, training", ["x"]),
        ("x, **more", ["x"]),
    ],
)
def test_a_model_is_fed_with_what_it_must_be_given(signature: str, inputs: list[str]) -> None:
    body = "torch.cat(list(xs))" if "xs" in signature else "F.relu(x)"
    (graph,) = models(f"class Net(nn.Module):\n    def forward(self, {signature}):\n        return {body}\n")
    assert [node.name for node in of_kind(graph, "input")] == inputs


def test_what_a_model_returns_are_its_outputs_with_their_keys() -> None:
    (graph,) = models("""
    from dataclasses import dataclass
    @dataclass
    class Result:
        boxes: object
        scores: object

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            y = self.fc(x)
            return {"y": y, "all": (F.relu(y), [F.gelu(y)])}, Result(F.silu(y), 3), y
    """)
    ends = [(node.name, graph.nodes[node.inputs[0].node].kind) for node in of_kind(graph, "output")]
    assert ends == [
        ("y (output)", "linear"),
        ("all (output)", "relu"),
        ("all (output)", "gelu"),
        ("boxes (output)", "silu"),
    ]


LIGHTNING = """
import pytorch_lightning as pl
class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(nn.Linear(4, 3))
        self.criterion = nn.CrossEntropyLoss()
{forward}
    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = self.criterion({call}, y)
        self.log("loss", loss)
        return loss
"""


@pytest.mark.parametrize(
    ("forward", "call"),
    [
        ("    def forward(self, x):\n        return self.model(x)\n", "self(x)"),
        ("    def forward(self, x):\n        return self.model(x)\n", "self.forward(x)"),
        ("    def forward(self, x):\n        return self.model(x)\n", "self.model(x)"),
        ("", "self.model(x)"),
    ],
)
@pytest.mark.parametrize(
    "package", ["import pytorch_lightning as pl", "import lightning.pytorch as pl", "import lightning as pl"]
)
def test_the_loss_of_a_lightning_module_is_seen(forward: str, call: str, package: str) -> None:
    text = LIGHTNING.format(forward=forward, call=call).replace("import pytorch_lightning as pl", package)
    (graph,) = models(text)
    assert graph.qualname == "Net"
    assert kinds(graph) == ["input", "linear", "output", "loss"]


# Unused layers.

HOLDER = """
class Net(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
        self.used = nn.Linear(4, 4)
        {make}

    def forward(self, x):
        {use}
        return self.used(x)
"""


def unused(make: str, use: str = "pass", arguments: str = "", behind: str = "") -> list[tuple[str, object]]:
    """Return name and kind of the unused layers of a small model."""
    (graph,) = models(HOLDER.format(make=make, use=use, arguments=arguments) + behind)
    return [(node.name, node.attributes.get("kind")) for node in of_kind(graph, "unused")]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        ("self.extra = nn.Conv2d(3, 8, 3)", [("extra", "conv")]),
        ("self.extra = nn.BatchNorm2d(8)", [("extra", "batch_norm")]),
        ("self.extra = nn.LSTM(3, 8)", [("extra", "lstm")]),
        ("self.extra = nn.Embedding(3, 8)", [("extra", "embedding")]),
        ("self.extra = nn.Sequential(nn.Linear(3, 3), nn.ReLU())", [("extra", None)]),
        ("self.extra = nn.ModuleList([nn.Linear(3, 3)])", [("extra", None)]),
        (
            "self.extra = nn.Linear(3, 3)\n        self.more = nn.Linear(3, 3)",
            [("extra", "linear"), ("more", "linear")],
        ),
        ("if width > 3:\n            self.extra = nn.Linear(3, 3)", [("extra", "linear")]),
        ("self.extra = nn.ReLU()", []),
        ("self.extra = nn.Dropout(0.1)", []),
        ("self.extra = nn.BatchNorm2d(8, affine=False)", []),
        ("self.extra = None", []),
    ],
)
def test_a_layer_with_trained_numbers_that_nothing_calls_is_unused(
    make: str, expected: list[tuple[str, object]]
) -> None:
    assert unused(make, arguments=", width=8") == expected


@pytest.mark.parametrize(
    ("use", "behind"),
    [
        ("x = self.extra(x)", ""),
        ("w = self.extra.weight", ""),
        ("for each in self.children():\n            print(each)", ""),
        ("y = getattr(self, 'ex' + 'tra')", ""),
        ("y = getattr(self, 'extra')", ""),
        ("y = self._modules[name]", ""),
        ("y = vars(self)", ""),
        ("y = self.__dict__", ""),
        ("if x.mystery():\n            x = self.extra(x)", ""),
        (
            "pass",
            "\nclass Other(Net):\n    def forward(self, x):\n        return self.extra(self.used(x))\nnet = Net()\n",
        ),
        ("pass", "\nnet = Net()\nprint(net.extra)\n"),
        ("pass", "\nnet = Net()\nhook(net, 'extra')\n"),
    ],
)
def test_a_layer_that_anything_could_read_is_not_unused(use: str, behind: str) -> None:
    found = models(HOLDER.format(make="self.extra = nn.Linear(4, 4)", use=use, arguments="") + behind)
    assert found
    assert all(not of_kind(graph, "unused") for graph in found if graph.qualname == "Net" or "Other" not in behind)


def test_a_layer_read_in_another_checked_file_is_not_unused(tmp_path: Path) -> None:
    text = TORCH + HOLDER.format(make="self.extra = nn.Linear(4, 4)", use="pass", arguments="")
    (tmp_path / "net.py").write_text(text)
    (tmp_path / "use.py").write_text("from net import Net\nnet = Net()\nprint(net.extra)\n")
    counts: list[int] = []
    for files in (["net.py"], ["net.py", "use.py"]):
        run = Project()
        run.note_files([str(tmp_path / name) for name in files])
        (graph,) = run.read(str(tmp_path / "net.py"), text.encode()).graphs
        counts.append(len(of_kind(graph, "unused")))
    assert counts == [1, 0]


def test_an_unused_layer_stands_where_it_is_made_and_counts_its_numbers() -> None:
    (graph,) = models(HOLDER.format(make="self.extra = nn.Conv2d(3, 8, 5, groups=1)", use="pass", arguments=""))
    (node,) = of_kind(graph, "unused")
    assert node.location is not None
    assert node.location.line == 9
    assert node.attributes["parameters"] == 3 * 8 * 25 + 8


# Budgets.


def test_a_file_that_never_ends_is_stopped_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries_module, "SECONDS", 0.3)
    text = f"""{TORCH}
class Endless(nn.Module):
    def __init__(self):
        super().__init__()
        count = 0
        for a in range(10**5):
            for b in range(10**5):
                for c in range(10**5):
                    count = (count * 31 + c) % 1000003
    def forward(self, x):
        return x
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
    def forward(self, x):
        return self.fc(x)
"""
    result = _timed(text)
    assert "Net" in [graph.qualname for graph in result.graphs]
    if "Endless" not in [graph.qualname for graph in result.graphs]:
        assert any("Endless" in note for note in result.notes)


def _timed(text: str) -> SourceResult:
    from time import process_time

    start = process_time()
    result = read(text)
    assert process_time() - start < 4
    return result


@pytest.mark.parametrize(
    "text",
    [
        "def f(): return f()\nf()",
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = self\n    def forward(self, x):\n        return self.a(x)",  # noqa: E501
        "class A(nn.Module):\n    def __getattr__(self, name):\n        return getattr(self, name)\n    def forward(self, x):\n        return self.b(x)",  # noqa: E501
        "x = [1]\nx.append(x)\nnet = nn.Sequential(*x)",
        "net = nn.Sequential()\nnet.add_module('0', net)",
        "a = nn.Sequential()\nb = nn.Sequential(a)\na.add_module('b', b)\na(torch.zeros(1))",
        "while True:\n    pass",
        "nn.Linear()",
        "nn.Linear(*unknown, **more)",
        "net = nn.Sequential(1, None, 'a', nn.Linear(3, 4))",
        "def f(x, *a, y, **k): return x\nf()",
        "import net",
        "from net import *",
        "from . import a\nfrom .. import b\nfrom ..... import c",
        "del nn",
        "nn = 3\nnn.Linear(3)",
        "class A(A): pass",
        "class A(nn.Module):\n    forward = None",
        "class A(nn.Module):\n    forward = nn.Linear(3, 4)",
        "class A(nn.Module):\n    def __call__(self, x):\n        return x",
        "class A(nn.Module):\n    def forward():\n        return 1",
        "class A(nn.Module):\n    @staticmethod\n    def forward(x):\n        return F.relu(x)",
        "class A(nn.Module):\n    @property\n    def forward(self):\n        return F.relu",
        "class A(nn.Module):\n    async def forward(self, x):\n        return F.relu(x)",
        "class A(nn.Module):\n    def forward(self, x):\n        yield F.relu(x)",
        "torch.nn.Module.forward(3)",
        "F.relu(nn.Linear(3, 4))",
    ],
)
def test_odd_programs_neither_crash_nor_hang(text: str) -> None:
    result = _timed(TORCH + text)
    assert not any("fault of lintnet" in note for note in result.notes)


@pytest.mark.parametrize(
    "text",
    [
        "model = keras.Sequential()",
        "model = keras.Sequential([])\nmodel.compile(loss='mse')",
        "model = keras.Model()",
        "model = keras.Model(None, None)",
        "x = layers.Input((3,))\nmodel = keras.Model(x, x)",
        "x = layers.Input((3,))\nmodel = keras.Model(x, 3)",
        "model = keras.Sequential([layers.Dense(3)])\nmodel.add(model)",
        "class A(keras.Model):\n    def call(self):\n        return 1",
        "class A(keras.Model):\n    def call(self, x):\n        return self(x)",
        "class A(layers.Layer):\n    def build(s, x):\n        raise OSError\n    def call(self, x):\n        pass",
        "layers.Dense(3)(3)",
        "layers.Dense(3)(unknown)",
    ],
)
def test_odd_programs_of_keras_neither_crash_nor_hang(text: str) -> None:
    result = _timed(f"{KERAS}{text}\n")
    assert not any("fault of lintnet" in note for note in result.notes)


def test_a_syntax_error_is_an_error_of_the_file() -> None:
    with pytest.raises(LoadError, match="line 4"):
        read(f"{TORCH}def f(:\n")


# What could not be followed.


@pytest.mark.parametrize(
    "text",
    [
        """
        def build(widths):
            parts = []
            for width in widths:
                parts.append(nn.Linear(width, width))
            return nn.Sequential(nn.Linear(3, 4), *parts)
        """,
        """
        class Net(nn.Module):
            def __init__(self, widths):
                super().__init__()
                parts = [nn.Linear(width, width) for width in widths]
                self.body = nn.Sequential(nn.Linear(3, 4), *parts)

            def forward(self, x):
                return self.body(x)
        """,
        """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(3, 3)

            def forward(self, x):
                for each in unknown:
                    x = self.fc(x)
                return x
        """,
    ],
    ids=["builder", "constructor", "forward"],
)
def test_a_model_whose_layers_could_not_be_counted_says_so(text: str) -> None:
    (graph,) = models(text)
    assert graph.coverage.blind


def test_a_training_loop_is_no_blind_spot_of_the_model() -> None:
    (graph,) = models(f"""{NET}
def main():
    net = Net()
    for x, y in loader:
        F.mse_loss(net(x), y)
""")
    assert graph.coverage.blind == ()


HEAD_PART = """
class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        return self.drop(self.fc(x))

class Net({base}):
    def __init__(self, width):
        super().__init__()
        if len([width]) == 1:
            raise ValueError(width)
        self.head = Head()

    def {method}(self, x):
        return self.head(x)
"""


@pytest.mark.parametrize(
    ("base", "method", "ends"),
    [("nn.Module", "forward", 0), ("nn.Module", "training_step", 1)],
)
def test_a_part_of_a_model_that_could_not_be_read_has_no_outputs(base: str, method: str, ends: int) -> None:
    text = HEAD_PART.format(base=base, method=method)
    (graph,) = [each for each in models(text) if any(node.kind == "dropout" for node in each.nodes)]
    assert sum(node.kind == "output" for node in graph.nodes) == ends


def test_what_no_line_of_the_program_calls_says_no_place_of_a_call() -> None:
    text = """
    def head(width):
        layers = nn.Sequential()
        layers.add_module("first", nn.Linear(8, width))
        layers.add_module("second", nn.Linear(width, 2))
        return layers
    """
    (graph,) = models(dedent(text))
    assert [node.called for node in graph.nodes if node.is_layer] == [None, None]
