"""A department's day: what is addressed to it and open, its meetings, links to its calendar, its daily digest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0009"
down_revision = "0008"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    # No event tells a digest, and it is about no one issue.
    op.alter_column("messages", "event_id", nullable=True)
    op.alter_column("messages", "issue_id", nullable=True)
    _open_dispatches()
    _meetings()
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("token_sha256", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("token_sha256", name="uq_calendar_feeds_token_sha256"),
    )
    op.create_index("ix_calendar_feeds_department", "calendar_feeds", ["department"])
    op.create_table(
        "digests",
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("department", name="pk_digests"),
    )


def _open_dispatches() -> None:
    op.create_table(
        "open_dispatches",
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("task", sa.Text),
        sa.Column("deadline", UTC, nullable=False),
        sa.Column("requested_at", UTC, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_at", UTC, nullable=False),
        sa.Column("digested_on", sa.Date),
        sa.PrimaryKeyConstraint("case_id", "department", name="pk_open_dispatches"),
    )
    op.create_index(
        "ix_open_dispatches_department_deadline_case_id", "open_dispatches", ["department", "deadline", "case_id"]
    )


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("starts_at", UTC, nullable=False),
        sa.Column("ends_at", UTC, nullable=False),
        sa.Column("departments", ARRAY(sa.Text), nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
    )
    op.create_index("ix_meetings_ends_at", "meetings", ["ends_at"])
