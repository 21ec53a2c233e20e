"""Places along the road that squads take."""

STATION, CROSSING, TOP = [119.905, 29.705], [119.915, 29.705], [119.915, 29.715]
"""The first squad's home, and points of the grids east south and east north."""
