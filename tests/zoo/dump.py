"""Run as a script: writes every architecture of keras.applications, as Keras itself sees it, into a folder.

A process of its own, since one of the architectures exists over TensorFlow only, and the other tests use torch. For
each architecture a JSON file: the config as `to_json` writes it, and the graph that Keras builds back from that
config, as (producer, consumer) pairs of layer names and as layer classes by name.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(folder: Path) -> None:
    """Write one file per architecture."""
    import keras
    from keras.src.initializers.random_initializers import VarianceScaling

    # Weights are never looked at: zeros cost a tenth of random numbers.
    VarianceScaling.__call__ = lambda _self, shape, dtype=None, **_: keras.ops.zeros(shape, dtype)
    for name in sorted(vars(keras.applications)):
        build: Any = getattr(keras.applications, name)
        if not name[0].isupper() or not callable(build):
            continue
        text = build(weights=None).to_json()
        model = keras.models.model_from_json(text)
        (folder / f"{name}.json").write_text(
            json.dumps({"config": text, "edges": _edges(model), "classes": _classes(model)}), encoding="utf-8"
        )
        keras.backend.clear_session()


def _edges(model: Any) -> list[tuple[str, str]]:
    function = getattr(model, "_functional", None) or model
    return sorted(
        {
            (parent.operation.name, node.operation.name)
            for nodes in function._nodes_by_depth.values()
            for node in nodes
            for parent in node.parent_nodes
        }
    )


def _classes(model: Any) -> dict[str, str]:
    return {layer.name: type(layer).__name__ for layer in model.layers}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
