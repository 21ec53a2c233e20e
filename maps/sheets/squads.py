"""Squads: who is on duty and where."""

import numpy as np
from geopandas import GeoDataFrame

from maps.frames import columns, over, points, texts, under
from maps.sheet import About, Classes, Ground, Look, Marks, Sheet
from maps.theme import word

LOOKS = {
    "fresh": ("squad-fresh", "squad"), "stale": ("squad-stale", "house"),
    "off": ("squad-off", "pause"), "lost": ("squad-stale", "alarm"),
}  # fmt: skip
"""Each by its colour and symbol. Contact may be lost before a position is too old to be shown."""


def squads(
    squads: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    ground: Ground | None = None,
) -> Sheet:
    """Who is on duty and where, as far as the last position tells."""
    placed = points(squads)
    on_duty, fresh, lost = (
        placed[name].to_numpy(dtype=bool) for name in ("on_duty", "fresh", "contact_lost")
    )
    classes = np.select([~on_duty, ~fresh, lost], [2, 1, 3], default=0).astype(np.int64)
    return Sheet(
        "squads",
        word(
            "title.squads",
            about.language,
            area=about.area,
            on_duty=int(on_duty.sum()),
            squads=len(placed),
            stale=int((classes == 1).sum()),
        ),
        word("subtitle.squads", about.language),
        about,
        [
            *under(ground, about),
            *over(townships, about, ground),
            _squad_marks(placed, classes, about),
        ],
    )


def _squad_marks(placed: GeoDataFrame, classes: Classes, about: About) -> Marks:
    return Marks(
        word("map.squads", about.language),
        placed.geometry.to_numpy(),
        classes,
        [
            Look(word(f"squad.{kind}", about.language), colour, symbol)
            for kind, (colour, symbol) in LOOKS.items()
        ],
        columns(placed, ("name", "code", "members", "position_at"), about.language),
        texts=texts(placed, "name"),
        heading=word("legend.squads", about.language),
        key="squads",
    )
