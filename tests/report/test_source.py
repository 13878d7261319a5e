"""Reports of source: the line under the finding, in text, in one line, and as JSON."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING

import pytest

from lintnet.engine import check_graph
from lintnet.engine.sites import join_sites
from lintnet.ir import Blind, Coverage, Location
from lintnet.ir.finding import Diagnostic, Report
from lintnet.report.json_report import as_json
from lintnet.report.text import write_concise, write_text
from lintnet.rulebook.book import load_rules
from tests.engine.graphs import source_graph
from tests.test_house import problems

if TYPE_CHECKING:
    from lintnet.ir.finding import ModelResult

RULE = load_rules().lookup("DRP101")
MADE = Location("net.py", 12, 21, 12, 36, "        self.drop = nn.Dropout(0.5)")
CALLED = Location("net.py", 31, 13, 31, 25, "        x = self.drop(x)")
NORM = Location("net.py", 13, 21, 13, 40, "        self.norm = nn.BatchNorm2d(16)")


def _model(drop: Location = MADE, called: Location | None = CALLED, qualname: str = "Net") -> ModelResult:
    graph = source_graph(
        "x -> conv -> dropout(rate=0.5, name='drop') -> batch_norm(name='norm') -> y",
        {"drop": drop, "norm": NORM},
        called={"drop": called} if called else {},
        path=drop.path,
        qualname=qualname,
    )
    return check_graph(graph, [RULE])


def _text(report: Report) -> str:
    stream = io.StringIO()
    write_text(report, stream, color=False)
    return stream.getvalue()


def _concise(report: Report) -> list[str]:
    stream = io.StringIO()
    write_concise(report, stream, io.StringIO())
    return stream.getvalue().splitlines()


def _excerpt(drop: Location, called: Location | None = None) -> list[str]:
    lines = _text(Report((_model(drop, called),))).split("\n")
    begin = next(index for index, line in enumerate(lines) if "-->" in line)
    return lines[begin : lines.index("", begin)]


def test_a_finding_of_source_shows_its_line_its_call_and_the_lines_of_its_path() -> None:
    report = Report((_model()._replace(coverage=Coverage(3, 3, sites=18, placed=17)),))
    text = _text(report)
    assert text.startswith(
        """\
net.py::Net
  warning[dropout-before-batch-norm]  medium confidence · DRP101
  dropout (rate 0.5) feeds batch norm `norm`; its variance is wrong at test time

    --> net.py:12:21
     |
  12 | self.drop = nn.Dropout(0.5)
     |             ^^^^^^^^^^^^^^^
  called at net.py:31:  x = self.drop(x)

  12   drop   Dropout(rate=0.5)   ← changes the variance of its output between training and test
  13 → norm   BatchNorm           ← keeps the variance of training

  variance ratio: 0.5 (at inference over stored; 1 means no harm)
"""
    )
    assert text.endswith(
        """
