"""Readers say what they want to hear of, and what they were not told is noted with its reason."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_messages_issue_id", "messages", ["issue_id"])
    op.create_table(
        "preferences",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("issue_id", sa.Uuid),
        sa.Column("area", sa.Text),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_preferences"),
    )
    op.create_index("ix_preferences_recipient", "preferences", ["recipient"])
    op.create_table(
        "untold",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "recipient", "channel", name="pk_untold"),
    )
    op.create_index("ix_untold_issue_id", "untold", ["issue_id"])
    op.create_index("ix_untold_recipient", "untold", ["recipient"])
