"""Meetings about cases, and the keys of requests that called them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)
PATH = sa.Text(collation="C")


def upgrade() -> None:
    create_meetings()
    create_meeting_cases()
    create_meeting_decisions()
    create_idempotency_keys()


def create_meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("agenda", ARRAY(sa.Text), nullable=False),
        sa.Column("units", ARRAY(PATH), nullable=False),
        sa.Column("departments", ARRAY(sa.Text), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("area", PATH, nullable=False),
        sa.Column("unit", PATH, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("called_by", sa.Text, nullable=False),
        sa.Column("called_by_name", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("minutes", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
        sa.CheckConstraint("version > 0", name="ck_meetings_version_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_meetings_ends_after_start"),
    )
    op.create_index("ix_meetings_starts_at_id", "meetings", ["starts_at", "id"])


def create_meeting_cases() -> None:
    op.create_table(
        "meeting_cases",
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "number", name="pk_meeting_cases"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name="fk_meeting_cases_meeting_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_meeting_cases_case_id"),
    )
    op.create_index("ix_meeting_cases_case_id", "meeting_cases", ["case_id"])


def create_meeting_decisions() -> None:
    op.create_table(
        "meeting_decisions",
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("unit", PATH, nullable=False),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "number", name="pk_meeting_decisions"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name="fk_meeting_decisions_meeting_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_meeting_decisions_case_id"),
    )


def create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.LargeBinary, nullable=False),
        sa.Column("resource_id", sa.Uuid, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
