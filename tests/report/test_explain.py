"""The end of a rule's page: what it says of silencing works as it stands there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lintnet.report.explain import explanation
from lintnet.rulebook.book import load_rules
from lintnet.session import Options, check

if TYPE_CHECKING:
    from pathlib import Path

    from lintnet.rulebook.rule import Rule

BOOK = load_rules()
SOURCE = """\
from torch import nn

model = nn.Sequential(nn.Linear(20, 64), nn.Linear(64, 3))
"""


def ending(rule: Rule) -> str:
    return "\n".join(explanation(rule)).partition("## How to silence it\n")[2]


def found(source: str, folder: Path, options: Options) -> set[str]:
    file = folder / "model.py"
    file.write_text(source, encoding="utf-8")
    report = check([str(file)], options)
    assert report.diagnostics == ()
    return {finding.rule for finding in report.findings}


def test_the_comments_and_the_option_of_the_page_silence_the_rule(tmp_path: Path) -> None:
    rule = BOOK.lookup("missing-nonlinearity")
    assert found(SOURCE, tmp_path, Options()) == {rule.name}
    line, whole = re.findall(r"`(# lintnet: [^`]+)`", ending(rule))
    assert found(SOURCE.replace("3))", f"3))  {line}"), tmp_path, Options()) == set()
    assert found(f"{whole}\n{SOURCE}", tmp_path, Options()) == set()
    option = re.findall(r"`lintnet check --ignore (\S+) TARGETS`", ending(rule))
    assert found(SOURCE, tmp_path, Options(ignore=tuple(option))) == set()


def test_every_page_ends_with_how_to_silence_the_rule() -> None:
    for rule in BOOK.rules:
        text = ending(rule)
        assert f"--ignore {rule.name} " in text
        # A comment can silence only what source can show.
        assert (f"ignore[{rule.name}]" in text) is ("S" in rule.front_ends), rule.name


def test_a_rule_that_is_off_says_how_to_run_it() -> None:
    for rule in BOOK.rules:
        page = "\n".join(explanation(rule))
        off = rule.default == "off" or rule.grade == "D"
        assert (f"lintnet check --select {rule.name} " in page) is off, rule.name
