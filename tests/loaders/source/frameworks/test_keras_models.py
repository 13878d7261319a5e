"""Keras models in source: how they are put together, compiled and called, in the spellings of all generations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.ir import Unknown
from lintnet.loaders.keras.operators import OPERATORS
from lintnet.loaders.source import Project
from lintnet.loaders.source.frameworks.keras_functions import FUNCTION_HOMES, function_row
from lintnet.loaders.source.frameworks.keras_layers import NAMES

if TYPE_CHECKING:
    from lintnet.ir import Graph, Node

_HEAD = "import keras\nfrom keras import layers\nimport tensorflow as tf\n"


def graphs(text: str, head: str = _HEAD) -> list[Graph]:
    return list(Project().read("net.py", (head + text).encode()).graphs)


def only(text: str, head: str = _HEAD) -> Graph:
    (graph,) = graphs(text, head)
    return graph


def kinds(graph: Graph) -> str:
    return " ".join(node.kind for node in graph.nodes)


def one(graph: Graph, kind: str) -> Node:
    (node,) = (each for each in graph.nodes if each.kind == kind)
    return node


def known(node: Node) -> dict[str, object]:
    return {name: value for name, value in node.attributes.items() if not isinstance(value, Unknown)}


_FUNCTIONAL = "x = keras.Input((8,))\n"


@pytest.mark.parametrize(
    "spelled",
    [
        "from keras.layers import Dense",
        "from tensorflow.keras.layers import Dense",
        "from tensorflow.python.keras.layers import Dense",
        "from keras.layers.core import Dense",
        "from keras.src.layers.core.dense import Dense",
        "from keras.api.layers import Dense",
        "from tf_keras.layers import Dense",
        "from keras_core.layers import Dense",
        "import tensorflow as tf\nDense = tf.keras.layers.Dense",
        "import tensorflow.compat.v1 as tf\nDense = tf.keras.layers.Dense",
        "from tensorflow import keras as k\nDense = k.layers.Dense",
    ],
)
def test_a_layer_is_found_under_all_its_names(spelled: str) -> None:
    graph = only(f"{spelled}\nimport keras\nm = keras.Sequential([keras.Input((3,)), Dense(4)])\n", "")
    assert kinds(graph) == "input linear output"
    assert known(one(graph, "linear")).items() >= {"inp": 3, "out": 4, "bias": True}.items()


# What Keras 1 and 2 wrote, and what of the attributes tells whether it was understood.
_OLD = {
    "Convolution2D(64, 3, 3, border_mode='same', subsample=(2, 2))": {"out": 64, "kernel": (3, 3), "stride": (2, 2)},
    "Convolution2D(64, 5, 3, 'glorot_uniform', 'relu')": {"out": 64, "kernel": (5, 3), "stride": (1, 1)},
    "Conv2D(64, 3, 3, border_mode='valid', bias=False)": {"kernel": (3, 3), "stride": (1, 1), "bias": False},
    "Conv2D(64, 3, 2)": {"kernel": (3, 3), "stride": (2, 2)},
    "Conv2D(64, (3, 3), padding='same')": {"kernel": (3, 3), "padding": "same"},
    "Convolution2D(nb_filter=8, nb_row=3, nb_col=5)": {"out": 8, "kernel": (3, 5)},
    "AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2))": {"out": 8, "dilation": (2, 2)},
    "MaxPooling2D((2, 2), strides=(1, 1), border_mode='same')": {"kernel": (2, 2), "stride": (1, 1), "padding": "same"},
    "BatchNormalization(mode=0, axis=1, epsilon=1e-6)": {"epsilon": 1e-6, "axis": "spatial"},
    "Dropout(p=.25)": {"rate": 0.25},
    "SpatialDropout2D(0.5)": {"rate": 0.5, "form": "channel"},
    "LeakyReLU(alpha=0.1)": {"slope": 0.1},
    "ZeroPadding2D((1, 2))": {"pads": (1, 2, 1, 2)},
}


@pytest.mark.parametrize("call", _OLD)
def test_older_spellings_mean_the_same(call: str) -> None:
    graph = only(f"from keras.layers import *\nx = Input((16, 16, 3))\nm = keras.Model(input=x, output={call}(x))\n")
    attributes = dict(graph.nodes[1].attributes)
    assert {name: attributes.get(name) for name in _OLD[call]} == _OLD[call]


@pytest.mark.parametrize(
    ("call", "out"),
    [("Dense(output_dim=5, init='uniform')", 5), ("Dense(6, 'glorot_uniform', 'relu')", 6), ("Dense(8, 7)", 7)],
)
def test_older_dense_layers(call: str, out: int) -> None:
    graph = only(f"from keras.layers import *\nx = Input((8,))\nm = keras.Model(x, {call}(x))\n")
    assert one(graph, "linear").get("out") == out
    assert ("relu" in kinds(graph)) == ("relu" in call)


@pytest.mark.parametrize(
    ("merged", "kind"),
    [
        ("merge([a, b], mode='concat')", "concat"),
        ("merge([a, b], mode='sum')", "add"),
        ("merge([a, b], 'mul')", "multiply"),
        ("merge([a, b], mode=lambda p: p[0] - p[1])", "subtract"),
        ("Merge(mode='ave')([a, b])", "average"),
        ("layers.add([a, b])", "add"),
        ("layers.concatenate([a, b], axis=-1)", "concat"),
        ("a + b", "add"),
        ("tf.concat([a, b], axis=-1)", "concat"),
        ("tf.add(a, b)", "add"),
    ],
)
def test_tensors_are_joined(merged: str, kind: str) -> None:
    text = "from keras.layers import *\na, b = keras.Input((4,)), keras.Input((4,))\n"
    assert kinds(only(f"{text}m = keras.Model([a, b], {merged})\n")) == f"input input {kind} output"


@pytest.mark.parametrize(
    ("activation", "found"),
    [
        ("'relu'", "relu"),
        ("tf.nn.relu", "relu"),
        ("tf.keras.activations.swish", "silu"),
        ("keras.activations.get('gelu')", "gelu"),
        ("layers.LeakyReLU(0.1)", "leaky_relu"),
        ("layers.Activation('tanh')", "tanh"),
        ("tf.math.tanh", "tanh"),
        ("lambda t: tf.nn.relu(t) * 2.0", "relu affine"),
        ("mine", "exp"),
        ("None", ""),
        ("'linear'", ""),
        ("tf.identity", ""),
        ("unknown_name", "unknown"),
    ],
)
def test_activations_of_every_form(activation: str, found: str) -> None:
    text = f"def mine(t):\n    return tf.exp(t)\n{_FUNCTIONAL}"
    for layer in (f"layers.Dense(4, activation={activation})", f"layers.Activation({activation})"):
        if activation in {"None", "layers.Activation('tanh')"} and "Dense" not in layer:
            continue
        graph = only(f"{text}m = keras.Model(x, {layer}(x))\n")
        middle = kinds(graph).removeprefix("input ").removesuffix("output").strip()
        expected = f"linear {found}".strip() if "Dense" in layer else found or "identity"
        assert middle == expected


def test_an_unknown_activation_says_why() -> None:
    graph = only(f"{_FUNCTIONAL}m = keras.Model(x, layers.Dense(4, activation=some_call())(x))\n")
    assert "some_call" in str(one(graph, "unknown").get("reason"))


@pytest.mark.parametrize(
    ("initial", "word", "scale"),
    [
        ("'he_normal'", "fan_in", 2.0),
        ("keras.initializers.HeNormal(seed=1)", "fan_in", 2.0),
        ("tf.keras.initializers.RandomNormal(0.0, 0.1)", "normal", 0.01),
        ("tf.constant_initializer(0.5)", "constant", 0.5),
        ("keras.initializers.he_normal()", "fan_in", 2.0),
        ("keras.initializers.Zeros", "zeros", 0.0),
        ("something()", None, None),
    ],
)
def test_initialisers_of_every_form(initial: str, word: str | None, scale: float | None) -> None:
    graph = only(f"{_FUNCTIONAL}m = keras.Model(x, layers.Dense(4, kernel_initializer={initial})(x))\n")
    linear = known(one(graph, "linear"))
    assert linear.get("init") == word
    assert linear.get("init_scale") == (None if scale is None else pytest.approx(scale))


# Sequential.


def test_a_sequential_reads_its_input_from_its_first_layer() -> None:
    for first in (
        "keras.Input((8, 8, 3)), layers.Conv2D(4, 3)",
        "layers.InputLayer(input_shape=(8, 8, 3)), layers.Conv2D(4, 3)",
        "layers.Conv2D(4, 3, input_shape=(8, 8, 3))",
        "layers.Conv2D(4, 3, batch_input_shape=(None, 8, 8, 3))",
    ):
        graph = only(f"m = keras.Sequential([{first}, layers.Flatten(), layers.Dense(2)])\n")
        assert kinds(graph) == "input conv flatten linear output"
        assert one(graph, "linear").get("inp") == 6 * 6 * 4
    graph = only("m = keras.Sequential([layers.Dense(4, input_dim=7)])\n")
    assert one(graph, "linear").get("inp") == 7


def test_a_sequential_that_knows_no_input_is_a_model_too() -> None:
    graph = only(
        "m = keras.Sequential([layers.Dense(4, activation='relu'), layers.Dense(2)])\nm.compile('adam', 'mse')\n"
    )
    assert kinds(graph) == "input linear relu linear output loss"
    assert [node.name for node in graph.nodes if node.kind == "linear"] == ["dense", "dense_1"]


def test_layers_are_added_and_taken_off() -> None:
    text = "m = keras.Sequential()\nm.add(keras.Input((4,)))\nfor n in (8, 4):\n    m.add(layers.Dense(n))\n"
    graph = only(text + "m.add(layers.Dropout(0.5))\nm.pop()\nm.add(layers.Softmax())\nassert len(m.layers) == 3\n")
    assert kinds(graph) == "input linear linear softmax output"
    assert graph.nodes[1].location is not None
    assert graph.nodes[1].location.line == 7


def test_a_sequential_in_a_model_is_called_with_its_name_in_front() -> None:
    text = "head = keras.Sequential([layers.Dense(4, name='proj'), layers.Dropout(0.1)], name='head')\n"
    graph = only(f"{text}a, b = keras.Input((4,)), keras.Input((4,))\nm = keras.Model([a, b], [head(a), head(b)])\n")
    linear = [node for node in graph.nodes if node.kind == "linear"]
    assert [(node.name, node.scope, node.call) for node in linear] == [("head.proj", "head.proj", c) for c in (0, 1)]
    assert len({node.layer for node in linear}) == 1


def test_the_layers_of_an_unknown_list_are_not_made_up() -> None:
    graph = only("def build(blocks):\n    return keras.Sequential([layers.Dense(3), *blocks, layers.Dense(1)])\n")
    assert "unknown" in kinds(graph)


# Functional models.


def test_models_in_models_share_their_layers() -> None:
    text = """
