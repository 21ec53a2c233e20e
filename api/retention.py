"""Forgetting what was kept long enough: whose each kind is, and one batch of each at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from api import uploads
from api.settings import Settings
from layers.access import Actor
from layers.duty.actions import forget_said
from layers.enquiries import actions as enquiries
from layers.incidents.actions.forgetting import forget_own_words, forget_words
from layers.journal import actions as journal
from layers.people import actions as people
from layers.photos import actions as photos
from layers.positions import actions as positions
from layers.queue import actions as queue
from layers.queue import queries as jobs
from layers.reporters import actions as reporters
from layers.retention.actions import note_forgotten
from layers.retention.queries import days
from layers.retention.rules import Kind

BATCH = 1000
Forget = Callable[..., Sequence[str]]
"""(connection, before, limit, actor) -> what is gone, by id."""


def forget(
    connection: Connection,
    settings: Settings,
    *,
    actor: Actor,
    at: datetime,
    limit: int | None = BATCH,
    dry_run: bool = False,
) -> dict[str, int]:
    """Forget a batch of each kind and write it down; how many went, or would."""
    kept, gone = days(connection), dict[str, int]()
    attempt = connection.begin_nested()
    for kind, forget_kind in _forgetting(settings, at, dry_run).items():
        before = at - timedelta(days=kept[kind])
        ids = forget_kind(connection, before=before, limit=limit, actor=actor)
        if ids:
            note_forgotten(connection, kind, ids, actor=actor, at=at)
        gone[kind.value] = len(ids)
    forget_said(connection, actor=actor, at=at)
    positions.forget_after_end(connection, actor=actor, at=at)
    if dry_run:
        attempt.rollback()
    else:
        attempt.commit()
    return gone


def _forgetting(settings: Settings, at: datetime, dry_run: bool) -> Mapping[Kind, Forget]:
    # Files come last: what happened to them no rollback undoes.
    return {
        Kind.REPORTERS: partial(reporters.forget, at=at),
        Kind.ENQUIRIES: enquiries.forget,
        Kind.WORDS: partial(forget_own_words, at=at),
        Kind.TEXTS: journal.forget_texts,
        Kind.STEPS: forget_words,
        Kind.PHOTOS: photos.forget,
        Kind.TRACKS: partial(positions.forget_tracks, zone=settings.zone),
        Kind.PEOPLE: people.forget_names,
        Kind.SESSIONS: people.forget_sessions,
        Kind.SIGN_INS: people.forget_sign_ins,
        Kind.JOBS: queue.forget,
        Kind.UPLOADS: partial(_forget_uploads, var=settings.var, dry_run=dry_run),
    }


def _forget_uploads(
    connection: Connection,
    *,
    before: datetime,
    limit: int | None,
    actor: Actor,
    var: Path,
    dry_run: bool,
) -> Sequence[str]:
    wanted = jobs.wanted_paths(connection, actor, "import", before)
    due = uploads.due(var, before, wanted)[:limit]
    if not dry_run:
        uploads.remove(due)
    return [path.name for path in due]
