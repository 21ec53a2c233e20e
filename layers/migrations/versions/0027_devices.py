"""What was last heard of a device; what squads say of their duty, once; tracks by the verb's reach"""

import sqlalchemy as sa
from alembic import op

from layers.migrations.wall import BUREAU, WORKER, guard, holds

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INTAKE = "(select acts_as()) = 'intake'"
OF_A_SQUAD = f"{BUREAU} OR EXISTS (SELECT FROM squads WHERE squads.code = squad_code)"
WHO_FOLLOWS = " OR ".join(
    f"(select reaches_bureau('{verb}'))"
    f" OR squads.township_code = ANY ((select reaches_townships('{verb}'))::text[])"
    for verb in ("dispatch", "lead")
)
FOLLOWED = (
    "EXISTS (SELECT FROM shifts JOIN squads ON squads.code = shifts.squad_code"
    f" WHERE shifts.id = shift_id AND ({WHO_FOLLOWS}))"
)
WIDER = f"({holds('dispatch', 'lead')}) AND EXISTS (SELECT FROM shifts WHERE shifts.id = shift_id)"
NARROWER = "string_to_array(coalesce(current_setting('gridpatrol.narrower', true), ''), E'\\x1f')"


def upgrade() -> None:
    op.create_table(
        "devices_heard",
        sa.Column("device_code", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(refused IS NULL) = (refused_at IS NULL)", name=op.f("devices_heard_refused_ck")
        ),
        sa.ForeignKeyConstraint(
            ["device_code"], ["devices.code"], name=op.f("devices_heard_device_code_fk")
        ),
        sa.PrimaryKeyConstraint("device_code", name=op.f("devices_heard_pk")),
    )
    guard("devices_heard", f"{INTAKE} OR {holds('manage')}", INTAKE)
    op.create_table(
        "duty_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("squad_code", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["squad_code"], ["squads.code"], name=op.f("duty_events_squad_code_fk")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("duty_events_shift_id_fk")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("duty_events_pk")),
    )
    guard("duty_events", OF_A_SQUAD, holds("dispatch", "handle"))
    _tell_how_far_a_verb_reaches()
    _let_follow(FOLLOWED)


def _tell_how_far_a_verb_reaches() -> None:
    # As layers.access.Actor.reach: a verb reaches what is seen, or only what is told of it.
    op.execute(f"""
        CREATE FUNCTION reaches_bureau(verb text) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT holds(verb) AND sees_bureau() AND verb || '=' <> ALL ({NARROWER}) $$
    """)
    op.execute(f"""
        CREATE FUNCTION reaches_townships(verb text) RETURNS text[]
        LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN NOT holds(verb) THEN '{{}}'
                WHEN verb || '=' = ANY ({NARROWER}) THEN ARRAY(
                    SELECT substr(told, length(verb) + 2) FROM unnest({NARROWER}) AS told
                    WHERE starts_with(told, verb || '=') AND told <> verb || '=')
                ELSE sees_townships() END $$
    """)


def _let_follow(who: str) -> None:
    op.execute(f"ALTER POLICY fixes_select ON fixes USING ({INTAKE} OR {WORKER} OR {who})")


def downgrade() -> None:
    _let_follow(WIDER)
    op.execute("DROP FUNCTION reaches_townships(text)")
    op.execute("DROP FUNCTION reaches_bureau(text)")
    op.drop_table("duty_events")
    op.drop_table("devices_heard")
