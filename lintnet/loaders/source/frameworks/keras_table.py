"""The table of Keras and TensorFlow: every name of theirs that source may use, in the spellings of all generations.

Knows where names live and what stands for what; what they mean is in the other `keras_*` modules. Rows are made when
they are asked for: TensorFlow has thousands of names, a file uses twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lintnet.loaders.source.frameworks.keras_functions import function_row, special_rows
from lintnet.loaders.source.frameworks.keras_layers import NAMES, layer_row
from lintnet.loaders.source.frameworks.keras_losses import loss_row, settings_row, tensorflow_losses
from lintnet.loaders.source.frameworks.keras_models import finish_model, outside_row, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lintnet.loaders.source.tables import Row, Table

__all__ = ["ALIASES", "TABLE", "finish_model"]

_LAYERS: Final = "keras.layers."
_LAYER_NAMES: Final = frozenset({*NAMES} - {"Layer"})


class _Table(Mapping[str, "Row"]):
    """Rows by canonical name; those of a pattern are made when they are asked for."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {**special_rows(), **tensorflow_losses(), **rows()}
        self._missing: set[str] = set()
        self._makers: tuple[Callable[[str], Row | None], ...] = (loss_row, settings_row, outside_row, function_row)

    def _find(self, path: str) -> Row | None:
        row = self._rows.get(path)
        if row is not None or path in self._missing:
            return row
        name = path.removeprefix(_LAYERS)
        if name in _LAYER_NAMES and path != name:
            row = layer_row(name)
        else:
            row = next((each for each in (make(path) for make in self._makers) if each is not None), None)
        if row is None:
            self._missing.add(path)
        else:
            self._rows[path] = row
        return row

    def __getitem__(self, path: str) -> Row:
        row = self._find(path)
        if row is None:
            raise KeyError(path)
        return row

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._find(path) is not None

    def __iter__(self) -> Iterator[str]:
        """Yield the names that are listed one by one; those of a pattern are not counted."""
        yield from self._rows
        yield from (f"{_LAYERS}{name}" for name in NAMES if f"{_LAYERS}{name}" not in self._rows)

    def __len__(self) -> int:
        return sum(1 for _ in self)


TABLE: Final[Table] = _Table()
"""Rows by canonical name: `keras.layers.Dense`, `keras.Model`, `tensorflow.nn.relu`."""

