"""Partition check: where grids fail to tile the area."""

import numpy as np
import shapely
from geopandas import GeoDataFrame

from maps.frames import bare_grids, columns, over, points, translated, under
from maps.sheet import About, Column, Fill, Ground, Look, Marks, Sheet
from maps.theme import word

EXACT_M = 0.2


def partition(
    findings: GeoDataFrame,
    grids: GeoDataFrame,
    townships: GeoDataFrame,
    about: About,
    ground: Ground | None = None,
) -> Sheet:
    """Where grids fail to tile the area: each finding in its true shape and marked."""
    placed = points(findings)
    return Sheet(
        "partition",
        _partition_title(findings, about),
        word(
            "subtitle.partition",
            about.language,
            grids=f"{len(grids):,}",
            townships=f"{len(townships):,}",
            gaps=_square_metres(findings, "gap", "uncovered"),
            overlaps=_square_metres(findings, "overlap"),
        ),
        about,
        [
            *under(ground, about),
            bare_grids(grids, about),
            *over(townships, about, ground),
            *_findings(placed, about),
        ],
        tolerance_m=EXACT_M,
    )


def _partition_title(findings: GeoDataFrame, about: About) -> str:
    if findings.empty:
        return word("title.partition.none", about.language, area=about.area)
    return word(
        "title.partition",
        about.language,
        area=about.area,
        findings=f"{len(findings):,}",
    )


def _square_metres(findings: GeoDataFrame, *kinds: str) -> str:
    return f"{findings['area_m2'][findings['kind'].isin(kinds)].sum():,.1f}"


def _findings(placed: GeoDataFrame, about: About) -> list[Fill | Marks]:
    language = about.language
    kinds = sorted(placed["kind"].unique())
    classes = np.array([kinds.index(kind) for kind in placed["kind"]], dtype=np.int64)
    looks = [Look(word(f"finding.{kind}", language), "finding", f"fault-{kind}") for kind in kinds]
    lines = [
        Column(word("column.kind", language), translated(placed, "kind", "finding", language)),
        *columns(placed, ("code", "other", "area_m2"), language),
    ]
    name, shapes = word("map.partition", language), placed.geometry.to_numpy()
    exact = word("layer.findings", language)
    return [
        Fill(exact, shapes, classes, looks, lines, outline="finding", key="shapes"),
        Marks(
            name,
            shapely.point_on_surface(shapes),
            classes,
            looks,
            lines,
            heading=word("legend.partition", language),
            key="partition",
        ),
    ]
