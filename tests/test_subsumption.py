"""No rule looks for what another rule already looks for, unless that is listed here with its reason.

Language inclusion of paths: every way that rule A matches is a way that rule B matches. Letters are (kind, tests):
an atom of B reads what an atom of A reads if it names the kind and asks for no test that A does not ask for. `where`
and `sole` of B narrow B, so a rule that has them is never said to include another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.paths.automaton import PathSpec, Program, bits, compile_paths
from lintnet.paths.syntax import parse
from lintnet.rulebook.book import load_rules

if TYPE_CHECKING:
    from lintnet.paths.syntax import Pattern

LISTED: dict[tuple[str, str], str] = {}
"""(included rule, including rule): why both exist."""


def includes(wide: Pattern, narrow: Pattern) -> bool:
    """Whether every node sequence that `narrow` matches is matched by `wide`, by subset construction."""
    program = compile_paths([PathSpec("wide", wide), PathSpec("narrow", narrow)])
    small = program.paths["narrow"]
    todo = [
        (position, letter, _read(program, letter, position, None))
        for position, letter in _letters(program, small.first)
    ]
    seen = set(todo)
    while todo:
        position, _, reached = todo.pop()
        if (small.final >> position) & 1 and not reached & program.paths["wide"].final:
            return False
        for following, letter in _letters(program, program.follow[position]):
            step = (following, letter, _read(program, letter, following, reached))
            if step not in seen:
                seen.add(step)
                todo.append(step)
    return True


def _letters(program: Program, positions: int) -> list[tuple[int, str]]:
    return [(each, kind) for each in bits(positions) for kind in program.positions[each].atom.kinds]


def _read(program: Program, kind: str, position: int, reached: int | None) -> int:
    """The positions of the wide path after reading `kind` with the tests of the narrow path's position."""
    wide = program.paths["wide"]
    ready = wide.first
    if reached is not None:
        ready = 0
        for each in bits(reached):
            ready |= program.follow[each]
    asked = {str(test) for test in program.positions[position].atom.tests}
    result = 0
    for each in bits(ready):
        atom = program.positions[each].atom
        if kind in atom.kinds and {str(test) for test in atom.tests} <= asked:
            result |= 1 << each
    return result


@pytest.mark.parametrize(
    ("wide", "narrow", "included"),
    [
        ("dropout -> batch_norm", "dropout -> batch_norm", True),
        ("dropout -> (relu | gelu)* -> batch_norm", "dropout -> relu -> batch_norm", True),
        ("dropout -> relu -> batch_norm", "dropout -> (relu | gelu)* -> batch_norm", False),
        ("dropout -> batch_norm", "dropout[rate > 0] -> batch_norm", True),
        ("dropout[rate > 0] -> batch_norm", "dropout -> batch_norm", False),
        ("dropout -> norm", "dropout -> batch_norm", True),
        ("dropout -> batch_norm", "dropout -> norm", False),
        ("conv -> .* -> relu", "conv -> dropout -> relu", True),
        ("conv{1,2} -> relu", "conv -> conv -> relu", True),
        ("conv{1,2} -> relu", "conv -> conv -> conv -> relu", False),
        ("(conv -> relu | linear)", "linear", True),
    ],
)
def test_inclusion_of_small_paths(wide: str, narrow: str, included: bool) -> None:
    assert includes(parse(wide), parse(narrow)) is included


def test_no_stable_rule_includes_another() -> None:
    rules = [rule for rule in load_rules().rules if rule.path is not None and rule.status == "stable"]
    found = {
        (narrow.name, wide.name)
        for wide in rules
        for narrow in rules
        if wide is not narrow
        and wide.where is None
        and not wide.sole
        and wide.path is not None
        and narrow.path is not None
        and includes(wide.path, narrow.path)
    }
    assert found == set(LISTED)
