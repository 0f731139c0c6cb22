"""Notices may be for a team of volunteers, so it is kept who is in which."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
    )
    op.create_table(
        "team_members",
        sa.Column("membership_id", sa.Uuid, nullable=False),
        sa.Column("team_id", sa.Uuid, nullable=False),
        sa.Column("recipient", sa.Text),
        sa.PrimaryKeyConstraint("membership_id", name="pk_team_members"),
    )
    there = sa.text("recipient is not null")
    op.create_index(
        "ix_team_members_team_id_recipient", "team_members", ["team_id", "recipient"], postgresql_where=there
    )
    op.create_index("ix_team_members_recipient", "team_members", ["recipient"], postgresql_where=there)
    op.add_column("broadcasts", sa.Column("team", sa.Uuid))