_NAMES: Final = {
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tensorflow.contrib.keras": "keras",
    "tensorflow.contrib.keras.api.keras": "keras",
    "tensorflow.contrib.layers.python.layers": "tensorflow.layers",
    "tensorflow._api.v2.v2": "tensorflow",
    "tensorflow.compat.v1": "tensorflow",
    "tensorflow.compat.v2": "tensorflow",
    "tensorflow.python": "tensorflow",
    "tensorflow.experimental.numpy": "tensorflow",
    "tf_keras": "keras",
    "keras_core": "keras",
    "keras.src": "keras",
    "keras.api": "keras",
    "keras._tf_keras.keras": "keras",
    "keras.legacy": "keras",
    "keras.models.Model": "keras.Model",
    "keras.models.Sequential": "keras.Sequential",
    "keras.models.Functional": "keras.Model",
    "keras.Functional": "keras.Model",
    "keras.engine.training.Model": "keras.Model",
    "keras.engine.topology.Layer": "keras.layers.Layer",
    "keras.engine.base_layer.Layer": "keras.layers.Layer",
    "keras.engine.Layer": "keras.layers.Layer",
    "keras.engine.InputLayer": "keras.layers.InputLayer",
    "keras.engine.topology.Input": "keras.Input",
    "keras.engine.Input": "keras.Input",
    "keras.engine.Model": "keras.Model",
    "keras.Layer": "keras.layers.Layer",
    "keras.layers.Input": "keras.Input",
    "keras.Loss": "keras.losses.Loss",
    "keras.objectives": "keras.losses",
    "keras.legacy.layers": "keras.layers",
    "keras.ops.numpy": "keras.ops",
    "keras.ops.nn": "keras.ops",
    "keras.ops.math": "keras.ops",
    "keras.ops.core": "keras.ops",
    "keras.ops.image": "keras.ops",
    "keras.ops.linalg": "keras.ops",
    "keras.activations.activations": "keras.activations",
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.backend.common": "keras.backend",
    "keras.utils.generic_utils": "keras.utils",
    "tensorflow.dtypes": "tensorflow",
    "tensorflow.losses.BinaryCrossentropy": "keras.losses.BinaryCrossentropy",
    "tensorflow.losses.CategoricalCrossentropy": "keras.losses.CategoricalCrossentropy",
    "tensorflow.losses.SparseCategoricalCrossentropy": "keras.losses.SparseCategoricalCrossentropy",
    "tensorflow.losses.MeanSquaredError": "keras.losses.MeanSquaredError",
    "tensorflow.optimizers": "keras.optimizers",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.optimizers.experimental": "keras.optimizers",
    "tensorflow.initializers": "keras.initializers",
    "keras.initializations": "keras.initializers",
    "tensorflow.zeros_initializer": "keras.initializers.Zeros",
    "tensorflow.ones_initializer": "keras.initializers.Ones",
    "tensorflow.constant_initializer": "keras.initializers.Constant",
    "tensorflow.random_normal_initializer": "keras.initializers.RandomNormal",
    "tensorflow.random_uniform_initializer": "keras.initializers.RandomUniform",
    "tensorflow.truncated_normal_initializer": "keras.initializers.TruncatedNormal",
    "tensorflow.glorot_uniform_initializer": "keras.initializers.GlorotUniform",
    "tensorflow.orthogonal_initializer": "keras.initializers.Orthogonal",
    "tensorflow.variance_scaling_initializer": "keras.initializers.VarianceScaling",
    "tensorflow_addons.layers.GroupNormalization": "keras.layers.GroupNormalization",
    "tensorflow_addons.layers.InstanceNormalization": "keras.layers.InstanceNormalization",
    "tensorflow_addons.layers.SpectralNormalization": "keras.layers.SpectralNormalization",
    "tensorflow_addons.layers.WeightNormalization": "keras.layers.WeightNormalization",
    "tensorflow_addons.layers.StochasticDepth": "keras.layers.StochasticDepth",
    "tensorflow_addons.activations": "keras.activations",
    "tensorflow.layers.Layer": "keras.layers.Layer",
    "tensorflow.layers.Dense": "keras.layers.Dense",
    "tensorflow.layers.Conv2D": "keras.layers.Conv2D",
    "tensorflow.Module": "keras.layers.Layer",
}
# Modules inside of `keras.layers`, of all generations.
_MODULES: Final = """
core convolutional pooling normalization recurrent embeddings advanced_activations noise wrappers local
convolutional_recurrent cudnn_recurrent merging regularization reshaping attention rnn activation activations
preprocessing legacy experimental rnn.legacy_cells experimental.preprocessing normalization_v2
"""


class _Aliases(Mapping[str, str]):
    """Other names, and classes that are imported from a module inside of `keras.layers`."""

    def __init__(self) -> None:
        self._names = {**_NAMES, **{f"{_LAYERS}{each}": _LAYERS[:-1] for each in _MODULES.split()}}

    def __getitem__(self, path: str) -> str:
        found = self._names.get(path)
        if found is None and path.startswith(_LAYERS):
            inside, _, name = path[len(_LAYERS) :].rpartition(".")
            if inside == "merge" or (inside and name[:1].isupper() and not inside[:1].isupper()):
                found = _LAYERS + name
        if found is None:
            raise KeyError(path)
        return found

    def __contains__(self, path: object) -> bool:
        try:
            return isinstance(path, str) and bool(self[path])
        except KeyError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


ALIASES: Final[Mapping[str, str]] = _Aliases()
"""Names, and prefixes of names, that stand for others: `tensorflow.keras` is `keras`."""
