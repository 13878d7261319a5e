"""The path language: its text, its tree, and the way between them.

    pattern = chain { "|" chain }
    chain   = item { "->" item }
    item    = atom [ "*" | "+" | "?" | "{m,n}" ] [ "as" name ]
    atom    = word [ "[" test { "," test } "]" ]     a kind or a group of kinds: dropout[rate > 0]
            | "!" word | "!(" word { "|" word } ")"  any operation but these
            | "." | "(" pattern ")" | "^" | "$"      any operation; group; graph input; graph output

`.` and `!` stand for operations, never for the ends of a graph (inputs, outputs and losses, which are matched by
their own word). A test is a condition over the attributes of the kind and over `consumers` (edges that use the
node's results), `calls` (how often the layer is called), `name` and `op`.

Knows the vocabulary and nothing of graphs. The grammar is frozen: an extension needs three rules that cannot be
written without it.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from lintnet.ir.kinds import ATTRIBUTES, GROUPS, KINDS, kinds_of
from lintnet.paths import expression as expressions
from lintnet.paths.errors import PathError, suggestion
from lintnet.paths.expression import Expression, parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "PSEUDO_ATTRIBUTES",
    "Atom",
    "Chain",
    "Group",
    "Item",
    "Pattern",
    "attributes_of",
    "mutants",
    "parse",
    "unparse",
]

PSEUDO_ATTRIBUTES: Final = frozenset({"consumers", "calls", "name", "op"})
"""What a test may ask of every node, beside the attributes of its kind."""

_ENDS: Final = GROUPS["boundary"]
_BARRIERS: Final = GROUPS["barrier"]
_SIGNS: Final = {"^": "input", "$": "output"}

_MOST_REPEATS: Final = 64
_MOST_POSITIONS: Final = 1000
"""Atoms of one path after `{m,n}` is written out: keeps the bit masks of the automaton short."""
_DEEPEST: Final = 30


@dataclass(frozen=True, slots=True)
class Atom:
    """One node of a path. `words` are kinds or groups; `negated` means any operation but them (none of them: `.`)."""

    words: tuple[str, ...]
    negated: bool = False
    tests: tuple[Expression, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """The kinds that the words stand for, whether wanted or excluded."""
        return frozenset(kind for word in self.words for kind in kinds_of(word))

    @property
    def wild(self) -> bool:
        """Whether this is `.`, the only atom that a barrier matches without being named."""
        return self.negated and not self.words

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of node that can match."""
        if not self.negated:
            return self.named
        operations = frozenset(KINDS) - _ENDS
        return operations if self.wild else operations - _BARRIERS - self.named


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives in parentheses."""

    alternatives: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An atom or group, repeated `low` to `high` times (`None`: without end), and the name it is captured under."""

    body: Atom | Group
    low: int = 1
    high: int | None = 1
    capture: str | None = None


