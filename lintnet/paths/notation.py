"""The little graph notation of the rule examples, read into a `Graph`.

    x[8, 3, 32, 32] -> conv(kernel=(3, 3), out=16) as c -> relu -> dropout(rate=0.5) -> a
    c, a -> add -> linear(out=10) -> y -> loss(family='cross_entropy')

Statements are separated by a new line or `;`. A statement is a chain of elements along data edges; only its
beginning may list several, which are then the inputs of the next. An element is

* a kind, with attributes in parentheses and a name for the node and its result behind `as`. What is not written is
  unknown, except what the bare name implies (`Kind.implied`). Values: numbers, 'texts', true, false, none, `?`
  (unknown) and tuples; one number for an attribute per axis stands for every axis. `name`, `op` and `layer`
  set these fields of the node; nodes with equal `layer` share it.
* any other word, the name of a tensor. At the beginning of a statement: the tensor that an earlier statement
  named, else an input of the graph, of which `[sizes]` may be given, the batch first, `?` for an unknown size; the
  channel axis is the second one, or the one whose index stands behind `;`. Further on it names the tensor there.
  Such a name that ends a statement and is used nowhere else is an output of the graph.

A `loss` stands behind an output: the tensor before it becomes one. `discarded` ends a statement and `unused` is one by
itself; neither makes an output. Knows the vocabulary and the builder; no rule.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir.build import Builder
from lintnet.ir.graph import Edge, Graph, Provenance, Size, Tensor
from lintnet.ir.kinds import ATTRIBUTES, GROUPS, KINDS
from lintnet.ir.unknown import UNKNOWN, Value
from lintnet.paths.errors import PathError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["parse_graph", "split_examples"]

_FIELDS: Final = frozenset({"name", "op", "layer"})
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "none": None}
_TOKEN: Final = re.compile(
    r"""(?P<arrow>->)|(?P<number>-?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)
    |(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?P<end>\n)|(?P<space>[^\S\n]+)|(?P<sign>[()\[\],;=?])""",
    re.VERBOSE,
)


def parse_graph(
    text: str, *, provenance: str = "training", front_end: str = "K", format: str = "graph", path: str = ""
) -> Graph:
    """Read a graph.

    `provenance` is the kind of graph (`Provenance.kind`), `front_end` the one it shall stand for.

    Raises:
        PathError: with line and column of what cannot be read or would silently mean something else.
    """
    reader = _Reader(text)
    reader.read()
    stated = Provenance(provenance, "graph notation", front_end)
    return reader.builder.finish(path=path, format=format, provenance=stated)


def split_examples(text: str) -> list[str]:
    """Split a text that holds several graphs.

    A blank line separates graphs, and a line that begins with the tensor `x` starts a new one; a line that begins
    with another name continues. (To use the input twice, name it again: `x -> stem -> conv -> a`.)
    """
    graphs: list[list[str]] = []
    fresh = True
    for line in text.splitlines():
        if not line.strip():
            fresh = True
        elif fresh or re.match(r"\s*x\b", line):
            graphs.append([line])
            fresh = False
        else:
            graphs[-1].append(line)
    return ["\n".join(lines) for lines in graphs]


class _Token(NamedTuple):
    type: str
    text: str
    place: int


class _Call(NamedTuple):
    """A kind as it was written."""

    kind: str
    attributes: dict[str, Value]
    fields: dict[str, str]
    label: str
    place: int


class _Mention(NamedTuple):
    """A tensor's name as it was written, with what the brackets say of it."""

    name: str
    tensor: Tensor | None
    place: int


