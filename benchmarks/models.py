"""Recipes for the big models of `run.py`: `python benchmarks/models.py NAME PATH` writes one file.

A process of its own, because what the measuring process has ever held in memory counts towards its children.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import onnx

__all__ = ["RECIPES"]

_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))


class _Model:
    """Collects nodes and float32 weights (embedded as raw bytes, as exporters do) and writes the file."""

    def __init__(self) -> None:
        import numpy as np

        self.random = np.random.default_rng(0)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, shape: tuple[int, ...], value: float | None = None) -> str:
        import numpy as np
        from onnx import TensorProto, helper

        data: np.ndarray = (
            self.random.standard_normal(shape, dtype=np.float32) * 0.02
            if value is None
            else np.full(shape, value, dtype=np.float32)
        )
        self.weights.append(helper.make_tensor(name, TensorProto.FLOAT, shape, data.tobytes(), raw=True))
        return name

    def node(self, op: str, inputs: list[str], name: str, **attributes: object) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(op, inputs, [f"{name}_out"], name=name, **attributes))
        return f"{name}_out"

    def write(self, path: Path, shape: list[int | str], end: str, classes: int) -> None:
        import onnx
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(end, TensorProto.FLOAT, ["batch", classes])],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        onnx.save(model, str(path))


def resnet50_onnx(path: Path) -> None:
    """Write ResNet-50 (He et al. 2016; stride in the 3x3 convolution), 25.6 million parameters, batch norm kept."""
    model = _Model()

    def conv(x: str, name: str, inp: int, out: int, *, kernel: int = 1, stride: int = 1) -> str:
        weight = model.weight(f"{name}.weight", (out, inp, kernel, kernel))
        sizes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [kernel // 2] * 4}
        x = model.node("Conv", [x, weight], name, **sizes)
        parts = (("weight", 1.0), ("bias", 0.0), ("mean", 0.0), ("var", 1.0))
        norm = [model.weight(f"{name}.bn.{part}", (out,), value) for part, value in parts]
        return model.node("BatchNormalization", [x, *norm], f"{name}.bn", epsilon=1e-5)

    x = model.node("Relu", [conv("x", "conv1", 3, 64, kernel=7, stride=2)], "relu")
    x = model.node("MaxPool", [x], "maxpool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    inp = 64
    for stage, (width, blocks) in enumerate(_STAGES, 1):
        for block in range(blocks):
            name, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            y = model.node("Relu", [conv(x, f"{name}.conv1", inp, width)], f"{name}.relu1")
            y = model.node("Relu", [conv(y, f"{name}.conv2", width, width, kernel=3, stride=stride)], f"{name}.relu2")
            y = conv(y, f"{name}.conv3", width, 4 * width)
            short = conv(x, f"{name}.downsample", inp, 4 * width, stride=stride) if block == 0 else x
            x = model.node("Relu", [model.node("Add", [y, short], f"{name}.add")], f"{name}.relu3")
            inp = 4 * width
    x = model.node("Flatten", [model.node("GlobalAveragePool", [x], "avgpool")], "flatten", axis=1)
    weights = [model.weight("fc.weight", (1000, 2048)), model.weight("fc.bias", (1000,), 0.0)]
    end = model.node("Gemm", [x, *weights], "fc", transB=1)
    model.write(path, ["batch", 3, 224, 224], end, 1000)


def large_onnx(path: Path) -> None:
    """Write a perceptron of 1.2 GB: eighteen layers of 4096 units, below the 2 GB a protobuf may have."""
    model = _Model()
    x, width = "x", 4096
    for layer in range(18):
        weights = [model.weight(f"fc{layer}.weight", (width, width)), model.weight(f"fc{layer}.bias", (width,), 0.0)]
        x = model.node("Gemm", [x, *weights], f"fc{layer}", transB=1)
        x = model.node("Relu", [x], f"relu{layer}")
    weights = [model.weight("head.weight", (10, width)), model.weight("head.bias", (10,), 0.0)]
    model.write(path, ["batch", width], model.node("Gemm", [x, *weights], "head", transB=1), 10)


def small_onnx(path: Path) -> None:
    """Write a clean model of a few layers, on which only starting costs."""
    model = _Model()
    weights = [model.weight("hidden.weight", (16, 8)), model.weight("hidden.bias", (16,), 0.0)]
    x = model.node("Relu", [model.node("Gemm", ["x", *weights], "hidden", transB=1)], "relu")
    weights = [model.weight("head.weight", (3, 16)), model.weight("head.bias", (3,), 0.0)]
    model.write(path, ["batch", 8], model.node("Gemm", [x, *weights], "head", transB=1), 3)


def resnet50_keras(path: Path) -> None:
    """Write the ResNet-50 of Keras with random weights."""
    import keras

    keras.applications.ResNet50(weights=None).save(path)


RECIPES: Mapping[str, Callable[[Path], None]] = {
    "small.onnx": small_onnx,
    "resnet50.onnx": resnet50_onnx,
    "large.onnx": large_onnx,
    "resnet50.keras": resnet50_keras,
}
"""Every recipe by the name of the file it writes."""

if __name__ == "__main__":
    RECIPES[sys.argv[1]](Path(sys.argv[2]))
