"""deals' passages as one record

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0004
Revises: 0003
Created: 2026-11-23 14:40:21.414474
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Everything here is derived from facts; with no note of a derivation, the next start derives it anew.
    op.execute("DELETE FROM derivation")
    op.execute("DELETE FROM deal_standing")
    op.create_table(
        "cohort_snapshot",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cohort_snapshot")),
    )
    op.create_table(
        "deal_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_change")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("stage_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_visit_deal_id"))

    op.drop_table("stage_visit")
    with op.batch_alter_table("stage_passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_passage_stage_entered_at"))

    op.drop_table("stage_passage")
    with op.batch_alter_table("deal_standing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_standing_state_stage"))
        batch_op.add_column(sa.Column("known_up_to", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("passages", sa.LargeBinary(), nullable=False))

    with op.batch_alter_table("derivation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recomputing_since", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("recomputed_up_to", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM derivation")
    op.execute("DELETE FROM deal_standing")
    with op.batch_alter_table("derivation", schema=None) as batch_op:
        batch_op.drop_column("recomputed_up_to")
        batch_op.drop_column("recomputing_since")

    with op.batch_alter_table("deal_standing", schema=None) as batch_op:
        batch_op.drop_column("passages")
        batch_op.drop_column("known_up_to")
        batch_op.create_index(batch_op.f("ix_deal_standing_state_stage"), ["state", "stage"], unique=False)

    op.create_table(
        "stage_passage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.BigInteger(), nullable=True),
        sa.Column("held_undated", sa.Boolean(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("outcome_at", sa.BigInteger(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("went_back_at", sa.BigInteger(), nullable=True),
        sa.Column("reopened_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_stage_passage_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_passage")),
        sa.UniqueConstraint("deal_id", "round", "stage", name=op.f("uq_stage_passage_deal_id_round_stage")),
    )
    with op.batch_alter_table("stage_passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_passage_stage_entered_at"), ["stage", "entered_at"], unique=False)

    op.create_table(
        "stage_visit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("spell", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("left_to", sa.String(length=60), nullable=True),
        sa.Column("is_entry", sa.Boolean(), nullable=False),
        sa.Column("in_burst", sa.Boolean(), nullable=False),
        sa.Column("came_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_stage_visit_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_visit")),
    )
    with op.batch_alter_table("stage_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_visit_deal_id"), ["deal_id"], unique=False)

    op.drop_table("deal_change")
    op.drop_table("cohort_snapshot")
