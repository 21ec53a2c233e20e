"""Keeping the list of matters."""

import pandas as pd
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from layers.access import Actor, Verb, may
from layers.matters.tables import Matter


def keep(connection: Connection, matters: pd.DataFrame, *, actor: Actor) -> None:
    """Add or rename matters by code; columns code, name_zh, name_en."""
    may(actor, Verb.IMPORT)
    given = insert(Matter).values(matters[["code", "name_zh", "name_en"]].to_dict("records"))
    names = {name: given.excluded[name] for name in ("name_zh", "name_en")}
    connection.execute(given.on_conflict_do_update(index_elements=["code"], set_=names))
