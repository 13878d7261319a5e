"""The page of a rule file: headings, fenced examples, cited keys. Knows Markdown fences and nothing of rendering."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lintnet.rulebook.errors import fail
from lintnet.rulebook.rule import Example

__all__ = ["HEADINGS", "LANGUAGES", "OPTIONS", "Page", "read_page"]

HEADINGS: Final = ("What it does", "Why it hurts", "Example", "Use instead", "When to ignore")
"""The sections of a page, in order. *Evidence* is generated from the citations."""

LANGUAGES: Final = ("graph", "keras", "torch", "onnx")
"""Languages an example can be written in."""

OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "also": (),
    "phase": ("training", "inference"),
    "provenance": ("training", "inference", "folded", "source", "tree", "opaque"),
    "front_end": ("S", "T", "K", "Ot", "Oi"),
    "format": (),
    "optimizer": (),
    "learning_rate": (),
    "batch_size": (),
}
"""What may stand behind `bad` or `good` as `key=value`, with the values allowed; no values means any.

also: codes of other rules that rightly fire. phase: how a torch model is exported (training if absent).
provenance, front_end, format: where a graph pretends to come from. optimizer, learning_rate, batch_size: how it is
trained.
"""

_NUMBERS: Final = frozenset({"learning_rate", "batch_size"})
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e-?\d{1,3})?")
_FENCE: Final = re.compile(r"(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`]*)")
_KEY: Final = re.compile(r"\[([a-z]+[0-9]{4}[a-z0-9]+)\](?![(\[])")
_CODE: Final = re.compile(r"(`+).+?\1")


@dataclass(frozen=True, slots=True)
class Page:
    """The readable half of a rule file: sections by heading, the examples in them, and the keys it cites."""

    sections: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]
    cited: tuple[tuple[str, int], ...]
    """Every `[key]` of the text with its line, code left out."""


@dataclass(slots=True)
class _Section:
    """A section while it is read."""

    heading: str
    line: int
    rows: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        return "\n".join(self.rows).strip("\n") if any(row.strip() for row in self.rows) else ""


def read_page(text: str, name: str, origin: str, *, first_line: int = 1, partial: bool = False) -> Page:
    """Read the page of the rule called `name`; `first_line` is the line of the file on which `text` begins.

    With `partial` sections may be missing, as in a user's own rule; their order holds all the same.

    Raises:
        RuleError: a heading that is missing, unknown or out of order, text outside the sections, an unclosed fence,
            or an info string that is not understood.
    """
    sections: list[_Section] = []
    examples: list[Example] = []
    cited: list[tuple[str, int]] = []
    lines = text.splitlines()
    number = first_line - 1
    fence, opened, info, block = "", 0, "", list[str]()
    titled = False
    for line in lines:
        number += 1
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                example = _example(info, "\n".join(block), opened, origin)
                if example is not None:
                    examples.append(example)
                fence = ""
            else:
                block.append(line)
        elif match := _FENCE.fullmatch(line.strip()):
            fence, info, opened, block = match["fence"], match["info"], number, []
        elif line.startswith("## "):
            _open_section(sections, line[3:].strip(), origin, number)
            continue
        elif line.startswith("# ") and not sections and not titled:
            titled = True
            if line[2:].strip() != name:
                fail(origin, f"the title of the page must be the name of the rule, `# {name}`", line=number)
            continue
        else:
            cited.extend((key, number) for key in _KEY.findall(_CODE.sub("", line)))
        if sections:
            sections[-1].rows.append(line)
        elif line.strip():
            fail(origin, f"text before the first heading; begin with `## {HEADINGS[0]}`", line=number)
    if fence:
        fail(origin, "this fenced block is never closed", line=opened)
    present = {section.heading for section in sections}
    missing = [heading for heading in HEADINGS if heading not in present]
    if missing and not partial:
        fail(origin, f"the page lacks the heading `## {missing[0]}`", line=max(number, 1))
    for section in sections:
        if not section.text:
            fail(origin, f"the section `{section.heading}` is empty", line=section.line)
    shown = tuple((section.heading, section.text) for section in sections)
    return Page(shown, tuple(examples), tuple(cited))


def _open_section(sections: list[_Section], heading: str, origin: str, line: int) -> None:
    if heading == "Evidence":
        fail(origin, "`Evidence` is generated from the citations; leave it out", line=line)
    if heading not in HEADINGS:
        fail(origin, f"unknown heading `{heading}`; a page has {', '.join(HEADINGS)}", line=line)
    if sections and HEADINGS.index(heading) <= HEADINGS.index(sections[-1].heading):
        fail(
            origin, f"`{heading}` cannot follow `{sections[-1].heading}`; the order is {', '.join(HEADINGS)}", line=line
        )
    sections.append(_Section(heading, line))


def _example(info: str, text: str, line: int, origin: str) -> Example | None:
    """Return the example a fence holds; None for a fence without `bad` or `good`, which only illustrates."""
    words = info.split()
    verdicts = [word for word in words[1:] if word in ("bad", "good")]
    if not verdicts:
        if words and (words[0] == "graph" or any("=" in word for word in words[1:])):
            fail(origin, f"say `bad` or `good` behind `{words[0]}`, so that the example is tested", line=line)
        return None
    language, verdict, *rest = words
    if language not in LANGUAGES:
        fail(origin, f"`{language}` is no language of an example; use {', '.join(LANGUAGES)}", line=line)
    if verdict not in ("bad", "good"):
        fail(origin, f"`{verdicts[0]}` comes right behind `{language}`", line=line)
    if not text.strip():
        fail(origin, "this example is empty", line=line)
    options: dict[str, str] = {}
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals or not value or key not in OPTIONS or key in options:
            fail(origin, f"`{word}` is not understood; known options: {', '.join(OPTIONS)}", line=line)
        if OPTIONS[key] and value not in OPTIONS[key]:
            fail(origin, f"{key} must be one of {', '.join(OPTIONS[key])}, not `{value}`", line=line)
        if key in _NUMBERS and not _NUMBER.fullmatch(value):
            fail(origin, f"{key} must be a number, not `{value}`", line=line)
        options[key] = value
    also = tuple(word for word in options.pop("also", "").split(",") if word)
    return Example(language, verdict == "bad", text, line, tuple(options.items()), also)
