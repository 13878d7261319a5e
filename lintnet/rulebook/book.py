"""All rules of a run, and the choice among them. Knows files and selection; knows no graph and no finding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from lintnet.paths.errors import suggestion
from lintnet.rulebook.compiled import Table, read_table
from lintnet.rulebook.errors import SelectionError, fail
from lintnet.rulebook.place import rules_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lintnet.rulebook.references import Reference
    from lintnet.rulebook.rule import Rule

__all__ = ["Profile", "Retired", "Rulebook", "bundled_references", "bundled_table", "load_rules", "select"]

_REFERENCES: Final = "references.toml"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of rules: those whose `default` is listed, with or without bundled rules in preview."""

    name: str
    meaning: str
    defaults: tuple[str, ...]
    preview: bool

    def holds(self, rule: Rule) -> bool:
        """Say whether a rule belongs to the profile."""
        if rule.grade == "D" or rule.status == "deprecated":
            return False
        return rule.default in self.defaults and (self.preview or rule.user or rule.status != "preview")


@dataclass(frozen=True, slots=True)
class Retired:
    """A code that is not used again: the rule it named, the first version without it, and why."""

    code: str
    name: str
    since: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules in the order of their codes, the profiles that group them, and the codes that are gone.

    `words` leads from every name, alias (as written) and code (in capitals) to its rule.
    """

    rules: tuple[Rule, ...]
    profiles: Mapping[str, Profile]
    retired: Mapping[str, Retired]
    words: Mapping[str, Rule]

    def lookup(self, word: str) -> Rule:
        """Return the rule with this name, code (in any case) or alias, with its page.

        Raises:
            SelectionError: no such rule, with the nearest name or the reason why it was retired.
            RuleError: the file that holds its page cannot be read.
        """
        rule = self.find(word)
        if rule is None:
            raise self.unknown(word)
        return rule if rule.text else _with_page(rule)

    def find(self, word: str) -> Rule | None:
        """Return the rule with this name, code or alias, or None."""
        return self.words.get(word) or self.words.get(word.upper()) or self.words.get(word.lower())

    def group(self, word: str) -> tuple[Rule, ...]:
        """Return the rules of a tag (`#normalization`) or a code prefix (`DRP`, `drp1`); empty if there are none."""
        if word.startswith("#"):
            return tuple(rule for rule in self.rules if word[1:].lower() in rule.tags)
        return tuple(rule for rule in self.rules if rule.code.startswith(word.upper()))

    def unknown(self, word: str) -> SelectionError:
        """Return the error for a word that means nothing here."""
        gone = self.retired.get(word.upper())
        if gone is not None:
            return SelectionError(f"rule {gone.code} ({gone.name}) was retired in {gone.since}: {gone.reason}")
        if word.startswith("#"):
            tags = {f"#{tag}" for rule in self.rules for tag in rule.tags}
            return SelectionError(f"unknown tag {word}{suggestion(word.lower(), tags)}")
        members = self.group(word) if word else ()
        if members:
            names = ", ".join(f"{rule.code} {rule.name}" for rule in members)
            return SelectionError(f"{word} stands for several rules: {names}")
        words = set(self.words)
        guess = suggestion(word, words) or suggestion(word.lower(), words) or suggestion(word.upper(), words)
        return SelectionError(f"unknown rule {word}{guess}")


def load_rules(extra: Sequence[Path] = ()) -> Rulebook:
    """Read the bundled rules, then the rule files and folders in `extra`.

    A folder is searched with its subfolders for `*.md` files that begin with `+++`; other Markdown in it is no rule.
    A `references.toml` in it (or beside a file) may add sources to cite.

    Raises:
        RuleError: a rule file or table that cannot be used, a path that does not exist, or a name or code that
            two rules claim.
    """
    table = read_table() or bundled_table()
    rules = list(table.rules)
    if extra:
        rules += _user_rules(extra)
        rules.sort(key=lambda rule: rule.code)
    return Rulebook(tuple(rules), MappingProxyType(table.profiles), table.retired, _words(rules, table.retired))


def bundled_table() -> Table:
    """Read what comes with lintnet from its rule files, whether or not it was compiled.

    Raises:
        RuleError: as `load_rules`.
    """
    root, references = rules_root(), bundled_references()
    rules = [_read(text, path, root, references) for path, text in _rule_files(root)]
    rules.sort(key=lambda rule: rule.code)
    return Table(tuple(rules), _profiles(root / "profiles.toml"), _retired(root / "retired.toml"))


def _read(text: str, path: Path, root: Path, references: Mapping[str, Reference]) -> Rule:
    from lintnet.facts import FACTS  # noqa: PLC0415 - only where rule files are parsed
    from lintnet.rulebook.reader import read_rule  # noqa: PLC0415 - as above

    origin = f"rules/{path.relative_to(root).as_posix()}"
    return read_rule(text, origin, references, user=False, facts=frozenset(FACTS))


def _with_page(rule: Rule) -> Rule:
    """Read the page of a bundled rule that came out of the table."""
    root = rules_root()
    path = root / rule.origin.removeprefix("rules/")
    return _read(_text(path), path, root, bundled_references())


def _user_rules(extra: Sequence[Path]) -> list[Rule]:
    from lintnet.facts import FACTS  # noqa: PLC0415 - as above
    from lintnet.rulebook.reader import read_rule  # noqa: PLC0415 - as above
    from lintnet.rulebook.references import read_references  # noqa: PLC0415 - as above

    references = bundled_references()
    rules: list[Rule] = []
    seen: set[Path] = set()
    for place in extra:
        if not place.exists():
            fail(place.as_posix(), "no such rule file or folder")
        own = (place if place.is_dir() else place.parent) / _REFERENCES
        known = {**references, **read_references(_text(own), own.as_posix())} if own.is_file() else references
        for path, text in _rule_files(place):
            if path.resolve() not in seen:  # a folder and a file in it may both be named
                seen.add(path.resolve())
                rules.append(read_rule(text, _shown(path), known, user=True, facts=frozenset(FACTS)))
    return rules


def bundled_references() -> Mapping[str, Reference]:
    """Read the references that come with lintnet, by key."""
    from lintnet.rulebook.references import References  # noqa: PLC0415 - as above

    path = rules_root() / _REFERENCES
    return References(_text(path), f"rules/{_REFERENCES}")


def select(
    book: Rulebook,
    profile: str = "default",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    extend: Sequence[str] = (),
) -> tuple[tuple[Rule, ...], frozenset[str]]:
    """Choose the rules of a run; return them in order, and the names of those the user named.

    `select` takes the place of the profile, `extend` adds to whichever holds, `ignore` wins over both. All take
    names, codes, aliases, code prefixes and tags. A prefix or tag leaves out what only its name may select: grade D,
    `default = "off"` and deprecated rules.

    Raises:
        SelectionError: an unknown profile or word.
    """
    if profile not in book.profiles:
        message = f"unknown profile {profile}{suggestion(profile, book.profiles)} (there is {', '.join(book.profiles)})"
        raise SelectionError(message)
    named: set[str] = set()
    chosen = set[str]() if select else {rule.name for rule in book.rules if book.profiles[profile].holds(rule)}
    for word in (*select, *extend):
        rule = book.find(word)
        if rule is not None:
            named.add(rule.name)
        else:
            chosen |= {rule.name for rule in _members(book, word) if _open_to_groups(rule)}
    dropped: set[str] = set()
    for word in ignore:
        rule = book.find(word)
        dropped |= {each.name for each in ((rule,) if rule is not None else _members(book, word))}
    wanted = (chosen | named) - dropped
    return tuple(rule for rule in book.rules if rule.name in wanted), frozenset(named - dropped)


def _open_to_groups(rule: Rule) -> bool:
    return rule.grade != "D" and rule.default != "off" and rule.status != "deprecated"


def _members(book: Rulebook, word: str) -> tuple[Rule, ...]:
    rules = book.group(word) if word else ()
    if not rules:
        raise book.unknown(word)
    return rules


def _rule_files(place: Path) -> Iterable[tuple[Path, str]]:
    """Yield rule files with their text, in a fixed order; a file that was named is always taken for a rule."""
    if not place.is_dir():
        yield place, _text(place)
        return
    for path in sorted(place.rglob("*.md")):
        text = _text(path)
        if text.removeprefix("\ufeff").startswith("+++"):
            yield path, text


def _shown(path: Path) -> str:
    """Return a path as messages print it: relative to the working directory where it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        fail(path.as_posix(), "not UTF-8 text")
    except OSError as error:
        fail(path.as_posix(), error.strerror or "cannot be read")


