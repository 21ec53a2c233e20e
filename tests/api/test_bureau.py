"""The bureau's settings: said by its administrator, unless the environment says them."""

import anyio
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, insert, select, text

from api import effective
from api.cli import console
from api.deps import OPERATOR
from api.settings import Settings
from layers import db
from layers.access import Actor, Verb
from layers.bureau import actions, queries
from layers.bureau.tables import Bureau
from layers.errors import Forbidden
from layers.journal.tables import Entry
from tests.conftest import ran

SAID = {"name_zh": "柳河市城管局", "name_en": "Liuhe Enforcement", "timezone": "Asia/Urumqi"}


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """A server of which nothing is said but where its data lies."""
    for setting in effective.SETTINGS.values():
        monkeypatch.delenv(f"GRIDPATROL_{setting.upper()}", raising=False)
    return Settings(var=tmp_path)


# --- What holds ---------------------------------------------------------------------------------


def test_without_a_word_the_defaults_hold(settings):
    assert effective.settings(settings, {}) == settings


def test_what_the_administrator_said_holds_where_the_environment_is_silent(settings):
    found = effective.settings(settings, SAID)

    assert (found.timezone, found.zone.key, found.language) == ("Asia/Urumqi",) * 2 + ("zh",)
    assert (found.name("zh"), found.name("en")) == ("柳河市城管局", "Liuhe Enforcement")


def test_the_environment_wins_and_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDPATROL_TIMEZONE", "Asia/Shanghai")
    monkeypatch.setenv("GRIDPATROL_SOURCE", "")
    given = Settings(var=tmp_path)

    assert effective.settings(given, SAID).timezone == "Asia/Shanghai"
    assert effective.fixed(given) == {"timezone": "GRIDPATROL_TIMEZONE"}


def test_a_name_from_the_environment_is_the_name_in_both_languages(tmp_path):
    given = Settings(var=tmp_path, bureau="别处局")

    found = effective.settings(given, SAID)

    assert (found.name("zh"), found.name("en")) == ("别处局", "别处局")
    assert effective.fixed(given)["name_en"] == "GRIDPATROL_BUREAU"


# --- Saying it ----------------------------------------------------------------------------------


def test_what_is_said_is_shown_and_what_is_left_out_stays(client, cast):
    client.patch("/api/bureau", json=SAID)

    shown = client.patch("/api/bureau", json={"division": "331127"}).json()

    assert shown == {
        **SAID, "division": "331127", "hours": "08:00-12:00,14:00-18:00",
        "acknowledge": "5m", "language": "zh", "source": "", "telephone": "",
        "fixed": {},
        "extent": [119.9, 29.7, 119.92, 29.72],
    }  # fmt: skip
    assert client.get("/api/bureau").json() == shown


def test_an_empty_text_takes_back_what_was_said(client, connection):
    client.patch("/api/bureau", json=SAID)

    shown = client.patch("/api/bureau", json={"timezone": "", "name_en": "  "}).json()

    assert (shown["timezone"], shown["name_en"]) == ("Asia/Shanghai", "")
    assert queries.said(connection) == {"name_zh": SAID["name_zh"]}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"timezone": "Mars/Phobos"}, "bad_timezone"),
        ({"language": "fr"}, "bad_language"),
        ({"hours": "18:00-08:00"}, "bad_shifts"),
        ({"acknowledge": "soon"}, "bad_limit"),
        ({"acknowledge": "2wh"}, "bad_acknowledge"),
        ({"division": "33"}, "bad_division"),
        ({"division": "33112x"}, "bad_division"),
        ({"telephone": "ask for Li"}, "bad_telephone"),
        ({"telephone": "tel:110"}, "bad_telephone"),
        ({"name_en": "x" * 101}, "bureau_too_long"),
        ({"name_zh": "a\nb"}, "malformed"),
        ({"colour": "red"}, "malformed"),
    ],
)
def test_what_cannot_be_is_refused(client, said, code):
    answer = client.patch("/api/bureau", json=said)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_the_environment_says_cannot_be_said_here(client, app, tmp_path):
    app.state.given = Settings(var=tmp_path, timezone="Asia/Shanghai")

    answer = client.patch("/api/bureau", json={"timezone": "Asia/Urumqi"})

    assert (answer.status_code, answer.json()["code"]) == (409, "fixed_by_environment")
    assert answer.json()["values"]["variable"] == "GRIDPATROL_TIMEZONE"


def test_the_journal_knows_codes_in_full_and_of_texts_that_they_changed(connection, planner, noon):
    actions.say(connection, SAID, actor=planner, at=noon)
    actions.say(connection, SAID, actor=planner, at=noon)

    told = connection.execute(select(Entry.details).where(Entry.kind == "bureau")).scalars().all()
    assert told == [{"fields": ["name_en", "name_zh", "timezone"], "timezone": "Asia/Urumqi"}]


def test_who_does_not_manage_says_nothing(connection, noon):
    with pytest.raises(Forbidden):
        actions.say(connection, SAID, actor=Actor("r", frozenset({Verb.IMPORT})), at=noon)


# --- Everywhere, soon ---------------------------------------------------------------------------


@pytest.fixture
def kept(engine):
    """Said for good, as another server process would have done."""
    with engine.begin() as connection:
        connection.execute(insert(Bureau).values(id=1, **SAID))
    yield
    with engine.begin() as connection:
        connection.execute(delete(Bureau))


@pytest.fixture
def server(app: FastAPI):
    """A server that answers nobody, and looks only when it is told."""
    yield app
    app.state.engine.dispose()


def test_a_running_server_goes_by_what_was_said_elsewhere(client, app, kept):
    ran(effective.refresh(app))

    assert client.get("/api/overview").json()["bureau"] == "柳河市城管局"
    assert 'data-zone="Asia/Urumqi"' in client.get("/planning").text


def test_a_database_that_is_away_changes_nothing(server, kept):
    ran(effective.refresh(server))
    server.state.engine.dispose()
    server.state.engine = db.connect("postgresql://nobody@127.0.0.1:1/none")

    ran(effective.refresh(server))

    assert server.state.settings.timezone == "Asia/Urumqi"


def test_the_servers_look_again_by_themselves(server, kept, monkeypatch):
    monkeypatch.setattr(effective, "EVERY_S", 0.01)

    async def until_seen() -> None:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(effective.keep_up, server)
                while server.state.settings.timezone != "Asia/Urumqi":
                    await anyio.sleep(0.01)
                group.cancel_scope.cancel()

    ran(until_seen())

    assert server.state.settings.timezone == "Asia/Urumqi"


def test_a_job_goes_by_what_was_said_when_it_begins(engine, kept, settings, noon):
    from api import worker
    from layers.queue import actions as queue

    seen = []
    worker.WORK["test.zone"] = lambda connection, arguments, around: seen.append(
        around.settings.zone
    )
    try:
        with engine.begin() as connection:
            queue.put(connection, "test.zone", {}, actor=OPERATOR, at=noon)
        while worker.do_next(engine, settings):  # a saying may be followed by other work
            pass
    finally:
        del worker.WORK["test.zone"]
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE jobs CASCADE"))

    assert [zone.key for zone in seen] == ["Asia/Urumqi"]


def test_a_command_goes_by_what_was_said(connection, settings, planner, noon, monkeypatch):
    monkeypatch.setattr(console, "settings", lambda: settings)
    actions.say(connection, SAID, actor=planner, at=noon)

    around = console.around(connection)

    assert (around.settings.timezone, around.settings.name("en")) == (
        "Asia/Urumqi", "Liuhe Enforcement",
    )  # fmt: skip
