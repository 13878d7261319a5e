"""The compiled rule table: the same rules as the files say, and nothing that is not data."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from lintnet.rulebook import compiled
from lintnet.rulebook.book import bundled_table, load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def table() -> Iterator[ModuleType]:
    """The generated module, installed as in a wheel."""
    module = ModuleType(compiled.MODULE)
    exec(compile(compiled.as_source(bundled_table()), "table.py", "exec"), module.__dict__)  # noqa: S102 - our own text
    sys.modules[compiled.MODULE] = module
    yield module
    del sys.modules[compiled.MODULE]


def test_a_checkout_has_no_table() -> None:
    assert compiled.read_table() is None


def test_the_table_holds_the_same_rules_without_their_pages(table: ModuleType) -> None:
    read, made = bundled_table(), compiled.read_table()
    assert made is not None
    assert made.rules is table.RULES
    assert made.profiles == dict(read.profiles)
    assert made.retired == dict(read.retired)
    for ours, theirs in zip(made.rules, read.rules, strict=True):
        assert tuple(ours) == tuple(theirs._replace(text="", sections=(), examples=()))


def test_a_rule_of_the_table_gets_its_page_when_it_is_explained(table: ModuleType) -> None:
    book = load_rules()
    assert book.rules[0] is table.RULES[0]
    assert book.rules[0].sections == ()
    complete = book.lookup(book.rules[0].code)
    assert complete.name == book.rules[0].name
    assert len(complete.sections) == 5
    assert complete.examples


def test_only_data_can_be_written() -> None:
    rule = bundled_table().rules[0]
    strange: Any = object()
    with pytest.raises(TypeError, match="cannot hold"):
        compiled.as_source(compiled.Table((rule._replace(message=strange),), {}, {}))
