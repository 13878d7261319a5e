"""The Keras reader: `.keras` archives and the JSON of `model.to_json()`, of Keras 1, 2 and 3.

Knows the file, and of the model only whether it is a graph; `walk` reads that. Weights are never opened, a Lambda is
never decoded, no class is imported.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lintnet.ir import UNKNOWN, Edge, Provenance, Unknown
from lintnet.loaders.archive import members, read_member
from lintnet.loaders.errors import LoadError
from lintnet.loaders.json_text import count_items, parse_json
from lintnet.loaders.keras.config import Json
from lintnet.loaders.keras.losses import read_losses, read_training
from lintnet.loaders.keras.walk import Walker, is_functional, is_sequential
from lintnet.loaders.limits import DEFAULT

if TYPE_CHECKING:
    from typing import BinaryIO

    from lintnet.ir import Graph, Size, Value
    from lintnet.loaders.limits import Limits
    from lintnet.loaders.options import LoadOptions
    from lintnet.loaders.signals import Signal

__all__ = ["load"]

# A nested model that is used n times unfolds n times. Real models unfold into fewer nodes than their text has values.
_ALWAYS_ALLOWED: Final = 4_000
_FAILURES: Final = (ValueError, RecursionError, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError)


_FIRST: Final = re.compile(rb'"(?:data_format|dim_ordering)"\s*:\s*"(?:channels_first|th)"')
_LAST: Final = re.compile(rb'"(?:data_format|dim_ordering)"\s*:\s*"(?:channels_last|tf)"')


def load(file: BinaryIO, path: str, options: LoadOptions, limits: Limits = DEFAULT) -> tuple[Graph, ...]:
    """Read the model of a `.keras` archive or of a JSON text; there is always exactly one.

    Raises:
        LoadError: the file is damaged, hostile, or holds no Keras model.
    """
    try:
        text, metadata = _open(file, path, limits)
        model = Json(parse_json(text, path, limits, place="" if metadata is None else "config.json"), "", path)
        if metadata is not None:
            versions = Json(parse_json(metadata, path, limits, place="metadata.json"), "metadata.json", path)
        else:
            versions = model
        walker = Walker(_layout(text), max(_ALWAYS_ALLOWED, count_items(text)))
        return (_read(walker, model, versions, options),)
    except LoadError:
        raise
    except _FAILURES as error:
        raise LoadError(path, f"the Keras config is malformed ({type(error).__name__}: {error})") from error


def _open(file: BinaryIO, path: str, limits: Limits) -> tuple[bytes, bytes | None]:
    """Return the text of the config, and of the metadata if the file is an archive."""
    file.seek(0)
    if file.read(2) != b"PK":
        file.seek(0)
        return file.read(limits.json + 1), None
    found = members(file, path, limits)
    text = read_member(file, path, found, "config.json", limits)
    if text is None:
        raise LoadError(path, "the zip archive holds no config.json, hence no Keras model")
    return text, read_member(file, path, found, "metadata.json", limits) or b"{}"


def _read(walker: Walker, model: Json, versions: Json, options: LoadOptions) -> Graph:
    if not model.is_object or not model.has("class_name", "config"):
        model.fail("this JSON is no Keras model: it has no class_name and config")
    provenance = Provenance("training", "a Keras model holds its training graph", "K")
    if is_sequential(model) or is_functional(model["config"]):
        outputs = walker.top(model)
    else:
        name = model["class_name"].name()
        reason = f"subclassed model {name}: its body is Python code, which the file does not hold"
        outputs = walker.opaque(model, reason)
        provenance = Provenance("opaque", reason, "K")
    compiled = model["compile_config"]
    compiled = compiled if compiled.is_object else Json({}, "compile_config", model.path)
    losses = _losses(compiled, outputs, options)
    _add_outputs(walker, outputs, losses)
    training = read_training(compiled["optimizer"], _batch(walker))
    return walker.builder.finish(
        path=model.path,
        format="keras",
        provenance=provenance,
        training=training,
        notes=[*_notes(walker), *_loss_notes(compiled, losses)],
        metadata=_metadata(versions, model),
    )


def _losses(
    compiled: Json, outputs: list[tuple[str, str, Signal]], options: LoadOptions
) -> list[dict[str, Value] | None]:
    losses = read_losses(compiled["loss"], [(key, layer) for key, layer, _ in outputs])
    if not options.loss:
        return losses
    return [
        each if each is not None and each["family"] == options.loss else {"family": options.loss} for each in losses
    ]


def _add_outputs(walker: Walker, outputs: list[tuple[str, str, Signal]], losses: list[dict[str, Value] | None]) -> None:
    builder = walker.builder
    for (key, layer, signal), loss in zip(outputs, losses, strict=True):
        name = key or layer or "output"
        tensor = builder.nodes[signal.edge.node].outputs[signal.edge.output]
        index = builder.add("output", f"{name} (output)", auto=True, inputs=[signal.edge], outputs=(tensor,))
        if loss is not None:
            builder.add("loss", f"{name} (loss)", auto=True, inputs=[Edge(index)], attributes=loss)


def _layout(text: bytes) -> int:
    """The channel axis where nothing tells: last, unless every layer that has a format says channels first."""
    return 1 if _FIRST.search(text) and not _LAST.search(text) else -1


def _batch(walker: Walker) -> Size:
    """The batch size, where every input of the model fixes it to the same."""
    sizes = [node.outputs[0].sizes for node in walker.builder.nodes if node.kind == "input"]
    firsts = [UNKNOWN if isinstance(each, Unknown) or not each else each[0] for each in sizes]
    return firsts[0] if firsts and all(first == firsts[0] for first in firsts) else UNKNOWN


def _notes(walker: Walker) -> list[str]:
    notes: list[str] = []
    if walker.uncalled:
        many = len(walker.uncalled)
        some = ", ".join(list(walker.uncalled)[:5]) + (", …" if many > 5 else "")
        notes.append(f"{many} layers are never called: {some}" if many > 1 else f"1 layer is never called: {some}")
    if walker.overridden:
        notes.append(
            f"{walker.overridden} calls carry a literal training= argument; fit, evaluate and predict of Keras 3 "
            "override it, so they are read as following the phase"
        )
    return notes


def _loss_notes(compiled: Json, losses: list[dict[str, Value] | None]) -> list[str]:
    """Say where the model was compiled with a loss that is not known, for example one of the user's own."""
    unknown = losses.count(None)
    if not unknown or compiled["loss"].value is None:
        return []
    where = "the output" if len(losses) == 1 else f"{unknown} of {len(losses)} outputs"
    return [f"the model was compiled, but no known loss belongs to {where}"]


def _metadata(versions: Json, model: Json) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in ("keras_version", "backend", "date_saved"):
        value = versions[key].value if versions.is_object else None
        if isinstance(value, str):
            found[key] = value
    name = model["config"]["name"].value if model["config"].is_object else None
    if isinstance(name, str):
        found["name"] = name
    return found
