"""The doors a model can come in by: each takes the code example of a rule and gives the graph that is read there.

Knows the rule files, how a framework saves a model, and the readers; judges nothing. A new door is one more line of
`DOORS`: a name, the language of the examples it takes, the front end that a rule's card calls it by, and what to do.
"""

from __future__ import annotations

import re
import warnings
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lintnet.lifting import lift
from lintnet.loaders import load
from lintnet.loaders.source import Project
from lintnet.rulebook.book import Rulebook, load_rules
from lintnet.rulebook.place import rules_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from lintnet.ir import Graph
    from lintnet.rulebook.rule import Example, Rule

ROOT = rules_root()
FILES = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("*/*.md"))]
LANGUAGES = ("keras", "torch")


class Block(NamedTuple):
    """A code example: the file of its rule, the language, and its number among those in that language."""

    file: str
    language: str
    number: int


class Door(NamedTuple):
    """One way in. front_end is the word of the cards (section 1.4 of the catalogue); read gives the graphs."""

    name: str
    languages: tuple[str, ...]
    front_end: str
    read: Callable[[Rule, Example], tuple[Graph, ...] | None]
    """None where the example names no input, without which it cannot be exported."""
    runs: bool = True
    """Whether the example is executed, so that its framework is needed."""


@lru_cache(maxsize=1)
def book() -> Rulebook:
    """Return the bundled rules."""
    return load_rules()


def rule_of(file: str) -> Rule:
    """Return the rule of a file."""
    return next(rule for rule in book().rules if rule.origin == f"rules/{file}")


def code_blocks(language: str) -> list[Block]:
    """Return the examples in a language, without reading the rules: this runs at collection."""
    pattern = re.compile(rf"(?m)^```{language} (?:bad|good)")
    return [
        Block(file, language, number)
        for file in FILES
        for number in range(len(pattern.findall((ROOT / file).read_text("utf-8"))))
    ]


def example_of(block: Block) -> tuple[Rule, Example]:
    """Return the rule and the example of a block."""
    rule = rule_of(block.file)
    return rule, [example for example in rule.examples if example.language == block.language][block.number]


def block_id(block: Block) -> str:
    """Name a block in the reports of pytest."""
    return f"{block.file.rpartition('/')[2].removesuffix('.md')}-{block.language}-{block.number}"


def run(rule: Rule, example: Example) -> dict[str, Any]:
    """Run the code of an example, as a person would who copied it."""
    names: dict[str, Any] = {"__name__": "example"}
    code = compile(example.text, f"{rule.origin}:{example.line}", "exec")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of some faults the framework itself warns, too
        exec(code, names)  # noqa: S102 - our own documentation
    return names


def _source(_: Rule, example: Example) -> tuple[Graph, ...]:
    """Read the text; nothing is run."""
    return Project().read("example.py", example.text.encode()).graphs


def _keras_file(rule: Rule, example: Example) -> tuple[Graph, ...]:
    with TemporaryDirectory() as folder:
        target = Path(folder) / "model.keras"
        run(rule, example)["model"].save(target)
        return load(str(target))


def _exporter(*, dynamo: bool, training: bool) -> Callable[[Rule, Example], tuple[Graph, ...] | None]:
    """Return what exports an example with one of torch's two exporters, in one of the two modes."""

    def read(rule: Rule, example: Example) -> tuple[Graph, ...] | None:
        import torch

        names = run(rule, example)
        if "example_input" not in names:
            return None
        names["model"].train(training)
        mode = torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.EVAL
        # The new exporter folds batch norm even in training mode unless told to leave the graph alone; the old one is
        # told to keep what is constant, and takes the mode as an argument.
        options: dict[str, Any] = (
            {"optimize": not training, "verbose": False}
            if dynamo
            else {"training": mode, "do_constant_folding": not training}
        )
        with TemporaryDirectory() as folder, warnings.catch_warnings():
            # torch advises against its own old exporter, and the new one deprecates parts of itself.
            warnings.simplefilter("ignore")
            target = str(Path(folder) / "model.onnx")
            torch.onnx.export(names["model"], (names["example_input"],), target, dynamo=dynamo, **options)
            return load(target)

    return read


SOURCE: Final = Door("source", LANGUAGES, "S", _source, runs=False)
DOORS: Final = {
    door.name: door
    for door in (
        SOURCE,
        Door("keras", ("keras",), "K", _keras_file),
        Door("onnx-training-legacy", ("torch",), "Ot", _exporter(dynamo=False, training=True)),
        Door("onnx-training-dynamo", ("torch",), "Ot", _exporter(dynamo=True, training=True)),
        Door("onnx-inference-legacy", ("torch",), "Oi", _exporter(dynamo=False, training=False)),
        Door("onnx-inference-dynamo", ("torch",), "Oi", _exporter(dynamo=True, training=False)),
    )
}


@cache
def graphs_through(door: str, block: Block) -> tuple[Graph, ...] | None:
    """Return the graphs a check of the example sees through a door, None where it names no input to export it with."""
    graphs = DOORS[door].read(*example_of(block))
    return None if graphs is None else tuple(lift(graph) for graph in graphs)
