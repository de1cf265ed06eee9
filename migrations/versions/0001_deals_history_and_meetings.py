"""deals history and meetings

Remember: a change must go up, down and up again on filled tables with nothing lost, on SQLite and PostgreSQL.

Revision ID: 0001
Revises: nothing
Created: 2026-11-23 07:53:29.953931
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "connection",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "settings", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("name", name=op.f("uq_connection_name")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_address_hash_at"), ["address_hash", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_email_hash_at"), ["email_hash", "at"], unique=False)

    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "crm_owner",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_crm_owner_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_crm_owner_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_owner")),
        sa.UniqueConstraint("connection_id", "crm_id", name=op.f("uq_crm_owner_connection_id_crm_id")),
    )
    with op.batch_alter_table("crm_owner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crm_owner_user_id"), ["user_id"], unique=False)

    op.create_table(
        "crm_pipeline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_crm_pipeline_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_pipeline")),
        sa.UniqueConstraint("connection_id", "crm_id", name=op.f("uq_crm_pipeline_connection_id_crm_id")),
    )
    op.create_table(
        "sync_position",
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("pass_open", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_sync_position_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "stream", name=op.f("pk_sync_position")),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("deals", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.Column("faults", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_sync_run_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
    )
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_run_connection_id"), ["connection_id"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "crm_stage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pipeline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=5), nullable=False),
        sa.Column("buyer_stage", sa.String(length=60), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["crm_pipeline.id"], name=op.f("fk_crm_stage_pipeline_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_stage")),
        sa.UniqueConstraint("pipeline_id", "crm_id", name=op.f("uq_crm_stage_pipeline_id_crm_id")),
    )
    op.create_table(
        "deal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("pipeline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("source", sa.String(length=255), nullable=True),
        sa.Column("persona", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_pass", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_deal_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["crm_owner.id"], name=op.f("fk_deal_owner_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["pipeline_id"], ["crm_pipeline.id"], name=op.f("fk_deal_pipeline_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sa.UniqueConstraint("connection_id", "crm_id", name=op.f("uq_deal_connection_id_crm_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_deal_public_id")),
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deal_connection_id_seen_pass"), ["connection_id", "seen_pass"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deal_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deal_pipeline_id"), ["pipeline_id"], unique=False)

    op.create_table(
        "deal_contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_contact_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_contact")),
        sa.UniqueConstraint("deal_id", "position", name=op.f("uq_deal_contact_deal_id_position")),
    )
    op.create_table(
        "deal_standing",
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("came_back", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("spell", sa.Integer(), nullable=False),
        sa.Column("last_move_at", sa.BigInteger(), nullable=True),
        sa.Column("unmapped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_standing_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal_standing")),
    )
    with op.batch_alter_table("deal_standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_standing_state_stage"), ["state", "stage"], unique=False)

    op.create_table(
        "log_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_ref", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_log_draft_deal_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_log_draft_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_draft")),
        sa.UniqueConstraint("deal_id", "meeting_ref", "user_id", name=op.f("uq_log_draft_deal_id_meeting_ref_user_id")),
    )
    with op.batch_alter_table("log_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_draft_user_id"), ["user_id"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm_id", sa.String(length=255), nullable=True),
        sa.Column("template", sa.String(length=60), nullable=True),
        sa.Column("template_version", sa.String(length=12), nullable=True),
        sa.Column("stage", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("felt", sa.String(length=10), nullable=True),
        sa.Column("effect", sa.String(length=12), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("seen_pass", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_meeting_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("deal_id", "crm_id", name=op.f("uq_meeting_deal_id_crm_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_meeting_public_id")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_deal_id"), ["deal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_state_starts_at"), ["state", "starts_at"], unique=False)

    op.create_table(
        "stage_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("crm_stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("target", sa.String(length=60), nullable=True),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["crm_stage_id"], ["crm_stage.id"], name=op.f("fk_stage_move_crm_stage_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_stage_move_deal_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_move")),
        sa.UniqueConstraint("deal_id", "key", name=op.f("uq_stage_move_deal_id_key")),
    )
    with op.batch_alter_table("stage_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_move_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_stage_move_crm_stage_id"), ["crm_stage_id"], unique=False)

    op.create_table(
        "stage_passage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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

    op.create_table(
        "buyer_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("evidence", sa.String(length=60), nullable=True),
        sa.Column("canvas_question", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_buyer_words_deal_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_buyer_words_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_words")),
    )
    with op.batch_alter_table("buyer_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_buyer_words_deal_id"), ["deal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_buyer_words_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "meeting_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("what_changed", sa.String(), nullable=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_log_meeting_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_meeting_log_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_log")),
        sa.UniqueConstraint("key", name=op.f("uq_meeting_log_key")),
    )
    with op.batch_alter_table("meeting_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_log_meeting_id"), ["meeting_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("meeting_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_log_meeting_id"))

    op.drop_table("meeting_log")
    with op.batch_alter_table("buyer_words", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_buyer_words_meeting_id"))
        batch_op.drop_index(batch_op.f("ix_buyer_words_deal_id"))

    op.drop_table("buyer_words")
    with op.batch_alter_table("stage_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_visit_deal_id"))

    op.drop_table("stage_visit")
    with op.batch_alter_table("stage_passage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_passage_stage_entered_at"))

    op.drop_table("stage_passage")
    with op.batch_alter_table("stage_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_move_crm_stage_id"))
        batch_op.drop_index(batch_op.f("ix_stage_move_at"))

    op.drop_table("stage_move")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_state_starts_at"))
        batch_op.drop_index(batch_op.f("ix_meeting_deal_id"))

    op.drop_table("meeting")
    with op.batch_alter_table("log_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_draft_user_id"))

    op.drop_table("log_draft")
    with op.batch_alter_table("deal_standing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_standing_state_stage"))

    op.drop_table("deal_standing")
    op.drop_table("deal_contact")
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_pipeline_id"))
        batch_op.drop_index(batch_op.f("ix_deal_owner_id"))
        batch_op.drop_index(batch_op.f("ix_deal_connection_id_seen_pass"))

    op.drop_table("deal")
    op.drop_table("crm_stage")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    with op.batch_alter_table("sync_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_run_connection_id"))

    op.drop_table("sync_run")
    op.drop_table("sync_position")
    op.drop_table("crm_pipeline")
    with op.batch_alter_table("crm_owner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crm_owner_user_id"))

    op.drop_table("crm_owner")
    op.drop_table("user_account")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_email_hash_at"))
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_address_hash_at"))

    op.drop_table("sign_in_attempt")
    op.drop_table("connection")
