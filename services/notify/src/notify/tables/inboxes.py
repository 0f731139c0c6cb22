"""What people are told, and what they wish to hear of."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from notify.tables.kinds import UTC, metadata

concerned = Table(
    "concerned",
    metadata,
    Column("issue_id", Uuid, primary_key=True),
    Column("reporter_key", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("unit", Text),
    Column("handler", Text),
    Column("merged_into", Uuid),
    Column("area", Text),
    Index(None, "area", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "merged_into", postgresql_where=text("merged_into is not null")),
)
"""Whom an issue concerns: a projection of what intake and routing told.

``area`` is where it was reported. ``merged_into`` is the issue that stands for it, where staff found that both are one
matter.
"""

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("event_id", Uuid),
    Column("issue_id", Uuid),
    Column("template", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("told_at", UTC, nullable=False),
    Column("read_at", UTC),
    Column("archived_at", UTC),
    Column("place", BigInteger, Identity(always=True), nullable=False, unique=True),
    UniqueConstraint("event_id", "recipient"),
    Index(None, "recipient", "id"),
    Index("ix_messages_unread", "recipient", "id", postgresql_where=text("read_at is null")),
    Index(None, "issue_id"),
)
"""What somebody was told; the words are made when it is read, in the reader's language.

A digest is told by no event and is about no one issue. What is archived has been read. ``place`` orders what was left
in all inboxes; one with a lower place may be committed later.
"""

preferences = Table(
    "preferences",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("issue_id", Uuid),
    Column("area", Text),
    Column("event", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("frequency", Text, nullable=False),
    Index(None, "recipient"),
)
"""What readers want to hear of, as `notify.domain.preferences` says."""

wordings = Table(
    "wordings",
    metadata,
    Column("template", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text),
    Column("body", Text),
    Column("made_at", UTC, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("change", BigInteger, Identity(always=True), nullable=False, unique=True),
)
"""What staff have written instead of the packaged texts, all versions; the last one counts.

One without title and body goes back to what is packaged.
"""

untold = Table(
    "untold",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("issue_id", Uuid, nullable=False),
    Column("area", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UTC, nullable=False),
    Index(None, "issue_id"),
    Index(None, "recipient"),
)
"""What somebody was to be told and was not, and why."""
