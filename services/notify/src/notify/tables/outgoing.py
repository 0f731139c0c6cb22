"""What is told outside of the app: to which addresses, when, and what became of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from notify.tables.kinds import UTC, metadata

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", UTC, nullable=False),
    Column("code_nonce", LargeBinary),
    Column("code_sent_at", UTC),
    Column("code_attempts", Integer, nullable=False),
    Column("verified_at", UTC),
    Column("unsubscribed_at", UTC),
    Column("suspended_at", UTC),
    Column("suspended_reason", Text),
    UniqueConstraint("owner", "channel", "fingerprint"),
    Index(None, "fingerprint", "code_sent_at"),
)
"""The addresses that people have given, encrypted.

``owner`` is a recipient as in `messages`. ``fingerprint`` is a keyed hash: the same address has the same one. Until
``verified_at`` nothing goes there but a code, which is made of ``code_nonce``.
"""

quiet_hours = Table(
    "quiet_hours",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("begins", Time, nullable=False),
    Column("ends", Time, nullable=False),
    Column("zone", Text),
)
"""When somebody is not to be disturbed, in a zone or where the matter is; others have the hours of the rules."""

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("contact_id", Uuid),
    Column("event_id", Uuid),
    Column("issue_id", Uuid),
    Column("area", Text),
    Column("template", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    Column("attempts", Integer, nullable=False),
    Column("planned_at", UTC, nullable=False),
    Column("not_before", UTC, nullable=False),
    Column("next_attempt_at", UTC),
    Column("settled_at", UTC),
    Column("window_key", Text),
    Column("window_ends", UTC),
    Column("digest_id", Uuid),
    Column("unless_read", Uuid),
    Column("provider_id", Text),
    Column("place", BigInteger, Identity(always=True), nullable=False),
    UniqueConstraint("event_id", "contact_id"),
    Index(
        "ix_outgoing_due",
        "channel",
        "urgent",
        "next_attempt_at",
        "place",
        postgresql_where=text("state in ('waiting', 'sending')"),
    ),
    Index(
        "ix_outgoing_gathering",
        "not_before",
        postgresql_where=text("state = 'gathering'"),
    ),
    Index(
        "uq_outgoing_window",
        "contact_id",
        "window_key",
        "window_ends",
        unique=True,
        postgresql_where=text("template = 'several-messages'"),
    ),
    Index("ix_outgoing_recent", "contact_id", "planned_at", postgresql_where=text("window_key is null")),
    Index(None, "digest_id", postgresql_where=text("digest_id is not null")),
    Index(None, "issue_id"),
    Index(None, "owner", "place"),
    Index(None, "place"),
    Index(None, "provider_id", postgresql_where=text("provider_id is not null")),
    Index(None, "settled_at", postgresql_where=text("settled_at is not null")),
)
"""Each message to each address: when it is due, and what became of it.

``state`` is ``waiting``, ``gathering`` (for the digest of a window), ``sending``, or in the end ``sent``,
``delivered``, ``merged`` (into ``digest_id``), ``skipped``, ``failed`` or ``cancelled``; ``reason`` is one of
`notify.domain.planning.Reason`, ``detail`` what a provider said. ``next_attempt_at`` is when somebody may take it;
while it is ``sending``, the end of the lease. ``unless_read`` is the message in an inbox that makes it needless.
``contact_id`` may be that of a contact that is gone.
"""

DUE = outgoing.c.state.in_([literal_column("'waiting'"), literal_column("'sending'")])
"""What somebody may take when its time has come; in the words of the index."""

GATHERING = outgoing.c.state == literal_column("'gathering'")
"""What waits for the end of its window; likewise."""

paces = Table(
    "paces",
    metadata,
    Column("name", Text, primary_key=True),
    Column("full_at", UTC, nullable=False),
)
"""When each token bucket would be full again: what limits of recipients, addresses and providers have left."""

manners = Table(
    "manners",
    metadata,
    Column("area", Text, primary_key=True),
    Column("template", Text, primary_key=True),
    Column("manner", JSONB, nullable=False),
    Column("changed_at", UTC, nullable=False),
    Column("changed_by", Text, nullable=False),
)
"""How staff of an area have decided that a message is told there and below."""
