"""Jurisdiction, priority, reservation"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import ANYONE, APPLICATION, guard, holds

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

IN_HAND = "state IN ('dispatched', 'accepted', 'on_scene', 'handling') AND NOT withdrawn"
OCCUPYING = "state <> 'handling' AND suspended_until IS NULL"
LEVELS = "priority between 0 and 2"
AT_WORK, TOWNSHIP = "squads_at_work(timestamptz)", "township_at(geometry, date)"


def upgrade() -> None:
    _make_jurisdictions()
    op.add_column(
        "squads", sa.Column("crews", sa.SmallInteger(), server_default=sa.text("1"), nullable=False)
    )
    op.create_check_constraint(op.f("squads_crews_ck"), "squads", "crews > 0")
    op.add_column(
        "matters",
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_check_constraint(op.f("matters_priority_ck"), "matters", LEVELS)
    op.add_column("incidents", sa.Column("priority", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("incidents_priority_ck"), "incidents", LEVELS)
    op.create_index(
        "incidents_in_hand_ix", "incidents", ["squad_code"], postgresql_where=sa.text(IN_HAND)
    )
    op.create_index(
        "incidents_waiting_ix", "incidents", ["matter_code"],
        postgresql_where=sa.text("state = 'filed'"),
    )  # fmt: skip
    _tell_who_is_at_work()
    _tell_the_township()
    for function in (AT_WORK, TOWNSHIP):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APPLICATION}")


def _make_jurisdictions() -> None:
    op.create_table(
        "jurisdictions",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("matter_code", sa.Text(), nullable=True),
        sa.Column("matter_kind", sa.Text(), nullable=True),
        sa.Column("class_code", sa.Text(), nullable=True),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("part in ('responsible', 'joint')", name=op.f("jurisdictions_part_ck")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("jurisdictions_validity_ck")),
        sa.CheckConstraint(
            "matter_code IS NULL OR class_code IS NULL AND matter_kind IS NULL",
            name=op.f("jurisdictions_concerns_ck"),
        ),
        sa.ForeignKeyConstraint(
            ["matter_code"], ["matters.code"], name=op.f("jurisdictions_matter_code_fk")
        ),
        sa.ForeignKeyConstraint(
            ["township_code"], ["townships.code"], name=op.f("jurisdictions_township_code_fk")
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"], ["units.code"], name=op.f("jurisdictions_unit_code_fk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("jurisdictions_pk")),
        sa.UniqueConstraint(
            "matter_code", "matter_kind", "class_code", "township_code", "unit_code", "valid_from",
            name=op.f("jurisdictions_same_uq"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    guard("jurisdictions", ANYONE, holds("import"))


def _tell_who_is_at_work() -> None:
    # Of a squad in sight everybody who sees it may know whether it is free, wherever the case lies
    # that it has: how many, and never which. Asked for often: a session plans this language's
    # statement once, and not at each call.
    op.execute(f"""
        CREATE FUNCTION squads_at_work(since timestamptz)
        RETURNS TABLE (squad text, occupying bigint, in_hand bigint, ended_at timestamptz)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN RETURN QUERY
            SELECT squad_code, count(*) FILTER (WHERE busy), count(*) FILTER (WHERE NOT busy),
                max(ended)
            FROM (
                SELECT squad_code, {OCCUPYING} AS busy, NULL::timestamptz AS ended
                FROM incidents WHERE {IN_HAND} AND squad_code IS NOT NULL
                UNION ALL
                SELECT squad_code, NULL, happened_at
                FROM incident_steps JOIN incidents ON incidents.id = incident_id
                WHERE happened_at > since AND verb IN ('finish', 'give_opinion')
                    AND squad_code IS NOT NULL
            ) AS work WHERE acts_as() IS NOT NULL GROUP BY squad_code;
        END $$
    """)


def _tell_the_township() -> None:
    # Who is competent across the border goes by the township there, in sight or not.
    op.execute("""
        CREATE FUNCTION township_at(place geometry, day date) RETURNS text
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT township_code FROM grids WHERE id = grid_at(place, day)
        $$
    """)


def downgrade() -> None:
    for function in (AT_WORK, TOWNSHIP):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("incidents_waiting_ix", "incidents")
    op.drop_index("incidents_in_hand_ix", "incidents")
    for table, column in (("incidents", "priority"), ("matters", "priority"), ("squads", "crews")):
        op.drop_column(table, column)
    op.drop_table("jurisdictions")
