"""Short programs, read from source: what each of them shows, and at which line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lintnet.ir.finding import Confidence, Severity
from lintnet.session import Options, check

if TYPE_CHECKING:
    from lintnet.ir.finding import Report

SOURCE = Path(__file__).resolve().parent.parent / "fixtures" / "source"

# Rule, severity and line of every finding above info, in the order of the report.
PROGRAMS: dict[str, list[tuple[str, str, int]]] = {
    "autoencoder_sigmoid_mse.py": [],
    "bias_before_batch_norm.py": [("bias-before-batch-norm", "advice", 6)],
    "bottleneck_block.py": [],
    "conv_maxpool_conv.py": [],
    "dense1_softmax_bce.py": [("softmax-over-single-unit", "error", 11)],
    "dense10_sparse_no_from_logits.py": [("logits-without-from-logits", "error", 13)],
    "depthwise_separable.py": [],
    "dropout_before_batch_norm_keras.py": [("dropout-before-batch-norm", "warning", 10)],
    "dropout_before_batch_norm_torch.py": [("dropout-before-batch-norm", "warning", 10)],
    "functional_dropout.py": [("functional-dropout-always-on", "error", 15)],
    "functional_dropout_guarded.py": [],
    "ignored.py": [],
    "multilabel_sigmoid_bce.py": [],
    "notebook.ipynb": [("softmax-over-single-unit", "error", 5)],
    "relu_head_mse.py": [("relu-output-regression", "advice", 9)],
    "softmax_and_cross_entropy.py": [("softmax-before-cross-entropy", "error", 17)],
    "variants.py": [],
}


def _check(name: str, least: Confidence = Confidence.medium) -> Report:
    return check([str(SOURCE / name)], Options(min_confidence=least))


def test_every_program_is_in_the_table() -> None:
    assert sorted(each.name for each in SOURCE.iterdir() if each.suffix in {".py", ".ipynb"}) == sorted(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_shows_what_it_was_written_for_at_its_line(name: str) -> None:
    report = _check(name)
    assert report.failures == ()
    assert report.models
    found = [
        (finding.rule, finding.severity.name, finding.location.line if finding.location else 0)
        for finding in report.findings
        if finding.severity > Severity.info
    ]
    assert found == PROGRAMS[name]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_is_understood_in_full(name: str) -> None:
    for model in _check(name).models:
        coverage = model.coverage
        assert coverage.layers
        assert (coverage.understood, coverage.placed) == (coverage.layers, coverage.sites), coverage
        assert coverage.not_understood == ()


@pytest.mark.parametrize("name", [each for each, found in PROGRAMS.items() if found])
def test_the_place_of_a_finding_points_at_a_call_in_the_file(name: str) -> None:
    for finding in _check(name).findings:
        location = finding.location
        assert location is not None
        if not name.endswith(".ipynb"):
            lines = (SOURCE / name).read_text(encoding="utf-8").split("\n")
            assert location.text == lines[location.line - 1]
        assert location.text[location.column - 1 :].partition("(")[0].replace(".", "").isidentifier()
        if location.end_line == location.line:
            assert location.end_column is not None
            assert location.text[: location.end_column - 1].endswith(")")


def test_a_block_used_three_times_is_one_finding() -> None:
    finding = _check("dropout_before_batch_norm_torch.py").findings[0]
    assert finding.places == ("body.0.drop", "body.1.drop", "body.2.drop")
    assert finding.called is not None
    assert finding.called.line == 16


def test_a_silenced_finding_keeps_its_reason_and_an_idle_comment_is_said() -> None:
    report = _check("ignored.py")
    ((finding, reason),) = report.suppressed
    assert finding.rule == "functional-dropout-always-on"
    assert reason == "Monte Carlo dropout, see the paper"
    assert [(each.name, each.location.line) for each in report.diagnostics] == [("unused-ignore", 11)]


def test_an_open_condition_lowers_the_confidence_and_is_named() -> None:
    report = _check("variants.py")
    assert report.hidden
    (model,) = _check("variants.py", Confidence.low).models
    finding = next(each for each in model.findings if each.rule == "dropout-before-batch-norm")
    assert finding.condition == "if `self.config['regularise']`"
    assert finding.confidence is Confidence.low
    assert finding.location is not None
    assert finding.location.line == 12
    assert len(model.variants) == 2


def test_a_notebook_is_read_by_its_cells() -> None:
    (finding,) = _check("notebook.ipynb").findings
    assert finding.location is not None
    assert finding.location.cell == 4
    assert finding.location.text.strip().startswith("layers.Dense(1")


def test_all_programs_together_say_the_same() -> None:
    report = check([str(SOURCE)], Options())
    found: dict[str, list[tuple[str, str, int]]] = {name: [] for name in PROGRAMS}
    for finding in report.findings:
        if finding.severity > Severity.info and finding.location is not None:
            row = (finding.rule, finding.severity.name, finding.location.line)
            found[Path(finding.location.path).name].append(row)
    assert found == PROGRAMS
