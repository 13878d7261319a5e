"""Conditions: what is read, what is refused and where, and what three-valued evaluation says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import given, settings

from lintnet.ir import UNKNOWN, Unknown, Value
from lintnet.paths.errors import PathError
from lintnet.paths.expression import Expression, evaluate, mutants, parse_expression
from tests.paths.strategies import expressions

FACTS = frozenset({"fact", "ratio"})


@dataclass(frozen=True)
class Values:
    """An environment made of plain tables."""

    names: dict[str, object] = field(default_factory=dict[str, object])
    attributes: dict[tuple[str, str], Value] = field(default_factory=dict[tuple[str, str], Value])

    def name(self, name: str, /) -> object:
        """Return what the table says."""
        return self.names.get(name, UNKNOWN)

    def attribute(self, capture: str, attribute: str, /) -> Value:
        """Return what the table says."""
        return self.attributes.get((capture, attribute), UNKNOWN)

    def call(self, function: str, arguments: tuple[str, ...], /) -> Value:
        """Return the call as a text."""
        return f"{function}:{','.join(arguments)}"


def value(text: str, **names: object) -> Value:
    return evaluate(parse_expression(text, FACTS), Values(names))


def same(one: object, two: object) -> bool:
    """Equal and of the same type; any unknown equals any other."""
    if isinstance(one, Unknown) or isinstance(two, Unknown):
        return isinstance(one, Unknown) and isinstance(two, Unknown)
    return type(one) is type(two) and one == two


TRUTHS: dict[str, bool | Unknown] = {"true": True, "false": False, "unknown": UNKNOWN}
ORDER = {"false": 0, "unknown": 1, "true": 2}


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_kleene_logic(left: str, right: str) -> None:
    def truth(text: str) -> str:
        found = value(text, a=TRUTHS[left], b=TRUTHS[right])
        return "unknown" if isinstance(found, Unknown) else str(found).lower()

    assert truth("a and b") == min(left, right, key=ORDER.__getitem__)
    assert truth("a or b") == max(left, right, key=ORDER.__getitem__)
    assert truth("not a") == {"true": "false", "false": "true"}.get(left, "unknown")
    assert truth("not (a and b)") == truth("not a or not b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two > 1", True),
        ("two >= 3", False),
        ("1 < two < 3", True),
        ("1 < two < 2", False),
        ("1 < gone < 2", UNKNOWN),
        ("3 < two < gone", False),
        ("gone == gone", UNKNOWN),
        ("gone > 1 and two < 1", False),
        ("gone > 1 and two > 1", UNKNOWN),
        ("gone > 1 or two > 1", True),
        ("word == 'path'", True),
        ("word != 'path'", False),
        ("word in ('path', 'alpha')", True),
        ("word not in ('path', 'alpha')", False),
        ("word in ('alpha',)", False),
        ("gone in ('alpha',)", UNKNOWN),
        ("two in ('path', 2)", True),
        ("word > 1", UNKNOWN),
        ("word == 1", False),
        ("absent == None", True),
        ("two != None", True),
        ("gone == None", UNKNOWN),
        ("absent > 1", UNKNOWN),
        ("two and True", UNKNOWN),  # a number is no truth
        ("not word", UNKNOWN),
        ("flag == True", True),
        ("node == None", False),
    ],
)
def test_comparisons(text: str, expected: Value) -> None:
    assert same(value(text, two=2, word="path", absent=None, flag=True, node=object()), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("-two", -2),
        ("-(two + 1)", -3),
        ("(-2) ** 2", 4),
        ("-2 ** 2", -4),
        ("two ** 10", 1024),
        ("1 / 0", UNKNOWN),
        ("1 % 0", UNKNOWN),
        ("0 ** -1", UNKNOWN),
        ("two / (two - 2)", UNKNOWN),
        ("1 / gone", UNKNOWN),
        ("two + 'a'", UNKNOWN),
        ("two + None", UNKNOWN),
        ("two + True", UNKNOWN),
        ("-word", UNKNOWN),
        ("two ** 65", UNKNOWN),
        ("9 ** 9 ** 9", UNKNOWN),
        ("(10 ** 60) ** 60", UNKNOWN),
        ("1e308 * 10", UNKNOWN),
        ("10.0 ** 18 ** 1.0 * 1e300 ** 1", UNKNOWN),
        ("(-8) ** 0.5", UNKNOWN),
        ("1 / 0 > 1 or two == 2", True),
    ],
)
def test_arithmetic_never_raises_and_never_explodes(text: str, expected: Value) -> None:
    assert same(value(text, two=2, word="path"), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kernel > 1", True),  # any axis
        ("any(kernel > 1)", True),
        ("all(kernel > 1)", False),
        ("all(kernel >= 1)", True),
        ("kernel > 3", False),
        ("kernel != 1", True),
        ("not kernel == 1", False),
        ("1 < kernel < 3", False),  # on one axis, not 1 < 3 and 1 < 3 on two
        ("kernel % 2 == 0", False),
        ("all((kernel - 1) / 2 < 2)", True),
        ("kernel == stride", True),
        ("all(kernel == stride)", False),
        ("all(kernel > unit)", False),  # one value stands for every axis
        ("kernel > unit", True),
        ("kernel == longer", UNKNOWN),
        ("partly > 2", UNKNOWN),
        ("partly > 1", True),
        ("all(partly > 2)", False),
        ("all(partly > 1)", UNKNOWN),
        ("kernel in (3, 5)", True),
        ("all(kernel in (3, 5))", False),
        ("kernel > 'a'", UNKNOWN),
        ("nothing > 1", False),
        ("all(nothing > kernel)", UNKNOWN),
        ("gone > 1", UNKNOWN),
    ],
)
def test_axes(text: str, expected: Value) -> None:
    partly = (2, UNKNOWN) if "partly > 1" in text else (1, UNKNOWN)
    names: dict[str, object] = {"kernel": (1, 3), "stride": (1, 2), "unit": (1,), "longer": (1, 1, 1), "nothing": ()}
    # `all` wants an attribute of the vocabulary, so the odd ones are renamed for it.
    renamed = text.replace("partly", "dilation").replace("nothing", "pads")
    found = value(renamed, dilation=partly, pads=(), **names)
    assert same(found, expected)


def test_arithmetic_goes_axis_by_axis() -> None:
    assert value("kernel * 2 - unit", kernel=(1, 3), unit=(1,)) == (1, 5)
    assert value("unit * unit", unit=(3,)) == (9,)
    assert same(value("kernel + longer", kernel=(1, 3), longer=(1, 2, 3)), UNKNOWN)


def test_what_an_expression_refers_to() -> None:
    parsed = parse_expression("a.out > b and ratio(a, c) > 1 and not d", FACTS)
    assert parsed.names == {"a", "b", "c", "d"}
    assert parsed.attributes == {("a", "out")}
    assert parsed.calls == {("ratio", ("a", "c"))}
    environment = Values({"b": 3, "d": False}, {("a", "out"): 4})
    assert evaluate(parse_expression("a.out > b and not d", FACTS), environment) is True
    assert evaluate(parse_expression("ratio(a, c) == 'ratio:a,c'", FACTS), environment) is True


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("rate >", 7, "not an expression"),
        ("rate > 1 1", 10, "not an expression"),
        ("  rate = 1", 8, "not an expression"),
        ("rate > (1", 8, "not an expression"),
        ("a > 1 # b", 7, "`#`"),
        ("a > \\\n 1", 5, "`\\`"),
        ("kernel[0] > 1", 1, "not allowed"),
        ("1 if a else 2", 1, "not allowed"),
        ("a > (lambda: 1)", 6, "not allowed"),
        ("a > {1}", 5, "not allowed"),
        ("f'{a}' == b", 1, "not allowed"),
        ("b'a' == a", 1, "not allowed"),
        ("a > 1j", 5, "not allowed"),
        ("a > 1e999", 5, "not allowed"),
        ("a > ...", 5, "not allowed"),
        ("(a := 1) > 1", 2, "not allowed"),
        ("a // 2 > 1", 1, "not allowed"),
        ("~a > 1", 1, "not allowed"),
        ("+a > 1", 1, "not allowed"),
        ("a.b.c > 1", 1, "not allowed"),
        ("a is None", 6, "`is`"),
        ("a in b", 6, "literal tuple"),
        ("a in ()", 6, "literal tuple"),
        ("a in (b,)", 7, "literals only"),
        ("a in ((1,),)", 7, "not allowed"),
        ("1 in (1,) in (2,)", 14, "literal tuple"),
        ("a == (1, 2)", 6, "not allowed"),
        ("(a > 1) == True", 2, "condition"),
        ("(a and b) + 1", 2, "condition"),
        ("all(kernel)", 1, "one comparison"),
        ("all(kernel > 1, stride > 1)", 1, "one comparison"),
        ("a and all(b > 1)", 7, "about axes"),
        ("all > 1", 1, "word of the language"),
        ("a + all(kernel > 1)", 5, "condition"),
        ("rato(a) > 1", 1, "did you mean `ratio`"),
        ("__import__('os')", 1, "unknown function"),
        ("ratio(1) > 1", 7, "captures"),
        ("ratio(a=b) > 1", 7, "no names"),
        ("ratio(*a)", 7, "captures"),
        ("a.method() > 1", 1, "condition"),
        ("'é' == a and b[0]", 14, "not allowed"),
        ("a\n  and b[0]", 7, "not allowed"),
        ("'\\d' == a", 1, "not an expression"),
        ("-" * 100 + "a", 42, "too deeply"),
        ("not " * 400 + "a", 1, ""),
        ("(" * 500 + "a" + ")" * 500, 1, ""),
        ("a" * 3000, 2001, "at most"),
    ],
)
def test_errors_point_at_the_place(text: str, column: int, part: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_expression(text, FACTS)
    error = caught.value
    assert part in error.message
    if part:
        assert error.column == column
    message, line, caret = str(error).split("\n")
    assert message == error.message
    assert line[2:] == text.split("\n")[error.line - 1]
    assert caret == " " * (2 + error.column - 1) + "^"


@settings(max_examples=150, deadline=None)
@given(expressions())
def test_text_and_tree_are_the_same_thing(expression: Expression) -> None:
    assert parse_expression(str(expression), FACTS) == expression


@settings(max_examples=150, deadline=None)
@given(expressions())
def test_what_is_unknown_is_never_decided_and_nothing_raises(expression: Expression) -> None:
    """Kleene's logic is monotone: a verdict over unknown values stays when they become known."""
    vague = evaluate(expression, Values({"beta": 1}))
    for kernel in ((1, 3), 2, "a", None, True):
        sharp = evaluate(expression, Values({"alpha": 2.5, "beta": 1, "kernel": kernel}, {("alpha", "out"): 8}))
        if isinstance(vague, bool):
            assert sharp is vague


def test_mutants() -> None:
    parsed = parse_expression("a > 1 and (b == 2 or not c <= 3) and all(1 < kernel < 4)")
    texts = {str(changed) for _, changed in mutants(parsed)}
    assert texts == {
        "(b == 2 or not c <= 3) and all(1 < kernel < 4)",
        "a > 1 and all(1 < kernel < 4)",
        "a > 1 and (b == 2 or not c <= 3)",
        "a >= 1 and (b == 2 or not c <= 3) and all(1 < kernel < 4)",
        "a > 1 and not c <= 3 and all(1 < kernel < 4)",
        "a > 1 and b == 2 and all(1 < kernel < 4)",
        "a > 1 and (b != 2 or not c <= 3) and all(1 < kernel < 4)",
        "a > 1 and (b == 2 or not c < 3) and all(1 < kernel < 4)",
        "a > 1 and (b == 2 or not c <= 3) and all(1 <= kernel < 4)",
        "a > 1 and (b == 2 or not c <= 3) and all(1 < kernel <= 4)",
    }
    assert all(description for description, _ in mutants(parsed))
    assert [str(changed) for _, changed in mutants(parse_expression("a in (1,)"))] == []
