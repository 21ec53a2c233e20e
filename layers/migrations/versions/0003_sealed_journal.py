"""Seals over the journal, free texts beside it, and guards in front of both"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARDED = ("journal", "journal_seals")


def upgrade() -> None:
    op.create_index("journal_actor_id_ix", "journal", ["actor", "id"], unique=False)
    op.create_table(
        "journal_texts",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal.id"], name=op.f("journal_texts_entry_id_fk")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("journal_texts_pk")),
    )
    op.create_table(
        "journal_unsealed",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("journal_unsealed_pk")),
    )
    op.create_table(
        "journal_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("journal_seals_pk")),
        sa.UniqueConstraint("entry_id", name=op.f("journal_seals_entry_id_uq")),
    )
    _let_every_entry_wait_for_its_seal()
    _guard()


def _let_every_entry_wait_for_its_seal() -> None:
    # A trigger, so that no way of writing an entry (COPY, a statement of another slice, an
    # import of a thousand) can forget it.
    op.execute("""
        CREATE FUNCTION journal_wait_for_seal() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO journal_unsealed (entry_id) SELECT id FROM added;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER journal_wait_for_seal AFTER INSERT ON journal
        REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION journal_wait_for_seal()
    """)
    op.execute("INSERT INTO journal_unsealed (entry_id) SELECT id FROM journal")


def _guard() -> None:
    # The role that the application works as gets no right to change these tables. The triggers
    # stand in the way of whoever has it: the owner, a superuser, a migration, by a slip.
    #
    # They refuse without exception. A setting that opens them ("SET gridpatrol.maintenance = on")
    # could be set by any role and from an injected statement; the way round is instead what only
    # the owner can do and nobody does by accident: ALTER TABLE ... DISABLE TRIGGER. Who does it
    # in bad faith is found by the chain.
    #
    # For each statement, because TRUNCATE has no rows; ALWAYS, because a session that replicates
    # (session_replication_role) passes ordinary triggers by.
    op.execute("""
        CREATE FUNCTION journal_is_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: the journal is only ever appended to',
                TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    for table in GUARDED:
        op.execute(f"""
            CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION journal_is_never_changed()
        """)
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_never_changed")


def downgrade() -> None:
    op.execute("DROP TRIGGER journal_is_never_changed ON journal")
    op.execute("DROP TRIGGER journal_wait_for_seal ON journal")
    op.drop_table("journal_seals")
    op.drop_table("journal_unsealed")
    op.drop_table("journal_texts")
    op.drop_index("journal_actor_id_ix", table_name="journal")
    op.execute("DROP FUNCTION journal_is_never_changed()")
    op.execute("DROP FUNCTION journal_wait_for_seal()")