start = keras.Input((4,))
inner = keras.Model(start, layers.Dropout(0.5)(layers.Dense(4, name='proj')(start)), name='block')
a, b = keras.Input((4,)), keras.Input((4,))
m = keras.Model([a, b], [inner(inner(a)), inner(b)])
m.compile('adam', 'mse')
"""
    graph = only(text)
    linear = [node for node in graph.nodes if node.kind == "linear"]
    assert [(node.name, node.call) for node in linear] == [("block.proj", call) for call in (0, 1, 2)]
    assert len({node.layer for node in linear}) == 1
    assert [graph.nodes[node.inputs[0].node].kind for node in linear] == ["input", "dropout", "input"]


def test_parts_of_a_model_are_taken_by_name_and_place() -> None:
    text = """
x = keras.Input((8,))
h = layers.Dense(6, name='first')(x)
base = keras.Model(x, layers.Dense(5, name='second')(h))
m = keras.Model(base.input, layers.Dense(2)(base.get_layer('first').output))
n = keras.Model(base.inputs, layers.Dense(3)(base.layers[-1].output))
o = keras.Model(base.layers[0].output, layers.Dense(4)(base.output))
"""
    found = {graph.qualname: [n.get("out") for n in graph.nodes if n.kind == "linear"] for graph in graphs(text)}
    assert found["m"] == [6, 2]
    assert found["n"] == [6, 5, 3]
    assert found["o"] == [6, 5, 4]


def test_shapes_are_asked_for() -> None:
    text = """
