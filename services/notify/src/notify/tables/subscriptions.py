"""What departments subscribe to, and the ledger of what became of each event for them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from notify.tables.kinds import UTC, metadata

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

webhooks = Table(
    "webhooks",
    metadata,
    Column("subscription_id", Uuid, ForeignKey("subscriptions.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("former_secret", LargeBinary),
    Column("former_until", UTC),
    Column("not_before", UTC),
    Column("failing_since", UTC),
    Column("disabled_at", UTC),
    Column("disabled_reason", Text),
)
"""Where the events of a subscription are posted, and the secrets that they are signed with, encrypted.

``former_secret`` signs too until ``former_until``. Nothing is sent before ``not_before``, which the receiver asked for,
and nothing while it is disabled. ``failing_since`` is the first failure since something was delivered.
"""

webhook_bodies = Table(
    "webhook_bodies",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("kept_at", UTC, nullable=False),
)
"""The events that wait to be posted; ``kept_at`` is when one last waited anew."""

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
    Column("next_at", UTC),
    Index(None, "event_id"),
    Index(None, "subscription_id", "place"),
    Index("ix_deliveries_waiting", "subscription_id", "place", postgresql_where=text("state in ('queued', 'failed')")),
    Index("ix_deliveries_dead", "subscription_id", "place", postgresql_where=text("state = 'dead'")),
    Index("ix_deliveries_due", "subscription_id", "next_at", postgresql_where=text("next_at is not null")),
)
"""The ledger: what became of each event for each subscription; ``place`` is the order in its queue.

``next_at`` is when a webhook is due; for whoever sends it, when that is somebody else's to do.
"""

WAITING = deliveries.c.state.in_([literal_column("'queued'"), literal_column("'failed'")])
"""What its department does not have yet and may still get; in the words of the index, so that it is used."""

DEAD = deliveries.c.state == literal_column("'dead'")
"""What was given up; likewise."""

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
