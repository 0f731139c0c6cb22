"""Cases that the rules decided again about are counted among the ways of cases."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index("ix_moves_given_moved_at", "moves")
    op.create_index(
        "ix_moves_given_moved_at",
        "moves",
        ["moved_at"],
        postgresql_where=sa.text(
            "action in ('route', 'return', 'delegate', 'escalate', 'transfer') and from_unit is not null"
        ),
    )
