"""Tests that execute what grade A rules claim."""
