"""Staff note something about an issue, for themselves or for its reporter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import changed
from intake.tables import notes

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is noted, and by whom; a ``public`` one is shown to the reporter. Its text may be personal."""

    text: str
    public: bool
    author: str
    author_name: str

    def __repr__(self) -> str:
        return f"Note(author={self.author!r}, public={self.public!r})"


async def note(connection: AsyncConnection, issue_id: UUID, what: Note, *, note_id: UUID, at: datetime) -> AnyRow:
    """Note something about an issue, and return the note."""
    values = {
        "id": note_id,
        "issue_id": issue_id,
        "at": at,
        "text": what.text,
        "public": what.public,
        "author": what.author,
        "author_name": what.author_name,
    }
    adding = insert(notes).values(values).returning(notes)
    if what.public:
        adding = adding.add_cte(changed(issue_id).cte("noted"))
    noted: AnyRow = (await connection.execute(adding)).one()
    return noted
