"""Stable identity of findings.

The same fault keeps its id over weights, node order, exporter versions and names that a framework made up.
Source: the fingerprints of SARIF 2.1.0, section 3.27.17, applied to graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["finding_id", "fingerprint"]

_LENGTH = 16


def finding_id(rule: str, anchor_scope: str, start_scope: str, kinds: Iterable[str]) -> str:
    """Hash the rule, where it acts, where its path starts and the kinds along it (skipped nodes left out)."""
    return _hash(rule, anchor_scope, start_scope, *kinds)


def fingerprint(path: str, qualname: str, finding: str) -> str:
    """Hash the model's key, which is its relative path and qualified name, with the finding's id."""
    return _hash(f"{path}::{qualname}", finding)


def _hash(*parts: str) -> str:
    from hashlib import sha256  # noqa: PLC0415 - a clean run has nothing to hash

    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
