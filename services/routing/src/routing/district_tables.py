"""The tables that keep the grid and the catalogue, each change of them, and how far they have come."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

Path = Text(collation="C")


def units_table(metadata: MetaData) -> Table:
    """Return the table of the units, open and closed.

    ``revision`` is the grid's when the unit last changed, ``position`` its place in the grid's order. A closed unit
    keeps its row, so that whoever still names it is led to its ``successor``.
    """
    return Table(
        "units",
        metadata,
        Column("path", Path, primary_key=True),
        Column("content", JSONB, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("closed", Boolean, nullable=False),
        Column("successor", Path),
        CheckConstraint("closed = (successor is not null)", name="closed_has_successor"),
        Index(None, "revision"),
    )


def unit_changes_table(metadata: MetaData) -> Table:
    """Return the audit of the grid: one row for each unit that a change touched; ``after`` is null for a closed one."""
    return Table(
        "unit_changes",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("path", Path, nullable=False),
        Column("before", JSONB(none_as_null=True)),
        Column("after", JSONB(none_as_null=True)),
        Column("successor", Path),
        Column("changed_at", DateTime(timezone=True), nullable=False),
        Column("actor_id", Text, nullable=False),
        Column("actor_name", Text, nullable=False),
        Column("reason", Text),
        Index(None, "path", "revision"),
    )


def catalogues_table(metadata: MetaData) -> Table:
    """Return the table of the catalogue's versions; none is ever changed, cases keep the one they came under."""
    return Table(
        "catalogues",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("content", JSONB, nullable=False),
        Column("published_at", DateTime(timezone=True), nullable=False),
        Column("actor_id", Text, nullable=False),
        Column("actor_name", Text, nullable=False),
        Column("note", Text),
    )


def district_state_table(metadata: MetaData) -> Table:
    """Return the table with the one row that says which grid and which catalogue hold.

    Whoever changes either locks the row first: changes come one after the other, and so do the events about them.
    """
    return Table(
        "district_state",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("grid_revision", Integer, nullable=False),
        Column("catalogue_version", Integer, nullable=False),
        CheckConstraint("id = 1", name="one_row"),
    )
