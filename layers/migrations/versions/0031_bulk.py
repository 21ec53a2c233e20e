"""A first load of cases is indexed, and checked against other tables, once for all its rows"""

from alembic import op

from layers.migrations.wall import APPLICATION

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

UNKEY, REKEY = "unkey_incidents()", "rekey()"
# Of what files bring the partial indexes hold next to nothing: they stay.
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
    ORDER BY checks
"""


def upgrade() -> None:
    _in_the_owners_name(REKEY, "trigger", "BEGIN EXECUTE new.back; RETURN NULL; END")
    # Whoever begins cannot leave it undone: at the latest the end of the transaction brings back
    # what was taken away, and only the owner writes into the table that says what that is.
    _in_the_owners_name(UNKEY, "boolean", f"""
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
                INSERT INTO pg_temp.unkeyed {KEYS};
                FOR key IN SELECT away FROM pg_temp.unkeyed ORDER BY NOT checks
                    LOOP EXECUTE key.away; END LOOP;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN RETURN false;
            END;
            RETURN true;
        END
    """)  # fmt: skip
    op.execute(f"GRANT EXECUTE ON FUNCTION {UNKEY} TO {APPLICATION}")


def _in_the_owners_name(function: str, answer: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {function} RETURNS {answer} LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$ {body} $$"
    )
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {UNKEY}")
    op.execute(f"DROP FUNCTION {REKEY}")
