"""Keras in source against the real Keras: a text is read as the Keras reader reads the model that it makes."""

from __future__ import annotations

import inspect
import io
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.ir import Graph, Unknown
from lintnet.loaders import load_file
from lintnet.loaders.source import Project
from lintnet.loaders.source.frameworks.keras_signatures import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.ir import Node, Tensor

pytestmark = pytest.mark.oracle

_HEAD = """
import keras
from keras import layers, ops, activations
from keras import backend as K
"""

# shape of the input | what is done with it
_CALLS = """
8 | layers.Dense(4)(x)
8 | layers.Dense(4, "relu", use_bias=False)(x)
8 | layers.Dense(units=4, activation=activations.gelu, name="head")(x)
8 | layers.Dense(4, activation=keras.activations.softmax)(x)
8 | layers.Dense(4, activation=layers.LeakyReLU(0.1))(x)
8 | layers.Dense(4, activation=ops.relu6)(x)
5,8 | layers.Dense(4, activation="tanh")(x)
5,8 | layers.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d")(x)
32,32,3 | layers.Conv2D(8, 3)(x)
32,32,3 | layers.Conv2D(8, (3, 5), 2, "same", activation="relu")(x)
32,32,3 | layers.Conv2D(8, 3, strides=(2, 1), dilation_rate=1, use_bias=False, padding="valid")(x)
32,32,4 | layers.Conv2D(8, 3, groups=2, dilation_rate=2)(x)
32,6 | layers.Conv1D(8, 5, padding="causal", dilation_rate=2)(x)
32,6 | layers.Conv1D(8, 4, 2)(x)
8,8,8,2 | layers.Conv3D(4, 3, padding="same")(x)
8,8,4 | layers.Conv2DTranspose(6, 4, strides=2, padding="same")(x)
8,8,4 | layers.Conv2DTranspose(6, 3, strides=2)(x)
8,8,4 | layers.Conv2DTranspose(6, 3, 2, "same", output_padding=1)(x)
32,32,4 | layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(x)
32,32,4 | layers.SeparableConv2D(8, 3, activation="relu", padding="same")(x)
32,6 | layers.SeparableConv1D(8, 3)(x)
32,32,4 | layers.MaxPooling2D()(x)
32,32,4 | layers.MaxPool2D(3, 2, "same")(x)
32,32,4 | layers.AveragePooling2D((2, 4))(x)
32,6 | layers.MaxPooling1D(pool_size=3, strides=1)(x)
32,32,4 | layers.GlobalAveragePooling2D()(x)
32,32,4 | layers.GlobalMaxPooling2D(keepdims=True)(x)
32,6 | layers.GlobalAveragePooling1D()(x)
32,32,4 | layers.UpSampling2D((2, 3), interpolation="bilinear")(x)
32,6 | layers.UpSampling1D(2)(x)
32,32,4 | layers.ZeroPadding2D(((1, 2), (3, 4)))(x)
32,32,4 | layers.ZeroPadding2D(2)(x)
32,32,4 | layers.Cropping2D(((1, 0), (0, 1)))(x)
32,6 | layers.Cropping1D((1, 2))(x)
32,32,4 | layers.Resizing(16, 24)(x)
32,32,4 | layers.Rescaling(1.0 / 255)(x)
32,32,4 | layers.RandomFlip("horizontal")(x)
32,32,4 | layers.BatchNormalization()(x)
32,32,4 | layers.BatchNormalization(axis=-1, momentum=0.9, epsilon=1e-5, scale=False)(x)
32,32,4 | layers.BatchNormalization(trainable=False)(x)
32,32,4 | layers.LayerNormalization(epsilon=1e-6)(x)
32,32,8 | layers.GroupNormalization(groups=4)(x)
5,8 | layers.RMSNormalization()(x)
8 | layers.UnitNormalization()(x)
8 | layers.Dropout(0.3)(x)
8,8,4 | layers.Dropout(rate=0.3, noise_shape=(None, 1, 1, 4))(x)
8,8,4 | layers.SpatialDropout2D(0.2)(x)
8 | layers.GaussianNoise(0.1)(x)
8 | layers.GaussianDropout(0.1)(x)
8 | layers.AlphaDropout(0.1)(x)
8 | layers.Activation("relu")(x)
8 | layers.Activation(activations.sigmoid)(x)
8 | layers.ReLU(max_value=6)(x)
8 | layers.ReLU(6, 0.1)(x)
8 | layers.LeakyReLU(negative_slope=0.2)(x)
8 | layers.PReLU()(x)
8 | layers.ELU(alpha=0.5)(x)
5,8 | layers.Softmax(axis=1)(x)
32,32,4 | layers.Flatten()(x)
48 | layers.Reshape((4, 4, 3))(x)
48 | layers.Reshape((-1, 6))(x)
4,6,8 | layers.Permute((3, 1, 2))(x)
8 | layers.RepeatVector(5)(x)
8 | layers.Add()([x, layers.Dense(8)(x)])
8 | layers.Concatenate()([x, layers.Dense(3)(x)])
8,8,4 | layers.Concatenate(axis=1)([x, x])
8 | layers.add([x, layers.Dense(8)(x)])
8 | layers.concatenate([x, layers.Dense(3)(x)], axis=-1)
8 | layers.average([x, layers.Dense(8)(x)])
8 | layers.Multiply()([x, layers.Dense(8, activation="sigmoid")(x)])
5,8 | layers.LSTM(6)(x)
5,8 | layers.LSTM(6, return_sequences=True, dropout=0.2, recurrent_dropout=0.1)(x)
5,8 | layers.GRU(6, "relu", return_sequences=True)(x)
5,8 | layers.SimpleRNN(6)(x)
5,8 | layers.Bidirectional(layers.LSTM(6, return_sequences=True))(x)
5,8 | layers.Bidirectional(layers.GRU(6), merge_mode="ave")(x)
5,8 | layers.RNN(layers.GRUCell(6), return_sequences=True)(x)
5,8 | layers.TimeDistributed(layers.Dense(3, activation="relu"))(x)
5,8,8,3 | layers.TimeDistributed(layers.Conv2D(4, 3))(x)
8 | layers.SpectralNormalization(layers.Dense(3))(x)
5,8 | layers.MultiHeadAttention(2, 4, dropout=0.1)(x, x)
5,8 | layers.MultiHeadAttention(num_heads=2, key_dim=4)(x, x, use_causal_mask=True)
5,8 | layers.Attention()([x, x])
8 | ops.relu(x)
8 | ops.leaky_relu(x, 0.1)
8 | ops.softmax(x)
5,8 | ops.softmax(x, axis=1)
8 | ops.gelu(x, approximate=False)
8 | ops.clip(x, 0.0, 6.0)
8,8,4 | ops.mean(x, axis=(1, 2))
8,8,4 | ops.max(x, axis=-1, keepdims=True)
8,8,4 | ops.sum(x, 1)
8 | ops.expand_dims(x, 1)
1,8 | ops.squeeze(x, axis=1)
4,8 | ops.transpose(x, (0, 2, 1))
4,8 | ops.swapaxes(x, 1, 2)
48 | ops.reshape(x, (-1, 6, 8))
8 | ops.concatenate([x, ops.square(x)], axis=-1)
8 | ops.stack([x, x], axis=1)
8 | ops.add(x, ops.multiply(x, 2.0))
8 | ops.maximum(x, 0.0)
8 | ops.where(ops.greater(x, 0), x, ops.exp(x))
4,8 | ops.matmul(x, ops.transpose(x, (0, 2, 1)))
8 | activations.relu(x)
8 | layers.Lambda(lambda t: ops.exp(t))(x)
"""
CALLS = tuple(_CALLS.strip().splitlines())


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(autouse=True, scope="module")
def _counted_anew(keras: Any) -> Iterator[None]:
    """Keras numbers the layers of a process; whoever comes next finds it as it was."""
    yield
    keras.backend.clear_session()


