"""A case keeps the limits, urgency and details that it was decided by; the ways of cases can be counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

# Of a case of before only the deadline is known; rework gets what an ordinary matter gets.
LIMITS = """{
  "dispatch": {"amount": 24, "kind": "clock-hours"}, "accept": {"amount": 4, "kind": "working-hours"},
  "handle": {"amount": 5, "kind": "working-days"}, "verify": {"amount": 2, "kind": "working-days"},
  "answer": {"amount": 7, "kind": "working-days"}}"""


def upgrade() -> None:
    for name, kind, default in (
        ("limits", postgresql.JSONB, LIMITS),
        ("attributes", postgresql.JSONB, "{}"),
        ("urgency", sa.Text, "normal"),
    ):
        op.add_column("cases", sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column("cases", name, server_default=None)
    op.create_index(
        "ix_moves_given_moved_at",
        "moves",
        ["moved_at"],
        postgresql_where=sa.text("action in ('return', 'delegate', 'escalate', 'transfer')"),
    )
