"""What a caller can tell every loader."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LoadOptions"]


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Facts a file cannot say.

    phase: `training` or `inference`, empty to decide from the file. loss: the family of the loss applied to
    the outputs (see the `family` attribute), empty when not told.
    """

    phase: str = ""
    loss: str = ""
