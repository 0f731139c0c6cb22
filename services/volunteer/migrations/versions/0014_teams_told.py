"""Teams count the events that are told of them, and memberships have a name that says nothing of who the member is."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # Of the teams that are there nobody was told: the worker does it, for it has the key that seals their members.
    op.add_column("teams", sa.Column("told", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("teams", "told", server_default=None)
    op.add_column("memberships", sa.Column("id", sa.Uuid, nullable=False, server_default=sa.func.gen_random_uuid()))
    op.create_unique_constraint("uq_memberships_id", "memberships", ["id"])
