"""Matters: the kinds of things that are reported."""
