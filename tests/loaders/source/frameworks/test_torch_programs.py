"""Containers, transformers and what surrounds layers, through source text: names and order against the real torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.source import Project
from tests.loaders.source.frameworks.torch_programs import HEAD, PROGRAMS

if TYPE_CHECKING:
    from lintnet.ir import Graph, Node

_MODEL = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from functools import partial

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
{made}

    def forward(self, x):
        {body}

model = Model()
out = model(torch.randn(2, 3, 8, 8))
{after}
"""


def _graph(text: str) -> Graph:
    result = Project().read("program.py", text.encode())
    # A module that was only a pattern for copies may be read as a model of its own.
    found = [graph for graph in result.graphs if graph.qualname != "Sequential"]
    assert len(found) == 1, [graph.qualname for graph in result.graphs]
    return found[0]


def _model(body: str, made: str = "", after: str = "") -> Graph:
    lines = "\n        ".join(body.strip().splitlines())
    init = "\n".join(f"        {line}" for line in made.strip().splitlines())
    return _graph(_MODEL.format(made=init, body=lines, after=after))


def _kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes if node.kind not in {"input", "output", "unused"}]


def _only(graph: Graph, kind: str) -> Node:
    (found,) = (node for node in graph.nodes if node.kind == kind)
    return found


@pytest.mark.oracle
@pytest.mark.parametrize("name", PROGRAMS)
def test_layers_are_called_in_the_order_and_by_the_names_of_torch(name: str) -> None:
    import torch

    namespace: dict[str, Any] = {"__name__": "program"}
    exec(HEAD + PROGRAMS[name], namespace)  # noqa: S102 - our own text
    model, called = namespace["model"].train(), []
    paths = {id(module): path for path, module in model.named_modules()}
    for module in model.modules():
        if not list(module.children()) or isinstance(module, torch.nn.MultiheadAttention):
            module.register_forward_hook(lambda module, _inputs, _output: called.append(paths[id(module)]))
    result = model(namespace["x"])
    called = [path for path in called if not path.endswith("out_proj")]

    graph = _graph(f"{HEAD}{PROGRAMS[name]}\nmodel(x)\n")
    assert graph.coverage.layers == graph.coverage.understood, graph.coverage
    layers = [node for node in graph.nodes if node.kind not in {"input", "output", "unused"}]
    named = [node for node in layers if not node.layer.startswith("#")]
    assert [node.name for node in named] == called

    tensors = result if isinstance(result, list | tuple) else [result]
    outputs = [node for node in graph.nodes if node.kind == "output"]
    assert len(outputs) == len(tensors)
    for node, tensor in zip(outputs, tensors, strict=True):
        edge = node.inputs[0]
        sizes = graph.nodes[edge.node].outputs[edge.output].sizes
        assert isinstance(sizes, tuple)
        assert all(isinstance(size, Unknown) or size == its for size, its in zip(sizes, tensor.shape, strict=True))
        assert not isinstance(sizes[-1], Unknown)


# Dropout: when it drops.


@pytest.mark.parametrize(
    ("body", "mode"),
    [
        ("return F.dropout(x, 0.3)", "training"),
        ("return F.dropout(x, p=0.3, training=True)", "training"),
        ("return F.dropout(x, 0.3, self.training)", "phase"),
        ("return F.dropout(x, 0.3, training=self.training)", "phase"),
        ("if self.training:\n    x = F.dropout(x, 0.3)\nreturn x", "phase"),
        ("if not self.training:\n    return x\nreturn F.dropout(x, 0.3)", "phase"),
        ("return F.dropout(x, 0.3 if self.training else 0.0)", "phase"),
        ("return torch.dropout(x, 0.3, self.training)", "phase"),
        ("return F.dropout(x, 0.3, inplace=True)", "training"),
    ],
)
def test_functional_dropout_says_when_it_drops(body: str, mode: str) -> None:
    drop = _only(_model(body), "dropout")
    assert (drop.get("mode"), drop.get("rate"), drop.get("form")) == (mode, 0.3, "element")


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("F.dropout(x, 0.3)", False),
        ("F.dropout(x, 0.3, training=True)", True),
        ("F.dropout(x, 0.3, True)", True),
        ("torch.dropout(x, 0.3, True)", True),
        ("F.dropout(x, 0.3, training=self.training)", False),
    ],
)
def test_functional_dropout_says_whether_the_program_wrote_that_it_trains(call: str, *, asked: bool) -> None:
    assert _only(_model(f"return {call}"), "dropout").get("asked") is asked


