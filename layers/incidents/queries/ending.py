"""When a case ended: from then on what is kept of people in it is counted."""

from sqlalchemy import case, func
from sqlalchemy.orm import aliased

from layers.incidents.tables import Incident

MAIN = aliased(Incident)
"""The case that another was merged into, and with which it ends."""
ENDED = case(
    (Incident.withdrawn, Incident.received_at),
    else_=func.coalesce(Incident.closed_at, MAIN.closed_at),
)
"""When nobody needs to call back any more. A case without an end is kept."""
