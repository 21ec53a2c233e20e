"""A first load of cases is also counted once, at its end; case numbers are kept where there are any"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid)), contype = 'f' AS checks
    FROM pg_constraint
    WHERE conrelid = 'incidents'::regclass AND contype IN ('p', 'u')
        OR 'incidents'::regclass IN (conrelid, confrelid) AND contype = 'f'
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), false
    FROM pg_index
    WHERE indrelid = 'incidents'::regclass AND NOT indisunique AND indpred IS NULL
"""
FOLLOWING = """
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
        format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname), false
    FROM pg_trigger WHERE tgfoid IN (
        'incident_counts_follow()'::regprocedure, 'incident_counts_follow_grids()'::regprocedure)
"""
# As migration 0028 counts what a statement adds.
COUNTED = """
    WITH near AS MATERIALIZED (
        SELECT tile_x(place, 13) AS x, tile_y(place, 13) AS y, cell, grid_id, state,
            count(*)::int AS n, sum(round(ST_X(place) * 1e7))::bigint AS lon,
            sum(round(ST_Y(place) * 1e7))::bigint AS lat
        FROM incidents WHERE NOT withdrawn GROUP BY 1, 2, 3, 4, 5)
    INSERT INTO incident_counts (level, x, y, cell, township, state, n, lon, lat, folded)
    SELECT level, x >> 13 - zoom, y >> 13 - zoom, cell_over(cell, level),
        coalesce(township_code, ''), state, sum(n), sum(lon), sum(lat), true
    FROM near LEFT JOIN grids ON grids.id = grid_id
        CROSS JOIN (VALUES (9, 13), (7, 11), (5, 8)) AS levels (level, zoom)
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3
"""
AND_COUNTS = f"""
    {KEYS} UNION ALL {FOLLOWING}
    UNION ALL SELECT 'DELETE FROM incident_counts', $counted$ {COUNTED} $counted$, false
"""
NUMBER = "incidents_case_no_uq"


def upgrade() -> None:
    _unkey(AND_COUNTS)
    op.drop_constraint(NUMBER, "incidents")
    op.create_index(NUMBER, "incidents", ["case_no"], unique=True,
                    postgresql_where=sa.text("case_no IS NOT NULL"))  # fmt: skip


def _unkey(taken_away: str) -> None:
    # Whoever changes cases or grids meanwhile in the same transaction changes what is counted then.
    op.execute(f"""
        CREATE OR REPLACE FUNCTION unkey_incidents() RETURNS boolean LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
        DECLARE key record;
        BEGIN
            IF acts_as() IS NULL THEN RETURN NULL; END IF;
            IF NOT holds('import') OR EXISTS (SELECT FROM incidents) THEN RETURN false; END IF;
            BEGIN
                LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE;
                IF EXISTS (SELECT FROM incidents) THEN RAISE lock_not_available; END IF;
                CREATE TEMP TABLE unkeyed (away text, back text, checks boolean) ON COMMIT DROP;
                CREATE CONSTRAINT TRIGGER rekey AFTER INSERT ON pg_temp.unkeyed
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rekey();
                INSERT INTO pg_temp.unkeyed {taken_away} ORDER BY checks;
                FOR key IN SELECT away FROM pg_temp.unkeyed ORDER BY NOT checks
                    LOOP EXECUTE key.away; END LOOP;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN RETURN false;
            END;
            RETURN true;
        END $$
    """)


def downgrade() -> None:
    op.drop_index(NUMBER, "incidents")
    op.create_unique_constraint(NUMBER, "incidents", ["case_no"])
    _unkey(KEYS)