def test_functional_dropout_that_never_drops_is_an_identity() -> None:
    assert _kinds(_model("return F.dropout(x, 0.3, training=False)")) == ["identity"]
    assert _kinds(_model("return F.alpha_dropout(x, 0.3)")) == ["identity"]


def test_a_rate_that_is_not_known_stays_unknown() -> None:
    text = _MODEL.format(made="        self.drop = nn.Dropout(p)", body="return self.drop(x)", after="")
    text = text.replace("__init__(self):", "__init__(self, p):").partition("model = Model()")[0]
    assert isinstance(_only(_graph(text), "dropout").get("rate"), Unknown)


def test_rates_that_are_spread_over_the_depth_are_known() -> None:
    made = """
rates = [x.item() for x in torch.linspace(0, 0.3, 4)]
self.drops = nn.ModuleList([nn.Dropout(rates[i]) for i in range(4)])
"""
    graph = _model("for drop in self.drops:\n    x = drop(x)\nreturn x", made)
    assert [node.get("rate") for node in graph.nodes if node.kind == "dropout"] == [0.0, 0.1, 0.2, 0.3]
    made = "rates = [r.tolist() for r in torch.linspace(0, 0.3, 4).split([1, 3])]\nself.drop = nn.Dropout(rates[1][2])"
    assert _only(_model("return self.drop(x)", made), "dropout").get("rate") == 0.3


_DROP_PATH = {
    "floor": """
shape = (x.shape[0],) + (1,) * (x.ndim - 1)
mask = 0.9 + torch.rand(shape, dtype=x.dtype, device=x.device)
mask.floor_()
return x.div(0.9) * mask.floor()
""",
    "bernoulli": """
shape = (x.shape[0],) + (1,) * (x.ndim - 1)
mask = x.new_empty(shape).bernoulli_(0.9)
if 0.9 > 0.0:
    mask.div_(0.9)
return x * mask
""",
    "compare": """
mask = torch.rand(x.shape[0], 1, 1, 1) < 0.9
return x * mask / 0.9
""",
}


@pytest.mark.parametrize("form", _DROP_PATH)
def test_stochastic_depth_that_is_written_out_is_a_dropout_of_paths(form: str) -> None:
    body = f"if not self.training:\n    return x\n{_DROP_PATH[form].strip()}"
    drop = _only(_model(body), "dropout")
    assert (drop.get("form"), drop.get("rate"), drop.get("mode")) == ("path", 0.1, "phase")


def test_masks_for_channels_and_for_elements_are_told_apart() -> None:
    channels = "return x * torch.empty(x.shape[0], x.shape[1], 1, 1).bernoulli_(0.8)"
    assert _only(_model(channels), "dropout").get("form") == "channel"
    assert _only(_model("return torch.bernoulli(torch.ones(1)) * x"), "dropout").get("rate") is not None
    assert _only(_model("return x * (torch.rand(x.shape) > 0.2)"), "dropout").get("form") == "element"


# Functions on the weights of a layer.


def test_a_subclass_that_calls_the_function_is_the_layer() -> None:
    made = """
class Same(nn.Conv2d):
    def forward(self, x):
        x = F.pad(x, [self.kernel_size[0] // 2] * 4)
        return F.conv2d(x, self.weight, self.bias, self.stride, (0, 0), self.dilation, self.groups)
self.same = Same(3, 8, 5, stride=2, bias=False)
"""
    graph = _model("return self.same(x)", made)
    conv = _only(graph, "conv")
    assert conv.name == "same"
    assert {name: conv.get(name) for name in ("inp", "out", "kernel", "stride", "padding", "bias", "groups")} == {
        "inp": 3, "out": 8, "kernel": (5, 5), "stride": (2, 2), "padding": "valid", "bias": False, "groups": 1,
    }  # fmt: skip
    assert conv.outputs[0].sizes[1:] == (8, 4, 4)  # type: ignore[index]


