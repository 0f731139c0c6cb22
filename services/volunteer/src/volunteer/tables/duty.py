"""Posts, and those who report for duty where they live."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text

from volunteer.tables.words import UTC, metadata

posts = Table(
    "posts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("begins_at", UTC, nullable=False),
    Column("ends_at", UTC, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("taken between 0 and headcount", name="taken"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
)
"""Posts that officials take where they live."""

slips = Table(
    "slips",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="SET NULL")),
    Column("employer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("reported_at", UTC, nullable=False),
    UniqueConstraint("volunteer_id", "area"),
    Index(None, "employer", "id"),
)
"""Duty reports. What makes somebody report, an office or a membership, is recorded nowhere.

One of which a service was accepted stays when they leave, and belongs to nobody then.
"""

nominations = Table(
    "nominations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("post_id", Uuid, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("slip_id", Uuid, ForeignKey("slips.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("nominated_at", UTC, nullable=False),
    Column("accepted_at", UTC),
    Column("accepted_by", Text),
    Column("minutes", Integer),
    Column("remark", Text),
    Index("uq_nominations_taken", "post_id", "slip_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    Index(None, "slip_id", "accepted_at"),
)
