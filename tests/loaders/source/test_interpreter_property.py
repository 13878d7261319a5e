"""Random programs give what CPython gives, and no program of Python's own library brings the interpreter down."""

from __future__ import annotations

import ast
import random
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lintnet.ir import Unknown
from lintnet.loaders.source.budget import Budget, BudgetError
from lintnet.loaders.source.interpreter import Interpreter, Raised
from lintnet.loaders.source.objects import Function, LocalClass
from tests.loaders.source.null_host import NullHost
from tests.loaders.source.test_interpreter import comparable, execute, interpret

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("a", "b", "c", "n", "xs", "d")
LIBRARY = Path(ast.__file__).parent


def expressions() -> st.SearchStrategy[str]:
    """Expressions over a few names, most of which raise nothing."""
    leaves = st.one_of(
        st.integers(-5, 20).map(str),
        st.sampled_from(["1.5", "True", "None", "'ab'", "''", "[]", "(1, 2)", "{'k': 1}", "[1, 2, 3]"]),
        st.sampled_from(NAMES),
    )

    def extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            st.tuples(pair, st.sampled_from(["+", "-", "*", "//", "%", "/", "&", "|", "<<"])).map(
                lambda t: f"({t[0][0]} {t[1]} {t[0][1]})"
            ),
            st.tuples(pair, st.sampled_from(["<", "<=", "==", "!=", "is", "in", "not in", "and", "or"])).map(
                lambda t: f"({t[0][0]} {t[1]} {t[0][1]})"
            ),
            st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
            inner.map(lambda e: f"(not {e})"),
            inner.map(lambda e: f"(-{e})"),
            st.lists(inner, max_size=3).map(lambda e: f"[{', '.join(e)}]"),
            st.tuples(inner, inner).map(lambda t: f"({t[0]}, {t[1]})"),
            st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
            st.tuples(inner, inner).map(lambda t: f"[{t[0]} for n in range(3) if {t[1]}]"),
            st.tuples(
                st.sampled_from(
                    ["len", "str", "sorted", "list", "bool", "sum", "max", "abs", "tuple", "f", "g", "repr"]
                ),
                inner,
            ).map(lambda t: f"{t[0]}({t[1]})"),
            inner.map(lambda e: f"f'{{{e}}}'" if "'" not in e else e),
            inner.map(lambda e: f"(lambda n: {e})(4)"),
            inner.map(lambda e: f"K({e}).get()"),
        )

    return st.recursive(leaves, extend, max_leaves=6)


def statements(depth: int = 2) -> st.SearchStrategy[list[str]]:
    """Blocks of statements, as lines."""
    value = expressions()

    def indent(lines: list[str]) -> list[str]:
        return ["    " + line for line in lines] or ["    pass"]

    simple = st.one_of(
        st.tuples(st.sampled_from(NAMES), value).map(lambda t: [f"{t[0]} = {t[1]}"]),
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["+=", "-=", "*=", "|="]), value).map(
            lambda t: [f"{t[0]} {t[1]} {t[2]}"]
        ),
        st.tuples(value, value).map(lambda t: [f"a, b = {t[0]}, {t[1]}"]),
        value.map(lambda e: [f"a, *b = {e}"]),
        value.map(lambda e: [f"xs.append({e})"]),
        st.tuples(value, value).map(lambda t: [f"d[{t[0]}] = {t[1]}"]),
        value.map(lambda e: [e]),
        st.tuples(value, value).map(lambda t: [f"if {t[0]}: raise ValueError({t[1]})"]),
    )
    if depth == 0:
        return st.lists(simple, max_size=3).map(lambda blocks: [line for block in blocks for line in block])
    inner = statements(depth - 1)
    compound = st.one_of(
        st.tuples(value, inner, inner).map(lambda t: [f"if {t[0]}:", *indent(t[1]), "else:", *indent(t[2])]),
        st.tuples(st.integers(0, 4), inner).map(lambda t: [f"for c in range({t[0]}):", *indent(t[1])]),
        st.tuples(value, inner).map(
            lambda t: [f"for c in list({t[0]})[:9]:", *indent(t[1]), "    if len(str(c)) > 2: break"]
        ),
        inner.map(
            lambda t: [
                "n = 3",
                "while n > 0:",
                "    n -= 1",
                "    rounds += 1",
                *indent(t),
                "    if rounds > 40 or not isinstance(n, int): break",
            ]
        ),
        st.tuples(inner, inner, inner).map(
            lambda t: [
                "try:",
                *indent(t[0]),
                "except (TypeError, ValueError) as e:",
                "    a = type(e).__name__",
                *indent(t[1]),
                "finally:",
                *indent(t[2]),
            ]
        ),
        st.tuples(inner, value).map(
            lambda t: [
                "def f(x, y=2, *rest):",
                "    a = b = c = n = x",
                "    xs, d, rounds = [], {}, 0",
                *indent(t[0]),
                f"    return {t[1]}",
            ]
        ),
        value.map(lambda e: ["class K(K):", "    def get(self):", f"        return [super().get(), {e}]"]),
    )
    return st.lists(st.one_of(simple, compound), max_size=3).map(
        lambda blocks: [line for block in blocks for line in block]
    )


