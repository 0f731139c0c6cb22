"""Cases, their moves and return visits, and the messaging tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from linli.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
PATH = sa.Text(collation="C")


def upgrade() -> None:
    create_cases()
    create_moves()
    create_return_visits()
    create_messaging_tables(op)


def create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("area", PATH, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("unit", PATH, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("handler_id", sa.Text, nullable=False),
        sa.Column("handler_name", sa.Text, nullable=False),
        sa.Column("handler_post", sa.Text, nullable=False),
        sa.Column("deadline_at", MOMENT, nullable=False),
        sa.Column("lead_department", sa.Text),
        sa.Column("co_departments", ARRAY(sa.Text), nullable=False),
        sa.Column("volunteers_wanted", sa.Integer, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("explanation", JSONB, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("hops", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.CheckConstraint("version > 0", name="ck_cases_version_positive"),
    )
    op.create_index("ix_cases_opened_at_id", "cases", ["opened_at", "id"])
    op.create_index("ix_cases_area", "cases", ["area"])
    op.create_index("ix_cases_unit", "cases", ["unit"])
    op.create_index("ix_cases_handler_id", "cases", ["handler_id"])


def create_moves() -> None:
    op.create_table(
        "moves",
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("from_unit", sa.Text),
        sa.Column("to_unit", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("case_id", "version", name="pk_moves"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_moves_case_id"),
    )


def create_return_visits() -> None:
    op.create_table(
        "return_visits",
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("unit", PATH, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("contacted", sa.Boolean, nullable=False),
        sa.Column("solved", sa.Boolean, nullable=False),
        sa.Column("satisfaction", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_return_visits"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_return_visits_case_id"),
        sa.CheckConstraint("number > 0", name="ck_return_visits_number_positive"),
    )
    op.create_index("ix_return_visits_unit", "return_visits", ["unit"])
