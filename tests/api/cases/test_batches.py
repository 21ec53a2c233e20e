"""What a phone had queued, sent together: each item is judged alone and in its order."""

from sqlalchemy import text

from tests.api.cases.sending import body, said


def test_a_batch_is_judged_item_by_item_in_its_order(client, offered):
    first, second = body(), body(matter="no such")
    step = said(standard=True) | {"incident": first["id"], "verb": "file"}

    answer = client.post("/api/incidents/batch", json={"items": [
        {"report": first}, {"report": second}, {"step": step}, {"report": first}, {"step": step},
        {"else": 1}, {"step": said() | {"incident": first["id"], "verb": "arrive"}},
    ]})  # fmt: skip

    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 200, 200, 200, 422, 409]
    assert items[2]["body"]["state"] == "filed"
    assert client.get(f"/api/incidents/{second['id']}").status_code == 404


def test_a_report_in_a_batch_is_the_same_as_one_by_itself(client, offered):
    sent = body()

    alone = client.post("/api/incidents", json=sent)
    together = client.post("/api/incidents/batch", json={"items": [{"report": sent}]})

    assert (alone.status_code, together.json()["items"][0]["status"]) == (201, 200)


def test_queued_reports_are_kept_together_and_each_is_judged_alone(client, offered):
    first, far, third = body(), body(occurred_at="1999-01-01T00:00:00Z"), body()
    twice = first | {"description": "something else"}

    answer = client.post("/api/incidents/batch", json={"items": [
        {"report": first}, {"report": far}, {"report": {}}, {"report": twice}, {"report": first},
        {"report": third},
    ]})  # fmt: skip

    items = answer.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 422, 409, 200, 201]
    assert items[1]["body"]["code"] == "bad_moment"
    assert [item["body"]["id"] for item in (items[0], items[4], items[5])] == [
        first["id"], first["id"], third["id"],
    ]  # fmt: skip


def test_a_report_that_the_database_cannot_keep_fails_alone_in_its_batch(
    client, offered, connection
):
    broken = "no room for this one"
    connection.execute(text(f"ALTER TABLE incidents ADD CHECK (description <> '{broken}')"))

    items = [{"report": body(description=said)} for said in ("one", broken, "three")]
    answer = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert [item["status"] for item in answer] == [201, 500, 201]
    assert answer[1]["body"]["code"] == "defect"


def test_an_event_of_another_case_is_409_alone_and_in_a_batch(client, offered):
    one, two, part = body(), body(), body()
    for sent in (one, two, part):
        client.post("/api/incidents", json=sent)
    step, merge = said(standard=True), {"verb": "merge", "reason": "x"}
    client.post(f"/api/incidents/{one['id']}/steps/file", json=step)
    client.post(f"/api/incidents/{part['id']}/steps/merge", json=said(reason="x", into=two["id"]))

    alone = client.post(f"/api/incidents/{two['id']}/steps/file", json=step)
    items = [
        {"step": said(event_id=step["event_id"], incident=two["id"], into=one["id"], **merge)},
        {"report": body()},
    ]
    together = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert (alone.status_code, alone.json()["code"]) == (409, "other_content")
    assert [item["status"] for item in together] == [409, 201]
    left = client.get(f"/api/incidents/{part['id']}").json()
    assert left["merged_into"] == two["id"], "of what is refused nothing is done"


def test_one_report_that_meets_what_is_there_keeps_no_other_of_its_batch_away(
    client, offered, connection
):
    kept, step, brought = body(), said(standard=True), body(source="staff")
    client.post("/api/incidents", json=kept)
    client.post(f"/api/incidents/{kept['id']}/steps/file", json=step)
    connection.execute(
        text("UPDATE incidents SET source = 'staff', external_id = :id WHERE id = :kept"),
        {"id": brought["id"], "kept": kept["id"]},
    )

    reports = [body(id=step["event_id"]), brought, body()]
    items = [{"report": report} for report in reports]
    answer = client.post("/api/incidents/batch", json={"items": items}).json()["items"]

    assert [item["status"] for item in answer] == [201, 409, 201]
    assert answer[1]["body"]["code"] == "other_content"
