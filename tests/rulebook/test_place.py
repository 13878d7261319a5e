"""The bundled rules are found from anywhere, in a checkout and in a wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lintnet.rulebook import place
from lintnet.rulebook.errors import RuleError
from lintnet.rulebook.place import rules_root

if TYPE_CHECKING:
    from pathlib import Path


def test_the_rules_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (rules_root() / "references.toml").is_file()
    assert (rules_root() / "profiles.toml").is_file()
    assert (rules_root() / "retired.toml").is_file()


def installation(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the package lies in `root`, and return its folder."""
    package = root / "lintnet"
    (package / "rulebook").mkdir(parents=True)
    monkeypatch.setattr(place, "__file__", str(package / "rulebook" / "place.py"))
    return package


def make_rules(folder: Path) -> Path:
    folder.mkdir()
    (folder / "references.toml").write_text("", encoding="utf-8")
    return folder


def test_a_wheel_holds_its_rules_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installation(tmp_path, monkeypatch)
    make_rules(tmp_path / "rules")
    inside = make_rules(package / "rules")
    assert rules_root() == inside.resolve()


def test_a_folder_of_somebody_else_is_not_taken_for_the_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installation(tmp_path, monkeypatch)
    (tmp_path / "rules").mkdir()
    with pytest.raises(RuleError, match="install lintnet again"):
        rules_root()
