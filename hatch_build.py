"""The build hook: puts the compiled rule table into the wheel. Run by hatchling, needs only this checkout."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuleTableHook(BuildHookInterface):  # type: ignore[type-arg] - hatchling's own parameter is private
    """Writes `lintnet/rulebook/table.py` from the rule files, for the wheel; an editable install reads the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the table to the files of the wheel."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from lintnet.rulebook.book import bundled_table  # noqa: PLC0415 - found only now
            from lintnet.rulebook.compiled import as_source  # noqa: PLC0415 - as above
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory(prefix="lintnet-build-")
        place = Path(self._folder.name) / "table.py"
        place.write_text(as_source(bundled_table()), encoding="utf-8")
        build_data["force_include"][str(place)] = "lintnet/rulebook/table.py"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was written for the build."""
        _ = version, build_data, artifact_path
        if hasattr(self, "_folder"):
            self._folder.cleanup()
