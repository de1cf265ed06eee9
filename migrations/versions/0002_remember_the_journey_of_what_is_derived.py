"""remember the journey of what is derived

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0002
Revises: 0001
Created: 2026-11-23 09:19:35.275167
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "derivation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("journey", sa.String(length=64), nullable=False),
        sa.Column("derived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivation")),
    )


def downgrade() -> None:

    op.drop_table("derivation")