from keras import backend as K
x = keras.Input((8, 6))
assert K.int_shape(x) == (None, 8, 6)
y = layers.Dense(x.shape[-1] * 2)(x)
y = layers.Reshape((K.int_shape(y)[1] * 12,))(y)
if K.image_data_format() == 'channels_last':
    y = layers.Dense(1)(y)
m = keras.Model(x, y)
"""
    assert [n.get("out") for n in only(text).nodes if n.kind == "linear"] == [12, 1]


def test_dictionaries_of_outputs_keep_their_losses_apart() -> None:
    text = """
x = keras.Input((8,))
m = keras.Model(x, {'a': layers.Dense(1)(x), 'b': layers.Dense(3)(x)})
m.compile('adam', {'b': 'categorical_crossentropy', 'a': 'mse'}, loss_weights={'a': 1.0})
"""
    graph = only(text)
    assert [node.get("family") for node in graph.nodes if node.kind == "loss"] == ["squared_error", "cross_entropy"]


# Compiling.

_LOSSES = {
    "loss='binary_crossentropy'": ("binary_cross_entropy", False),
    "loss=keras.losses.BinaryCrossentropy(from_logits=True)": ("binary_cross_entropy", True),
    "loss=keras.losses.BinaryCrossentropy(True)": ("binary_cross_entropy", True),
    "loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)": ("cross_entropy", True),
    "loss=keras.losses.categorical_crossentropy": ("cross_entropy", False),
    "'sgd', 'mse'": ("squared_error", None),
    "loss=['mae']": ("absolute_error", None),
    "loss={'out': 'hinge'}": ("hinge", None),
    "loss=lambda t, p: keras.losses.binary_crossentropy(t, p, from_logits=True)": ("binary_cross_entropy", True),
    "loss=lambda t, p: tf.reduce_mean(tf.square(t - p))": None,
    "loss=something()": None,
    "": None,
}


@pytest.mark.parametrize("arguments", _LOSSES)
def test_losses_of_every_form(arguments: str) -> None:
    text = f"{_FUNCTIONAL}m = keras.Model(x, layers.Dense(1, name='out')(x))\nm.compile({arguments})\n"
    losses = [node for node in only(text).nodes if node.kind == "loss"]
    expected = _LOSSES[arguments]
    assert [(each.get("family"), each.attributes.get("from_logits")) for each in losses] == (
        [] if expected is None else [expected]
    )


def test_the_optimizer_is_read_with_its_rate_and_the_batch_size() -> None:
    text = f"{_FUNCTIONAL}m = keras.Model(x, layers.Dense(1)(x))\n"
    graph = only(text + "m.compile(keras.optimizers.Adam(3e-4), 'mse')\nm.fit(data, targets, batch_size=64)\n")
    assert graph.training == ("adam", 3e-4, 64)
    graph = only(text + "m.compile(optimizer=tf.keras.optimizers.SGD(lr=0.1), loss='mse')\n")
    assert graph.training[:2] == ("sgd", 0.1)


def test_a_loss_is_computed_on_its_second_argument() -> None:
    text = f"""
{_FUNCTIONAL}
m = keras.Model(x, layers.Dense(3)(x))
loss_fn = keras.losses.CategoricalCrossentropy(from_logits=True)
value = loss_fn(targets, m(batch, training=True))
"""
    graph = only(text)
    assert known(one(graph, "loss"))["family"] == "cross_entropy"
    assert known(one(graph, "loss"))["from_logits"] is True
    graph = only(
        f"{_FUNCTIONAL}m = keras.Model(x, layers.Dense(3)(x))\n"
        "v = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=m(batch)))\n"
    )
    assert known(one(graph, "loss"))["family"] == "binary_cross_entropy"


def test_a_loss_of_the_program_that_fails_is_no_failure_of_the_model() -> None:
    text = f"def mine(t, p):\n    raise ValueError('no')\n{_FUNCTIONAL}m = keras.Model(x, layers.Dense(3)(x))\n"
    assert kinds(only(text + "m.compile('adam', mine)\n")) == "input linear output"


def test_branches_of_keras_1_are_joined() -> None:
    text = """
