"""Joint assignment: how long it takes, and what it is worth on a day of the prefecture."""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment

from geo.assignment import Waiting, jointly, one_by_one, total, urgency, waiting
from tests.bench.bench import Bench
from tests.bench.day import MINUTE, Outcome, day_of, lived, road_engine, without_ways
from tests.bench.measure import Figures, Goal, Line, Side, same

ROW = "assignment"
CASES = 200
WITHIN_S = 0.050


def rows(bench: Bench) -> Iterator[Line]:
    engine = road_engine(bench.amounts.size)
    day = without_ways(day_of(bench.town, engine))
    cases = min(CASES, len(day.at))
    seconds, _ = engine.table(day.home, day.spots[:cases])
    due = np.random.default_rng(1).uniform(-60 * MINUTE, 30 * MINUTE, cases)
    slots = np.ones(len(day.home), np.int64)
    priority = day.priority[:cases]

    def asked() -> Waiting:
        return waiting(seconds, due, urgency(priority, due), slots)

    sides = {
        "ours": Side("jointly", lambda: jointly(asked())),
        "limit": Side("LSA alone", lambda: _alone(seconds)),
        "naive": Side("one by one", lambda: one_by_one(asked())),
    }
    taken, answers = bench.in_turn(f"{cases} cases to {len(day.home)} squads", sides)
    plans = {name: total(asked(), answers[name])[0] for name in ("ours", "naive")}
    same(plans["ours"] <= plans["naive"], "one by one is less late than jointly")
    what = f"{cases} cases to {len(day.home)} squads, travel times there"
    yield Line(ROW, what, taken, (Goal(WITHIN_S),))
    yield from _day(bench, {
        "ours": lived(day, jointly, one_by_one), "naive": lived(day, one_by_one, jointly),
    })  # fmt: skip


def _alone(seconds: np.ndarray) -> list[tuple[int, int]]:
    squads, cases = linear_sum_assignment(np.where(np.isfinite(seconds), seconds, 1e9))
    return list(zip(squads.tolist(), cases.tolist(), strict=True))


def _day(bench: Bench, lives: dict[str, Outcome]) -> Iterator[Line]:
    """Seconds from the report until somebody was there."""
    joint, alone = lives["ours"], lives["naive"]
    worse = [1 for ours, theirs in joint.late if ours > theirs]
    worse += [1 for theirs, ours in alone.late if ours > theirs]
    same(not worse, "a decision was later jointly than one by one")
    labels = {"ours": "jointly", "naive": "nearest first"}
    for share in (50, 90):
        sides = {name: Figures(labels[name], [float(np.percentile(life.arrived, share))])
                 for name, life in lives.items()}  # fmt: skip
        told = ", ".join(f"{labels[name]} {life.in_time:.1%}" for name, life in lives.items())
        what = f"a day of {len(joint.arrived):,} cases: {share} % arrived within"
        yield Line(ROW, what if share == 50 else f"{what} (in 30 min: {told})", sides)
    driven = {name: Figures(labels[name], [life.driven]) for name, life in lives.items()}
    yield Line(ROW, "the same day: on the way in all", driven)
    bench.say(f"decisions: {len(joint.late):,} jointly, {len(alone.late):,} one by one")
