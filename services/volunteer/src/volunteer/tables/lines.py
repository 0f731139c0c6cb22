"""The lists of resources and needs."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, Uuid, text

from volunteer.tables.words import UTC, metadata

lines = Table(
    "lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("list", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("begins_at", UTC),
    Column("ends_at", UTC),
    Column("reason", Text),
    Column("follow_up_on", Date),
    Column("outcome", Text),
    Column("entered_at", UTC, nullable=False),
    Column("version", Integer, nullable=False),
    Column("of_case", Boolean, nullable=False),
    CheckConstraint("matched between 0 and amount", name="matched"),
    Index(None, "list", "state", "id"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "follow_up_on", postgresql_where=text("outcome is null")),
)
"""The lists of resources and needs. They are public, so they name organisations and no residents."""

line_matches = Table(
    "line_matches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("resource_id", Uuid, ForeignKey("lines.id", ondelete="CASCADE"), nullable=False),
    Column("need_id", Uuid, ForeignKey("lines.id", ondelete="CASCADE"), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("matched_at", UTC, nullable=False),
    Column("matched_by", Text, nullable=False),
    Index(None, "resource_id"),
    Index(None, "need_id"),
)
