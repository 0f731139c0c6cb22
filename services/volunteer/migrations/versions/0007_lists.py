"""The lists of resources and needs, and what was brought together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lines",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("matched", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("begins_at", UTC),
        sa.Column("ends_at", UTC),
        sa.Column("reason", sa.Text),
        sa.Column("follow_up_on", sa.Date),
        sa.Column("outcome", sa.Text),
        sa.Column("entered_at", UTC, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lines"),
        sa.CheckConstraint("matched between 0 and amount", name=op.f("ck_lines_matched")),
    )
    op.create_index("ix_lines_list_state_id", "lines", ["list", "state", "id"])
    op.create_index("ix_lines_area_id", "lines", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_lines_follow_up_on", "lines", ["follow_up_on"], postgresql_where=sa.text("outcome is null"))
    op.create_table(
        "line_matches",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("resource_id", sa.Uuid, nullable=False),
        sa.Column("need_id", sa.Uuid, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("matched_at", UTC, nullable=False),
        sa.Column("matched_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_line_matches"),
        _of_line("resource_id"),
        _of_line("need_id"),
    )
    op.create_index("ix_line_matches_resource_id", "line_matches", ["resource_id"])
    op.create_index("ix_line_matches_need_id", "line_matches", ["need_id"])


def _of_line(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["lines.id"], name=f"fk_line_matches_{column}", ondelete="CASCADE")
