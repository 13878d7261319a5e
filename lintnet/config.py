"""Configuration: `[tool.lintnet]` of the nearest pyproject.toml, or lintnet.toml, up to the repository root.

One file holds it; files are not merged. Every value knows the file it came from. What a user misspells is an
error with a suggestion, never ignored.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from lintnet.ir.kinds import LOSS_FAMILIES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Config", "ConfigError", "find_config", "read_config"]

PHASES: Final = ("training", "inference")
_ROOTS: Final = (".git", ".hg", ".svn")


class ConfigError(Exception):
    """A configuration that cannot be used: the file, the key, what is wrong and what may have been meant."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a run. `origin` is the file they came from, empty for the defaults.

    rules are extra rule files and folders, resolved against that file's folder. phase and loss are what model
    files cannot say; empty when not told.
    """

    rules: tuple[Path, ...] = ()
    phase: str = ""
    loss: str = ""
    origin: str = ""


def find_config(start: Path) -> Config:
    """Read the configuration that holds for a folder: the nearest one above it, up to the repository root.

    A pyproject.toml without `[tool.lintnet]` does not count. Without any, the defaults hold.

    Raises:
        ConfigError: the nearest configuration cannot be read or says something unknown.
    """
    try:
        folder = start.resolve()
    except OSError as error:
        message = f"the working directory cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    for each in (folder, *folder.parents):
        own = each / "lintnet.toml"
        if _is_file(own):
            return read_config(own)
        project = each / "pyproject.toml"
        if _is_file(project) and "lintnet" in _text(project):
            config = read_config(project)
            if config.origin:
                return config
        if any(os.path.exists(each / root) for root in _ROOTS):  # noqa: PTH110 - False where pathlib raises
            break
    return Config()


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - a folder that may not be searched holds no configuration


def read_config(path: Path) -> Config:
    """Read one configuration file.

    Raises:
        ConfigError: it is no TOML, or a key or value in it is unknown.
    """
    import tomllib  # noqa: PLC0415 - only where there is a configuration

    try:
        data: dict[str, Any] = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name}: not valid TOML: {error}"
        raise ConfigError(message) from error
    if path.name != "pyproject.toml":
        return _config(path, data)
    tool: object = data.get("tool")
    table: object = cast("dict[str, object]", tool).get("lintnet") if isinstance(tool, dict) else None
    if table is None:
        return Config()
    if not isinstance(table, dict):
        message = f"{path.name}: [tool.lintnet] is not a table"
        raise ConfigError(message)
    return _config(path, cast("dict[str, Any]", table))


def _config(path: Path, table: dict[str, Any]) -> Config:
    known = ("rules", "phase", "loss")
    for key in table:
        if key not in known:
            message = f"{path.name}: unknown key `{key}`{_suggest(key, known)}; there is {', '.join(known)}"
            raise ConfigError(message)
    rules: object = table.get("rules", [])
    listed = cast("list[object]", rules) if isinstance(rules, list) else None
    if listed is None or not all(isinstance(each, str) for each in listed):
        message = f"{path.name}: `rules` is a list of rule files or folders"
        raise ConfigError(message)
    places = tuple(path.parent / str(each) for each in listed)
    for place in places:
        if not place.exists():
            message = f"{path.name}: `rules`: {place.relative_to(path.parent).as_posix()} does not exist"
            raise ConfigError(message)
    return Config(
        rules=places,
        phase=_one_of(path, table, "phase", PHASES),
        loss=_one_of(path, table, "loss", LOSS_FAMILIES),
        origin=path.name,
    )


def _one_of(path: Path, table: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = table.get(key, "")
    if value != "" and value not in allowed:
        message = f"{path.name}: `{key}` is {value!r}{_suggest(str(value), allowed)}; it may be {', '.join(allowed)}"
        raise ConfigError(message)
    return str(value)


def _suggest(word: str, known: tuple[str, ...]) -> str:
    import difflib  # noqa: PLC0415 - only for an error

    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name}: cannot be read: {error}"
        raise ConfigError(message) from error
