"""Staff decide which event tells whom in their areas."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("change", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("template", sa.Text),
        sa.Column("dropped", sa.Boolean, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("change", name="pk_decisions"),
    )
    op.create_index("ix_decisions_event_area_role_change", "decisions", ["event", "area", "role", "change"])
