"""The Keras reader against the real Keras: the same layers, edges and shapes as `load_model` gives."""

from __future__ import annotations

import inspect
import io
import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.ir import UNKNOWN, Graph, Node, Size, Unknown
from lintnet.ir.kinds import LOSS_FAMILIES
from lintnet.loaders import load, load_file
from lintnet.loaders.keras.layers import LAYERS
from lintnet.loaders.keras.operators import OPERATORS, function_name
from lintnet.loaders.keras.walk import STRUCTURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.oracle

# Activations that the reader makes nodes of their own, one per layer that has one.
_SPLIT = ".activation"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keras warns about its own defaults; that is not what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(model: Any) -> Graph:
    (graph,) = load_file(io.BytesIO(model.to_json().encode()), "model.json")
    return graph


def _sizes(node: Node) -> tuple[Size, ...]:
    sizes = node.outputs[0].sizes
    assert isinstance(sizes, tuple)
    return sizes


def _oracle_edges(model: Any) -> set[tuple[str, str]]:
    """(producer, consumer) of every call in the real functional graph, by layer name."""
    function = getattr(model, "_functional", None) or model
    edges: set[tuple[str, str]] = set()
    for nodes in function._nodes_by_depth.values():
        for node in nodes:
            edges.update((parent.operation.name, node.operation.name) for parent in node.parent_nodes)
    return edges


def _read_edges(graph: Graph) -> set[tuple[str, str]]:
    def owner(index: int) -> str:
        return graph.nodes[index].name.removesuffix(_SPLIT)

    edges: set[tuple[str, str]] = set()
    for index, node in enumerate(graph.nodes):
        if node.is_layer:
            edges.update((owner(edge.node), owner(index)) for edge in node.inputs if owner(edge.node) != owner(index))
    return edges


def _check_shapes(model: Any, graph: Graph) -> int:
    """Compare every size the reader knows with the real tensor; return how many tensors were compared."""
    function = getattr(model, "_functional", None) or model
    real = {
        operation.name: tuple(operation.output.shape)
        for operation in function.operations
        if len(operation._inbound_nodes) == 1 and hasattr(operation.output, "shape")
    }
    compared = 0
    for node in graph.nodes:
        sizes = node.outputs[0].sizes
        if isinstance(sizes, Unknown) or node.name not in real:
            continue
        assert len(sizes) == len(real[node.name]), node.name
        for read, true in zip(sizes, real[node.name], strict=True):
            assert isinstance(read, Unknown) or read == true, (node.name, sizes, real[node.name])
        compared += 1
    return compared


def _residual(keras: Any) -> Any:
    layers = keras.layers
    start = layers.Input((32, 32, 3))
    stem = layers.Conv2D(16, 3, padding="same", use_bias=False)(start)
    stem = layers.BatchNormalization(momentum=0.9)(stem)
    stem = layers.ReLU(max_value=6)(stem)
    branch = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(stem)
    branch = layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))(branch)
    joined = layers.Add()([stem, branch])
    pooled = layers.GlobalAveragePooling2D()(joined)
    return keras.Model(start, layers.Dense(10, activation="softmax")(pooled))


def _shared(keras: Any) -> Any:
    layers = keras.layers
    left, right = layers.Input((8,), name="left"), layers.Input((8,), name="right")
    tower = layers.Dense(4, activation="tanh", name="tower")
    joined = layers.Concatenate()([tower(left), tower(right), left * 2.0])
    first = layers.Dense(1, activation="sigmoid", name="first")(joined)
    second = layers.Dense(3, name="second")(layers.LeakyReLU()(joined))
    return keras.Model([left, right], [first, second])


def _sequences(keras: Any) -> Any:
    layers = keras.layers
    start = layers.Input((12,), dtype="int32")
    x = layers.Embedding(100, 16)(start)
    x = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(x)
    x = layers.MultiHeadAttention(2, 8, dropout=0.1)(x, x)
    x = layers.LayerNormalization()(x)
    x = layers.GRU(6)(x)
    x = keras.ops.expand_dims(x, 1)
    x = keras.ops.squeeze(x, 1)
    return keras.Model(start, layers.Dense(2)(x))


_STYLES = (_residual, _shared, _sequences)


@pytest.mark.parametrize("build", _STYLES, ids=lambda build: build.__name__[1:])
def test_edges_and_shapes_equal_load_model(keras: Any, tmp_path: Path, build: Any) -> None:
    path = tmp_path / "model.keras"
    build(keras).save(path)
    model = keras.models.load_model(path)
    (graph,) = load(str(path))
    assert graph.coverage.not_understood == ()
    read = {(_one_layer(a), _one_layer(b)) for a, b in _read_edges(graph)}
    assert {pair for pair in read if pair[0] != pair[1]} == _oracle_edges(model)
    assert _check_shapes(model, graph) >= 6
    assert graph.metadata["keras_version"] == keras.__version__


def _one_layer(name: str) -> str:
    """The layer of Keras that a half of a separable convolution belongs to; Keras numbers them over a whole process."""
    return name.removesuffix(".depthwise").removesuffix(".pointwise")


