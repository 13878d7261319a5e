"""The sweep and the witnesses against a matcher that tries everything."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings

from lintnet.paths.automaton import PathSpec, compile_paths, sweep
from lintnet.paths.view import View
from lintnet.paths.witness import matches
from tests.paths.brute import BARRIERS, Brute
from tests.paths.strategies import cases

if TYPE_CHECKING:
    from lintnet.ir import Graph


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_match_is_found_and_its_witness_is_shortest(case: tuple[list[PathSpec], Graph]) -> None:
    (spec,), graph = case
    pattern = spec.pattern
    brute = Brute(spec, graph)
    expected = brute.matches()
    view, program = View(graph), compile_paths([spec])
    assert sweep(program, view)[spec.key] == sorted(expected)
    for end, wanted in expected.items():
        found = list(matches(program, spec.key, view, end))
        lengths = [len(match.nodes) + len(match.passed) for match in found]
        assert lengths == sorted(lengths), "shortest first"
        keys = [
            (match.nodes[0], frozenset((name, node) for name, node in match.captures.items() if node is not None))
            for match in found
        ]
        assert dict(zip(keys, lengths, strict=True)) == wanted
        assert len(keys) == len(wanted), "each once"
        for match in found:
            way = sorted(match.nodes + match.passed)
            for before, after in pairwise(way):
                assert any(edge.node == before for edge in graph.nodes[after].inputs), "a witness walks edges"
            assert all(brute.skippable(node) for node in match.passed)
            assert list(match.captures) == list(pattern.captures)
            if not pattern.words & BARRIERS:
                assert match.uncertain == any(graph.nodes[node].kind in BARRIERS for node in match.nodes)


@settings(max_examples=60, deadline=None)
@given(cases(4))
def test_paths_of_one_program_do_not_interfere(case: tuple[list[PathSpec], Graph]) -> None:
    specs, graph = case
    view, together = View(graph), compile_paths(specs)
    ends = sweep(together, view)
    for spec in specs:
        alone = compile_paths([spec])
        assert ends[spec.key] == sweep(alone, view)[spec.key]
        for end in ends[spec.key]:
            assert list(matches(together, spec.key, view, end)) == list(matches(alone, spec.key, view, end))
