"""The tables of routing."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.chassis.database import NAMING

metadata = MetaData(naming_convention=NAMING)

# Byte order lets an index answer "this path and all beneath it".
Path = Text(collation="C")

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("category", Text, nullable=False),
    Column("area", Path, nullable=False),
    Column("state", Text, nullable=False),
    Column("unit", Path, nullable=False),
    Column("level", Text, nullable=False),
    Column("handler_id", Text, nullable=False),
    Column("handler_name", Text, nullable=False),
    Column("handler_post", Text, nullable=False),
    Column("deadline_at", DateTime(timezone=True), nullable=False),
    Column("lead_department", Text),
    Column("co_departments", ARRAY(Text), nullable=False),
    Column("volunteers_wanted", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("explanation", JSONB, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("hops", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("version > 0", name="version_positive"),
    Index(None, "opened_at", "id"),
    Index(None, "area"),
    Index(None, "unit"),
    Index(None, "handler_id"),
)
"""One row per case; ``version`` counts its events and is its ETag."""

moves = Table(
    "moves",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Column("action", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    Column("from_unit", Text),
    Column("to_unit", Text, nullable=False),
    Column("reason", Text),
)
"""The history of each case: who moved it when, from where to where, and why; ``version`` is the case's afterwards."""

return_visits = Table(
    "return_visits",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("unit", Path, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
    Column("contacted", Boolean, nullable=False),
    Column("solved", Boolean, nullable=False),
    Column("satisfaction", Text, nullable=False),
    CheckConstraint("number > 0", name="number_positive"),
    Index(None, "unit"),
)
"""What reporters answered, first to last, and the unit that had the case then."""
