"""Needs of cases, and who helps with them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid

from volunteer.tables.words import UTC, metadata

needs = Table(
    "needs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, nullable=False, unique=True),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("claimed", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("until", UTC, nullable=False),
    Column("opened_at", UTC, nullable=False),
    Column("closed_at", UTC),
    Column("version", Integer, nullable=False),
    # The last word on "never more than wanted", whatever the code above it does.
    CheckConstraint("claimed between 0 and wanted", name="claimed"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "state", "id"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("need_id", Uuid, ForeignKey("needs.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer", Text, nullable=False),
    Column("claimed_at", UTC, nullable=False),
    UniqueConstraint("need_id", "volunteer"),
)
"""Who helps: the subject of the volunteer's token and nothing else about them."""
