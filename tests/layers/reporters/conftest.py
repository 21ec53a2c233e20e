"""Cases that somebody reported, and who looks at that."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from layers.access import Actor, Verb
from layers.reporters import actions, rules
from layers.reporters.rules import Contact, Wishes
from layers.sealing import Keyring, new_keyring
from tests.cast import Cast
from tests.layers.reporters.person import LI, WEST_PLACE


@pytest.fixture
def ring() -> Keyring:
    return new_keyring()


@pytest.fixture
def acceptor() -> Actor:
    return Actor("acceptor", frozenset({Verb.CONTACT}))


@pytest.fixture
def western(cast: Cast) -> Actor:
    return Actor("western", frozenset({Verb.CONTACT}), frozenset({cast.west}))


@pytest.fixture
def case(cast: Cast, connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    """A case that somebody reported."""

    def reported(contact: Contact = LI, place=WEST_PLACE, **wishes: object) -> UUID:
        incident_id = cast.report(*place, noon)
        actions.keep(connection, incident_id, contact, Wishes(**wishes),
                     ring=ring, actor=acceptor, at=noon)  # fmt: skip
        return incident_id

    return reported


@pytest.fixture
def shown(connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    def opened(incident_id: UUID, by: Actor = acceptor) -> Contact:
        return actions.show(connection, incident_id, ring=ring, actor=by, at=noon).contact

    return opened


@pytest.fixture
def found(connection: Connection, ring: Keyring, acceptor: Actor, noon: datetime):
    def looked_up(phone: str | None = None, email: str | None = None, by: Actor = acceptor):
        wanted = rules.wanted(phone, email)
        reports = actions.find(connection, wanted, after=None, limit=100,
                               ring=ring, actor=by, at=noon)  # fmt: skip
        return {report.row["incident_id"] for report in reports}

    return looked_up


@pytest.fixture
def written(connection: Connection) -> Callable[[], str]:
    """All that the database holds of reporters and the journal, as text."""

    def read() -> str:
        rows = [
            row
            for table in ("reporters", "journal", "journal_texts", "personal_keys")
            for row in connection.execute(
                text(f"SELECT {table}::text, CAST(to_jsonb({table}) AS text) FROM {table}")
            )
        ]
        return str(rows)

    return read
