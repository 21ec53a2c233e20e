"""A first load of cases holds all its tables before it changes any; what phones said is forgotten"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

HOLD = "hold_incidents()"


def upgrade() -> None:
    # Whoever waits for one table while it holds another may wait for somebody who waits for it. So
    # this takes all or none at once, waits with none of them, and nobody has to wait for its try.
    op.execute("""
        CREATE FUNCTION hold_incidents() RETURNS boolean LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF acts_as() IS NULL THEN RETURN NULL; END IF;
            FOR attempt IN 1..20 LOOP
                IF NOT holds('import') OR EXISTS (SELECT FROM incidents) THEN RETURN false; END IF;
                BEGIN
                    EXECUTE (
                        SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT',
                            string_agg(DISTINCT held::regclass::text, ', '))
                        FROM pg_constraint, unnest(ARRAY[conrelid, confrelid]) AS held
                        WHERE contype = 'f' AND 'incidents'::regclass IN (conrelid, confrelid));
                    IF EXISTS (SELECT FROM incidents) THEN RAISE lock_not_available; END IF;
                    RETURN true;
                EXCEPTION WHEN lock_not_available THEN PERFORM pg_sleep(0.05);
                END;
            END LOOP;
            RETURN false;
        END $$
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {HOLD} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {HOLD} TO {APPLICATION}")
    op.execute(f"GRANT DELETE ON duty_events TO {APPLICATION}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON duty_events FROM {APPLICATION}")
    op.execute(f"DROP FUNCTION {HOLD}")
