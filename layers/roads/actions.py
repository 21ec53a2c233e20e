"""Taking in roads."""

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import Connection

from layers.access import Actor, Verb, may
from layers.files import Checked, Field, Outcome, as_checked
from layers.grids.actions import noted
from layers.places.actions import merge, recognise, settle_words, shaped
from layers.roads.queries import apart
from layers.roads.rules import UNKNOWN, WORDS, readable, turns

ROAD_FIELDS = (
    Field("code", "code", aliases=("道路编码", "路段编码", "osm_id"), longest=64),
    Field("name", aliases=("道路名称", "路名", "道路"), longest=200),
    Field("class", aliases=("道路等级", "等级", "highway", "fclass"), longest=64),
    Field("oneway", "boolean", aliases=("单行", "单行线", "是否单行")),
    Field("speed_kmh", "number", aliases=("限速", "设计时速", "maxspeed")),
    Field("motor", "boolean", aliases=("机动车通行", "机动车", "通车", "motor_vehicle")),
    Field("foot", "boolean", aliases=("步行通行", "步行", "行人")),
    Field("turns", aliases=("转向限制", "禁止转向"), longest=2_000),
    Field("osm", "boolean", aliases=("来自OpenStreetMap",)),
    Field("shape", "line", required=True),
)
KEPT = ("code", "name", "class", "oneway", "speed_kmh", "motor", "foot", "turns", "osm")
FASTEST_KMH = 200


def import_roads(
    connection: Connection, given: Checked | gpd.GeoDataFrame, *, actor: Actor, at: datetime
) -> Outcome:
    """Add or change roads by code, else by name and shape."""
    may(actor, Verb.IMPORT)
    checked = as_checked(given, (*KEPT, "datum"))
    settle_words(checked, "class", WORDS)
    _refuse_speeds(checked)
    _refuse_turns(checked)
    recognise(checked)
    rows = checked.frame[["key", *KEPT]].assign(**shaped(checked.frame))
    counts = merge(connection, "roads", rows, {"class": UNKNOWN, "oneway": False, "osm": False})
    _warn_of_turns(connection, checked)
    return noted(connection, "roads", checked, counts, actor=actor, at=at)


def _refuse_speeds(checked: Checked) -> None:
    speed = pd.to_numeric(checked.frame["speed_kmh"])
    wrong = speed.notna() & ~speed.between(0, FASTEST_KMH, inclusive="right")
    checked.refuse(np.asarray(wrong, dtype=bool), "speed_kmh", "not_allowed")


def _refuse_turns(checked: Checked) -> None:
    """What cannot be read might forbid a turn."""
    wrong = [isinstance(said, str) and not readable(said) for said in checked.frame["turns"]]
    checked.refuse(np.array(wrong, dtype=bool), "turns", "not_turns")


def _warn_of_turns(connection: Connection, checked: Checked) -> None:
    """Tell of those that forbid nothing as the roads are now."""
    said = checked.frame.loc[checked.frame["turns"].notna(), ["key", "turns"]]
    named = {(key, turn.code) for key, words in said.to_numpy() for turn in turns(words)}
    if found := apart(connection, named):
        one, two = found[0]
        checked.warn("turns_nowhere", turns=len(found), one=one, two=two)
