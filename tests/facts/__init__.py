"""Tests of `lintnet/facts`."""
