"""The reporter's address, links to pictures kept elsewhere, and what is added to an issue later."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("issues", sa.Column("address", sa.Text))
    op.add_column("issues", sa.Column("media_url", sa.Text))
    op.create_index("ix_issues_reported_at_id", "issues", ["reported_at", "id"])
    op.create_index("ix_steps_at", "steps", ["at"])
    op.create_table(
        "supplements",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("media_url", sa.Text),
        sa.Column("client", sa.Text),
        sa.Column("client_id", sa.Text),
        sa.Column("client_status", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_supplements"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_supplements_issue_id", ondelete="CASCADE"),
        sa.UniqueConstraint("issue_id", "client", "client_id", name="uq_supplements_issue_id_client_client_id"),
    )
    op.create_index("ix_supplements_at", "supplements", ["at"])
