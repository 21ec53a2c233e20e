"""How long a squad is believed to be where it was last. Pure."""

from datetime import timedelta
from typing import NamedTuple

FRESH = timedelta(minutes=30)
"""A position older than this is no longer believed (Resgrid's default, domain 2.4)."""
SILENT = timedelta(minutes=10)
"""Contact is lost with a squad on duty of which nothing was heard for longer."""


class Belief(NamedTuple):
    """How old a position may be, and how long a squad silent."""

    stale: timedelta = FRESH
    silent: timedelta = SILENT


USUAL = Belief()
"""Where the bureau says nothing else."""
