"""Begin: whom an issue concerns, what they were told, and the departments' subscriptions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from linli.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "concerned",
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("reporter_key", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("handler_id", sa.Text),
        sa.Column("unit", sa.Text),
        sa.PrimaryKeyConstraint("issue_id", name="pk_concerned"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("params", postgresql.JSONB, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("told_at", UTC, nullable=False),
        sa.Column("read_at", UTC),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("event_id", "recipient", name="uq_messages_event_id_recipient"),
    )
    op.create_index("ix_messages_recipient_id", "messages", ["recipient", "id"])
    op.create_table(
        "subscriptions",
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("patterns", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("declared_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("department", name="pk_subscriptions"),
    )
    create_messaging_tables(op)
