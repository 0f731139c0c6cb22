"""Which issue stands for another; a post's language is its holder's, so the handler is no longer kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.drop_column("concerned", "handler_id")
    op.add_column("concerned", sa.Column("merged_into", sa.Uuid))
    op.create_index(
        "ix_concerned_merged_into",
        "concerned",
        ["merged_into"],
        postgresql_where=sa.text("merged_into is not null"),
    )
