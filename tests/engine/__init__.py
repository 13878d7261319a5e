"""Tests of `lintnet/engine`."""
