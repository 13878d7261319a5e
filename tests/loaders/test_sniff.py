"""What a file is, by its content: the right reader, or a refusal that names the format and the way out."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from lintnet.loaders import LoadError, load, load_file, may_be_model
from lintnet.loaders.limits import DEFAULT
from lintnet.loaders.sniff import Format, sniff

if TYPE_CHECKING:
    from pathlib import Path

_MODEL = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("m.keras", _zip({"config.json": b"{}"}), Format.KERAS),
        ("wrong.onnx", _zip({"metadata.json": b"{}", "config.json": b"{}"}), Format.KERAS),
        ("m.json", b'{"class_name": "Sequential"}', Format.KERAS),
        ("m.json", b'\xef\xbb\xbf \n{"class_name": 1}', Format.KERAS),
        ("m", b"\x08\x07\x12\x07pytorch", Format.ONNX),
        ("m.onnx", b"\x3a\x02\x12\x00", Format.ONNX),
        ("m.keras", b"\x08\x07\x12\x07pytorch", Format.ONNX),
        ("m.py", b"import torch\n", Format.SOURCE),
        ("m.py", b"{}\n", Format.SOURCE),
        ("__init__.py", b"", Format.SOURCE),
        ("train", b"#!/usr/bin/env python3\nx = 1\n", Format.SOURCE),
        ("<stdin>", b"# a comment\n\nfrom torch import nn\n", Format.SOURCE),
        ("n.ipynb", b'{"cells": []}', Format.NOTEBOOK),
        ("n.json", b'{"nbformat": 4}', Format.NOTEBOOK),
        ("<stdin>", b'{\n "cells": [\n  {\n   "cell_type": "code"', Format.NOTEBOOK),
    ],
)
def test_the_content_decides(name: str, content: bytes, format: Format) -> None:
    assert sniff(io.BytesIO(content), name, DEFAULT) is format


_HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(64)
_SAFETENSORS = struct.pack("<Q", 20) + b'{"w":{"dtype":"F32"}}'
_STATE = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01."
_WHOLE = b"\x80\x02c__main__\nNet\nq\x00)\x81q\x01."


@pytest.mark.parametrize(
    ("name", "content", "words", "kind"),
    [
        ("m.onnx", b"", "is empty", "unreadable"),
        ("m.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull", "unreadable"),
        ("m.h5", _HDF5, "Keras HDF5", "unsupported"),
        ("m.weights.h5", _HDF5, "holds weights, no graph", "no graph"),
        ("m.safetensors", _SAFETENSORS, "safetensors", "no graph"),
        ("m.npz", _zip({"a.npy": b"\x93NUMPY"}), "NumPy", "no graph"),
        ("m.pt", _zip({"m/data.pkl": _STATE}), "state_dict", "no graph"),
        ("m.pt", _zip({"m/data.pkl": b"\x80\x02}q\x00."}), "state_dict", "no graph"),
        ("m.pt", _zip({"m/data.pkl": _WHOLE}), "torch.save", "unsupported"),
        ("m.pt", _zip({"m/code/__torch__.py": b"", "m/data.pkl": _WHOLE}), "TorchScript", "unsupported"),
        ("m.pt2", _zip({"m/models/model.json": b"{}"}), "torch.export", "unsupported"),
        ("m.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "torch.save", "unsupported"),
        ("m.bin", b"\x80\x04\x95", "torch.save", "unsupported"),
        ("m.pkl", b"\x80\x04\x95", "pickle", "unsupported"),
        ("m.tflite", b"\x1c\0\0\0TFL3", "TensorFlow Lite", "unsupported"),
        ("saved_model.pb", b"\x08\x01\x12\x00", "SavedModel", "unsupported"),
        ("m.gz", b"\x1f\x8b\x08\x00", "decompress", "unsupported"),
        ("n.ipynb", b'{"a torch": []}', "no cells", "unreadable"),
        ("m.onnx", b"<html>404 not found</html>", "text, not a model", "unreadable"),
        ("m.bin", b"\xff\xfe\xfd", "no model format", "unreadable"),
        ("m.zip", _zip({"readme.txt": b"hello"}), "holds no model", "unreadable"),
        ("m.json", b'{"name": "a package"}', "no Keras model", "unreadable"),
        ("m.json", b'{"class_name": ', "damaged", "unreadable"),
        ("m.keras", _zip({"config.json": b"{}"})[:-4], "cut short", "unreadable"),
    ],
)
def test_what_is_not_read_is_named_with_the_way_out(name: str, content: bytes, words: str, kind: str) -> None:
    with pytest.raises(LoadError) as caught:
        load_file(io.BytesIO(content), name)
    assert words in str(caught.value)
    assert caught.value.kind == kind
    assert caught.value.path == name


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    model.write_text(json.dumps(_MODEL))
    link = tmp_path / "link.json"
    link.symlink_to(model)
    assert load(str(link))[0].path == str(link)
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "saved_model.pb").write_bytes(b"\x08\x01")
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("missing.onnx", "no such file"),
        ("saved", "SavedModel"),
        ("", "a directory"),
        ("pipe", "no regular file"),
        ("null\0.onnx", "cannot be opened"),
    ):
        with pytest.raises(LoadError, match=words):
            load(str(tmp_path / name) if name else str(tmp_path))
    with pytest.raises(LoadError, match="no regular file"):
        load(os.devnull)


def test_a_stream_that_cannot_be_positioned_is_read() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise io.UnsupportedOperation(offset, whence)

    (graph,) = load_file(Pipe(json.dumps(_MODEL).encode()), "<stdin>")
    assert (graph.path, graph.format) == ("<stdin>", "keras")


def test_a_walk_takes_models_and_what_may_be_one(tmp_path: Path) -> None:
    keras_json, other = tmp_path / "net.json", tmp_path / "package.json"
    keras_json.write_text(json.dumps(_MODEL))
    other.write_text('{"name": "a package"}')
    known = ("a.onnx", "b.KERAS", str(keras_json), "c.pt", "d.py", "e.h5", "f.ipynb", "d.PY")
    assert [name for name in known if not may_be_model(name)] == []
    others = (str(other), str(tmp_path / "none.json"), "readme.txt", "x.pyc", "x.pyi")
    assert [name for name in others if may_be_model(name)] == []
