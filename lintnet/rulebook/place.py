"""Where the bundled rules lie. Knows the two layouts, wheel and checkout, and nothing of what the files say."""

from __future__ import annotations

from pathlib import Path

from lintnet.rulebook.errors import fail

__all__ = ["rules_root"]

# The one file that is certainly ours. A folder that is merely called `rules` may lie beside any package.
_MARK = "references.toml"


def rules_root() -> Path:
    """Return the folder of the bundled rules: inside the package in a wheel, beside it in a checkout.

    Found from the place of this module, so that the working directory plays no part. `importlib.resources` was
    refused: it costs several milliseconds at every start, to serve zipped installs that the wheel does not offer.

    Raises:
        RuleError: the installation holds no rules.
    """
    package = Path(__file__).resolve().parent.parent
    places = (package / "rules", package.parent / "rules")
    place = next((place for place in places if (place / _MARK).is_file()), None)
    if place is None:
        fail(str(places[0]), "the bundled rules are missing from this installation; install lintnet again")
    return place
