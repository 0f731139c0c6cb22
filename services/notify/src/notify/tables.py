"""The tables of notify."""

from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.chassis.database import NAMING
from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table

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
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    UniqueConstraint("event_id", "recipient"),
    Index(None, "recipient", "id"),
)
"""What somebody was told; the words are made when it is read, in the reader's language."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("department", Text, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("patterns", ARRAY(Text), nullable=False),
    Column("declared_at", DateTime(timezone=True), nullable=False),
)
"""What each department's queue is bound to, so that a changed subscription takes its old bindings away."""

credentials = Table(
    "credentials",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("department", Text, nullable=False),
    Column("username", Text, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("given_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Index(None, "department", "id"),
    Index(None, "expires_at", postgresql_where=text("revoked_at is null")),
)
"""The departments' accounts on the bus, without their passwords.

One that was never given is being made, or that was cut short. From ``expires_at`` on an account is to be ended, at
``revoked_at`` it was: deleted on the broker, and cut off.
"""

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)
