"""Departments have any number of subscriptions, a ledger of what they received, and replays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0007"
down_revision = "0006"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    _subscriptions()
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("addressed", ARRAY(sa.Text), nullable=False),
        sa.Column("made_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_made_at", "events", ["made_at"])
    _deliveries()
    _replays()
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


def _subscriptions() -> None:
    """Keep what is bound: a binding that nobody knows of would stay for ever."""
    op.add_column(
        "subscriptions", sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()"))
    )
    op.drop_constraint("pk_subscriptions", "subscriptions")
    op.create_primary_key("pk_subscriptions", "subscriptions", ["id"])
    filled = {
        "name": (sa.Text, "'inbox'"),
        "transport": (sa.Text, "'amqp'"),
        "events": (ARRAY(sa.Text), "'{}'"),
        "categories": (ARRAY(sa.Text), "'{}'"),
        "areas": (ARRAY(sa.Text), "'{}'"),
        "addressed": (sa.Boolean, "true"),
        "grants": (ARRAY(sa.Text), "'{}'"),
        "seeded": (sa.Boolean, "true"),
        "live": (sa.Boolean, "true"),
        "binding": (ARRAY(sa.Text), "'{}'"),
        "fitted_version": (sa.Integer, "0"),
        "created_at": (UTC, "now()"),
        "created_by": (sa.Text, "'file'"),
        "version": (sa.Integer, "0"),
        "change": (sa.BigInteger, "0"),
    }
    for name, (kind, value) in filled.items():
        op.add_column("subscriptions", sa.Column(name, kind, nullable=False, server_default=sa.text(value)))
    for name in ("id", *filled):
        op.alter_column("subscriptions", name, server_default=None)
    op.execute("update subscriptions set binding = patterns")
    op.add_column("subscriptions", sa.Column("closed_at", UTC))
    op.alter_column("subscriptions", "declared_at", nullable=True)
    op.create_unique_constraint("uq_subscriptions_queue", "subscriptions", ["queue"])
    op.create_unique_constraint("uq_subscriptions_department_name", "subscriptions", ["department", "name"])
    op.create_index("ix_subscriptions_change", "subscriptions", ["change"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("place", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("replay_id", sa.Uuid),
        sa.Column("queued_at", UTC, nullable=False),
        sa.Column("settled_at", UTC),
        sa.PrimaryKeyConstraint("subscription_id", "event_id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_deliveries_subscription_id"),
    )
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id"])
    op.create_index("ix_deliveries_subscription_id_place", "deliveries", ["subscription_id", "place"])
    op.create_index(
        "ix_deliveries_queued",
        "deliveries",
        ["subscription_id", "place"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def _replays() -> None:
    op.create_table(
        "replays",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("subscription_id", sa.Uuid, nullable=False),
        sa.Column("since", UTC, nullable=False),
        sa.Column("until", UTC),
        sa.Column("event_id", sa.Uuid),
        sa.Column("goes_live", sa.Boolean, nullable=False),
        sa.Column("per_s", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("position", UTC, nullable=False),
        sa.Column("sent", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("ended_at", UTC),
        sa.PrimaryKeyConstraint("id", name="pk_replays"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_replays_subscription_id"),
    )
    op.create_index("ix_replays_subscription_id", "replays", ["subscription_id"])
    op.create_index(
        "ix_replays_under_way", "replays", ["id"], postgresql_where=sa.text("state in ('running', 'paused')")
    )
