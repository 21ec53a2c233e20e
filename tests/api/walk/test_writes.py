"""No route writes anything that is out of sight: every write, every role, a foreign township."""

import pytest
from sqlalchemy import Connection, text

from tests.api.walk.roles import BOUNDED, EVERYTHING, ROLES
from tests.api.walk.routes import OWN_DOOR, WRITES, bodies
from tests.api.walk.world import paths

OWN = {
    "jobs",
    "job_attempts",
    "journal",
    "journal_texts",
    "journal_unsealed",
    "sign_ins",
    "sessions",
}
"""Where somebody's own doings are written down."""


def test_every_write_is_described_here(world):
    assert {f"{method} {path}" for method, path in WRITES} == set(bodies(world))


def test_what_is_sent_is_something_that_somebody_may_do(ask, world, connection):
    """Else nothing would be shown by its refusal."""
    refused = {}
    for method, route in WRITES:
        told = f"{method} {route}"
        for path in paths(route, world) if told not in OWN_DOOR else ():
            attempt = connection.begin_nested()
            status, answer = ask(EVERYTHING, method, path, **bodies(world)[told])
            if status not in (200, 201, 202, 204, 404, 409):
                refused[f"{method} {path}"] = status, answer
            attempt.rollback()

    assert refused == {}


def kept(connection: Connection) -> dict[str, str]:
    """A digest of each table that is not about one's own doings."""
    named = connection.execute(text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'spatial_ref_sys'"
    )).scalars()  # fmt: skip
    digest = "SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {} t"
    return {
        table: connection.execute(text(digest.format(table))).scalar_one()
        for table in named if table not in OWN
    }  # fmt: skip


@pytest.mark.parametrize("role", BOUNDED)
def test_nothing_out_of_sight_is_written(role, ask, world, connection):
    before, sent = kept(connection), bodies(world)

    answers = {
        f"{method} {path}": ask(ROLES[role], method, path, **sent[f"{method} {route}"])
        for method, route in WRITES for path in world.foreign(route)
    }  # fmt: skip

    after = kept(connection)
    assert {table for table in before if before[table] != after[table]} == set()
    assert {told for told, (status, _) in answers.items() if status >= 500} == set()
