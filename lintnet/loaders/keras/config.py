"""Typed access to the JSON of a Keras model, where any value may be of any type.

Knows JSON types and the few wrappers Keras puts around values (`__tuple__`), no layer. A value of a wrong type is
a `LoadError` that names its place, never an AttributeError; a value that is an object where a number is expected (a
schedule, an initializer) is `Unknown`, since such a config is valid. A config that was read from source text may hold
`Unknown` values, which are not missing and of every type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, cast

from lintnet.ir import UNKNOWN, Size, Unknown
from lintnet.loaders.errors import LoadError
from lintnet.loaders.signals import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BATCH", "MOST_AXES", "Json", "read_sizes"]

_LARGEST: Final = 2**53
_LONGEST_NAME: Final = 4096
MOST_AXES: Final = 64
"""Tensors of more axes are read as of unknown shape: no framework makes them."""


_Place = str | tuple["_Place", str | int]
"""A text, or the place of the parent and the key below it: texts are joined only when an error needs them."""


# Not frozen: a large model makes tens of thousands of these, and a frozen one takes three times as long to make.
@dataclass(slots=True, eq=False)
class Json:
    """A value of the config, with its place in the file; treated as immutable."""

    value: object
    at: _Place
    path: str

    @property
    def place(self) -> str:
        """Where the value stands: `config.layers[3].inbound_nodes`."""
        keys: list[str | int] = []
        at = self.at
        while not isinstance(at, str):
            at, key = at
            keys.append(key)
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in reversed(keys))
        return f"{at}{text}".removeprefix(".")

    def fail(self, reason: str) -> NoReturn:
        """Raise the error of a value that cannot be so."""
        raise LoadError(self.path, reason, place=self.place)

    def __getitem__(self, key: str) -> Json:
        """Return a field of an object; a missing one holds None."""
        value = self.value
        mapping = cast("dict[str, object]", value) if type(value) is dict else self.mapping()
        return Json(mapping.get(key), (self.at, key), self.path)

    def first(self, *keys: str) -> Json:
        """Return the first of these fields that is there and not null: generations of Keras differ in spelling."""
        mapping = self.mapping()
        return self[next((key for key in keys if mapping.get(key) is not None), keys[0])]

    def has(self, *keys: str) -> bool:
        """Whether this is an object with all these fields."""
        return isinstance(self.value, dict) and self.mapping().keys() >= set(keys)

    @property
    def missing(self) -> bool:
        """Whether there is no value."""
        return self.value is None

    def mapping(self) -> dict[str, object]:
        """Return the object itself."""
        value: object = self.value
        if not isinstance(value, dict):
            self.fail(f"an object is expected, this is {_type(self.value)}")
        return cast("dict[str, object]", value)

    def fields(self) -> Iterator[tuple[str, Json]]:
        """Yield the fields of an object."""
        for key in self.mapping():
            yield key, self[key]

    def items(self) -> list[Json]:
        """Return the elements of a list or of a wrapped tuple."""
        value = self.value
        if isinstance(value, dict):
            wrapped = self.mapping()
            value = wrapped.get("items") if wrapped.get("class_name") == "__tuple__" else None
        if not isinstance(value, list):
            self.fail(f"a list is expected, this is {_type(value)}")
        return [Json(each, (self.at, index), self.path) for index, each in enumerate(cast("list[object]", value))]

    @property
    def is_list(self) -> bool:
        """Whether this is a list or a wrapped tuple."""
        return isinstance(self.value, list) or (
            self.has("class_name", "items") and self["class_name"].value == "__tuple__"
        )

    @property
    def is_object(self) -> bool:
        """Whether this is an object."""
        return isinstance(self.value, dict)

    def name(self) -> str:
        """Return a text that must be there."""
        value = self.value
        if not isinstance(value, str) or not value:
            self.fail(f"a name is expected, this is {_type(value)}")
        if len(value) > _LONGEST_NAME:
            self.fail("the name is too long")
        return value

    def text(self, default: str | Unknown = UNKNOWN) -> str | Unknown:
        """Return a text."""
        value = self.value
        if value is None:
            return default
        if isinstance(value, Unknown):
            return value
        if isinstance(value, dict):
            return UNKNOWN
        if not isinstance(value, str):
            self.fail(f"a text is expected, this is {_type(value)}")
        return value

    def flag(self, default: bool | Unknown = UNKNOWN) -> bool | Unknown:  # noqa: FBT001 - the value of an absent flag
        """Return a flag; 0 and 1 are read as Python reads them."""
        value = self.value
        if value is None:
            return default
        if isinstance(value, dict | Unknown):
            return UNKNOWN
        if not isinstance(value, bool | int):
            self.fail(f"true or false is expected, this is {_type(value)}")
        return bool(value)

    def number(self, default: float | Unknown = UNKNOWN) -> float | Unknown:
        """Return a number."""
        value = self.value
        if value is None:
            return default
        if isinstance(value, dict | list | Unknown):
            return UNKNOWN
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(f"a number is expected, this is {_type(value)}")
        if not -_LARGEST <= value <= _LARGEST:
            return UNKNOWN
        return float(value)

    def integer(self, default: int | Unknown = UNKNOWN) -> int | Unknown:
        """Return an integer; 32.0 counts as one."""
        value = self.number(UNKNOWN if isinstance(default, Unknown) else float(default))
        if isinstance(value, Unknown):
            return value
        if value != int(value):
            self.fail("an integer is expected, this is a fraction")
        return int(value)

    def axes(self, count: int, default: int | Unknown = UNKNOWN) -> tuple[Size, ...] | Unknown:
        """Return one integer per axis, from a list or from one integer for all of `count` axes."""
        if self.is_list:
            values = tuple(item.integer() for item in self.items())
            return values if len(values) == count else UNKNOWN
        value = self.integer(default)
        return value if isinstance(value, Unknown) else (value,) * count


def read_sizes(shape: Json) -> tuple[Size, ...] | Unknown:
    """Read a shape: a list of sizes, batch first, where null is a size that is not fixed."""
    if not shape.is_list:
        return UNKNOWN
    items = shape.items()
    if len(items) > MOST_AXES:
        return UNKNOWN
    sizes: list[Size] = []
    for axis, item in enumerate(items):
        value = item.value
        if value is None:
            sizes.append(BATCH if axis == 0 else UNKNOWN)
        elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
            sizes.append(value)
        elif isinstance(value, float | Unknown):
            sizes.append(item.integer())
        else:
            return UNKNOWN
    return tuple(sizes)


def _type(value: object) -> str:
    names: dict[object, str] = {dict: "an object", list: "a list", str: "a text", bool: "a flag", type(None): "missing"}
    return names.get(type(value), "a number")
