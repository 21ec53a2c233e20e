"""What a long work may need besides its own arguments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

import numpy as np
from sqlalchemy import Connection

from api.settings import Settings
from api.version import STAMP
from api.ways import Ways, asked
from geo.nearest import SomeWalk, TravelTime
from layers.access import Actor
from layers.files import Progress
from layers.roads.rules import Mode


class Common(TypedDict):
    """The arguments that all long actions share."""

    actor: Actor
    at: datetime
    version: str
    progress: Progress


@dataclass(frozen=True)
class Circumstances:
    """Whose work it is, when, for which bureau, and who hears how far it is."""

    settings: Settings
    actor: Actor
    at: datetime
    progress: Progress
    ways: Ways | None = None
    """What this process knows of the roads."""

    def engine(self, connection: Connection, vehicles: Sequence[int | None] = ()) -> TravelTime:
        """Of travel times, as good as there is one; from squads with so many vehicles each, of
        which those without any walk."""
        ways = self.ways or asked(connection, self.settings.osrm_url)
        afoot = np.array([count == 0 for count in vehicles], bool)
        driving = ways.of(connection)
        if not afoot.any():
            return driving
        return SomeWalk(driving, ways.of(connection, Mode.WALKING), afoot)

    @property
    def today(self) -> date:
        """The bureau's day."""
        return self.at.astimezone(self.settings.zone).date()

    def common(self) -> Common:
        return {"actor": self.actor, "at": self.at, "version": STAMP, "progress": self.progress}
