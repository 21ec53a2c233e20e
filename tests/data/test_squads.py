"""Squads belong to townships, have names, vehicles and last known positions."""

import geopandas as gpd
import pandas as pd
import shapely

from data.plan import Plan
from data.town import Town


def test_capacity_is_what_the_squads_of_a_township_can_visit(town: Town) -> None:
    squads = town.squads["township"].value_counts().reindex(town.townships["code"]).to_numpy()

    each = town.townships["visits_per_week"].to_numpy() / squads

    assert ((each >= 30) & (each <= 40)).all()


def test_squads_are_named_after_their_township_and_stand_in_it(town: Town) -> None:
    townships = town.townships.set_index("code").loc[town.squads["township"]]

    assert town.squads["name"].is_unique
    assert all(
        squad[:2] == township[:2] and squad.endswith("中队")
        for squad, township in zip(town.squads["name"], townships["name"], strict=True)
    )
    near = shapely.distance(townships.geometry.to_numpy(), town.squads.geometry.to_numpy())
    assert near.max() < 0.005


def test_the_prefecture_shares_its_vehicles(
    prefecture: Plan, prefecture_squads: gpd.GeoDataFrame
) -> None:
    assert len(prefecture_squads) == 138
    assert prefecture_squads["vehicles"].sum() == 61
    assert set(prefecture_squads["township"]) == set(prefecture.labels.township_code)


def test_positions_are_fresh_old_or_missing(prefecture_squads: gpd.GeoDataFrame) -> None:
    at = prefecture_squads["position_at"]

    age = pd.Timestamp("2026-11-16", tz="Asia/Shanghai") - at

    assert (age < pd.Timedelta(minutes=10)).mean() > 0.4
    assert (age > pd.Timedelta(hours=2)).mean() > 0.15
    assert 0 < age.isna().mean() < 0.15
    assert (age.isna() == prefecture_squads["position_lon"].isna()).all()
