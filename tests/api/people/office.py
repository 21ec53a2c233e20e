"""What is said of people, and what becomes of them beside the doors."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

from layers.people.tables import Person, Session

SCRIPT, FORMULA = "<script>alert(1)</script>", '=HYPERLINK("http://evil.example")'


def sign_in(connection: Connection, person: dict[str, object], noon) -> None:
    row = {"id": uuid4(), "person_id": UUID(person["id"]), "token_hash": uuid4().bytes,
           "made_at": noon, "seen_at": noon, "expires_at": noon + timedelta(days=1)}  # fmt: skip
    connection.execute(Session.__table__.insert().values(row))


def choose_password(connection: Connection, person: dict[str, object]) -> None:
    chosen = Person.__table__.update().where(Person.id == UUID(person["id"]))
    connection.execute(chosen.values(password_hash="chosen", code_hash=None))


def logins(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [person["login"] for person in answer.json()["items"]]
