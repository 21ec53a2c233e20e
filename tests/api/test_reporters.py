"""Who reported, over HTTP and from files: kept, shown, found, corrected, removed, and lost keys."""

import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, select, text

from api import deps, exports, keys
from api.circumstances import Circumstances
from layers.access import Actor, Verb
from layers.files import silent
from layers.incidents.tables import Incident
from layers.reporters.tables import Reporter

PHONE = "13800001111"
LI = {"name": "李四", "phone": PHONE, "email": "li@example.cn", "address": "柳河路 8 号"}
WEST, EAST = (119.905, 29.705), (119.915, 29.705)


@pytest.fixture
def case(cast, noon) -> str:
    return str(cast.report(*WEST, noon))


@pytest.fixture
def kept(client: TestClient, case: str) -> str:
    """The address of a case whose reporter is kept."""
    at = f"/api/incidents/{case}/reporter"
    assert client.put(at, json={**LI, "callback": True}).status_code == 200
    return at


def incidents_of(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["incident"] for item in answer.json()["items"]]


def find(client: TestClient, **wanted: object):
    return client.post("/api/reporters/find", json=wanted)


# --- By hand ------------------------------------------------------------------------------------


def test_a_reporter_is_kept_shown_corrected_and_removed(client, kept):
    first = client.get(kept)
    corrected = client.patch(kept, json={"phone": "0579-87311234", "email": None})
    second = client.get(kept).json()
    removed = client.delete(kept)

    assert first.json().items() >= {**LI, "callback": True, "kept_until": None}.items()
    assert first.headers["cache-control"] == "no-store"
    assert (corrected.status_code, removed.status_code) == (200, 200)
    assert (second["phone"], second["email"], second["name"]) == ("0579-87311234", None, "李四")
    gone = client.get(kept)
    assert (gone.status_code, gone.json()["code"]) == (404, "no_reporter")
    assert client.get(kept.removesuffix("/reporter")).status_code == 200


def test_a_persons_reports_are_found_page_by_page_and_removed(client, cast, noon):
    for place in (WEST, EAST, WEST):
        at = f"/api/incidents/{cast.report(*place, noon)}/reporter"
        client.put(at, json={"phone": "+86 138-0000-1111"})

    first = find(client, phone="１３８ ０000 1111", limit=2)
    rest = find(client, phone=PHONE, limit=2, after=first.json()["next"])
    removed = client.post("/api/reporters/remove", json={"phone": PHONE})

    found = incidents_of(first) + incidents_of(rest)
    assert len(set(found)) == 3 and rest.json()["next"] is None
    assert removed.json()["incidents"] == found
    assert incidents_of(find(client, phone=PHONE)) == []


def test_a_description_is_redacted(client, case, connection):
    answer = client.post(
        f"/api/incidents/{case}/redact", json={"description": None, "reason": "本人要求"}
    )

    assert answer.json() == {"incident": case}
    assert connection.execute(select(Incident.redacted)).scalar_one()


@pytest.fixture
def asked(client, kept, case, connection) -> str:
    """An enquiry about the case, with words of whoever asked; somebody else follows the case."""
    enquiry = {"id": str(uuid4()), "channel": "12345", "incident": case, "outside_no": "2026-7"}
    at = f"/api/enquiries/{client.post('/api/enquiries', json=enquiry).json()['id']}"
    client.post(f"{at}/answer", json={"text": "李四家门口已清理"})
    client.post(f"{at}/call-back", json={"reached": True, "remark": "李四谢谢"})
    connection.execute(text(FOLLOWED), {"case": case})
    return at


FOLLOWED = """
    INSERT INTO enquiries (id, incident_id, channel, received_at, content, token_hash, opinion)
    VALUES (gen_random_uuid(), :case, 'web', now(), '', 'x', '王五说')
"""


@pytest.mark.parametrize("everything", [False, True])
def test_the_words_of_a_persons_enquiries_are_shown_and_removed_with_them(
    everything, client, asked, kept, connection
):
    (found,) = find(client, phone=PHONE).json()["items"]
    if everything:
        client.post("/api/reporters/remove", json={"phone": PHONE})
    else:
        client.delete(kept)

    told = {"answer": "李四家门口已清理", "remark": "李四谢谢", "outside_no": "2026-7"}
    (own,) = found["enquiries"]
    assert own.items() >= told.items()
    assert client.get(asked).json().items() >= dict.fromkeys(told).items()
    others = "SELECT opinion FROM enquiries WHERE channel = 'web'"
    assert connection.execute(text(others)).scalar_one() == "王五说"