HEAD = """
class K:
    def __init__(self, v=0):
        self.v = v
    def get(self):
        return self.v
def f(x):
    return x
def each(x):
    yield x
    yield 2
def g(x):
    return [*each(x)]
def main():
    global out
    a, b, c, n, xs, d, f, K, rounds = 1, 2, 'c', 3, [1, 2], {'k': 'v'}, globals()['f'], globals()['K'], 0
"""


@given(statements())
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_a_random_program_gives_what_python_gives(lines: list[str]) -> None:
    source = HEAD + "\n".join("    " + line for line in lines) + "\n    out = [a, b, c, n, xs, d]\n"
    source += "out = error = None\ntry:\n    main()\nexcept Exception as e:\n    error = type(e).__name__\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = execute(source)
    assume(expected["error"] not in {"RecursionError", "MemoryError"})  # where ours ends first, and says so
    found = interpret(source, steps=200_000)
    assert found["error"] == expected["error"], source
    compare(found["out"], expected["out"], source)


def compare(found: object, expected: object, source: str, depth: int = 0) -> None:
    """Compare, leaving out what is not known: it is never wrong, and must be rare."""
    if isinstance(found, Unknown) or depth > 6:
        return
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        assert type(found) is type(expected), source
        assert len(found) == len(expected), source
        for one, other in zip(found, expected, strict=True):
            compare(one, other, source, depth + 1)
        return
    assert comparable(found) == comparable(expected), source


def library_files(count: int) -> list[Path]:
    """A sample of the files of Python's own library, always the same."""
    files = sorted(LIBRARY.glob("*.py")) + sorted(LIBRARY.glob("[a-z]*/*.py"))
    files = [each for each in files if "site-packages" not in each.parts and each.parts[-2] not in {"test", "idlelib"}]
    return random.Random(3).sample(files, min(count, len(files)))  # noqa: S311 - a sample


@pytest.mark.parametrize("path", library_files(150), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_but_a_spent_budget_escapes(path: Path) -> None:
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(data)
    lines = data.decode("utf-8", "replace").splitlines()
    host = NullHost()
    budget = Budget(seconds=1.0, steps=200_000, loop=20_000)
    interpreter = Interpreter(host, budget)
    try:
        module = interpreter.run_module(tree, name="module", path=path.name, lines=lines, main=True)
    except BudgetError:
        return
    functions: list[Function] = []
    for value in module.namespace.values():
        members = value.namespace.values() if isinstance(value, LocalClass) else [value]
        functions += [each for each in members if isinstance(each, Function)]
    for function in functions[:40]:
        arguments = [Unknown(each.name) for each in function.parameters if each.kind in {"any", "positional"}]
        escape(interpreter, lambda function=function, arguments=arguments: interpreter.call(function, arguments))
    assert host.guards == 0
    assert interpreter.depth == 0


def escape(interpreter: Interpreter, act: Callable[[], object]) -> None:
    """Run something with a small budget of its own; only exceptions of the program and spent budgets may come out."""
    interpreter.budget.steps = 20_000
    interpreter.budget.seconds = 0.2
    interpreter.budget.restart()
    try:
        act()
    except (Raised, BudgetError):
        return
