"""Photographs of cases: added once, seen by whoever sees the case, never changed."""
