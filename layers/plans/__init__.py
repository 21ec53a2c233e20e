"""Patrol plans: how often each grid is visited in a week, and why."""
