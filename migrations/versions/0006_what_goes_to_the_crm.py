"""What goes to the CRM

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0006
Revises: 0005
Created: 2026-11-23 18:00:31.168740
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection_secret",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_connection_secret_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_secret")),
        sa.UniqueConstraint("connection_id", "name", name=op.f("uq_connection_secret_connection_id_name")),
    )
    op.create_table(
        "crm_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("record", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_crm_event_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_event")),
        sa.UniqueConstraint("connection_id", "key", name=op.f("uq_crm_event_connection_id_key")),
    )
    with op.batch_alter_table("crm_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_crm_event_connection_id_handled_at"), ["connection_id", "handled_at"], unique=False
        )

    op.create_table(
        "own_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_own_move_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_move")),
        sa.UniqueConstraint("deal_id", "key", name=op.f("uq_own_move_deal_id_key")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("target", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column(
            "fields", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_outbox_message_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_outbox_message_deal_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_outbox_message_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outbox_message_public_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_message_connection_id_ended_at_id"), ["connection_id", "ended_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_message_deal_id_ended_at_id"), ["deal_id", "ended_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbox_message_meeting_id"), ["meeting_id"], unique=False)

    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("pulled_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("renewed_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("calls_left", sa.Integer(), nullable=True))

    with op.batch_alter_table("sync_position", schema=None) as batch_op:
        batch_op.add_column(sa.Column("whole", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("whole_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sync_position", schema=None) as batch_op:
        batch_op.drop_column("whole_at")
        batch_op.drop_column("whole")

    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_column("calls_left")
        batch_op.drop_column("renewed_until")
        batch_op.drop_column("pulled_until")
        batch_op.drop_column("paused_at")

    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_meeting_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_deal_id_ended_at_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_message_connection_id_ended_at_id"))

    op.drop_table("outbox_message")
    op.drop_table("own_move")
    with op.batch_alter_table("crm_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crm_event_connection_id_handled_at"))

    op.drop_table("crm_event")
    op.drop_table("connection_secret")
