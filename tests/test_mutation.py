"""The examples of a rule prove its path: whatever is left out of the rule, an example notices.

Each mutant drops or moves one thing of the path, of `where`, or of a condition of the severity. A mutant that gives
every example the verdict it had, with the same severity, survives, and shows that a part of the rule is not needed or
not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.engine import check_graph
from lintnet.facts import FACTS
from lintnet.paths import expression, syntax
from lintnet.rulebook.book import bundled_references
from lintnet.rulebook.examples import graphs_of
from lintnet.rulebook.place import rules_root
from lintnet.rulebook.reader import read_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.ir import Graph
    from lintnet.rulebook.rule import Rule

ROOT = rules_root()
FILES = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("*/*.md"))]


def rule_of(file: str) -> Rule:
    text = (ROOT / file).read_text(encoding="utf-8")
    return read_rule(text, f"rules/{file}", bundled_references(), user=False, facts=frozenset(FACTS))


def verdicts(rule: Rule, graphs: list[Graph]) -> list[tuple[str, ...]]:
    """Say for each graph how loud the rule is; empty where it does not fire."""
    return [tuple(found.severity.name for found in check_graph(graph, [rule]).findings) for graph in graphs]


def mutants_of(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield (what was changed, changed rule)."""
    if rule.path is not None:
        for description, path in syntax.mutants(rule.path):
            # A mutant may have lost a capture that the message shows.
            yield f"path: {description}", rule._replace(path=path, message="mutant")
    if rule.where is not None:
        yield "where: dropped", rule._replace(where=None)
        for description, where in expression.mutants(rule.where):
            yield f"where: {description}", rule._replace(where=where)
    for index, case in enumerate(rule.severity_when):
        others = (*rule.severity_when[:index], *rule.severity_when[index + 1 :])
        yield f"severity_when: dropped `{case.condition}`", rule._replace(severity_when=others)
        for description, condition in expression.mutants(case.condition):
            cases = list(rule.severity_when)
            cases[index] = case._replace(condition=condition)
            yield f"severity_when: {description}", rule._replace(severity_when=tuple(cases))
    for flag in ("strict", "sole"):
        if getattr(rule, flag):
            yield f"dropped `{flag}`", rule._replace(**{flag: False})


def survivors(rule: Rule) -> list[str]:
    graphs = [graph for example in rule.examples for graph in graphs_of(example)]
    before = verdicts(rule, graphs)
    return [description for description, mutant in mutants_of(rule) if verdicts(mutant, graphs) == before]


@pytest.mark.parametrize("file", FILES)
def test_the_examples_prove_the_path(file: str) -> None:
    rule = rule_of(file)
    if rule.path is None:
        assert list(mutants_of(rule)) == [], "a check is proved by its own tests"
        return
    left = survivors(rule)
    assert not left, "no example notices:\n" + "\n".join(left)


DROPOUT_BEFORE_BATCH_NORM = """\
+++
name     = "dropout-before-batch-norm"
code     = "OWN101"
severity = "warning"
phase    = "training"
path     = "dropout[rate > 0] as drop -> (activation | pool)* -> (weight -> (activation | pool)*)? -> batch_norm"
where    = "drop.rate > 0.1"
message  = "found"
help     = "move it"
+++

## Example
```graph bad
{bad}
```

## Use instead
```graph good
x -> dropout(rate=0) -> batch_norm -> y
x -> dropout(rate=0.1) -> batch_norm -> y
```
"""

FIRST = "x -> conv -> dropout(rate=0.5) -> relu -> batch_norm -> y"
OTHERS = """
x -> dropout(rate=0.2) -> batch_norm -> y
x -> dropout(rate=0.5) -> max_pool -> conv -> batch_norm -> y
x -> dropout(rate=0.5) -> relu -> relu -> linear -> relu -> max_pool -> batch_norm -> y
x -> dropout(rate=0.5) -> linear -> max_pool -> relu -> batch_norm -> y
"""


def sample(bad: str) -> Rule:
    text = DROPOUT_BEFORE_BATCH_NORM.replace("{bad}", bad)
    return read_rule(text, "sample.md", {}, user=True, facts=frozenset())


def test_one_example_leaves_mutants_alive() -> None:
    left = survivors(sample(FIRST))
    assert "path: dropped alternative `pool`" in left
    assert "path: `(weight -> (activation | pool)*)?` became `weight -> (activation | pool)*`" not in left
    assert len(left) > 3


def test_examples_for_every_part_kill_them_but_a_test_that_says_nothing() -> None:
    # `rate > 0` says nothing beside `where = "drop.rate > 0.1"`, and that is what the survivors show.
    assert survivors(sample(FIRST + OTHERS)) == [
        "path: dropped test `rate > 0` of `dropout`",
        "path: `rate > 0` became `rate >= 0` in `dropout`",
    ]


def test_a_moved_boundary_of_where_is_noticed_at_the_boundary_only() -> None:
    rule = sample(FIRST + OTHERS)
    elsewhere = rule._replace(examples=tuple(example for example in rule.examples if example.bad))
    assert "where: `drop.rate > 0.1` became `drop.rate >= 0.1`" in survivors(elsewhere)
    assert "where: dropped" in survivors(elsewhere)
