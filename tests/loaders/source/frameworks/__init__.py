"""Tests of the framework tables of the source reader."""
