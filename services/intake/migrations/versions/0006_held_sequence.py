"""Held events know their place in the history of their aggregate, whatever their ids say."""

from alembic import op

from linli.messaging.tables import create_messaging_tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_messaging_tables(op)
