"""Details of a report, by name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("issues", sa.Column("attributes", postgresql.JSONB, nullable=False, server_default="{}"))
