"""The tables of volunteer."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from linli.chassis.database import NAMING
from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table

metadata = MetaData(naming_convention=NAMING)

needs = Table(
    "needs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("issue_id", Uuid, nullable=False, unique=True),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("claimed", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # The last word on "never more than wanted", whatever the code above it does.
    CheckConstraint("claimed between 0 and wanted", name="claimed"),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "state", "id"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("need_id", Uuid, ForeignKey("needs.id", ondelete="CASCADE"), nullable=False),
    Column("volunteer", Text, nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("need_id", "volunteer"),
)
"""Who helps: the subject of the volunteer's token and nothing else about them."""

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)