Chain: TypeAlias = tuple[Item, ...]
"""Items along data edges."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A whole path.

    captures: the names of captured nodes, in the order of the text.
    words: every kind the path names, groups expanded; these are not skipped where they are transparent.
    """

    alternatives: tuple[Chain, ...]
    captures: tuple[str, ...] = field(init=False, compare=False, repr=False)
    words: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Collect the captures and the named kinds."""
        items = list(_items(self.alternatives))
        captures = dict.fromkeys(item.capture for item in items if item.capture is not None)
        named = (kind for item in items if isinstance(item.body, Atom) for kind in item.body.named)
        object.__setattr__(self, "captures", tuple(captures))
        object.__setattr__(self, "words", frozenset(named))

    def kinds(self, capture: str) -> frozenset[str]:
        """Return the kinds of node that a capture can hold."""
        bodies = (item.body for item in _items(self.alternatives) if item.capture == capture)
        found: set[str] = set()
        for body in bodies:
            atoms = [body] if isinstance(body, Atom) else [item.body for item in _items(body.alternatives)]
            found.update(kind for atom in atoms if isinstance(atom, Atom) for kind in atom.kinds)
        return frozenset(found)

    def __str__(self) -> str:
        """Return a text that parses to the same pattern."""
        return unparse(self)


def attributes_of(kinds: frozenset[str]) -> frozenset[str]:
    """Return every attribute that a node of one of these kinds can have, pseudo attributes included."""
    return PSEUDO_ATTRIBUTES.union(*(KINDS[kind].attributes for kind in kinds))


def _items(alternatives: tuple[Chain, ...]) -> Iterator[Item]:
    for chain in alternatives:
        for item in chain:
            yield item
            if isinstance(item.body, Group):
                yield from _items(item.body.alternatives)


# --- reading ---------------------------------------------------------------------------------------------------

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_SPACE: Final = re.compile(r"\s*")
_REPEAT: Final = re.compile(r"\{\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\}")
_QUANTIFIERS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(text: str) -> Pattern:
    """Read a path.

    Raises:
        PathError: with the column of what is wrong: the grammar; a word, attribute or capture that does not
            exist or stands where it cannot mean anything; a path that the empty sequence would match.
    """
    reader = _Reader(text)
    reader.space()
    if reader.at_end():
        message = "empty path"
        raise reader.error(message)
    alternatives = reader.alternatives(0)
    if not reader.at_end():
        signs = {")": "`)` without `(`", "[": "tests stand behind a kind or a group of kinds only"}
        message = signs.get(text[reader.place], "expected `->`, `|` or the end of the path")
        raise reader.error(message)
    for chain in alternatives:
        if _empty_chain(chain):
            message = f"the empty path would match `{_alternatives_text((chain,))}`"
            raise PathError(message, text, 0)
    if sum(_size(chain) for chain in alternatives) > _MOST_POSITIONS:
        message = f"a path holds at most {_MOST_POSITIONS} atoms, repetitions written out"
        raise PathError(message, text, 0)
    return Pattern(alternatives)


class _Reader:
    """Recursive descent over one text; `place` moves forward only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.captured: dict[str, int] = {}

    def error(self, message: str, place: int | None = None) -> PathError:
        return PathError(message, self.text, self.place if place is None else place)

    def space(self) -> None:
        found = _SPACE.match(self.text, self.place)
        self.place = found.end() if found else self.place

    def at_end(self) -> bool:
        return self.place >= len(self.text)

    def looking_at(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)

    def take(self, sign: str) -> bool:
        """Step over a sign and the space behind it, if it is there."""
        if not self.looking_at(sign):
            return False
        self.place += len(sign)
        self.space()
        return True

    def word(self) -> str:
        """Step over a word and the space behind it; empty if there is none."""
        found = _WORD.match(self.text, self.place)
        if not found:
            return ""
        self.place = found.end()
        self.space()
        return found[0]

    def alternatives(self, depth: int) -> tuple[Chain, ...]:
        if depth > _DEEPEST:
            message = "groups are nested too deeply"
            raise self.error(message)
        before = dict(self.captured)
        seen = dict(before)
        chains: list[Chain] = []
        while True:
            self.captured = dict(before)  # alternatives never match together, so each may use a name again
            chains.append(self.chain(depth))
            seen |= self.captured
            if not self.take("|"):
                self.captured = seen
                return tuple(chains)

    def chain(self, depth: int) -> Chain:
        items = [self.item(depth)]
        while self.take("->"):
            items.append(self.item(depth))
        return tuple(items)

    def item(self, depth: int) -> Item:
        start = self.place
        before = set(self.captured)
        body = self.atom(depth)
        low, high = self.quantifier()
        if high != 1:
            inside = [name for name in self.captured if name not in before]
            if inside:
                message = f"`{inside[0]}` is captured inside a repetition, so which node it is stays open"
                raise self.error(message, self.captured[inside[0]])
        return Item(body, low, high, self.capture(body, start, high))

    def quantifier(self) -> tuple[int, int | None]:
        start = self.place
        low: int = 1
        high: int | None = 1
        if self.looking_at("{"):
            found = _REPEAT.match(self.text, self.place)
            if not found:
                message = "a repetition is written `{m,n}`"
                raise self.error(message)
            low, high = int(found[1]), int(found[2])
            if high < 1 or low > high or high > _MOST_REPEATS:
                message = f"in `{{m,n}}`, n lies between 1 and {_MOST_REPEATS} and m is at most n"
                raise self.error(message)
            self.place = found.end()
            self.space()
        else:
            for sign, bounds in _QUANTIFIERS.items():
                if self.take(sign):
                    low, high = bounds
                    break
        if self.place != start and self.text[self.place : self.place + 1] in {"*", "+", "?", "{"}:
            message = "one quantifier is enough"
            raise self.error(message)
        return low, high

    def capture(self, body: Atom | Group, start: int, high: int | None) -> str | None:
        keyword_at = self.place
        found = _WORD.match(self.text, self.place)
        if not found or found[0] != "as":
            return None
        self.word()
        place = self.place
        name = self.word()
        if not name or keyword.iskeyword(name) or name in {"all", "any"}:
            message = f"`{name}` is a word of the language" if name else "expected a name behind `as`"
            raise self.error(message, place)
        if high != 1:
            message = "a repeated item cannot be captured: which of its nodes is meant stays open"
            raise self.error(message, keyword_at)
        if name in self.captured:
            message = f"`{name}` is captured twice on one path"
            raise self.error(message, place)
        if isinstance(body, Group) and not _single(body):
            message = "a group can be captured only if every alternative is exactly one atom without a name"
            raise self.error(message, start)
        self.captured[name] = place
        return name

    def atom(self, depth: int) -> Atom | Group:
        start = self.place
        if self.take("("):
            group = Group(self.alternatives(depth + 1))
            if not self.take(")"):
                message = "this `(` is not closed" if self.at_end() else "expected `)`, `->` or `|`"
                raise self.error(message, start if self.at_end() else None)
            return group
        if self.take("!"):
            return Atom(self.excluded(), negated=True)
        if self.take("."):
            return Atom((), negated=True)
        for sign, kind in _SIGNS.items():
            if self.take(sign):
                return Atom((kind,))
        word = self.kind()
        if self.looking_at("["):
            return Atom((word,), tests=self.tests(kinds_of(word), word))
        return Atom((word,))

    def kind(self) -> str:
        start = self.place
        word = self.word()
        if not word:
            message = "expected a kind, a group of kinds, `!`, `.`, `(`, `^` or `$`"
            raise self.error(message)
        if word not in KINDS and word not in GROUPS:
            message = f"unknown kind `{word}`{suggestion(word, {*KINDS, *GROUPS})}"
            raise self.error(message, start)
        return word

    def excluded(self) -> tuple[str, ...]:
        start = self.place
        if not self.take("("):
            return (self.kind(),)
        words = [self.kind()]
        while self.take("|"):
            words.append(self.kind())
        if not self.take(")"):
            message = "this `(` is not closed" if self.at_end() else "`!( )` holds kinds, separated by `|`"
            raise self.error(message, start if self.at_end() else None)
        return tuple(words)

    def tests(self, kinds: frozenset[str], word: str) -> tuple[Expression, ...]:
        start = self.place
        tests: list[Expression] = []
        for begin, end in _split_tests(self.text, start):
            text = self.text[begin:end]
            try:
                test = parse_expression(text)
            except PathError as error:
                raise error.within(self.text, begin) from None
            if test.attributes:
                message = "a test speaks of one node; a comparison of two belongs into `where`"
                raise self.error(message, begin + len(text) - len(text.lstrip()))
            self.check(test, kinds, word, begin, text)
            tests.append(test)
            self.place = end + 1
        self.space()
        return tuple(tests)

    def check(self, test: Expression, kinds: frozenset[str], word: str, begin: int, text: str) -> None:
        """Refuse attributes that no node of these kinds has, and numbers where a truth is needed."""
        allowed = attributes_of(kinds)
        for name in sorted(test.names):
            if name not in allowed:
                place = _place_of(name, text)
                message = f"`{word}` has no attribute `{name}`{suggestion(name, allowed)}"
                raise self.error(message, begin + place)
        for name in _truths(test.root):
            type_ = (
                ATTRIBUTES[name].type if name in ATTRIBUTES else "number" if name in {"consumers", "calls"} else "text"
            )
            if type_ != "flag":
                message = f"`{name}` is no flag ({type_}); compare it with something"
                raise self.error(message, begin + _place_of(name, text))


