"""The needs of cases stand on the list of needs, also those that were opened before."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("lines", sa.Column("of_case", sa.Boolean, nullable=False, server_default=sa.false()))
    op.alter_column("lines", "of_case", server_default=None)
    op.execute(
        """
        insert into lines (id, list, what, kind, amount, measure, matched, state, area, party, ends_at, outcome,
                           entered_at, version, of_case)
        select id, 'need', category, split_part(category, '.', 2), wanted, '人', claimed,
               case when claimed = wanted then 'matched' when claimed > 0 then 'partly' else 'unmatched' end,
               area, area, until, case when state = 'closed' then 'case-ended' end, opened_at, 1, true
        from needs where wanted between 1 and 1000000
        """
    )
