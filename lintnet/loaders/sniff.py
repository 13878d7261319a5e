"""What a file is, by its content; the name decides only where the content cannot.

Knows the first bytes of every model format, and of those that are not read the way out. Reads no model: the package
of the format does that.
"""

from __future__ import annotations

import codecs
import os
import stat
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from lintnet.loaders.archive import members, read_head
from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import KIB

if TYPE_CHECKING:
    from typing import BinaryIO

    from lintnet.loaders.limits import Limits

__all__ = ["Format", "may_be_model", "open_regular", "sniff"]


class Format(StrEnum):
    """The formats that are read."""

    ONNX = "onnx"
    KERAS = "keras"
    SOURCE = "source"
    NOTEBOOK = "notebook"


class _Unread(NamedTuple):
    """A format that is known and not read: what it is, the way out, and whether it holds no graph at all."""

    what: str
    help: str
    weights: bool = False


_READ: Final = (".onnx", ".keras", ".py", ".ipynb")
_KNOWN: Final = (".h5", ".hdf5", ".pt", ".pth", ".pt2", ".safetensors", ".tflite", ".gguf", ".ckpt")

_HEAD: Final = 4 * KIB
_TEXT_SAMPLE: Final = 512

_KERAS_WAY: Final = 'save the model as a .keras file (`model.save("model.keras")`) and check that'
_TORCH_WAY: Final = (
    "export with `torch.onnx.export(model.train(), args, path, dynamo=True, optimize=False)` and check the .onnx file"
)
_WEIGHTS_WAY: Final = "give the .keras or .onnx file"

_HDF5: Final = _Unread("a Keras HDF5 file", _KERAS_WAY)
_HDF5_WEIGHTS: Final = _Unread("a Keras weights file", _WEIGHTS_WAY, weights=True)
_SAFETENSORS: Final = _Unread("a safetensors file", _WEIGHTS_WAY, weights=True)
_NUMPY: Final = _Unread("a NumPy array file", _WEIGHTS_WAY, weights=True)
_STATE_DICT: Final = _Unread("a PyTorch state_dict", _WEIGHTS_WAY, weights=True)
_TORCH_SAVE: Final = _Unread("a file of torch.save, a pickle that lintnet never loads", _TORCH_WAY)
_PICKLE: Final = _Unread("a Python pickle, which lintnet never loads", _TORCH_WAY)
_TORCHSCRIPT: Final = _Unread("a TorchScript archive", _TORCH_WAY)
_PT2: Final = _Unread("a torch.export archive (.pt2)", _TORCH_WAY)
_TFLITE: Final = _Unread("a TensorFlow Lite file, an inference graph", "check the model it was converted from")
_SAVED_MODEL: Final = _Unread("a TensorFlow SavedModel", _KERAS_WAY)
_GGUF: Final = _Unread("a GGUF file", "check the model it was converted from")
_GZIP: Final = _Unread("a gzip-compressed file", "decompress it first")
_TAR: Final = _Unread("a tar archive", "unpack it first")

_MAGIC: Final = (
    (0, b"\x89HDF\r\n\x1a\n", _HDF5),
    (4, b"TFL3", _TFLITE),
    (0, b"\x93NUMPY", _NUMPY),
    (0, b"GGUF", _GGUF),
    (0, b"\x1f\x8b", _GZIP),
    (257, b"ustar", _TAR),
)
_ONNX_FIRST: Final = 0x08  # field 1, varint: ir_version, which every exporter writes first


