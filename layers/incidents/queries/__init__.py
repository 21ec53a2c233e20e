"""Reading incidents, never beyond the actor's areas."""

from layers.incidents.queries.checking import Checkers, checkers
from layers.incidents.queries.ending import ENDED, MAIN
from layers.incidents.queries.for_everybody import PLACES, UPDATED, PublicWanted, public
from layers.incidents.queries.listing import (
    STANDS,
    Order,
    Wanted,
    key,
    listed,
    one,
    places,
    seen,
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
from layers.incidents.queries.observing import (
    RESOLUTION,
    Observed,
    counted,
    first_at,
    newest_at,
    observed,
)

__all__ = [
    "ENDED", "MAIN", "PLACES", "RESOLUTION", "STANDS", "UPDATED", "Checkers", "Observed", "Order",
    "PublicWanted", "Wanted", "ahead", "checkers", "counted", "first_at", "histories", "hold",
    "key", "listed", "locked", "newest_at", "observed", "one", "open_to", "places", "public",
    "seen", "standing_of", "steps", "suspended", "township_of", "verbs",
]  # fmt: skip
