"""Two matters that everybody may report, a server behind a line, and a page on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine, delete, insert, text

from api import cluster as clusters
from api.settings import Settings
from layers.enquiries.tables import Enquiry
from layers.incidents.tables import Incident, Step
from layers.matters.tables import Matter
from layers.photos.tables import Photo
from layers.reporters.tables import Reporter
from tests.conftest import app_url, town_of_its_own
from tests.pictures import drawn, encoded
from tests.web.phone import Line
from tests.web.resident.phone import OPTIONS, RUBBISH, RUBBLE
from tests.web.served import PATIENCE_MS, serving

MANY = """[{"code": "size", "datatype": "singlevaluelist", "zh": "多大", "en": "How large",
    "required": true, "values": [{"key": "big", "zh": "大", "en": "Big"}]},
    {"code": "heaps", "datatype": "number", "zh": "几堆", "en": "How many heaps"},
    {"code": "of", "datatype": "multivaluelist", "zh": "是什么", "en": "What it is",
     "required": true, "values": [{"key": "stone", "zh": "石头", "en": "Stone"}]}]"""


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    with town_of_its_own(cluster, "test_web_resident") as engine:
        with engine.begin() as connection:
            for code, zh, en in (("S02", "暴露垃圾", RUBBISH), ("S03", "渣土", RUBBLE)):
                row = {"code": code, "name_zh": zh, "name_en": en, "offered": True, "public": True,
                       "class_zh": "市容", "class_en": "City appearance"}  # fmt: skip
                connection.execute(insert(Matter).values(row))
            connection.execute(text("UPDATE matters SET questions = CAST(:many AS jsonb)"
                                    " WHERE code = 'S03'"), {"many": MANY})  # fmt: skip
        yield engine


@pytest.fixture(scope="module")
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def address(own: Engine, line: Line, settings: Settings) -> Iterator[str]:
    url = app_url(own.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    with serving(url, settings, line.before) as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_reported(own: Engine, line: Line) -> None:
    line.quiet()
    line.mend()
    with own.begin() as connection:
        for table in (Photo, Reporter, Enquiry, Step, Incident):
            connection.execute(delete(table))


@pytest.fixture
def context(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=address, **OPTIONS)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """On which anything that goes wrong in a script fails the test."""
    made, wrong = context.new_page(), []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    yield made
    assert wrong == []


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(encoded(drawn()))
    return path
