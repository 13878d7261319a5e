"""Published model code: nothing crashes, budgets hold, and most of what runs is read as what it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from lintnet.ir.kinds import KINDS
from tests.loaders.source.published import (
    COMPARABLE,
    PACKAGES,
    Judged,
    causes,
    files_of,
    judge,
    read_all,
    root_of,
    targets_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loaders.source.published import Read

pytestmark = pytest.mark.zoo

# Seconds of CPU that one file may take: the budget of three, and what lifting and rules add. Generous, since machines
# differ; what it really costs is measured by benchmarks/source.py.
WORST = 12.0
ENOUGH = {"torchvision": 0.6, "keras": 0.6, "timm": 0.0}
"""Which part of the models must be read whole. timm is only reported."""


@pytest.fixture(scope="module", params=sorted(PACKAGES))
def package(request: pytest.FixtureRequest) -> tuple[str, list[Read]]:
    name = str(request.param)
    root: Path | None = root_of(name)
    if root is None:
        pytest.skip(f"{name} is not installed; its sources are read only where it is")
    return name, read_all(files_of(name, root), root)


def test_no_file_fails_and_budgets_hold(package: tuple[str, list[Read]]) -> None:
    name, read = package
    assert len(read) > 10
    assert [(each.file, each.failure) for each in read if each.failure] == []
    assert [(each.file, each.seconds) for each in read if each.seconds > WORST] == []
    assert sum(len(each.graphs) for each in read) >= len(targets_of(name)) / 2


def test_enough_models_are_read_whole(package: tuple[str, list[Read]]) -> None:
    name, read = package
    judged = judge(targets_of(name), read)
    whole = sum(not each.fault for each in judged)
    faults = Counter(each.fault for each in judged if each.fault)
    print(f"\n{name}: {whole} of {len(judged)} models read whole; {dict(faults)}; causes: {causes(judged, 5)}")
    assert whole >= ENOUGH[name] * len(judged), _table(judged)


def test_graphs_hold_together(package: tuple[str, list[Read]]) -> None:
    for each in package[1]:
        for graph in each.graphs:
            assert 0 <= graph.coverage.placed <= graph.coverage.sites, (each.file, graph.qualname)
            for index, node in enumerate(graph.nodes):
                assert node.kind in KINDS
                assert all(edge.node < index for edge in node.inputs), (each.file, graph.qualname, node.name)
                assert node.location is None or node.location.line > 0


def test_the_list_of_what_runs_is_in_order() -> None:
    for name in PACKAGES:
        targets = targets_of(name)
        assert len(targets) > 30
        assert all(target.layers for target in targets)
    assert set(KINDS) >= COMPARABLE


def _table(judged: list[Judged]) -> str:
    return "\n".join(
        f"{each.target.file}:{each.target.name}: {each.fault} {each.detail}" for each in judged if each.fault
    )
