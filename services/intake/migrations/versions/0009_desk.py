"""What staff look for: words, department, supporters, deadlines, places and answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from intake.domain.searching import words_of

revision = "0009"
down_revision = "0008"

BATCH = 5000

OPEN = "state in ('received', 'in_progress', 'resolved')"
SUPPORTERS = """
update issues set supporters = merged.number
from (select merged_into, count(*) as number from issues where merged_into is not null group by merged_into) as merged
where issues.id = merged.merged_into
"""


def upgrade() -> None:
    op.add_column("issues", sa.Column("supporters", sa.Integer, nullable=False, server_default="0"))
    op.add_column("issues", sa.Column("department", sa.Text))
    op.execute(SUPPORTERS)
    op.create_table(
        "issue_words",
        sa.Column("issue_id", sa.Uuid, nullable=False),
        sa.Column("words", postgresql.TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="pk_issue_words"),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name="fk_issue_words_issue_id", ondelete="CASCADE"),
    )
    _find_words()
    op.create_index("ix_issue_words_words", "issue_words", ["words"], postgresql_using="gin")
    op.create_index("ix_issues_handler_id_id", "issues", ["handler_id", "id"])
    op.create_index("ix_issues_lat_lon", "issues", ["lat", "lon"], postgresql_where=sa.text("lat is not null"))
    op.create_index("ix_issues_state_id", "issues", ["state", "id"], postgresql_where=sa.text("state <> 'closed'"))
    op.create_index("ix_issues_deadline", "issues", ["deadline"], postgresql_where=sa.text(OPEN))
    op.create_index(
        "ix_issues_supporters_id", "issues", ["supporters", "id"], postgresql_where=sa.text("supporters > 0")
    )
    op.create_index(
        "ix_issues_attributes",
        "issues",
        ["attributes"],
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
        postgresql_where=sa.text("attributes <> '{}'"),
    )


def _find_words() -> None:
    connection = op.get_bind()
    texts = sa.text("select id, description, address from issues where id > :after order by id limit :batch")
    added = sa.text("insert into issue_words (issue_id, words) values (:id, array_to_tsvector(cast(:words as text[])))")
    after = "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(texts, {"after": after, "batch": BATCH}).all():
        connection.execute(added, [{"id": row.id, "words": words_of(row.description, row.address)} for row in rows])
        after = rows[-1].id
