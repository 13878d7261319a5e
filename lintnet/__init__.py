"""lintnet: an architecture linter for neural networks. Importing it imports no framework."""

__version__ = "0.1.0"
