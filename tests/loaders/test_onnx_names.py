"""Where nodes live: module paths, identities and source lines from what exporters leave behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lintnet.ir import Edge
from lintnet.loaders.onnx.names import parse_texts
from tests.loaders.onnx_bytes import graph, model, node, read, read_nodes, tensor, value

if TYPE_CHECKING:
    from lintnet.ir import Graph, Node

_X = (value("x", 2, 3, 8, 8),)
_W = tensor("w", (3, 3, 1, 1))


def _torch(scopes: str, classes: str, **more: str) -> dict[str, str]:
    return {"pkg.torch.onnx.name_scopes": scopes, "pkg.torch.onnx.class_hierarchy": classes, **more}


def _conv(scope: str) -> dict[str, str]:
    return _torch(f"['', '{scope}', 'conv2d']", "['Net', 'torch.nn.modules.conv.Conv2d', 'aten.conv2d.default']")


def _layers(result: Graph) -> list[Node]:
    return [each for each in result.nodes if each.is_layer]


def test_texts_of_a_written_list() -> None:
    assert parse_texts("""['', 'features', "it's"]""") == ("", "features", "it's")
    assert parse_texts("__import__('os').system('x')") == ("os", "x")
    assert parse_texts("") == ()


@pytest.mark.parametrize(
    ("name", "scope", "shown"),
    [
        ("/features/features.3/Relu", "features.3", "features.3"),
        ("/layer1/layer1.0/act/Relu", "layer1.0.act", "layer1.0.act"),
        ("/Relu_4", "relu#0", "/Relu_4"),
        ("StatefulPartitionedCall/model/act/Relu", "model.act", "model.act"),
        ("Relu_12", "relu#0", "Relu_12"),
        ("node_relu_3", "relu#0", "node_relu_3"),
        ("17", "relu#0", "17"),
        ("", "relu#0", "y"),
        ("my_activation", "my_activation", "my_activation"),
    ],
)
def test_node_names(name: str, scope: str, shown: str) -> None:
    (layer,) = _layers(read_nodes(node("Relu", "x", "y", name=name)))
    assert (layer.scope, layer.name) == (scope, shown)


def test_a_path_shared_by_several_operators_is_a_module_and_not_a_layer() -> None:
    ops = (
        node("Relu", "x", "a", name="/block/Relu"),
        node("Tanh", "a", "b", name="/block/Tanh"),
        node("Sigmoid", "b", "c", name="/block/inner/Sigmoid"),
        node("Sigmoid", "c", "y", name="/block/inner/Sigmoid_1"),
    )
    assert [each.scope for each in _layers(read_nodes(*ops))] == [
        "block.relu#0",
        "block.tanh#0",
        "block.inner",
        "block.inner",
    ]


def test_module_paths_of_a_traced_program() -> None:
    container = "torch.nn.modules.container.Sequential"
    ops = (
        node("Conv", "x w", "a", name="node_conv2d", meta=_conv("features.0")),
        node("Relu", "a", "b", meta=_torch("['', 'features', 'relu']", f"['Net', '{container}', 'aten.relu.default']")),
        node("Relu", "b", "c", meta=_torch("['', 'block', 'relu_1']", "['Net', 'my.Block', 'aten.relu.default']")),
        node("Relu", "c", "y", meta=_torch("['', 'relu_2']", "['Net', 'aten.relu.default']")),
    )
    layers = _layers(read_nodes(*ops, weights=(_W,)))
    assert [each.scope for each in layers] == ["features.0", "features.relu#0", "block.relu#0", "relu#0"]
    assert layers[0].name == "features.0"
    assert layers[2].get("module_class") == "my.Block"


def test_a_weight_names_a_layer_that_has_no_other_name() -> None:
    weight = tensor("body.conv1.weight", (3, 3, 1, 1))
    (layer,) = _layers(read_nodes(node("Conv", "x body.conv1.weight", "y", name="Conv_0"), weights=(weight,)))
    assert (layer.scope, layer.name, layer.layer) == ("body.conv1", "body.conv1", "body.conv1.weight")


def test_calls_of_one_layer_share_their_identity() -> None:
    ops = (
        node("Conv", "x w", "a", meta=_conv("shared")),
        node("Conv", "a w", "y", meta=_conv("shared")),
    )
    assert [(each.layer, each.call) for each in _layers(read_nodes(*ops, weights=(_W,)))] == [("w", 0), ("w", 1)]


def test_equal_weights_that_an_exporter_stored_once_are_two_layers() -> None:
    ops = (node("Conv", "x w", "a", meta=_conv("first")), node("Conv", "a w", "y", meta=_conv("second")))
    layers = _layers(read_nodes(*ops, weights=(_W,)))
    assert [each.scope for each in layers] == ["first", "second"]
    assert layers[0].layer != layers[1].layer
    assert [each.call for each in layers] == [0, 0]


def test_norms_with_equal_numbers_are_two_layers() -> None:
    ones, zeros = tensor("ones", (3,)), tensor("zeros", (3,))
    ops = (
        node("BatchNormalization", "x ones zeros zeros ones", "a", name="/norm1/BatchNormalization"),
        node("BatchNormalization", "a ones zeros zeros ones", "b", name="/norm2/BatchNormalization"),
        node("BatchNormalization", "b ones zeros zeros ones", "y", name="/norm2/BatchNormalization_1"),
    )
    layers = _layers(read_nodes(*ops, weights=(ones, zeros)))
    assert layers[0].layer != layers[1].layer == layers[2].layer
    assert [each.call for each in layers] == [0, 0, 1]


def test_an_identity_of_a_weight_is_a_parameter_of_its_own() -> None:
    """The older torch exporter stores equal tensors once and gives the others back their names by Identity."""
    ops = (
        node("Identity", "norm1.s", "norm2.s"),
        node("BatchNormalization", "x norm1.s b b norm1.s", "a"),
        node("BatchNormalization", "a norm2.s b b norm2.s", "y"),
    )
    first, second = _layers(read_nodes(*ops, weights=(tensor("norm1.s", (3,)), tensor("b", (3,)))))
    assert first.layer != second.layer
    assert second.parameters[0].name == "norm2.s"
    convs = (node("Identity", "w", "v"), node("Conv", "x w", "a"), node("Conv", "a v", "y"))
    one, two = _layers(read_nodes(*convs, weights=(_W,)))
    assert one.layer != two.layer


def test_a_folded_layer_is_named_by_its_weight_and_its_bias_by_the_program() -> None:
    norm = _torch("['', 'bn', 'batch_norm']", "['Net', 'torch.nn.modules.batchnorm.BatchNorm2d', 'aten.batch_norm']")
    meta = {**norm, "pkg.onnxscript.rewriter.rule_name": "FuseBatchNormIntoConv"}
    signature = (
        "p_conv_weight: PARAMETER target='conv.weight'\np_head_weight: PARAMETER target='head.weight'\n"
        "p_head_bias: PARAMETER target='head.bias'\nb_bn_running_mean: BUFFER target='bn.running_mean'"
    )
    weights = (
        tensor("conv.weight", (3, 3, 1, 1)),
        tensor("conv.weight_bias", (3,)),
        tensor("head.weight", (3, 3, 1, 1)),
    )
    ops = (node("Conv", "x conv.weight conv.weight_bias", "a", meta=meta), node("Conv", "a head.weight", "y"))
    body = graph(
        *ops, inputs=_X, outputs=("y",), weights=weights,
        meta={"pkg.torch.export.ExportedProgram.graph_signature": signature},
    )  # fmt: skip
    folded, head = _layers(read(model(body)))
    assert (folded.scope, folded.get("bias")) == ("conv", False)
    assert "module_class" not in folded.attributes
    assert (head.scope, head.get("bias")) == ("head", True)


def test_the_place_in_the_source_is_the_innermost_frame_of_the_user() -> None:
    here = Path.cwd().as_posix()
    trace = (
        'File "/usr/lib/python3/site-packages/lightning/run.py", line 9, in run\n    step()\n'
        f'  File "{here}/main.py", line 70, in main\n    y = net(x)\n'
        f'  File "{here}/nets/net.py", line 12, in forward\n    x = self.act(x)\n'
        '  File "/env/lib/python3.11/site-packages/torch/nn/modules/activation.py", line 3, in forward\n    return x\n'
    )
    (layer,) = _layers(read_nodes(node("Relu", "x", "y", meta={"pkg.torch.onnx.stack_trace": trace})))
    assert layer.location is not None
    assert (layer.location.path, layer.location.line, layer.location.text) == ("nets/net.py", 12, "x = self.act(x)")


def test_a_trace_without_a_frame_of_the_user_gives_no_place() -> None:
    for trace in ("", "nonsense", 'File "/x/site-packages/torch/nn/a.py", line 3, in f\n    y\n'):
        (layer,) = _layers(read_nodes(node("Relu", "x", "y", meta={"pkg.torch.onnx.stack_trace": trace})))
        assert layer.location is None


def test_outputs_of_a_split_and_of_a_gather_know_their_channels() -> None:
    ops = (
        node("Conv", "x w", "c"),
        node("Split", "c", "p q", axis=2),
        node("Gather", "q zero", "g", axis=2),
        node("Softmax", "g", "y", axis=1),
    )
    result = read_nodes(*ops, weights=(_W, tensor("zero", (), 7, bytes(8))))
    split, gather, softmax = result.nodes[2:5]
    assert [each.channel for each in split.outputs] == [1, 1]
    assert (gather.inputs, gather.outputs[0].channel) == ((Edge(2, 1),), 1)
    assert softmax.get("axis") == "channel"