def _place_of(name: str, text: str) -> int:
    found = re.search(rf"(?<!['\"\w]){name}(?!\w)", text)
    return found.start() if found else 0


def _split_tests(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of every test in the brackets that open at `start`.

    Raises:
        PathError: the brackets are not closed, or a test is empty.
    """
    depth, quote, begin, place = 0, "", start + 1, start + 1
    while place < len(text):
        sign = text[place]
        if quote:
            if sign == "\\":
                place += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif depth and sign in ")]}":
            depth -= 1
        elif not depth and sign in ",]":
            if not text[begin:place].strip():
                message = "expected a test, such as `rate > 0`"
                raise PathError(message, text, place)
            yield begin, place
            if sign == "]":
                return
            begin = place + 1
        place += 1
    message = "this `[` is not closed"
    raise PathError(message, text, start)


def _truths(term: expressions.Term) -> Iterator[str]:
    """Yield the bare names that are used as truths."""
    match term:
        case expressions.Name():
            yield term.name
        case expressions.Not():
            yield from _truths(term.operand)
        case expressions.Logic():
            for part in term.parts:
                yield from _truths(part)
        case _:
            return


def _single(group: Group) -> bool:
    """Whether every alternative is one atom that has no name of its own."""
    return all(
        len(chain) == 1
        and (chain[0].low, chain[0].high, chain[0].capture) == (1, 1, None)
        and (isinstance(chain[0].body, Atom) or _single(chain[0].body))
        for chain in group.alternatives
    )


def _empty_chain(chain: Chain) -> bool:
    return all(
        item.low == 0 or (isinstance(item.body, Group) and any(_empty_chain(each) for each in item.body.alternatives))
        for item in chain
    )


def _size(chain: Chain) -> int:
    size = 0
    for item in chain:
        inner = 1 if isinstance(item.body, Atom) else sum(_size(each) for each in item.body.alternatives)
        size += inner * max(item.low, item.high or 1)
    return size


# --- writing ---------------------------------------------------------------------------------------------------


def unparse(pattern: Pattern) -> str:
    """Return the text of a pattern: `parse(unparse(p)) == p`."""
    return _alternatives_text(pattern.alternatives)


def _alternatives_text(alternatives: tuple[Chain, ...]) -> str:
    return " | ".join(" -> ".join(_item_text(item) for item in chain) for chain in alternatives)


def _item_text(item: Item) -> str:
    body = f"({_alternatives_text(item.body.alternatives)})" if isinstance(item.body, Group) else _atom_text(item.body)
    signs = {bounds: sign for sign, bounds in _QUANTIFIERS.items()} | {(1, 1): ""}
    bounds = (item.low, item.high)
    text = body + signs.get(bounds, f"{{{item.low},{item.high}}}")
    return f"{text} as {item.capture}" if item.capture else text


def _atom_text(atom: Atom) -> str:
    if atom.wild:
        return "."
    if atom.negated:
        return f"!{atom.words[0]}" if len(atom.words) == 1 else f"!({' | '.join(atom.words)})"
    if atom.tests:
        return f"{atom.words[0]}[{', '.join(str(test) for test in atom.tests)}]"
    return {kind: sign for sign, kind in _SIGNS.items()}.get(atom.words[0], atom.words[0])


# --- mutants ---------------------------------------------------------------------------------------------------


def mutants(pattern: Pattern) -> Iterator[tuple[str, Pattern]]:
    """Yield (what was changed, changed pattern): every pattern that differs by one small change.

    An alternative (or an excluded kind) left out, a quantifier left out, a test left out, a part of a test left
    out, a comparison in a test moved by its boundary. A capture may be missing in a mutant.
    """
    for description, alternatives in _mutate_alternatives(pattern.alternatives):
        yield description, Pattern(alternatives)


def _mutate_alternatives(alternatives: tuple[Chain, ...]) -> Iterator[tuple[str, tuple[Chain, ...]]]:
    for index, chain in enumerate(alternatives):
        before, after = alternatives[:index], alternatives[index + 1 :]
        if before or after:
            yield f"dropped alternative `{_alternatives_text((chain,))}`", (*before, *after)
        for place, item in enumerate(chain):
            for description, changed in _mutate_item(item):
                yield description, (*before, (*chain[:place], changed, *chain[place + 1 :]), *after)


def _mutate_item(item: Item) -> Iterator[tuple[str, Item]]:
    if (item.low, item.high) != (1, 1):
        once = replace(item, low=1, high=1)
        yield f"`{_item_text(item)}` became `{_item_text(once)}`", once
    if isinstance(item.body, Group):
        for description, alternatives in _mutate_alternatives(item.body.alternatives):
            yield description, replace(item, body=Group(alternatives))
    else:
        for description, atom in _mutate_atom(item.body):
            yield description, replace(item, body=atom)


def _mutate_atom(atom: Atom) -> Iterator[tuple[str, Atom]]:
    if atom.negated and len(atom.words) > 1:
        for index, word in enumerate(atom.words):
            words = (*atom.words[:index], *atom.words[index + 1 :])
            yield f"dropped excluded `{word}`", replace(atom, words=words)
    bare = _atom_text(replace(atom, tests=()))
    for index, test in enumerate(atom.tests):
        before, after = atom.tests[:index], atom.tests[index + 1 :]
        yield f"dropped test `{test}` of `{bare}`", replace(atom, tests=(*before, *after))
        for description, changed in expressions.mutants(test):
            yield f"{description} in `{bare}`", replace(atom, tests=(*before, changed, *after))
