"""The messaging tables that every service keeps in its own database, beside its own tables."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("parked_at", DateTime(timezone=True)),
    UniqueConstraint("message_id"),
    # The rows come and go by the thousand: vacuum by their number, not by their share of an empty table.
    postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "2000"},
)
Index("ix_outbox_parked", outbox.c.aggregate_id, postgresql_where=text("parked_at is not null"))
"""Events that are committed and not yet confirmed by the broker."""

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("sequence", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_inbox_consumer_partition_key", "consumer", "partition_key"),
    Index("ix_inbox_received_at", "received_at"),
)
"""Events that took effect here, so that neither they nor earlier ones of their aggregate ever do again."""

held = Table(
    "held",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("sequence", Text, nullable=False, server_default=""),
    Column("message_id", Uuid, nullable=False),
    Column("tier", Text, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("consumer", "message_id"),
    Index(None, "consumer", "partition_key"),
)
"""Events that wait for another try: later ones of the same source and aggregate, which together are the partition key
here, wait behind them."""

catch_ups = Table(
    "catch_ups",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("since", DateTime(timezone=True)),
)
"""Consumers whose queue was missing: what was published meanwhile is still to be read from the archive, all of it or
from ``since`` on."""


def create_messaging_tables(op: Any) -> None:  # noqa: ANN401 - alembic's operations proxy has no public type
    """Create those of this release's tables and columns that are not there yet, from within a migration."""
    metadata.create_all(op.get_bind())
    op.execute("alter table held add column if not exists sequence text not null default ''")
