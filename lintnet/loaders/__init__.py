"""Readers: a file becomes graphs. Knows which reader a format has; imports it only when such a file comes.

A reader knows its format and nothing of rules or reports. Model files are untrusted: nothing of them is executed,
unpickled or followed, and every failure is one `LoadError`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import DEFAULT, GIB
from lintnet.loaders.options import LoadOptions
from lintnet.loaders.sniff import Format, may_be_model, open_regular, sniff

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from lintnet.ir import Graph
    from lintnet.loaders.limits import Limits

__all__ = ["LoadError", "LoadOptions", "load", "load_file", "may_be_model"]

_NO_OPTIONS: Final = LoadOptions()
# A pipe has to be held in memory, since the formats are read from the end or in leaps.
_LONGEST_STREAM: Final = GIB


def load(path: str, options: LoadOptions = _NO_OPTIONS, limits: Limits = DEFAULT) -> tuple[Graph, ...]:
    """Read every model of a file, whatever format its content shows.

    Raises:
        LoadError: the file is missing, no regular file, no model, of a format that is not read, damaged, or larger
            than the limits allow.
    """
    with open_regular(path) as file:
        return load_file(file, path, options, limits)


def load_file(
    file: BinaryIO, name: str, options: LoadOptions = _NO_OPTIONS, limits: Limits = DEFAULT
) -> tuple[Graph, ...]:
    """Read every model of an open binary file; `name` is what reports call it, and its ending a tie-break.

    A stream that cannot be positioned (standard input) is read into memory, up to 1 GiB.

    Raises:
        LoadError: as `load`.
    """
    try:
        source = file if file.seekable() else _held(file, name)
        if source.seek(0, io.SEEK_END) > limits.file:
            raise LoadError(name, f"the file is larger than {limits.file // GIB} GiB")
        reader = _reader(sniff(source, name, limits))
        return reader(source, name, options, limits)
    except OSError as error:
        raise LoadError(name, f"the file cannot be read: {error.strerror or error}", help="check the disk") from error


def _reader(format: Format) -> Callable[[BinaryIO, str, LoadOptions, Limits], tuple[Graph, ...]]:
    """Import the one reader that is needed."""
    match format:
        case Format.ONNX:
            from lintnet.loaders import onnx  # noqa: PLC0415 - one reader is loaded, not all

            return onnx.load
        case Format.KERAS:
            from lintnet.loaders import keras  # noqa: PLC0415 - as above

            return keras.load


def _held(file: BinaryIO, name: str) -> BinaryIO:
    data = file.read(_LONGEST_STREAM + 1)
    if len(data) > _LONGEST_STREAM:
        raise LoadError(name, "the stream is longer than 1 GiB", help="save it to a file and check that")
    return io.BytesIO(data)
