"""Which issue stands for another."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("issues", sa.Column("merged_into", sa.Uuid))
    op.create_foreign_key("fk_issues_merged_into_issues", "issues", "issues", ["merged_into"], ["id"])
    op.create_index(
        "ix_issues_merged_into", "issues", ["merged_into"], postgresql_where=sa.text("merged_into is not null")
    )
