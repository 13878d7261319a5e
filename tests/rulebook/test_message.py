"""Which placeholders a message may hold."""

from __future__ import annotations

import pytest

from lintnet.rulebook.message import Field, MessageError, parse_message


def test_a_message_is_texts_and_fields() -> None:
    assert parse_message("rate {drop.rate:g} gives {ratio:.2f} of {{x}}") == (
        "rate ",
        Field("drop", "rate", "g"),
        " gives ",
        Field("ratio", "", ".2f"),
        " of {",
        "x}",
    )
    assert parse_message("") == ()


@pytest.mark.parametrize(
    "written", ["{drop.rate:g}", "{ratio:.2f}", "{n:,}", "{n:d}", "{share:.1%}", "{a.b}", "{x:.3g}"]
)
def test_a_field_shows_as_it_was_written(written: str) -> None:
    (part,) = parse_message(written)
    assert str(part) == written
    assert isinstance(part, Field)


@pytest.mark.parametrize(
    "text",
    [
        "{", "}", "{}", "{0}", "{a.b.c}", "{a[0]}", "{a!r}", "{a.__class__}", "{_a}", "{A}", "{a b}",
        "{a:>9999999999}", "{a:{b}}", "{a:s}", "{a:.99f}", "{a:+d}", "{a:e}", "{a.}", "{a: }",
    ],
)  # fmt: skip
def test_nothing_else_gets_through(text: str) -> None:
    with pytest.raises(MessageError):
        parse_message(text)
