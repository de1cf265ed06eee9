"""journeys

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0012
Revises: 0011
Created: 2026-11-28 23:50:00.000000
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journey_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("kept_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kept_by"], ["user_account.id"], name=op.f("fk_journey_version_kept_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_version")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_journey_version_key_version")),
    )
    op.create_table(
        "journey_in_use",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["journey_version.id"], name=op.f("fk_journey_in_use_version_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_journey_in_use")),
    )
    op.create_table(
        "journey_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("base_version", sa.String(length=12), nullable=True),
        sa.Column(
            "fields", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edited_by"], ["user_account.id"], name=op.f("fk_journey_draft_edited_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_draft")),
        sa.UniqueConstraint("key", name=op.f("uq_journey_draft_key")),
    )
    op.create_table(
        "stage_meaning",
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journey", sa.String(length=60), nullable=False),
        sa.Column("buyer_stage", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["crm_stage.id"], name=op.f("fk_stage_meaning_stage_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stage_id", "journey", name=op.f("pk_stage_meaning")),
    )
    with op.batch_alter_table("crm_pipeline", schema=None) as batch_op:
        batch_op.add_column(sa.Column("journey", sa.String(length=60), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("crm_pipeline", schema=None) as batch_op:
        batch_op.drop_column("journey")

    op.drop_table("stage_meaning")
    op.drop_table("journey_draft")
    op.drop_table("journey_in_use")
    op.drop_table("journey_version")
