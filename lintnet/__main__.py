"""`python -m lintnet` and the `lintnet` command."""

from __future__ import annotations

from lintnet.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
