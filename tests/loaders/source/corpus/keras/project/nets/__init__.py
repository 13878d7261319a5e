"""The networks of the project."""
