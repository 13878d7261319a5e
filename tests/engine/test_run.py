"""The engine through its door: graphs and rules in, findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lintnet.engine import check_graph
from lintnet.facts import FACTS
from lintnet.ir import Graph, Provenance
from lintnet.ir.finding import Confidence, Finding, Severity
from lintnet.paths.notation import parse_graph
from lintnet.rulebook.book import bundled_references, load_rules
from lintnet.rulebook.reader import read_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.rulebook.rule import Rule

BOOK = load_rules()
_PAGE = """
# {name}

## What it does
Text.

## Why it hurts
Text.

## Example
```graph bad
x -> conv -> y
```

## Use instead
```graph good
x -> relu -> y
```

## When to ignore
Text.
"""


def _rule(path: str, extra: str = "", name: str = "local-rule") -> Rule:
    front = (
        f'name = "{name}"\ncode = "LOC101"\nsummary = "s"\nseverity = "warning"\nphase = "any"\n'
        f'path = """{path}"""\nmessage = "m"\nhelp = "look at it"\n{extra}\n'
    )
    text = f"+++\n{front}+++\n{_PAGE.format(name=name)}"
    return read_rule(text, "local.md", bundled_references(), user=True, facts=frozenset(FACTS))


def _found(graph: str | Graph, rule: Rule) -> tuple[Finding, ...]:
    return check_graph(parse_graph(graph) if isinstance(graph, str) else graph, [rule]).findings


@pytest.mark.parametrize("per", ["node", "layer"])
def test_one_finding_per_anchor_with_the_shortest_witness_and_the_rest_counted(per: str) -> None:
    rule = _rule("dropout as drop -> (relu | conv)* -> batch_norm as norm", f'anchor = "drop"\nper = "{per}"')
    (finding,) = _found(
        "x -> dropout(rate=0.5) -> d\nd -> conv -> relu -> batch_norm -> y\n"
        "d -> batch_norm -> z\nd -> relu -> batch_norm -> w",
        rule,
    )
    assert finding.kinds == ("dropout", "batch_norm")
    assert finding.also == "and 2 more batch norms"


def test_a_longer_witness_is_taken_when_the_shortest_fails_where() -> None:
    rule = _rule(
        "linear as wide -> (relu | linear)* -> linear as narrow", 'where = "wide.out > narrow.out"\nanchor = "wide"'
    )
    found = _found("x -> linear(out=8, name='a') -> linear(out=8) -> relu -> linear(out=4, name='c') -> y", rule)
    finding = next(each for each in found if each.node == "a")
    assert [step.node for step in finding.witness][-1] == "c"
    assert len(finding.witness) == 4


def test_unknown_suppresses_and_never_fires() -> None:
    rule = _rule("conv[groups > 1] as c")
    assert not _found("x -> conv -> y", rule)
    assert _found("x -> conv(groups=2) -> y", rule)


def test_an_unknown_operator_is_a_barrier_and_lowers_confidence_where_any_is_allowed() -> None:
    named, anything = _rule("conv -> !conv* -> batch_norm"), _rule("conv -> .* -> batch_norm")
    graph = "x -> conv -> unknown(op='com.acme::Fuse') -> batch_norm -> y"
    assert not _found(graph, named)
    (finding,) = _found(graph, anything)
    assert finding.confidence == anything.confidence - 1
    (sure,) = _found("x -> conv -> relu -> batch_norm -> y", anything)
    assert sure.confidence == anything.confidence


def test_per_model_gives_one_finding_whose_counts_add_up() -> None:
    rule = _rule("conv as c -> batch_norm", 'per = "model"\nanchor = "c"\n[let]\nwidth = "c.out"')
    (finding,) = _found("x -> conv(out=8) -> batch_norm -> conv(out=4) -> batch_norm -> y", rule)
    assert len(finding.places) == 2
    assert finding.quantities["width"] == 12


def test_per_layer_speaks_once_for_a_shared_layer() -> None:
    graph = "x -> conv(layer='s') -> relu -> conv(layer='s') -> relu -> y"
    assert len(_found(graph, _rule("conv as c -> relu", 'anchor = "c"'))) == 2
    assert len(_found(graph, _rule("conv as c -> relu", 'per = "layer"\nanchor = "c"'))) == 1


def test_sole_wants_one_consumer_on_every_edge() -> None:
    rule = _rule("conv -> batch_norm", "sole = true")
    assert _found("x -> conv -> identity -> batch_norm -> y", rule)
    assert not _found("x -> conv -> i\ni -> batch_norm -> y\ni -> relu -> z", rule)
    assert not _found("x -> conv -> c\nc -> identity -> batch_norm -> y\nc -> relu -> z", rule)


def test_the_first_true_severity_condition_decides() -> None:
    rule = _rule(
        "dropout as drop",
        '[[severity_when]]\nif = "drop.rate > 0.8"\nthen = "advice"\n'
        '[[severity_when]]\nif = "drop.rate > 0.5"\nthen = "off"',
    )
    graphs = {rate: f"x -> dropout(rate={rate}) -> y" for rate in (0.9, 0.6, 0.1)}
    severities = {rate: [each.severity for each in _found(graph, rule)] for rate, graph in graphs.items()}
    assert severities == {0.9: [Severity.advice], 0.6: [], 0.1: [Severity.warning]}


def test_identity_survives_what_does_not_matter_and_changes_with_what_does() -> None:
    rule = BOOK.lookup("DRP101")
    plain = "x -> conv(name='a') -> dropout(rate=0.5, name='d') -> relu -> batch_norm(name='n') -> y"
    before = _found(plain, rule)[0]
    moved = _found(f"x0 -> conv -> relu -> y0\n{plain}", rule)[0]
    skipped = _found(plain.replace("-> relu", "-> cast -> relu -> identity"), rule)[0]
    rate = _found(plain.replace("0.5", "0.3"), rule)[0]
    other = _found(plain.replace("relu", "gelu"), rule)[0]
    assert before.id == moved.id == skipped.id == rate.id
    assert other.id != before.id


def test_two_findings_in_one_model_and_one_in_two_models_have_different_fingerprints() -> None:
    rule = BOOK.lookup("DRP101")
    text = "x -> dropout(rate=0.5) -> batch_norm -> dropout(rate=0.5) -> conv -> batch_norm -> y"
    first, second = (parse_graph(text)._replace(path=path) for path in ("a.onnx", "b.onnx"))
    prints = [finding.fingerprint for graph in (first, second) for finding in _found(graph, rule)]
    assert len(prints) == 4
    assert len(set(prints)) == 4


@pytest.mark.parametrize(
    ("provenance", "judged"),
    [
        (Provenance("training", "", "K"), True),
        (Provenance("training", "", "Ot", inferred=True), True),
        (Provenance("inference", "erased at export", "Oi"), False),
        (Provenance("folded", "folded at export", "Oi"), False),
        (Provenance("opaque", "subclassed", "K"), False),
    ],
)
def test_a_training_rule_is_not_applicable_where_the_file_cannot_show_it(provenance: Provenance, judged: bool) -> None:
    graph = parse_graph("x -> dropout(rate=0.5) -> batch_norm -> y")._replace(provenance=provenance)
    result = check_graph(graph, [BOOK.lookup("DRP101")])
    assert bool(result.findings) is judged
    reasons = [each.reason for each in result.not_applicable]
    assert reasons == ([] if judged else [provenance.reason])


def test_an_inferred_training_graph_gets_the_export_rule_as_a_notice() -> None:
    graph = parse_graph("x -> conv -> batch_norm(mode='training') -> y")._replace(
        provenance=Provenance("training", "batch norm uses batch statistics", "Ot", inferred=True),
    )
    (finding,) = check_graph(graph, [BOOK.lookup("EXP101")]).findings
    assert finding.severity is Severity.info
    stated = graph._replace(provenance=Provenance("training", "stated", "Ot"))
    assert not check_graph(stated, [BOOK.lookup("EXP101")]).findings


def test_named_rules_are_marked_for_full_print() -> None:
    graph = parse_graph("x -> conv(out=4, bias=true) -> batch_norm(out=4) -> y")
    rule = BOOK.lookup("NRM101")
    assert check_graph(graph, [rule], named=frozenset({rule.name})).findings[0].selected
    assert not check_graph(graph, [rule]).findings[0].selected


def test_base_confidence_comes_from_the_rule() -> None:
    graph = parse_graph("x -> dropout(rate=0.5) -> batch_norm -> y")
    assert _found(graph, BOOK.lookup("DRP101"))[0].confidence is Confidence.medium


def test_a_search_that_spends_its_budget_says_so_and_keeps_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from lintnet.engine import run
    from lintnet.paths.witness import BudgetError, Match, matches

    def spent(*arguments: Any) -> Iterator[Match]:
        yield from matches(*arguments)
        raise BudgetError

    monkeypatch.setattr(run, "matches", spent)
    result = check_graph(parse_graph("x -> dropout(rate=0.5) -> batch_norm -> y"), [BOOK.lookup("DRP101")])
    assert len(result.findings) == 1
    assert result.coverage.notes == (
        "the search for dropout-before-batch-norm stopped at its budget; a finding may be missing",
    )


@pytest.mark.parametrize(
    ("node", "named"),
    [
        ("conv(name='features.0')", "features.0"),
        ("conv(name='0')", "0 (Conv)"),
        ("conv(name='12', kernel=(3, 3))", "12 (Conv2d)"),
        ("conv_transpose(name='1', kernel=(3, 3, 3))", "1 (ConvTranspose3d)"),
        ("batch_norm(name='0')", "0 (BatchNorm)"),
    ],
)
def test_a_message_says_what_a_layer_is_whose_name_is_a_bare_number(node: str, named: str) -> None:
    rule = _rule(f"{node.partition('(')[0]} as layer")._replace(message="`{layer.name}` is here")
    (finding,) = _found(f"x -> {node} -> y", rule)
    assert finding.message == f"`{named}` is here"
