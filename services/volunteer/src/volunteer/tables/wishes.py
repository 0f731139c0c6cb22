"""Micro-wishes and their claims."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from volunteer.tables.words import UTC, metadata

wishes = Table(
    "wishes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("fulfilled", Integer, nullable=False),
    Column("minimum_age", Integer, nullable=False),
    Column("qualifications", ARRAY(Text), nullable=False),
    Column("until", UTC, nullable=False),
    Column("claim_hours", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("submitted_by", Text, nullable=False),
    Column("on_behalf", Boolean, nullable=False),
    Column("submitted_at", UTC, nullable=False),
    Column("verified_by", Text),
    Column("published_at", UTC),
    Column("reason", Text),
    Column("thanks", Text),
    Column("version", Integer, nullable=False),
    # The last word on "never more than wanted", whatever the code above it does.
    CheckConstraint("taken between fulfilled and wanted and fulfilled >= 0", name="taken"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "state", "id"),
    Index("ix_wishes_published", "until", postgresql_where=text("state = 'published'")),
    Index(None, "submitted_by", "id"),
)

wish_contacts = Table(
    "wish_contacts",
    metadata,
    Column("wish_id", Uuid, ForeignKey("wishes.id", ondelete="CASCADE"), primary_key=True),
    Column("contact", LargeBinary, nullable=False),
)
"""Whom to call about a wish: encrypted, and apart from all that lists are made of."""

wish_claims = Table(
    "wish_claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("wish_id", Uuid, ForeignKey("wishes.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="SET NULL")),
    Column("team_id", Uuid, ForeignKey("teams.id", ondelete="SET NULL")),
    Column("people", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("claimed_at", UTC, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("ended_at", UTC),
    Column("late", Boolean, nullable=False),
    CheckConstraint("people > 0", name="people"),
    Index(None, "wish_id", "id"),
    Index(None, "volunteer_id", "claimed_at"),
    Index("ix_wish_claims_held", "due_at", postgresql_where=text("state in ('claimed', 'confirmed')")),
    Index(
        "uq_wish_claims_held",
        "wish_id",
        "volunteer_id",
        unique=True,
        postgresql_where=text("state in ('claimed', 'confirmed')"),
    ),
)
