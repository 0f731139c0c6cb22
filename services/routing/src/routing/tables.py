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
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.chassis.database import NAMING
from routing.district_tables import catalogues_table, district_state_table, unit_changes_table, units_table

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
    Column("responsible_id", Text, nullable=False),
    Column("responsible_name", Text, nullable=False),
    Column("responsible_post", Text, nullable=False),
    Column("decided_by", Text),
    Column("deadline_at", DateTime(timezone=True), nullable=False),
    Column("lead_department", Text),
    Column("co_departments", ARRAY(Text), nullable=False),
    Column("volunteers_wanted", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("limits", JSONB, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("explanation", JSONB, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolved_by", Text),
    Column("closed_at", DateTime(timezone=True)),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Column("promised_at", DateTime(timezone=True), nullable=False),
    Column("due_unit", Path),
    Column("suspended_at", DateTime(timezone=True)),
    Column("supervised", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("by_staff", Boolean, nullable=False, server_default=false()),
    Column("asked", JSONB(none_as_null=True)),
    Column("merged_into", Uuid),
    Column("absorbed", JSONB, nullable=False),
    Column("own", JSONB(none_as_null=True)),
    Column("dispatches", JSONB, nullable=False),
    Column("tasks", JSONB, nullable=False),
    Column("clocks", JSONB, nullable=False),
    # When time next does something to the case; null when it never will.
    Column("next_at", DateTime(timezone=True)),
    Column("hops", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("catalogue_version", Integer, nullable=False, server_default="1"),
    CheckConstraint("version > 0", name="version_positive"),
    Index(None, "opened_at", "id"),
    Index(None, "area"),
    Index(None, "unit"),
    Index(None, "handler_id"),
    Index(None, "next_at", postgresql_where=text("next_at is not null")),
    Index(
        None,
        "tasks",
        postgresql_using="gin",
        postgresql_ops={"tasks": "jsonb_path_ops"},
        postgresql_where=text("tasks <> '[]'"),
    ),
    Index(None, "category", "opened_at", "id"),
    # Nearly all cases are closed: among those another index is the better one.
    Index("ix_cases_state_opened_at_id", "state", "opened_at", "id", postgresql_where=text("state <> 'closed'")),
)
"""One row per case; ``version`` counts its events and is its ETag, by ``catalogue_version`` it was decided."""

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
    Index(
        "ix_moves_given_moved_at",
        "moved_at",
        postgresql_where=text(
            "action in ('route', 'return', 'delegate', 'escalate', 'transfer') and from_unit is not null"
        ),
    ),
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

units = units_table(metadata)
unit_changes = unit_changes_table(metadata)
catalogues = catalogues_table(metadata)
district_state = district_state_table(metadata)
