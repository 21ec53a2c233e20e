"""What became of recent cases of the practice town, step by step."""

import pandas as pd
import pytest

from data.histories import WEEKS
from data.town import Town

UNTIL = pd.Timestamp("2026-11-16", tz="Asia/Shanghai")


@pytest.fixture(scope="module")
def steps(town: Town) -> pd.DataFrame:
    own = town.incidents[["source", "external_id", "occurred_at"]]
    return town.histories.merge(own, on=["source", "external_id"], how="left", validate="m:1")


def test_they_are_of_cases_of_the_last_weeks(steps: pd.DataFrame) -> None:
    assert steps["external_id"].nunique() > 1_000
    assert steps["occurred_at"].min() >= UNTIL - pd.Timedelta(weeks=WEEKS)
    assert (steps["happened_at"] > steps["occurred_at"]).all()
    assert steps["happened_at"].max() < UNTIL


def test_time_goes_on_from_step_to_step(steps: pd.DataFrame) -> None:
    gaps = steps.groupby("external_id", sort=False)["happened_at"].diff().dropna()

    assert (gaps >= pd.Timedelta(0)).all()


def test_no_order_waits_for_a_squad_at_the_end(steps: pd.DataFrame) -> None:
    last = steps.groupby("external_id", sort=False)["verb"].last()

    assert not set(last) & {"file", "dispatch", "accept", "ask_extension"}


def test_no_squad_is_on_two_scenes_at_the_end(steps: pd.DataFrame) -> None:
    case = steps.groupby("external_id", sort=False)
    there = case["verb"].last().isin(["arrive", "ask_extension", "extend"])
    squads = case["squad"].last()[there]

    assert len(squads) > 1
    assert squads.is_unique


def test_most_is_done_in_time_and_some_of_everything_goes_wrong(steps: pd.DataFrame) -> None:
    verbs = steps["verb"].value_counts()
    order = steps[steps["verb"].isin(["dispatch", "arrive"])]
    first = order.groupby(["external_id", "verb"])["happened_at"].max().unstack()
    minutes = (first["arrive"] - first["dispatch"]).dt.total_seconds() / 60

    assert set(verbs.index) >= {"reject", "fix_on_spot", "decline", "rework", "extend", "suspend"}
    assert 0.8 < (minutes <= 30).mean() < 0.99
    assert steps.loc[steps["verb"] == "dispatch", "squad"].notna().all()


def test_grid_workers_report_since_then_and_not_before(town: Town) -> None:
    theirs = town.incidents[town.incidents["source"] == "grid_worker"]

    assert len(theirs) > 100
    assert theirs["occurred_at"].min() >= UNTIL - pd.Timedelta(weeks=WEEKS)
