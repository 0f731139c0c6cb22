"""Volunteers and their teams."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from volunteer.tables.words import UTC, metadata

volunteers = Table(
    "volunteers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Text, unique=True),
    Column("number", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("radius_m", Integer, nullable=False),
    Column("skills", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("availability", JSONB, nullable=False),
    Column("minutes_a_month", Integer),
    Column("born", Date),
    Column("consents", Boolean, nullable=False),
    Column("guardian", Text),
    Column("consented_at", UTC),
    Column("registered_at", UTC, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "area", "id", postgresql_ops={"area": "text_pattern_ops"}),
    Index(None, "skills", postgresql_using="gin"),
)
"""People who want to help. Nobody but themselves and those who organise where they live sees a row."""

qualifications = Table(
    "qualifications",
    metadata,
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("expires_on", Date),
    Column("checked_by", Text, nullable=False),
    Column("checked_at", UTC, nullable=False),
)
"""What somebody has seen the paper of; ``expires_on`` is the last day on which it is valid."""

teams = Table(
    "teams",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("join", Text, nullable=False),
    Column("leader", Uuid, ForeignKey("volunteers.id", ondelete="SET NULL")),
    Column("version", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    UniqueConstraint("area", "name"),
)
"""``told`` counts the events of the team itself; as long as it is 0 nobody was told of the team or its members."""

memberships = Table(
    "memberships",
    metadata,
    Column("team_id", Uuid, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("volunteer_id", Uuid, ForeignKey("volunteers.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
    Column("standing", Text, nullable=False),
    Column("since", UTC, nullable=False),
    UniqueConstraint("id"),
    Index(None, "volunteer_id"),
)
"""``id`` is what events call a membership: it says nothing of who the member is, and is theirs but once."""
