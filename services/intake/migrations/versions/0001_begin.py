"""Begin: issues, their reporters and their steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from linli.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("tracking_code", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("category_given", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("lat", sa.Double),
        sa.Column("lon", sa.Double),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reported_at", UTC, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("state", sa.Text, nullable=False, server_default="received"),
        sa.Column("case_sequence", sa.Text, nullable=False, server_default=""),
        sa.Column("level", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("handler_id", sa.Text),
        sa.Column("handler_name", sa.Text),
        sa.Column("handler_post", sa.Text),
        sa.Column("deadline", UTC),
        sa.Column("outcome", sa.Text),
        sa.Column("contacted", sa.Boolean),
        sa.Column("solved", sa.Boolean),
        sa.Column("satisfaction", sa.Text),
        sa.Column("answered_at", UTC),
        sa.Column("helpers_wanted", sa.Integer, nullable=False, server_default="0"),
        sa.Column("helpers_found", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
        sa.UniqueConstraint("tracking_code", name="uq_issues_tracking_code"),
    )
    op.create_index("ix_issues_area_id", "issues", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_issues_category_id", "issues", ["category", "id"])
    op.create_table(
        "reporters",
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("contact", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="pk_reporters"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_reporters_issue_id", ondelete="CASCADE"),
    )
    op.create_table(
        "steps",
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("case_sequence", sa.Text, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("params", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "case_sequence", name="pk_steps"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_steps_issue_id", ondelete="CASCADE"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.LargeBinary, nullable=False),
        sa.Column("resource_id", sa.Uuid, nullable=False),
        sa.Column("created_at", UTC, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    create_messaging_tables(op)
