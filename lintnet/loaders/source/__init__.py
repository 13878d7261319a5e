"""The source reader: model definitions in Python files and notebooks, by abstract interpretation, never executed."""
