"""Who is asked to help with the need of a case, wave after wave, and what they answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("need_id", sa.Uuid, nullable=False),
        sa.Column("skills", ARRAY(sa.Text), nullable=False),
        sa.Column("qualifications", ARRAY(sa.Text), nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("minimum_age", sa.Integer, nullable=False),
        sa.Column("begins_at", UTC),
        sa.Column("ends_at", UTC),
        sa.Column("target", sa.Float, nullable=False),
        sa.Column("answer_hours", sa.Integer, nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("waves", sa.Integer, nullable=False),
        sa.Column("due_at", UTC),
        sa.PrimaryKeyConstraint("need_id", name="pk_searches"),
        _of("needs", "searches", "need_id"),
    )
    op.create_index("ix_searches_due_at", "searches", ["due_at"], postgresql_where=sa.text("due_at is not null"))
    op.create_table(
        "asks",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("need_id", sa.Uuid, nullable=False),
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("chance", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", UTC, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("answered_at", UTC),
        sa.Column("reason", sa.Text),
        sa.Column("reasons", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asks"),
        sa.UniqueConstraint("need_id", "volunteer_id", name="uq_asks_need_id_volunteer_id"),
        _of("needs", "asks", "need_id"),
        _of("volunteers", "asks", "volunteer_id"),
    )
    op.create_index("ix_asks_volunteer_id_asked_at", "asks", ["volunteer_id", "asked_at"])


def _of(parent: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
