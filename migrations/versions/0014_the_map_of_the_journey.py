"""the map of the journey

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0014
Revises: 0013
Created: 2026-11-29 09:00:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "map_note",
        sa.Column("id", _id(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("journey", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("persona", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("touchpoint_id", _id(), nullable=True),
        sa.Column("user_id", _id(), nullable=True),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_map_note_touchpoint_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_map_note_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_map_note_public_id")),
    )
    op.create_index(op.f("ix_map_note_journey_stage"), "map_note", ["journey", "stage"], unique=False)
    op.create_index(op.f("ix_map_note_touchpoint_id"), "map_note", ["touchpoint_id"], unique=False)
    op.create_table(
        "improvement",
        sa.Column("id", _id(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("journey", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("persona", sa.String(length=60), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evaluator_id", _id(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decided_by", _id(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("learned", sa.String(), nullable=False),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_improvement_decided_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["user_account.id"], name=op.f("fk_improvement_evaluator_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_improvement_public_id")),
    )
    op.create_index(op.f("ix_improvement_journey_stage"), "improvement", ["journey", "stage"], unique=False)
    op.create_index(op.f("ix_improvement_evaluator_id_due_on"), "improvement", ["evaluator_id", "due_on"], unique=False)
    op.create_index(op.f("ix_meeting_stage_state_starts_at"), "meeting", ["stage", "state", "starts_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_meeting_stage_state_starts_at"), table_name="meeting")
    op.drop_table("improvement")
    op.drop_table("map_note")
