"""Tests of lintnet; the folders mirror the package."""
