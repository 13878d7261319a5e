"""The Keras reader on configs written by hand: every generation's spelling, conventions, and what is refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from lintnet.ir import UNKNOWN, Graph, Node, Unknown
from lintnet.loaders import LoadError, LoadOptions, load_file


def _load(config: object, options: LoadOptions | None = None) -> Graph:
    text = io.BytesIO(json.dumps(config).encode())
    (graph,) = load_file(text, "model.json", options or LoadOptions())
    return graph


def _layer(class_name: str, name: str, *inbound: object, **config: object) -> dict[str, Any]:
    """A layer of Keras 2: no module, no shapes, one list per call."""
    return {
        "class_name": class_name,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [[node] if isinstance(node, list) and isinstance(node[0], str) else node for node in inbound],
    }


def _model(layers: list[dict[str, Any]], inputs: list[str], outputs: list[object], **more: object) -> dict[str, Any]:
    return {
        "class_name": "Functional",
        "config": {
            "name": "model",
            "layers": layers,
            "input_layers": [[name, 0, 0] for name in inputs],
            "output_layers": [[each, 0, 0] if isinstance(each, str) else each for each in outputs],
        },
        **more,
    }


def _input(name: str = "x", shape: tuple[int | None, ...] = (None, 8, 8, 3)) -> dict[str, Any]:
    return _layer("InputLayer", name, batch_input_shape=list(shape), dtype="float32")


def _one(
    class_name: str, *before: dict[str, Any], shape: tuple[int | None, ...] = (None, 8, 8, 3), **config: Any
) -> Node:
    """The node of one layer behind an input."""
    layers = [_input(shape=shape), *before]
    layers.append(_layer(class_name, "it", [layers[-1]["name"], 0, 0, {}], **config))
    graph = _load(_model(layers, ["x"], ["it"]))
    return next(node for node in graph.nodes if node.name == "it")


def _kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


def test_keras_2_functional_with_shared_layer_and_keyword_tensor() -> None:
    graph = _load(
        _model(
            [
                _input("a", (None, 4)),
                _input("b", (None, 4)),
                _layer("Dense", "tower", ["a", 0, 0, {}], ["b", 0, 0, {}], units=3, activation="relu", use_bias=False),
                _layer("Add", "sum", [["tower", 0, 0, {}], ["tower", 1, 0, {}]]),
                {
                    "class_name": "TFOpLambda",
                    "name": "tf.math.multiply",
                    "config": {"name": "tf.math.multiply", "function": "math.multiply"},
                    "inbound_nodes": [["sum", 0, 0, {"y": ["a", 0, 0], "name": None}]],
                },
                {
                    "class_name": "TFOpLambda",
                    "name": "tf.__operators__.add",
                    "config": {"name": "tf.__operators__.add", "function": "__operators__.add"},
                    "inbound_nodes": [["tf.math.multiply", 0, 0, {"y": 2.5, "name": None}]],
                },
            ],
            ["a", "b"],
            ["tf.__operators__.add"],
        )
    )
    assert _kinds(graph) == [
        *("input", "input", "linear", "relu", "linear", "relu", "add", "multiply", "affine", "output"),
    ]
    first, second = (node for node in graph.nodes if node.kind == "linear")
    assert (first.layer, first.call, second.call) == (second.layer, 0, 1)
    assert first.get("bias") is False
    assert [edge.node for edge in graph.nodes[6].inputs] == [3, 5]
    assert [edge.node for edge in graph.nodes[7].inputs] == [6, 0]
    assert (graph.nodes[8].get("function"), graph.nodes[8].get("constant")) == ("add", 2.5)
    assert graph.nodes[7].scope == "multiply#0", "a name that Keras made up is no address"


def test_keras_2_nested_model_counts_its_calls_from_one() -> None:
    inner = _model([_input("i", (None, 4)), _layer("Dense", "d", ["i", 0, 0, {}], units=4)], ["i"], ["d"])
    nested: dict[str, Any] = {**inner, "name": "block", "inbound_nodes": [[["x", 0, 0, {}]], [["block", 1, 0, {}]]]}
    nested["config"] = {**nested["config"], "name": "block"}
    graph = _load(_model([_input(shape=(None, 4)), nested], ["x"], [["block", 2, 0]]))
    assert [(n.kind, n.name, [e.node for e in n.inputs]) for n in graph.nodes] == [
        ("input", "x", []),
        ("linear", "block.d", [0]),
        ("linear", "block.d", [1]),
        ("output", "block (output)", [2]),
    ]


def test_keras_1_sequential_with_its_spellings() -> None:
    layers = [
        {
            "class_name": "Convolution2D",
            "config": {
                "name": "convolution2d_1", "nb_filter": 16, "nb_row": 5, "nb_col": 3, "subsample": [2, 2],
                "border_mode": "same", "dim_ordering": "th", "bias": False, "activation": "relu",
                "batch_input_shape": [None, 3, 32, 32],
            },
        },
        {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": 1, "momentum": 0.9, "mode": 0}},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "p": 0.25}},
        {"class_name": "Flatten", "config": {"name": "flatten_1"}},
        {"class_name": "Dense", "config": {"name": "dense_1", "output_dim": 1, "activation": "softmax"}},
    ]  # fmt: skip
    graph = _load({"class_name": "Sequential", "config": layers, "keras_version": "1.2.2"})
    assert _kinds(graph) == ["input", "conv", "relu", "batch_norm", "dropout", "flatten", "linear", "softmax", "output"]
    conv, norm, drop, softmax = (graph.nodes[index] for index in (1, 3, 4, 7))
    assert {key: conv.get(key) for key in ("inp", "out", "kernel", "stride", "padding", "bias")} == {
        "inp": 3, "out": 16, "kernel": (5, 3), "stride": (2, 2), "padding": "same", "bias": False,
    }  # fmt: skip
    assert (norm.get("axis"), norm.get("momentum"), norm.get("out")) == ("channel", 0.1, 16)
    assert drop.get("rate") == 0.25
    assert (softmax.get("axis"), softmax.get("extent")) == ("channel", 1)
    assert softmax.scope == "linear#0.activation"
    assert graph.metadata["keras_version"] == "1.2.2"


def test_width_of_a_head_is_known_without_any_shape() -> None:
    layers = [{"class_name": "Dense", "config": {"name": "d", "units": 1, "activation": "softmax"}}]
    graph = _load({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
    assert (graph.nodes[2].get("axis"), graph.nodes[2].get("extent")) == ("channel", 1)


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        (None, "element"),
        ([None, None, None, None], "element"),
        ([None, 1, 1, 1], "path"),
        ([None, 1, 1, None], "channel"),
        ([None, 1, 1, 3], "channel"),
        ({"class_name": "__tuple__", "items": [None, 1, 1, 1]}, "path"),
    ],
)
def test_noise_shape_says_what_is_dropped_together(shape: object, form: str) -> None:
    assert _one("Dropout", rate=0.2, noise_shape=shape).get("form") == form


@pytest.mark.parametrize("shape", [[None, 3, 1, 1], [1, 1, 1, 1], [None, 1, None, None]])
def test_another_noise_shape_is_unknown(shape: object) -> None:
    assert isinstance(_one("Dropout", rate=0.2, noise_shape=shape).get("form"), Unknown)


@pytest.mark.parametrize(
    ("axis", "name"), [(-1, "channel"), (3, "channel"), ([3], "channel"), (1, "spatial"), (0, "batch")]
)
def test_axes_get_names(axis: object, name: str) -> None:
    norm = _one("BatchNormalization", axis=axis)
    assert norm.get("axis") == name
    assert (norm.get("momentum"), norm.get("running"), norm.get("mode")) == (0.01, True, "phase")


def test_the_axis_behind_an_opaque_layer_is_unknown() -> None:
    norm = _one("BatchNormalization", _layer("Mystery", "m", ["x", 0, 0, {}]), axis=-1)
    assert isinstance(norm.get("axis"), Unknown)


def test_channels_first_conv_moves_the_channel_axis() -> None:
    conv = _layer("Conv2D", "c", ["x", 0, 0, {}], filters=4, kernel_size=3, data_format="channels_first")
    shape = (None, 3, 8, 8)
    assert _one("BatchNormalization", conv, shape=shape, axis=1).get("axis") == "channel"
    assert _one("BatchNormalization", conv, shape=shape, axis=-1).get("axis") == "spatial"


def test_keras_2_obeys_the_literal_phase() -> None:
    def called(training: bool, class_name: str) -> Node:
        layers = [_input(), _layer(class_name, "it", ["x", 0, 0, {"training": training}], rate=0.5)]
        return _load(_model(layers, ["x"], ["it"])).nodes[1]

    assert (called(training=True, class_name="Dropout").get("mode")) == "training"
    assert called(training=False, class_name="Dropout").kind == "identity"
    norm = called(training=False, class_name="BatchNormalization")
    assert (norm.get("running"), norm.get("mode")) == (False, "inference")


def test_convention_of_layers() -> None:
    """One line per convention that a rule relies on."""
    depthwise = _one("DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=2, padding="same")
    assert (depthwise.kind, depthwise.get("groups"), depthwise.get("out"), depthwise.get("bias")) == (
        "conv",
        3,
        6,
        True,
    )
    pool = _one("MaxPooling2D", pool_size=[3, 3], strides=None)
    assert (pool.get("kernel"), pool.get("stride")) == ((3, 3), (3, 3))
    assert _one("AdaptiveAveragePooling2D", output_size=[1, 1]).kind == "global_average_pool"
    assert _one("ReLU", max_value=6.0).get("ceiling") == 6
    assert _one("ReLU").get("ceiling") is None
    assert (_one("LeakyReLU", alpha=0.1).kind, _one("LeakyReLU", alpha=0.1).get("slope")) == ("leaky_relu", 0.1)
    assert _one("ReLU", negative_slope=0.2).kind == "leaky_relu"
    assert _one("SpatialDropout2D", rate=0.3).get("form") == "channel"
    assert _one("AlphaDropout", rate=0.3).get("form") == "alpha"
    assert _one("GaussianDropout", rate=0.3).kind == "noise"
    assert _one("GroupNormalization", groups=-1).kind == "instance_norm"
    assert _one("ZeroPadding2D", padding=[[1, 2], [3, 4]]).get("pads") == (1, 3, 2, 4)
    assert _one("Activation", activation="linear").kind == "identity"
    assert _one("Conv1D", shape=(None, 9, 4), filters=2, kernel_size=[3], padding="causal").get("pads") == (2, 0)
    flat = _one("Flatten")
    assert flat.get("keeps_channel") is False
    assert flat.outputs[0].channels == 192
    assert _one("Flatten", shape=(None, 1, 1, 5)).get("keeps_channel") is True
    kept = _one("Reshape", target_shape=[64, 3])
    assert (kept.get("keeps_channel"), kept.outputs[0].channel) == (True, 2)
    assert _one("Reshape", target_shape=[3, 64]).get("keeps_channel") is False
    moved = _one("Permute", dims=[3, 1, 2])
    assert (moved.get("permutation"), moved.outputs[0].channel) == ((0, 3, 1, 2), 1)
    lstm = _one("LSTM", shape=(None, 7, 5), units=6, dropout=0.1, recurrent_dropout=0.2)
    assert [lstm.get(k) for k in ("inp", "out", "dropout", "recurrent_dropout", "sequence", "directions")] == [
        *(5, 6, 0.1, 0.2, False, 1),
    ]
    both = _one("Bidirectional", shape=(None, 7, 5), layer=_layer("GRU", "g", units=6), merge_mode="concat")
    assert (both.kind, both.get("directions"), both.outputs[0].channels) == ("gru", 2, 12)
    assert _one("Embedding", shape=(None, 7), input_dim=9, output_dim=4).get("rows") == 9


def test_separable_conv_is_two_layers_and_one_activation() -> None:
    layers = [_input(), _layer("SeparableConv2D", "s", ["x", 0, 0, {}], filters=8, kernel_size=3, activation="relu")]
    graph = _load(_model(layers, ["x"], ["s"]))
    assert [(n.name, n.scope, n.kind, n.call) for n in graph.nodes[1:4]] == [
        ("s.depthwise", "s.depthwise", "conv", 0),
        ("s.pointwise", "s.pointwise", "conv", 0),
        ("s.activation", "s.activation", "relu", 0),
    ]
    assert [n.get("bias") for n in graph.nodes[1:3]] == [False, True]
    assert [n.get("groups") for n in graph.nodes[1:3]] == [3, 1]


def test_custom_layers_and_functions_are_named_barriers() -> None:
    custom = {**_layer("my>Dense", "it", units=3), "registered_name": "my>Dense"}
    custom["inbound_nodes"] = [[["x", 0, 0, {}]]]
    graph = _load(_model([_input(), custom], ["x"], ["it"]))
    assert graph.coverage.not_understood[0].why == "custom layer my>Dense"
    activation = _load(
        _model([_input(), _layer("Dense", "d", ["x", 0, 0, {}], units=3, activation="my>f")], ["x"], ["d"])
    )
    assert activation.nodes[2].get("reason") == "custom activation my>f"
    lambda_node = _one("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}})
    assert lambda_node.get("reason") == "Lambda layer: its code is not decoded"


def test_layers_that_are_never_called_are_a_note() -> None:
    layers = [_input(), _layer("Dense", "lost", units=3), _layer("Flatten", "f", ["x", 0, 0, {}])]
    assert _load(_model(layers, ["x"], ["f"])).coverage.notes == ("1 layer is never called: lost",)


def test_losses_in_every_spelling() -> None:
    def loss(value: object, options: LoadOptions | None = None) -> list[dict[str, object]]:
        layers = [
            _input(),
            _layer("Dense", "p", ["x", 0, 0, {}], units=1),
            _layer("Dense", "q", ["x", 0, 0, {}], units=2),
        ]
        graph = _load(_model(layers, ["x"], ["p", "q"], compile_config={"loss": value}), options)
        return [dict(node.attributes) for node in graph.nodes if node.kind == "loss"]

    squared = {"family": "squared_error", "reduction": "mean"}
    assert loss("mse") == [squared, squared]
    assert loss(["mse", None]) == [squared]
    assert loss({"q": "MeanSquaredError"}) == [squared]
    assert loss({"class_name": "function", "config": "mean_squared_error"}) == [squared, squared]
    wrapped = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True, "reduction": None}}
    assert loss([wrapped, None]) == [{"family": "binary_cross_entropy", "from_logits": True, "reduction": "none"}]
    assert loss({"class_name": "my>Loss", "config": {}, "registered_name": "my>Loss"}) == []
    assert loss("my_loss") == []
    assert loss(None, LoadOptions(loss="cross_entropy")) == [{"family": "cross_entropy"}] * 2
    assert loss([wrapped, None], LoadOptions(loss="binary_cross_entropy"))[0]["from_logits"] is True


def test_a_keras_model_holds_its_training_graph_whatever_is_stated() -> None:
    config = _model([_input(), _layer("Flatten", "f", ["x", 0, 0, {}])], ["x"], ["f"])
    assert _load(config).provenance.kind == "training"
    assert _load(config, LoadOptions(phase="inference")).provenance.kind == "training"


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        (
            lambda m: m["config"]["layers"][1].update(inbound_nodes=[[["gone", 0, 0, {}]]]),
            "layers[1]",
            "no layer 'gone'",
        ),
        (lambda m: m["config"]["layers"][1].update(inbound_nodes=[[["x", 7, 0, {}]]]), "layers[0]", "call 7"),
        (lambda m: m["config"]["layers"][1].update(inbound_nodes=[[["x", 0, 3, {}]]]), "layers[1]", "output 3"),
        (lambda m: m["config"]["layers"][1].update(inbound_nodes=[[["it", 0, 0, {}]]]), "inbound_nodes", "cycle"),
        (lambda m: m["config"]["layers"][1].update(inbound_nodes=5), "inbound_nodes", "a list is expected"),
        (lambda m: m["config"]["layers"][1]["config"].update(units="many"), "config.units", "a number is expected"),
        (lambda m: m["config"]["layers"][1]["config"].update(units=2.5), "config.units", "fraction"),
        (lambda m: m["config"]["layers"][1].update(name="x"), "layers[1]", "two layers"),
        (lambda m: m["config"]["layers"].append([]), "layers[2]", "an object is expected"),
        (lambda m: m["config"].update(output_layers=[["it", -1, 0]]), "output_layers", "wrong index"),
        (lambda m: m["config"]["layers"][1].update(class_name=None), "class_name", "a name is expected"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(change: Any, place: str, reason: str) -> None:
    model = _model([_input(shape=(None, 4)), _layer("Dense", "it", ["x", 0, 0, {}], units=3)], ["x"], ["it"])
    assert _load(model).nodes[1].get("inp") == 4
    change(model)
    with pytest.raises(LoadError) as caught:
        _load(model)
    assert reason in caught.value.reason
    assert place in caught.value.place


def test_sizes_that_are_not_fixed_stay_unknown() -> None:
    node = _load(_model([_input(shape=(None, None, 3)), _layer("Flatten", "f", ["x", 0, 0, {}])], ["x"], ["f"])).nodes[
        0
    ]
    sizes = node.outputs[0].sizes
    assert not isinstance(sizes, Unknown)
    assert isinstance(sizes[0], Unknown)
    assert (sizes[0].why, sizes[1], sizes[2]) == ("batch", UNKNOWN, 3)