def sniff(file: BinaryIO, path: str, limits: Limits) -> Format:
    """Say which reader a file is for.

    Raises:
        LoadError: it is empty, unknown, or of a format that is known and not read; the error says which, and the
            way out. Its kind is `no graph` for files that hold weights only.
    """
    file.seek(0)
    head = file.read(_HEAD)
    name = path.lower()
    if not head:
        if name.endswith(".py"):  # as many a package begins
            return Format.SOURCE
        raise LoadError(path, "the file is empty")
    if head.startswith(b"version https://git-lfs"):
        raise LoadError(path, "this is a Git LFS pointer, not a model", help="run `git lfs pull`")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(file, path, limits)
    if head.startswith(b"\x89HDF") and name.endswith(".weights.h5"):
        _refuse(path, _HDF5_WEIGHTS)
    for offset, magic, unread in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            _refuse(path, unread)
    if _is_safetensors(head):
        _refuse(path, _SAFETENSORS)
    if head[0] == 0x80 and head[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        _refuse(path, _TORCH_SAVE if name.endswith((".pt", ".pth", ".bin", ".ckpt")) else _PICKLE)
    if name.endswith(".py"):
        return Format.SOURCE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Format.NOTEBOOK if name.endswith(".ipynb") or _has_cells(head) else Format.KERAS
    if name.endswith(".pb") and head[0] in {0x08, 0x0A}:
        _refuse(path, _SAVED_MODEL)
    if head[0] == _ONNX_FIRST or (name.endswith(".onnx") and not _is_text(head)):
        return Format.ONNX
    if _is_script(text):
        return Format.SOURCE
    what = "text, not a model" if _is_text(head) else "no model format that is known"
    raise LoadError(
        path, f"this is {what} (it begins with {_show(head)})", help="models are .onnx, .keras or .py files"
    )


def may_be_model(path: str) -> bool:
    """Say whether a directory walk should take this file: by its ending, a .json by how it begins.

    Files of formats that are not read are taken too: what a folder holds and a run does not see must be said.
    """
    name = path.lower()
    if name.endswith((*_READ, *_KNOWN, "saved_model.pb")):
        return True
    if not name.endswith(".json"):
        return False
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except (LoadError, OSError):
        return False
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and b'"class_name"' in text and b'"config"' in text


def open_regular(path: str) -> BinaryIO:
    """Open a regular file for reading; a symbolic link to one is followed, since the user named it.

    Raises:
        LoadError: there is no such file, it is a directory, a device or a pipe, or may not be read.
    """
    # A pipe or a device would wait for ever in open(); what was opened is what is judged, so nothing can be exchanged.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        if os.path.isdir(path):  # noqa: PTH112 - targets are text as the user wrote them
            _refuse_directory(path)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        shown = f"the file cannot be opened: {reason[:1].lower()}{reason[1:]}"
        raise LoadError(path, shown, help="check the path and its permissions") from error
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        regular = False
    if not regular:
        os.close(descriptor)
        raise LoadError(path, "this is no regular file", help="give a file, or - for standard input")
    return os.fdopen(descriptor, "rb")


def _sniff_zip(file: BinaryIO, path: str, limits: Limits) -> Format:
    found = members(file, path, limits)
    names = [member.name for member in found]
    if "config.json" in names:
        return Format.KERAS
    if any(name.endswith(("/models/model.json", "/model.json")) for name in names):
        _refuse(path, _PT2)
    if any("/code/" in name for name in names):
        _refuse(path, _TORCHSCRIPT)
    for member in found:
        if member.name == "data.pkl" or member.name.endswith("/data.pkl"):
            _refuse(path, _STATE_DICT if _begins_as_dict(read_head(file, member, _TEXT_SAMPLE)) else _TORCH_SAVE)
    if names and all(name.endswith(".npy") for name in names):
        _refuse(path, _NUMPY)
    raise LoadError(path, "this zip archive holds no model", help="a .keras file holds a member config.json")


def _begins_as_dict(pickle: bytes) -> bool:
    """Whether a pickle's outermost object is a dict (a state_dict, a checkpoint); a model begins with its class."""
    return pickle[:1] == b"\x80" and pickle[2:].startswith((b"}", b"ccollections\nOrderedDict\n"))


def _refuse(path: str, unread: _Unread) -> NoReturn:
    if unread.weights:
        raise LoadError(path, f"this is {unread.what}: it holds weights, no graph", help=unread.help, kind="no graph")
    reason = f"this is {unread.what}; the format is not read by this version"
    raise LoadError(path, reason, help=unread.help, kind="unsupported")


def _refuse_directory(path: str) -> NoReturn:
    if os.path.exists(os.path.join(path, "saved_model.pb")):  # noqa: PTH110, PTH118 - as above
        _refuse(path, _SAVED_MODEL)
    raise LoadError(path, "this is a directory, not a model file", help="`lintnet check` takes directories")


def _is_safetensors(head: bytes) -> bool:
    """Eight bytes of length, then a JSON header; the length is at most 100 MB, so that its upper bytes are zero."""
    return len(head) > 9 and head[8:9] == b"{" and head[4:8] == b"\0\0\0\0" and head[9:].lstrip()[:1] in {b'"', b"}"}


def _has_cells(head: bytes) -> bool:
    return b'"nbformat"' in head or b'"cell_type"' in head


def _is_script(text: bytes) -> bool:
    """Whether a text without a name that tells is Python: it says so in its first line, or imports something."""
    first, _, rest = text.partition(b"\n")
    if first.startswith(b"#!") and b"python" in first:
        return True
    return _is_text(text) and any(line.startswith((b"import ", b"from ")) for line in (first, *rest.split(b"\n")))


def _is_text(head: bytes) -> bool:
    sample = head[:_TEXT_SAMPLE]
    if any(byte < 0x20 and byte not in b"\t\n\r\f" for byte in sample):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # the sample may end inside a character
    except UnicodeDecodeError:
        return False
    return True


def _show(head: bytes) -> str:
    return ascii(head[:8])[1:]
