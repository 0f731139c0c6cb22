"""People, their teams, and the posts that officials take where they live."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _teams()
    _duty()


def _people() -> None:
    op.create_table(
        "volunteers",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("radius_m", sa.Integer, nullable=False),
        sa.Column("skills", ARRAY(sa.Text), nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("availability", JSONB, nullable=False),
        sa.Column("minutes_a_month", sa.Integer),
        sa.Column("born", sa.Date),
        sa.Column("consents", sa.Boolean, nullable=False),
        sa.Column("guardian", sa.Text),
        sa.Column("consented_at", UTC),
        sa.Column("registered_at", UTC, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_volunteers"),
        sa.UniqueConstraint("subject", name="uq_volunteers_subject"),
        sa.UniqueConstraint("number", name="uq_volunteers_number"),
    )
    op.create_index("ix_volunteers_area_id", "volunteers", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_volunteers_skills", "volunteers", ["skills"], postgresql_using="gin")
    op.create_table(
        "qualifications",
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("checked_by", sa.Text, nullable=False),
        sa.Column("checked_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("volunteer_id", "code", name="pk_qualifications"),
        _of("volunteers", "qualifications", "volunteer_id"),
    )


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("join", sa.Text, nullable=False),
        sa.Column("leader", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.ForeignKeyConstraint(["leader"], ["volunteers.id"], name="fk_teams_leader", ondelete="SET NULL"),
        sa.UniqueConstraint("area", "name", name="uq_teams_area_name"),
    )
    op.create_table(
        "memberships",
        sa.Column("team_id", sa.Uuid, nullable=False),
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "volunteer_id", name="pk_memberships"),
        _of("teams", "memberships", "team_id"),
        _of("volunteers", "memberships", "volunteer_id"),
    )
    op.create_index("ix_memberships_volunteer_id", "memberships", ["volunteer_id"])


def _duty() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("headcount", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("begins_at", UTC, nullable=False),
        sa.Column("ends_at", UTC, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.CheckConstraint("taken between 0 and headcount", name=op.f("ck_posts_taken")),
    )
    op.create_index("ix_posts_area_id", "posts", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_table(
        "slips",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("volunteer_id", sa.Uuid, nullable=False),
        sa.Column("employer", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("reported_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slips"),
        _of("volunteers", "slips", "volunteer_id"),
        sa.UniqueConstraint("volunteer_id", "area", name="uq_slips_volunteer_id_area"),
    )
    op.create_index("ix_slips_employer_id", "slips", ["employer", "id"])
    op.create_table(
        "nominations",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("post_id", sa.Uuid, nullable=False),
        sa.Column("slip_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("nominated_at", UTC, nullable=False),
        sa.Column("accepted_at", UTC),
        sa.Column("accepted_by", sa.Text),
        sa.Column("minutes", sa.Integer),
        sa.Column("remark", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_nominations"),
        _of("posts", "nominations", "post_id"),
        _of("slips", "nominations", "slip_id"),
    )
    op.create_index(
        "uq_nominations_taken",
        "nominations",
        ["post_id", "slip_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index("ix_nominations_slip_id_accepted_at", "nominations", ["slip_id", "accepted_at"])


def _of(parent: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
