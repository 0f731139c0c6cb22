"""Notices to many: who wrote them, who approved them, and how far they were sent."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from notify.tables.kinds import UTC, metadata

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("team", Uuid),
    Column("notice", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("approved_at", UTC),
    Column("approved_by", Text),
    Column("ended_at", UTC),
    Column("ended_by", Text),
    Column("position", Text, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Index("ix_broadcasts_sending", "id", postgresql_where=text("state = 'sending'")),
)
"""``notice`` has title and body by language; ``team`` is set where it is for one.

``state`` is ``draft``, ``sending``, ``sent`` or ``cancelled``.

``position`` is the last recipient who was told, ``reached`` how many were.
"""
