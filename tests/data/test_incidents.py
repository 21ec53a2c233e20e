"""The case history has the shape and the faults of a real one."""

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from scipy.stats import chisquare

from data.matters import MATTERS
from data.town import Town

UNTIL = pd.Timestamp("2026-11-16", tz="Asia/Shanghai")
METRES = np.array([96_700.0, 110_850.0])


def metres(lonlat: np.ndarray) -> np.ndarray:
    return np.asarray(lonlat) * METRES


def test_cases_lie_within_two_years_and_are_in_order(town: Town) -> None:
    at = town.incidents["occurred_at"]

    assert str(at.dt.tz) == "Asia/Shanghai"
    assert at.is_monotonic_increasing
    assert at.max() < UNTIL
    assert UNTIL - pd.Timedelta(days=731) <= at.min() < UNTIL - pd.Timedelta(days=728)


def test_every_source_and_every_matter_occurs(town: Town) -> None:
    cases = town.incidents

    expected = {
        "patrol",
        "resident",
        "12345",
        "12319",
        "platform",
        "media",
        "camera",
        "grid_worker",
    }
    assert set(cases["source"]) == expected
    assert set(cases["matter"]) == {*MATTERS} < {*town.matters["code"]}
    assert cases["external_id"].is_unique
    assert (cases["count"] == 1).all()


def test_matters_have_an_hour_of_their_own(town: Town) -> None:
    cases = town.incidents[town.incidents["source"] != "patrol"]
    hour = cases["occurred_at"].dt.hour

    noise = np.bincount(hour[cases["matter"] == "S08"], minlength=24)
    stalls = np.bincount(hour[cases["matter"] == "S01"], minlength=24)

    assert chisquare(noise).pvalue < 1e-12
    assert chisquare(stalls).pvalue < 1e-12
    assert noise.argmax() in (20, 21, 22)
    assert stalls.argmax() in (7, 17)


def test_weekends_bring_stalls_and_take_parking_away(town: Town) -> None:
    cases = town.incidents
    weekday = cases["occurred_at"].dt.day_of_week

    parking = np.bincount(weekday[cases["matter"] == "S04"], minlength=7)
    stalls = np.bincount(weekday[cases["matter"] == "S01"], minlength=7)

    assert chisquare(parking).pvalue < 1e-6
    assert chisquare(stalls).pvalue < 1e-3
    assert parking[5:].mean() < 0.85 * parking[:5].mean()
    assert stalls[5:].mean() > 1.08 * stalls[:5].mean()


def test_river_litter_is_a_matter_of_summer_and_lies_at_the_river(town: Town) -> None:
    river = town.water.geometry[town.water["kind"] == "river"].iloc[0]
    litter = town.incidents[(town.incidents["matter"] == "S10")]
    litter = litter[litter["address"] != "地址不详"]

    points = shapely.points(litter["lon"], litter["lat"])
    month = litter["occurred_at"].dt.month

    assert month.isin([5, 6, 7]).sum() > 1.3 * month.isin([11, 12, 1]).sum()
    assert np.quantile(shapely.distance(points, river), 0.95) < 0.0015


def test_lost_addresses_pile_up_at_the_town_hall(town: Town) -> None:
    places = town.incidents.groupby(["lon", "lat"])
    halls = town.places[town.places["kind"] == "hall"].geometry

    (lon, lat), size = places.size().idxmax(), places.size().max()

    pile = places.get_group((lon, lat))
    assert shapely.Point(lon, lat) in set(halls)
    assert size > 20
    assert set(pile["source"]) == {"12345"}
    assert set(pile["address"]) == {"地址不详"}


def test_about_two_in_a_hundred_hotline_cases_have_a_lost_address(town: Town) -> None:
    hotline = town.incidents[town.incidents["source"] == "12345"]

    assert 0.013 < (hotline["address"] == "地址不详").mean() < 0.027


def test_the_same_thing_is_reported_again_within_a_day_and_50_metres(town: Town) -> None:
    known = town.incidents[town.incidents["address"] != "地址不详"]
    same = known.groupby(["matter", "address"])
    gap = same["occurred_at"].diff() < pd.Timedelta(days=1)
    step = np.hypot(same["lon"].diff() * METRES[0], same["lat"].diff() * METRES[1])

    repeated = gap & (step < 50)

    assert 0.04 < repeated.mean() < 0.09


def test_a_small_part_of_the_grids_holds_a_large_part_of_the_cases(town: Town) -> None:
    grids, cases = town.grids.geometry.to_numpy(), town.incidents
    points = shapely.points(cases["lon"], cases["lat"])

    found = shapely.STRtree(grids).query(points, predicate="intersects")[1]
    counts = np.sort(np.bincount(found, minlength=len(grids)))[::-1]

    assert counts[:15].sum() > 0.3 * counts.sum()
    assert 0.02 < (counts == 0).mean() < 0.4


def test_some_hot_places_come_and_go_and_some_stay(town: Town) -> None:
    cases = town.incidents[town.incidents["matter"] == "S01"]
    cell = (metres(cases[["lon", "lat"]]) // 150).astype(int)
    quarter = (UNTIL - cases["occurred_at"]).dt.days // 92
    table = pd.crosstab([cell[:, 0], cell[:, 1]], quarter).iloc[:, :7]

    busy = table[table.max(axis=1) >= 20]
    fading = (busy.min(axis=1) <= 0.05 * busy.max(axis=1)).sum()
    lasting = (busy.min(axis=1) >= 0.3 * busy.max(axis=1)).sum()

    assert fading >= 2
    assert lasting >= 2


def test_patrols_find_what_is_near_their_stations(town: Town) -> None:
    cases = town.incidents
    stations = metres(shapely.get_coordinates(town.squads.geometry))
    away = cKDTree(stations).query(metres(cases[["lon", "lat"]]))[0]

    by_source = pd.Series(away).groupby(cases["source"].to_numpy()).median()

    assert by_source["patrol"] < 0.9 * by_source["resident"]


def test_a_few_positions_are_lost_and_nearly_all_others_lie_in_a_grid(town: Town) -> None:
    points = shapely.points(town.incidents["lon"], town.incidents["lat"])
    area = shapely.union_all(town.grids.geometry.to_numpy())

    outside = shapely.distance(points, area)

    assert (outside > 0.3).sum() == 2
    assert (outside > 0).sum() < 40


def test_cases_are_closed_after_they_occurred_or_are_still_open(town: Town) -> None:
    cases = town.incidents
    closed = cases["closed_at"].dropna()

    assert (closed >= cases["occurred_at"][closed.index]).all()
    assert closed.max() < UNTIL
    assert 0.01 < cases["closed_at"].isna().mean() < 0.06


def test_descriptions_and_addresses_vary(town: Town) -> None:
    assert town.incidents["description"].nunique() > 800
    assert town.incidents["address"].nunique() > 3_000


def test_accuracy_is_unknown_where_an_address_was_looked_up(town: Town) -> None:
    unknown = town.incidents["accuracy_m"].isna()

    assert (unknown == town.incidents["source"].isin(["12345", "12319", "media"])).all()
    assert (town.incidents["accuracy_m"].dropna() > 0).all()
