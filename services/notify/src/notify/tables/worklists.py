"""What is addressed to departments: dispatches, meetings, calendars and daily digests."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from notify.tables.kinds import UTC, metadata

open_dispatches = Table(
    "open_dispatches",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("task", Text),
    Column("deadline", UTC, nullable=False),
    Column("requested_at", UTC, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_at", UTC, nullable=False),
    Column("digested_on", Date),
    Index(None, "department", "deadline", "case_id"),
)
"""What is addressed to a department and not done: a projection of what routing told.

``digested_on`` is the day of the first digest that counted it.
"""

meetings = Table(
    "meetings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("category", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("starts_at", UTC, nullable=False),
    Column("ends_at", UTC, nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", UTC, nullable=False),
    Index(None, "ends_at"),
)
"""The meetings to which departments are invited; ``version`` counts their events, as routing does."""

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("department", Text, nullable=False),
    Column("token_sha256", LargeBinary, nullable=False, unique=True),
    Column("language", Text, nullable=False),
    Column("created_at", UTC, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "department"),
)
"""The links by which programs read a department's calendar. Only who was given a link knows its token."""

digests = Table(
    "digests",
    metadata,
    Column("department", Text, primary_key=True),
    Column("day", Date, nullable=False),
)
"""The last day for which a department's digest was made, also where there was nothing to tell."""
