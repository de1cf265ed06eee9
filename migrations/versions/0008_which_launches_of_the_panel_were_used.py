"""which launches of the panel were used

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0008
Revises: 0007
Created: 2026-11-23 21:42:12.526448
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_launch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_used_launch_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_launch")),
        sa.UniqueConstraint("connection_id", "digest", name=op.f("uq_used_launch_connection_id_digest")),
    )
    with op.batch_alter_table("used_launch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_launch_expires_at"), ["expires_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("used_launch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_used_launch_expires_at"))

    op.drop_table("used_launch")
