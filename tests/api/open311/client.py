"""What another city's client asks and sends, and how it was answered."""

from fastapi.testclient import TestClient

V2 = "/open311/v2"
KEY = {"api_key": "gpt_x"}


def form(**more: object) -> dict[str, object]:
    return KEY | {"service_code": "S02", "lat": "29.70423", "long": "119.90317"} | more


def known(client: TestClient, **query: object) -> list[str]:
    answer = client.get(f"{V2}/requests.json", params=query)
    assert answer.status_code == 200, answer.text
    return [each["service_request_id"] for each in answer.json()]


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["code"]
