"""Tests of the rulebook: reader, references, selection."""
