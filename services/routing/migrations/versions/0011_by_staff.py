"""Whether staff reported it on a visit: then their own word does not close the case."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("cases", sa.Column("by_staff", sa.Boolean, nullable=False, server_default=sa.false()))