def test_weight_tying_counts_as_a_call_of_the_layer() -> None:
    graph = _model(
        "x = x.mean((2, 3))\nx = self.fc(x)\nreturn F.linear(x, self.fc.weight)", "self.fc = nn.Linear(3, 3)"
    )
    linear = [node for node in graph.nodes if node.kind == "linear"]
    assert [(node.name, node.call, node.get("bias")) for node in linear] == [("fc", 0, True), ("fc", 1, False)]


def test_parameters_of_ones_own_are_no_shared_layer() -> None:
    made = "self.a = nn.Parameter(torch.empty(5, 3))\nself.b = nn.Parameter(torch.empty(2, 5))"
    graph = _model("x = x.mean((2, 3))\nreturn F.linear(F.linear(x, self.a), self.b)", made)
    linear = [node for node in graph.nodes if node.kind == "linear"]
    assert [(node.get("inp"), node.get("out"), node.get("bias"), node.call) for node in linear] == [
        (3, 5, False, 0),
        (5, 2, False, 0),
    ]
    assert linear[0].layer != linear[1].layer


@pytest.mark.parametrize(
    ("arguments", "mode", "running"),
    [
        ("self.m, self.v, training=self.training", "phase", True),
        ("self.m, self.v, self.w, self.b, True", "training", False),
        ("self.m, self.v", "inference", False),
        ("None, None, training=self.training", "phase", False),
    ],
)
def test_functional_batch_norm_says_which_statistics_it_uses(arguments: str, mode: str, running: bool) -> None:
    made = """
self.register_buffer("m", torch.zeros(3))
self.register_buffer("v", torch.ones(3))
self.w = nn.Parameter(torch.ones(3))
self.b = nn.Parameter(torch.zeros(3))
"""
    norm = _only(_model(f"return F.batch_norm(x, {arguments})", made), "batch_norm")
    assert (norm.get("mode"), norm.get("running"), norm.get("out")) == (mode, running, 3)
    assert norm.get("scale") is ("self.w" in arguments)


# Overwriting.


def test_what_overwrites_a_tensor_changes_it_for_all_names() -> None:
    graph = _model("y = x\nx.add_(1)\nreturn y * 2")
    assert _kinds(graph) == ["affine", "affine"]
    assert graph.nodes[2].inputs[0].node == 1
    graph = _model("a = self.conv(x)\nskip = a\nb = self.act(a)\nreturn b + skip", "self.act = nn.ReLU(inplace=True)")
    assert _kinds(graph) == ["conv", "relu", "add"]
    assert [edge.node for edge in graph.nodes[3].inputs] == [2, 2]
    graph = _model("y = x.clone()\nx.relu_()\nreturn y + x")
    assert [edge.node for edge in graph.nodes[2].inputs] == [0, 1]


def test_writing_into_a_part_of_a_tensor_is_seen() -> None:
    graph = _model("y = self.conv(x)\ny[:, 0] = x[:, 0]\nreturn y")
    assert _kinds(graph) == ["conv", "slice", "scatter"]
    assert graph.nodes[-1].inputs[0].node == 3


# Several results, and none.


def test_parts_of_a_split_are_outputs_of_one_node() -> None:
    graph = _model("a, b = self.conv(x).chunk(2, dim=1)\nreturn torch.cat([b, a], 1)")
    assert _kinds(graph) == ["conv", "split", "concat"]
    assert [(edge.node, edge.output) for edge in graph.nodes[3].inputs] == [(2, 1), (2, 0)]
    assert graph.nodes[2].outputs[1].channels == 2


def test_what_is_not_known_is_a_barrier_and_never_a_constant() -> None:
    graph = _model("return x + something(3)")
    assert _kinds(graph) == ["unknown", "add"]
    assert len(_only(graph, "add").inputs) == 2
    assert _kinds(_model("return some_function(x)")) == ["unknown"]


