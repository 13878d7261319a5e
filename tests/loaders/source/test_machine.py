"""What a run of a program leaves on the tape: names, places, losses, phases, and what is not understood."""

from __future__ import annotations

import pytest

from lintnet.ir import Unknown
from tests.loaders.source.programs import KERAS, TORCH, edges, kinds, model, models, of_kind, read

NET = """
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3)
        self.act = nn.ReLU()

    def forward(self, x):
        return F.relu(self.act(self.conv(x)) + x)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        y = torch.relu(x)
        return self.head(self.blocks(y).mean((2, 3)))
"""


def test_layers_have_the_path_below_the_model_and_operations_that_of_their_module() -> None:
    graph = model(NET)
    assert [(node.name, node.scope) for node in graph.nodes if node.is_layer] == [
        ("torch.relu", "relu#0"),
        ("blocks.0.conv", "blocks.0.conv"),
        ("blocks.0.act", "blocks.0.act"),
        ("add", "blocks.0.add#0"),
        ("F.relu", "blocks.0.relu#0"),
        ("blocks.1.conv", "blocks.1.conv"),
        ("blocks.1.act", "blocks.1.act"),
        ("add", "blocks.1.add#0"),
        ("F.relu", "blocks.1.relu#0"),
        ("Tensor.mean", "reduce#0"),
        ("head", "head"),
    ]


def test_a_layer_stands_where_it_is_made_and_says_where_it_is_called() -> None:
    graph = model(NET)
    nodes = {node.scope: node for node in graph.nodes}
    conv_node = nodes["blocks.0.conv"]
    assert conv_node.location is not None
    assert conv_node.called is not None
    assert (conv_node.location.line, conv_node.location.column) == (8, 21)
    assert conv_node.location.text == "self.conv = nn.Conv2d(width, width, 3)"
    assert (conv_node.called.line, conv_node.called.column) == (12, 32)
    function = nodes["blocks.0.relu#0"]
    assert function.location is not None
    assert (function.location.line, function.called) == (12, None)


def test_what_is_made_and_called_on_one_line_has_one_place() -> None:
    graph = read(f"{KERAS}x = layers.Input((4,))\ny = layers.Dense(3)(x)\nmodel = keras.Model(x, y)\n").graphs[0]
    (dense,) = of_kind(graph, "linear")
    assert dense.location is not None
    assert (dense.location.line, dense.called) == (4, None)


def test_a_layer_that_is_called_twice_keeps_its_identity() -> None:
    graph = model("""
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x):
            return self.fc(self.fc(x))
    """)
    first, second = of_kind(graph, "linear")
    assert (first.layer, first.call, second.layer, second.call) == ("fc", 0, "fc", 1)


