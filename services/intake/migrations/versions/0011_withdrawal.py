"""When the reporter took an issue back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("issues", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
