"""Tests of `lintnet/lifting`."""
