"""Who is asked to help with the needs of cases."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from volunteer.tables.words import UTC, metadata

searches = Table(
    "searches",
    metadata,
    Column("need_id", Uuid, ForeignKey("needs.id", ondelete="CASCADE"), primary_key=True),
    Column("skills", ARRAY(Text), nullable=False),
    Column("qualifications", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("minimum_age", Integer, nullable=False),
    Column("begins_at", UTC),
    Column("ends_at", UTC),
    Column("target", Float, nullable=False),
    Column("answer_hours", Integer, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("waves", Integer, nullable=False),
    Column("due_at", UTC),
    Index("ix_searches_due_at", "due_at", postgresql_where=text("due_at is not null")),
)
"""What helpers of a need must bring, and when the next wave goes out, if any."""

asks = Table(
    "asks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("need_id", Uuid, ForeignKey("needs.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("chance", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", UTC, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("answered_at", UTC),
    Column("reason", Text),
    Column("reasons", JSONB, nullable=False),
    UniqueConstraint("need_id", "volunteer_id"),
    Index(None, "volunteer_id", "asked_at"),
)
"""Somebody who was asked. ``wave`` 0: by a person, who says why; ``reasons`` are then the rules that were overruled."""
