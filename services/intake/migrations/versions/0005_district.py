"""What routing changed of the district since the files were written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "district_entries",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("content", JSONB),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("successor", sa.Text),
        sa.Column("sequence", sa.Text, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_district_entries"),
    )
    op.create_index("ix_district_entries_change", "district_entries", ["change"])
