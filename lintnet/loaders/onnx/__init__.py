"""Reads ONNX files with the standard library only: weights are stepped over, external data is never opened.

`load` is the whole of it. Knows the format; knows no rule.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import DEFAULT
from lintnet.loaders.onnx.build import WiringError, build
from lintnet.loaders.onnx.wire import MalformedError, Reader

if TYPE_CHECKING:
    from lintnet.ir import Graph
    from lintnet.loaders.limits import Limits
    from lintnet.loaders.options import LoadOptions

__all__ = ["load"]

_MALFORMED = (
    ArithmeticError,
    AttributeError,
    KeyError,
    IndexError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def load(file: BinaryIO, path: str, options: LoadOptions, limits: Limits = DEFAULT) -> tuple[Graph, ...]:
    """Read one ONNX model from a seekable file, positioned anywhere.

    `path` is only for messages and `Graph.path`. Returns one graph.

    Raises:
        LoadError: the bytes are no ONNX model, contradict themselves, or exceed `limits`; its place is the offset
            of the record that was being read, for errors in the bytes.
    """
    reader = Reader(file, limits)
    try:
        model = reader.model()
    except MalformedError as error:
        raise LoadError(path, str(error), place=f"byte {reader.at}") from error
    except _MALFORMED as error:
        reason = "truncated, or not an ONNX file" if isinstance(error, IndexError) else "not a readable ONNX file"
        raise LoadError(path, reason, place=f"byte {reader.at}") from error
    except OSError as error:
        raise LoadError(path, f"cannot be read: {error.strerror or error}") from error
    try:
        return (build(model, path, options, limits),)
    except WiringError as error:
        raise LoadError(path, f"the graph is not sound: {error}") from error
    except _MALFORMED as error:
        raise LoadError(path, f"the graph contradicts itself: {error}") from error
