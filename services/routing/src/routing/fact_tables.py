"""The tables of the indicators: facts, and what they come to per day and per month."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    func,
    text,
)

from routing.domain.measures import BUCKETS, Measure, TimeMeasure
from routing.domain.times import bucket_column, seconds_column
from routing.tables import Path, metadata

MEASURE_COLUMNS: tuple[str, ...] = (
    *Measure,
    *(
        column
        for stage in TimeMeasure
        for column in (stage, seconds_column(stage), *(bucket_column(stage, bucket) for bucket in BUCKETS))
    ),
)
"""A column for each sum. Most are null in most rows, which takes no room."""

facts = Table(
    "facts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("unit", Path, nullable=False),
    Column("category", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("seconds", BigInteger),
    Column("folded", Boolean, nullable=False, server_default=false()),
    Index("ix_facts_unfolded", "at", postgresql_where=text("not folded")),
    Index("ix_facts_measure_day_case_id", "measure", "day", "case_id"),
)
"""What counts, since when (``at``, and its day in the office's zone), for whom; never changed but for ``folded``."""


def _counts(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("unit", Path, primary_key=True),
        Column("begins", Date, primary_key=True),
        Column("category", Text, primary_key=True),
        Column("department", Text, primary_key=True),
        Column("parent", Path),
        *(Column(column, BigInteger) for column in MEASURE_COLUMNS),
        Index(None, "parent", "begins"),
    )


daily_counts = _counts("daily_counts")
"""What the folded facts of a day come to, for a unit with all beneath it.

"" is above all tops, and the ``parent`` of each.
"""

monthly_counts = _counts("monthly_counts")
"""The same by month."""

projections = Table(
    "projections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("built_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Which projections were built from what was there when their tables came."""
