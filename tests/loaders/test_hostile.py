"""Hostile archives and configs: one LoadError, in bounded time and memory; nothing of the file is run or written."""

from __future__ import annotations

import copy
import io
import json
import os
import struct
import time
import tracemalloc
import zipfile
import zlib
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lintnet.loaders import LoadError, load_file
from lintnet.loaders.limits import DEFAULT, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIG: dict[str, Any] = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "s",
        "layers": [{"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2}}],
    },
}
_TEXT = json.dumps(_CONFIG).encode()


def _zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def _patched(archive: bytes, signature: bytes, offset: int, format: str, value: int) -> bytes:
    """Overwrite one field behind the last occurrence of a record's signature."""
    data = bytearray(archive)
    struct.pack_into(format, data, archive.rindex(signature) + offset, value)
    return bytes(data)


def _refused(content: bytes, name: str = "m.keras", memory: int = 3 * MIB) -> LoadError:
    """Read a hostile file; it must be refused in little memory and without an explosion of work."""
    import_module("lintnet.loaders.keras")  # so that its import is not counted
    import_module("lintnet.loaders.onnx")
    tracemalloc.start()
    begin = time.process_time()
    try:
        with pytest.raises(LoadError) as caught:
            load_file(io.BytesIO(content), name)
        seconds, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seconds < 10  # a guard, no measurement: explosions take minutes
    assert peak < memory + 2 * len(content)
    return caught.value


