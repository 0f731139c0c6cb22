"""Departments without AMQP receive their events by HTTP."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("former_secret", sa.LargeBinary),
        sa.Column("former_until", UTC),
        sa.Column("not_before", UTC),
        sa.Column("failing_since", UTC),
        sa.Column("disabled_at", UTC),
        sa.Column("disabled_reason", sa.Text),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_webhooks_subscription_id"),
    )
    op.create_table(
        "webhook_bodies",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_webhook_bodies"),
    )
    op.add_column("deliveries", sa.Column("next_at", UTC))
    op.drop_index("ix_deliveries_queued", "deliveries")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["subscription_id", "place"],
        postgresql_where=sa.text("state in ('queued', 'failed')"),
    )
    op.create_index(
        "ix_deliveries_dead",
        "deliveries",
        ["subscription_id", "place"],
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["subscription_id", "next_at"],
        postgresql_where=sa.text("next_at is not null"),
    )