class _Reader:
    """Reads statements and builds nodes in the order of the text; outputs of the graph come last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.place = 0
        self.builder = Builder()
        self.tensors: dict[str, Edge] = {}
        self.open: dict[str, int] = {}  # named, not used so far: must end a statement, then it is an output
        self.last: set[str] = set()
        self.outputs: dict[Edge, int] = {}

    # --- tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.place]

    def error(self, message: str, place: int | None = None) -> PathError:
        return PathError(message, self.text, self.token.place if place is None else place)

    def take(self, sign: str) -> bool:
        if self.token.text == sign:
            self.place += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            message = f"expected `{sign}`"
            raise self.error(message)

    def word(self, what: str) -> _Token:
        token = self.token
        if token.type != "word":
            message = f"expected {what}"
            raise self.error(message)
        self.place += 1
        return token

    # --- statements

    def read(self) -> None:
        while self.token.type != "stop":
            if not self.take(";") and not self.take("\n"):
                self.statement()
        if not self.builder.nodes:
            message = "empty graph"
            raise self.error(message)
        for name, place in self.open.items():
            if name not in self.last:
                vocabulary = suggestion(name, KINDS)
                message = f"`{name}` is no kind, and nothing uses a tensor of that name{vocabulary}"
                raise self.error(message, place)
            self.output(self.tensors[name], name)

    def statement(self) -> None:
        elements = [self.element()]
        while self.take(","):
            elements.append(self.element())
        edges = [self.begin(element) for element in elements]
        if self.token.text != "->" and len(edges) > 1:
            message = "a list of tensors leads nowhere; expected `->`"
            raise self.error(message)
        name = ""
        while self.take("->"):
            name = ""
            element = self.element()
            if isinstance(element, _Call):
                edges = [self.add(element, edges)]
                continue
            if len(edges) > 1:
                message = f"`{element.name}` cannot name several tensors; merge them first, for example with `add`"
                raise self.error(message, element.place)
            if element.tensor is not None:
                message = "sizes are given for inputs only"
                raise self.error(message, element.place)
            self.label(element.name, edges[0], element.place)
            name = element.name
        if self.token.text == ",":
            message = "only the beginning of a statement may list several tensors"
            raise self.error(message)
        if self.token.text not in {";", "\n"} and self.token.type != "stop":
            message = "expected `->`, `;` or a new line"
            raise self.error(message)
        if name:
            self.last.add(name)

    def element(self) -> _Call | _Mention:
        token = self.word("a kind or the name of a tensor")
        word = token.text
        if word in KINDS:
            return self.call(word, token.place)
        if word in GROUPS:
            message = f"`{word}` is a group; write one of its kinds"
            raise self.error(message, token.place)
        if self.token.text in {"(", "as"}:
            message = f"unknown kind `{word}`{suggestion(word, KINDS)}"
            raise self.error(message, token.place)
        return _Mention(word, self.sizes() if self.take("[") else None, token.place)

    # --- elements

    def sizes(self) -> Tensor:
        sizes: list[Size] = []
        while not self.take("]"):
            sizes.append(self.size())
            if self.token.text not in {"]", ";"}:
                self.expect(",")
            if self.take(";"):
                place = self.token.place
                channel = self.size()
                if not isinstance(channel, int) or channel >= len(sizes):
                    message = "the channel axis is the index of one of the sizes, from 0"
                    raise self.error(message, place)
                self.expect("]")
                return Tensor(tuple(sizes), channel)
        return Tensor(tuple(sizes), 1 if len(sizes) > 1 else UNKNOWN)

    def size(self) -> Size:
        if self.take("?"):
            return UNKNOWN
        token = self.token
        if not token.text.isdecimal():
            message = "expected a size or `?`"
            raise self.error(message)
        self.place += 1
        return int(token.text)

    def call(self, kind: str, place: int) -> _Call:
        attributes: dict[str, Value] = dict(KINDS[kind].implied)
        fields: dict[str, str] = {}
        written: set[str] = set()
        if self.take("("):
            while not self.take(")"):
                name = self.word("an attribute")
                allowed = KINDS[kind].attributes | _FIELDS
                if name.text not in allowed:
                    message = f"`{kind}` has no attribute `{name.text}`{suggestion(name.text, allowed)}"
                    raise self.error(message, name.place)
                if name.text in written:
                    message = f"`{name.text}` is given twice"
                    raise self.error(message, name.place)
                written.add(name.text)
                self.expect("=")
                value_place = self.token.place
                value = self.value()
                if name.text not in _FIELDS:
                    attributes[name.text] = self.typed(name.text, value, value_place)
                elif isinstance(value, str):
                    fields[name.text] = value
                else:
                    message = f"`{name.text}` takes a text in quotes"
                    raise self.error(message, value_place)
                if self.token.text != ")":
                    self.expect(",")
        label = ""
        if self.token.text == "as" and self.take("as"):
            label = self.word("a name").text
            if label in KINDS or label in GROUPS:
                message = f"`{label}` is a word of the vocabulary, so it cannot name a tensor"
                raise self.error(message, self.tokens[self.place - 1].place)
        return _Call(kind, attributes, fields, label, place)

    def value(self) -> Value:
        token = self.token
        if self.take("?"):
            return UNKNOWN
        if self.take("("):
            items: list[Size] = []
            while not self.take(")"):
                place = self.token.place
                item = self.value()
                if not isinstance(item, type(UNKNOWN)) and (isinstance(item, bool) or not isinstance(item, int)):
                    message = "a tuple holds integers or `?`"
                    raise self.error(message, place)
                items.append(item)
                if self.token.text != ")":
                    self.expect(",")
            return tuple(items)
        self.place += 1
        match token.type:
            case "number":
                return int(token.text) if re.fullmatch(r"-?\d+", token.text) else float(token.text)
            case "string":
                return str(ast.literal_eval(token.text))
            case "word" if token.text in _CONSTANTS:
                return _CONSTANTS[token.text]
            case _:
                message = "expected a number, a text in quotes, true, false, none, `?` or a tuple"
                raise self.error(message, token.place)

    def typed(self, name: str, value: Value, place: int) -> Value:
        """Return the value as the attribute's type wants it.

        Raises:
            PathError: it has another type.
        """
        if value is None or isinstance(value, type(UNKNOWN)):
            return value
        wanted = ATTRIBUTES[name].type
        number = isinstance(value, int | float) and not isinstance(value, bool)
        integer = number and isinstance(value, int)
        if wanted == "axes" and integer and isinstance(value, int):
            return (value,)
        fits = {
            "number": number,
            "integer": integer,
            "flag": isinstance(value, bool),
            "text": isinstance(value, str),
            "axes": isinstance(value, tuple),
        }
        if not fits[wanted]:
            words = {"flag": "true or false", "text": "a text in quotes", "axes": "an integer or a tuple of them"}
            message = f"`{name}` takes {words.get(wanted, f'a number ({wanted})')}"
            raise self.error(message, place)
        return value

    # --- nodes

    def begin(self, element: _Call | _Mention) -> Edge:
        """Return the tensor a statement begins with."""
        if isinstance(element, _Call):
            return self.add(element, ())
        name = element.name
        self.open.pop(name, None)
        if name not in self.tensors:
            outputs = (element.tensor or Tensor(),)
            self.tensors[name] = Edge(self.builder.add("input", name, scope=name, outputs=outputs))
        elif element.tensor is not None:
            message = f"`{name}` is there already; sizes are given where an input first appears"
            raise self.error(message, element.place)
        return self.tensors[name]

    def label(self, name: str, edge: Edge, place: int) -> None:
        if name in self.tensors:
            message = f"`{name}` is the name of another tensor already"
            raise self.error(message, place)
        self.tensors[name] = edge
        self.open[name] = place

    def add(self, call: _Call, edges: Sequence[Edge]) -> Edge:
        if call.kind == "loss":
            edges = [Edge(self.output(edge, self.name_of(edge))) for edge in edges]
        name = call.fields.get("name", call.label)
        index = self.builder.add(
            call.kind,
            name or f"{call.kind}_{sum(node.kind == call.kind for node in self.builder.nodes)}",
            op=call.fields.get("op", ""),
            scope=name,
            auto=not name,
            layer=call.fields.get("layer", ""),
            inputs=edges,
            attributes=call.attributes,
        )
        edge = Edge(index)
        if call.kind == "output":
            self.outputs[edges[0]] = index
        if call.label:
            self.label(call.label, edge, call.place)
            del self.open[call.label]  # it names a node, and need not be used
        return edge

    def name_of(self, edge: Edge) -> str:
        """Return the latest name of a tensor, which an output then bears, and count it as used."""
        names = [name for name, other in self.tensors.items() if other == edge]
        for name in names:
            self.open.pop(name, None)
        return names[-1] if names else ""

    def output(self, edge: Edge, name: str) -> int:
        """Return the output node of a tensor; one is enough, whatever asks for it."""
        if self.builder.nodes[edge.node].kind == "output":
            return edge.node
        if edge not in self.outputs:
            name = name or f"output_{len(self.outputs)}"
            self.outputs[edge] = self.builder.add("output", name, scope=name, inputs=(edge,))
        return self.outputs[edge]


def _tokens(text: str) -> list[_Token]:
    """Return the tokens; new lines count only where a statement can end.

    Raises:
        PathError: a character that begins no token, or brackets that do not pair.
    """
    tokens: list[_Token] = []
    brackets: list[_Token] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found or found.lastgroup is None:
            message = "this text is not closed" if text[place] in "'\"" else f"unexpected `{text[place]}`"
            raise PathError(message, text, place)
        token = _Token(found.lastgroup, found[0], place)
        place = found.end()
        if token.type == "sign" and token.text in "([":
            brackets.append(token)
        elif token.text in {")", "]"} and (not brackets or brackets.pop().text + token.text not in {"()", "[]"}):
            message = f"`{token.text}` closes nothing"
            raise PathError(message, text, token.place)
        if token.type == "arrow" and tokens and tokens[-1].type == "end":
            tokens.pop()  # a line that begins with an arrow continues the one before
        if token.type == "space" or (
            token.type == "end" and (brackets or not tokens or tokens[-1].type in {"arrow", "end"})
        ):
            continue
        tokens.append(token)
    if brackets:
        message = f"this `{brackets[-1].text}` is not closed"
        raise PathError(message, text, brackets[-1].place)
    return [*tokens, _Token("stop", "", len(text))]
