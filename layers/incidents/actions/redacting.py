"""Taking out of a case's words what says too much about a person.

No later file brings the old ones back. The journal tells which were changed and keeps nothing of
them, not even a digest: where the rest of a text stays, a number could be guessed from it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, cast, update

from layers.access import Actor, Verb, may
from layers.errors import Invalid, NotFound
from layers.incidents import queries
from layers.incidents.actions.forgetting import WORDLESS
from layers.incidents.tables import Incident, Step
from layers.journal.actions import note

WORDS = frozenset({"address", "description"})


def redact(  # noqa: PLR0913  (an action: of which case, what, why, who, when)
    connection: Connection,
    incident_id: UUID,
    changes: Mapping[str, str | None],
    reason: str,
    *,
    answers: Collection[str] = (),
    actor: Actor,
    at: datetime,
) -> None:
    """Put other words, or none, in place of a case's address or description, and take out its
    answers to these questions."""
    may(actor, Verb.CONTACT, [queries.township_of(connection, actor, incident_id)])
    if not (changes or answers) or not set(changes) <= WORDS:
        raise Invalid("nothing_to_redact", known=[*sorted(WORDS), "answers"])
    left = Incident.answers.op("-")(cast(list(answers), ARRAY(Text)))
    changed = update(Incident).where(Incident.id == incident_id)
    connection.execute(changed.values(**changes, answers=left, redacted=True, updated_at=at))
    fields = [*sorted(changes), *(f"answers.{code}" for code in sorted(answers))]
    note(connection, "redact", "incidents", str(incident_id),
         actor=actor, at=at, fields=fields, text=reason)  # fmt: skip


def redact_step(
    connection: Connection,
    incident_id: UUID,
    event_id: UUID,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Take out what was typed with a step of a case. The step itself stays."""
    may(actor, Verb.CONTACT, [queries.township_of(connection, actor, incident_id)])
    step = update(Step).where(Step.incident_id == incident_id, Step.event_id == event_id)
    bare = step.values(WORDLESS).returning(Step.id)
    if connection.execute(bare).one_or_none() is None:
        raise NotFound("no_step", id=event_id)
    note(connection, "redact", "incidents", str(incident_id),
         actor=actor, at=at, step=str(event_id), text=reason)  # fmt: skip
