"""Squads: who can be sent, from where."""
