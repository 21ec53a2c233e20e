"""What happens, as those who look on are told it: by a real server, from what was committed."""

import threading
import time
from datetime import UTC, datetime
from queue import Queue

import httpx2
from sqlalchemy import text

from api import live
from layers.access import transaction
from layers.journal.actions import note
from layers.roles import Area, AreaKind, Role
from tests.api.stream.listener import DISPATCHER, go_on, reject, reported
from tests.cast import EAST, WEST


def test_a_case_is_told_as_its_list_has_it(listen, token, town, server):
    dispatcher = token()
    stream = listen(dispatcher)
    with town.begin() as connection:
        case = reported(connection)

    told = stream.next("incident")["data"]

    headers = {"Authorization": f"Bearer {dispatcher}"}
    listed = httpx2.get(f"http://127.0.0.1:{server.port}/api/incidents?limit=1", headers=headers)
    assert told["id"] == str(case)
    assert told == listed.json()["items"][0]


def test_each_change_comes_once_however_many_commit_at_once(listen, token, town):
    one, other = listen(token()), listen(token())
    made: Queue[tuple[str, int]] = Queue()

    def work() -> None:
        for _ in range(5):
            with town.begin() as connection:
                case = reported(connection)
                time.sleep(0.01)
                reject(connection, case)
            made.put((str(case), 2))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wanted = sorted(list(made.queue) * 2)
    assert sorted(one.cases(40)) == sorted(other.cases(40)) == wanted
    assert one.quiet() and other.quiet()


def test_what_its_sender_took_back_is_gone(listen, token, town):
    stream = listen(token())
    with town.begin() as connection:
        case = reported(connection)
        connection.execute(
            text("UPDATE incidents SET withdrawn = true WHERE id = :id"), {"id": case}
        )

    assert stream.next("gone", "incident") == {"event": "gone", "data": {"id": str(case)}}


def test_a_squads_phone_is_told_of_its_orders_alone(listen, token, town, monkeypatch):
    phone = listen(token(Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1")), asked="?orders=true")
    looked, of_seals = [], live.Hub._of_seals
    monkeypatch.setattr(
        live.Hub, "_of_seals", lambda *given: looked.append(given[1]) or of_seals(*given)
    )
    with town.begin() as connection:
        connection.execute(text("UPDATE squads SET crews = 9"))
        case, other = (reported(connection) for _ in range(2))
        connection.execute(text("UPDATE incidents SET state = 'filed'"))
        go_on(connection, other, "dispatch", squad="S2")
    assert phone.quiet()
    assert looked == []
    with town.begin() as connection:
        go_on(connection, case, "dispatch", squad="S1")

    assert phone.next("incident", "squads")["data"]["state"] == "dispatched"
    with town.begin() as connection:
        go_on(connection, case, "recall", reason="another is nearer")
    while (told := phone.next("incident", "squads")["data"])["state"] != "filed":
        assert told["state"] == "dispatched"


def test_a_changed_layer_is_told_by_its_name(listen, token, town):
    stream = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, EAST)))
    with transaction(town, DISPATCHER) as connection:
        note(connection, "imported", "roads", "x", actor=DISPATCHER, at=datetime.now(UTC))

    assert stream.next("layer")["data"]["layer"] == "roads"


def test_squads_are_told_whole_and_then_as_they_change(listen, token, town, server):
    western = listen(token(Role.DISPATCHER, Area(AreaKind.TOWNSHIP, WEST)))
    dispatcher = token()
    stream = listen(dispatcher)
    first = stream.next("squads")["data"]["items"]
    headers = {"Authorization": f"Bearer {dispatcher}"}
    listed = httpx2.get(f"http://127.0.0.1:{server.port}/api/squads", headers=headers)
    with town.begin() as connection:
        connection.execute(text(
            "UPDATE squads SET position = ST_Point(119.91, 29.71, 4326), position_at = now()"
            " WHERE code = 'S2'"
        ))  # fmt: skip
    second = stream.next("squads")["data"]["items"]

    assert first == listed.json()["items"]
    assert [(one["code"], one["lon"], one["fresh"]) for one in second] == [("S2", 119.91, True)]
    assert [one["code"] for one in western.next("squads")["data"]["items"]] == ["S1"]
