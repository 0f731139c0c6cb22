"""The files of issues."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("before_id", sa.Uuid),
        sa.Column("name", sa.Text),
        sa.Column("uploaded_by", sa.Text),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_attachments_issue_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["before_id"], ["attachments.id"], name="fk_attachments_before_id", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("before_id", name="uq_attachments_before_id"),
        sa.UniqueConstraint("issue_id", "purpose", "sha256", name="uq_attachments_issue_id_purpose_sha256"),
    )
