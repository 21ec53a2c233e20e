"""Much, far from the small town: among a handful of rows any index does as well as another, and
what other tests rolled back decides which."""

from sqlalchemy import Connection, text

MANY = 1_000
"""Townships; grids, and of each a case and a visit; rivers, roads, places and hexagons."""

STATEMENTS = (
    """
    INSERT INTO townships (code, name, area_m2, source_crs, shape)
    SELECT 'F' || n, '', 1, '', ST_Multi(ST_MakeEnvelope(n * 0.1, 5, n * 0.1 + 0.1, 6, 4326))
    FROM generate_series(1, :many) AS n
    """,
    # In a township of the town: whoever sees only that one is no nearer to those of a place.
    """
    INSERT INTO grids (code, name, township_code, area_m2, source_crs, valid_from, shape)
    SELECT '339901101' || n, '', '339901101', 1, '', '2020-01-01', shape
    FROM (SELECT n, ST_Multi(ST_MakeEnvelope(west, 5, west + 0.1, 6, 4326)) AS shape
          FROM generate_series(1, :many) AS n, LATERAL (SELECT n * 0.1 AS west) AS side) AS strips
    """,
    """
    INSERT INTO rivers (key, kind, source_crs, shape)
    SELECT n, '', '', ST_Multi(ST_MakeEnvelope(0, 0, 0.1, n * 0.01, 4326))
    FROM generate_series(1, :many) AS n
    """,
    """
    INSERT INTO roads (key, class, oneway, source_crs, shape)
    SELECT n, 'residential', false, '',
        ST_Multi(ST_MakeLine(ST_Point(n * 0.1, 0, 4326), ST_Point(n * 0.1, 1, 4326)))
    FROM generate_series(1, :many) AS n
    """,
    """
    INSERT INTO places (key, name, x, y, datum, place)
    SELECT n, '', n * 0.1, 0, 'wgs84', ST_Point(n * 0.1, 0, 4326)
    FROM generate_series(1, :many) AS n
    """,
    """
    INSERT INTO matters (code, name_zh, name_en) VALUES ('S02', '暴露垃圾', 'Exposed rubbish')
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO incidents (id, source, external_id, matter_code, state, place, x, y, datum, cell,
        grid_id, occurred_at, occurred_precision, received_at)
    SELECT gen_random_uuid(), 'many', grids.code, 'S02', :state, ST_Centroid(shape), 0, 0,
        'wgs84', 0, grids.id, now(), 'minute', now()
    FROM grids WHERE ST_YMax(shape) < 7
    """,
    """
    WITH run AS (
        INSERT INTO hotspot_runs
            (as_of, weeks, resolution, parameters, version, found, made_at, made_by)
        VALUES ('2026-11-16', 12, 9, '{}', '', '{}', now(), '') RETURNING id),
    plan AS (
        INSERT INTO plans
            (week, state, run_id, parameters, version, made_at, made_by, approved_at, approved_by)
        SELECT '2026-W47', 'approved', id, '{}', '', now(), '', now(), '' FROM run RETURNING id),
    visits AS (
        INSERT INTO plan_visits
            (plan_id, grid_code, grid_id, township_code, expected, visits, reasons)
        SELECT plan.id, code, grids.id, township_code, 1, 1, '{}' FROM plan, grids),
    drawn AS (
        INSERT INTO hexagons
        SELECT n, ST_Transform(ST_Buffer(ST_Point(n * 0.1, 0, 4326), 0.1), 3857)
        FROM generate_series(1, :many) AS n RETURNING cell)
    INSERT INTO hotspot_cells (run_id, cell, township_code, share, count, value, z, p, class,
        township_z, township_class, neighbours, insufficient)
    SELECT id, cell, '339901101', 1, 1, 1, 1, 1, 1, 1, 1, 6, false FROM run, drawn
    """,
    "ANALYZE",
)


def crowd(connection: Connection, state: str = "filed") -> None:
    """Fill what lies around the town, with cases of a state, and tell the planner."""
    given = {"many": MANY, "state": state}
    for statement in STATEMENTS:
        connection.execute(text(statement), given)
