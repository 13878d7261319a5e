"""Comments that silence rules: what is one, which lines it speaks for, and what is wrong with the others."""

from __future__ import annotations

import pytest

from lintnet.loaders.source.ignores import read_ignores


def _lines(text: str) -> list[tuple[int, tuple[str, ...], tuple[int, int]]]:
    return [
        (each.location.line, each.rules, (each.first, each.last)) for each in read_ignores(text.split("\n"), "a.py")
    ]


def test_a_comment_behind_code_silences_its_line() -> None:
    (found,) = read_ignores(["import x", "drop = f(0.5)  # lintnet: ignore[rule-a, DRP101] on purpose"], "net.py")
    assert found.rules == ("rule-a", "DRP101")
    assert found.reason == "on purpose"
    assert (found.first, found.last) == (2, 2)
    assert found.location == (
        "net.py",
        2,
        16,
        2,
        60,
        "drop = f(0.5)  # lintnet: ignore[rule-a, DRP101] on purpose",
        None,
    )
    assert not found.whole_file
    assert not found.problem


def test_on_the_first_line_of_a_statement_it_silences_all_its_lines_and_inside_one_only_its_own() -> None:
    text = "x = f(  # lintnet: ignore[a]\n    1,  # lintnet: ignore[b]\n    # lintnet: ignore[c]\n    2,\n)\ny = 1"
    assert _lines(text) == [(1, ("a",), (1, 5)), (2, ("b",), (2, 2)), (3, ("c",), (4, 4))]


def test_above_a_statement_it_silences_that_statement_and_comments_may_stack() -> None:
    text = "# lintnet: ignore[a]\n# another comment\n# lintnet: ignore[b]\nx = f(\n    1)\ny = 2"
    assert _lines(text) == [(1, ("a",), (4, 5)), (3, ("b",), (4, 5))]


def test_a_blank_line_ends_what_a_comment_above_speaks_for() -> None:
    assert _lines("# lintnet: ignore[a]\n\nx = 1") == [(1, ("a",), (2, 2))]


def test_a_head_of_a_block_is_silenced_without_its_body() -> None:
    assert _lines("class A:  # lintnet: ignore[a]\n    x = 1\n    y = 2") == [(1, ("a",), (1, 1))]


@pytest.mark.parametrize(
    "text",
    [
        "x = '# lintnet: ignore[a]'",
        '"""\n# lintnet: ignore[a]\n"""',
        "x = f'''\n# lintnet: ignore[a]\n'''",
        "x = 1  # a lintnet ignore[a]",
        "lintnet: int = 1",
    ],
)
def test_what_is_no_comment_is_none(text: str) -> None:
    assert read_ignores(text.split("\n"), "a.py") == ()


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# lintnet: ignore", "names the rules"),
        ("# lintnet: ignore[]", "names the rules"),
        ("# lintnet: ignore[ , ]", "names the rules"),
        ("# lintnet: ignore rule-a because", "names the rules"),
        ("# lintnet: ignore-file", "names the rules"),
        ("# lintnet: ignored[a]", "`ignored[a]` is no direction"),
        ("# lintnet: disable=a", "`disable=a` is no direction"),
        ("# lintnet:", "is no direction"),
        ("# lintnet: ignore-file[a]", "before the first statement"),
    ],
)
def test_a_malformed_comment_says_what_is_wrong(comment: str, words: str) -> None:
    (found,) = read_ignores(["x = 1", f"y = 2  {comment}"], "a.py")
    assert words in found.problem
    assert (found.location.line, found.location.column) == (2, 8)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("", ""),
        (" because of it", "because of it"),
        (": because", "because"),
        (" - because", "because"),
        (" because  # noqa: E501", "because"),
        (" see issue #12", "see issue #12"),
    ],
)
def test_the_reason_is_what_stands_behind_the_brackets(tail: str, reason: str) -> None:
    (found,) = read_ignores([f"x = 1  # noqa  # lintnet: ignore[a]{tail}"], "a.py")
    assert found.reason == reason


@pytest.mark.parametrize(
    "head", ["", "#!/usr/bin/env python\n# licence\n\n", '"""A docstring."""\n', '"""Long\n\nlines."""\n\n# more\n']
)
def test_ignore_file_stands_before_the_first_statement(head: str) -> None:
    text = f"{head}# lintnet: ignore-file[a] generated\nimport torch"
    (found,) = read_ignores(text.split("\n"), "a.py")
    assert found.whole_file
    assert found.reason == "generated"
    assert not found.problem


def test_a_docstring_that_is_more_than_one_is_code() -> None:
    (found,) = read_ignores(['"a".join(x)', "# lintnet: ignore-file[a]"], "a.py")
    assert found.problem


@pytest.mark.parametrize(
    "text", ["x = (\n# lintnet: ignore[a]\n", "'''\n", "  x\n y\n# lintnet: ignore[a]", "\0# lintnet: x"]
)
def test_what_is_no_python_raises_nothing(text: str) -> None:
    assert isinstance(read_ignores(text.split("\n"), "a.py"), tuple)


def test_in_a_notebook_lines_are_those_of_the_cell() -> None:
    lines = ["import keras", "x = f(  # lintnet: ignore[a]", "    1)"]
    (found,) = read_ignores(lines, "n.ipynb", [(1, 1), (4, 1), (4, 2)])
    assert (found.location.cell, found.location.line) == (4, 1)
    assert (found.first, found.last) == (1, 2)


def test_lines_with_their_ends_are_read_alike() -> None:
    text = "x = f(  # lintnet: ignore[a]\n    1)\n# lintnet: ignore[b]\ny = 2\n"
    plain = read_ignores(text.splitlines(), "a.py")
    assert read_ignores(text.splitlines(keepends=True), "a.py") == plain
    assert len(plain) == 2
