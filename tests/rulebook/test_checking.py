"""How a rule file names a Python check, and what it can never name."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pytest

from lintnet.rulebook.checking import CheckFinding, resolve
from lintnet.rulebook.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator


def some_check(_facts: object) -> Iterator[CheckFinding]:
    """Find the first node."""
    yield CheckFinding(anchor=0, witness=(0,))


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType("lintnet.rulebook.checks_made")
    made.__dict__.update(some_check=some_check, number=3)
    monkeypatch.setitem(sys.modules, made.__name__, made)


@pytest.mark.usefixtures("module")
def test_a_check_is_found_by_its_name() -> None:
    assert resolve("lintnet.rulebook.checks_made:some_check") is some_check


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("lintnet.rulebook.checks_made:other", "has no function other"),
        ("lintnet.rulebook.checks_made:number", "number is not a function"),
        ("lintnet.rulebook.checks_absent:some_check", "there is no module"),
        ("lintnet.rulebook.reader:read_rule", "a check is written"),
        ("os:system", "a check is written"),
        ("lintnet.rulebook.checks_made:some_check.__globals__", "a check is written"),
        ("lintnet.rulebook.checks_made.os:system", "a check is written"),
        ("lintnet.rulebook.checks_made:__init__", "a check is written"),
    ],
)
def test_everything_else_is_refused(check: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        resolve(check)


def test_a_finding_of_a_check_needs_only_its_place() -> None:
    (finding,) = some_check(None)
    assert (finding.values, finding.quantities, finding.severity, finding.places) == ({}, {}, None, ())