def test_nested_models_are_flattened_with_shared_identity(keras: Any) -> None:
    layers = keras.layers
    inner_start = layers.Input((4,))
    inner = keras.Model(inner_start, layers.Dropout(0.5)(layers.Dense(4, name="proj")(inner_start)), name="block")
    first, second = layers.Input((4,)), layers.Input((4,))
    middle = inner(first)
    graph = _read(keras.Model([first, second], [inner(middle), inner(second)]))
    linear = [node for node in graph.nodes if node.kind == "linear"]
    assert [(node.name, node.scope, node.call) for node in linear] == [
        ("block.proj", "block.proj", call) for call in (0, 1, 2)
    ]
    assert len({node.layer for node in linear}) == 1
    # The second call works on the result of the first, whichever order the file lists them in.
    kinds = [[graph.nodes[edge.node].kind for edge in node.inputs] for node in linear]
    assert sorted(kinds) == [["dropout"], ["input"], ["input"]]


def test_time_distributed_sees_steps_and_returns_sequences(keras: Any) -> None:
    layers = keras.layers
    start = layers.Input((5, 8, 8, 3))
    x = layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu"))(start)
    x = layers.TimeDistributed(layers.BatchNormalization())(x)
    x = layers.TimeDistributed(layers.Flatten())(x)
    graph = _read(keras.Model(start, layers.LSTM(2)(x)))
    conv = next(node for node in graph.nodes if node.kind == "conv")
    assert (conv.get("inp"), conv.get("kernel"), _sizes(conv)[1:]) == (3, (3, 3), (5, 6, 6, 4))
    assert conv.outputs[0].channel == 4
    assert next(node for node in graph.nodes if node.kind == "batch_norm").get("axis") == "channel"


def test_every_public_layer_is_mapped(keras: Any) -> None:
    abstract = {"InputSpec"}
    special = {"InputLayer", "Pipeline", "StackedRNNCells"}
    missing = [
        cls.__name__
        for name, cls in vars(keras.layers).items()
        if inspect.isclass(cls) and name not in abstract and cls.__name__ not in {*LAYERS, *STRUCTURES, *special}
    ]
    assert missing == []


def test_most_operators_are_mapped(keras: Any) -> None:
    """Every operator of nn, and of the rest at least nine in ten; the others become unknown nodes and are counted."""
    del keras
    from keras.src.ops import core, image, math, nn, numpy
    from keras.src.ops.operation import Operation

    def classes(module: Any) -> list[str]:
        return [
            name
            for name, cls in vars(module).items()
            if inspect.isclass(cls) and issubclass(cls, Operation) and cls.__module__ == module.__name__
        ]

    losses = {"BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "CTCLoss", "CTCDecode"}
    unusual = {"PSNR", "Polar", "Fold"}
    assert [name for name in classes(nn) if function_name(name) not in OPERATORS and name not in losses | unusual] == []
    rest = [name for module in (core, image, math, numpy) for name in classes(module)]
    mapped = [name for name in rest if function_name(name) in OPERATORS]
    assert len(mapped) > 0.75 * len(rest), sorted(set(rest) - set(mapped))


def test_activation_functions_are_mapped(keras: Any) -> None:
    skipped = {"serialize", "deserialize", "get", "linear"}
    names = [
        name for name, value in vars(keras.activations).items() if inspect.isfunction(value) and name not in skipped
    ]
    assert len(names) > 25
    for name in names:
        model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(4, activation=name)])
        graph = _read(model)
        assert graph.nodes[2].name == "dense.activation" or graph.nodes[2].scope == "linear#0.activation"
        assert graph.nodes[2].kind not in {"unknown", "identity"}, name


def test_compile_config_becomes_loss_nodes(keras: Any) -> None:
    model = _shared(keras)
    model.compile(
        optimizer=keras.optimizers.Adam(3e-4),
        loss={
            "first": keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum"),
            "second": "sparse_categorical_crossentropy",
        },
    )
    graph = _read(model)
    losses = [node for node in graph.nodes if node.kind == "loss"]
    assert [dict(node.attributes) for node in losses] == [
        {"family": "binary_cross_entropy", "from_logits": True, "reduction": "sum"},
        {"family": "cross_entropy", "from_logits": False, "reduction": "mean", "sparse": True},
    ]
    for loss in losses:
        assert graph.nodes[loss.inputs[0].node].kind == "output"
    assert (graph.training.optimizer, graph.training.learning_rate) == ("adam", 3e-4)


def test_every_loss_class_is_known(keras: Any) -> None:
    for name, cls in vars(keras.losses).items():
        if not inspect.isclass(cls) or cls is keras.losses.Loss:
            continue
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
        model.compile(loss=cls())
        loss = _read(model).nodes[-1]
        assert loss.kind == "loss", name
        assert loss.get("family") in LOSS_FAMILIES, name
        assert "from_logits" in loss.attributes or loss.get("family") not in {"cross_entropy", "binary_cross_entropy"}


