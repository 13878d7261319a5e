"""What a Keras model really is: traced by Keras itself, saved as JSON, and read by the Keras reader.

Knows Keras and the reader of saved models, which has an oracle of its own; nothing of how source is read. A saved model
does not hold the bodies of classes, so while a model is built and traced the layers of the program, and Lambda layers,
are run on the spot: what they call becomes part of the graph.
"""

from __future__ import annotations

import inspect
import io
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from lintnet.loaders import load_file
from tests.loaders.source.compare import Seen, from_graph

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["is_graph", "opened", "record", "traced"]


@contextmanager
def opened(keras: Any) -> Generator[None]:
    """Run the layers of the program where they are called, instead of making one node of each."""
    original, weight = keras.layers.Layer.__call__, keras.layers.Layer.add_weight

    def add_weight(layer: Any, shape: Any = (), **kwargs: Any) -> Any:
        """Give layers of the program numbers, since the JSON of an operation cannot hold a variable."""
        if type(layer).__module__.startswith("keras."):
            return weight(layer, shape=shape, **kwargs)
        return np.ones(shape, "float32")

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.layers.Lambda):
            return layer.function(*args, **kwargs)
        if type(layer).__module__.startswith("keras."):
            return original(layer, *args, **kwargs)
        return _run(layer, args, kwargs)

    keras.layers.Layer.__call__, keras.layers.Layer.add_weight = call, add_weight
    try:
        yield
    finally:
        keras.layers.Layer.__call__, keras.layers.Layer.add_weight = original, weight


def _run(layer: Any, args: Any, kwargs: Any) -> Any:
    if not layer.built:
        shape = [tuple(each.shape) for each in args[0]] if isinstance(args[0], list | tuple) else tuple(args[0].shape)
        layer.build(shape)
    parameters = inspect.signature(layer.call).parameters
    if "training" in parameters and kwargs.get("training") is None:
        kwargs = {**kwargs, "training": True}
    return layer.call(*args, **kwargs)


def is_graph(keras: Any, model: Any) -> bool:
    """Whether Keras itself knows the graph of a model, so that nothing is to be traced."""
    return isinstance(model, keras.Sequential) or type(model).__name__ == "Functional"


def traced(keras: Any, model: Any, shapes: Sequence[Sequence[int]], dtype: str) -> Any:
    """Make a functional model of one whose graph is code, by calling that code on symbolic tensors."""
    inputs = [keras.Input(tuple(shape), dtype=dtype) for shape in shapes]
    outputs = _run(model, (inputs[0] if len(inputs) == 1 else inputs,), {})
    return keras.Model(inputs, outputs)


def record(model: Any) -> tuple[Seen, ...]:
    """Return the nodes of a functional or sequential model."""
    (graph,) = load_file(io.BytesIO(model.to_json(default=_number).encode()), "model.json")
    assert graph.coverage.not_understood == (), graph.coverage.not_understood
    return from_graph(graph)


def _number(value: Any) -> Any:
    """Write a constant tensor as its numbers, which the JSON of Keras does not."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "detach"):
        return value.detach().cpu().tolist()
    return json.JSONEncoder().default(value)
