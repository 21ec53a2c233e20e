from datetime import date, datetime
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table, point
from layers.grids.tables import Grid
from layers.matters.tables import Matter
from layers.squads.tables import Squad

IN_HAND = "state IN ('dispatched', 'accepted', 'on_scene', 'handling') AND NOT withdrawn"
QUEUED = (
    "state IN ('to_check', 'filed', 'dispatched', 'accepted', 'on_scene', 'handling', 'handled',"
    " 'to_recheck') OR state = 'reported' AND case_no IS NOT NULL"
)
"""What is open; of what files brought nothing, so that a bulk import does not pay for it."""


class Incident(Table):
    """One row per report. `x`, `y` and `datum` are the coordinates as they came.

    `external_id` is the sender's own number or, where a file has none, the content's hash and
    ordinal: (source, external_id) is what an import recognises a row by. `withdrawn` is a report
    that its sender took back, whatever state it had come to; the bureau rejects by `state`.
    An `unfiled` one was closed by force before it was filed, which releases nothing of it.
    Of a `redacted` one no file changes the address or the description any more; of a `released`
    one everybody may read them, if its matter is public.

    Where the case stands in its loop (rules.FLOW): `version` counts its steps, `due_*` is the
    deadline of its state, `squad_code` has it in hand, `sent_at` is when it was sent there if it
    has not accepted yet, `sent_to` are all that ever had it and so still see it, `check_grid` is
    the grid whose workers are to look or just have, `updated_at` is when its last step came, a
    file last changed it or its words were released or taken out, and a `returned` report waits for
    its reporter to put it right.
    `content` is the digest of a report as it came, by which the same one sent twice is known.
    `sensed` is where the device said that it was, when its bearer moved the point. `near_told`,
    `past_told`: of which deadline it was told that it comes near, and that it is past;
    `order_told`: of which order, that nobody accepted it. `promised_by`: until then somebody should
    be there, counted from the report. `priority` is what somebody gave it in place of its matter's.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("occurred_precision in ('minute', 'day')", name="occurred_precision"),
        CheckConstraint("priority between 0 and 2", name="priority"),
        Index("incidents_in_hand_ix", "squad_code", postgresql_where=text(IN_HAND)),
        Index("incidents_waiting_ix", "matter_code", postgresql_where=text("state = 'filed'")),
        Index("incidents_place_ix", "place", postgresql_using="gist"),
        Index("incidents_occurred_at_id_ix", "occurred_at", "id"),
        Index("incidents_grid_id_occurred_at_ix", "grid_id", "occurred_at"),
        Index("incidents_open_ix", "state", "occurred_at", "id", postgresql_where=text(QUEUED)),
        # Over the few that they are about: a bulk import must not pay for them.
        Index(
            "incidents_case_no_uq",
            "case_no",
            unique=True,
            postgresql_where=text("case_no IS NOT NULL"),
        ),
        *(
            Index(f"incidents_{name}_ix", name, postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("due_at", "squad_code", "reported_by", "merged_into", "check_grid")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    matter_code: Mapped[str] = mapped_column(ForeignKey(Matter.code), index=True)
    state: Mapped[str]
    withdrawn: Mapped[bool] = mapped_column(server_default=false())
    redacted: Mapped[bool] = mapped_column(server_default=false())
    unfiled: Mapped[bool] = mapped_column(server_default=false())
    released: Mapped[bool] = mapped_column(server_default=false())
    place: Mapped[WKBElement] = mapped_column(point())
    x: Mapped[float]
    y: Mapped[float]
    datum: Mapped[str]
    accuracy_m: Mapped[float | None]
    grid_id: Mapped[int | None] = mapped_column(ForeignKey(Grid.id))
    cell: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    occurred_precision: Mapped[str]
    received_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    address: Mapped[str | None]
    description: Mapped[str | None]
    case_no: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    reported_by: Mapped[str | None]
    sensed: Mapped[WKBElement | None] = mapped_column(point())
    answers: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    squad_code: Mapped[str | None] = mapped_column(ForeignKey(Squad.code))
    sent_to: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'::text[]"))
    check_grid: Mapped[str | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id"))
    due_at: Mapped[datetime | None]
    due_limit: Mapped[str | None]
    due_provisional: Mapped[bool] = mapped_column(server_default=false())
    suspended_until: Mapped[date | None]
    extensions: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    extension_asked: Mapped[bool] = mapped_column(server_default=false())
    suspensions: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    sent_at: Mapped[datetime | None]
    returned: Mapped[bool] = mapped_column(server_default=false())
    near_told: Mapped[datetime | None]
    past_told: Mapped[datetime | None]
    order_told: Mapped[datetime | None]
    promised_by: Mapped[datetime | None]
    priority: Mapped[int | None] = mapped_column(SmallInteger)


class Step(Table):
    """One step of a case's history, which is only ever added to.

    `event_id` is made by whoever does it: the same one again is the same step. `late`: told long
    after it was done. `photos` are those that came with it. `due_at` is the deadline that stood
    before it, which is kept nowhere else once the case has moved on.
    """

    __tablename__ = "incident_steps"
    __table_args__ = (
        UniqueConstraint("incident_id", "version"),
        Index("incident_steps_happened_at_ix", "happened_at"),
        Index("incident_steps_due_at_ix", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey(Incident.id))
    version: Mapped[int]
    event_id: Mapped[UUID] = mapped_column(unique=True)
    verb: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    by: Mapped[str]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    late: Mapped[bool]
    reason: Mapped[str | None]
    details: Mapped[Json]
    photos: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'::uuid[]"))
    due_at: Mapped[datetime | None]


class Count(Table):
    """How many cases lie in a cell of H3 within a tile, by township and state; those taken back are
    not among them. Triggers keep it (migration 0028), and only ever add: rows of the same cell,
    township and state are summed, until `fold` has made one of them.

    `level` is the cell's resolution; `x` and `y` are the tile's, of a zoom of its own for each
    level. No `township` is an empty one. `lon` and `lat` are sums, in 1e-7 degrees.
    """

    __tablename__ = "incident_counts"
    __table_args__ = (
        Index("incident_counts_level_x_y_ix", "level", "x", "y"),
        Index("incident_counts_new_ix", "level", postgresql_where=text("NOT folded")),
    )

    level: Mapped[int] = mapped_column(SmallInteger)
    x: Mapped[int]
    y: Mapped[int]
    cell: Mapped[int] = mapped_column(BigInteger)
    township: Mapped[str]
    state: Mapped[str]
    n: Mapped[int]
    lon: Mapped[int] = mapped_column(BigInteger)
    lat: Mapped[int] = mapped_column(BigInteger)
    folded: Mapped[bool] = mapped_column(server_default=false())

    __mapper_args__ = {"primary_key": ["level", "x", "y", "cell", "township", "state"]}  # noqa: RUF012
    """For SQLAlchemy alone, which asks for one."""
