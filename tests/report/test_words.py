"""Text that comes from model files is made safe for a terminal."""

from __future__ import annotations

import io
import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from lintnet.engine import check_graph
from lintnet.ir import Builder, Edge, Provenance
from lintnet.ir.finding import Report
from lintnet.report.drawing import write_graphs
from lintnet.report.json_report import write_json
from lintnet.report.text import write_concise, write_text
from lintnet.report.words import count, quantity, safe
from lintnet.rulebook.book import load_rules

BOOK = load_rules()
ANY_NAME = st.text(st.characters(), max_size=20)
DANGEROUS = {"Cc", "Cs", "Zl", "Zp"}
DIRECTIONS = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


def _harmless(text: str) -> bool:
    return not any(unicodedata.category(char) in DANGEROUS or char in DIRECTIONS for char in text if char != "\n")


def _report(name: str, path: str) -> Report:
    build = Builder()
    x = build.add("input", "x")
    drop = build.add("dropout", name, inputs=[Edge(x)], attributes={"rate": 0.5, "form": "element"})
    norm = build.add("batch_norm", name, inputs=[Edge(drop)], attributes={"running": True, "axis": "channel"})
    strange = build.add("unknown", name, op=name, inputs=[Edge(norm)])
    build.add("output", name, inputs=[Edge(strange)])
    graph = build.finish(path=path, format="onnx", provenance=Provenance("training", "stated", "Ot"))
    return Report((check_graph(graph, BOOK.rules),))


@given(ANY_NAME)
def test_safe_text_never_drives_a_terminal(text: str) -> None:
    assert _harmless(safe(text))


@given(st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="\u061c"), max_size=20))
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert safe(text) == text


@given(name=ANY_NAME, path=ANY_NAME)
def test_no_report_lets_a_name_through(name: str, path: str) -> None:
    report = _report(name, path)
    for color in (False, True):
        stream = io.StringIO()
        write_text(report, stream, color=color)
        text = stream.getvalue()
        if not color:
            assert _harmless(text)
        assert "dropout-before-batch-norm" in text
    stream, summary = io.StringIO(), io.StringIO()
    write_concise(report, stream, summary)
    assert _harmless(stream.getvalue())
    assert _harmless(summary.getvalue())
    assert "not understood" in summary.getvalue()
    assert len(stream.getvalue().splitlines()) == len(report.findings)


@given(name=ANY_NAME, path=ANY_NAME)
def test_json_parses_whatever_the_names_are(name: str, path: str) -> None:
    stream = io.StringIO()
    write_json(_report(name, path), stream)
    assert stream.getvalue().isascii()
    found = json.loads(stream.getvalue())["findings"]
    assert {each["node"] for each in found if each["rule"] == "dropout-before-batch-norm"} == {name}


@given(name=ANY_NAME)
def test_no_drawing_lets_a_name_through(name: str) -> None:
    build = Builder()
    x = build.add("input", name)
    build.add("output", name, inputs=[Edge(x)])
    graph = build.finish(path=name, format="onnx", provenance=Provenance("training", "stated", "Ot"))
    for format in ("text", "dot", "mermaid", "json"):
        stream = io.StringIO()
        write_graphs([graph], stream, format)
        assert _harmless(stream.getvalue())


def test_numbers_read_well() -> None:
    assert count(1, "layer") == "1 layer"
    assert count(2, "layer") == "2 layers"
    assert quantity(0.40512) == "0.405"
    assert quantity((0.5, 0.98)) == "0.5 to 0.98"
    assert quantity(1024) == "1024"
