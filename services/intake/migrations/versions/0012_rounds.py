"""When a report was made, the rounds that it may be from, and reports that are not handed in yet."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_area_id", "visits", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_visits_author_id", "visits", ["author", "id"])
    op.add_column("issues", sa.Column("made_at", MOMENT))
    op.add_column("issues", sa.Column("visit_id", sa.Uuid))
    op.create_foreign_key("fk_issues_visit_id", "issues", "visits", ["visit_id"], ["id"])
    op.create_index("ix_issues_visit_id", "issues", ["visit_id"], postgresql_where=sa.text("visit_id is not null"))
    _drafts()


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("issue_id", sa.Uuid),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint("code", name="uq_drafts_code"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_drafts_issue_id", ondelete="CASCADE"),
    )
    op.create_index("ix_drafts_owner_id", "drafts", ["owner", "id"], postgresql_where=sa.text("owner is not null"))
    op.create_index("ix_drafts_expires_at", "drafts", ["expires_at"])
    op.create_index("ix_drafts_issue_id", "drafts", ["issue_id"], postgresql_where=sa.text("issue_id is not null"))
