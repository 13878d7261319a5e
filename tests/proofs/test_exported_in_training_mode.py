"""EXP101: what the flags do when a runtime executes the file."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.oracle


def _runs(training: bool) -> bool:
    """Whether two runs of a graph with one Dropout differ, in the reference implementation of ONNX."""
    import numpy as np
    import onnx
    from onnx.reference import ReferenceEvaluator

    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node("Dropout", ["x", "ratio", "mode"], ["y"])
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", float32, [1000])],
        [helper.make_tensor_value_info("y", float32, [1000])],
        [
            helper.make_tensor("ratio", float32, [], [0.5]),
            helper.make_tensor("mode", onnx.TensorProto.BOOL, [], [training]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    session = ReferenceEvaluator(model)
    x = np.ones(1000, dtype=np.float32)
    first, second = (np.asarray(next(iter(session.run(None, {"x": x})))) for _ in range(2))
    return not np.array_equal(first, second)


def test_live_dropout_changes_predictions_from_call_to_call() -> None:
    assert _runs(training=True)
    assert not _runs(training=False)
