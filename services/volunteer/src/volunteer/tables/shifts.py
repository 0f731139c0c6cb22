"""Activities, their shifts, and who comes to them."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from volunteer.tables.words import UTC, metadata

activities = Table(
    "activities",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("starts", DateTime, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("rule", Text),
    Column("roles", JSONB, nullable=False),
    Column("risk", Text),
    Column("insured", Boolean, nullable=False),
    Column("training", Text),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
)
"""What takes place once or again and again."""

shifts = Table(
    "shifts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("activity_id", Uuid, ForeignKey("activities.id", ondelete="CASCADE"), nullable=False),
    Column("area", Text, nullable=False),
    Column("begins_at", UTC, nullable=False),
    Column("ends_at", UTC, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("reminded_at", UTC),
    Column("version", Integer, nullable=False),
    Index(None, "activity_id"),
    Index(None, "begins_at", "id"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("shift_id", Uuid, ForeignKey("shifts.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("reason", Text),
    Column("reasons", JSONB, nullable=False),
    Column("answered_at", UTC),
    Column("offered_until", UTC),
    Column("late", Boolean, nullable=False),
    Index(
        "uq_assignments_active",
        "shift_id",
        "volunteer_id",
        unique=True,
        postgresql_where=text("state in ('proposed', 'accepted', 'waiting', 'offered')"),
    ),
    Index(None, "shift_id", "id"),
    Index(None, "volunteer_id", "id"),
    Index("ix_assignments_offered", "offered_until", postgresql_where=text("state = 'offered'")),
)
"""Who comes to a shift. ``reasons`` are those of the plan, or the rules that a person decided against."""

swaps = Table(
    "swaps",
    metadata,
    Column("assignment_id", Uuid, ForeignKey("assignments.id", ondelete="CASCADE"), primary_key=True),
    Column("to_volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE")),
    Column("offered_at", UTC, nullable=False),
)
"""Places that those who have them would hand on: to somebody, or to anyone."""

attendances = Table(
    "attendances",
    metadata,
    Column("shift_id", Uuid, ForeignKey("shifts.id", ondelete="CASCADE"), primary_key=True),
    Column("attended", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", UTC, nullable=False),
    CheckConstraint("attended >= 0", name="attended"),
)
"""How many came, besides those who made it possible; nobody is named."""

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), nullable=False),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_at", UTC, nullable=False),
    Index(None, "volunteer_id"),
)
"""Links by which programs read somebody's calendar. Only who was given a link knows its token."""
