"""Models written in every style: all of them are found, read whole, and equal to what really runs."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.loaders.source.compare import Seen, differences, from_graph, pooled
from tests.loaders.source.corpus_files import CORPUS, ENTRIES, FILES, Entry, files_of, namespace_of, read

if TYPE_CHECKING:
    from lintnet.ir import Graph

TORCH = tuple(entry for entry in ENTRIES if entry.file.startswith("torch/"))
KERAS = tuple(entry for entry in ENTRIES if entry.file.startswith("keras/"))
_id = [entry.id for entry in ENTRIES]


def _graph(entry: Entry) -> Graph:
    graphs = [graph for graph in read(entry.file).graphs if graph.qualname == entry.model]
    assert len(graphs) == 1, [graph.qualname for graph in read(entry.file).graphs]
    return graphs[0]


def test_the_corpus_is_large_enough_and_every_file_is_in_use() -> None:
    assert len(TORCH) >= 36
    assert len(KERAS) >= 36
    imported = {"torch/vision", "keras/project"}
    listed = {CORPUS / file for file in FILES}
    assert not [each for each in files_of() if each not in listed and not any(part in str(each) for part in imported)]
    assert not [file for file in FILES if not (CORPUS / file).is_file()]


@pytest.mark.parametrize("file", FILES)
def test_every_model_of_a_file_is_found_and_no_other(file: str) -> None:
    found = sorted(graph.qualname for graph in read(file).graphs)
    assert found == sorted(entry.model for entry in ENTRIES if entry.file == file)


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_every_model_is_read_whole_or_says_why_not(entry: Entry) -> None:
    graph = _graph(entry)
    coverage = graph.coverage
    whole = coverage.placed == coverage.sites and not coverage.not_understood and not coverage.blind
    assert whole == (not entry.incomplete), (coverage.not_understood, coverage.blind)
    if not whole:
        said = [each.why for each in (*coverage.not_understood, *coverage.blind)]
        assert any(entry.incomplete in why for why in said), said
    seen = zip(pooled(graph).nodes, from_graph(graph), strict=True)
    assert sum(node.is_layer and not _says_nothing(each) for node, each in seen) == entry.layers
    assert coverage.sites > 0
    if entry.kinds:
        assert " ".join(node.kind for node in graph.nodes if node.kind not in {"input", "output"}) == entry.kinds


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_every_node_knows_its_line(entry: Entry) -> None:
    for node in _graph(entry).nodes:
        if node.is_layer:
            assert node.location is not None, node
            assert node.location.line > 0
            assert node.location.text


def _says_nothing(node: Seen) -> bool:
    """Casts, and identities that are no layer: whether a tensor is copied or converted is not compared."""
    return node.kind == "cast" or (node.kind == "identity" and node.layer.startswith(("#", "identity")))


@pytest.mark.oracle
@pytest.mark.parametrize("entry", TORCH, ids=[entry.id for entry in TORCH])
def test_torch_source_equals_execution(entry: Entry) -> None:
    import torch

    from tests.loaders.source.oracle_torch import record

    space = dict(vars(namespace_of(entry.file)))
    torch.manual_seed(0)
    model = eval(entry.build, space)  # noqa: S307 - the manifest is ours
    inputs = [torch.randint(0, 5, (3, *s)) if entry.integers else torch.randn(3, *s) for s in entry.inputs]
    names: dict[str, Any] = {**space, "torch": torch, "model": model, "inputs": inputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        executed = record(model, lambda: eval(entry.run or "model(*inputs)", names))  # noqa: S307 - as above
    source = from_graph(_graph(entry))
    assert differences(source, executed, skip=_says_nothing, ignore=entry.ignore) == []
    assert bool(entry.ignore) == bool(entry.unequal)


@pytest.mark.oracle
@pytest.mark.parametrize("entry", [e for e in KERAS if not e.kinds], ids=[e.id for e in KERAS if not e.kinds])
def test_keras_source_equals_execution(keras: Any, entry: Entry) -> None:
    from tests.loaders.source.oracle_keras import is_graph, opened, record, traced

    with warnings.catch_warnings(), opened(keras):
        warnings.simplefilter("ignore")
        model = eval(entry.build, dict(vars(namespace_of(entry.file))))  # noqa: S307 - the manifest is ours
        whole = is_graph(keras, model)
        dtype = "int32" if entry.integers else "float32"
        executed = record(model if whole else traced(keras, model, entry.inputs, dtype))
    source = from_graph(_graph(entry))
    assert differences(source, executed, skip=_says_nothing, ignore=entry.ignore, paths=whole) == []
    assert bool(entry.ignore) == bool(entry.unequal)