def read_source(text: str) -> Graph:
    """Read the only model of a text."""
    result = Project().read("net.py", text.encode())
    assert len(result.graphs) == 1, result
    return result.graphs[0]


def _text(case: str) -> str:
    shape, call = (part.strip() for part in case.split("|", 1))
    return f"{_HEAD}\nx = keras.Input(({shape},))\ny = {call}\nmodel = keras.Model(x, y)\n"


def _run(text: str) -> tuple[Graph, tuple[int, ...]]:
    space: dict[str, Any] = {}
    if "Lambda" in text:  # a saved Lambda holds no code: the function stands for what it does
        text = text.replace("layers.Lambda(lambda t: ops.exp(t))(x)", "ops.exp(x)")
    exec(compile(text, "net.py", "exec"), space)  # noqa: S102 - the texts are ours
    (graph,) = load_file(io.BytesIO(space["model"].to_json().encode()), "model.json")
    return graph, tuple(space["y"].shape)


def _plain(value: object) -> object:
    if isinstance(value, Unknown):
        return "?"
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value


def _sizes(tensor: Tensor) -> object:
    return "?" if isinstance(tensor.sizes, Unknown) else tuple(_plain(size) for size in tensor.sizes)


@pytest.mark.parametrize("case", CALLS)
def test_a_layer_call_in_source_is_what_the_saved_model_says(keras: Any, case: str) -> None:
    del keras
    text = _text(case)
    (saved, shape), source = _run(text), read_source(text)
    assert [node.kind for node in source.nodes] == [node.kind for node in saved.nodes]
    for read, known in zip(source.nodes, saved.nodes, strict=True):
        attributes = {name: _plain(value) for name, value in read.attributes.items()}
        assert attributes == {name: _plain(value) for name, value in known.attributes.items()}, known.name
        assert read.inputs == known.inputs
        assert _plain(read.outputs[0].channel) == _plain(known.outputs[0].channel), known
        assert _agree(_sizes(read.outputs[0]), _sizes(known.outputs[0])), (read, known)
    assert _sizes(source.nodes[-1].outputs[0]) == tuple("?" if size is None else size for size in shape)


