"""The Open311 clients that others have written for Python, on a real server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import chicagorequests
import pytest
from civicbot.open311 import Open311Client
from civicbot.registry import Endpoint
from georeport import GeoReport
from sqlalchemy import Connection, text

from api import auth
from api import cluster as clusters
from api.settings import Settings
from layers.people import actions as people
from layers.roles import Role
from tests.cast import Cast
from tests.conftest import app_url, town_of_its_own
from tests.signed import MANAGER, signed_in
from tests.web.served import serving

CASES = 450
"""More than two pages of chicagorequests."""
NOW = datetime.now(UTC)
ASKED = """
    UPDATE matters SET offered = true, public = true, questions = '[{"code": "size", "zh": "多大",
        "en": "How large", "datatype": "singlevaluelist", "required": true,
        "values": [{"key": "big", "zh": "大", "en": "Big"}]}]'
"""
MANY = """
    INSERT INTO incidents (id, source, external_id, matter_code, state, place, x, y, datum, grid_id,
        cell, occurred_at, occurred_precision, received_at)
    SELECT gen_random_uuid(), source, 'n' || n, matter_code,
        CASE WHEN n % 3 = 0 THEN 'closed' ELSE 'filed' END, place, x, y, datum, grid_id, cell,
        occurred_at - n * interval '1 hour', 'minute', occurred_at - n * interval '1 hour'
    FROM incidents, generate_series(1, :n) AS n
"""


@pytest.fixture(scope="module")
def endpoint(cluster: clusters.Cluster, tmp_path_factory) -> Iterator[tuple[str, str]]:
    """The address of a bureau with many cases, and the key of somebody who may report there."""
    with town_of_its_own(cluster, "test_open311_clients") as engine:
        with engine.begin() as connection:
            codes = connection.execute(text("SELECT code, id FROM grids")).all()
            Cast(connection, "", "", dict(codes)).report(119.9031, 29.7042, NOW, "filed")
            connection.execute(text(MANY), {"n": CASES - 1})
            connection.execute(text(ASKED))
            key = _key(connection)
        url = app_url(engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
        with serving(url, Settings(var=tmp_path_factory.mktemp("var"))) as address:
            yield f"{address}/open311/v2", key


def _key(connection: Connection) -> str:
    secret, today = auth.new_secret(auth.TOKEN), NOW.date()
    signed_in(connection, NOW, Role.ACCEPTOR)
    person = connection.execute(text("SELECT id FROM people")).scalar_one()
    people.issue_token(connection, person, "civicbot", auth.digest(secret), ["report"], life=None,
                       actor=MANAGER, at=NOW, today=today)  # fmt: skip
    return secret


@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_georeport_reads_services_their_questions_and_cases(fmt, endpoint):
    client = GeoReport(endpoint[0], output_format=fmt)

    [service] = _many(client.get_service_list())
    asked = client.get_service_definition(service["service_code"])
    closed = _many(client.get_service_requests(status="closed"))

    assert (service["service_code"], service["group"]) == ("S02", None)
    assert "big" in str(asked)
    assert len(closed) == CASES // 3 - 1
    assert client.get_service_request(closed[0]["service_request_id"])["status"] == "closed"


def _many(found: dict | list) -> list[dict]:
    """In XML one of them is not a list."""
    return found if isinstance(found, list) else [found]


def test_chicagorequests_takes_each_case_once_page_by_page(endpoint, monkeypatch):
    monkeypatch.setattr(chicagorequests.Downloader, "BASE_URL", f"{endpoint[0]}/requests.json")
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    download, span = chicagorequests.Downloader(), (midnight - timedelta(days=30), NOW)

    at_once = download(span)
    by_day = [one for day in chicagorequests.day_intervals(*span) for one in download(day)]

    for found in (at_once, by_day):
        assert len(found) == len({one["service_request_id"] for one in found}) == CASES


def test_civicbot_reads_and_reports(endpoint):
    address, key = endpoint
    client = Open311Client(
        Endpoint(id="gp", name="gp", base_url=address, write=True,
                 api_key_required_for_write=True, geo_scoped=False)
    )  # fmt: skip

    sent = client.create_request(
        "S02", dry_run=False, confirm="SEND", api_key=key, validate_remote=True, lat=29.7042,
        lng=119.9031, description="桥下", phone="13800001111", attributes={"size": "big"},
    )  # fmt: skip

    [case] = client.list_requests(page_size=1)
    assert len(sent.response[0]["service_request_id"]) == 36
    assert client.get_token(case["service_request_id"])[0]["token"] == case["service_request_id"]
