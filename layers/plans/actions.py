"""Drafting a week's patrol plan, and approving it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, func, insert, select, update

from geo import cells as h3
from geo import frequency
from geo.frequency import Allocation, Expected, Limits, Reason
from geo.hotspots import decay
from geo.locate import Locator
from layers import db
from layers.access import Actor, Verb, may
from layers.errors import Invalid, NotFound
from layers.files import Progress, silent
from layers.grids import queries as grids
from layers.hotspots import actions as hotspots
from layers.hotspots.actions import Parameters, Studied
from layers.journal.actions import note
from layers.plans import queries
from layers.plans.rules import check_approvable, monday, week_before
from layers.plans.tables import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_SHARE = 0.05
"""A source that makes up less of the expectation is not named as a reason."""


@dataclass(frozen=True)
class Wish:
    """What is asked of a plan. `capacity` overrides the townships' own; None keeps them.

    `floor` is 0 by default: grid workers' daily walk is the minimum cover, and squads are fewer
    than grids (decisions: a visit).
    """

    week: str
    zone: ZoneInfo
    capacity: int | None = None
    weeks: int = 12
    floor: int = 0
    ceiling: int = 14
    most_change: int = 3
    detect: float = 0.3

    def __post_init__(self) -> None:
        monday(self.week)
        if self.capacity is not None and self.capacity < 1:
            raise Invalid("bad_capacity", capacity=self.capacity)


@dataclass(frozen=True)
class Areas:
    """The grids of the plan's Monday, with the index of each one's township."""

    grids: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    township: Ints


@dataclass(frozen=True)
class Outlook:
    """What is to be expected in each grid, and the highest hotspot class in it."""

    expected: Expected
    hottest: NDArray[np.int8]


@dataclass(frozen=True)
class Given:
    """What each grid gets, beside what it got the week before (-1: not planned)."""

    allocation: Allocation
    capacity: Ints
    before: Ints


def draft(
    connection: Connection,
    wish: Wish,
    *,
    actor: Actor,
    at: datetime,
    version: str,
    progress: Progress = silent,
) -> int:
    """Study, expect, allocate: a draft with its inputs, so that each visit can be explained.

    It is of the whole bureau, as the study is: the one plan that is approved for a week stands for
    all townships.
    """
    may(actor, Verb.PLAN)
    areas = _areas(connection, wish, actor)
    today = at.astimezone(wish.zone).date()
    parameters = Parameters(min(monday(wish.week), today), wish.zone, wish.weeks)
    studied = hotspots.study(
        connection, parameters, actor=actor, at=at, version=version, progress=progress
    )
    progress(0, 0, "expect")
    outlook = _outlook(areas, studied)
    progress(0, 0, "allocate")
    before = queries.approved(connection, actor, week_before(wish.week))
    given = _allocate(areas, outlook, wish, before)
    progress(0, 0, "write")
    plan_id = connection.execute(
        insert(Plan)
        .values(week=wish.week, state="draft", run_id=studied.run_id, version=version)
        .values(parameters=_parameters(wish, outlook, given), made_at=at, made_by=actor.name)
        .returning(Plan.id)
    ).scalar_one()
    db.pour(connection, "plan_visits", _visits(areas, outlook, given).assign(plan_id=plan_id))
    note(connection, "draft", "plans", str(plan_id), actor=actor, at=at, week=wish.week)
    return plan_id


def _areas(connection: Connection, wish: Wish, actor: Actor) -> Areas:
    townships = grids.townships(connection, actor)
    held = grids.grids(connection, actor, monday(wish.week))
    if not len(held):
        raise Invalid("no_grids", day=monday(wish.week))
    place = {code: index for index, code in enumerate(townships["code"])}
    return Areas(held, townships, held["township"].map(place).to_numpy(dtype=np.int64))


def _outlook(areas: Areas, studied: Studied) -> Outlook:
    """Counts come from the points themselves; cells carry only what surrounds a grid."""
    cells, parameters = studied.cells["cell"].to_numpy(), studied.parameters
    recency = decay(np.arange(parameters.weeks), parameters.half_life_weeks)
    recency[~studied.weighed.recorded] = 0.0
    crosswalk = h3.crosswalk(areas.grids.geometry.to_numpy(), cells)
    surroundings = frequency.carried(
        crosswalk,
        studied.cells["value"].to_numpy() / recency.sum(),
        h3.neighbours(cells, parameters.ring),
    )
    area_m2 = areas.grids["area_m2"].to_numpy(dtype=np.float64)
    counts = _counts(areas.grids, studied)
    return Outlook(
        frequency.expected(counts, recency, surroundings, areas.township, area_m2),
        frequency.hottest(crosswalk, studied.cells["class"].to_numpy()),
    )


def _counts(held: gpd.GeoDataFrame, studied: Studied) -> Floats:
    """Incidents by grid and week (n, weeks), in the boundaries of the plan's Monday.

    Located anew rather than by the grid of their time, so that moved boundaries are recast. A
    default location counts as much as the fullest ordinary place.
    """
    observed, weeks = studied.weighed.observed, studied.parameters.weeks
    place = Locator(held.geometry.to_numpy(), held["code"].tolist()).locate(observed.lonlat)
    inside = place >= 0
    bins = place[inside] * weeks + observed.age_weeks[inside]
    counted = np.zeros(len(held) * weeks)
    np.add.at(counted, bins, studied.weighed.capped[inside])
    return counted.reshape(len(held), weeks)


def _allocate(areas: Areas, outlook: Outlook, wish: Wish, previous: pd.Series) -> Given:
    rate = outlook.expected.rate
    before = areas.grids["code"].map(previous).fillna(-1).to_numpy(dtype=np.int64)
    capacity = _capacity(areas, rate, wish.capacity)
    limits = Limits(capacity, wish.floor, wish.ceiling, before, wish.most_change)
    allocation = frequency.allocate(rate, areas.township, limits, wish.detect)
    return Given(allocation, capacity, before)


def _capacity(areas: Areas, rate: Floats, wished: int | None) -> Ints:
    """Visits a week per township: its own, or its part of what is wished for the bureau.

    The bureau's number is parted as the townships' own capacities are, or where not all are known
    as incidents are expected.
    """
    own = areas.townships["visits_per_week"].to_numpy(dtype=np.float64, na_value=np.nan)
    known = not np.isnan(own).any()
    if wished is None:
        if not known:
            raise Invalid("no_capacity", townships=int(np.isnan(own).sum()))
        return np.asarray(own, np.int64)
    if known and own.sum() > 0:
        return _parted(wished, own)
    by_incidents = np.zeros(len(own))
    np.add.at(by_incidents, areas.township, rate)
    return _parted(wished, by_incidents)


def _parted(total: int, share: Floats) -> Ints:
    """Whole parts of a total by share: largest remainders, ties to the first."""
    exact = total * share / share.sum() if share.sum() > 0 else np.zeros(len(share))
    whole = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum()) if share.sum() > 0 else 0
    whole[np.argsort(-(exact - whole), kind="stable")[:left]] += 1
    return whole


def _parameters(wish: Wish, outlook: Outlook, given: Given) -> dict[str, object]:
    """The inputs, and the sums that a person judges the draft by."""
    return {
        **asdict(wish),
        "zone": wish.zone.key,
        "capacity": int(given.capacity.sum()),
        "expected": float(outlook.expected.rate.sum()),
        "met": float(given.allocation.met.sum()),
        "visits": int(given.allocation.visits.sum()),
    }


def _visits(areas: Areas, outlook: Outlook, given: Given) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "grid_id": areas.grids["id"],
            "grid_code": areas.grids["code"],
            "township_code": areas.grids["township"],
            "expected": outlook.expected.rate,
            "visits": given.allocation.visits,
            "previous": pd.Series(given.before, dtype="Int64").where(given.before >= 0),
            "reasons": _reasons(outlook, given),
        }
    )


def _reasons(outlook: Outlook, given: Given) -> list[str]:
    """JSON [[code, number], ...] per grid: what the expectation is made of, then what bound it."""
    expected, allocation = outlook.expected, given.allocation
    codes: list[tuple[str, NDArray[np.bool_], Floats | Ints | NDArray[np.int8]]] = [
        (f"share_{name}", share >= LEAST_SHARE, np.rint(100 * share))
        for name, share in (
            ("own", expected.own),
            ("neighbours", expected.neighbours),
            ("township", expected.township),
        )
    ]
    codes.append(("hot_cell", outlook.hottest > 0, outlook.hottest))
    for reason in Reason:
        number = given.before if reason in (Reason.RISING, Reason.FALLING) else allocation.visits
        codes.append((str(reason.name).lower(), (allocation.reasons & reason) > 0, number))
    codes.append(("next_gain", allocation.next_gain > 0, np.round(allocation.next_gain, 3)))
    table = [(code, true.tolist(), number.tolist()) for code, true, number in codes]
    return [
        orjson.dumps([[code, number[i]] for code, true, number in table if true[i]]).decode()
        for i in range(len(given.before))
    ]


def approve(connection: Connection, plan_id: int, *, actor: Actor, at: datetime) -> None:
    """Make a draft the plan of its week; the one approved before is replaced."""
    may(actor, Verb.APPROVE)
    week = connection.execute(select(Plan.week).where(Plan.id == plan_id)).scalar_one_or_none()
    if week is None:
        raise NotFound("no_plan", id=plan_id)
    # Two drafts of a week approved at once go one after the other, the second replacing the first.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"plans {week}"))))
    state = connection.execute(select(Plan.state).where(Plan.id == plan_id)).scalar_one()
    check_approvable(plan_id, state)
    of_week = update(Plan).where(Plan.week == week, Plan.state == "approved")
    connection.execute(of_week.values(state="replaced"))
    this = update(Plan).where(Plan.id == plan_id)
    connection.execute(this.values(state="approved", approved_at=at, approved_by=actor.name))
    note(connection, "approve", "plans", str(plan_id), actor=actor, at=at, week=week)
