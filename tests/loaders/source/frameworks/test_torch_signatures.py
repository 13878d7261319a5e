"""The signatures in the torch tables against those of the real torch."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from lintnet.loaders.source.frameworks.torch_table import ALIASES, TABLE
from lintnet.loaders.source.signatures import read_signature

# Classes that hide their parameters behind *args; theirs come from the documentation and are tested by calling them.
_HIDDEN = {"RNN", "LSTM", "GRU"}
# Where the tables hold a text for something that is no literal.
_SPOKEN = {"activation": "relu"}


def _path(path: str) -> Any:
    import torch

    found: Any = torch
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


def _real(signature: inspect.Signature) -> list[tuple[str, str, Any]]:
    return [
        (p.name, p.kind.name.replace("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"), p.default)
        for p in signature.parameters.values()
        if p.name != "self"
    ]


def _ours(text: str) -> list[tuple[str, str, Any]]:
    namespace: dict[str, Any] = {}
    exec(f"def f({text}): pass", namespace)  # noqa: S102 - a signature of our own table
    return _real(inspect.signature(namespace["f"]))


def _differ(ours: list[tuple[str, str, Any]], real: list[tuple[str, str, Any]]) -> str:
    if len(ours) != len(real):
        return f"{[each[0] for each in ours]} is not {[each[0] for each in real]}"
    for mine, its in zip(ours, real, strict=True):
        default = _SPOKEN.get(its[0], its[2]) if callable(its[2]) and its[2] is not inspect.Parameter.empty else its[2]
        if mine[:2] != its[:2] or mine[2] != default:
            return f"{mine} is not {its}"
    return ""


def _classes() -> list[str]:
    import torch

    return [
        name
        for name in dir(torch.nn)
        if inspect.isclass(found := getattr(torch.nn, name)) and issubclass(found, torch.nn.Module) and name[0] != "_"
    ]


@pytest.mark.oracle
def test_every_layer_class_of_torch_has_a_row() -> None:
    missing = [name for name in _classes() if f"torch.nn.{name}" not in TABLE]
    assert missing == ["RNNBase", "RNNCellBase"]


@pytest.mark.oracle
def test_constructors_and_calls_of_layers_are_those_of_torch() -> None:
    import torch

    wrong: list[str] = []
    for name in _classes():
        row = TABLE.get(f"torch.nn.{name}")
        if row is None or name in _HIDDEN:
            continue
        cls = getattr(torch.nn, name)
        pairs = [(row.signature, cls.__init__), (row.call if row.run is not None else "*", cls.forward)]
        wrong += [
            f"{name}: {why}"
            for text, function in pairs
            if not text.startswith("*") and (why := _differ(_ours(text), _real(inspect.signature(function))))
        ]
    assert wrong == []


@pytest.mark.oracle
def test_hidden_constructors_take_what_the_tables_say() -> None:
    import torch

    for name in _HIDDEN:
        signature = read_signature(TABLE[f"torch.nn.{name}"].signature)
        made = getattr(torch.nn, name)(3, 4, **dict(signature.defaults))
        assert made.hidden_size == 4
        for key, value in signature.defaults.items():
            assert getattr(made, key, value) == value
        positional = [
            3,
            4,
            *(signature.defaults[key] for key in signature.names[2:] if key not in {"device", "dtype", "proj_size"}),
        ]
        assert getattr(torch.nn, name)(*positional).hidden_size == 4


@pytest.mark.oracle
def test_signatures_of_functions_are_those_of_torch() -> None:
    import torch.nn.functional as F  # noqa: N812 - its usual name

    wrong: list[str] = []
    checked = 0
    for path, row in TABLE.items():
        name = path.rpartition(".")[2]
        if not path.startswith("torch.nn.functional.") or not hasattr(F, name):
            continue
        found = getattr(F, name)
        if name.startswith(("max_pool", "adaptive_max_pool")):
            found = getattr(F, f"{name}_with_indices")
        try:
            real = _real(inspect.signature(found))
        except ValueError:
            continue
        checked += 1
        if why := _differ(_ours(row.signature), real):
            # return_indices stands last in one of the two functions behind the name, as torch's documentation has it.
            wrong.append(f"{name}: {why}")
    assert checked > 60
    assert wrong == []


@pytest.mark.oracle
def test_every_function_for_models_has_a_row() -> None:
    import torch.nn.functional as F  # noqa: N812 - its usual name

    helpers = ("has_torch_function", "handle_torch_function", "boolean_dispatch", "assert_int_or_pair", "scaled_mm",
               "grouped_mm", "scaled_grouped_mm", "conv_tbc", "pdist", "fractional", "max_unpool", "linear_cross",
               "embedding_bag", "native_channel")  # fmt: skip
    missing = [
        name
        for name in dir(F)
        if callable(getattr(F, name))
        and not inspect.isclass(getattr(F, name))
        and getattr(getattr(F, name), "__module__", "") != "typing"
        and not name.startswith(("_", *helpers))
        and not name.endswith("_with_indices")
        and f"torch.nn.functional.{name}" not in TABLE
    ]
    assert missing == []


@pytest.mark.oracle
def test_names_of_rows_exist_in_torch() -> None:
    """What the tables speak of under torch is there: a row of a wrong name is never found."""
    # What subclasses of Module usually have; modules that are imported only when asked for; private names.
    customary = {
        "torch.nn.Module.reset_parameters",
        "torch.nn.Module._reset_parameters",
        "torch.nn.Module.reset_running_stats",
    }
    lazy = ("torch.nn.utils.prune.", "torch.utils.model_zoo.", "torch.utils.tensorboard.", "torch.nn.utils._")
    private = {"torch.nn.NonDynamicallyQuantizableLinear", "torch.nn.ParameterList.__contains__"}
    wrong: list[str] = []
    for path in TABLE:
        if path.startswith("torch.") and not path.startswith(lazy) and path not in customary | private:
            try:
                _path(path)
            except AttributeError:
                wrong.append(path)
    assert sorted(wrong) == []


@pytest.mark.oracle
def test_classes_are_found_under_the_modules_they_are_defined_in() -> None:
    from lintnet.loaders.source.frameworks import canonical

    for name in _classes():
        cls = _path(f"torch.nn.{name}")
        path = f"torch.nn.{name}"
        if path in TABLE and cls.__module__.startswith("torch.nn.modules"):
            assert canonical(f"{cls.__module__}.{name}") == path


def test_every_signature_can_be_read() -> None:
    for row in TABLE.values():
        read_signature(row.signature)
        read_signature(row.call)


def test_aliases_lead_to_rows_or_to_what_stands_in_front_of_them() -> None:
    fronts = {path.rpartition(".")[0] for path in TABLE} | {
        path.rpartition(".")[0].rpartition(".")[0] for path in TABLE
    }
    assert [name for name, target in ALIASES.items() if target not in TABLE and target not in fronts] == []
