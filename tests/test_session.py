"""A run over source: targets in, a report out. The reader is a stand-in; test_source_programs.py has the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from lintnet.ir import Blind, Coverage
from lintnet.ir.finding import Confidence, Severity
from lintnet.lifting import lift
from lintnet.loaders import Loader, LoadError
from lintnet.loaders import source as reader
from lintnet.loaders.source.ignores import read_ignores
from lintnet.session import Exit, Options, check, exit_code, load_graphs
from tests.engine.graphs import at, source_graph

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lintnet.ir import Graph
    from lintnet.ir.finding import Ignore, Report

FAULT = "x -> conv -> dropout(rate=0.5, name='drop') -> batch_norm -> y"


class _Result(NamedTuple):
    graphs: tuple[Graph, ...]
    ignores: tuple[Ignore, ...]
    notes: tuple[str, ...]


class _Project:
    """Reads one model out of each file that says `torch`, its dropout made where the file says `drop`."""

    seen: tuple[Any, ...] = ()

    def __init__(self, _options: object, _limits: object, roots: Sequence[str]) -> None:
        _Project.seen = (tuple(roots),)

    def note_files(self, paths: Sequence[str]) -> None:
        _Project.seen += (tuple(paths),)

    def read(self, path: str, data: bytes) -> _Result:
        lines = data.decode().split("\n")
        if "broken" in lines:
            raise LoadError(path, f"line {lines.index('broken') + 1}: invalid syntax", help="mend it")
        graphs: list[Graph] = []
        for number, line in enumerate(lines, start=1):
            name, equals, value = line.partition("=")
            if equals and value.strip().startswith("drop"):
                place = at(number, "stripped text", path, len(name) + 3)
                graphs.append(source_graph(FAULT, {"drop": place}, path=path, qualname=name.strip()))
            if line.startswith("variant"):
                for taken in (True, False):
                    text = FAULT if taken else FAULT.replace("-> dropout(rate=0.5, name='drop') ", "")
                    place = {"drop": at(number, path=path)}
                    graphs.append(source_graph(text, place, path=path, qualname="v", variant={"flag": taken}))
            if line.startswith("from blocks"):
                place = at(1, path=path.replace("net", "blocks"))
                graphs.append(source_graph(FAULT, {"drop": place}, path=path, qualname="shared"))
        return _Result(tuple(graphs), read_ignores(lines, path), ("a note",) if "# note" in lines else ())


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "Project", _Project, raising=False)
    monkeypatch.setattr(reader, "may_define_model", lambda data: b"torch" in data, raising=False)  # pyright: ignore[reportUnknownLambdaType]
    monkeypatch.chdir(tmp_path)


def _write(**files: str) -> None:
    from pathlib import Path

    for name, text in files.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")


def _check(*targets: str, select: tuple[str, ...] = ("DRP101",)) -> Report:
    return check(targets, Options(select=select))


def _code(report: Report) -> int:
    return exit_code(report, Severity.warning)


def test_source_is_a_target_alone_and_in_folders() -> None:
    _write(net="import torch\n    a = drop\n", plain="print(1)")
    alone, folder = _check("net.py"), _check(".")
    for report in (alone, folder):
        (finding,) = report.findings
        assert finding.format == "source"
        assert _code(report) == Exit.FINDINGS
    assert (alone.without_models, folder.without_models) == (0, 1)
    assert folder.empty == ()


def test_the_places_carry_the_whole_line_of_the_file() -> None:
    _write(net="import torch\r\n    a = drop  # é\r\n")
    (finding,) = _check("net.py").findings
    assert finding.location is not None
    assert finding.location.text == "    a = drop  # é"


def test_a_named_file_without_models_is_clean_and_said() -> None:
    _write(net="print(1)", empty="", mention="import torch")
    report = _check("net.py", "empty.py", "mention.py")
    assert report.empty == ("net.py", "empty.py", "mention.py")
    assert report.without_models == 3
    assert _code(report) == Exit.CLEAN
    assert load_graphs("net.py", Options()) == ()


def test_a_folder_of_source_alone_is_something_to_check_and_an_empty_one_is_not(tmp_path: Path) -> None:
    _write(net="print(1)")
    (tmp_path / "nothing").mkdir()
    assert _code(_check(".")) == Exit.CLEAN
    assert _code(_check("nothing")) == Exit.NOTHING


def test_a_syntax_error_is_a_failure_with_its_line_and_the_others_go_on() -> None:
    _write(a="import torch\nbroken", net="import torch\na = drop\n")
    report = _check(".")
    (failure,) = report.failures
    assert (failure.path, failure.kind) == ("a.py", "unreadable")
    assert failure.message.startswith("line 2: invalid syntax")
    assert len(report.findings) == 1
    assert _code(report) == Exit.UNREADABLE


def test_one_project_knows_the_folders_and_the_files_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_text("import torch\n")
    _write(net="import torch\n")
    _check("net.py", "pkg")
    assert _Project.seen == (("pkg",), ("net.py", "pkg/a.py"))


def test_variants_are_one_model() -> None:
    _write(net="import torch\nvariant\n")
    (model,) = _check("net.py").models
    assert [each.condition for each in model.findings] == ["if `flag`"]
    assert model.variants == ("if `flag`", "unless `flag`")
    report = _check("net.py", select=())  # no rule is named, so that confidence decides what is shown
    assert report.findings == ()
    assert report.hidden == 1


def test_models_of_one_place_are_one_finding() -> None:
    _write(net="import torch\nfrom blocks\n", net2="import torch\nfrom blocks\n", blocks="torch")
    report = _check("net.py", "net2.py")
    assert len(report.models) == 2
    assert len(report.findings) == 2  # two files of blocks: net -> blocks, net2 -> blocks2
    _write(net="import torch\nfrom blocks\nfrom blocks\n")
    (finding,) = _check("net.py").findings
    assert finding.sites == ("shared", "shared")


def test_comments_silence_and_unused_ones_are_said() -> None:
    _write(net="import torch\na = drop  # lintnet: ignore[DRP101] it is wide\nb = 1  # lintnet: ignore[DRP101] no\n")
    report = _check("net.py")
    assert report.findings == ()
    assert [reason for _, reason in report.suppressed] == ["it is wide"]
    assert [(each.name, each.location.line) for each in report.diagnostics] == [("unused-ignore", 3)]
    assert _code(report) == Exit.CLEAN


def test_comments_in_an_imported_file_silence_too() -> None:
    _write(net="import torch\nfrom blocks\n", blocks="drop  # lintnet: ignore[DRP101] shared\n")
    report = _check("net.py")
    assert report.findings == ()
    assert [reason for _, reason in report.suppressed] == ["shared"]
    assert report.diagnostics == ()


def test_what_is_suppressed_is_judged_before_confidence_hides_it() -> None:
    _write(net="import torch\na = drop  # lintnet: ignore[DRP101] it is wide\n")
    report = check(["net.py"], Options(min_confidence=Confidence.high))
    assert report.diagnostics == ()
    assert len(report.suppressed) == 1


def test_notes_of_a_file_are_kept() -> None:
    _write(net="import torch\n# note")
    assert _check("net.py").notes == (("net.py", "a note"),)


def test_a_line_that_cannot_be_read_again_is_empty(tmp_path: Path) -> None:
    loader = Loader()
    (tmp_path / "bad.py").write_bytes(b"# coding: no-such-code\n")
    (tmp_path / "bad.ipynb").write_bytes(b"{")
    for path in ("gone.py", "bad.py", "bad.ipynb"):
        assert loader.line(at(1, path=path)) == ""
        assert loader.ignores(path) == ()
    _write(net="one\ntwo")
    assert [loader.line(at(line, path="net.py")) for line in (0, 1, 2, 3)] == ["", "one", "two", ""]


def test_lifting_keeps_what_was_said_of_the_source() -> None:
    coverage = Coverage(3, 3, sites=9, placed=7, blind=(Blind(at(3), "why"),))
    graph = source_graph("x -> conv -> c\nc -> sigmoid -> s\nc, s -> multiply(name='m') -> y", {"m": at(2)})
    lifted = lift(graph._replace(coverage=coverage))
    assert [node.kind for node in lifted.nodes if node.is_layer] == ["conv", "silu"]
    assert (lifted.coverage.sites, lifted.coverage.placed, lifted.coverage.blind) == (9, 7, coverage.blind)


def test_model_files_of_a_run_are_as_they_were(tmp_path: Path) -> None:
    from tests.cli.test_cli import FAULTY

    (tmp_path / "model.onnx").write_bytes(FAULTY.read_bytes())
    _write(net="import torch\na = drop\n")
    report = _check(".")
    assert [model.format for model in report.models] == ["onnx", "source"]
    assert {finding.format for finding in report.findings} == {"onnx", "source"}
