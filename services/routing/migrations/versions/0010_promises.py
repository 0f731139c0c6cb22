"""What was promised when a case was routed, who let it pass, and what a case had before it absorbed others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

# Of a late case the first time that the clock moved it says when the promise passed, and in whose hands.
BROKEN = """
update cases set promised_at = least(first.moved_at, cases.deadline_at), due_unit = first.from_unit
from (
  select distinct on (case_id) case_id, moved_at, from_unit from moves
  where actor_id = 'system' and action in ('escalate', 'supervise') and from_state not in ('resolved', 'verified')
  order by case_id, from_state = 'routed', version
) first
where cases.late and first.case_id = cases.id
"""

ABSORBED = """
update cases set
  own = jsonb_build_object(
    'case_id', id, 'deadline', absorbed->0->'own', 'promised_at', absorbed->0->'own', 'due_unit', null),
  absorbed = (
    select jsonb_agg(each - 'own' || jsonb_build_object('promised_at', each->'deadline', 'due_unit', null))
    from jsonb_array_elements(absorbed) each)
where absorbed <> '[]'
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("promised_at", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("due_unit", sa.Text(collation="C")))
    op.add_column("cases", sa.Column("own", JSONB))
    op.execute("update cases set promised_at = deadline_at")
    op.execute(BROKEN)
    op.execute(ABSORBED)
    op.alter_column("cases", "promised_at", nullable=False)
    # Figures are built anew: they go by the promise from now on.
    op.execute("delete from projections where name = 'indicators'")
