"""Reading incidents, never beyond the actor's areas."""

from layers.incidents.queries.checking import Checkers, asked_before, checkers
from layers.incidents.queries.doing import Doing, doing, had_by, worked_after
from layers.incidents.queries.doubt import beyond_own_grids
from layers.incidents.queries.ending import ENDED, MAIN
from layers.incidents.queries.flooding import flooded
from layers.incidents.queries.for_everybody import (
    PLACES,
    UPDATED,
    PublicWanted,
    public,
    public_steps,
)
from layers.incidents.queries.listing import (
    STANDS,
    Case,
    Order,
    Wanted,
    key,
    listed,
    many,
    one,
    places,
    seen,
    those,
    township_of,
)
from layers.incidents.queries.loop import (
    ahead,
    histories,
    hold,
    locked,
    open_to,
    standing_of,
    steps,
    suspended,
    verbs,
)
from layers.incidents.queries.nearing import nearing
from layers.incidents.queries.observing import (
    RESOLUTION,
    Observed,
    counted,
    first_at,
    newest_at,
    observed,
)
from layers.incidents.queries.tiling import tile
from layers.incidents.queries.waiting import uncovered, waiting

__all__ = [
    "ENDED", "MAIN", "PLACES", "RESOLUTION", "STANDS", "UPDATED", "Case", "Checkers", "Doing",
    "Observed", "Order", "PublicWanted", "Wanted", "ahead", "asked_before", "beyond_own_grids",
    "checkers", "counted", "doing", "first_at", "flooded", "had_by", "histories", "hold", "key",
    "listed", "locked", "many", "nearing", "newest_at", "observed", "one", "open_to", "places",
    "public", "public_steps", "seen", "standing_of", "steps", "suspended", "those", "tile",
    "township_of", "uncovered", "verbs", "waiting", "worked_after",
]  # fmt: skip