1 warning in 1 model
understood 3 of 3 layers · 1 rule
source: 17 of 18 layer calls placed
"""
    )


@pytest.mark.parametrize(
    ("location", "lines"),
    [
        (
            Location("net.py", 7, 5, 9, 6, "x = nn.Sequential("),
            ["   --> net.py:7:5", "    |", "  7 | x = nn.Sequential(", "    |     ^^^^^^^^^^^^^^"],
        ),
        (
            Location("net.py", 7, 5, None, None, "x = drop(y)  "),
            ["   --> net.py:7:5", "    |", "  7 | x = drop(y)", "    |     ^^^^^^^"],
        ),
        (
            Location("net.py", 107, 9, 107, 16, "\tif 1: x = é"),
            ["     --> net.py:107:9", "      |", "  107 | if 1: x = é", "      |        ^^^^"],
        ),
        (
            Location("net.py", 7, 10, 7, 14, "x = '宽' + f(y)"),
            ["   --> net.py:7:10", "    |", "  7 | x = '宽' + f(y)", "    |           ^^^^"],
        ),
        (Location("net.py", 7, 50, 7, 60, "short"), ["   --> net.py:7:50", "    |", "  7 | short"]),
        (Location("net.py", 7, 5, 7, 9, ""), ["   --> net.py:7:5"]),
        (
            Location("n.ipynb", 2, 5, 2, 9, "x = f(y)", 3),
            ["   --> n.ipynb:cell 3:line 2", "    |", "  2 | x = f(y)", "    |     ^^^^"],
        ),
    ],
)
def test_the_carets_stand_below_the_call(location: Location, lines: list[str]) -> None:
    assert _excerpt(location) == lines


def test_a_line_cannot_drive_the_terminal() -> None:
    lines = _excerpt(Location("net.py", 7, 1, 7, 4, "a = '\x1b[2J'"), Location("a\x1b.py", 9, text="\x1b]0;"))
    assert not any("\x1b" in line for line in lines)


def test_what_shares_a_place_is_mentioned() -> None:
    models = join_sites([_model(qualname=name) for name in ("one", "two", "three")])
    text = " ".join(_text(Report(models)).split())
    assert "is wrong at test time (in one and 2 more models)" in text
    assert "1 warning in 3 models" in text
    assert as_json(Report(models))["findings"][0]["sites"] == ["one", "two", "three"]


def test_a_condition_is_said() -> None:
    model = _model()
    model = model._replace(
        findings=tuple(dataclasses.replace(each, condition="if `use_dropout`") for each in model.findings),
        variants=("if `use_dropout`", "unless `use_dropout`"),
    )
    report = Report((model,))
    assert "is wrong at test time (if `use_dropout`)" in " ".join(_text(report).split())
    assert "is wrong at test time (if `use_dropout`)" in _concise(report)[0]
    data = as_json(report)
    assert data["findings"][0]["condition"] == "if `use_dropout`"
    assert data["models"][0]["variants"] == ["if `use_dropout`", "unless `use_dropout`"]


def test_concise_lines_begin_with_a_place_that_editors_open() -> None:
    (line,) = _concise(Report((_model(),)))
    assert line.startswith("net.py:12:21: warning[dropout-before-batch-norm] dropout (rate 0.5) feeds")
    (line,) = _concise(Report((_model(Location("n.ipynb", 2, 5, cell=3)),)))
    assert line.startswith("n.ipynb:cell 3:line 2: warning[")


def test_a_finding_in_an_imported_file_is_where_that_file_is() -> None:
    model = _model()
    there = MADE._replace(path="blocks.py")
    model = model._replace(findings=tuple(dataclasses.replace(each, location=there) for each in model.findings))
    assert _concise(Report((model,)))[0].startswith("blocks.py:12:21: ")


def test_blind_spots_are_listed_and_then_counted() -> None:
    blind = tuple(Blind(Location("net.py", line), f"`x{line}` is not known") for line in range(1, 8))
    report = Report((_model()._replace(coverage=Coverage(3, 3, sites=9, placed=2, blind=(*blind, blind[0]))),))
    lines = [line for line in _text(report).split("\n") if line.startswith("not followed")]
    assert lines == [
        *(f"not followed: net.py:{line}: `x{line}` is not known" for line in range(1, 6)),
        "not followed: 2 more places",
    ]
    assert len(as_json(report)["models"][0]["blind"]) == 8


def test_diagnostics_stand_behind_the_findings() -> None:
    said = Diagnostic("LNT001", "unused-ignore", Location("net.py", 4, 9), "DRP101 finds nothing in this place")
    report = Report((_model(),), diagnostics=(said,))
    line = "net.py:4:9: lintnet[unused-ignore] DRP101 finds nothing in this place"
    assert line in _text(report).split("\n")
    assert _concise(report)[-1] == line


def test_files_without_models_are_counted_and_the_named_ones_said() -> None:
    text = _text(Report(without_models=1, empty=("train.py",)))
    assert text == "train.py: no model is defined here\nno model to check · 1 file without model code\n"
    assert _text(Report(without_models=12, skipped=3)) == (
        "no model to check · 12 files without model code · 3 other files\n"
    )
    text = _text(Report((_model(),), without_models=12, notes=(("a.py", "class `B` could not be built"),)))
    assert "1 warning in 1 model · 12 files without model code\n" in text
    assert "note: a.py: class `B` could not be built\n" in text


def test_notes_of_files_are_listed_and_then_counted() -> None:
    report = Report((_model(),), notes=tuple((f"{number}.py", "a note") for number in range(11)))
    lines = [line for line in _text(report).split("\n") if line.startswith("note: ")]
    assert lines == [
        *(f"note: {number}.py: a note" for number in range(8)),
        "note: 3 more of files, all in --format json",
    ]
    assert len(as_json(report)["notes"]) == 11


def test_the_report_of_source_follows_the_schema() -> None:
    covered = Coverage(3, 3, sites=9, placed=2, blind=(Blind(CALLED, "not known"),))
    cell = Location("n.ipynb", 2, 5, cell=3)
    models = (_model()._replace(coverage=covered, variants=("if `a`",)), _model(cell, None))
    report = Report(
        models,
        suppressed=((models[0].findings[0], "on purpose"),),
        diagnostics=(Diagnostic("LNT002", "malformed-ignore", cell, "this comment silences nothing"),),
        without_models=3,
        notes=(("a.py", "a note"),),
    )
    data = as_json(report)
    assert problems(data) == []
    first, second = data["findings"]
    assert first["called"]["line"] == 31
    assert second["called"] is None
    assert second["location"]["cell"] == 3
    assert data["summary"]["files_without_models"] == 3
    assert data["summary"]["diagnostics"] == 1
    assert data["models"][0]["placed"] == 2