@pytest.mark.parametrize(
    ("making", "path"),
    [
        ("self.a = nn.Sequential(nn.Linear(3, 3))", "a.0"),
        ("self.add_module('b', nn.Sequential(nn.Linear(3, 3)))\n        self.a = self.b", "b.0"),
        ("self.a = nn.ModuleDict({'x': nn.Linear(3, 3)})['x']", "a.x"),
        ("self.c = nn.Linear(3, 3)\n        self.a = nn.Sequential(self.c)", "c"),
        ("self.list = [nn.Linear(3, 3)]\n        self.a = self.list[0]", "list.0"),
        ("self.map = {'k': nn.Linear(3, 3)}\n        self.a = self.map['k']", "map.k"),
        ("setattr(self, 'd', nn.Linear(3, 3))\n        self.a = getattr(self, 'd')", "d"),
    ],
)
def test_the_name_of_a_layer_is_that_of_whoever_holds_it_first(making: str, path: str) -> None:
    graph = model(f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {making}

    def forward(self, x):
        return self.a(x)
""")
    (linear,) = of_kind(graph, "linear")
    names = {linear.name}
    assert names & {path, path.replace("a.x", "a")}


def test_a_layer_that_nobody_holds_is_told_apart_by_its_first_call() -> None:
    text = """
    def net():
        one, two = nn.Linear(3, 3), nn.Linear(3, 3)
        class Net(nn.Module):
            def forward(self, x):
                return two(one(two(x)))
        return Net()
    """
    (graph,) = models(text)
    assert [(node.layer, node.call) for node in of_kind(graph, "linear")] == [("@0", 0), ("@1", 0), ("@0", 1)]


def test_a_layer_taken_from_another_model_has_the_name_it_has_in_this_one() -> None:
    found = {
        graph.qualname: graph
        for graph in models("""
    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3)
            self.fc = nn.Linear(8, 2)

        def forward(self, x):
            return self.fc(self.stem(x).mean((2, 3)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            backbone = Backbone()
            self.body = nn.Sequential(*list(backbone.children())[:-1])

        def forward(self, x):
            return self.body(x)
    """)
    }
    assert list(found) == ["Net"]
    assert [node.name for node in of_kind(found["Net"], "conv")] == ["body.0"]


# Losses.


TRAINED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(x)

model = Net()
"""


@pytest.mark.parametrize(
    ("training", "end", "line"),
    [
        ("loss = nn.CrossEntropyLoss()(model(torch.randn(2, 4)), y)", "fc", 14),
        ("criterion = nn.CrossEntropyLoss()\nfor x, y in loader:\n    criterion(model(x), y).backward()", "fc", 14),
        ("loss = F.cross_entropy(model(x), y)", "fc", 14),
        ("loss = F.cross_entropy(F.softmax(model(x), dim=1), y)", "F.softmax", 14),
        ("def train(x, y):\n    return F.cross_entropy(model(x), y)", "fc", 15),
        ("out = model(x)\nloss = F.cross_entropy(out, y) + 0.1 * F.cross_entropy(out, y)", "fc", 15),
    ],
)
def test_a_loss_hangs_behind_the_output_it_is_computed_on(training: str, end: str, line: int) -> None:
    graph = model(TRAINED + training)
    (loss,) = of_kind(graph, "loss")
    output = graph.nodes[loss.inputs[0].node]
    assert output.kind == "output"
    assert graph.nodes[output.inputs[0].node].name == end
    assert (loss.attributes["family"], loss.attributes["from_logits"]) == ("cross_entropy", True)
    assert loss.location is not None
    assert loss.location.line == line


def test_what_is_computed_behind_a_model_and_leads_to_no_loss_is_not_part_of_it() -> None:
    graph = model(f"{TRAINED}out = model(x)\np = F.softmax(out, dim=1)\nprint(p)\nF.mse_loss(out, y)\n")
    assert kinds(graph) == ["input", "linear", "output", "loss"]


def test_a_loss_on_two_models_belongs_to_neither() -> None:
    text = f"{TRAINED}other = nn.Sequential(nn.Linear(4, 3))\nF.mse_loss(model(x) + other(x), y)\n"
    found = {graph.qualname: kinds(graph) for graph in models(text)}
    assert found == {"Net": ["input", "linear", "output"], "other": ["input", "linear", "output"]}


def test_a_model_behind_another_is_a_model_of_its_own() -> None:
    found = {
        graph.qualname: graph
        for graph in models("""
    encoder = nn.Sequential(nn.Linear(8, 2), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(2, 8), nn.Sigmoid())
    loss = F.mse_loss(decoder(encoder(torch.randn(5, 8))), y)
    """)
    }
    assert kinds(found["encoder"]) == ["input", "linear", "relu", "output"]
    assert kinds(found["decoder"]) == ["input", "linear", "sigmoid", "output", "loss"]
    sizes = found["decoder"].nodes[0].outputs[0].sizes
    assert not isinstance(sizes, Unknown)
    assert sizes[1] == 2


def test_a_model_called_often_is_run_once_for_each_number_of_arguments() -> None:
    graph = model(f"{TRAINED}a = model(x)\nb = model(x)\nc = model(torch.zeros(1, 4))\n")
    assert kinds(graph).count("linear") == 1


def test_an_example_input_tells_the_sizes_but_not_that_of_the_batch() -> None:
    graph = model(f"{TRAINED}model(torch.randn(7, 4))\n")
    sizes = graph.nodes[0].outputs[0].sizes
    assert not isinstance(sizes, Unknown)
    assert isinstance(sizes[0], Unknown)
    assert sizes[1:] == (4,)


def test_a_loss_that_is_told_overrides_what_the_source_says() -> None:
    text = f"{TORCH}{TRAINED}F.mse_loss(model(x), y)\n"
    families = [
        [node.attributes["family"] for node in of_kind(read(text, loss=loss).graphs[0], "loss")]
        for loss in ("", "squared_error", "cross_entropy")
    ]
    assert families == [["squared_error"], ["squared_error"], ["cross_entropy"]]


def test_a_class_that_only_computes_a_loss_is_no_model() -> None:
    result = read(
        TORCH
        + """
class Focal(nn.Module):
    def forward(self, prediction, target):
        p = torch.softmax(prediction, dim=1)
        return F.cross_entropy(prediction, target) * p.mean()
class Loss(nn.Module):
    def forward(self, prediction, target):
        return F.cross_entropy(prediction, target)
"""
    )
    assert [graph.qualname for graph in result.graphs if graph.qualname == "Loss"] == []


# Keras.


def test_a_compiled_model_has_its_losses_and_its_training() -> None:
    text = f"""{KERAS}
model = keras.Sequential([layers.Input((8,)), layers.Dense(3, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
model.fit(x, y, batch_size=32)
"""
    (graph,) = read(text).graphs
    (loss,) = of_kind(graph, "loss")
    assert (loss.attributes["family"], loss.attributes["from_logits"]) == ("cross_entropy", False)
    assert loss.location is not None
    assert loss.location.line == 5
    assert (graph.training.optimizer, graph.training.learning_rate, graph.training.batch_size) == ("adam", 0.01, 32)


def test_a_compiled_model_whose_loss_is_not_known_says_so() -> None:
    text = f"{KERAS}model = keras.Sequential([layers.Input((8,)), layers.Dense(3)])\nmodel.compile(loss=my_own)\n"
    (graph,) = read(text).graphs
    assert any("no known loss" in note for note in graph.coverage.notes)


def test_a_model_within_a_model_is_not_reported_twice_unless_it_is_trained() -> None:
    text = f"""{KERAS}
x = layers.Input((8,))
z = layers.Dense(2)(x)
y = layers.Dense(8)(z)
encoder = keras.Model(x, z)
model = keras.Model(x, y)
"""
    assert [graph.qualname for graph in read(text).graphs] == ["model"]
    assert [graph.qualname for graph in read(f"{text}encoder.compile(loss='mse')\n").graphs] == ["encoder", "model"]


def test_a_training_loop_of_keras_gives_the_loss_to_the_model() -> None:
    text = f"""{KERAS}
import tensorflow as tf
model = keras.Sequential([layers.Input((8,)), layers.Dropout(0.5), layers.Dense(3)])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = loss_fn(y, logits)
    return loss
"""
    (graph,) = read(text).graphs
    (loss,) = of_kind(graph, "loss")
    assert loss.attributes["from_logits"] is True
    assert of_kind(graph, "dropout")[0].attributes["mode"] == "phase"


def test_a_subclassed_model_of_keras_that_is_given_two_tensors_has_two_inputs() -> None:
    text = f"""{KERAS}
class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(3)
        self.b = layers.Dense(3)

    def call(self, inputs):
        left, right = inputs
        return self.a(left) + self.b(right)
"""
    (graph,) = read(text).graphs
    assert kinds(graph) == ["input", "input", "linear", "linear", "add", "output"]
    assert edges(graph) >= {("inputs.0", "a"), ("inputs.1", "b")}


def test_a_keras_layer_is_built_on_the_shape_of_its_first_call() -> None:
    text = f"""{KERAS}
class Scale(layers.Layer):
    def build(self, input_shape):
        self.dense = layers.Dense(input_shape[-1] * 2)

    def call(self, inputs, training=None):
        return self.dense(inputs) if training else inputs

x = layers.Input((8,))
model = keras.Model(x, Scale()(x))
"""
    (graph,) = read(text).graphs
    (dense,) = of_kind(graph, "linear")
    assert dense.attributes["out"] == 16


# Phases and what is thrown away.


def test_code_for_the_training_phase_is_guarded() -> None:
    graph = model("""
    class Net(nn.Module):
        def forward(self, x):
            a = F.dropout(x, 0.1)
            b = F.dropout(a, 0.2, training=self.training)
            if self.training:
                b = F.dropout(b, 0.3)
            if not self.training:
                return b
            return F.dropout(b, 0.4)
    """)
    assert [(node.attributes["rate"], node.attributes["mode"]) for node in of_kind(graph, "dropout")] == [
        (0.1, "training"),
        (0.2, "phase"),
        (0.3, "phase"),
        (0.4, "phase"),
    ]


@pytest.mark.parametrize(
    ("statement", "discarded"),
    [
        ("self.fc(x)", ["fc"]),
        ("F.relu(x)", ["F.relu"]),
        ("x.relu()", ["Tensor.relu"]),
        ("F.relu(x, inplace=True)", []),
        ("self.act(x)", []),
        ("x.relu_()", []),
        ("_ = self.fc(x)", []),
        ("print(self.fc(x))", []),
        ("'a text'", []),
    ],
)
def test_a_result_that_is_thrown_away_is_seen(statement: str, discarded: list[str]) -> None:
    graph = model(f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        {statement}
        return self.fc(x)
""")
    sinks = of_kind(graph, "discarded")
    assert [graph.nodes[node.inputs[0].node].name for node in sinks] == discarded
    assert all(node.location is not None and node.location.line == 12 for node in sinks)


def test_a_discarded_layer_of_a_functional_model_is_part_of_it() -> None:
    text = f"""{KERAS}
x = layers.Input((8,))
y = layers.Dense(4)(x)
layers.Dropout(0.5)(y)
model = keras.Model(x, layers.Dense(2)(y))
model(x)
"""
    (graph,) = read(text).graphs
    (sink,) = of_kind(graph, "discarded")
    assert graph.nodes[sink.inputs[0].node].kind == "dropout"


# What is not understood.


def test_an_unknown_function_on_a_tensor_is_a_barrier_and_on_others_nothing() -> None:
    graph = model("""
    import mystery
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.width = mystery.width()
            self.fc = nn.Linear(4, self.width)

        def forward(self, x):
            return mystery.mix(self.fc(x), x)
    """)
    assert kinds(graph) == ["input", "linear", "unknown", "output"]
    assert graph.nodes[2].attributes["reason"] == "`mystery.mix` is not known"
    assert len(graph.nodes[2].inputs) == 2
    assert isinstance(graph.nodes[1].attributes["out"], Unknown)


def test_a_layer_on_what_is_not_known_is_not_placed() -> None:
    graph = model("""
    import mystery
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 4)
            self.b = nn.Linear(4, 4)

        def forward(self, x):
            return self.a(x) + self.b(mystery.noise())
    """)
    assert (graph.coverage.sites, graph.coverage.placed) == (3, 2)
    (barrier,) = of_kind(graph, "unknown")
    assert "mystery.noise" in str(barrier.attributes["reason"])


def test_a_branch_that_cannot_be_decided_leaves_variants_or_a_choice() -> None:
    found = models("""
    import mystery
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.ReLU() if mystery.flag() else nn.GELU()

        def forward(self, x):
            return self.act(x)
    """)
    assert [(kinds(graph)[1], [(each.text, each.taken) for each in graph.variant]) for graph in found] == [
        ("relu", [("mystery.flag()", True)]),
        ("gelu", [("mystery.flag()", False)]),
    ]
    many = "\n".join(f"        if mystery.flag({number}):\n            x = F.relu(x)" for number in range(6))
    found = models(f"import mystery\nclass Net(nn.Module):\n    def forward(self, x):\n{many}\n        return x\n")
    assert len(found) == 8
    assert all(kinds(graph).count("choice") == 3 for graph in found)


def test_arguments_that_do_not_fit_are_said() -> None:
    graph = model("""
    class Net(nn.Module):
        def forward(self, x):
            return F.relu(x, 1, 2, 3)
    """)
    assert kinds(graph) == ["input", "unknown", "output"]
    assert any("takes 2 arguments" in blind.why for blind in graph.coverage.blind)


def test_every_graph_of_source_is_consistent() -> None:
    for graph in [*models(NET), *models(TRAINED)]:
        assert (graph.format, graph.provenance.kind, graph.provenance.front_end) == ("source", "source", "S")
        for index, node in enumerate(graph.nodes):
            for edge in node.inputs:
                assert edge.node < index
                assert edge.output < len(graph.nodes[edge.node].outputs)


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        ("return self.a(x)", (1, 1)),
        ("if self.fast:\n            x = self.b(x)\n        return self.a(x)", (1, 1)),
        ("if self.slow:\n            return self.a(x)\n        return self.b(x)", (1, 1)),
        ("x = self.a(x) if self.slow else self.b(x)\n        return x", (1, 1)),
        ("for part in mystery():\n            x = self.b(x)\n        return self.a(x)", (2, 2)),
        ("def later(y):\n            return self.b(y)\n        return self.a(x)", (1, 1)),
        ("return x.mystery(lambda y: self.b(y)) + self.a(x)", (3, 3)),
    ],
)
def test_calls_that_no_run_comes_to_do_not_count(body: str, counted: tuple[int, int]) -> None:
    graph = model(f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.slow, self.fast = True, False
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        {body}
""")
    assert (graph.coverage.sites, graph.coverage.placed) == counted


def test_a_layer_in_the_list_of_a_sequential_is_called_by_the_model_only() -> None:
    made = "model = keras.Sequential([\n    keras.Input((8,)),\n    layers.Dense(4),\n])\n"
    graph = model(KERAS + made)
    assert [node.called for node in graph.nodes] == [None] * len(graph.nodes)


GROWN = """
class Grown(nn.ModuleDict):
    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def append(self, layer):
        self.add_module(str(len(self)), layer(self(torch.zeros(self.sizes)).shape[-1]))

    def forward(self, x):
        for layer in self.values():
            x = layer(x)
        return x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.grown = Grown(1, 5)
        self.grown.append(lambda width: nn.Linear(width, 7))
        self.grown.append(nn.LayerNorm)
        self.grown.append(lambda width: nn.Linear(width, 3))

    def forward(self, x):
        return self.grown(x)
"""


def test_a_model_that_is_tried_out_while_it_grows_is_run_with_what_it_has_by_then() -> None:
    graph = model(GROWN)
    assert [node.get("out") for node in graph.nodes if node.is_layer] == [7, 7, 3]
    assert [node.get("inp") for node in of_kind(graph, "linear")] == [5, 7]
