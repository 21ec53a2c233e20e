"""Do the grids tile the area: gaps, overlaps, slivers, and grids that lie or are named wrongly.

Edges are straight in lon/lat, as they are stored and as points are located in them. Where a source
drew them straight on a projected sheet, and a neighbour has more vertices along the same border,
kilometre-long edges leave centimetres of gap or overlap that the sheet does not show.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import Shapes, area_m2, local_metres_of

SLIVER_METRES = 1.0
BORDER_METRES = 1.0
# What rounding of coordinates makes along an edge: 2 nm on 500 m.
LEAST_M2 = 1e-6
POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)

Codes = Sequence[str | None]
Indices = NDArray[np.int64]


class Kind(StrEnum):
    """What can be wrong. A GAP is a hole between grids, UNCOVERED a part of a township beyond."""

    GAP = "gap"
    UNCOVERED = "uncovered"
    OVERLAP = "overlap"
    SLIVER = "sliver"
    OUTSIDE_TOWNSHIP = "outside_township"
    UNKNOWN_TOWNSHIP = "unknown_township"
    REPEATED_CODE = "repeated_code"
    INVALID = "invalid"
    MULTIPART = "multipart"


class Finding(NamedTuple):
    """One thing wrong, where (lon/lat) and on how many square metres (geodesic).

    `code` is that of the grid, or of the township if that is uncovered or invalid; `other` is the
    second grid of an overlap, or the township of a grid. A SLIVER is a thin overlap if it has two
    codes and a thin gap if it has none.
    """

    kind: Kind
    code: str | None
    other: str | None
    area_m2: float
    geometry: BaseGeometry


@dataclass(frozen=True)
class PartitionCheck:
    """All findings, and square metres (geodesic) of the grids one by one and of their union.

    `overlap_m2` sums over pairs of grids, `gap_m2` over holes between grids, `uncovered_m2` over
    townships; what is thin counts as well.
    """

    findings: tuple[Finding, ...]
    grids_m2: float
    union_m2: float
    overlap_m2: float
    gap_m2: float
    uncovered_m2: float


def check_partition(
    codes: Sequence[str],
    grids: Shapes,
    townships: Codes | None = None,
    township_shapes: Mapping[str, BaseGeometry] | None = None,
    sliver_m: float = SLIVER_METRES,
    border_m: float = BORDER_METRES,
) -> PartitionCheck:
    """Whether lon/lat polygons `grids` (n,) with `codes` (n,) tile the area without gap or overlap.

    `townships` (n,) is the code of each grid's own township (None: not checked) and
    `township_shapes` the lon/lat polygons of all townships. Gaps and overlaps nowhere wider than
    `sliver_m` are slivers. Where grids and the border of a township part by nowhere more than
    `border_m` nothing is reported, since the two are often drawn by different hands. What is not a
    valid polygon is reported, and mended for the rest of the check. Raises ValueError if the
    numbers of codes, grids and townships differ.
    """
    _require_equal(len(grids), codes=len(codes), townships=len(townships or codes))
    area = township_shapes or {}
    names, sent = list(area), _array([*area.values()])
    whole, land = _mended(grids), _mended(sent)
    union, places = _tiling(codes, whole, townships or [], dict(zip(names, land, strict=True)))
    return PartitionCheck(
        (
            *_invalid(codes, grids, whole),
            *_invalid(names, sent, land),
            *_oddities(codes, whole),
            *_unknown(codes, whole, townships or [], names),
            *_graded(places, sliver_m, border_m),
        ),
        grids_m2=float(area_m2(whole).sum()),
        union_m2=float(area_m2(_array([union])).sum()),
        overlap_m2=_total(places, Kind.OVERLAP),
        gap_m2=_total(places, Kind.GAP),
        uncovered_m2=_total(places, Kind.UNCOVERED),
    )


def _require_equal(grids: int, **counts: int) -> None:
    for name, count in counts.items():
        if count != grids:
            raise ValueError(f"{count} {name} for {grids} grids")


def _tiling(
    codes: Sequence[str], shapes: Shapes, townships: Codes, land: Mapping[str, BaseGeometry]
) -> tuple[BaseGeometry, list[Finding]]:
    """The union of the grids and every place, thin or not, where they fail to tile the area."""
    torn = _torn(shapes)
    union, filled = _union(shapes, torn)
    bare = shapely.difference(_array([*land.values()]), filled)
    return union, [
        *_places(Kind.GAP, _array([shapely.difference(filled, union)]), [None]),
        *_overlaps(codes, shapes, torn),
        *_places(Kind.UNCOVERED, bare, list(land)),
        *_outside(codes, shapes, townships, land),
    ]


# --- Shapes -----------------------------------------------------------------------------------


def _array(shapes: Sequence[BaseGeometry]) -> Shapes:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _is_sound(shapes: Shapes) -> NDArray[np.bool_]:
    polygonal = np.isin(shapely.get_type_id(shapes), POLYGONS)
    return polygonal & shapely.is_valid(shapes) & ~shapely.is_empty(shapes)


def _mended(shapes: Shapes) -> Shapes:
    """The same as valid polygons; what holds no polygon becomes an empty one."""
    mended, bad = shapes.copy(), ~_is_sound(shapes)
    mended[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    mended[~np.isin(shapely.get_type_id(mended), POLYGONS)] = shapely.Polygon()
    return mended


def _torn(shapes: Shapes) -> NDArray[np.bool_]:
    """Where edges fail to meet the neighbours': of two that overlap at least one is torn."""
    return ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))


