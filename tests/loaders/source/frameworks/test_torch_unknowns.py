"""Rows of torch on what is not known, and on what no program should give them: nothing stumbles, nothing is guessed."""

from __future__ import annotations

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.source import Project
from lintnet.loaders.source.frameworks.torch_table import TABLE
from tests.loaders.source.frameworks.torch_cases import FUNCTIONS, LAYERS

_HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
_STUMBLED = "could not be read"


def _lines(table: str) -> list[str]:
    return [line.split(" | ", maxsplit=1)[0].strip() for line in table.strip().splitlines()]


def _stumbles(text: str) -> list[str]:
    result = Project().read("unknown.py", text.encode())
    notes = [note for note in result.notes if _STUMBLED in note]
    return notes + [blind.why for graph in result.graphs for blind in graph.coverage.blind if _STUMBLED in blind.why]


_CLASS = """
class M(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.a = a
{made}

    def forward(self, x, y):
{body}
"""


def _module(lines: list[str], made: str = "") -> str:
    return _HEAD + _CLASS.format(made=made, body="\n".join(f"        {line}" for line in lines))


def test_no_function_stumbles_over_a_tensor_of_which_nothing_is_known() -> None:
    calls = [f"z{number} = {call}" for number, call in enumerate(_lines(FUNCTIONS))]
    assert _stumbles(_module([*calls, "return x"])) == []


def test_no_layer_stumbles_over_a_tensor_of_which_nothing_is_known() -> None:
    made = "\n".join(f"        self.l{number} = {call}" for number, call in enumerate(_lines(LAYERS)))
    inputs = ["x, x" if call.startswith("nn.Bilinear") else "x" for call in _lines(LAYERS)]
    calls = [f"z{number} = self.l{number}({given})" for number, given in enumerate(inputs)]
    assert _stumbles(_module([*calls, "return x"], made)) == []


_HOLDERS = {"torch.nn.Sequential", "torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel"}
# What stands for arguments of a constructor.
_GIVEN = ("*a", "**a", "*a, **a", "a", "a, a, a, a, a", "a, a", "None, None", "-1, -1, -1", "10**30, 10**30, 10**30")


def _classes() -> list[str]:
    rows = [(path, row) for path, row in TABLE.items() if path.startswith("torch.nn.")]
    return [path for path, row in rows if row.is_class and row.run is not None]


@pytest.mark.parametrize("given", _GIVEN)
def test_no_layer_stumbles_over_arguments_that_are_not_known(given: str) -> None:
    # What holds modules calls what it was given, and a number cannot be called.
    classes = [path for path in _classes() if "a" in given or path not in _HOLDERS]
    made = "\n".join(f"        self.l{number} = {path}({given})" for number, path in enumerate(classes))
    calls = [f"z{number} = self.l{number}(*([x] * {_required(path)}))" for number, path in enumerate(classes)]
    assert _stumbles(_module([*calls, "return x"], made)) == []


def _required(path: str) -> int:
    names = [each for each in TABLE[path].call.split(",") if "=" not in each and "*" not in each]
    return max(1, len(names))


def test_attributes_of_layers_whose_arguments_are_not_known_are_unknown() -> None:
    layers = "nn.Conv2d(*a), nn.Linear(*a), nn.BatchNorm2d(a), nn.Dropout(a), nn.MaxPool2d(a), nn.Softmax(a)"
    lines = ["for layer in self.layers:", "    x = layer(x)", "return x"]
    text = _module(lines, f"        self.layers = [{layers}]")
    (graph,) = Project().read("unknown.py", text.encode()).graphs
    found = {node.kind: node for node in graph.nodes}
    names = {
        "conv": ("out", "kernel", "stride", "padding", "groups", "bias"),
        "linear": ("inp", "out", "bias"),
        "batch_norm": ("out",),
        "dropout": ("rate",),
        "max_pool": ("kernel", "stride"),
        "softmax": ("axis", "extent"),
    }
    values = {(kind, name): found[kind].get(name) for kind, each in names.items() for name in each}
    guessed = [place for place, value in values.items() if not isinstance(value, Unknown)]
    assert guessed == []


_ODD = (
    *(
        "x",
        "None",
        "-1",
        "0",
        "2",
        "7",
        "10**30",
        "0.5",
        "'mean'",
        "[x, y]",
        "[1, 2]",
        "()",
        "[]",
        "{}",
        "a",
        "*a",
        "x > 0",
    ),
    *("slice(1)", "True", "torch.zeros(3)", "-0.5", "float('nan')"),
)


@pytest.mark.parametrize("first", ["x", "self.a", "torch.ones(2, 3)"])
def test_nothing_raises_on_arguments_that_make_no_sense(first: str) -> None:
    functions = [
        path for path, row in TABLE.items() if path.startswith("torch.") and not row.is_class and "__" not in path
    ]
    for start in range(0, len(functions), 200):
        lines: list[str] = []
        for path in functions[start : start + 200]:
            lines += [f"{path}({first}, {odd})" for odd in _ODD[:: 1 + len(path) % 3]]
            lines.append(f"{path}({first})")
            lines.append(f"{path}({first}, y, x, 1)")
        Project().read("odd.py", _module(["a = self.a", *lines, "return x"]).encode())


def test_huge_numbers_do_not_grow() -> None:
    lines = [
        "for _ in range(40):",
        "    x = x.repeat(1, 1000000, 1000000)",
        "    x = F.pad(x, (10**30, 10**30))",
        "return x",
    ]
    text = _module(lines) + "M(1)(torch.randn(2, 3, 4), None)\n"
    (graph,) = Project().read("huge.py", text.encode()).graphs
    for node in graph.nodes:
        for tensor in node.outputs:
            if isinstance(tensor.sizes, tuple):
                assert all(isinstance(size, Unknown) or size < 1 << 63 for size in tensor.sizes)


def test_copies_of_copies_stop() -> None:
    lines = ["layer = nn.TransformerEncoderLayer(8, 2)"]
    lines += [f"layer = nn.TransformerEncoder(layer, {count})" for count in (200, 200, 200, 200)]
    text = _HEAD + "\n".join(lines) + "\n"
    result = Project().read("many.py", text.encode())
    assert sum(len(graph.nodes) for graph in result.graphs) < 200_000
