"""One example, every door: a model is judged alike whichever way it comes in, or its rule's card says why not.

For each Keras and PyTorch example of a rule and each door of `tests/doors.py` the verdict (which rules fire, at which
severity, at which scope) is that of the source, and "not applicable" exactly where `front_ends` and `phase` of the card
say so. Where a door cannot show what the card promises, `DEVIATIONS` says why; it holds nothing that is not needed.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from lintnet.engine import check_graph
from lintnet.ir.finding import Severity
from lintnet.lifting import lift
from lintnet.rulebook.rule import Example
from tests.doors import DOORS, LANGUAGES, SOURCE, block_id, book, code_blocks, example_of, graphs_through

if TYPE_CHECKING:
    from lintnet.ir.finding import Finding
    from lintnet.rulebook.rule import Rule
    from tests.doors import Block, Door

NOT_APPLICABLE: Final = "not applicable"
FIRES: Final = "fires"
SILENT: Final = "silent"


class Deviation(NamedTuple):
    """A rule that a door shows in another way than its card and the source promise.

    shows: the verdict instead of `fires` on a bad example; `severity` or `scope` where only that differs.
    """

    rule: str
    door: str
    shows: str
    why: str


_FOLDED: Final = "the exporter multiplies batch norm into the weights in front of it, its epsilon with it"
_PRODUCT: Final = "a warning where the source writes 5*5; a file holds the product, and the rule advises"
_RANK: Final = "no call tells the source the rank of its input; the exported graph knows that each sample has one row"

DEVIATIONS: Final = (
    Deviation("large-batch-norm-epsilon", "onnx-inference-legacy", SILENT, _FOLDED),
    Deviation("large-batch-norm-epsilon", "onnx-inference-dynamo", SILENT, _FOLDED),
    Deviation("kernel-nearly-covers-input", "keras", "severity", _PRODUCT),
    Deviation("kernel-nearly-covers-input", "onnx-training-legacy", "severity", _PRODUCT),
    Deviation("kernel-nearly-covers-input", "onnx-training-dynamo", "severity", _PRODUCT),
    Deviation("kernel-nearly-covers-input", "onnx-inference-legacy", "severity", _PRODUCT),
    Deviation("kernel-nearly-covers-input", "onnx-inference-dynamo", "severity", _PRODUCT),
    Deviation("dropout-on-output", "onnx-training-legacy", "severity", _RANK),
    Deviation("dropout-on-output", "onnx-training-dynamo", "severity", _RANK),
)
_DEVIATIONS: Final = {(each.rule, each.door, each.shows): each.why for each in DEVIATIONS}


class Seen(NamedTuple):
    """What a door shows of an example: the verdict of its rule, where and how loudly, and what other rules warn of."""

    verdict: str
    severities: tuple[Severity, ...]
    scopes: tuple[str, ...]
    findings: tuple[Finding, ...]
    others: tuple[str, ...]


@cache
def seen(door: str, block: Block) -> Seen | None:
    """Return what a door shows, None where the example cannot be exported."""
    graphs = graphs_through(door, block)
    if graphs is None:
        return None
    assert len(graphs) == 1, [graph.qualname for graph in graphs]
    rule, example = example_of(block)
    result = check_graph(graphs[0], book().rules)
    findings = tuple(each for each in result.findings if each.rule == rule.name)
    allowed = {rule.name, *(book().lookup(word).name for word in example.also)}
    others = {each.rule for each in result.findings if each.severity >= Severity.warning} - allowed
    verdict = FIRES if findings else SILENT
    if any(each.rule == rule.name for each in result.not_applicable):
        assert not findings, "a rule that is not applicable speaks"
        verdict = NOT_APPLICABLE
    return Seen(
        verdict,
        tuple(each.severity for each in findings),
        tuple(sorted(each.scope for each in findings)),
        findings,
        tuple(sorted(others)),
    )


def promised(rule: Rule, door: Door, *, bad: bool) -> str:
    """Return the verdict that the card of a rule promises for a door; the words of the card, not of the engine."""
    visible = door.front_end in rule.front_ends
    if not visible or (rule.phase == "training" and door.front_end == "Oi"):
        return NOT_APPLICABLE
    return FIRES if bad else SILENT


def deviations(door: Door, block: Block) -> list[str] | None:
    """Return in which ways a door shows an example otherwise than promised, None where it cannot be exported."""
    shown = seen(door.name, block)
    if shown is None:
        return None
    rule, example = example_of(block)
    promise = promised(rule, door, bad=example.bad)
    if shown.verdict != promise:
        return [shown.verdict]
    from_source = seen(SOURCE.name, block)
    if shown.verdict != FIRES or from_source is None or from_source.verdict != FIRES:
        return []
    different: list[str] = []
    if shown.severities != from_source.severities:
        different.append("severity")
    if shown.scopes != from_source.scopes:
        different.append("scope")
    return different


CASES = [
    pytest.param(
        door.name,
        block,
        id=f"{block_id(block)}-{door.name}",
        marks=[pytest.mark.oracle] if door.runs else [],
    )
    for language in LANGUAGES
    for block in code_blocks(language)
    for door in DOORS.values()
    if language in door.languages
]


@pytest.mark.parametrize(("door", "block"), CASES)
def test_an_example_is_judged_alike_through_every_door(door: str, block: Block) -> None:
    rule, example = example_of(block)
    different = deviations(DOORS[door], block)
    if different is None:
        assert not {"Ot", "Oi"} & set(rule.front_ends), "an export could show this: name an example_input"
        return
    unexplained = [each for each in different if (rule.name, door, each) not in _DEVIATIONS]
    assert not unexplained, f"line {example.line}, promised {promised(rule, DOORS[door], bad=example.bad)}"
    shown = seen(door, block)
    assert shown is not None
    assert not shown.others, f"line {example.line}"


@pytest.mark.parametrize(
    "block",
    [pytest.param(block, id=block_id(block)) for language in LANGUAGES for block in code_blocks(language)],
)
def test_a_finding_of_source_names_the_expression_that_made_the_layer(block: Block) -> None:
    _, example = example_of(block)
    shown = seen(SOURCE.name, block)
    assert shown is not None
    places = {
        (node.lineno, node.col_offset + 1, node.end_lineno, (node.end_col_offset or 0) + 1)
        for node in ast.walk(ast.parse(example.text))
        if isinstance(node, ast.expr)
    }
    for finding in shown.findings:
        place = finding.location
        assert place is not None
        assert (place.line, place.column, place.end_line, place.end_column) in places
        assert place.text.strip() == example.text.split("\n")[place.line - 1].strip()


@pytest.mark.oracle
@pytest.mark.parametrize(
    "entry", [pytest.param(each, id=f"{each.rule}-{each.door}-{each.shows}") for each in DEVIATIONS]
)
def test_every_deviation_is_needed(entry: Deviation) -> None:
    door = DOORS[entry.door]
    assert entry.why.strip()
    shown = [
        each
        for language in door.languages
        for block in code_blocks(language)
        if example_of(block)[0].name == entry.rule
        for each in deviations(door, block) or ()
    ]
    assert entry.shows in shown, f"shows {shown or 'what the card promises'}"


def test_no_deviation_is_listed_twice() -> None:
    assert len(_DEVIATIONS) == len(DEVIATIONS)


_DECOMPOSED: Final = """
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        y = self.conv(x)
        return torch.relu(y * torch.sigmoid(y))


model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.SiLU(), Gate(), nn.Mish(), nn.Hardswish())
example_input = torch.randn(2, 3, 16, 16)
"""


@pytest.mark.oracle
@pytest.mark.parametrize(
    "door", [each for each in DOORS.values() if each.name.startswith("onnx")], ids=lambda each: each.name
)
def test_a_layer_that_an_exporter_takes_apart_keeps_its_address(door: Door) -> None:
    """A module of one layer is called after the module; one that holds more keeps kinds and ordinals."""
    rule = book().rules[0]
    example = Example("torch", bad=False, text=_DECOMPOSED, line=1)

    def addresses(through: Door) -> list[tuple[str, str]]:
        graphs = through.read(rule, example)
        assert graphs is not None
        return [(node.kind, node.scope) for node in lift(graphs[0]).nodes if node.kind not in {"input", "output"}]

    assert addresses(door) == addresses(SOURCE)
