"""Comments that silence rules: `# lintnet: ignore[rule-name] reason`, found by the tokenizer, never inside a string.

Knows comments and lines. Knows no rule: whether a name means one, and whether it silenced anything, is judged where the
findings are (`lintnet.engine.suppress`).
"""

from __future__ import annotations

import io
import re
import tokenize
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from lintnet.ir import Location
from lintnet.ir.finding import Ignore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["read_ignores"]

_MARK: Final = "lintnet:"
_FORM: Final = "write `# lintnet: ignore[rule-name] reason`"
_NO_CODE: Final = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile what few files need: where a direction begins in a comment, and its parts."""
    return (
        re.compile(r"#\s*lintnet:\s*"),
        re.compile(r"ignore(?P<file>-file)?(?:\s*\[(?P<rules>[^\]]*)\])?(?P<rest>.*)", re.DOTALL),
    )


def read_ignores(lines: Sequence[str], path: str, line_map: Sequence[tuple[int, int]] = ()) -> tuple[Ignore, ...]:
    """Read every such comment of a file, the malformed ones too.

    A comment behind code silences the lines of its statement where the statement begins there, else its own line. One
    on a line of its own silences the statement behind it, or inside a statement the next line. `ignore-file` silences
    the whole file and stands before the first statement; a docstring may precede it.

    `lines` are those of the file, with or without line ends. For a notebook `line_map` says for each line which cell it
    stands in, and where in the cell. Text that is no Python is read as far as the tokenizer comes.
    """
    if not any(_MARK in line for line in lines):
        return ()
    layout = _Layout([], {}, set())
    first, code, only_docstring = 0, False, True
    for token in _tokens(lines):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if not token.line[: token.start[1]].strip():
                layout.bare.add(line)
            if _MARK in token.string:
                layout.comments.append((token, not code))
        elif token.type == tokenize.NEWLINE:
            layout.statements.update(dict.fromkeys(range(first, line + 1), (first, line)))
            code = code or not only_docstring
            first, only_docstring = 0, True
        elif token.type not in _NO_CODE:
            first = first or line
            # A docstring may stand before the comments that speak for the file.
            only_docstring = only_docstring and token.type == tokenize.STRING and not code
            code = code or not only_docstring
    found: list[Ignore] = []
    for token, early in layout.comments:
        line = token.start[0]
        cell, shown = line_map[line - 1] if line <= len(line_map) else (None, line)
        place = Location(path, shown, token.start[1] + 1, shown, token.end[1] + 1, lines[line - 1].strip(), cell)
        begin, end = _silenced(line, layout)
        found.append(
            _ignore(token.string, place, early=early)._replace(first=begin + shown - line, last=end + shown - line)
        )
    return tuple(found)


class _Layout(NamedTuple):
    """How a file is laid out.

    comments are those to lintnet, each with whether it stands before all code; statements has the first and last line
    of the statement on each line; bare are the lines that hold nothing but a comment.
    """

    comments: list[tuple[tokenize.TokenInfo, bool]]
    statements: dict[int, tuple[int, int]]
    bare: set[int]


def _tokens(lines: Sequence[str]) -> Iterator[tokenize.TokenInfo]:
    """Yield tokens until the text ends or is no Python."""
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError, RecursionError):
        return


def _ignore(comment: str, location: Location, *, early: bool) -> Ignore:
    """Read one comment, leaving out which lines it speaks for."""
    begin, form = _patterns()
    found = begin.search(comment)
    if found is None:
        return Ignore(location, problem=_FORM)
    parts = form.fullmatch(comment, found.end())
    if parts is None or (parts["rules"] is None and parts["rest"] and not parts["rest"][0].isspace()):
        word = comment[found.end() :].split(maxsplit=1)
        return Ignore(location, problem=f"`{word[0] if word else ''}` is no direction to lintnet; {_FORM}")
    rules = tuple(word.strip() for word in (parts["rules"] or "").split(",") if word.strip())
    if not rules:
        return Ignore(location, problem=f"an ignore names the rules it silences; {_FORM}")
    if parts["file"] and not early:
        return Ignore(location, problem="`ignore-file` stands before the first statement of a file")
    reason = re.split(r"\s#\s", parts["rest"], maxsplit=1)[0].strip(" \t-:–")
    return Ignore(location, rules, reason, whole_file=parts["file"] is not None)


def _silenced(line: int, layout: _Layout) -> tuple[int, int]:
    """Return the first and last line that a comment on a line speaks for."""
    span = layout.statements.get(line)
    if span is not None and line not in layout.bare:
        return span if span[0] == line else (line, line)
    behind = line + 1
    if span is not None:  # on a line of its own inside a statement
        return behind, behind
    while behind in layout.bare:
        behind += 1
    return layout.statements.get(behind, (behind, behind))
