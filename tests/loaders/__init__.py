"""Tests of `lintnet/loaders`."""