from keras.layers import Merge
a, b = keras.Sequential(), keras.Sequential()
a.add(layers.Dense(3, input_dim=8))
b.add(layers.Dense(4, input_dim=8))
m = keras.Sequential()
m.add(Merge([a, b], mode='concat'))
m.add(layers.Dense(1))
"""
    graph = next(each for each in graphs(text) if each.qualname == "m")
    assert kinds(graph) == "input linear input linear concat linear output"
    assert graph.nodes[5].get("inp") == 7


def test_a_sequential_may_be_a_class_of_the_program() -> None:
    text = """
class Net(keras.Sequential):
    def __init__(self):
        super().__init__([keras.Input((8,)), layers.Dense(4)])
        self.add(layers.Dense(2, activation=keras.activations.mish))
net = Net()
"""
    assert kinds(only(text)) == "input linear linear mish output"


# The phase.

_PHASES = {
    "layers.Dropout(0.5)(x)": ("dropout", "phase"),
    "layers.Dropout(0.5)(x, training=True)": ("dropout", "training"),
    "layers.Dropout(0.5)(x, training=False)": ("identity", None),
    "layers.BatchNormalization()(x)": ("batch_norm", "phase"),
    "layers.BatchNormalization()(x, training=False)": ("batch_norm", "inference"),
    "layers.BatchNormalization(trainable=False)(x)": ("batch_norm", "inference"),
    "tf.nn.dropout(x, rate=0.5)": ("dropout", "training"),
}


@pytest.mark.parametrize("call", _PHASES)
def test_literal_phases(call: str) -> None:
    node = only(f"{_FUNCTIONAL}m = keras.Model(x, {call})\n").nodes[1]
    assert (node.kind, node.attributes.get("mode")) == _PHASES[call]


def test_the_phase_of_a_class_is_not_a_literal() -> None:
    text = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.5)
        self.norm = layers.BatchNormalization()
    def call(self, x, training=None):
        x = self.norm(x, training=training)
        if training:
            x = self.drop(x, training=True)
        return x
"""
    graph = only(text)
    assert [node.get("mode") for node in graph.nodes if node.kind in {"dropout", "batch_norm"}] == ["phase", "phase"]
    assert [node.scope for node in graph.nodes if node.is_layer] == ["norm", "drop"]


