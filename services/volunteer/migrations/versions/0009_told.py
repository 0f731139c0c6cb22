"""Shifts count the events that are told of them, and remember when those who come were reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("shifts", sa.Column("reminded_at", sa.DateTime(timezone=True)))
    op.add_column("shifts", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("shifts", "version", server_default=None)