def test_positions_are_constants() -> None:
    made = "self.pos = nn.Embedding(64, 4)\nself.table = nn.Parameter(torch.zeros(1, 4, 8, 8))"
    body = "x = self.conv(x)\np = self.pos(torch.arange(64)).t().view(1, 4, 8, 8)\nreturn x + self.table + p"
    graph = _model(body, made)
    assert _kinds(graph) == ["conv", "affine", "affine"]
    assert graph.nodes[-1].outputs[0].sizes[1:] == (4, 8, 8)  # type: ignore[index]


# Losses.


@pytest.mark.parametrize(
    ("made", "call", "family", "logits", "reduction"),
    [
        ("nn.CrossEntropyLoss()", "c(out, y)", "cross_entropy", True, "mean"),
        ("nn.CrossEntropyLoss(reduction='sum').cuda()", "c(out, y)", "cross_entropy", True, "sum"),
        ("nn.NLLLoss(size_average=False)", "c(out, y)", "nll", False, "sum"),
        ("nn.BCELoss(reduce=False)", "c(out, y)", "binary_cross_entropy", False, "none"),
        ("nn.BCEWithLogitsLoss()", "c(input=out, target=y)", "binary_cross_entropy", True, "mean"),
        ("nn.MSELoss(reduction='none')", "c(out, y)", "squared_error", None, "none"),
        ("nn.L1Loss()", "c(out, y)", "absolute_error", None, "mean"),
        ("nn.SmoothL1Loss()", "c(out, y)", "other", None, "mean"),
        ("nn.KLDivLoss()", "c(out, y)", "divergence", None, "mean"),
        ("nn.MultiMarginLoss()", "c(out, y)", "hinge", None, "mean"),
        ("None", "F.cross_entropy(out, y)", "cross_entropy", True, "mean"),
        ("None", "F.nll_loss(out, y, reduction='sum')", "nll", False, "sum"),
        ("None", "F.binary_cross_entropy_with_logits(out, y)", "binary_cross_entropy", True, "mean"),
        ("None", "F.binary_cross_entropy(out, y)", "binary_cross_entropy", False, "mean"),
        ("None", "F.mse_loss(out, y).backward()", "squared_error", None, "mean"),
    ],
)
def test_a_loss_hangs_behind_the_output(made: str, call: str, family: str, logits: object, reduction: str) -> None:
    graph = _model("return self.conv(x)", after=f"y = torch.zeros(2)\nc = {made}\nloss = {call}")
    loss = _only(graph, "loss")
    assert (loss.get("family"), loss.get("reduction")) == (family, reduction)
    assert loss.attributes.get("from_logits") is logits
    assert graph.nodes[loss.inputs[0].node].kind == "output"


def test_a_loss_on_a_function_of_the_output_sees_the_function() -> None:
    graph = _model("return self.conv(x)", after="loss = F.cross_entropy(F.softmax(out, dim=1), torch.zeros(2))")
    assert _kinds(graph) == ["conv", "softmax", "loss"]


# Libraries around torch.


def test_composed_layers_of_torchvision_are_opened() -> None:
    made = """
from torchvision.ops.misc import Conv2dNormActivation, SqueezeExcitation
from torchvision.ops import StochasticDepth
self.block = Conv2dNormActivation(3, 8, 3, stride=2, activation_layer=nn.SiLU)
self.se = SqueezeExcitation(8, 2, scale_activation=nn.Hardsigmoid)
self.drop = StochasticDepth(0.2, "row")
"""
    graph = _model("return self.drop(self.se(self.block(x)))", made)
    assert _kinds(graph) == [
        "conv", "batch_norm", "silu", "global_average_pool", "conv", "relu", "conv", "hard_sigmoid", "multiply",
        "dropout",
    ]  # fmt: skip
    assert [node.name for node in graph.nodes[1:4]] == ["block.0", "block.1", "block.2"]
    assert graph.nodes[1].get("bias") is False
    assert _only(graph, "dropout").get("form") == "path"


