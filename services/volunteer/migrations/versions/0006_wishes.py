"""Micro-wishes, who takes them, and whom to call about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "wishes",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("fulfilled", sa.Integer, nullable=False),
        sa.Column("minimum_age", sa.Integer, nullable=False),
        sa.Column("qualifications", ARRAY(sa.Text), nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("claim_hours", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("submitted_by", sa.Text, nullable=False),
        sa.Column("on_behalf", sa.Boolean, nullable=False),
        sa.Column("submitted_at", UTC, nullable=False),
        sa.Column("verified_by", sa.Text),
        sa.Column("published_at", UTC),
        sa.Column("reason", sa.Text),
        sa.Column("thanks", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wishes"),
        sa.CheckConstraint("taken between fulfilled and wanted and fulfilled >= 0", name=op.f("ck_wishes_taken")),
    )
    op.create_index("ix_wishes_area_id", "wishes", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_wishes_state_id", "wishes", ["state", "id"])
    op.create_index("ix_wishes_published", "wishes", ["until"], postgresql_where=sa.text("state = 'published'"))
    op.create_index("ix_wishes_submitted_by_id", "wishes", ["submitted_by", "id"])
    op.create_table(
        "wish_contacts",
        sa.Column("wish_id", sa.Uuid, nullable=False),
        sa.Column("contact", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("wish_id", name="pk_wish_contacts"),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.id"], name="fk_wish_contacts_wish_id", ondelete="CASCADE"),
    )
    _claims()


def _claims() -> None:
    op.create_table(
        "wish_claims",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("wish_id", sa.Uuid, nullable=False),
        sa.Column("volunteer_id", sa.Uuid),
        sa.Column("team_id", sa.Uuid),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("claimed_at", UTC, nullable=False),
        sa.Column("due_at", UTC, nullable=False),
        sa.Column("ended_at", UTC),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wish_claims"),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.id"], name="fk_wish_claims_wish_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_wish_claims_volunteer_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_wish_claims_team_id", ondelete="SET NULL"),
        sa.CheckConstraint("people > 0", name=op.f("ck_wish_claims_people")),
    )
    held = sa.text("state in ('claimed', 'confirmed')")
    op.create_index("ix_wish_claims_wish_id_id", "wish_claims", ["wish_id", "id"])
    op.create_index("ix_wish_claims_volunteer_id_claimed_at", "wish_claims", ["volunteer_id", "claimed_at"])
    op.create_index("ix_wish_claims_held", "wish_claims", ["due_at"], postgresql_where=held)
    op.create_index(
        "uq_wish_claims_held", "wish_claims", ["wish_id", "volunteer_id"], unique=True, postgresql_where=held
    )
