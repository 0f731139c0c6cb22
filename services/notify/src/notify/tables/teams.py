"""Teams of volunteers and who is in them: projections of what volunteer told."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text

from notify.tables.kinds import metadata

teams = Table(
    "teams",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)
"""``version`` counts a team's events, as volunteer does."""

team_members = Table(
    "team_members",
    metadata,
    Column("membership_id", Uuid, primary_key=True),
    Column("team_id", Uuid, nullable=False),
    Column("recipient", Text),
    Index(None, "team_id", "recipient", postgresql_where=text("recipient is not null")),
    Index(None, "recipient", postgresql_where=text("recipient is not null")),
)
"""A membership that has ended has no ``recipient``; its row stays, so that no event that comes late revives it."""
