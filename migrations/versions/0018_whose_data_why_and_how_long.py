"""whose data, why and how long

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0018
Revises: 0017
Created: 2026-11-29 01:10:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "person_basis",
        sa.Column("id", number, nullable=False),
        sa.Column("connection_id", number, nullable=False),
        sa.Column("contact_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", number, nullable=True),
        _connection("person_basis"),
        _account("person_basis", "noted_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_basis")),
    )
    op.create_index(op.f("ix_person_basis_connection_id_contact_id"), "person_basis", ["connection_id", "contact_id"])
    op.create_table(
        "connection_basis",
        sa.Column("connection_id", number, nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", number, nullable=True),
        _connection("connection_basis"),
        _account("connection_basis", "changed_by"),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connection_basis")),
    )
    op.create_table(
        "erased_name",
        sa.Column("id", number, nullable=False),
        sa.Column("deal_id", number, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("in_title", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_erased_name_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_name")),
        sa.UniqueConstraint("deal_id", "digest", name=op.f("uq_erased_name_deal_id_digest")),
    )
    op.create_table(
        "retention_rule",
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", number, nullable=True),
        sa.Column("ran_at", sa.BigInteger(), nullable=True),
        _account("retention_rule", "changed_by"),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_retention_rule")),
    )


def _connection(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_connection_id")
    return sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=name, ondelete="CASCADE")


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=name, ondelete="SET NULL")


def downgrade() -> None:
    for table in ("retention_rule", "erased_name", "connection_basis", "person_basis"):
        op.drop_table(table)
