"""Photographs of residents: how many, until when, and never in the way of the staff."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from api import deps, photos
from api.residents import PICTURES
from tests.api.residents.resident import PICTURE, REPORTS, code, photo_of


def test_photographs_are_drawn_anew_three_at_most_and_while_the_case_is_open(
    client, app, sent, noon, connection
):
    answer = sent()
    one = photo_of(answer)

    first, again = (client.put(one, content=PICTURE).status_code for _ in range(2))
    more = [client.put(photo_of(answer), content=PICTURE) for _ in range(3)]
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=1, seconds=1)
    late = client.put(photo_of(fresh := sent()), content=PICTURE)
    app.dependency_overrides[deps.now] = lambda: noon + timedelta(days=9)
    open_yet = client.put(photo_of(fresh), content=PICTURE).status_code
    case = connection.execute(text("SELECT id FROM incidents LIMIT 1")).scalar_one()

    assert (first, again) == (201, 200)
    assert [each.status_code for each in more] == [201, 201, 409]
    assert (late.status_code, open_yet) == (201, 201)
    assert code(client.put(one.replace(one[-4:], "ffff"), content=PICTURE))[0] == 409
    shown = client.get(f"/api/incidents/{case}").json()["photos"]
    assert {photo["kind"] for photo in shown} == {"before"}
    connection.execute(text("UPDATE incidents SET state = 'closed'"))
    assert code(client.put(photo_of(fresh), content=PICTURE)) == (409, "photos_closed")


def test_the_link_tells_how_many_photographs_arrived(client, sent):
    answer = sent()
    at = answer.json()["token"]

    counted = [client.get(f"{REPORTS}/{at}").json()["photos"]]
    for content in (PICTURE, b"no picture"):
        client.put(photo_of(answer), content=content)
        counted.append(client.get(f"{REPORTS}/{at}").json()["photos"])

    assert counted == [0, 1, 1]
    assert "1 arrived" in client.get(f"/r/{at}?lang=en").text


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff" + b"0" * 99])
def test_what_is_no_photograph_is_refused(content, client, sent):
    assert client.put(photo_of(sent()), content=content).status_code == 422


def test_a_photograph_without_a_link_is_not_even_read(client):
    path = f"{REPORTS}/{'A' * 22}/photos/{uuid4()}"

    assert client.put(path, content=PICTURE).status_code == 404
    assert client.put(path, content=b"0" * 1_000_001).status_code == 413


def test_pictures_of_residents_never_keep_those_of_the_staff_waiting(
    client, app, sent, connection, monkeypatch
):
    monkeypatch.setattr(photos, "PATIENCE_S", 0.01)
    app.state.taking_public.total_tokens = 0
    answer = sent()
    case = connection.execute(text("SELECT id FROM incidents")).scalar_one()

    of_resident = client.put(photo_of(answer), content=PICTURE)
    of_staff = client.put(f"/api/incidents/{case}/photos/{uuid4()}", content=PICTURE,
                          params={"kind": "before"})  # fmt: skip

    assert code(of_resident) == (429, "photos_wait")
    assert of_staff.status_code == 201


def test_a_link_may_try_so_many_pictures_those_that_are_refused_too(client, sent):
    answer, other = sent(), sent()
    tried = [client.put(photo_of(answer), content=b"x") for _ in range(int(PICTURES.burst) + 1)]

    assert [one.status_code for one in tried] == [422] * int(PICTURES.burst) + [429]
    assert code(tried[-1]) == (429, "photos_wait")
    assert client.put(photo_of(other), content=PICTURE).status_code == 201
