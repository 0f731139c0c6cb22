"""What the indicators are made of: facts, and what they come to per day and per month."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
PATH = sa.Text(collation="C")

STAGES = ("dispatch_time", "accept_time", "handle_time", "verify_time", "answer_time")
BUCKETS = 13

MEASURES = (
    "cases",
    "dispatches",
    "hops",
    "due",
    "closed",
    "closed_on_time",
    "closed_unanswered",
    "routed",
    "returned",
    "accepted",
    "extended",
    "resolved",
    "reopened",
    "visits",
    "contacted",
    "solved",
    "satisfied",
    "basically_satisfied",
    *(
        column
        for stage in STAGES
        for column in (stage, f"{stage}_seconds", *(f"{stage}_{bucket}" for bucket in range(BUCKETS)))
    ),
)


def upgrade() -> None:
    create_facts()
    create_counts("daily_counts")
    create_counts("monthly_counts")
    op.create_table(
        "projections",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("built_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("name", name="pk_projections"),
    )
    op.create_index("ix_cases_category_opened_at_id", "cases", ["category", "opened_at", "id"])
    still_open = sa.text("state <> 'closed'")
    op.create_index("ix_cases_state_opened_at_id", "cases", ["state", "opened_at", "id"], postgresql_where=still_open)


def create_facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("unit", PATH, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("seconds", sa.BigInteger),
        sa.Column("folded", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_index("ix_facts_unfolded", "facts", ["at"], postgresql_where=sa.text("not folded"))
    op.create_index("ix_facts_measure_day_case_id", "facts", ["measure", "day", "case_id"])


def create_counts(name: str) -> None:
    op.create_table(
        name,
        sa.Column("unit", PATH, nullable=False),
        sa.Column("begins", sa.Date, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("parent", PATH),
        *(sa.Column(measure, sa.BigInteger) for measure in MEASURES),
        sa.PrimaryKeyConstraint("unit", "begins", "category", "department", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_parent_begins", name, ["parent", "begins"])
