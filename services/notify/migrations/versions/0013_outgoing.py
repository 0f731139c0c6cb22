"""People give addresses outside of the app, and what is told there is a row that is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("preferences", sa.Column("frequency", sa.Text, nullable=False, server_default=sa.text("'immediate'")))
    op.alter_column("preferences", "frequency", server_default=None)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("code_nonce", sa.LargeBinary),
        sa.Column("code_sent_at", UTC),
        sa.Column("code_attempts", sa.Integer, nullable=False),
        sa.Column("verified_at", UTC),
        sa.Column("unsubscribed_at", UTC),
        sa.Column("suspended_at", UTC),
        sa.Column("suspended_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("owner", "channel", "fingerprint", name="uq_contacts_owner_channel_fingerprint"),
    )
    op.create_index("ix_contacts_fingerprint_code_sent_at", "contacts", ["fingerprint", "code_sent_at"])
    op.create_table(
        "quiet_hours",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("begins", sa.Time, nullable=False),
        sa.Column("ends", sa.Time, nullable=False),
        sa.Column("zone", sa.Text),
        sa.PrimaryKeyConstraint("owner", name="pk_quiet_hours"),
    )
    op.create_table(
        "paces",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("full_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_paces"),
    )
    op.create_table(
        "manners",
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("manner", JSONB, nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("area", "template", name="pk_manners"),
    )
    _create_outgoing()


def _create_outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("contact_id", sa.Uuid),
        sa.Column("event_id", sa.Uuid),
        sa.Column("issue_id", sa.Uuid),
        sa.Column("area", sa.Text),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("planned_at", UTC, nullable=False),
        sa.Column("not_before", UTC, nullable=False),
        sa.Column("next_attempt_at", UTC),
        sa.Column("settled_at", UTC),
        sa.Column("window_key", sa.Text),
        sa.Column("window_ends", UTC),
        sa.Column("digest_id", sa.Uuid),
        sa.Column("unless_read", sa.Uuid),
        sa.Column("provider_id", sa.Text),
        sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing"),
        sa.UniqueConstraint("event_id", "contact_id", name="uq_outgoing_event_id_contact_id"),
    )
    for name, columns, where in (
        ("ix_outgoing_due", ["channel", "urgent", "next_attempt_at", "place"], "state in ('waiting', 'sending')"),
        ("ix_outgoing_gathering", ["not_before"], "state = 'gathering'"),
        ("ix_outgoing_recent", ["contact_id", "planned_at"], "window_key is null"),
        ("ix_outgoing_digest_id", ["digest_id"], "digest_id is not null"),
        ("ix_outgoing_issue_id", ["issue_id"], None),
        ("ix_outgoing_owner_place", ["owner", "place"], None),
        ("ix_outgoing_place", ["place"], None),
        ("ix_outgoing_provider_id", ["provider_id"], "provider_id is not null"),
        ("ix_outgoing_settled_at", ["settled_at"], "settled_at is not null"),
    ):
        op.create_index(name, "outgoing", columns, postgresql_where=None if where is None else sa.text(where))
    op.create_index(
        "uq_outgoing_window",
        "outgoing",
        ["contact_id", "window_key", "window_ends"],
        unique=True,
        postgresql_where=sa.text("template = 'several-messages'"),
    )
