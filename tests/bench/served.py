"""The real application, and beside its routes the least and the plainest that any could do."""

from datetime import datetime
from uuid import UUID

from fastapi import FastAPI
from geoalchemy2 import Geometry, WKBElement, WKTElement
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from api.app import from_environment
from api.deps import CurrentActor, Transaction

LEAST, NAIVE = "/bench/select-1", "/bench/insert-only"


class Plain(DeclarativeBase):
    """Apart from the product's own tables."""


class NaiveReport(Plain):
    __tablename__ = "bench_reports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    matter: Mapped[str]
    place: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326))
    occurred_at: Mapped[datetime]
    description: Mapped[str]
    source: Mapped[str]


class Given(BaseModel):
    id: UUID
    matter: str
    lon: float
    lat: float
    occurred_at: datetime
    description: str
    source: str


def app() -> FastAPI:
    """What the web server's process calls; the database is in GRIDPATROL_APP_URL."""
    made = from_environment()

    @made.post(LEAST)
    def select_1(connection: Transaction, actor: CurrentActor) -> dict[str, int]:
        return {actor.name: connection.execute(text("SELECT 1")).scalar_one()}

    @made.post(NAIVE, status_code=201)
    def insert_only(given: Given) -> Given:
        """As tutorials write it: a session, an object, a commit; nobody is asked who it is."""
        kept = given.model_dump(exclude={"lon", "lat"})
        place = WKTElement(f"POINT({given.lon} {given.lat})", srid=4326)
        with Session(made.state.engine) as session:
            session.add(NaiveReport(**kept, place=place))
            session.commit()
        return given

    return made
