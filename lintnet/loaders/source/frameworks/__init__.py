"""The tables of all frameworks as one, each loaded when a name of its own is met for the first time.

Knows which packages a table speaks of; what it says stands in the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lintnet.loaders.source.tables import Row, Table

__all__ = ["EXTERNAL", "ROWS", "canonical"]

_HERE: Final = "lintnet.loaders.source.frameworks"
_COMMON: Final = "common"
_TORCH: Final = "torch_table"
_KERAS: Final = "keras_table"

# Package -> the table that has its names, or the names that stand for them.
_PACKAGES: Final = {
    **dict.fromkeys(
        (
            "torch",
            "torchvision",
            "torchaudio",
            "timm",
            "pytorch_lightning",
            "lightning",
            "lightning_fabric",
            "transformers",
            "mmengine",
            "mmcv",
            "mmdet",
            "mmseg",
            "fairscale",
            "fairseq",
            "fvcore",
            "detectron2",
            "apex",
            "xformers",
            "flash_attn",
            "einops",
            "monai",
            "huggingface_hub",
            "torch_geometric",
            "accelerate",
            "ignite",
        ),
        _TORCH,
    ),
    **dict.fromkeys(
        ("keras", "tensorflow", "tf_keras", "keras_core", "tensorflow_addons", "keras_cv", "keras_nlp"), _KERAS
    ),
}

EXTERNAL: Final = frozenset({"torch", "keras", "tensorflow", "tf_keras", "keras_core", "numpy", "jax", "scipy"})
"""Packages that are never read, even where they lie beside the checked files: the tables speak for them."""

_MOST_STEPS: Final = 8


class _Tables(Mapping[str, "Row"]):
    """Rows of all frameworks by canonical name."""

    def __init__(self) -> None:
        self._loaded: dict[str, tuple[Table, Mapping[str, str]]] = {}
        self._found: dict[str, Row | None] = {}
        self._names: dict[str, str] = {}

    def _table(self, name: str) -> tuple[Table, Mapping[str, str]]:
        loaded = self._loaded.get(name)
        if loaded is None:
            module = import_module(f"{_HERE}.{name}")
            loaded = self._loaded[name] = cast("Table", module.TABLE), cast("Mapping[str, str]", module.ALIASES)
        return loaded

    def _of(self, path: str) -> Iterator[tuple[Table, Mapping[str, str]]]:
        special = _PACKAGES.get(path.partition(".")[0])
        if special:
            yield self._table(special)
        yield self._table(_COMMON)

    def __getitem__(self, path: str) -> Row:
        try:
            row = self._found[path]
        except KeyError:
            row = next((table[path] for table, _ in self._of(path) if path in table), None)
            self._found[path] = row
        if row is None:
            raise KeyError(path)
        return row

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def get(self, path: str, default: Row | None = None) -> Row | None:  # type: ignore[override]
        """Return the row of a canonical name."""
        try:
            row = self._found[path]
        except KeyError:
            try:
                row = self[path]
            except KeyError:
                row = None
        return default if row is None else row

    def __iter__(self) -> Iterator[str]:
        for name in (_COMMON, _TORCH, _KERAS):
            yield from self._table(name)[0]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def canonical(self, path: str) -> str:
        """Return the name under which the tables know a name; the name itself where none does."""
        known = self._names.get(path)
        if known is None:
            known = self._names[path] = self._canonical(path)
        return known

    def _canonical(self, path: str) -> str:
        for _ in range(_MOST_STEPS):
            shorter = self._step(path)
            if shorter == path:
                break
            path = shorter
        return path

    def _step(self, path: str) -> str:
        """Replace the longest part from the front that is an alias."""
        for table, aliases in self._of(path):
            if path in aliases:
                return aliases[path]
            if path in table:
                return path
            head, _, _ = path.rpartition(".")
            while head:
                if head in aliases:
                    return aliases[head] + path[len(head) :]
                head, _, _ = head.rpartition(".")
        return path


_TABLES: Final = _Tables()

ROWS: Final[Table] = _TABLES
"""Rows of all frameworks by canonical name."""


def canonical(path: str) -> str:
    """Return the canonical name of a dotted name: `tf.keras.layers.Dense` imported as such is `keras.layers.Dense`."""
    return _TABLES.canonical(path)
