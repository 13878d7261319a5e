"""What is made in the documents of a checkout: `lintnet dev docs`. Joins rules, checks and their texts."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from lintnet.report.rule_index import outputs_of, rule_index, with_sources
from lintnet.report.text import write_concise
from lintnet.rulebook.book import bundled_references, bundled_table
from lintnet.rulebook.errors import fail
from lintnet.rulebook.place import rules_root
from lintnet.session import Options, check

__all__ = ["checked", "made_documents"]

_NAME = "model.py"


def made_documents(root: Path) -> dict[Path, str]:
    """Return the documents of the checkout at `root` that are made, with the text that they should have.

    Raises:
        RuleError: `root` is not the checkout that this lintnet runs from, or one of its rule files cannot be used.
    """
    if (root / "rules").resolve() != rules_root().resolve():
        fail(root.resolve().as_posix(), "not the checkout that this lintnet runs from; change to its top folder")
    rules, questions, claims = (root / "docs" / name for name in ("rules.md", "questions.md", "claims.md"))
    return {
        rules: rule_index(bundled_table().rules),
        questions: outputs_of(questions.read_text(encoding="utf-8"), checked),
        claims: with_sources(outputs_of(claims.read_text(encoding="utf-8"), checked), bundled_references()),
    }


def checked(source: str) -> str:
    """Return what `lintnet check model.py --format concise` prints for a Python file with this text.

    That is one line for each finding; where there is none, the line that counts them.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / _NAME
        file.write_text(source, encoding="utf-8")
        report = check([str(file)], Options())
    findings, closing = StringIO(), StringIO()
    write_concise(report, findings, closing)
    text = findings.getvalue() or closing.getvalue().splitlines(keepends=True)[0]
    return text.replace(file.as_posix(), _NAME)
