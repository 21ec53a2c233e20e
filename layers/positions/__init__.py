"""Devices that squads carry, and where they were."""
