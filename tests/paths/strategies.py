"""Random small graphs, patterns and expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from lintnet.ir import KINDS, UNKNOWN, Builder, Edge, Graph, Provenance, Value
from lintnet.paths.automaton import PathSpec
from lintnet.paths.errors import PathError
from lintnet.paths.expression import (
    Arithmetic,
    Attribute,
    Call,
    Comparison,
    Expression,
    Literal,
    Logic,
    Name,
    Negative,
    Not,
    Term,
    parse_expression,
)
from lintnet.paths.syntax import Atom, Chain, Group, Item, Pattern, parse, unparse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KINDS_IN_GRAPHS = (
    *("conv", "relu", "tanh", "batch_norm", "dropout", "dropout"),
    *("identity", "cast", "reshape", "unknown", "add"),
)
ATTRIBUTES: dict[str, tuple[str, tuple[Value, ...]]] = {
    "dropout": ("rate", (0, 0.5, UNKNOWN)),
    "reshape": ("keeps_channel", (True, False, UNKNOWN)),
    "batch_norm": ("running", (True, False, UNKNOWN)),
    "conv": ("kernel", ((3, 3), (1, 3), (1, 1), UNKNOWN, (1, UNKNOWN))),
}


def some_kinds() -> st.SearchStrategy[list[str]]:
    """Few kinds, so that patterns and graphs made of them have something to say to one another."""
    return st.lists(st.sampled_from(KINDS_IN_GRAPHS), min_size=2, max_size=4)


@st.composite
def graphs(draw: st.DrawFn, kinds: Sequence[str] = KINDS_IN_GRAPHS, most: int = 8) -> Graph:
    """Small graphs with branches, joins, shared layers, doubled edges and nodes of two results."""
    builder = Builder()
    for index in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from((*kinds, "output") if index else (*kinds, "input")))
        edges = st.builds(Edge, st.integers(max(0, index - 2), index - 1), st.sampled_from((0, 0, 0, 1)))
        inputs = draw(st.lists(edges, min_size=1, max_size=2)) if index else []
        attributes: dict[str, Value] = {}
        if kind in ATTRIBUTES:
            name, values = ATTRIBUTES[kind]
            attributes[name] = draw(st.sampled_from(values))
        layer = draw(st.sampled_from(("", "", "shared"))) if kind == "conv" else ""
        builder.add(kind, f"n{index}", layer=layer, inputs=inputs, attributes=attributes)
    return builder.finish(path="", format="graph", provenance=Provenance("training", "", "K"))


TESTS = {
    "dropout": ("rate > 0", "rate >= 0.5 or rate == 0", "consumers == 1"),
    "batch_norm": ("running", "not running"),
    "conv": ("kernel > 1", "all(kernel == 1)", "calls > 1", "consumers > 1 and kernel in (3,)"),
    "relu": ("consumers == 1",),
}


@st.composite
def atoms(draw: st.DrawFn, kinds: Sequence[str]) -> Atom:
    """Kinds, groups, kinds with tests, exclusions, any operation."""
    words = st.sampled_from(
        [*kinds, "input", "output", *(group for kind in kinds for group in sorted(KINDS[kind].groups))]
    )
    form = draw(st.sampled_from(("word", "word", "test", "not", "wild")))
    if form == "wild":
        return Atom((), negated=True)
    if form == "not":
        return Atom(tuple(draw(st.lists(words, min_size=1, max_size=2, unique=True))), negated=True)
    word = draw(words)
    if form == "word" or word not in TESTS:
        return Atom((word,))
    tests = draw(st.lists(st.sampled_from(TESTS[word]), min_size=1, max_size=2, unique=True))
    return Atom((word,), tests=tuple(parse_expression(test) for test in tests))


BOUNDS: list[tuple[int, int | None]] = [(1, 1), (1, 1), (1, 1), (0, None), (1, None), (0, 1), (0, 2), (2, 3), (2, 2)]


def chains(bodies: st.SearchStrategy[Atom | Group]) -> st.SearchStrategy[Chain]:
    """Chains of one to three items."""
    items = st.builds(lambda body, bounds: Item(body, *bounds), bodies, st.sampled_from(BOUNDS))
    return st.lists(items, min_size=1, max_size=3).map(tuple)


def groups(bodies: st.SearchStrategy[Atom | Group]) -> st.SearchStrategy[Atom | Group]:
    """Groups of one or two alternatives."""
    return st.lists(chains(bodies), min_size=1, max_size=2).map(lambda alternatives: Group(tuple(alternatives)))


def _captured(chain: Chain, choose: Callable[[], str | None]) -> Chain:
    """Capture some of the atoms that are not repeated."""
    items: list[Item] = []
    for item in chain:
        if item.high != 1:
            items.append(item)
        elif isinstance(item.body, Atom):
            items.append(replace(item, capture=choose()))
        else:
            inner = tuple(_captured(each, choose) for each in item.body.alternatives)
            items.append(replace(item, body=Group(inner)))
    return tuple(items)


@st.composite
def patterns(draw: st.DrawFn, kinds: Sequence[str] = KINDS_IN_GRAPHS) -> Pattern:
    """Valid patterns with captures; what the reader refuses (the empty path) is drawn again."""
    bodies = st.recursive(atoms(kinds), groups, max_leaves=4)
    alternatives = draw(st.lists(chains(bodies), min_size=1, max_size=2).filter(_accepted))
    count = 0

    def choose() -> str | None:
        nonlocal count
        count += 1
        return f"c{count}" if draw(st.booleans()) else None

    return Pattern(tuple(_captured(chain, choose) for chain in alternatives))


@st.composite
def cases(draw: st.DrawFn, paths: int = 1) -> tuple[list[PathSpec], Graph]:
    """Some paths and a graph of the same few kinds."""
    kinds = draw(some_kinds())
    specs = [
        PathSpec(str(key), draw(patterns(kinds)), strict=draw(st.booleans()), sole=draw(st.booleans()))
        for key in range(paths)
    ]
    return specs, draw(graphs(kinds))


def _accepted(alternatives: list[Chain]) -> bool:
    try:
        parse(unparse(Pattern(tuple(alternatives))))
    except PathError:
        return False
    return True


# --- expressions

NAMES = st.sampled_from(("alpha", "beta", "kernel"))
_numbers = st.one_of(st.integers(-1000, 1000), st.floats(-1e6, 1e6, allow_nan=False))
_texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=6)
_scalars = st.one_of(_numbers, _texts, st.booleans(), st.none())


def _values() -> st.SearchStrategy[Term]:
    leaves: st.SearchStrategy[Term] = st.one_of(
        st.builds(Literal, _scalars),
        st.builds(Name, NAMES),
        st.builds(Attribute, NAMES, st.sampled_from(("out", "stride"))),
        st.builds(Call, st.just("fact"), st.lists(NAMES, max_size=2).map(tuple)),
    )

    def larger(values: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        # The minus of a number belongs to the number.
        negatives = values.filter(lambda term: not isinstance(term, Literal)).map(Negative)
        return st.one_of(
            st.builds(Arithmetic, st.sampled_from(("+", "-", "*", "/", "%", "**")), values, values), negatives
        )

    return st.recursive(leaves, larger, max_leaves=4)


@st.composite
def _comparisons(draw: st.DrawFn) -> Term:
    if draw(st.booleans()):
        options = Literal(tuple(draw(st.lists(_scalars, min_size=1, max_size=3))))
        return Comparison((draw(st.sampled_from(("in", "not in"))),), (draw(_values()), options))
    operators = draw(st.lists(st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), min_size=1, max_size=2))
    operands = tuple(draw(_values()) for _ in range(len(operators) + 1))
    axes = any(isinstance(each, Name) and each.name == "kernel" for each in operands)
    return Comparison(tuple(operators), operands, draw(st.sampled_from(("", "all", "any"))) if axes else "")


def expressions() -> st.SearchStrategy[Expression]:
    """Expressions of every form, without tuples outside `in`."""

    def larger(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        parts = st.lists(terms, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(Not, terms), st.builds(Logic, st.sampled_from(("and", "or")), parts))

    return st.builds(Expression, st.recursive(st.one_of(_values(), _comparisons()), larger, max_leaves=4))
