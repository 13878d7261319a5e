"""The whole text report, as a person sees it. Change the expectation when the report gets better."""

from __future__ import annotations

import io

from lintnet.engine import check_graph
from lintnet.ir import Provenance
from lintnet.ir.finding import Failure, Report
from lintnet.paths.notation import parse_graph
from lintnet.report.explain import explanation
from lintnet.report.text import write_text
from lintnet.rulebook.book import load_rules

BOOK = load_rules()
# A few rules, so that the report of these tests stays when the rulebook grows.
DEFAULT = [BOOK.lookup(code) for code in ("DRP101", "DRP102", "DRP108", "EXP101", "HED101", "NRM101")]


def _text(report: Report, width: int = 96) -> str:
    stream = io.StringIO()
    write_text(report, stream, color=False, width=width)
    return stream.getvalue()


def test_a_finding_a_failure_and_a_summary() -> None:
    graph = parse_graph(
        "x -> conv(out=16, name='stem') -> relu(name='act') -> dropout(rate=0.5, name='drop')"
        " -> batch_norm(name='norm') -> unknown(op='com.acme::Fuse') -> y"
    )
    graph = graph._replace(path="net.onnx")
    report = Report(
        (check_graph(graph, DEFAULT),), (Failure("broken.onnx", "truncated (at byte 20); export it again"),)
    )
    assert _text(report) == (
        """\
net.onnx
  warning[dropout-before-batch-norm]  medium confidence · DRP101
  dropout (rate 0.5) feeds batch norm `norm`; its variance is wrong at test time

      drop   Dropout(rate=0.5)   ← changes the variance of its output between training and test
    → norm   BatchNorm           ← keeps the variance of training

  variance ratio: 0.405 (at inference over stored; 1 means no harm)
  help: move the dropout behind the last batch norm, lower its rate, or use group norm
  why:  Li et al., CVPR 2019 · Kim et al., UAI 2023
  but:  Zagoruyko and Komodakis, BMVC 2016: Dropout between the two 3x3 convolutions of a wide
        residual block improves results, 1.64 percent on SVHN with 16 layers; dropout on the
        identity path is avoided.
  but:  Spilsbury and Camps, arXiv 2019: Spatial dropout together with batch norm in a fully
        convolutional net raised mIoU from 0.49 to 0.59 on a small data set.
  more: lintnet explain dropout-before-batch-norm

broken.onnx: error: truncated (at byte 20); export it again

1 warning in 1 model · 1 file not read
understood 4 of 5 layers · 6 rules, 1 not applicable
not understood: com.acme::Fuse: unknown operator
not judged: exported-in-training-mode: judges inference files, and this is a training graph
"""
    )


def test_a_clean_inference_file_says_what_it_cannot_show() -> None:
    graph = parse_graph("x -> conv -> relu -> y")._replace(
        provenance=Provenance("folded", "batch norm was folded", "Oi")
    )
    assert _text(Report((check_graph(graph, DEFAULT),))) == (
        """\
no findings in 1 model
understood 2 of 2 layers · 6 rules, 4 not applicable
not judged: dropout-before-batch-norm, elementwise-dropout-on-feature-map, dropout-on-output,
            bias-before-batch-norm: batch norm was folded
"""
    )


def test_evidence_stands_at_the_first_finding_of_a_rule_only() -> None:
    text = "x -> conv -> dropout(rate=0.5) -> batch_norm -> conv -> dropout(rate=0.5) -> batch_norm -> y"
    assert _text(Report((check_graph(parse_graph(text), DEFAULT),))).count("lintnet explain") == 1


def test_a_contested_rule_prints_both_sides_in_full() -> None:
    rule = BOOK.lookup("DRP103")
    graph = parse_graph("x -> conv(kernel=3) -> dropout(rate=0.3) -> conv(kernel=3) -> y")
    text = _text(Report((check_graph(graph, [rule], named=frozenset({rule.name})),)))
    against = [citation for citation in rule.citations if citation.stance == "against"]
    assert len(against) > 2
    assert text.count("  but:  ") == len(against)


def test_a_narrow_terminal_wraps_prose_and_never_names() -> None:
    graph = parse_graph(
        "x -> dropout(rate=0.5, name='a.very.long.name.of.a.layer.that.no.terminal.holds') -> batch_norm -> y"
    )
    text = _text(Report((check_graph(graph, DEFAULT),)), width=40)
    assert "a.very.long.name.of.a.layer.that.no.terminal.holds" in text
    assert all(len(line) <= 40 for line in text.splitlines() if line.startswith("  but:"))


def test_every_explanation_has_its_parts() -> None:
    for rule in BOOK.rules:
        page = "\n".join(explanation(rule))
        for heading in (
            "What it does",
            "Why it hurts",
            "Example",
            "Use instead",
            "When to ignore",
            "Evidence",
            "Pattern",
        ):
            assert f"## {heading}" in page, (rule.name, heading)
        for citation in rule.citations:
            assert citation.claim in page
            assert citation.limits in page
