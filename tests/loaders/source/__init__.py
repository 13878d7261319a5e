"""Tests of the source reader."""
