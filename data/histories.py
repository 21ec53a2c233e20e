"""What became of recent cases, step by step: who went, how soon, and where it went wrong.

Only of some, as in a bureau that began to work by the loop nine weeks ago.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.parts import Flags, Floats, Ints, nearest, stream

WEEKS, MOST = 9, 1_800
BY_GRID_WORKERS = 0.5
REJECTED, FIXED, DECLINED, AGAIN, EXTENDED, SUSPENDED = 0.04, 0.12, 0.03, 0.025, 0.04, 0.06
MINUTES = {"m": 1, "h": 60, "wh": 60, "d": 1_440, "wd": 1_440}
SIMPLE, COMPLEX = "30m", "15d"
REASONS = {
    "reject": "不属于管辖范围", "decline": "正在处置另一案件", "rework": "现场未清理干净",
    "ask_extension": "需要相关单位配合", "suspend": "等待相关部门批复",
}  # fmt: skip
ON_SCENE = ("arrive", "ask_extension", "extend")
Times = npt.NDArray[np.datetime64]
Told = Iterator[tuple[str, Times]]


def with_grid_workers(seed: int, cases: pd.DataFrame, until: date) -> pd.DataFrame:
    """Half of what patrols found in these weeks was reported by grid workers with the phone."""
    found = (cases["source"] == "patrol") & _recent(cases, until)
    theirs = found & (stream(seed, "grid workers").random(len(cases)) < BY_GRID_WORKERS)
    return cases.assign(source=cases["source"].where(~theirs, "grid_worker"))


def make_histories(
    seed: int, cases: pd.DataFrame, matters: pd.DataFrame, squads: gpd.GeoDataFrame, until: date
) -> pd.DataFrame:
    """source, external_id, verb, happened_at, squad, reason, until; in order for each case."""
    rng = stream(seed, "histories")
    recent = np.flatnonzero(_recent(cases, until))
    chosen = np.sort(rng.choice(recent, min(MOST, len(recent)), replace=False))
    told = cases.iloc[chosen].reset_index(drop=True)
    stations = np.column_stack([squads.geometry.x, squads.geometry.y])
    squad = nearest(stations, told[["lon", "lat"]].to_numpy(float))[1]
    pace = rng.uniform(0.75, 1.5, len(squads))[squad]
    end = np.datetime64(pd.Timestamp(until, tz=told["occurred_at"].dt.tz).tz_convert(None), "s")
    steps = _one_each(_table(_steps(rng, told, matters, pace, end), end), squad)
    own = told.iloc[steps["case"]].reset_index(drop=True)
    sent = steps["verb"] == "dispatch"
    back = (until + timedelta(days=30)).isoformat()
    return pd.DataFrame({
        "source": own["source"], "external_id": own["external_id"], "verb": steps["verb"],
        "happened_at": steps["at"].dt.tz_localize("UTC"),
        "squad": squads["code"].to_numpy()[squad[steps["case"]]],
        "reason": steps["verb"].map(REASONS),
        "until": steps["verb"].map({"suspend": back}),
    }).assign(squad=lambda made: made["squad"].where(sent, None))  # fmt: skip


def _recent(cases: pd.DataFrame, until: date) -> pd.Series:
    first = until - timedelta(weeks=WEEKS)
    return cases["occurred_at"] >= pd.Timestamp(first, tz=cases["occurred_at"].dt.tz)


def _table(told: Told, end: np.datetime64) -> pd.DataFrame:
    """case (row), verb, at: the steps before the end in the order in which they were done."""
    parts = [
        pd.DataFrame({"case": np.arange(len(at)), "verb": verb, "order": order, "at": at})
        for order, (verb, at) in enumerate(told)
    ]
    steps = pd.concat(parts, ignore_index=True).dropna(subset="at")
    return steps[steps["at"] < end].sort_values(["case", "order"], ignore_index=True)


def _one_each(steps: pd.DataFrame, squad: Ints) -> pd.DataFrame:
    """A squad is on one scene at a time: at the end it is where it came last, and nobody has seen
    to its other cases yet."""
    last = steps.groupby("case").tail(1)
    there = last[last["verb"].isin(ON_SCENE)].sort_values("at")
    waiting = there[pd.Series(squad[there["case"]], there.index).duplicated(keep="last")]["case"]
    return steps[~steps["case"].isin(waiting)].reset_index(drop=True)


def _steps(
    rng: np.random.Generator, cases: pd.DataFrame, matters: pd.DataFrame, pace: Floats,
    end: np.datetime64,
) -> Told:  # fmt: skip
    """Each verb in the order of the loop, and when it was done of each case; NaT where never.

    No order is open at the end: nobody has seen to a case yet to which nobody came by then.
    """
    begun = cases["occurred_at"].dt.tz_convert(None).to_numpy("datetime64[s]")
    rejected, fixed, declined, *later = (
        rng.random(len(begun)) < share
        for share in (REJECTED, FIXED, DECLINED, AGAIN, EXTENDED, SUSPENDED)
    )
    fixed &= ~rejected & (cases["source"] == "grid_worker").to_numpy()
    filed = _after(rng, begun, 9)
    first = _after(rng, filed, 5)
    back = _after(rng, first, 4)
    sent = np.where(declined, _after(rng, back, 5), first)
    taken = _after(rng, sent, 3)
    there = _after(rng, taken, 12 * pace)
    worked = ~(rejected | fixed)
    gone = worked & (there < end)
    yield "fix_on_spot", _only(fixed, _after(rng, begun, 4))
    yield "reject", _only(rejected, filed)
    yield "file", _only(gone, filed)
    yield "dispatch", _only(gone & declined, first)
    yield "decline", _only(gone & declined, back)
    yield "dispatch", _only(gone, sent)
    yield "accept", _only(gone, taken)
    yield "arrive", _only(gone, there)
    yield from _on_scene(rng, _only(gone, there), _limits(cases, matters), pace, later)


def _on_scene(
    rng: np.random.Generator, there: Times, limits: tuple[Floats, Flags], pace: Floats,
    fates: list[Flags],
) -> Told:  # fmt: skip
    """Complex cases take an opinion first, and some stand still; of the simple ones that may take
    an hour and more some are given more time. Some are done again."""
    limit, complex_ = limits
    again, extended, suspended = fates
    extended &= ~complex_ & (limit >= 60)
    suspended &= complex_
    asked = _after(rng, there, 4)
    given = _after(rng, asked, 3)
    said = _after(rng, there, 25)
    yield "ask_extension", _only(extended, asked)
    yield "extend", _only(extended, given)
    yield "give_opinion", _only(complex_, said)
    yield "suspend", _only(suspended, _after(rng, said, 90))
    begun = np.where(complex_, said, np.where(extended, given, there))
    needed = limit * pace * np.where(extended, 0.9, 0.55)
    done = _only(~suspended, _after(rng, begun, needed))
    judged = _after(rng, done, 30)
    back = _after(rng, judged, 12)
    redone = _after(rng, back, 15)
    yield "finish", done
    yield "rework", _only(again, judged)
    yield "arrive", _only(again, back)
    yield "finish", _only(again, redone)
    yield "close", _after(rng, np.where(again, redone, done), 35)


def _limits(cases: pd.DataFrame, matters: pd.DataFrame) -> tuple[Floats, Flags]:
    """How long each may take on the scene, in minutes, and whether it is complex."""
    own = matters.set_index("code").reindex(cases["matter"])
    complex_ = (own["complex_limit"].notna() | own["opinion_limit"].notna()).to_numpy()
    text = np.where(
        complex_, own["complex_limit"].fillna(COMPLEX), own["simple_limit"].fillna(SIMPLE)
    )
    parts = pd.Series(text).str.extract(r"(\d+)(\D+)")
    return (parts[0].astype(float) * parts[1].map(MINUTES)).to_numpy(), complex_


def _after(rng: np.random.Generator, when: Times, minutes: float | Floats) -> Times:
    """About so many minutes later."""
    seconds = 60 * minutes * rng.lognormal(0, 0.45, len(when))
    later: Times = when + seconds.astype("timedelta64[s]")
    return later


def _only(which: Flags, when: Times) -> Times:
    return np.where(which, when, np.datetime64("NaT"))
