"""returns between stages

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0017
Revises: 0016
Created: 2026-11-29 09:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Returns are derived from facts; with no note of a derivation, the next start derives everything anew.
    op.execute("DELETE FROM derivation")
    op.create_table(
        "stage_return",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journey", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_stage_return_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_return")),
    )
    with op.batch_alter_table("stage_return", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_return_deal_id"), ["deal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stage_return_stage_entered_at"), ["stage", "entered_at"], unique=False)

    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_up_state_kind"), ["state", "kind"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM derivation")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_state_kind"))

    op.drop_table("stage_return")
