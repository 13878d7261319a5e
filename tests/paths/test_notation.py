"""The little graph notation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.ir import Graph, Node, Unknown
from lintnet.paths.errors import PathError
from lintnet.paths.notation import parse_graph, split_examples
from lintnet.paths.syntax import Atom, parse

if TYPE_CHECKING:
    from lintnet.ir import Value


def edges(graph: Graph) -> list[str]:
    """Return every node as `name=kind(inputs)`."""
    return [
        f"{node.name}={node.kind}({', '.join(graph.nodes[edge.node].name for edge in node.inputs)})"
        for node in graph.nodes
    ]


def only(text: str) -> Node:
    """Return the second node: what stands behind the input."""
    return parse_graph(text).nodes[1]


def test_a_chain() -> None:
    graph = parse_graph("x -> conv -> relu -> conv -> y")
    assert edges(graph) == [
        "x=input()",
        "conv_0=conv(x)",
        "relu_0=relu(conv_0)",
        "conv_1=conv(relu_0)",
        "y=output(conv_1)",
    ]
    assert graph.provenance.kind == "training"
    assert (graph.provenance.reason, graph.provenance.front_end) == ("graph notation", "K")
    assert graph.coverage.layers == graph.coverage.understood == 3
    other = parse_graph("x -> unknown -> y", provenance="inference", front_end="Oi", format="onnx", path="a.onnx")
    assert (other.provenance.kind, other.provenance.front_end) == ("inference", "Oi")
    assert (other.format, other.path, other.coverage.understood) == ("onnx", "a.onnx", 0)


def test_branches_and_names() -> None:
    graph = parse_graph("x -> stem -> conv as c -> relu -> a\nstem -> linear -> b; a, b, c -> add -> y; y -> tanh -> z")
    assert edges(graph) == [
        "x=input()",
        "c=conv(x)",
        "relu_0=relu(c)",
        "linear_0=linear(x)",
        "add_0=add(relu_0, linear_0, c)",
        "tanh_0=tanh(add_0)",
        "z=output(tanh_0)",
    ]


def test_outputs() -> None:
    graph = parse_graph(
        "x -> linear -> y -> loss(family='cross_entropy')\nx -> conv as c -> relu\nc -> output(name='aux')"
    )
    assert edges(graph) == [
        "x=input()",
        "linear_0=linear(x)",
        "y=output(linear_0)",
        "loss_0=loss(y)",
        "c=conv(x)",
        "relu_0=relu(c)",
        "aux=output(c)",
    ]
    later = parse_graph("x -> linear -> y\ny -> loss(sparse=true)\ny -> softmax -> z")
    assert [text for text in edges(later) if "output" in text] == ["y=output(linear_0)", "z=output(softmax_0)"]
    assert "loss_0=loss(y)" in edges(later)
    assert edges(parse_graph("x -> linear -> loss"))[2:] == ["output_0=output(linear_0)", "loss_0=loss(output_0)"]
    written = parse_graph("x -> linear -> output(name='a') -> loss(name='l')")
    assert edges(written)[2:] == ["a=output(linear_0)", "l=loss(a)"]
    twice = parse_graph("x -> linear -> y -> loss(name='one'); y -> loss(name='two')")
    assert edges(twice)[2:] == ["y=output(linear_0)", "one=loss(y)", "two=loss(y)"]


def test_unused_layers_and_discarded_results_are_ends() -> None:
    graph = parse_graph(
        "x -> linear -> h; h -> relu -> discarded; h -> tanh -> y\n"
        "unused(name='fc2', op='torch.nn.Linear', kind='linear', parameters=110)"
    )
    assert edges(graph) == [
        "x=input()",
        "linear_0=linear(x)",
        "relu_0=relu(linear_0)",
        "discarded_0=discarded(relu_0)",
        "tanh_0=tanh(linear_0)",
        "fc2=unused()",
        "y=output(tanh_0)",
    ]
    unused = graph.nodes[5]
    assert (unused.op, unused.get("kind"), unused.integer("parameters")) == ("torch.nn.Linear", "linear", 110)
    assert graph.coverage.layers == 3
    for path in (".", "!conv", "^", "$"):
        body = parse(path).alternatives[0][0].body
        assert isinstance(body, Atom)
        assert not body.kinds & {"unused", "discarded"}


def test_lines_that_begin_or_end_with_an_arrow_continue() -> None:
    assert edges(parse_graph("\n x -> conv ->\n\n  relu\n  -> y\n")) == edges(parse_graph("x -> conv -> relu -> y"))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("conv(out=3)", "out", 3),
        ("conv(kernel=3)", "kernel", (3,)),
        ("conv(kernel=(3, 5))", "kernel", (3, 5)),
        ("conv(kernel=(3,))", "kernel", (3,)),
        ("conv(bias=true)", "bias", True),
        ("conv(bias=false)", "bias", False),
        ("conv(padding='same')", "padding", "same"),
        ('conv(padding="va\\"lid")', "padding", 'va"lid'),
        ("relu(ceiling=none)", "ceiling", None),
        ("relu(ceiling=6)", "ceiling", 6),
        ("leaky_relu(slope=-.5)", "slope", -0.5),
        ("dropout(rate=1e-3)", "rate", 0.001),
        ("dropout", "form", "element"),
        ("dropout(form='path')", "form", "path"),
        ("batch_norm", "running", True),
    ],
)
def test_values(text: str, name: str, expected: Value) -> None:
    found = only(f"x -> {text} -> y").attributes[name]
    assert found == expected
    assert type(found) is type(expected)


def test_what_is_not_written_is_unknown() -> None:
    assert isinstance(only("x -> dropout -> y").get("rate"), Unknown)
    assert isinstance(only("x -> dropout(form=?) -> y").get("form"), Unknown)
    kernel = only("x -> conv(kernel=(3, ?)) -> y").axes("kernel")
    assert not isinstance(kernel, Unknown)
    assert kernel[0] == 3
    assert isinstance(kernel[1], Unknown)


def test_fields() -> None:
    graph = parse_graph("x -> conv(layer='a', name='first', op='Conv2D') -> conv(layer='a') as second -> y")
    first, second = graph.nodes[1], graph.nodes[2]
    assert (first.name, first.scope, first.op, first.layer, first.call) == ("first", "first", "Conv2D", "a", 0)
    assert (second.name, second.scope, second.op, second.layer, second.call) == ("second", "second", "conv", "a", 1)
    assert only("x -> relu -> y").scope == "relu#0"


def test_sizes_of_inputs() -> None:
    tensor = parse_graph("x[8, 3, 32, ?] -> conv -> y").nodes[0].outputs[0]
    assert tensor.channels == 3
    spatial = tensor.spatial
    assert not isinstance(spatial, Unknown)
    assert spatial[0] == 32
    assert isinstance(spatial[1], Unknown)
    assert parse_graph("x[8, 10, 64; 2] -> lstm -> y").nodes[0].outputs[0].channels == 64
    assert isinstance(parse_graph("x[8] -> relu -> y").nodes[0].outputs[0].channels, Unknown)
    assert isinstance(parse_graph("x -> relu -> y").nodes[0].outputs[0].sizes, Unknown)
    assert len(parse_graph("a[1, 2], b[1, 2] -> add -> y").nodes) == 4


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "empty graph"),
        (" \n; ", 2, 3, "empty graph"),
        ("x -> batchnorm -> y", 1, 6, "did you mean `batch_norm`?"),
        ("x -> convv(out=3) -> y", 1, 6, "did you mean `conv`?"),
        ("x -> convv as c -> y", 1, 6, "did you mean `conv`?"),
        ("x -> norm -> y", 1, 6, "is a group"),
        ("x -> relu -> y\n  y -> dropot -> z", 2, 8, "did you mean `dropout`?"),
        ("x -> conv(rate=1) -> y", 1, 11, "`conv` has no attribute `rate`"),
        ("x -> dropout(rat=1) -> y", 1, 14, "did you mean `rate`?"),
        ("x -> dropout(rate=1, rate=1) -> y", 1, 22, "given twice"),
        ("x -> dropout(rate='a') -> y", 1, 19, "takes a number"),
        ("x -> dropout(rate=true) -> y", 1, 19, "takes a number"),
        ("x -> conv(out=1.5) -> y", 1, 15, "(integer)"),
        ("x -> conv(out=(1, 2)) -> y", 1, 15, "(integer)"),
        ("x -> conv(bias=1) -> y", 1, 16, "true or false"),
        ("x -> conv(padding=same) -> y", 1, 19, "expected a number"),
        ("x -> conv(kernel=1.5) -> y", 1, 18, "an integer or a tuple"),
        ("x -> conv(kernel=(1.5, 2)) -> y", 1, 19, "integers or `?`"),
        ("x -> conv(kernel=(true, 2)) -> y", 1, 19, "integers or `?`"),
        ("x -> conv(name=1) -> y", 1, 16, "a text in quotes"),
        ("x -> conv(out 1) -> y", 1, 15, "expected `=`"),
        ("x -> conv(out=1 bias=true) -> y", 1, 17, "expected `,`"),
        ("x -> conv(out=1 -> y", 1, 10, "not closed"),
        ("x -> conv) -> y", 1, 10, "closes nothing"),
        ("x[1, 2) -> y", 1, 7, "closes nothing"),
        ("x -> conv(padding='a) -> y", 1, 19, "not closed"),
        ("x -> conv -> y!", 1, 15, "unexpected `!`"),
        ("x -> conv as relu -> y", 1, 14, "word of the vocabulary"),
        ("x -> conv as -> y", 1, 14, "expected a name"),
        ("x ->", 1, 5, "expected a kind"),
        ("-> conv", 1, 1, "expected a kind"),
        ("x conv", 1, 3, "expected `->`"),
        ("x, z", 1, 5, "leads nowhere"),
        ("x, z -> y", 1, 9, "merge them first"),
        ("x -> conv -> a, b -> add -> y", 1, 15, "only the beginning"),
        ("x -> conv -> y; x -> relu -> y", 1, 30, "another tensor"),
        ("x -> conv -> x", 1, 14, "another tensor"),
        ("x -> conv as x -> y", 1, 6, "another tensor"),
        ("x[a, 2] -> relu -> y", 1, 3, "expected a size"),
        ("x[1, 2; 2] -> relu -> y", 1, 9, "index of one of the sizes"),
        ("x[1, 2; ?] -> relu -> y", 1, 9, "index of one of the sizes"),
        ("x[1, 2; 1, 1] -> relu -> y", 1, 10, "expected `]`"),
        ("x[1, 2] -> relu -> y; x[1, 2] -> tanh -> z", 1, 23, "there already"),
        ("x -> relu -> y[1, 2]", 1, 14, "inputs only"),
        ("x -> relu -> middle -> tanh -> y", 1, 14, "nothing uses"),
    ],
)
def test_errors_point_at_the_place(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_graph(text)
    assert part in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


def test_several_graphs_in_one_text() -> None:
    text = "x -> conv -> y\nx -> relu -> a\na -> tanh -> y\n  x[1, 2] -> linear -> y\n\n"
    text += "image -> conv -> b\nb -> elu -> y\n"
    assert split_examples(text) == [
        "x -> conv -> y",
        "x -> relu -> a\na -> tanh -> y",
        "  x[1, 2] -> linear -> y",
        "image -> conv -> b\nb -> elu -> y",
    ]
    assert split_examples("\n\n") == []
    assert split_examples("xs -> conv -> a\nxs -> relu -> b") == ["xs -> conv -> a\nxs -> relu -> b"]
    for example in split_examples(text):
        parse_graph(example)
