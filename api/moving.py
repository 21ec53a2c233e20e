"""The practice town's squads: on duty by a roster, each with a device, and on patrol while the
practice town is served. What they send goes the way of all positions."""

import http.client
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from urllib.parse import urlencode

import numpy as np
import shapely
import structlog
from sqlalchemy import Connection

from api import auth
from api.circumstances import Circumstances
from data.duty import TOKEN, Patrols, devices, roster
from layers.duty.actions import import_duty
from layers.positions import actions as positions
from layers.roads.queries import roads
from layers.squads import queries as squads

EVERY_S = 5.0
HOST = "127.0.0.1"
ACCURACY_M = 8
LINKS = 16
"""Each position waits for its batch, a tenth of a second: so many squads wait together."""
log = structlog.get_logger()


def settle(connection: Connection, around: Circumstances) -> None:
    """See that the squads marked as on duty have shifts these days, and all squads a device."""
    actor, at = around.actor, around.at
    every = squads.kept(connection, actor)
    on_duty = list(every.loc[every["on_duty"], "code"])
    import_duty(connection, roster(on_duty, around.today, around.settings.zone), actor=actor, at=at)
    carried = devices(list(every["code"]))
    positions.import_devices(connection, carried, actor=actor, at=at)
    tokens = {code: auth.digest(TOKEN.format(code=code)) for code in carried["code"]}
    positions.give_tokens(connection, tokens, actor=actor, at=at)


def patrols(connection: Connection, around: Circumstances) -> tuple[list[str], Patrols]:
    """The devices that move, and how."""
    every = squads.kept(connection, around.actor)
    moving = every[every["on_duty"]]
    lines = shapely.get_parts(roads(connection).geometry.to_numpy())
    ways = [shapely.get_coordinates(line) for line in lines]
    homes = shapely.get_coordinates(moving.geometry.to_numpy())
    return list(devices(list(moving["code"]))["code"]), Patrols(np.asarray(homes), ways)


def keep_moving(codes: list[str], patrols: Patrols, port: int, stop: threading.Event) -> None:
    """Until told to stop, some seconds after some seconds; a server that is not up yet, or no more,
    is none of its troubles."""
    with ThreadPoolExecutor(LINKS) as pool:
        while not stop.wait(EVERY_S):
            sent = list(zip(codes, patrols.on(EVERY_S).tolist(), strict=True))
            try:
                list(pool.map(partial(_send, port), (sent[n::LINKS] for n in range(LINKS))))
            except (OSError, http.client.HTTPException) as failure:
                log.info("positions not sent", error=type(failure).__name__)


def _send(port: int, places: Sequence[tuple[str, list[float]]]) -> None:
    with closing(http.client.HTTPConnection(HOST, port, timeout=EVERY_S)) as link:
        for code, (lon, lat) in places:
            said = {"id": TOKEN.format(code=code), "lon": f"{lon:.6f}", "lat": f"{lat:.6f}",
                    "accuracy": ACCURACY_M}  # fmt: skip
            link.request("GET", f"/positions/osmand?{urlencode(said)}")
            link.getresponse().read()
