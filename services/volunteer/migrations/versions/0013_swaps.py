"""Places that are handed on, calendars that programs subscribe to, kinds of activities, and how many came to them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("activities", sa.Column("kind", sa.Text, nullable=False, server_default="other"))
    op.alter_column("activities", "kind", server_default=None)
    op.create_table(
        "swaps",
        sa.Column("assignment_id", sa.Uuid, nullable=False),
        sa.Column("to_volunteer_id", sa.Uuid),
        sa.Column("offered_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("assignment_id", name="pk_swaps"),
        _of("assignments", "swaps", "assignment_id"),
        _of("volunteers", "swaps", "to_volunteer_id"),
    )
    op.create_table(
        "attendances",
        sa.Column("shift_id", sa.Uuid, nullable=False),
        sa.Column("attended", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("recorded_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name="pk_attendances"),
        sa.CheckConstraint("attended >= 0", name="ck_attendances_attended"),
        _of("shifts", "attendances", "shift_id"),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("token_sha256", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("token_sha256", name="uq_calendar_feeds_token_sha256"),
        _of("volunteers", "calendar_feeds", "volunteer_id"),
    )
    op.create_index("ix_calendar_feeds_volunteer_id", "calendar_feeds", ["volunteer_id"])


def _of(parent: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
