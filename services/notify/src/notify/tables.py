"""The tables of notify."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.chassis.database import NAMING
from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table

UTC = DateTime(timezone=True)

metadata = MetaData(naming_convention=NAMING)

concerned = Table(
    "concerned",
    metadata,
    Column("issue_id", Uuid, primary_key=True),
    Column("reporter_key", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("unit", Text),
    Column("handler", Text),
    Column("merged_into", Uuid),
    Index(None, "merged_into", postgresql_where=text("merged_into is not null")),
)
"""Whom an issue concerns: a projection of what intake and routing told.

``merged_into`` is the issue that stands for it, where staff found that both are one matter.
"""

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("issue_id", Uuid, nullable=False),
    Column("template", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("language", Text, nullable=False),
    Column("told_at", UTC, nullable=False),
    Column("read_at", UTC),
    UniqueConstraint("event_id", "recipient"),
    Index(None, "recipient", "id"),
)
"""What somebody was told; the words are made when it is read, in the reader's language."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("department", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("queue", Text, nullable=False, unique=True),
    Column("transport", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("categories", ARRAY(Text), nullable=False),
    Column("areas", ARRAY(Text), nullable=False),
    Column("addressed", Boolean, nullable=False),
    Column("grants", ARRAY(Text), nullable=False),
    Column("seeded", Boolean, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("closed_at", UTC),
    Column("patterns", ARRAY(Text), nullable=False),
    Column("binding", ARRAY(Text), nullable=False),
    Column("fitted_version", Integer, nullable=False),
    Column("declared_at", UTC),
    Column("created_at", UTC, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", BigInteger, nullable=False),
    UniqueConstraint("department", "name"),
    Index(None, "change"),
)
"""What a department receives, and how.

``patterns`` is what its queue is bound to, ``binding`` what it may be bound to besides while that changes; one that is
not ``live`` yet is bound to nothing. ``fitted_version`` is the version that its bindings were made for. ``seeded`` are
those of the district's files, which decide what they ask for. ``version`` counts what was asked, ``change`` the changes
of the table.
"""

events = Table(
    "events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("addressed", ARRAY(Text), nullable=False),
    Column("made_at", UTC, nullable=False),
    Index(None, "made_at"),
)
"""What was published, without its content: what a filter is tried on, and what receivers are asked about."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("subscription_id", Uuid, ForeignKey("subscriptions.id"), primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("place", BigInteger, Identity(), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text),
    Column("replay_id", Uuid),
    Column("queued_at", UTC, nullable=False),
    Column("settled_at", UTC),
    Index(None, "event_id"),
    Index(None, "subscription_id", "place"),
    Index("ix_deliveries_queued", "subscription_id", "place", postgresql_where=text("state = 'queued'")),
)
"""The ledger: what became of each event for each subscription; ``place`` is the order in its queue."""

replays = Table(
    "replays",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, ForeignKey("subscriptions.id"), nullable=False),
    Column("since", UTC, nullable=False),
    Column("until", UTC),
    Column("event_id", Uuid),
    Column("goes_live", Boolean, nullable=False),
    Column("per_s", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", UTC, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("reason", Text),
    Column("created_at", UTC, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", UTC),
    Index(None, "subscription_id"),
    Index("ix_replays_under_way", "id", postgresql_where=text("state in ('running', 'paused')")),
)
"""What is sent again from the archive to one subscription; all before ``position`` has been."""

idempotency_keys = idempotency_table(metadata)

credentials = Table(
    "credentials",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("department", Text, nullable=False),
    Column("username", Text, nullable=False, unique=True),
    Column("created_at", UTC, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("given_at", UTC),
    Column("expires_at", UTC),
    Column("revoked_at", UTC),
    Index(None, "department", "id"),
    Index(None, "expires_at", postgresql_where=text("revoked_at is null")),
)
"""The departments' accounts on the bus, without their passwords.

One that was never given is being made, or that was cut short. From ``expires_at`` on an account is to be ended, at
``revoked_at`` it was: deleted on the broker, and cut off.
"""

district_entries = district_table(metadata)
