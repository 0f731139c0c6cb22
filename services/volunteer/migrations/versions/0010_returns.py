"""What somebody did for a post stays in the return of its quarter when they leave, without their name."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.alter_column("slips", "volunteer_id", existing_type=sa.Uuid, nullable=True)
    op.drop_constraint("fk_slips_volunteer_id", "slips", type_="foreignkey")
    op.create_foreign_key("fk_slips_volunteer_id", "slips", "volunteers", ["volunteer_id"], ["id"], ondelete="SET NULL")
