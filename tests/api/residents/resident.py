"""What residents send, and how it was answered."""

from uuid import uuid4

from sqlalchemy import Connection, text

from tests.cast import WEST
from tests.pictures import drawn, encoded

PICTURE = encoded(drawn())
REPORTS = "/api/public/reports"
PLACE = {"lon": 119.905, "lat": 29.705}
GRID = f"{WEST}001001"
TYPED = {"name": "李四", "phone": "13800001111", "description": "在李四家门口",
         "address": "柳河路 8 号"}  # fmt: skip


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def incidents(connection: Connection) -> int:
    return connection.execute(text("SELECT count(*) FROM incidents")).scalar_one()


def photo_of(answer) -> str:
    return f"{REPORTS}/{answer.json()['token']}/photos/{uuid4()}"
