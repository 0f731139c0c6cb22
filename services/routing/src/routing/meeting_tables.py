"""The tables of meetings, and the keys of requests that called them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from linli.chassis.idempotency import idempotency_table
from routing.tables import Path, metadata

meetings = Table(
    "meetings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("agenda", ARRAY(Text), nullable=False),
    Column("units", ARRAY(Path), nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Path, nullable=False),
    Column("unit", Path, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("called_by", Text, nullable=False),
    Column("called_by_name", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("minutes", Text),
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    CheckConstraint("version > 0", name="version_positive"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    Index(None, "starts_at", "id"),
)
"""One row per meeting; ``version`` counts its events and is its ETag."""

meeting_cases = Table(
    "meeting_cases",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False),
    Index(None, "case_id"),
)
"""The cases that a meeting is about, the first one first."""

meeting_decisions = Table(
    "meeting_decisions",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meetings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False),
    Column("unit", Path, nullable=False),
    Column("work", Text, nullable=False),
    Column("deadline_at", DateTime(timezone=True), nullable=False),
)
"""What a meeting decided, in its order."""

idempotency_keys = idempotency_table(metadata)
