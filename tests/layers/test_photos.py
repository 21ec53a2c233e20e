"""Photographs of cases: who may add one, once and for all, and how far it agrees with its case."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Connection, text

from geo.crs import Datum, from_wgs84
from layers import blobs, pictures
from layers.access import WORKER, Actor, Verb, actor_of, nobody
from layers.errors import Conflict, Forbidden, Invalid, NotFound
from layers.photos import actions, queries
from layers.photos.actions import Sent
from layers.photos.rules import Kind, on_wgs84
from layers.roles import BUREAU, Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST, Cast
from tests.pictures import drawn, encoded, exif, telling

ZONE = ZoneInfo("Asia/Shanghai")
CASE = (119.905, 29.705)
TOLD = "2026:11:16 12:01:00"
DAY = date(2026, 11, 16)
Add = Callable[..., bool]


def holding(role: Role, area: Area) -> Actor:
    return actor_of(str(uuid4()), [Grant(role, area, DAY)], DAY)


def township(code: str) -> Area:
    return Area(AreaKind.TOWNSHIP, code)


def taken(place: tuple[float, float] | None = None, at: str = "", **more: object):
    camera = {0x9003: at} if at else {}
    return pictures.take(encoded(drawn(), exif=exif(place, camera=camera, **more)), ZONE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def case(cast: Cast, noon: datetime) -> UUID:
    """In the south of West, reported at noon."""
    return cast.report(*CASE, noon)


@pytest.fixture
def add(connection: Connection, case: UUID, folder: Path, planner: Actor, noon: datetime) -> Add:
    def added(picture=None, *, photo=None, of=case, kind=Kind.BEFORE, actor=planner) -> bool:
        sent = Sent(photo or uuid4(), of, kind, picture or taken())
        return actions.add(connection, sent, folder, actor=actor, at=noon)

    return added


def shown(connection: Connection, case: UUID, actor: Actor) -> list[dict[str, object]]:
    return [dict(row) for row in queries.of(connection, actor, [case])]


# --- Once ---------------------------------------------------------------------------------------


def test_a_photograph_is_added_once_and_its_files_are_there(
    add, connection, case, folder, planner, noon
):
    photo, picture = uuid4(), taken()

    assert add(picture, photo=photo) is True
    assert add(picture, photo=photo) is False

    row = queries.one(connection, planner, case, photo)
    assert (row["kind"], row["at"], row["by"], row["width"]) == ("before", noon, "planner", 64)
    assert blobs.read(folder, row["blob"]) == picture.full
    assert blobs.read(folder, row["small"]) == picture.small
    noted = connection.execute(text("SELECT verb, kind, subject FROM journal")).all()
    assert noted == [("add", "photos", str(photo))]


@pytest.mark.parametrize(
    "other", [{"picture": taken(at=TOLD)}, {"kind": Kind.AFTER}], ids=["picture", "kind"]
)
def test_an_id_stands_for_one_photograph_of_which_alone_there_are_files(add, folder, other):
    first = {"picture": taken(), "photo": uuid4()}
    add(**first)

    with pytest.raises(Conflict, match="other_content"):
        add(**first | other)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2


def test_an_id_of_another_case_tells_nothing(add, cast, noon):
    photo, picture = uuid4(), taken()
    add(picture, photo=photo)

    with pytest.raises(NotFound, match="no_photo"):
        add(picture, photo=photo, of=cast.report(*CASE, noon))


def test_the_same_picture_of_two_cases_is_kept_once(add, cast, folder, noon):
    add(taken())
    add(taken(), of=cast.report(*CASE, noon))

    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2  # and a small one


# --- Who ----------------------------------------------------------------------------------------

AT_WORK = {
    "a grid worker": (Role.GRID_WORKER, Area(AreaKind.GRID, f"{WEST}001001")),
    "an acceptor": (Role.ACCEPTOR, township(WEST)),
    "a dispatcher": (Role.DISPATCHER, BUREAU),
    "a leader": (Role.LEADER, township(WEST)),
    "the squad that had it": (Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S1")),
}
LOOKING = {
    "a planner": (Role.PLANNER, township(WEST)),
    "a department": (Role.DEPARTMENT, township(WEST)),
    "an administrator": (Role.ADMINISTRATOR, BUREAU),
}
ELSEWHERE = {
    "the next grid": (Role.GRID_WORKER, Area(AreaKind.GRID, f"{WEST}001002")),
    "another township": (Role.ACCEPTOR, township(EAST)),
    "another squad": (Role.SQUAD_MEMBER, Area(AreaKind.SQUAD, "S2")),
}


@pytest.fixture
def _sent_to_the_first_squad(connection: Connection, case: UUID) -> None:
    """And called back since."""
    connection.execute(text("UPDATE incidents SET sent_to = '{S1}' WHERE id = :id"), {"id": case})


@pytest.mark.usefixtures("_sent_to_the_first_squad")
@pytest.mark.parametrize("who", AT_WORK)
def test_who_works_on_a_case_adds_to_it(who, add):
    assert add(actor=holding(*AT_WORK[who]))


@pytest.mark.usefixtures("_sent_to_the_first_squad")
@pytest.mark.parametrize("who", LOOKING)
def test_who_only_looks_does_not(who, add):
    with pytest.raises(Forbidden, match="may_not_add_photo"):
        add(actor=holding(*LOOKING[who]))


@pytest.mark.usefixtures("_sent_to_the_first_squad")
@pytest.mark.parametrize("who", ELSEWHERE)
def test_for_everybody_else_there_is_no_such_case(who, add, case, connection, folder):
    actor, photo = holding(*ELSEWHERE[who]), uuid4()
    add(photo=photo)

    for asked in (
        partial(add, actor=actor),
        partial(add, photo=photo, actor=actor),
        partial(queries.one, connection, actor, case, photo),
        partial(queries.kinds, connection, actor, case, [photo]),
    ):
        with pytest.raises((NotFound, Invalid), match=r"no_incident|no_photo"):
            asked()
    assert shown(connection, case, actor) == []


def test_who_reported_a_case_adds_to_it_wherever_it_lies(add, connection, case):
    reporter = holding(Role.GRID_WORKER, Area(AreaKind.GRID, f"{EAST}001002"))
    own = {"id": case, "by": reporter.name}
    connection.execute(text("UPDATE incidents SET reported_by = :by WHERE id = :id"), own)

    assert add(actor=reporter)


def test_a_role_held_elsewhere_gives_no_power_over_what_is_only_seen(add):
    day = [Grant(Role.ACCEPTOR, township(EAST), DAY), Grant(Role.PLANNER, township(WEST), DAY)]

    with pytest.raises(Forbidden):
        add(actor=actor_of("both", day, DAY))


def test_a_case_that_was_taken_back_takes_no_photographs(add, connection):
    connection.execute(text("UPDATE incidents SET withdrawn = true"))

    with pytest.raises(NotFound):
        add()


def test_nobody_sees_nothing(add, connection, case):
    add()

    assert shown(connection, case, nobody("x")) == []


# --- What it is compared with -------------------------------------------------------------------


def test_whoever_judges_sees_how_far_a_photograph_is_from_its_case(
    add, connection, case, planner, noon
):
    add(taken((119.906, 29.705), TOLD))

    (row,) = shown(connection, case, planner)
    assert (row["metres"], row["minutes"]) == (97, 1)
    assert row["taken_at"] == noon + timedelta(minutes=1)


def test_where_the_camera_says_nothing_there_is_no_difference(add, connection, case, planner):
    add()

    (row,) = shown(connection, case, planner)
    assert (row["metres"], row["minutes"], row["taken_at"]) == (None, None, None)


def test_a_case_of_which_only_the_day_is_known_has_no_minutes(add, connection, case, planner):
    connection.execute(text("UPDATE incidents SET occurred_precision = 'day'"))
    add(taken(CASE, TOLD))

    (row,) = shown(connection, case, planner)
    assert (row["metres"], row["minutes"]) == (0, None)


@pytest.mark.parametrize(
    ("verb", "told"), [(Verb.CHECK, 97), (Verb.FILE, 97), (Verb.PLAN, None), (Verb.HANDLE, None)]
)
def test_the_difference_is_for_those_who_judge_cases(add, connection, case, verb, told):
    add(taken((119.906, 29.705), TOLD))

    (row,) = shown(connection, case, Actor("x", frozenset({verb})))
    assert row["metres"] == told


def test_a_photograph_moves_with_the_case_when_its_place_is_corrected(
    add, connection, case, planner
):
    add(taken((119.906, 29.705)))
    connection.execute(text("UPDATE incidents SET place = ST_Point(119.906, 29.705, 4326)"))

    (row,) = shown(connection, case, planner)
    assert row["metres"] == 0


def shifted(place: tuple[float, float]) -> tuple[float, float]:
    """The same place on GCJ-02, some 500 m away."""
    lon, lat = from_wgs84(np.array([place]), Datum.GCJ02)[0]
    return float(lon), float(lat)


@pytest.mark.parametrize(
    ("said", "named", "read_as", "place"),
    [
        (CASE, None, Datum.WGS84, CASE),
        (shifted(CASE), None, Datum.GCJ02, CASE),
        (shifted(CASE), Datum.WGS84, Datum.WGS84, shifted(CASE)),
        (shifted(CASE), Datum.GCJ02, Datum.GCJ02, CASE),
        ((119.92, 29.72), None, Datum.WGS84, (119.92, 29.72)),
        (CASE, Datum.CGCS2000, Datum.CGCS2000, CASE),
    ],
    ids=["here", "here but shifted", "named otherwise", "named", "far either way", "national"],
)
def test_a_shifted_position_is_known_by_lying_beside_the_case_only_so(said, named, read_as, place):
    found, datum = on_wgs84(said, named, CASE)

    assert datum is read_as
    assert found == pytest.approx(place, abs=1e-7)


# --- For steps of the case, and behind them -----------------------------------------------------


def test_a_step_is_told_what_its_photographs_show(add, connection, case, planner):
    before, after = uuid4(), uuid4()
    add(photo=before)
    add(photo=after, kind=Kind.AFTER)

    assert queries.kinds(connection, planner, case, [before, after]) == {
        before: "before", after: "after"}  # fmt: skip
    with pytest.raises(Invalid, match="no_photo"):
        queries.kinds(connection, planner, case, [before, uuid4()])


def test_files_that_no_photograph_is_kept_as_are_swept_away(add, connection, folder, noon, case):
    add(pictures.take(telling(), ZONE))
    blobs.keep(folder, b"of a request that was refused")
    left = blobs.digest(b"of a request that was refused")

    removed = actions.sweep(connection, folder, before=noon + timedelta(days=9000), actor=WORKER)

    assert removed == 1
    row = queries.one(connection, WORKER, case, shown(connection, case, WORKER)[0]["id"])
    assert blobs.read(folder, row["blob"]) and blobs.read(folder, row["small"])
    assert not list(folder.rglob(left.hex()))


def test_who_does_not_see_all_photographs_sweeps_nothing_away(add, connection, folder, noon):
    blobs.keep(folder, b"of another township")
    west = Actor("west", frozenset({Verb.MANAGE}), frozenset({WEST}))

    with pytest.raises(Forbidden):
        actions.sweep(connection, folder, before=noon + timedelta(days=9000), actor=west)
