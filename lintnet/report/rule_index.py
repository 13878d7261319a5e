"""What is made of the documents: the index of rules, the outputs below snippets, the sources of claims.

Knows rules, references and Markdown; knows no graph, and how a snippet is checked only as a function that it is given.
The texts are pure functions of what they are made of, so that a test can compare them with the committed files.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from lintnet.report.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lintnet.ir.finding import Citation
    from lintnet.rulebook.references import Reference
    from lintnet.rulebook.rule import Rule

__all__ = ["cited_keys", "outputs_of", "rule_index", "snippets", "with_sources"]

_HEAD: Final = """\
# Rules

Made by `lintnet dev docs` from the files in [rules/](../rules); edit those. `lintnet explain NAME` prints a whole page:
why, examples, every source with what it claims and where the claim stops.

- **Severity.** *error*: provable and wrong; *warning*: very probably costs accuracy or correctness, with known
  exceptions; *advice*: worth a look; *info*: an identity, only counted. Some rules lower it where the effect is small.
- **Grade.** *A*: identity, arithmetic or API contract, executed by a test; *A\\**: the fact is exact, that it is a
  mistake is a judgement; *B*: experiments by several groups; *C*: one line of work; *D*: contested, both sides shown.
- **Default.** *on*: runs by default; *ped*: in profile `pedantic`; *dep*: in profile `deploy`; *off*: when selected by
  name.
- **Seen in.** *S*: Python source of Keras and PyTorch; *K*: Keras model; *Ot*: ONNX training graph; *Oi*: ONNX
  inference file; *T*: live torch, not read yet. What a file cannot show is *not applicable*, never passed.
- **Fix.** *safe*: the outputs stay equal; *unsafe*: they may not; *none*: there is no mechanical one. lintnet changes
  no file.
"""

_SNIPPET: Final = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_KEY: Final = re.compile(r"\[([a-z]+\d{4}[a-z0-9]*)\](?!\()")
_SOURCES: Final = "\n## Sources\n\n"


def rule_index(rules: Sequence[Rule]) -> str:
    """Return the index as Markdown: a table of all rules per family, then a section per rule with its file.

    Rules come in the order of their codes, and their files lie at `rules/FAMILY/NAME.md`.
    """
    families = [(name, list(members)) for name, members in groupby(rules, key=_family)]
    lines = [_HEAD]
    lines.append(f"{count(len(rules), 'rule')} in {count(len(families), 'family', 'families')}.\n")
    for name, members in families:
        lines += [f"## {name}\n", *_table(members), ""]
    lines.append("# One by one\n")
    for rule in rules:
        lines += _section(rule)
    return "\n".join(lines).rstrip("\n") + "\n"


def snippets(text: str) -> Iterator[tuple[str, str]]:
    """Yield the Python snippets of a document, each with the output that is printed below it."""
    for found in _SNIPPET.finditer(text):
        yield found[1], found[2]


def outputs_of(text: str, check: Callable[[str], str]) -> str:
    """Return the document with the output below each Python snippet as `check` gives it for the snippet's text."""
    return _SNIPPET.sub(lambda found: f"```python\n{found[1]}```\n\n```text\n{check(found[1])}```\n", text)


def cited_keys(text: str) -> tuple[str, ...]:
    """Return the keys of the sources that a document cites as `[author2020word]`, sorted, each once."""
    return tuple(sorted(set(_KEY.findall(text.partition(_SOURCES)[0]))))


def with_sources(text: str, references: Mapping[str, Reference]) -> str:
    """Return the document with the list below its heading `Sources` made of the sources that it cites.

    Raises:
        KeyError: it cites what is not in `references`.
    """
    body, heading, _ = text.partition(_SOURCES)
    if not heading:
        return text
    entries = "".join(f"{_entry(references[key])}\n" for key in cited_keys(text))
    return f"{body}{heading}{entries}"


def _entry(reference: Reference) -> str:
    parts = (reference.venue, str(reference.year), "" if reference.venue else reference.detail)
    where = ", ".join(part for part in parts if part)
    link = _link(reference)
    title = f"[{reference.title}]({link})" if link else reference.title
    limits = f" *Limits: {reference.limits}*" if reference.limits else ""
    return f"- [{reference.key}] {reference.short_authors}, {where}. {title}. {reference.claim}{limits}"


def _family(rule: Rule) -> str:
    return rule.origin.split("/")[1].capitalize()


def _table(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| code | rule | what it finds | severity | grade | default | seen in | fix |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in rules:
        cells = (
            rule.code,
            f"[{rule.name}](#{rule.name})",
            rule.summary,
            rule.severity.name,
            rule.grade.replace("*", r"\*"),
            rule.default,
            " ".join(rule.front_ends),
            rule.fix.partition(":")[0],
        )
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.name}\n"
    aliases = f" Also called {', '.join(rule.aliases)}." if rule.aliases else ""
    yield f"{rule.code} · {rule.severity.name} · [{rule.origin}](../{rule.origin}){aliases}\n"
    what = dict(rule.sections).get("What it does", rule.summary)
    yield f"{_first_paragraph(what)}\n"
    yield f"- fix: {rule.fix}"
    for title, stance in (("for", "for"), ("against or limiting", "against")):
        cited = [each for each in rule.citations if each.stance == stance and not each.further]
        if cited:
            yield f"- {title}: {' · '.join(_source(each) for each in cited)}"
    for proof in rule.proofs:
        yield f"- executed: {proof.statement}"
    yield ""


def _first_paragraph(text: str) -> str:
    return text.strip().partition("\n\n")[0]


def _source(citation: Citation) -> str:
    link = _link(citation)
    return f"[{citation.short}]({link})" if link else citation.short


def _link(source: Citation | Reference) -> str:
    if source.doi:
        return f"https://doi.org/{source.doi}"
    return f"https://arxiv.org/abs/{source.arxiv}" if source.arxiv else source.url
