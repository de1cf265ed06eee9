"""touches

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0016
Revises: 0015
Created: 2026-11-28 23:45:00.000000
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "touch_import",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("touches", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_touch_import_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_touch_import_public_id")),
    )
    op.create_index(op.f("ix_touch_import_user_id"), "touch_import", ["user_id"])
    op.create_table(
        "touch",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=True),
        sa.Column("campaign", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=True),
        sa.Column("touchpoint_id", ID, nullable=True),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("contact_crm_id", sa.String(length=255), nullable=True),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_touch_deal_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["touch_import.id"], name=op.f("fk_touch_import_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_touch_touchpoint_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch")),
        sa.UniqueConstraint("deal_id", "key", name=op.f("uq_touch_deal_id_key")),
    )
    op.create_index(op.f("ix_touch_touchpoint_id"), "touch", ["touchpoint_id"])
    op.create_index(op.f("ix_touch_contact_crm_id"), "touch", ["contact_crm_id"])
    op.create_index(op.f("ix_touch_import_id"), "touch", ["import_id"])
    op.create_table(
        "touch_goal",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("journey", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touch_goal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_touch_goal_public_id")),
    )
    made = sa.text("origin = 'touch'")
    op.create_index(op.f("ix_stage_move_origin"), "stage_move", ["origin"], sqlite_where=made, postgresql_where=made)


def downgrade() -> None:
    op.drop_index(op.f("ix_stage_move_origin"), "stage_move")
    op.drop_table("touch_goal")
    op.drop_table("touch")
    op.drop_table("touch_import")
