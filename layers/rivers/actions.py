"""Taking in waters."""

from datetime import datetime

import geopandas as gpd
from sqlalchemy import Connection

from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted
from layers.places.actions import merge, recognise, settle_words, shaped
from layers.rivers.rules import UNKNOWN, WORDS

RIVER_FIELDS = (
    Field("code", "code", aliases=("河流编码", "水体编码", "osm_id"), longest=64),
    Field("name", aliases=("河流名称", "水体名称", "河流"), longest=200),
    Field("kind", aliases=("类别", "类型", "水体类型", "waterway", "water"), longest=64),
    Field("surface", "polygon", required=True),
)
KEPT = ("code", "name", "kind")


def import_rivers(
    connection: Connection, given: Checked | gpd.GeoDataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change waters by code, else by name and surface."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, (*KEPT, "datum"))
    settle_words(checked, "kind", WORDS)
    recognise(checked)
    rows = checked.frame[["key", *KEPT]].assign(**shaped(checked.frame))
    counts = merge(connection, "rivers", rows, {"kind": UNKNOWN})
    return noted(connection, "rivers", checked, counts, actor=actor, at=at)
