"""Which issues look otherwise to their reporters since when, for those who listen."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_changes"),
    )
    op.create_index("ix_changes_issue_id_place", "changes", ["issue_id", "place"])
    op.create_index("ix_changes_at", "changes", ["at"])
