"""What staff have decided of which event tells whom."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Table, Text

from notify.tables.kinds import UTC, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("change", BigInteger, Identity(always=True), primary_key=True),
    Column("area", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("template", Text),
    Column("dropped", Boolean, nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("made_by", Text, nullable=False),
    Index(None, "event", "area", "role", "change"),
)
"""All decisions; the last one of an area, event and role counts there and below.

Without a ``template`` the role is told nothing; one that is ``dropped`` leaves it to what is decided above.
"""
