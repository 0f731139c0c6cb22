"""Messages can be archived, and have a place in the order in which they were left, by which streams go on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("messages", sa.Column("archived_at", sa.DateTime(timezone=True)))
    op.add_column("messages", sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False))
    op.create_unique_constraint("uq_messages_place", "messages", ["place"])
    op.create_index("ix_messages_unread", "messages", ["recipient", "id"], postgresql_where=sa.text("read_at is null"))
