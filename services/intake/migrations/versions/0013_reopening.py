"""When issues were closed: for a while their reporters may open them again."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

CLOSED = """
update issues set closed_at = closed.at
from (select issue_id, max(at) as at from steps where kind = 'closed' group by issue_id) as closed
where issues.id = closed.issue_id and issues.state = 'closed'
"""


def upgrade() -> None:
    op.add_column("issues", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.execute(CLOSED)
