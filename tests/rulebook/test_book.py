"""Loading rule files, finding a rule, and choosing the rules of a run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from lintnet.rulebook import book as book_module
from lintnet.rulebook.book import Rulebook, load_rules, select
from lintnet.rulebook.errors import RuleError, SelectionError
from lintnet.rulebook.place import rules_root
from tests.rulebook.samples import MINIMAL, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PAGE = """
# {name}

## What it does
Finds it.

## Why it hurts
It does [src2020key].

## Example
```graph bad
x -> relu -> relu -> y
```

## Use instead
Nothing.

## When to ignore
Never.
"""

# name | code | grade | severity | default | status | tags
TABLE = """
alpha-on        | DRP101 | B | warning | on  | stable     | dropout
bravo-on        | DRP110 | A | error   | on  | stable     | dropout head
charlie-pedant  | DRP201 | C | advice  | ped | stable     | dropout
delta-deploy    | NRM101 | A | info    | dep | stable     | normalization
echo-contested  | NRM102 | D | advice  | off | stable     | normalization
foxtrot-off     | CNV101 | A | info    | off | stable     | shape
golf-preview    | CNV102 | B | warning | on  | preview    | shape
hotel-old       | CNV103 | B | warning | on  | deprecated | shape
"""


def write_rule(root: Path, row: str, extra: str = "") -> Path:
    name, code, grade, severity, default, status, tags = (part.strip() for part in row.split("|"))
    front = f"""+++
name = "{name}"
code = "{code}"
summary = "Finds it."
since = "0.1.0"
grade = "{grade}"
severity = "{severity}"
default = "{default}"
status = "{status}"
phase = "any"
tier = 1
front_ends = ["K"]
tags = {tags.split()}
path = "relu -> relu"
message = "found"
help = "remove it"
{extra}
[[cite]]
key = "src2020key"
+++
"""
    path = root / "family" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(front + PAGE.replace("{name}", name), encoding="utf-8")
    return path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a rule folder of its own in place of the bundled one."""
    real = book_module.rules_root()
    folder = tmp_path / "bundled"
    folder.mkdir()
    shutil.copy(real / "profiles.toml", folder)
    (folder / "retired.toml").write_text(
        '[DRP199]\nname = "gone-rule"\nsince = "0.0.9"\nreason = "refuted by every residual net"\n', encoding="utf-8"
    )
    (folder / "references.toml").write_text(
        '[src2020key]\ntype = "misc"\nauthors = ["A, B"]\ntitle = "T"\nyear = 2020\nverified = "yes"\n'
        'claim = "C."\nlimits = "L."\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(book_module, "rules_root", lambda: folder)
    return folder


@pytest.fixture
def book(root: Path) -> Rulebook:
    rows = TABLE.strip().splitlines()
    for row in reversed(rows):
        write_rule(root, row, 'aliases = ["old-alpha"]' if row.startswith("alpha") else "")
    (root / "family" / "README.md").write_text("# How to write a rule\n", encoding="utf-8")
    return load_rules()


def names(chosen: tuple[Sequence[object], frozenset[str]]) -> list[str]:
    return [str(getattr(rule, "name", "")).partition("-")[0] for rule in chosen[0]]


def test_the_bundled_rules_load_in_the_order_of_their_codes() -> None:
    rules = load_rules().rules
    assert rules
    assert [rule.code for rule in rules] == sorted(rule.code for rule in rules)
    assert all(rule.origin == f"rules/{rule.tags[1]}/{rule.name}.md" for rule in rules)


def test_a_rule_is_found_by_name_code_and_alias(book: Rulebook) -> None:
    assert [rule.code for rule in book.rules] == sorted(rule.code for rule in book.rules)
    rule = book.lookup("alpha-on")
    assert all(book.lookup(word) is rule for word in ("DRP101", "drp101", "old-alpha", "Alpha-On"))
    assert rule.tags == ("drp", "family", "dropout")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("alpha-no", "unknown rule alpha-no; did you mean `alpha-on`?"),
        ("DRP102", "unknown rule DRP102; did you mean `DRP"),
        ("drp199", r"rule DRP199 \(gone-rule\) was retired in 0.0.9: refuted by every residual net"),
        ("zzzzzz", "unknown rule zzzzzz$"),
        ("DRP", "DRP stands for several rules: DRP101"),
    ],
)
def test_an_unknown_rule_is_answered_with_the_nearest(book: Rulebook, word: str, message: str) -> None:
    with pytest.raises(SelectionError, match=message):
        book.lookup(word)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("default", ["alpha", "bravo"]),
        ("pedantic", ["golf", "alpha", "bravo", "charlie"]),
        ("deploy", ["alpha", "bravo", "delta"]),
        ("all", ["foxtrot", "golf", "alpha", "bravo", "charlie", "delta"]),
    ],
)
def test_a_profile_chooses_by_default_grade_and_status(book: Rulebook, profile: str, expected: list[str]) -> None:
    chosen = select(book, profile)
    assert names(chosen) == expected
    assert chosen[1] == frozenset()


