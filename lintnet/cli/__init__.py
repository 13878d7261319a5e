"""The command line: parse, call, exit code. No logic; what a command does lies in `session` and `report`."""

from lintnet.cli.app import main

__all__ = ["main"]
