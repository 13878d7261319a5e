"""Tests of the path language."""
