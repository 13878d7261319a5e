"""Conditions that cannot be decided: every way is run once, and only those that matter are kept."""

from __future__ import annotations

import itertools

import pytest

from lintnet.loaders.source.variants import Decisions, Leaf, collapse, explore


def _texts(leaves: list[Leaf[str]]) -> list[tuple[tuple[tuple[str, bool], ...], str]]:
    return [(tuple((each.text, each.taken) for each in leaf.taken), leaf.result) for leaf in leaves]


def test_a_program_that_asks_nothing_runs_once() -> None:
    runs: list[Decisions] = []
    leaves = explore(lambda decisions: runs.append(decisions) or "same")
    assert len(runs) == 1
    assert _texts(leaves) == [((), "same")]


def test_every_way_of_independent_conditions_is_run_once() -> None:
    def run(decisions: Decisions) -> str:
        return "".join(str(int(bool(decisions.ask(text, None)))) for text in "abc")

    leaves = explore(run)
    assert sorted(leaf.result for leaf in leaves) == ["".join(each) for each in itertools.product("01", repeat=3)]
    assert leaves[0].result == "111"  # the branch that is written first


def test_a_chain_of_conditions_has_one_way_more_than_it_has_conditions() -> None:
    def run(decisions: Decisions) -> str:
        return next((text for text in "abcde" if decisions.ask(text, None)), "none")

    assert sorted(leaf.result for leaf in explore(run)) == ["a", "b", "c", "d", "e", "none"]


def test_equal_texts_share_a_decision() -> None:
    def run(decisions: Decisions) -> str:
        return f"{decisions.ask('a', None)} {decisions.ask('a', None)}"

    assert sorted(leaf.result for leaf in explore(run)) == ["False False", "True True"]


def test_a_decision_of_an_earlier_run_is_kept_and_not_asked_again() -> None:
    leaves = explore(lambda decisions: str(decisions.ask("a", None)), inherited={"a": False})
    assert _texts(leaves) == [((), "False")]


@pytest.mark.parametrize(("conditions", "most"), [(4, 8), (10, 8), (3, 4), (30, 8)])
def test_beyond_the_limit_only_the_first_conditions_are_decided(conditions: int, most: int) -> None:
    runs = 0

    def run(decisions: Decisions) -> str:
        nonlocal runs
        runs += 1
        answers = [decisions.ask(f"c{number}", None) for number in range(conditions)]
        return "".join("?" if each is None else str(int(each)) for each in answers)

    leaves = explore(run, most)
    decided = most.bit_length() - 1
    assert len(leaves) == most
    assert {leaf.result[decided:] for leaf in leaves} == {"?" * (conditions - decided)}
    assert len({leaf.result for leaf in leaves}) == most
    assert runs <= 2 * most


def test_no_run_starts_when_there_is_no_time_left() -> None:
    runs = 0

    def run(decisions: Decisions) -> str:
        nonlocal runs
        runs += 1
        return str(decisions.ask("a", None))

    assert [leaf.result for leaf in explore(run, go_on=lambda: False)] == ["True"]
    assert runs == 1


def test_a_condition_without_consequence_is_dropped() -> None:
    def run(decisions: Decisions) -> str:
        decisions.ask("pretrained", None)
        return "wide" if decisions.ask("wide", None) else "narrow"

    assert _texts(collapse(explore(run), lambda result: result)) == [
        ((("wide", True),), "wide"),
        ((("wide", False),), "narrow"),
    ]


def test_where_all_ways_lead_to_the_same_there_is_no_variant() -> None:
    def run(decisions: Decisions) -> str:
        if decisions.ask("a", None):
            decisions.ask("b", None)
        return "same"

    assert _texts(collapse(explore(run), lambda result: result)) == [((), "same")]


def test_a_condition_that_matters_on_one_side_only_stands_there_only() -> None:
    def run(decisions: Decisions) -> str:
        if decisions.ask("a", None):
            return "x" if decisions.ask("b", None) else "y"
        decisions.ask("c", None)
        return "z"

    assert _texts(collapse(explore(run), lambda result: result)) == [
        ((("a", True), ("b", True)), "x"),
        ((("a", True), ("b", False)), "y"),
        ((("a", False),), "z"),
    ]


def test_a_side_that_was_not_run_leaves_the_condition_standing() -> None:
    leaves = explore(lambda decisions: str(decisions.ask("a", None)), go_on=lambda: False)
    assert _texts(collapse(leaves, lambda result: result)) == [((("a", True),), "True")]


def test_nothing_collapses_to_nothing() -> None:
    none: list[Leaf[str]] = []
    assert collapse(none, lambda result: result) == []
