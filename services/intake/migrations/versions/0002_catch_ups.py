"""What a consumer has to read from the archive because its queue was missing."""

from alembic import op

from linli.messaging.tables import create_messaging_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_messaging_tables(op)