@pytest.fixture(autouse=True)
def _nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test runs in an empty folder that must stay empty."""
    monkeypatch.chdir(tmp_path)
    yield
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough


def test_the_plain_archive_is_read() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        (graph,) = load_file(io.BytesIO(_zip(("config.json", _TEXT), method=method)), "m.keras")
        assert [node.kind for node in graph.nodes] == ["input", "linear", "output"]


def test_a_bomb_is_refused_from_the_directory() -> None:
    assert "200 times" in _refused(_zip(("config.json", b" " * (8 * MIB) + _TEXT))).reason


def test_a_bomb_that_lies_about_its_size_is_stopped_while_inflating() -> None:
    bomb = _zip(("config.json", b" " * (8 * MIB) + _TEXT))
    lying = _patched(bomb, b"PK\x01\x02", 24, "<L", 100)
    assert "unpacks to more than it says" in _refused(lying).reason


def test_more_than_the_limit_is_refused_before_it_is_read() -> None:
    archive = _zip(("config.json", _TEXT), method=zipfile.ZIP_STORED)
    assert "allowed are" in _refused(_patched(archive, b"PK\x01\x02", 24, "<L", DEFAULT.json + 1)).reason


def test_wrong_sizes_sums_and_offsets_are_damage() -> None:
    archive = _zip(("config.json", _TEXT))
    for offset, format, value in ((16, "<L", 1), (24, "<L", len(_TEXT) - 1), (20, "<L", 3), (42, "<L", 9)):
        _refused(_patched(archive, b"PK\x01\x02", offset, format, value))


def test_duplicate_members_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = _zip(("config.json", _TEXT), ("config.json", b"{}"))
    assert "2 members of this name" in _refused(archive).reason


def test_encryption_and_other_methods_are_refused() -> None:
    archive = _zip(("config.json", _TEXT))
    assert "encrypted" in _refused(_patched(archive, b"PK\x01\x02", 8, "<H", 1)).reason
    assert "method 12" in _refused(_patched(archive, b"PK\x01\x02", 10, "<H", 12)).reason


def test_a_directory_of_absurd_size_is_refused() -> None:
    archive = _zip(("config.json", _TEXT))
    assert "cut short" in _refused(_patched(archive, b"PK\x05\x06", 12, "<L", 1 << 31)).reason
    assert "too large" in _refused(_patched(archive, b"PK\x05\x06", 10, "<H", 60_000)).reason


@pytest.mark.parametrize("name", ["../../escape", "/absolute", "a/../../b", "C:/drive", "..\\windows", "//share/x"])
def test_names_that_lead_out_of_the_archive_are_refused(name: str) -> None:
    archive = _zip((name, b"x"), ("config.json", _TEXT))
    assert "leads out" in _refused(archive).reason


@pytest.mark.parametrize("name", ["assets/a..b", "a/b/c.txt", ".hidden", "..."])
def test_names_that_only_look_strange_are_not(name: str) -> None:
    archive = _zip((name, b"x"), ("config.json", _TEXT))
    assert len(load_file(io.BytesIO(archive), "m.keras")) == 1


def test_zip64_is_read() -> None:
    """An archive above 4 GiB has its sizes in extra fields; written by hand, since zipfile does not for a small one."""
    packed = zlib.compress(_TEXT)[2:-4]
    name, full = b"config.json", 0xFFFFFFFF
    crc = zlib.crc32(_TEXT)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 8, 0, 0, crc, len(packed), len(_TEXT), len(name), 0)
    extra = struct.pack("<2H3Q", 1, 24, len(_TEXT), len(packed), 0)
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, 8, 0, 0, crc, full, full, len(name), len(extra), 0, 0, 0, 0, full
    )
    directory = entry + name + extra
    start = len(local) + len(name) + len(packed)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, full, full, 0)
    (graph,) = load_file(io.BytesIO(local + name + packed + directory + end64 + locator + end), "m.keras")
    assert graph.coverage.layers == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{" + b'"a":[' * 60 + b"]" * 60 + b"}", "nested deeper"),
        (b'{"a":' + b"[" * 200_000, "nested deeper"),
        (b'{"a":[' + b"[]," * 1_100_000 + b"[]]}", "more than 2000000 values"),
        (b'{"class_name":"Sequential","config":{"layers":[]},"n":' + b"9" * 1_000_000 + b"}", "a number"),
        (b'{"class_name":"\xff"}', "not UTF-8"),
        (b'{"class_name":"S","config":{}', "damaged"),
        (b'{"a":"' + b'\\"' * 500_000, "damaged"),
    ],
)
def test_json_that_costs_more_than_it_may_is_refused(text: bytes, words: str) -> None:
    assert words in _refused(text, "m.json").reason


def test_brackets_in_a_text_do_not_count_as_nesting() -> None:
    config = {**_CONFIG, "note": "[{" * 200 + '\\"['}
    assert len(load_file(io.BytesIO(json.dumps(config).encode()), "m.json")) == 1


@pytest.mark.parametrize("core", ["Dense", "Functional"])
def test_nested_models_that_multiply_are_stopped(core: str) -> None:
    """Ten levels of a model that calls the next one ten times: ten thousand million calls, with layers or without."""
    start = {"class_name": "InputLayer", "name": "x", "config": {"name": "x"}, "inbound_nodes": []}
    through = {"layers": [start], "input_layers": [["x", 0, 0]], "output_layers": [["x", 0, 0]]}
    model: dict[str, Any] = {"class_name": core, "config": {"units": 1} if core == "Dense" else through}
    for _ in range(10):
        first = 0 if model["class_name"] == "Dense" else 1
        calls = [[["x", 0, 0, {}]], *([["m", index + first, 0, {}]] for index in range(9))]
        inner = {**model, "name": "m", "inbound_nodes": calls}
        ends = {"input_layers": [["x", 0, 0]], "output_layers": [["m", 9 + first, 0]]}
        model = {"class_name": "Functional", "config": {"layers": [start, inner], **ends}}
    assert "unfolds into more than" in _refused(json.dumps(model).encode(), "m.json", memory=16 * MIB).reason


def test_a_chain_of_ten_thousand_layers_is_ordinary() -> None:
    layers: list[dict[str, Any]] = [{"class_name": "InputLayer", "name": "l0", "config": {}, "inbound_nodes": []}]
    for index in range(1, 10_000):
        node = {"class_name": "Activation", "name": f"l{index}", "config": {"activation": "relu"}}
        layers.append({**node, "inbound_nodes": [[[f"l{index - 1}", 0, 0, {}]]]})
    config = {"layers": layers[::-1], "input_layers": [["l0", 0, 0]], "output_layers": [["l9999", 0, 0]]}
    (graph,) = load_file(io.BytesIO(json.dumps({"class_name": "Model", "config": config}).encode()), "m.json")
    assert len(graph.nodes) == 10_001


def _everywhere(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from _everywhere(value[key], (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _everywhere(each, (*path, index))


def _rich() -> dict[str, Any]:
    """A config with every structure the reader knows: nested, wrapped, shared, merged, recurrent, compiled."""

    def layer(class_name: str, name: str, inbound: list[Any], **config: Any) -> dict[str, Any]:
        return {
            "module": "keras.layers", "class_name": class_name, "name": name, "registered_name": None,
            "config": {"name": name, **config}, "build_config": {"input_shape": [None, 4, 8]}, "inbound_nodes": inbound,
        }  # fmt: skip

    def tensor(name: str) -> dict[str, Any]:
        config = {"shape": [None, 4, 8], "dtype": "float32", "keras_history": [name, 0, 0]}
        return {"class_name": "__keras_tensor__", "config": config}

    def call(*names: str) -> list[Any]:
        return [{"args": [tensor(names[0]) if len(names) == 1 else [tensor(name) for name in names]], "kwargs": {}}]

    inner = [
        layer("InputLayer", "i", [], batch_shape=[None, 4, 8]),
        layer("Dropout", "drop", [[["i", 0, 0, {"training": True}]]], rate=0.5, noise_shape=[None, 1, 8]),
    ]
    ends = {"input_layers": ["i", 0, 0], "output_layers": {"o": ["drop", 0, 0]}}
    op = {**layer("GetItem", "op", [{"args": [tensor("cat"), [{"class_name": "__slice__"}]], "kwargs": {}}])}
    op["module"] = "keras.src.ops.numpy"
    layers = [
        layer("InputLayer", "x", [], batch_shape=[None, 4, 8], dtype="float32"),
        layer("BatchNormalization", "bn", call("x"), axis=[-1], momentum=0.9, epsilon=1e-3),
        layer("SeparableConv1D", "sep", call("bn"), filters=8, kernel_size=[3], activation="relu", padding="same"),
        layer("TimeDistributed", "td", call("sep"), layer=layer("Dense", "d", [], units=8, activation="gelu")),
        layer("Bidirectional", "bi", call("td"), layer=layer("LSTM", "l", [], units=4, return_sequences=True)),
        layer("RNN", "rnn", call("bi"), cell=layer("GRUCell", "c", [], units=8), return_sequences=True),
        {**layer("Functional", "inner", call("rnn")), "config": {"name": "inner", "layers": inner, **ends}},
        layer("Concatenate", "cat", call("inner", "x"), axis=-1),
        op,
        layer("EinsumDense", "e", call("cat"), equation="abc,cd->abd", output_shape=[None, 3], bias_axes="d"),
        layer("MultiHeadAttention", "mha", call("x", "x"), num_heads=2, key_dim=4, output_shape=None),
        layer("Permute", "perm", call("x"), dims=[2, 1]),
        layer("Reshape", "re", call("x"), target_shape=[-1, 8]),
        layer("ZeroPadding1D", "pad", call("x"), padding=[1, 2]),
        layer("Dense", "out", call("e"), units=1, activation={"class_name": "ReLU", "config": {"max_value": 6}}),
    ]
    loss = {"out": {"class_name": "BinaryCrossentropy", "config": {"from_logits": True, "reduction": "sum"}}}
    return {
        "module": "keras", "class_name": "Functional",
        "config": {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["out", 0, 0]]},
        "compile_config": {"loss": loss, "optimizer": {"class_name": "Adam", "config": {"learning_rate": 1e-3}}},
    }  # fmt: skip


_PLACES = sorted(_everywhere(_rich()), key=str)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 2**31, 2**63, -(2**70), 1.5, float("inf"), float("nan"), 1e308]),
    st.sampled_from(
        ["", "x", "relu", "out", "Dense", "Sequential", "function", "a,b->", "->", "\0", "my>f", "é" * 5000]
    ),
    st.sampled_from([[], {}, [[]], [None], [1, 2, 3, 4, 5], ["x", 0, 0], ["x", 0, 9], {"class_name": "__tuple__"}]),
    st.sampled_from(
        [{"class_name": "function", "config": 3}, {"config": {}}, {"class_name": []}, [[["out", 0, 0, {}]]]]
    ),
)


def test_the_rich_config_is_read() -> None:
    (graph,) = load_file(io.BytesIO(json.dumps(_rich()).encode()), "m.json")
    assert graph.coverage.not_understood == ()
    assert graph.nodes[-1].kind == "loss"


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PLACES), _VALUES), min_size=1, max_size=3))
def test_any_value_anywhere_gives_a_graph_or_a_load_error(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    holder: dict[str, Any] = {"": _rich()}
    for path, value in changes:
        target: Any = holder
        keys: list[str | int] = ["", *path]
        try:
            for key in keys[:-1]:
                target = target[key]
            target[keys[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed the place
    reason, graph = "", None
    try:
        (graph,) = load_file(io.BytesIO(json.dumps(holder[""]).encode()), "m.json")
    except LoadError as error:
        reason = error.reason
    assert "malformed" not in reason  # every type is checked; nothing falls through to the last net
    if graph is not None:
        for index, node in enumerate(graph.nodes):
            assert all(edge.node < index for edge in node.inputs)
            assert all(edge.output < len(graph.nodes[edge.node].outputs) for edge in node.inputs)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=8))
def test_any_damage_to_an_archive_gives_a_graph_or_a_load_error(at: int, patch: bytes) -> None:
    archive = bytearray(_zip(("config.json", _TEXT)))
    archive[at : at + len(patch)] = patch
    for content in (bytes(archive), bytes(archive[:at])):
        try:
            load_file(io.BytesIO(content), "m.keras")
        except LoadError:
            continue


def _functional(layers: list[dict[str, Any]], end: str, call: int = 0) -> dict[str, Any]:
    entry = {"class_name": "InputLayer", "name": "i", "config": {"batch_shape": [None, 8]}, "inbound_nodes": []}
    config = {"name": "m", "layers": [entry, *layers], "input_layers": [["i", 0, 0]], "output_layers": [[end, call, 0]]}
    return {"class_name": "Functional", "config": config}


def test_long_names_of_nested_models_do_not_multiply() -> None:
    names = ["i", *(f"d{index}" for index in range(2000))]
    dense = [
        {"class_name": "Dense", "name": name, "config": {"units": 3}, "inbound_nodes": [[[source, 0, 0, {}]]]}
        for source, name in pairwise(names)
    ]
    tree = _functional(dense, names[-1])
    for depth in range(4):
        name = f"{'z' * 4000}{depth}"
        tree = _functional([{**tree, "name": name, "inbound_nodes": [[["i", 0, 0, {}]]]}], name, 1)
    assert "names of nested layers" in _refused(json.dumps(tree).encode(), "m.json", 200 * MIB).reason
