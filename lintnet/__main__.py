"""`python -m lintnet` and the `lintnet` command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; an interrupt while it is still being imported ends like any other."""
    try:
        from lintnet.cli import main as run  # noqa: PLC0415 - so that an interrupt is caught here

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