def test_a_frozen_layer_is_still() -> None:
    text = f"{_FUNCTIONAL}norm = layers.BatchNormalization()\nnorm.trainable = False\nm = keras.Model(x, norm(x))\n"
    assert one(only(text), "batch_norm").get("running") is False
    text = f"""
{_FUNCTIONAL}
base = keras.Model(x, layers.BatchNormalization()(x))
base.trainable = False
y = keras.Input((8,))
m = keras.Model(y, layers.Dense(1)(base(y, training=False)))
m.compile('adam', 'mse')
"""
    graph = next(each for each in graphs(text) if each.qualname == "m")
    assert one(graph, "batch_norm").get("mode") == "inference"


def test_layers_frozen_before_compiling_are_still() -> None:
    text = """
x = keras.Input((8,))
m = keras.Model(x, layers.Dense(1)(layers.BatchNormalization()(x)))
for layer in m.layers:
    layer.trainable = False
m.compile('adam', 'mse')
"""
    assert one(only(text), "batch_norm").get("mode") == "inference"


# What lies outside, and what is the program's own.


def test_a_pretrained_model_is_one_node_that_is_not_known() -> None:
    text = """
base = keras.applications.ResNet50(include_top=False, weights='imagenet', input_shape=(224, 224, 3))
base.trainable = False
for layer in base.layers[:10]:
    layer.trainable = False
x = keras.Input((224, 224, 3))
y = base(x, training=False)
y = layers.GlobalAveragePooling2D()(y)
m = keras.Model(x, layers.Dense(2)(y))
"""
    graph = only(text)
    assert kinds(graph) == "input unknown global_average_pool linear output"
    assert "keras.applications" in str(one(graph, "unknown").get("reason"))
    assert isinstance(one(graph, "linear").get("inp"), Unknown)
    graph = only(
        text.split("x = keras.Input", maxsplit=1)[0] + "m = keras.Model(base.input, layers.Flatten()(base.output))\n"
    )
    assert kinds(graph) == "input unknown flatten output"


def test_lambdas_are_read() -> None:
    graph = only(f"{_FUNCTIONAL}m = keras.Model(x, layers.Lambda(lambda t, k: t * k, arguments={{'k': 3}})(x))\n")
    assert known(one(graph, "affine")) == {"function": "multiply", "constant": 3}
    graph = only(f"{_FUNCTIONAL}m = keras.Model(x, layers.Lambda(something)(x))\n")
    assert "something" in str(one(graph, "unknown").get("reason"))


def test_a_wrapper_calls_what_the_program_defines() -> None:
    text = """
class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)
    def call(self, x):
        return tf.nn.relu(self.conv(x))
x = keras.Input((5, 8, 8, 3))
y = layers.TimeDistributed(layers.GlobalMaxPooling2D())(layers.TimeDistributed(Block())(x))
m = keras.Model(x, layers.LSTM(2)(y))
"""
    graph = next(each for each in graphs(text) if each.qualname == "m")
    assert kinds(graph) == "input conv relu global_max_pool lstm output"
    conv = one(graph, "conv")
    assert (conv.get("steps"), conv.get("inp"), conv.outputs[0].sizes[1:]) == (1, 3, (5, 6, 6, 4))  # type: ignore[index]