@pytest.mark.parametrize(
    ("chosen", "expected", "named"),
    [
        (["alpha-on"], ["alpha"], ["alpha-on"]),
        (["nrm102"], ["echo"], ["echo-contested"]),
        (["old-alpha", "CNV103"], ["hotel", "alpha"], ["alpha-on", "hotel-old"]),
        (["DRP"], ["alpha", "bravo", "charlie"], []),
        (["drp1"], ["alpha", "bravo"], []),
        (["NRM"], ["delta"], []),
        (["#normalization", "CNV101"], ["foxtrot", "delta"], ["foxtrot-off"]),
        (["#shape"], ["golf"], []),
        (["#Head"], ["bravo"], []),
    ],
)
def test_select_takes_the_place_of_the_profile(
    book: Rulebook, chosen: list[str], expected: list[str], named: list[str]
) -> None:
    result = select(book, "default", chosen)
    assert names(result) == expected
    assert result[1] == frozenset(named)


def test_extend_adds_and_ignore_wins(book: Rulebook) -> None:
    assert names(select(book, extend=["echo-contested"])) == ["alpha", "bravo", "echo"]
    assert names(select(book, ignore=["DRP101"])) == ["bravo"]
    assert names(select(book, ignore=["#dropout"])) == []
    rules, named = select(book, select=["alpha-on", "bravo-on"], ignore=["DRP11"])
    assert [rule.name for rule in rules] == ["alpha-on"]
    assert named == {"alpha-on"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda book: select(book, "defualt"), "unknown profile defualt; did you mean `default`. .there is default,"),
        (lambda book: select(book, select=["alhpa-on"]), "did you mean `alpha-on"),
        (lambda book: select(book, ignore=["XYZ"]), "unknown rule XYZ"),
        (lambda book: select(book, select=["#normalisation"]), "did you mean `#normalization"),
        (lambda book: select(book, select=[""]), "unknown rule"),
        (lambda book: select(book, ignore=["DRP199"]), "retired in 0.0.9"),
    ],
)  # fmt: skip
def test_a_word_that_means_nothing_is_an_error(
    book: Rulebook, call: Callable[[Rulebook], object], message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        call(book)


@pytest.mark.usefixtures("book")
def test_rules_of_the_user_join_the_bundled_ones(tmp_path: Path) -> None:
    folder = tmp_path / "lint_rules" / "deep"
    folder.mkdir(parents=True)
    (folder / "relu-twice.md").write_text(MINIMAL, encoding="utf-8")
    (folder / "README.md").write_text("# Our rules\n", encoding="utf-8")
    joined = load_rules([tmp_path / "lint_rules"])
    rule = joined.lookup("OWN001")
    assert rule.user
    assert not joined.lookup("DRP101").user
    assert "own" in rule.tags
    assert load_rules([folder / "relu-twice.md"]).lookup("relu-twice").code == "OWN001"
    assert "relu" in names(select(joined))


@pytest.mark.usefixtures("book")
def test_a_folder_of_the_user_may_bring_its_own_sources(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    cited = changed("+++\n", '\n[[cite]]\nkey = "mine2024paper"\n+++\n', MINIMAL.removeprefix("+++\n"))
    (folder / "rule.md").write_text(f"+++\n{cited}\n## Why it hurts\nIt does [mine2024paper].\n", encoding="utf-8")
    with pytest.raises(RuleError, match="`mine2024paper` is not in references"):
        load_rules([folder])
    (folder / "references.toml").write_text(
        '[mine2024paper]\ntype = "misc"\nauthors = ["Me, It"]\ntitle = "T"\nyear = 2024\nverified = "yes"\n'
        'claim = "C."\nlimits = "L."\n',
        encoding="utf-8",
    )
    assert load_rules([folder]).lookup("relu-twice").citations[0].title == "T"


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("relu-twice", "alpha-on", "`alpha-on` already belongs to rules/family/alpha-on.md"),
        ("relu-twice", "old-alpha", "`old-alpha` already belongs to"),
        ("OWN001", "NRM101", "`NRM101` already belongs to"),
        ("OWN001", "DRP199", "code DRP199 was retired in 0.0.9"),
    ],
)
def test_no_two_rules_share_a_word(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "mine.md"
    path.write_text(changed(old, new, MINIMAL), encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_rules([path])


@pytest.mark.usefixtures("book")
def test_a_named_file_must_be_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# no rule\n", encoding="utf-8")
    with pytest.raises(RuleError, match="a rule file begins with"):
        load_rules([path])
    with pytest.raises(RuleError, match="no such rule file or folder"):
        load_rules([tmp_path / "absent"])
    path.write_bytes(b"+++\nname = \xff\n+++\n")
    with pytest.raises(RuleError, match="not UTF-8"):
        load_rules([path])


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("profiles.toml", "[default]\nmeaning = 'x'\ndefaults = ['on']\n", "needs meaning, defaults and preview"),
        ("profiles.toml", "[default]\nmeaning = 'x'\ndefaults = ['un']\npreview = false\n", "defaults may hold"),
        ("profiles.toml", "default = 1\n", "holds tables only"),
        ("profiles.toml", "[default\n", "not valid TOML"),
        ("retired.toml", "[DRP199]\nname = 'x'\n", "needs name, since and reason"),
    ],
)
def test_a_broken_table_is_an_error(root: Path, file: str, text: str, message: str) -> None:
    (root / file).write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_rules()


def test_a_rule_file_named_twice_is_one_rule(tmp_path: Path) -> None:
    source = (rules_root() / "head" / "softmax-over-single-unit.md").read_text(encoding="utf-8")
    own = tmp_path / "own-softmax.md"
    own.write_text(source.replace("softmax-over-single-unit", "own-softmax").replace("HED101", "OWN101"), "utf-8")
    book = load_rules([tmp_path, own])
    assert [rule.name for rule in book.rules if rule.user] == ["own-softmax"]
