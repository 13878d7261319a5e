"""Checks of how weights begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lintnet.facts.beginnings import (
    chain_gain,
    constant_effect,
    energy_factor,
    next_weight,
    rectified_chains,
    saturated_share,
)
from lintnet.ir import GROUPS, Unknown
from lintnet.ir.finding import Severity
from lintnet.rulebook.checking import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.facts import Facts

__all__ = ["constant_init", "init_variance_mismatch"]

_EFFECTS: Final = {
    "dead": "its rectifier passes no gradient, so nothing here is ever trained",
    "copies": "its {units} units stay copies of each other",
    "alike at first": "its {units} units start as copies of each other",
}


def constant_init(facts: Facts) -> Iterator[CheckFinding]:
    """Hidden weight layers that start with one constant; one finding per layer.

    An error where that never changes; a warning where only the random start of the next layer, or a dropout, tells the
    units apart.
    """
    seen: set[str] = set()
    for index, node in enumerate(facts.graph.nodes):
        effect = constant_effect(facts, index)
        if not effect or node.layer in seen:
            continue
        seen.add(node.layer)
        following, between = next_weight(facts, index)
        units = node.get("out")
        yield CheckFinding(
            anchor=index,
            witness=(index, *between, following),
            values={"layer": node.name, "init": str(node.get("init")), "effect": _EFFECTS[effect].format(units=units)},
            quantities={"identical_units": units} if isinstance(units, int) else {},
            severity=Severity.warning if effect == "alike at first" else None,
        )


_DEEP: Final = 10
_LOW: Final = 1e-3
_HIGH: Final = 1e3
_SATURATING: Final = 16
_EXPLODING: Final = 4
_FIXED: Final = frozenset({"normal", "uniform"})


def init_variance_mismatch(facts: Facts) -> Iterator[CheckFinding]:
    """Initial weights that make a signal explode or vanish before training: along a chain, or in one layer alone.

    A chain of rectified layers without norm or shortcut whose gain lies outside 1e-3 to 1e3 is advice, from 10 layers
    on a warning. A fixed spread that saturates most of its sigmoid or tanh, or that multiplies energy by more than 4 in
    front of a rectifier with no norm behind it, is a warning.
    """
    told: set[str] = set()
    for index, node in enumerate(facts.graph.nodes):
        found = _gross(facts, index)
        if found is not None and node.layer not in told:
            told.add(node.layer)
            yield found
    for chain, gain in rectified_chains(facts):
        if _LOW <= gain <= _HIGH or any(facts.node(index).layer in told for index in chain):
            continue
        yield CheckFinding(
            anchor=chain[0],
            witness=tuple(chain),
            values={"gain": f"{gain:.2g}", "where": f"over {len(chain)} layers from `{facts.node(chain[0]).name}` on"},
            quantities={"gain": float(f"{gain:.3g}"), "layers": len(chain)},
            severity=Severity.warning if len(chain) >= _DEEP else None,
        )


def _gross(facts: Facts, index: int) -> CheckFinding | None:
    node, readers = facts.node(index), facts.consumers[index]
    if node.get("init") not in _FIXED or len(readers) != 1:
        return None
    factor, reader = energy_factor(facts, index), facts.node(readers[0])
    if isinstance(factor, Unknown):
        return None
    if reader.kind in {"sigmoid", "hard_sigmoid", "tanh"}:
        if factor <= _SATURATING:
            return None
        share = saturated_share(reader.kind, factor)
        where = f"in `{node.name}`: {share:.0%} of its units start saturated"
        return CheckFinding(
            anchor=index,
            witness=(index, readers[0]),
            values={"gain": f"{factor:.3g}", "where": where},
            quantities={"gain": float(f"{factor:.3g}"), "saturated": round(share, 3)},
            severity=Severity.warning,
        )
    gain = chain_gain(facts, index)
    behind = {facts.node(each).kind for each in facts.consumers[readers[0]]}
    normed = bool(behind & (GROUPS["norm"] | GROUPS["merge"]))
    if isinstance(gain, Unknown) or gain <= _EXPLODING or normed:
        return None
    return CheckFinding(
        anchor=index,
        witness=(index, readers[0]),
        values={"gain": f"{gain:.3g}", "where": f"in `{node.name}` alone"},
        quantities={"gain": float(f"{gain:.3g}")},
        severity=Severity.warning,
    )
