"""Duty: which squad is at work when, with whom and what; told by the roster and by the squads."""
