"""Tests of `lintnet/cli`."""
