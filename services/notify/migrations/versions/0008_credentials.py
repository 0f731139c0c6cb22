"""The departments' accounts on the bus."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("given_at", UTC),
        sa.Column("expires_at", UTC),
        sa.Column("revoked_at", UTC),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint("username", name="uq_credentials_username"),
    )
    op.create_index("ix_credentials_department_id", "credentials", ["department", "id"])
    op.create_index(
        "ix_credentials_expires_at", "credentials", ["expires_at"], postgresql_where=sa.text("revoked_at is null")
    )
