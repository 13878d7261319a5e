"""The text of a path: what it says, what is refused and where, its mutants."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from lintnet.ir import GROUPS, KINDS
from lintnet.paths.errors import PathError
from lintnet.paths.expression import parse_expression
from lintnet.paths.syntax import Atom, Group, Item, Pattern, mutants, parse, unparse
from tests.paths.strategies import patterns

DROPOUT_BEFORE_NORM = """
dropout[rate > 0, form != 'path'] as drop
  -> (activation | pool)*
  -> (weight -> (activation | pool)*)?
  -> batch_norm[running] as norm
"""


def test_the_tree_of_a_path() -> None:
    pattern = parse("dropout[rate > 0] as drop -> (relu | !(norm | conv))* -> .{2,3} -> ^ | $")
    relu_or_other = Group(((Item(Atom(("relu",))),), (Item(Atom(("norm", "conv"), negated=True)),)))
    assert pattern == Pattern(
        (
            (
                Item(Atom(("dropout",), tests=(parse_expression("rate > 0"),)), capture="drop"),
                Item(relu_or_other, 0, None),
                Item(Atom((), negated=True), 2, 3),
                Item(Atom(("input",))),
            ),
            (Item(Atom(("output",))),),
        )
    )
    assert pattern.captures == ("drop",)
    assert pattern.words == {"dropout", "relu", "conv", "input", "output"} | GROUPS["norm"]


def test_several_lines_and_captures() -> None:
    pattern = parse(DROPOUT_BEFORE_NORM)
    assert pattern.captures == ("drop", "norm")
    assert pattern.kinds("drop") == {"dropout"}
    assert parse("conv -> (relu | tanh)? as act").kinds("act") == {"relu", "tanh"}
    assert parse("(relu as act -> conv | tanh as act)").kinds("act") == {"relu", "tanh"}
    assert str(pattern) == (
        "dropout[rate > 0, form != 'path'] as drop -> (activation | pool)* -> "
        "(weight -> (activation | pool)*)? -> batch_norm[running] as norm"
    )


def test_what_atoms_match() -> None:
    def kinds(text: str) -> frozenset[str]:
        body = parse(text).alternatives[0][0].body
        assert isinstance(body, Atom)
        return body.kinds

    operations = frozenset(KINDS) - GROUPS["boundary"]
    assert kinds(".") == operations
    assert kinds("!conv") == operations - {"conv"} - GROUPS["barrier"]
    assert kinds("!(norm | conv)") == operations - GROUPS["norm"] - {"conv"} - GROUPS["barrier"]
    assert kinds("^") == kinds("input") == {"input"}
    assert kinds("$") == {"output"}
    assert kinds("weight") == {"conv", "conv_transpose", "linear"}
    assert kinds("unknown") == {"unknown"}


@settings(max_examples=300, deadline=None)
@given(patterns())
def test_text_and_tree_are_the_same_thing(pattern: Pattern) -> None:
    assert parse(unparse(pattern)) == pattern


@settings(max_examples=80, deadline=None)
@given(patterns())
def test_every_mutant_is_another_valid_pattern(pattern: Pattern) -> None:
    for description, mutant in mutants(pattern):
        assert description
        assert parse(unparse(mutant)) == mutant
        assert mutant != pattern


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "empty path"),
        ("  \n ", 2, "empty path"),
        ("convv -> relu", 1, "did you mean `conv`?"),
        ("conv -> actvation", 9, "did you mean `activation`?"),
        ("conv ->", 8, "expected a kind"),
        ("conv -> -> relu", 9, "expected a kind"),
        ("conv | ", 8, "expected a kind"),
        ("-> conv", 1, "expected a kind"),
        ("conv relu", 6, "expected `->`"),
        ("conv, relu", 5, "expected `->`"),
        ("conv)", 5, "`)` without `(`"),
        ("conv -> (relu", 9, "not closed"),
        ("conv -> (relu, tanh)", 14, "expected `)`"),
        ("conv -> ()", 10, "expected a kind"),
        ("!(relu", 2, "not closed"),
        ("!(relu -> tanh)", 8, "separated by `|`"),
        ("!(relu | tahn)", 10, "unknown kind"),
        ("!!relu", 2, "expected a kind"),
        ("!. -> relu", 2, "expected a kind"),
        (".[consumers == 1]", 2, "tests stand behind a kind"),
        ("conv[", 5, "not closed"),
        ("conv[groups > 1", 5, "not closed"),
        ("conv[name == ']'", 5, "not closed"),
        ("conv[]", 6, "expected a test"),
        ("conv[groups > 1,]", 17, "expected a test"),
        ("conv[rate > 0]", 6, "`conv` has no attribute `rate`"),
        ("conv[kernal > 1]", 6, "did you mean `kernel`?"),
        ("conv[groups > 1, kernal > 1]", 18, "did you mean `kernel`?"),
        ("conv[name != 'kernal' and kernal > 1]", 27, "did you mean `kernel`?"),
        ("conv[groups]", 6, "is no flag (integer)"),
        ("conv[bias and not groups]", 19, "is no flag (integer)"),
        ("conv[consumers]", 6, "is no flag (number)"),
        ("conv[name]", 6, "is no flag (text)"),
        ("conv[groups > > 1]", 15, "not an expression"),
        ("conv[ groups[0] > 1]", 7, "not allowed"),
        ("conv[ other.out > 1]", 7, "belongs into `where`"),
        ("conv[fact(out) > 1]", 6, "unknown function"),
        ("conv -> relu**", 14, "one quantifier"),
        ("conv -> relu?+", 14, "one quantifier"),
        ("conv -> relu{1,2}*", 18, "one quantifier"),
        ("conv -> relu{2,1}", 13, "at most n"),
        ("conv -> relu{0,0}", 13, "at most n"),
        ("conv -> relu{1,65}", 13, "at most n"),
        ("conv -> relu{2}", 13, "`{m,n}`"),
        ("conv -> relu{,2}", 13, "`{m,n}`"),
        ("conv -> relu{1,", 13, "`{m,n}`"),
        ("conv as", 8, "expected a name"),
        ("conv as 1", 9, "expected a name"),
        ("conv as not", 9, "word of the language"),
        ("conv as any", 9, "word of the language"),
        ("conv -> relu* as act", 15, "repeated item"),
        ("conv -> relu+ as act", 15, "repeated item"),
        ("conv -> relu{1,2} as act", 19, "repeated item"),
        ("conv -> (relu as act)*", 18, "inside a repetition"),
        ("conv -> ((relu | tanh as act) -> conv)+", 26, "inside a repetition"),
        ("conv as a -> relu as a", 22, "captured twice"),
        ("(conv as a | relu) -> tanh as a", 31, "captured twice"),
        ("conv -> (relu -> tanh) as act", 9, "exactly one atom"),
        ("conv -> (relu | tanh -> conv) as act", 9, "exactly one atom"),
        ("conv -> (relu | tanh*) as act", 9, "exactly one atom"),
        ("conv -> (relu as a) as b", 9, "exactly one atom"),
        ("conv*", 1, "empty path"),
        ("conv? -> (relu | tanh*)", 1, "empty path"),
        ("conv | relu{0,2}", 1, "empty path"),
        ("(" * 40 + "conv" + ")" * 40, 32, "too deeply"),
        ("((((conv{64,64}){64,64}){64,64}){64,64}){64,64}", 1, "at most"),
        ("conv -> ré", 10, "unknown kind"),
    ],
)
def test_errors_point_at_the_place(text: str, column: int, part: str) -> None:
    with pytest.raises(PathError) as caught:
        parse(text)
    assert part in caught.value.message
    if "ré" not in text:
        assert caught.value.column == column


def test_errors_in_several_lines_name_the_line() -> None:
    with pytest.raises(PathError) as caught:
        parse("conv\n  -> relu[\n     slpe > 1] -> linear")
    error = caught.value
    assert (error.line, error.column) == (3, 6)
    assert str(error).split("\n") == ["`relu` has no attribute `slpe`", "       slpe > 1] -> linear", "       ^"]


def test_the_same_name_may_be_used_in_alternatives() -> None:
    assert parse("(relu as a -> conv | tanh as a) -> linear as b").captures == ("a", "b")
    assert parse("relu as a | tanh as a").captures == ("a",)
    assert parse("((relu | tanh) | elu)? -> conv as c").captures == ("c",)


def test_mutants_of_the_running_example() -> None:
    pattern = parse(
        "dropout[rate > 0, form != 'path'] as d -> (relu | tanh)* -> !(conv | linear)? -> batch_norm[running]"
    )
    head, tail = "dropout[rate > 0, form != 'path'] as d", "batch_norm[running]"
    middle, other = "(relu | tanh)*", "!(conv | linear)?"
    assert {unparse(mutant) for _, mutant in mutants(pattern)} == {
        f"dropout[form != 'path'] as d -> {middle} -> {other} -> {tail}",
        f"dropout[rate > 0] as d -> {middle} -> {other} -> {tail}",
        f"dropout[rate >= 0, form != 'path'] as d -> {middle} -> {other} -> {tail}",
        f"dropout[rate > 0, form == 'path'] as d -> {middle} -> {other} -> {tail}",
        f"{head} -> (relu | tanh) -> {other} -> {tail}",
        f"{head} -> (relu)* -> {other} -> {tail}",
        f"{head} -> (tanh)* -> {other} -> {tail}",
        f"{head} -> {middle} -> !(conv | linear) -> {tail}",
        f"{head} -> {middle} -> !conv? -> {tail}",
        f"{head} -> {middle} -> !linear? -> {tail}",
        f"{head} -> {middle} -> {other} -> batch_norm",
    }
    assert {unparse(mutant) for _, mutant in mutants(parse("conv | (relu | tanh){2,3} -> add"))} == {
        "conv",
        "(relu | tanh){2,3} -> add",
        "conv | (relu){2,3} -> add",
        "conv | (tanh){2,3} -> add",
        "conv | (relu | tanh) -> add",
    }


def test_a_comma_in_parentheses_does_not_end_a_test() -> None:
    body = parse("dropout[form in ('path', 'alpha'), rate > 0]").alternatives[0][0].body
    assert isinstance(body, Atom)
    assert [str(test) for test in body.tests] == ["form in ('path', 'alpha')", "rate > 0"]