def _agree(read: object, known: object) -> bool:
    """Whether what a file records is read too; of its last tensor it records nothing."""
    if known in {"?", read}:
        return True
    if not isinstance(read, tuple) or not isinstance(known, tuple) or len(read) != len(known):
        return False
    return all(b in {"?", a} for a, b in zip(read, known, strict=True))


def test_there_are_enough_cases() -> None:
    assert len(CALLS) >= 80


def test_signatures_are_those_of_keras(keras: Any) -> None:
    names = [
        name
        for name, cls in vars(keras.layers).items()
        if inspect.isclass(cls) and name not in {"InputSpec", "Layer", "InputLayer"}
    ]
    assert len(names) > 120
    for name in names:
        real = [
            each.name
            for each in inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
            if each.kind is each.POSITIONAL_OR_KEYWORD and each.name != "self"
        ]
        assert list(parameters(name) or ()) == real, name


# Files of Keras itself, and a model in each. What only `weights="imagenet"` adds is left out by choosing others.
_APPLICATIONS = """
densenet DenseNet121
efficientnet_v2 EfficientNetV2B0
inception_v3 InceptionV3
mobilenet MobileNet
mobilenet_v2 MobileNetV2
resnet ResNet50
resnet_v2 ResNet50V2
vgg16 VGG16
xception Xception
"""


def _said(node: Node) -> tuple[object, ...]:
    """What a node is, and where: the address of its layer without numbers that order gives."""
    head, _, last = node.scope.rpartition(".")
    attributes = sorted((name, str(_plain(value))) for name, value in node.attributes.items())
    channel = _plain(node.outputs[0].channel)
    return node.kind, tuple(attributes), channel, head if "#" in last else node.scope


@pytest.mark.parametrize("case", _APPLICATIONS.strip().splitlines())
def test_models_of_keras_are_read_from_their_source(keras: Any, case: str) -> None:
    import keras.src.applications as home

    file, name = case.split()
    path = Path(str(home.__file__)).with_name(f"{file}.py")
    with keras.device("meta" if keras.backend.backend() == "torch" else "cpu"):
        model = getattr(keras.applications, name)(weights=None)
    (saved,) = load_file(io.BytesIO(model.to_json().encode()), "model.json")
    (source,) = (each for each in Project().read(str(path), path.read_bytes()).graphs if each.qualname == name)
    assert source.coverage.understood == source.coverage.layers
    assert source.coverage.blind == ()
    assert Counter(map(_said, source.nodes)) == Counter(map(_said, saved.nodes))