def _union(shapes: Shapes, torn: NDArray[np.bool_]) -> tuple[BaseGeometry, BaseGeometry]:
    """The union, and the same without holes.

    Those that are not torn only drop their common edges, 20 times faster than a general union.
    """
    union = shapely.union_all([*shapes[torn], shapely.coverage_union_all(shapes[~torn])])
    outlines = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(union)))
    return union, shapely.union_all(outlines)


# --- Findings ---------------------------------------------------------------------------------


def _places(kind: Kind, shapes: Shapes, codes: Codes, others: Codes | None = None) -> list[Finding]:
    """A finding for each single polygon within shapes (n,), with the codes (n,) of its shape."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    size = area_m2(parts)
    seconds = others or [None] * len(shapes)
    return [
        Finding(kind, codes[owner[at]], seconds[owner[at]], float(size[at]), parts[at])
        for at in np.flatnonzero(size > LEAST_M2)
    ]


def _overlaps(codes: Sequence[str], shapes: Shapes, torn: NDArray[np.bool_]) -> list[Finding]:
    at, second = shapely.STRtree(shapes).query(shapes[torn], predicate="intersects")
    first = np.flatnonzero(torn)[at]
    once = (first < second) | ~torn[second]
    first, second = np.sort([first[once], second[once]], axis=0)
    shared = shapely.intersection(shapes[first], shapes[second])
    return _places(Kind.OVERLAP, shared, [codes[i] for i in first], [codes[i] for i in second])


def _outside(
    codes: Sequence[str], shapes: Shapes, townships: Codes, land: Mapping[str, BaseGeometry]
) -> list[Finding]:
    known = [(at, name) for at, name in enumerate(townships) if name in land]
    at, names = [at for at, _ in known], [name for _, name in known]
    rest = _beyond(shapes[at], _array([land[str(name)] for name in names]))
    return _places(Kind.OUTSIDE_TOWNSHIP, rest, [codes[i] for i in at], names)


def _beyond(shapes: Shapes, homes: Shapes) -> Shapes:
    """Each shape (n,) without its home (n,); only those that are not covered are cut."""
    shapely.prepare(homes)
    rest = np.full(len(shapes), shapely.Polygon(), dtype=object)
    out = ~shapely.covers(homes, shapes)
    rest[out] = shapely.difference(shapes[out], homes[out])
    return rest


def _graded(findings: Sequence[Finding], sliver_m: float, border_m: float) -> list[Finding]:
    """Thin gaps and overlaps become slivers; what is thin along a township's border goes."""
    between = [finding.kind in {Kind.GAP, Kind.OVERLAP} for finding in findings]
    thin = _is_thin(findings, np.where(between, sliver_m, border_m))
    return [
        finding._replace(kind=Kind.SLIVER) if narrow else finding
        for finding, narrow, between_grids in zip(findings, thin, between, strict=True)
        if between_grids or not narrow
    ]


def _is_thin(findings: Sequence[Finding], width_m: NDArray[np.float64]) -> list[bool]:
    """Where no circle of this diameter in metres (n,) fits in."""
    if not findings:
        return []
    shapes = _array([finding.geometry for finding in findings])
    flat = local_metres_of(shapes).shapes_to_metres(shapes)
    # Smaller than the circle is thin for sure; GEOS may blow up slivers that rounding has folded.
    small = shapely.area(flat) < np.pi / 4 * width_m**2
    thin: list[bool] = (small | shapely.is_empty(shapely.buffer(flat, -width_m / 2))).tolist()
    return thin


def _invalid(codes: Sequence[str], sent: Shapes, mended: Shapes) -> list[Finding]:
    return _wholes(Kind.INVALID, np.flatnonzero(~_is_sound(sent)), codes, mended)


def _oddities(codes: Sequence[str], shapes: Shapes) -> list[Finding]:
    count = Counter(codes)
    again = [at for at, code in enumerate(codes) if count[code] > 1]
    several = np.flatnonzero(shapely.get_num_geometries(shapes) > 1)
    return [
        *_wholes(Kind.MULTIPART, several, codes, shapes),
        *_wholes(Kind.REPEATED_CODE, again, codes, shapes),
    ]


def _unknown(
    codes: Sequence[str], shapes: Shapes, townships: Codes, names: Sequence[str]
) -> list[Finding]:
    """Grids whose stated township is not among the townships, if there are any."""
    stated = {at: name for at, name in enumerate(townships) if names and name is not None}
    lost = [at for at, name in stated.items() if name not in names]
    found = _wholes(Kind.UNKNOWN_TOWNSHIP, lost, codes, shapes)
    return [each._replace(other=stated[at]) for at, each in zip(lost, found, strict=True)]


def _wholes(
    kind: Kind, at: Indices | list[int], codes: Sequence[str], shapes: Shapes
) -> list[Finding]:
    """A finding for the whole of each shape at these positions."""
    some = shapes[np.asarray(at, np.int64)]
    rows = zip(at, area_m2(some).tolist(), some, strict=True)
    return [Finding(kind, codes[i], None, size, shape) for i, size, shape in rows]


def _total(findings: Sequence[Finding], kind: Kind) -> float:
    return sum(finding.area_m2 for finding in findings if finding.kind is kind)
