"""Tests of `lintnet/report`."""