def test_patterns_of_einops_are_transposes_or_reshapes() -> None:
    made = "from einops import rearrange\nself.rearrange = rearrange"
    graph = _model("return self.rearrange(x, 'b c h w -> b h w c')", made)
    assert _only(graph, "transpose").get("permutation") == (0, 2, 3, 1)
    graph = _model("return self.rearrange(x, 'b c (h p) w -> b (h w) (p c)', p=2)", made)
    assert _only(graph, "reshape").outputs[0].sizes[1:] == (32, 6)  # type: ignore[index]
    graph = _model("return self.rearrange(self.conv(x), 'b c h w -> b (h w) c')", made)
    reshape = _only(graph, "reshape")
    assert (reshape.outputs[0].channel, reshape.get("keeps_channel")) == (2, True)


# What is said of recurrent layers, attention and softmax.


def test_recurrent_layers_tell_stacking_and_the_dropout_between_layers() -> None:
    made = "self.rnn = nn.LSTM(24, 7, num_layers=3, dropout=0.4, bidirectional=True, bias=False)"
    lstm = _only(_model("return self.rnn(x.flatten(1, 2).transpose(1, 2))[0]", made), "lstm")
    assert {name: lstm.get(name) for name in lstm.attributes} == {
        "inp": 24, "out": 7, "bias": False, "layers": 3, "directions": 2, "sequence": True, "dropout": 0.0,
        "recurrent_dropout": 0.0, "layer_dropout": 0.4, "activation": "tanh", "gate": "sigmoid",
    }  # fmt: skip
    assert [tensor.channels for tensor in lstm.outputs] == [14, 7, 7]


def test_attention_tells_heads_dropout_and_whether_it_is_causal() -> None:
    made = "self.attn = nn.MultiheadAttention(8, 4, dropout=0.1, batch_first=True)"
    for arguments, causal in (("", False), (", is_causal=True, attn_mask=torch.zeros(8, 8)", True)):
        body = f"x = x.flatten(1, 2)\nreturn self.attn(x, x, x{arguments})[0]"
        attention = _only(_model(body, made), "attention")
        assert {name: attention.get(name) for name in attention.attributes} == {
            "form": "multi_head", "heads": 4, "head_width": 2, "out": 8, "dropout": 0.1, "causal": causal,
        }  # fmt: skip
        assert len(attention.inputs) == 3
    masked = _only(_model("x = x.flatten(1, 2)\nreturn self.attn(x, x, x, attn_mask=x > 0)[0]", made), "attention")
    assert isinstance(masked.get("causal"), Unknown)


@pytest.mark.parametrize(
    ("body", "axis", "extent"),
    [
        ("return F.softmax(self.conv(x).mean((2, 3)))", "channel", 4),
        ("return F.softmax(self.conv(x))", "channel", 4),
        ("return F.softmax(self.conv(x).flatten(2))", "batch", None),
        ("return F.softmax(self.conv(x), dim=0)", "batch", None),
        ("return F.softmax(self.conv(x), dim=2)", "spatial", 8),
        ("return F.softmax(self.conv(x).permute(0, 2, 3, 1), dim=-1)", "channel", 4),
    ],
)
def test_softmax_names_its_axis(body: str, axis: str, extent: int | None) -> None:
    softmax = _only(_model(body), "softmax")
    assert softmax.get("axis") == axis
    assert softmax.get("extent") == extent or (extent is None and isinstance(softmax.get("extent"), Unknown))


def test_the_leading_axis_is_not_taken_for_the_batch_where_it_may_be_something_else() -> None:
    text = _MODEL.format(made="        self.fc = nn.Linear(3, 4)", body="return F.softmax(self.fc(x), dim=0)", after="")
    unbatched = _only(_graph(text.partition("model = Model()")[0]), "softmax")
    assert isinstance(unbatched.get("axis"), Unknown)
    made = "self.rnn = nn.LSTM(8, 7)"
    steps = _only(_model("return F.softmax(self.rnn(x.flatten(1, 2))[0], dim=0)", made), "softmax")
    assert isinstance(steps.get("axis"), Unknown)
