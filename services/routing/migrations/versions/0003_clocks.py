"""Clocks, dispatches, tasks, approvals and merges of cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

UTC = sa.DateTime(timezone=True)

OPEN = "('routed', 'accepted', 'in_progress', 'reopened', 'resolved')"

# A case of before has no more than the deadline that it was given; its clock is reckoned when it is next looked at.
FILL = f"""
update cases set
  responsible_id = handler_id, responsible_name = handler_name, responsible_post = handler_post,
  moved_at = coalesce((select max(m.moved_at) from moves m where m.case_id = cases.id), opened_at),
  clocks = jsonb_build_array(jsonb_build_object(
    'timer', 'handle', 'started_at', opened_at, 'due_at', deadline_at, 'by_calendar', true, 'fired', 0)),
  dispatches = coalesce((
    select jsonb_agg(jsonb_build_object(
      'department', d.slug, 'role', d.role, 'task', null, 'deadline', deadline_at, 'requested_at', opened_at,
      'state', 'requested', 'answered_at', null, 'answer', null))
    from (select lead_department as slug, 'lead' as role where lead_department is not null
          union all select unnest(co_departments), 'co') d), '[]'),
  next_at = case when state in {OPEN} then opened_at end
"""  # noqa: S608 - words of this file


def upgrade() -> None:
    for name in ("responsible_id", "responsible_name", "responsible_post", "decided_by", "resolved_by"):
        op.add_column("cases", sa.Column(name, sa.Text))
    for name in ("moved_at", "suspended_at", "next_at"):
        op.add_column("cases", sa.Column(name, UTC))
    for name in ("supervised", "late"):
        op.add_column("cases", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
        op.alter_column("cases", name, server_default=None)
    for name in ("absorbed", "dispatches", "tasks", "clocks"):
        op.add_column("cases", sa.Column(name, postgresql.JSONB, nullable=False, server_default="[]"))
        op.alter_column("cases", name, server_default=None)
    op.add_column("cases", sa.Column("asked", postgresql.JSONB))
    op.add_column("cases", sa.Column("merged_into", sa.Uuid))
    op.execute(FILL)
    for name in ("responsible_id", "responsible_name", "responsible_post", "moved_at"):
        op.alter_column("cases", name, nullable=False)
    op.create_index("ix_cases_next_at", "cases", ["next_at"], postgresql_where=sa.text("next_at is not null"))
    op.create_index(
        "ix_cases_tasks",
        "cases",
        ["tasks"],
        postgresql_using="gin",
        postgresql_ops={"tasks": "jsonb_path_ops"},
        postgresql_where=sa.text("tasks <> '[]'"),
    )
