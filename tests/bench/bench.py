"""What every row of the bench is given, and the database that some of them need."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from api import imports
from api.circumstances import Circumstances
from api.deps import OPERATOR
from api.settings import Settings
from layers import db, migrations
from layers.files import silent
from tests.bench.measure import Answer, Figures, Side, in_turn
from tests.bench.town import FRAMES, Amounts, Town

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
"""The Monday on which the practice town's history ends."""
AROUND = Circumstances(Settings(), OPERATOR, NOON, silent)


@dataclass(frozen=True)
class Bench:
    """Each side has so many turns, lasting so many seconds at least.

    `url` and `engine` lead to a database that holds the town's areas and squads, `ours` leads
    there as the application.
    """

    town: Town
    amounts: Amounts
    rounds: int
    lasting: float
    url: str
    engine: Engine
    ours: Engine
    say: Callable[[str], None]

    def in_turn(
        self, what: str, sides: dict[str, Side[Answer]]
    ) -> tuple[dict[str, Figures], dict[str, Answer]]:
        self.say(f"{what}: {', '.join(side.label for side in sides.values())}")
        return in_turn(self.rounds, self.lasting, sides)


@contextmanager
def settled(url: str, town: Town) -> Iterator[Engine]:
    """An engine on an empty database that was given tables, townships, grids and squads."""
    migrations.upgrade(url)
    engine = db.connect(url)
    try:
        with engine.begin() as connection:
            for layer in FRAMES:
                imports.run(connection, imports.Wanted(layer, town.of(layer)), AROUND)
        yield engine
    finally:
        engine.dispose()
