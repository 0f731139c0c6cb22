"""Who handles a case is told, also where they hold no post in its unit."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("concerned", sa.Column("handler", sa.Text))
