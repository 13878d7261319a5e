"""What the loader tests share: the real Keras, imported once and only where a test asks for it."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="session")
def keras() -> ModuleType | Any:
    """Return Keras over torch, which imports in a third of the time of TensorFlow."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return importlib.import_module("keras")
