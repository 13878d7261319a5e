"""Writes `source_denominator.toml`: which published models run when called by default, and what they are made of.

    python benchmarks/source_denominator.py [torchvision] [keras] [timm]

Each builder function is called with its default arguments (no trained weights) and the model is run once in training
mode on an empty input: torch on the meta device, by the recorder of the tests, Keras by building it. Of what runs, the
file, the function and the number of layers of each comparable kind are noted; what does not run is listed with the
reason and counts nowhere. timm has more than a thousand: the first two of each of its files stand for it.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lintnet.ir.kinds import GROUPS  # noqa: E402 - the checkout must be found first

TARGET = Path(__file__).with_suffix(".toml")
COMPARABLE = frozenset(
    {
        *("conv", "conv_transpose", "linear", "embedding", "lstm", "gru", "attention", "dropout", "add", "concat"),
        *("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"),
        *GROUPS["activation"],
        *GROUPS["pool"],
    }
)
# Tried in this order: images of three sizes, clips of two, pairs of images.
_INPUTS = (
    ((3, 224, 224),),
    ((3, 299, 299),),
    ((3, 256, 256),),
    ((3, 16, 112, 112),),
    ((3, 16, 224, 224),),
    ((3, 128, 128), (3, 128, 128)),
)
_LONGEST_REASON = 100
_OF_EACH_FILE = 2

Row = tuple[str, str, Counter[str] | str]
"""File relative to the package, name of the function, and the layers by kind, or why it does not run."""


def _torchvision() -> Iterator[Row]:
    _declare_operators()
    models: Any = importlib.import_module("torchvision.models")
    for name in models.list_models():
        build = models.get_model_builder(name)
        yield (*_place(build), _run_torch(lambda build=build: build(weights=None, **_no_backbone(build))))


def _declare_operators() -> None:
    """Declare what the import of torchvision wants, where its compiled part does not fit the installed torch."""
    import torch

    for operator in ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", "qnms(Tensor a) -> Tensor"):
        if not hasattr(torch.ops.torchvision, operator.partition("(")[0]):
            _LIBRARIES.append(torch.library.Library("torchvision", "FRAGMENT"))
            with contextlib.suppress(RuntimeError):
                _LIBRARIES[-1].define(operator)


_LIBRARIES: list[Any] = []  # a declaration lasts as long as its library


def _no_backbone(build: Callable[..., Any]) -> dict[str, None]:
    return {"weights_backbone": None} if "weights_backbone" in inspect.signature(build).parameters else {}


def _timm() -> Iterator[Row]:
    _declare_operators()
    timm: Any = importlib.import_module("timm")
    registry: Any = importlib.import_module("timm.models._registry")
    taken: Counter[str] = Counter()
    for name in timm.list_models():
        build = registry.model_entrypoint(name)
        place = _place(build)
        if taken[place[0]] < _OF_EACH_FILE:
            taken[place[0]] += 1
            yield (*place, _run_torch(build))


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    function = inspect.unwrap(function)
    module = function.__module__
    return "/".join(module.split(".")) + ".py", function.__name__


def _run_torch(build: Callable[[], Any]) -> Counter[str] | str:
    import torch

    from tests.loaders.source.oracle_torch import record

    reason = ""
    for device in ("meta", "cpu"):
        try:
            with torch.device(device), _no_initial_values(), torch.no_grad():
                model = build()
        except Exception as error:  # noqa: BLE001 - whatever happens is the reason
            reason = _words(error)
            continue
        own = getattr(model, "default_cfg", {}).get("input_size")
        for shapes in ((own,),) if own else _INPUTS:
            try:
                inputs = [torch.empty((2, *shape), device=device) for shape in shapes]
                with torch.no_grad(), torch.device(device):
                    return _comparable(node.kind for node in record(model, lambda m=model, i=inputs: m(*i)))
            except Exception as error:  # noqa: BLE001 - whatever happens is the reason
                reason = _words(error)
        break
    return reason


@contextlib.contextmanager
def _no_initial_values() -> Iterator[None]:
    """Leave weights as they are: nobody looks at them."""
    import torch

    saved = {name: value for name, value in vars(torch.nn.init).items() if name.endswith("_") and callable(value)}
    for name in saved:
        setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)
    try:
        yield
    finally:
        for name, value in saved.items():
            setattr(torch.nn.init, name, value)


def _keras() -> Iterator[Row]:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    from keras.src.initializers.random_initializers import VarianceScaling

    from lintnet.loaders import load_file
    from tests.loaders.source.compare import pooled

    VarianceScaling.__call__ = lambda _self, shape, dtype=None, **_: keras.ops.zeros(shape, dtype)
    for name in sorted(vars(keras.applications)):
        build: Any = getattr(keras.applications, name)
        if name[0].isupper() and callable(build):
            (graph,) = load_file(io.BytesIO(build(weights=None).to_json().encode()), name)
            keras.backend.clear_session()
            yield (*_place(build), _comparable(node.kind for node in pooled(graph).nodes))


def _comparable(kinds: Iterable[str]) -> Counter[str]:
    return Counter(kind for kind in kinds if kind in COMPARABLE)


def _words(error: Exception) -> str:
    text = f"{type(error).__name__}: {' '.join(str(error).split())}".replace('"', "'").replace("\\", "/")
    return text[:_LONGEST_REASON]


def _write(package: str, version: str, rows: list[Row], known: dict[str, str]) -> None:
    ran = [(file, name, counts) for file, name, counts in rows if isinstance(counts, Counter)]
    lines = [f"[{package}]", f'version = "{version}"', ""]
    for file in sorted({file for file, _, _ in ran}):
        lines.append(f'[{package}.models."{file}"]')
        for name, counts in sorted((name, counts) for each, name, counts in ran if each == file):
            lines.append(f"{name} = {{ {', '.join(f'{kind} = {counts[kind]}' for kind in sorted(counts))} }}")
        lines.append("")
    failed = sorted({(f"{file}:{name}", why) for file, name, why in rows if isinstance(why, str)})
    if failed:
        lines.append(f"[{package}.not_run]")
        lines += [f'"{name}" = "{why}"' for name, why in failed]
        lines.append("")
    known[package] = "\n".join(lines)
    head = f"# Written by {Path(__file__).name}, whose docstring says what it is.\n\n"
    TARGET.write_text(head + "\n".join(known[each] for each in sorted(known)), encoding="utf-8")
    print(f"{package}: {len(ran)} run, {len(failed)} do not", file=sys.stderr)


def _present() -> dict[str, str]:
    """Return the sections that are there, so that one package can be written again alone."""
    if not TARGET.is_file():
        return {}
    found: dict[str, list[str]] = {}
    package = ""
    for line in TARGET.read_text(encoding="utf-8").splitlines()[2:]:
        if line.startswith("["):
            package = line.strip("[]").split(".")[0]
        found.setdefault(package, []).append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in found.items()}


def main() -> None:
    """Write the sections that were asked for, all by default."""
    warnings.simplefilter("ignore")
    sources: dict[str, Callable[[], Iterator[Row]]] = {"torchvision": _torchvision, "keras": _keras, "timm": _timm}
    known = _present()
    for package in sys.argv[1:] or list(sources):
        rows: list[Row] = []
        for row in sources[package]():
            rows.append(row)
            print(*row, file=sys.stderr)
        _write(package, importlib.import_module(package).__version__, rows, known)


if __name__ == "__main__":
    main()
