"""The graphs that a rule's examples in the graph notation stand for. Knows the options of a fence; runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN
from lintnet.ir.graph import Training
from lintnet.paths.notation import parse_graph, split_examples

if TYPE_CHECKING:
    from lintnet.ir import Graph
    from lintnet.rulebook.rule import Example

__all__ = ["graphs_of"]

_FRONT_END: Final = {"inference": "Oi", "folded": "Oi", "source": "S", "tree": "T"}


def graphs_of(example: Example) -> tuple[Graph, ...]:
    """Return the graphs of a `graph` block, in order; other languages need their framework and give none.

    Without options a graph is one as it is trained, seen by the front end that sees most (a Keras configuration).

    Raises:
        PathError: the block is not in the graph notation.
    """
    if example.language != "graph":
        return ()
    options = dict(example.options)
    kind = options.get("provenance") or options.get("phase") or "training"
    front_end = options.get("front_end", _FRONT_END.get(kind, "K"))
    form = options.get("format", "graph")
    training = Training(
        options.get("optimizer", UNKNOWN),
        float(options["learning_rate"]) if "learning_rate" in options else UNKNOWN,
        int(float(options["batch_size"])) if "batch_size" in options else UNKNOWN,
    )
    texts = split_examples(example.text)
    return tuple(
        parse_graph(text, provenance=kind, front_end=front_end, format=form, path=f"example-{number}")._replace(
            training=training
        )
        for number, text in enumerate(texts, start=1)
    )
