"""Comments that silence findings, and what is said of those that do not."""

from __future__ import annotations

import dataclasses

import pytest

from lintnet.engine import check_graph
from lintnet.engine.suppress import suppress
from lintnet.ir import Location
from lintnet.ir.finding import Ignore, Report
from lintnet.loaders.source.ignores import read_ignores
from lintnet.rulebook.book import load_rules
from tests.engine.graphs import at, source_graph

BOOK = load_rules()
RULES = [BOOK.lookup("DRP101"), BOOK.lookup("DRP102")]
TEXT = "x -> linear -> dropout(rate=0.5, name='d') -> batch_norm -> y"


def _report(location: Location | None = None, called: Location | None = None, format: str = "source") -> Report:
    graph = source_graph(TEXT, {"d": location or at(4)}, called={"d": called} if called else {})
    result = check_graph(graph, RULES)
    findings = tuple(dataclasses.replace(finding, format=format) for finding in result.findings)
    return Report((result._replace(format=format, findings=findings),))


def _suppressed(
    comments: dict[int, str], report: Report, ran: tuple[str, ...] = ("dropout-before-batch-norm",)
) -> Report:
    lines = [f"x = {number}  {comments.get(number, '')}" for number in range(1, 12)]
    return suppress(report, read_ignores(lines, "net.py"), BOOK, ran=ran, checked=["net.py"])


def _messages(report: Report) -> list[tuple[str, int, str]]:
    return [(each.name, each.location.line, each.message) for each in report.diagnostics]


@pytest.mark.parametrize("word", ["dropout-before-batch-norm", "DRP101", "drp101", "other-rule, DRP101"])
def test_a_comment_on_the_line_silences_and_its_reason_is_kept(word: str) -> None:
    report = _suppressed({4: f"# lintnet: ignore[{word}] wide enough"}, _report())
    assert report.findings == ()
    ((finding, reason),) = report.suppressed
    assert (finding.rule, reason) == ("dropout-before-batch-norm", "wide enough")
    assert [name for name, *_ in _messages(report)] == (["unknown-rule"] if "other" in word else [])


def test_the_line_of_the_call_counts_too() -> None:
    report = _suppressed({9: "# lintnet: ignore[DRP101]"}, _report(called=at(9)))
    assert report.findings == ()
    assert [reason for _, reason in report.suppressed] == [""]
    assert report.diagnostics == ()


@pytest.mark.parametrize("line", [3, 5])
def test_another_line_does_not_and_the_comment_is_unused(line: int) -> None:
    report = _suppressed({line: "# lintnet: ignore[DRP101]"}, _report())
    assert len(report.findings) == 1
    assert report.suppressed == ()
    assert _messages(report) == [("unused-ignore", line, "DRP101 finds nothing in this place; remove the comment")]


def test_another_rule_does_not() -> None:
    report = _suppressed({4: "# lintnet: ignore[DRP102]"}, _report(), ("dropout-before-batch-norm",))
    assert len(report.findings) == 1
    assert report.diagnostics == ()  # DRP102 did not run


def test_a_rule_that_no_model_of_the_file_can_be_judged_by_is_not_unused() -> None:
    report = _report()
    rule = BOOK.lookup("EXP101")
    (model,) = report.models
    judged = check_graph(source_graph(TEXT, {"d": at(4)}), [rule])
    assert judged.not_applicable
    report = report._replace(models=(model._replace(not_applicable=judged.not_applicable),))
    done = _suppressed({4: "# lintnet: ignore[EXP101, DRP101]"}, report, (rule.name, "dropout-before-batch-norm"))
    assert done.diagnostics == ()


def test_an_unknown_rule_is_named_with_the_nearest() -> None:
    report = _suppressed({4: "# lintnet: ignore[dropout-before-batchnorm]"}, _report())
    assert len(report.findings) == 1
    ((name, line, message),) = _messages(report)
    assert (name, line) == ("unknown-rule", 4)
    assert "did you mean `dropout-before-batch-norm`?" in message


def test_a_malformed_comment_silences_nothing_and_is_said() -> None:
    report = _suppressed({4: "# lintnet: ignore"}, _report())
    assert len(report.findings) == 1
    ((name, line, message),) = _messages(report)
    assert (name, line) == ("malformed-ignore", 4)
    assert "# lintnet: ignore[rule-name] reason" in message


def test_a_whole_file() -> None:
    ignores = read_ignores(["# lintnet: ignore-file[DRP101, DRP103] generated", "x = 1"], "net.py")
    report = suppress(
        _report(), ignores, BOOK, ran=["dropout-before-batch-norm", "dropout-in-conv-stack"], checked=["net.py"]
    )
    assert report.findings == ()
    assert [reason for _, reason in report.suppressed] == ["generated"]
    assert [message for *_, message in _messages(report)] == ["DRP103 finds nothing in this file; remove the comment"]


def test_a_file_that_was_only_imported_silences_but_is_not_judged() -> None:
    comments = ["x = 1  # lintnet: ignore[DRP101] shared", "y = 2  # lintnet: ignore[DRP102]"]
    ignores = read_ignores(comments, "blocks.py")
    report = suppress(
        _report(at(1, path="blocks.py")), ignores, BOOK, ran=[rule.name for rule in RULES], checked=["net.py"]
    )
    assert report.findings == ()
    assert report.diagnostics == ()


def test_a_cell_is_not_a_line() -> None:
    place = Location("n.ipynb", 1, cell=3)
    ignore = Ignore(Location("n.ipynb", 1, cell=2), ("DRP101",), first=1, last=1)
    report = _report(place)
    assert suppress(report, [ignore], BOOK, ran=[], checked=[]).findings
    there = ignore._replace(location=place)
    assert not suppress(report, [there], BOOK, ran=[], checked=[]).findings


def test_an_exported_file_cannot_be_silenced_by_the_source_it_names() -> None:
    assert _suppressed({4: "# lintnet: ignore[DRP101]"}, _report(format="onnx")).findings


def test_without_comments_nothing_changes() -> None:
    report = _report()
    assert suppress(report, (), BOOK, ran=[], checked=["net.py"]) is report
