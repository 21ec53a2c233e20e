"""How often a job is tried, and how long it rests in between. Pure."""

from datetime import timedelta

TRIES = 5
"""After so many it is given up, and waits for a person."""
FIRST_PAUSE = timedelta(seconds=2)


def pause(attempts: int) -> timedelta:
    """What passes by itself mostly does so soon: 2 s, 8 s, half a minute, two minutes."""
    return FIRST_PAUSE * int(4 ** (attempts - 1))
