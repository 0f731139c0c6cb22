"""Begin: needs and who claimed them."""

import sqlalchemy as sa
from alembic import op

from linli.messaging.tables import create_messaging_tables

revision = "0001"
down_revision = None

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "needs",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("claimed", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("opened_at", UTC, nullable=False),
        sa.Column("closed_at", UTC),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_needs"),
        sa.UniqueConstraint("issue_id", name="uq_needs_issue_id"),
        sa.CheckConstraint("claimed between 0 and wanted", name=op.f("ck_needs_claimed")),
    )
    op.create_index("ix_needs_area_id", "needs", ["area", "id"], postgresql_ops={"area": "text_pattern_ops"})
    op.create_index("ix_needs_state_id", "needs", ["state", "id"])
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("need_id", sa.Uuid, nullable=False),
        sa.Column("volunteer", sa.Text, nullable=False),
        sa.Column("claimed_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.ForeignKeyConstraint(["need_id"], ["needs.id"], name="fk_claims_need_id", ondelete="CASCADE"),
        sa.UniqueConstraint("need_id", "volunteer", name="uq_claims_need_id_volunteer"),
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