def _words(rules: Iterable[Rule], retired: Mapping[str, Retired]) -> Mapping[str, Rule]:
    """Index rules by name, code and alias; every word may stand for one rule only."""
    words: dict[str, Rule] = {}
    for rule in rules:
        if rule.code in retired:
            fail(rule.origin, f"code {rule.code} was retired in {retired[rule.code].since}; take another")
        for word in (rule.name, rule.code, *rule.aliases):
            if word in words:
                fail(rule.origin, f"`{word}` already belongs to {words[word].origin}")
            words[word] = rule
    return MappingProxyType(words)


def _tables(path: Path) -> Mapping[str, Mapping[str, object]]:
    import tomllib  # noqa: PLC0415 - as above

    try:
        data = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        fail(f"rules/{path.name}", f"not valid TOML: {error}")
    if not all(isinstance(table, dict) for table in data.values()):
        fail(f"rules/{path.name}", "holds tables only")
    return cast("dict[str, dict[str, object]]", data)


def _profiles(path: Path) -> Mapping[str, Profile]:
    from lintnet.rulebook.reader import DEFAULTS  # noqa: PLC0415 - as above

    profiles: dict[str, Profile] = {}
    for name, table in _tables(path).items():
        match table:
            case {"meaning": str(meaning), "defaults": list(), "preview": bool(preview), **rest} if not rest:
                defaults = tuple(word for word in DEFAULTS if word in cast("list[object]", table["defaults"]))
                if len(defaults) != len(cast("list[object]", table["defaults"])):
                    fail(f"rules/{path.name}", f"[{name}] defaults may hold {', '.join(DEFAULTS)}, each once")
                profiles[name] = Profile(name, meaning, defaults, preview)
            case _:
                fail(f"rules/{path.name}", f"[{name}] needs meaning, defaults and preview, nothing else")
    return MappingProxyType(profiles)


def _retired(path: Path) -> Mapping[str, Retired]:
    retired: dict[str, Retired] = {}
    for code, table in _tables(path).items():
        match table:
            case {"name": str(name), "since": str(since), "reason": str(reason), **rest} if not rest:
                retired[code] = Retired(code, name, since, reason)
            case _:
                fail(f"rules/{path.name}", f"[{code}] needs name, since and reason, nothing else")
    return MappingProxyType(retired)
