"""Activities, their shifts, and who comes to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("starts", sa.DateTime, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("rule", sa.Text),
        sa.Column("roles", JSONB, nullable=False),
        sa.Column("risk", sa.Text),
        sa.Column("insured", sa.Boolean, nullable=False),
        sa.Column("training", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activities"),
    )
    op.create_index("ix_activities_area_id", "activities", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("activity_id", sa.Uuid, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("begins_at", UTC, nullable=False),
        sa.Column("ends_at", UTC, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
        _of("activities", "shifts", "activity_id"),
    )
    op.create_index("ix_shifts_activity_id", "shifts", ["activity_id"])
    op.create_index("ix_shifts_begins_at_id", "shifts", ["begins_at", "id"])
    _assignments()


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("shift_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("made_at", UTC, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("answered_at", UTC),
        sa.Column("offered_until", UTC),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        _of("shifts", "assignments", "shift_id"),
        _of("volunteers", "assignments", "volunteer_id"),
    )
    op.create_index(
        "uq_assignments_active",
        "assignments",
        ["shift_id", "volunteer_id"],
        unique=True,
        postgresql_where=sa.text("state in ('proposed', 'accepted', 'waiting', 'offered')"),
    )
    op.create_index("ix_assignments_shift_id_id", "assignments", ["shift_id", "id"])
    op.create_index("ix_assignments_volunteer_id_id", "assignments", ["volunteer_id", "id"])
    op.create_index(
        "ix_assignments_offered", "assignments", ["offered_until"], postgresql_where=sa.text("state = 'offered'")
    )


def _of(parent: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
