"""who was erased and who was there once

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0007
Revises: 0006
Created: 2026-11-23 21:21:32.860869
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_erased_contact_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_contact")),
        sa.UniqueConstraint("connection_id", "crm_id", name=op.f("uq_erased_contact_connection_id_crm_id")),
    )
    op.create_table(
        "former_contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_former_contact_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_contact")),
        sa.UniqueConstraint("deal_id", "crm_id", "name", name=op.f("uq_former_contact_deal_id_crm_id_name")),
    )
    with op.batch_alter_table("former_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_contact_crm_id"), ["crm_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("former_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_former_contact_crm_id"))

    op.drop_table("former_contact")
    op.drop_table("erased_contact")
