"""Incidents: what was found or reported, where and when."""
