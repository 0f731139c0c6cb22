"""Issues in traditional characters are found by simplified ones, and the other way round."""

import sqlalchemy as sa
from alembic import op

from intake.domain.searching import words_of

revision = "0015"
down_revision = "0014"

BATCH = 5000
FIRST = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    connection = op.get_bind()
    texts = sa.text("select id, description, address from issues where id > :after order by id limit :batch")
    found_by = sa.text(
        "update issue_words set words = told.words"
        " from (select array_to_tsvector(cast(:words as text[])) as words) as told"
        " where issue_id = :id and issue_words.words <> told.words"
    )
    after = FIRST
    while rows := connection.execute(texts, {"after": after, "batch": BATCH}).all():
        connection.execute(found_by, [{"id": row.id, "words": words_of(row.description, row.address)} for row in rows])
        after = rows[-1].id
