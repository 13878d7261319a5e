"""One valid rule file that the tests of the reader change in one place at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lintnet.rulebook.reader import read_rule
from lintnet.rulebook.references import Reference

if TYPE_CHECKING:
    from lintnet.rulebook.rule import Rule

RULE = """\
+++
name       = "dropout-meets-norm"
code       = "DRP901"
summary    = "A dropout feeds a batch norm."
since      = "0.1.0"
grade      = "B"
severity   = "warning"
phase      = "training"
default    = "on"
tier       = 1
front_ends = ["T", "K"]
tags       = ["regularization"]
aliases    = ["dropout-near-norm"]
path       = "dropout[rate > 0] as drop -> activation* -> batch_norm[running] as norm"
where      = "ratio < 1 and drop.rate < 1"
message    = "dropout (rate {drop.rate:g}) leaves {ratio:.2f} of the variance at `{norm.name}`"
help       = "move the dropout behind the norm"

[let]
ratio = "variance_shift(drop, norm)"
half  = "ratio / 2"

[[severity_when]]
if   = "ratio >= 0.9"
then = "advice"

[[severity_when]]
if   = "half > 10"
then = "off"

[[cite]]
key = "smith2020drop"

[[cite]]
key      = "jones2021keep"
stance   = "against"
strength = "practice"
claim    = "It did no harm."
limits   = "One run."

[[proof]]
test      = "tests/facts/test_variance.py::test_ratio"
statement = "the ratio is the printed one"
+++

# dropout-meets-norm

## What it does
Looks for the pair. `[absent2000key]` in code is no citation, nor is [a link](https://example.org).

## Why it hurts
The variance changes [smith2020drop], though not always [jones2021keep].

## Example
```graph bad also=NRM101,some-rule
x -> dropout(rate=0.5) -> batch_norm -> y
```

```text
## not a heading, only an illustration
```

## Use instead
```graph good phase=inference front_end=Oi
x -> batch_norm -> y
```

## When to ignore
```keras good
model = None
```
"""

MINIMAL = """\
+++
name     = "relu-twice"
code     = "OWN001"
severity = "warning"
phase    = "any"
path     = "relu -> relu"
message  = "a ReLU follows a ReLU"
help     = "remove one"
+++
"""

REFERENCES = {
    key: Reference(
        key=key,
        type="misc",
        authors=authors,
        title="A title",
        year=2020,
        verified=verified,
        claim="A claim.",
        limits=limits,
        arxiv="2001.00001",
        venue="arXiv",
    )
    for key, authors, verified, limits in (
        ("smith2020drop", ("Smith, Ann", "Doe, Joe", "Roe, Jim"), "yes", "Small nets."),
        ("jones2021keep", ("Jones, Kim", "Lee, Bo"), "bibliographic", ""),
        ("false2000news", ("False, Al",), "no", "All."),
        ("bare2000limit", ("Bare, Al",), "yes", ""),
    )
}
FACTS = frozenset({"variance_shift"})
ORIGIN = "rules/dropout/dropout-meets-norm.md"


def read(text: str = RULE, *, user: bool = False, origin: str = ORIGIN) -> Rule:
    """Read a rule against the sample references and facts."""
    return read_rule(text, origin, REFERENCES, user=user, facts=FACTS)


def changed(old: str, new: str, text: str = RULE) -> str:
    """Return the sample with its one `old` replaced; a sample that no longer holds it must fail the test."""
    assert text.count(old) == 1, old
    return text.replace(old, new)
