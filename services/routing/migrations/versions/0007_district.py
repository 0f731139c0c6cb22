"""The grid and the catalogue as data, with each change of them; a case keeps the catalogue that it came under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)
PATH = sa.Text(collation="C")


def upgrade() -> None:
    create_units()
    create_catalogues()
    op.create_table(
        "district_state",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("grid_revision", sa.Integer, nullable=False),
        sa.Column("catalogue_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_district_state"),
        sa.CheckConstraint("id = 1", name="ck_district_state_one_row"),
    )
    op.add_column("cases", sa.Column("catalogue_version", sa.Integer, nullable=False, server_default="1"))


def create_units() -> None:
    op.create_table(
        "units",
        sa.Column("path", PATH, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("successor", PATH),
        sa.PrimaryKeyConstraint("path", name="pk_units"),
        sa.CheckConstraint("closed = (successor is not null)", name="ck_units_closed_has_successor"),
    )
    op.create_index("ix_units_revision", "units", ["revision"])
    op.create_table(
        "unit_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("successor", PATH),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_unit_changes"),
    )
    op.create_index("ix_unit_changes_path_revision", "unit_changes", ["path", "revision"])


def create_catalogues() -> None:
    op.create_table(
        "catalogues",
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("version", name="pk_catalogues"),
    )
