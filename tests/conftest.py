"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# Time is measured in benchmarks/, never in tests: this machine may be busy, and oracles import slowly.
settings.register_profile("lintnet", deadline=None)
settings.load_profile("lintnet")
