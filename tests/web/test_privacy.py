"""An administrator whom somebody asks what is kept: found, corrected, removed; and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from sqlalchemy import Engine, select, text

from api import cluster as clusters
from api import keys
from api.settings import Settings
from layers import db
from layers.access import WORKER
from layers.enquiries.tables import Enquiry
from layers.reporters import actions
from layers.reporters.rules import Contact, Wishes
from layers.reporters.tables import Reporter
from layers.roles import Role
from tests.cast import Cast
from tests.conftest import app_url, migrated_database
from tests.signed import signed_in
from tests.web.served import cookie, opened, serving

pytestmark = pytest.mark.browser
LI = Contact("李四", "138 0000 1111")


@pytest.fixture(scope="module")
def url(cluster: clusters.Cluster) -> str:
    return migrated_database(cluster, "test_privacy")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def own(url: str, settings: Settings) -> Iterator[Engine]:
    """Two cases that the same person reported, each with an answer."""
    engine, at = db.connect(url), datetime.now(UTC)
    with engine.begin() as connection:
        cast = Cast.settle(connection)
        ring = keys.ring(connection, settings, actor=WORKER, at=at)
        for place in ((119.905, 29.705), (119.915, 29.705)):
            actions.keep(connection, cast.report(*place, at), LI, Wishes(),
                         ring=ring, actor=WORKER, at=at)  # fmt: skip
        for told in (ANSWERED, NUMBERED, RETURNED):
            connection.execute(text(told))
    yield engine
    engine.dispose()


ANSWERED = """
    INSERT INTO enquiries (id, incident_id, channel, received_at, content, answer, answered_at)
    SELECT gen_random_uuid(), id, 'phone', now(), '', '李四门前已清理', now() FROM incidents
"""


NUMBERED = """
    UPDATE incidents SET case_no = '26-00000' || CASE WHEN x < 119.91 THEN 1 ELSE 2 END
"""
RETURNED = """
    INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
        happened_at, received_at, late, details, reason, photos)
    SELECT id, 1, gen_random_uuid(), 'return_report', 'reported', 'reported', 'x', now(), now(),
        false, '{}', '李四不在家', '{}' FROM incidents WHERE case_no = '26-000001'
"""


@pytest.fixture(scope="module")
def address(url: str, own: Engine, settings: Settings) -> Iterator[str]:
    with serving(app_url(url), settings) as found:
        yield found


@pytest.fixture(scope="module")
def state(own: Engine) -> StorageState:
    with own.begin() as connection:
        return cookie(signed_in(connection, datetime.now(UTC), Role.ADMINISTRATOR))


@pytest.fixture
def page(chromium: Browser, address: str, state: StorageState) -> Iterator[Page]:
    with opened(chromium, address, state) as (page, _):
        page.goto("/admin#privacy")
        yield page


def test_what_was_typed_with_a_step_is_taken_out_for_a_reason(page: Page, own: Engine):
    page.get_by_label("Phone number or e-mail address").fill("13800001111")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("row", name="26-000001").click()
    expect(page.get_by_role("heading", name="26-000001 · resident")).to_be_visible()
    expect(page.locator(".pieces li")).to_have_count(2)

    page.get_by_role("button", name="Take out: Returned for correction").click()
    page.get_by_label("Reason").last.fill("names a resident")
    page.get_by_role("button", name="Take out", exact=True).last.click()

    expect(page.locator(".pieces li")).to_have_count(1)
    expect(page.locator(".pieces")).to_contain_text("李四门前已清理")
    with own.begin() as connection:
        assert connection.execute(text("SELECT reason FROM incident_steps")).scalar_one() is None


def test_a_person_is_found_corrected_and_removed(page: Page, own: Engine):
    rows = page.locator("table.people tbody tr")
    page.get_by_label("Phone number or e-mail address").fill("+86 13800001111")
    page.get_by_role("button", name="Find").click()
    expect(rows).to_have_count(2)

    rows.first.click()
    expect(page.get_by_role("dialog")).to_contain_text("李四门前已清理")
    page.get_by_role("dialog").get_by_label("Name").fill("李思")
    page.get_by_role("button", name="Correct").click()
    expect(rows.filter(has_text="李思")).to_have_count(1)
    page.get_by_role("button", name="Remove all of it").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Nothing is kept with this number")).to_be_visible()

    assert "1380000" not in page.url
    with own.begin() as connection:
        assert connection.execute(select(Reporter.sealed)).scalars().all() == [None, None]
        assert connection.execute(select(Enquiry.answer)).scalars().all() == [None, None]


def test_a_period_is_changed(page: Page):
    kept = page.get_by_role("row", name="Who reported").get_by_label("Days")
    expect(kept).to_have_value("183")

    kept.fill("365")
    page.get_by_role("row", name="Who reported").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()

    expect(kept).to_have_value("365")