def test_a_loss_of_ones_own_is_said_to_be_unknown(keras: Any) -> None:
    def mine(truth: Any, prediction: Any) -> Any:
        return keras.ops.mean(truth - prediction)

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
    assert _read(model).coverage.notes == ()
    model.compile(loss=mine)
    graph = _read(model)
    assert graph.nodes[-1].kind == "output"
    assert graph.coverage.notes == ("the model was compiled, but no known loss belongs to the output",)
    model.compile(loss="mse")
    assert _read(model).coverage.notes == ()


def test_custom_code_is_opaque_and_never_decoded(keras: Any) -> None:
    class Body(keras.Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    start = keras.layers.Input((4,))
    x = keras.layers.Lambda(lambda value: value * 2, name="double")(start)
    inside = _read(keras.Model(start, Body(name="body")(x)))
    reasons = {node.name: str(node.get("reason")) for node in inside.nodes if node.kind == "unknown"}
    assert reasons["double"] == "Lambda layer: its code is not decoded"
    assert "subclassed model" in reasons["body"]
    assert inside.coverage.understood == 0
    whole = _read(Body())
    assert whole.provenance.kind == "opaque"
    assert [node.kind for node in whole.nodes] == ["input", "unknown", "output"]


def test_the_phase_decides_over_a_literal_in_keras_3(keras: Any) -> None:
    """What the file says as `training=` is overridden by fit and predict: executed here, and read the same way."""
    import numpy as np

    start = keras.layers.Input((200,))
    model = keras.Model(start, keras.layers.Dropout(0.5)(start, training=True))
    ones = np.ones((1, 200), "float32")
    assert float(keras.ops.sum(model(ones, training=False))) == 200.0
    node = _read(model).nodes[1]
    assert (node.kind, node.get("mode")) == ("dropout", "phase")
    assert "override" in _read(model).coverage.notes[0]
    plain = keras.Model(start, keras.layers.Dropout(0.5)(start))
    written = json.loads(plain.to_json())["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]
    assert written == {"training": False}, "Keras 3 writes the default, so a false says nothing"
    assert _read(plain).nodes[1].kind == "dropout"
    assert _read(plain).coverage.notes == ()


def test_an_untrainable_batch_norm_is_frozen(keras: Any) -> None:
    base = keras.Sequential([keras.layers.Input((4, 4, 3)), keras.layers.BatchNormalization()])
    base.trainable = False
    norm = next(node for node in _read(base).nodes if node.kind == "batch_norm")
    assert (norm.get("running"), norm.get("mode"), norm.get("momentum")) == (False, "inference", 0.01)


# Built without memory for weights (torch's meta device). NASNetMobile is not available over torch.
_APPLICATIONS = """
ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge DenseNet121 DenseNet169 DenseNet201 EfficientNetB0
EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7
EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2L EfficientNetV2M EfficientNetV2S
InceptionResNetV2 InceptionV3 MobileNet MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetLarge ResNet101 ResNet101V2
ResNet152 ResNet152V2 ResNet50 ResNet50V2 VGG16 VGG19 Xception
"""


@pytest.mark.parametrize("name", _APPLICATIONS.split())
def test_the_applications_are_understood_completely(keras: Any, name: str) -> None:
    with keras.device("meta" if keras.backend.backend() == "torch" else "cpu"):
        model = getattr(keras.applications, name)(weights=None)
    graph = _read(model)
    assert graph.coverage.not_understood == ()
    layers = json.loads(model.to_json())["config"]["layers"]
    activations = sum(
        1
        for layer in layers
        if layer["class_name"] != "Activation" and layer["config"].get("activation") not in {None, "linear"}
    )
    separable = sum(1 for layer in layers if layer["class_name"].startswith("Separable"))
    nested = [layer for layer in layers if layer["class_name"] in {"Sequential", "Functional"}]
    inside = sum(
        sum(1 + (each["config"].get("activation") not in {None, "linear"}) for each in layer["config"]["layers"][1:])
        - 1
        for layer in nested
    )
    assert len(graph.nodes) == len(layers) + activations + separable + inside + 1  # and the output
    for node in graph.nodes:
        if node.kind in {"batch_norm", "layer_norm", "softmax", "concat"}:
            assert node.get("axis") == "channel", node.name
        if node.kind in {"conv", "linear"}:
            assert node.get("inp") is not UNKNOWN, node.name
    if not nested:
        assert _check_shapes(model, graph) > 0.4 * len(layers)


def test_time_steps_are_no_positions_of_a_map(keras: Any) -> None:
    from lintnet.facts import Facts, compute

    layers = keras.layers
    start = layers.Input((5, 32, 32, 3))
    x = layers.TimeDistributed(layers.Conv2D(4, 3))(start)
    graph = _read(keras.Model(start, layers.TimeDistributed(layers.Dropout(0.5))(x)))
    drop = next(index for index, node in enumerate(graph.nodes) if node.kind == "dropout")
    facts = Facts(graph)
    assert compute("spatial_extent", facts, (drop,), (drop,)) == 900
    assert compute("map_rank", facts, (drop,), (drop,)) == 4