def test_weights_and_losses_of_a_layer_are_no_tensors() -> None:
    text = """
class Scale(layers.Layer):
    def build(self, input_shape):
        self.gamma = self.add_weight(name='gamma', shape=(input_shape[-1],), initializer='ones')
        super().build(input_shape)
    def call(self, x):
        self.add_loss(tf.reduce_sum(self.gamma))
        return tf.matmul(x, self.add_weight(shape=(8, 3))) * 2.0
x = keras.Input((8,))
m = keras.Model(x, Scale()(x))
"""
    graph = next(each for each in graphs(text) if each.qualname == "m")
    assert kinds(graph) == "input linear affine output"
    assert one(graph, "linear").get("out") == 3


def test_the_layers_of_tensorflow_1() -> None:
    text = """
x = keras.Input((28, 28, 1))
y = tf.layers.conv2d(x, 32, 5, padding='same', activation=tf.nn.relu)
y = tf.layers.max_pooling2d(inputs=y, pool_size=[2, 2], strides=2)
y = tf.layers.dropout(tf.layers.flatten(y), rate=0.4, training=mode == 'train')
m = keras.Model(x, tf.layers.dense(inputs=y, units=10))
"""
    graph = only(text)
    assert kinds(graph) == "input conv relu max_pool flatten dropout linear output"
    assert one(graph, "linear").get("inp") == 14 * 14 * 32


@pytest.mark.parametrize(
    ("call", "kind", "attributes"),
    [
        ("tf.nn.relu(x)", "relu", {"ceiling": None}),
        ("tf.nn.softmax(x, axis=1)", "softmax", {"axis": "spatial", "extent": 5}),
        ("tf.nn.softmax(logits=x)", "softmax", {"axis": "channel", "extent": 8}),
        ("tf.nn.leaky_relu(x, alpha=0.1)", "leaky_relu", {"slope": 0.1}),
        ("tf.reduce_mean(x, axis=[1])", "global_average_pool", {}),
        ("tf.reduce_max(x, axis=-1, keepdims=True)", "reduce", {"function": "max", "over": (2,), "keepdims": True}),
        ("tf.reshape(x, [-1, 40])", "reshape", {"shape": (-1, 40)}),
        ("tf.transpose(x, perm=[0, 2, 1])", "transpose", {"permutation": (0, 2, 1), "keeps_channel": True}),
        ("tf.clip_by_value(x, -1.0, 1.0)", "clamp", {"low": -1, "high": 1}),
        ("tf.expand_dims(x, axis=-1)", "unsqueeze", {}),
        ("K.mean(x, axis=1)", "global_average_pool", {}),
        ("K.concatenate([x, x], axis=-1)", "concat", {"axis": "channel"}),
        ("K.relu(x, max_value=6)", "relu", {"ceiling": 6}),
        ("tf.multiply(x, 0.5)", "affine", {"function": "multiply", "constant": 0.5}),
        ("tf.matmul(x, x, transpose_b=True)", "matmul", {}),
        ("tf.made_up(x)", "unknown", None),
    ],
)
def test_functions_on_tensors(call: str, kind: str, attributes: dict[str, object] | None) -> None:
    text = f"from keras import backend as K\nx = keras.Input((5, 8))\nm = keras.Model(x, layers.Dropout(0.1)({call}))\n"
    graph = only(text)
    assert [node.kind for node in graph.nodes][1:-2] == [kind]
    if attributes is not None:
        assert {name: known(graph.nodes[1]).get(name) for name in attributes} == attributes


def test_a_tensor_is_split_into_as_many_parts_as_the_program_says() -> None:
    text = """
x = keras.Input((4, 6))
a, b, c = tf.split(x, 3, axis=-1)
d, e = keras.ops.split(x, [2], axis=1)
m = keras.Model(x, [layers.Dense(1)(a + b - c), layers.Dense(1)(d), e])
"""
    graph = only(text)
    splits = [node for node in graph.nodes if node.kind == "split"]
    assert [[tensor.sizes[1:] for tensor in node.outputs] for node in splits] == [  # type: ignore[index]
        [(4, 2), (4, 2), (4, 2)],
        [(2, 6), (2, 6)],
    ]
    assert splits[0].get("axis") == "channel"


