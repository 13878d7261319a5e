"""Checks of how a model is trained: what is told of its optimizer, which is no part of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.ir import Unknown
from lintnet.ir.finding import Severity
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts
    from lintnet.ir.finding import QuantityValue

__all__ = ["DEFAULT_RATES", "learning_rate_extreme"]

DEFAULT_RATES: Final[dict[str, tuple[float, float]]] = {
    "adam": (1e-3, 1e-3),
    "adamw": (1e-3, 1e-3),
    "nadam": (1e-3, 2e-3),
    "adamax": (1e-3, 2e-3),
    "rmsprop": (1e-3, 1e-2),
    "sgd": (1e-2, 1e-3),
}
"""Default rate of every optimizer that is judged, in Keras 3.15 and in torch 2.13; tests/proofs compares them.

Optimizers of another scale (Adagrad, Adadelta, Adafactor, Lion, LARS, LAMB, L-BFGS) are left out on purpose.
"""

_LARGEST: Final = dict.fromkeys(DEFAULT_RATES, 0.1) | {"sgd": 2.0}
_SMALLEST: Final = 1e-8
_LARGE_BATCH: Final = 4096


def learning_rate_extreme(facts: Facts) -> Iterator[CheckFinding]:
    """A constant learning rate far outside what its optimizer can use; one finding per model, where its loss is stated.

    A saved model carries the rate that training ended with, which a schedule may have brought down, so that small rates
    count in source only.
    """
    training, nodes = facts.graph.training, facts.graph.nodes
    if isinstance(training.optimizer, Unknown) or isinstance(training.learning_rate, Unknown):
        return
    name, rate = training.optimizer.replace("_", "").lower(), training.learning_rate
    if name not in DEFAULT_RATES or not nodes or not _extreme(facts, name, rate):
        return
    ends = [index for index, node in enumerate(nodes) if node.kind == "loss"]
    ends = ends or [index for index, node in enumerate(nodes) if node.kind == "output"]
    anchor = ends[0] if ends else len(nodes) - 1
    quantities: dict[str, QuantityValue] = {"learning_rate": rate}
    if rate == 0:
        effect = "nothing is trained"
    else:
        torch = any(node.op.startswith("torch.") for node in nodes)
        ratio = rate / DEFAULT_RATES[name][torch]
        quantities["times_default"] = float(f"{ratio:.3g}")
        effect = f"{ratio:.3g} times its default"
    yield CheckFinding(
        anchor=anchor,
        witness=(anchor,),
        values={"optimizer": training.optimizer, "rate": f"{rate:g}", "effect": effect},
        quantities=quantities,
        severity=Severity.error if rate == 0 else None,
    )


def _extreme(facts: Facts, name: str, rate: float) -> bool:
    if rate <= _SMALLEST:
        return facts.graph.provenance.front_end == "S"
    if rate < _LARGEST[name]:
        return False
    batch = facts.graph.training.batch_size
    # Rates are scaled with the batch, by a factor of 16 and more at such sizes.
    return name != "sgd" or isinstance(batch, Unknown) or batch < _LARGE_BATCH