def test_words_of_a_step_and_a_photograph_are_taken_out_each_by_its_id(
    client, case, connection, noon
):
    event, photo = str(uuid4()), str(uuid4())
    given = {"case": case, "event": event, "photo": photo, "at": noon}
    for statement in (STEP, PHOTO):
        connection.execute(text(statement), given)
    at = f"/api/incidents/{case}"

    gone = [client.post(f"{at}/{one}/redact", json={"reason": "本人要求"})
            for one in (f"events/{event}", f"photos/{photo}")]  # fmt: skip
    again = client.post(f"{at}/photos/{photo}/redact", json={"reason": "本人要求"})
    none = client.post(f"{at}/events/{photo}/redact", json={"reason": "本人要求"})

    assert [answer.json()["id"] for answer in gone] == [event, photo]
    assert (again.json()["code"], none.json()["code"]) == ("no_photo", "no_step")
    (step,) = client.get(at).json()["steps"]
    assert (step["reason"], step["details"]) == (None, {"squad": "S1"})
    assert client.get(at).json()["photos"] == []
    told = [(row["kind"], row["details"].get("step") or row["subject"])
            for row in client.get("/api/journal?verb=redact").json()["items"]]  # fmt: skip
    assert sorted(told) == [("incidents", event), ("photos", photo)]


STEP = """
    INSERT INTO incident_steps (incident_id, version, event_id, verb, from_state, to_state, by,
        happened_at, received_at, late, reason, details)
    VALUES (:case, 1, :event, 'x', 'a', 'b', 'x', :at, :at, false, '张三家',
        '{"squad": "S1", "text": "拆除"}')
"""
PHOTO = """
    INSERT INTO photos (id, incident_id, kind, sha256, blob, small, width, height, bytes,
        received_at, by)
    VALUES (:photo, :case, 'before', 'x', 'x', 'x', 1, 1, 1, :at, 'x')
"""


@pytest.mark.parametrize("sent", [
    {"phone": f"{PHONE}x" * 50}, {"phone": [PHONE]}, {"phone": f"{PHONE}\x00"}, {"fon": PHONE},
    {"name": "x", "kept_until": f"tel {PHONE}"}, {"phone": {PHONE: PHONE}}, [PHONE], PHONE,
])  # fmt: skip
@pytest.mark.parametrize("way", ["keep", "find"])
def test_a_refusal_does_not_repeat_what_was_sent(client, case, sent, way):
    if way == "keep":
        answer = client.put(f"/api/incidents/{case}/reporter", json=sent)
    else:
        answer = client.post("/api/reporters/find", json=sent)

    assert answer.status_code == 422
    assert PHONE not in answer.text


def test_no_address_line_takes_anything_of_a_person(app: FastAPI):
    taken = {
        (path, parameter["name"])
        for path, methods in app.openapi()["paths"].items()
        for method in methods.values()
        for parameter in method.get("parameters", [])
        if parameter["name"] in {"phone", "email", "reporter", "reporter_phone", "contact"}
    }

    assert taken == set()


def test_only_who_holds_the_power_over_the_place_is_answered(client, app, kept, cast, noon):
    east = f"/api/incidents/{cast.report(*EAST, noon)}/reporter"
    western = Actor("western", frozenset({Verb.CONTACT}), frozenset({cast.west}))
    other = Actor("other", frozenset(Verb) - {Verb.CONTACT})

    answers = {}
    for who in (western, other):
        app.dependency_overrides[deps.actor] = lambda who=who: who
        answers[who.name] = [client.get(at).status_code for at in (kept, east)]
        answers[who.name].append(find(client, phone=PHONE).status_code)

    assert answers == {"western": [200, 404, 403], "other": [403, 403, 403]}


# --- Keys ---------------------------------------------------------------------------------------


def test_the_first_key_is_made_for_its_owner_alone(kept, settings):
    file = settings.key_file

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys.held(file).current in keys.held(file).secrets


@pytest.mark.parametrize(("content", "code"), [
    (None, "personal_key_missing"), (b"rubbish", "personal_key_unreadable"),
    (b'{"current": "x", "keys": {}}', "personal_key_unreadable"),
    (b"[]", "personal_key_unreadable"), ("other", "personal_key_missing"),
    ("same id", "personal_key_wrong"),
])  # fmt: skip
def test_without_its_key_only_what_needs_it_stops_and_no_new_one_is_made(
    client, kept, settings, tmp_path: Path, content, code
):
    file = settings.key_file
    own = keys.held(file)
    file.unlink()
    if content == "other":
        keys.rotate(file)
    elif content == "same id":
        keys._written(file, type(own)(own.current, {own.current: bytes(32)}))
    elif content is not None:
        file.write_bytes(content)
    before = file.read_bytes() if file.exists() else None

    refused = [client.get(kept), find(client, phone=PHONE), client.put(kept, json=LI)]
    works = [client.get("/api/incidents"), client.get(kept.removesuffix("/reporter"))]
    removed = client.delete(kept)

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(503, code)] * 3
    assert [answer.status_code for answer in works] == [200, 200]
    assert removed.status_code == 200
    assert (file.read_bytes() if file.exists() else None) == before


# --- Files --------------------------------------------------------------------------------------