def test_images_that_may_have_their_channels_first_have_no_known_channel() -> None:
    graph = only(
        "x = keras.Input((3, 32, 32))\nm = keras.Model(x, layers.BatchNormalization(axis=1)(layers.Conv2D(8, 3)(x)))\n"
    )
    assert isinstance(one(graph, "batch_norm").get("axis"), Unknown)
    text = "keras.backend.set_image_data_format('channels_first')\nx = keras.Input((3, 32, 32))\n"
    graph = only(text + "m = keras.Model(x, layers.BatchNormalization(axis=1)(layers.Conv2D(8, 3)(x)))\n")
    assert one(graph, "batch_norm").get("axis") == "channel"
    assert one(graph, "conv").get("inp") == 3


def test_states_and_scores_are_results_of_their_own() -> None:
    text = """
x = keras.Input((5, 8))
seq, h, c = layers.LSTM(4, return_sequences=True, return_state=True)(x)
out, scores = layers.MultiHeadAttention(2, 4)(seq, x, return_attention_scores=True)
m = keras.Model(x, [layers.Dense(2)(out), layers.Dense(3)(h)])
"""
    graph = only(text)
    assert len(one(graph, "lstm").outputs) == 3
    assert len(one(graph, "attention").outputs) == 2
    assert one(graph, "attention").get("out") == 4


_ODD = (
    "",
    "None",
    "nobody_knows()",
    "'text'",
    "-1",
    "2.5",
    "10**30, 10**30, 10**30",
    "[]",
    "[[1], 'a', None]",
    "{'a': 1}",
    "x",
    "[x, x]",
    "layers.Dense",
    "layers.Dense(3)",
    "lambda *a: None",
    "True, False, True, False",
    "*nobody_knows()",
    "**nobody_knows()",
    "filters=x, units=[3], rate='a', axis='b', kernel_size=None, layer=3, cell='c', data_format=1",
    "activation=3, strides='x', padding=7, dilation_rate=[], name=5, trainable='no', return_state=[1]",
    "input_shape='a', input_dim=2.5, batch_input_shape=3",
)


@pytest.mark.parametrize("odd", _ODD)
def test_no_argument_is_too_odd_for_a_layer(odd: str) -> None:
    lines = [
        f"def f{index}():\n    x = keras.Input((4, 4, 4))\n    return keras.Model(x, layers.{name}({odd})(x))"
        for index, name in enumerate(NAMES)
    ]
    result = Project().read("net.py", (_HEAD + "\n".join(lines)).encode())
    assert len(result.graphs) + len(result.notes) > 0
    lines = [
        f"def g{index}():\n    return keras.Sequential([layers.{name}({odd}), layers.Dense(2)])"
        for index, name in enumerate(NAMES)
    ]
    assert Project().read("net.py", (_HEAD + "\nx = 3\n" + "\n".join(lines)).encode()).graphs


@pytest.mark.parametrize("odd", _ODD)
def test_no_argument_is_too_odd_for_a_function(odd: str) -> None:
    assert all(function_row(f"{home}{name}") is not None for home in FUNCTION_HOMES for name in OPERATORS)
    calls = [
        f"m{index} = keras.Model(x, layers.Dense(2)(keras.ops.{name}(x, {odd})))"
        for index, name in enumerate(OPERATORS)
    ]
    text = _HEAD + "x = keras.Input((4, 4, 4))\n" + "\n".join(calls)
    assert Project().read("net.py", text.encode()).graphs


@pytest.mark.parametrize("odd", _ODD)
def test_no_argument_is_too_odd_for_compile(odd: str) -> None:
    text = f"{_HEAD}{_FUNCTIONAL}m = keras.Model(x, layers.Dense(1)(x))\n"
    text += f"m.compile({odd})\n"
    text += f"m.compile(loss=keras.losses.BinaryCrossentropy({odd}), optimizer=keras.optimizers.Adam({odd}))\n"
    if odd and "=" not in odd and "*n" not in odd:
        text += f"m.compile('sgd', [{odd}], {{'dense': [{odd}]}})\n"
        text += f"m.compile(loss={{'dense': ({odd})}}, optimizer=({odd}))\n"
    assert Project().read("net.py", text.encode()).graphs
