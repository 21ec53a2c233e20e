"""A town with a named street, its server, and an acceptor at the desk."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, StorageState
from sqlalchemy import Engine, text

from api import cluster as clusters
from api.settings import Settings
from layers import db
from layers.roles import Area, AreaKind, Role
from tests.cast import WEST, Cast
from tests.conftest import app_url, migrated_database
from tests.signed import signed_in
from tests.web.desk.acceptor import STREET
from tests.web.served import cookie, opened, serving

NUMBERS = count(900_000)
ASKED = [
    {"code": "address", "datatype": "singlevaluelist", "zh": "哪种井盖", "en": "Whose cover",
     "required": True, "values": [{"key": "water", "zh": "给水", "en": "Water"}]},
    {"code": "seen", "datatype": "multivaluelist", "zh": "现场", "en": "On the spot",
     "values": [{"key": "open", "zh": "敞开", "en": "It gapes"}]},
    {"code": "many", "datatype": "number", "zh": "几个", "en": "How many"},
]  # fmt: skip


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_desk")


@pytest.fixture(scope="module")
def own(url: str) -> Iterator[Engine]:
    """A town with a named street."""
    engine = db.connect(url)
    with engine.begin() as connection:
        Cast.settle(connection)
        connection.execute(text(
            "INSERT INTO matters (code, name_zh, name_en, offered, class_code, filing_standard,"
            " closing_standard) VALUES ('S02', '暴露垃圾', 'Exposed rubbish', true, '01',"
            " '有一处以上的垃圾', '垃圾清除')"
        ))  # fmt: skip
        connection.execute(
            text("INSERT INTO matters (code, name_zh, name_en, offered, questions)"
                 " VALUES ('S04', '井盖破损', 'Broken cover', true, CAST(:asked AS jsonb))"),
            {"asked": json.dumps(ASKED)},
        )  # fmt: skip
        connection.execute(text(
            "INSERT INTO places (key, name, place, x, y, datum)"
            " VALUES ('1', '柳河路', ST_Point(119.905, 29.705, 4326), 119.905, 29.705, 'wgs84')"
        ))  # fmt: skip
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def address(url: str, own: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(app_url(url), Settings(var=tmp_path_factory.mktemp("var"))) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: Engine) -> StorageState:
    west = Area(AreaKind.TOWNSHIP, WEST)
    with own.begin() as connection:
        secret = signed_in(connection, datetime.now(UTC), Role.ACCEPTOR, login="call", area=west)
        return cookie(secret)


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state, "Failed to load resource") as (page, _):
        yield page


@pytest.fixture
def case(own: Engine) -> Callable[..., str]:
    """A case that stands in some state, so many degrees east of the street."""

    def reported(state: str = "reported", east: float = 0, **changes: object) -> str:
        with own.begin() as connection:
            grids = dict(connection.execute(text("SELECT code, id FROM grids")).all())
            cast = Cast(connection, WEST, "", grids)
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            identity = cast.report(STREET[0] + east, STREET[1], hour_ago, state)
            changes.setdefault("case_no", f"26-{next(NUMBERS)}")
            for name, value in changes.items():
                connection.execute(
                    text(f"UPDATE incidents SET {name} = :value WHERE id = :id"),
                    {"value": value, "id": identity},
                )
            return str(identity)

    return reported


@pytest.fixture(autouse=True)
def nothing(own: Engine) -> None:
    """Each begins with empty queues."""
    with own.begin() as connection:
        for table in ("photos", "enquiries", "reporters", "incident_steps"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE incidents SET merged_into = NULL"))
        connection.execute(text("DELETE FROM incidents"))


@pytest.fixture
def page_of(chromium, address, own) -> Iterator[Callable[[Role], Page]]:
    """The page of somebody else in the western township."""
    with ExitStack() as open_pages:

        def signed(role: Role) -> Page:
            west, now = Area(AreaKind.TOWNSHIP, WEST), datetime.now(UTC)
            with own.begin() as connection:
                secret = signed_in(connection, now, role, login=str(uuid4()), area=west)
            context = opened(chromium, address, cookie(secret), "Failed to load resource")
            return open_pages.enter_context(context)[0]

        yield signed