HEAD = "案件编号,发生时间,经度,纬度,描述,反映人,联系电话,电子邮箱,联系地址\n"
ROWS = (
    "A1,2026-11-10 08:30,119.905,29.705,垃圾,李四,138 0000 1111,li@example.cn,柳河路 8 号\n"
    "A2,2026-11-10 08:30,0,0,零,王五,13900002222,,\n"
    "A3,2026-11-10 08:30,119.905,29.705,垃圾,,,,\n"
)


@pytest.fixture
def send(client, work, cast) -> Callable[..., dict]:
    def sent(rows: str = ROWS, name: str = "案件.csv", head: str = HEAD, **options):
        files = {"file": (name, (head + rows).encode())}
        return work(client, client.post("/api/imports/incidents", files=files, data=options))

    return sent


def case_of(connection: Connection, number: str) -> UUID:
    asked = select(Incident.id).where(Incident.external_id == number)
    return connection.execute(asked).scalar_one()


def test_a_files_reporters_go_in_sealed_and_nowhere_else(send, client, connection):
    result = send()["result"]

    case = case_of(connection, "A1")
    assert {"code": "reporters_sealed", "rows": 1} in result["warnings"]
    shown = client.get(f"/api/incidents/{case}/reporter").json()
    assert shown.items() >= {**LI, "phone": "138 0000 1111"}.items()
    assert incidents_of(find(client, phone=PHONE)) == [str(case)]
    everywhere = [client.get(path) for path in (
        "/api/incidents", f"/api/incidents/{case}", "/maps/incidents.html", "/api/overview",
    )]  # fmt: skip
    assert [answer.status_code for answer in everywhere] == [200] * 4
    assert not [word for word in LI.values() for answer in everywhere if word in answer.text]
    assert "13800001111" not in str(result) and "13900002222" not in str(result)


def test_uploads_and_refused_rows_are_for_their_owner_and_for_who_may_import(
    send, client, app, settings, planner
):
    job = send()
    at = f"/api/imports/{job['id']}/refused"

    whole = client.get(at)
    app.dependency_overrides[deps.actor] = lambda: Actor(planner.name, frozenset({Verb.MANAGE}))
    refused = client.get(at)

    uploads = settings.var / "uploads"
    assert "13900002222" in whole.text
    assert (refused.status_code, refused.json()["values"]) == (403, {"verb": "import"})
    assert {stat.S_IMODE(path.stat().st_mode) for path in uploads.rglob("*") if path.is_file()} == {
        0o600
    }
    assert stat.S_IMODE(uploads.stat().st_mode) == 0o700


def test_the_same_file_twice_changes_nothing_and_a_later_one_only_what_it_says(
    send, client, connection
):
    send()
    row = connection.execute(select(Reporter.sealed)).scalar_one()

    again = send()["result"]
    same = connection.execute(select(Reporter.sealed)).scalar_one()
    send(f"A1,2026-11-10 08:30,{WEST[0]},{WEST[1]},垃圾,,13900003333,,\n")

    assert {"code": "reporters_sealed", "rows": 0} in again["warnings"]
    assert same == row
    shown = client.get(f"/api/incidents/{case_of(connection, 'A1')}/reporter").json()
    assert (shown["phone"], shown["name"]) == ("13900003333", "李四")


def test_what_was_removed_or_redacted_no_later_file_brings_back(send, client, connection):
    send()
    case = case_of(connection, "A1")
    client.delete(f"/api/incidents/{case}/reporter")
    client.post(f"/api/incidents/{case}/redact", json={"description": "某处", "reason": "要求"})

    send()

    assert client.get(f"/api/incidents/{case}/reporter").status_code == 404
    assert client.get(f"/api/incidents/{case}").json()["description"] == "某处"


def test_to_bring_reporters_takes_the_power_to_see_them(
    send, connection, cast, settings, noon, app, client, monkeypatch
):
    from api import imports
    from layers.errors import Forbidden

    file = settings.var / "cases.csv"
    file.write_text(HEAD + ROWS)
    importer = Actor("importer", frozenset({Verb.IMPORT}))
    around = Circumstances(settings, importer, noon, silent)

    with pytest.raises(Forbidden, match="verb=contact"):
        imports.run(connection, imports.Wanted("incidents", file), around)
    file.write_text(HEAD + "A3,2026-11-10 08:30,119.905,29.705,垃圾,,,,\n")
    _, outcome = imports.run(connection, imports.Wanted("incidents", file), around)

    assert (outcome.total, outcome.warnings) == (1, [])


def test_an_export_has_no_reporters_unless_they_are_asked_for(
    send, connection, settings, planner, noon
):
    send()
    around = Circumstances(settings, planner, noon, silent)

    plain = exports.frame(connection, exports.Wanted("incidents"), around)
    asked = exports.frame(connection, exports.Wanted("incidents", reporters=True), around)

    assert not [name for name in plain.columns if name.startswith("reporter")]
    phones = asked.set_index("external_id")["reporter_phone"]
    assert phones["A1"] == "138 0000 1111" and phones[["A3"]].isna().all()
    verbs = connection.execute(text("SELECT verb FROM journal WHERE kind = 'reporters'"))
    assert verbs.scalars().all() == ["imported", "disclose"]
