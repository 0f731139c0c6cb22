"""Notices to many are written by one and approved by another; where an issue was reported says who lives there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("concerned", sa.Column("area", sa.Text))
    # What was told of an issue says where it is.
    op.execute(
        "update concerned set area = said.area from (select distinct on (issue_id) issue_id, params->>'area' as area "
        "from messages where issue_id is not null order by issue_id, place) said "
        "where said.issue_id = concerned.issue_id"
    )
    op.create_index("ix_concerned_area", "concerned", ["area"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("notice", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at", UTC, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("approved_at", UTC),
        sa.Column("approved_by", sa.Text),
        sa.Column("ended_at", UTC),
        sa.Column("ended_by", sa.Text),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("reached", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
    )
    op.create_index("ix_broadcasts_sending", "broadcasts", ["id"], postgresql_where=sa.text("state = 'sending'"))
