"""The tables of the embedded transport."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

queues = Table(
    "bus_queues",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("dead_letter_to", Text),
    Column("ttl_s", Integer),
)

bindings = Table(
    "bus_bindings",
    metadata,
    Column("source", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
)

messages = Table(
    "bus_messages",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("queue", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True)),
    Index("ix_bus_messages_queue_id", "queue", "id"),
)
Index("ix_bus_messages_expires_at", messages.c.expires_at, postgresql_where=messages.c.expires_at.is_not(None))
