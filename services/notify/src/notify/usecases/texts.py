"""What staff do about texts and manners: each function within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.manners import Manner
from notify.domain.rules import Wording
from notify.tables import manners, wordings

LOCK = 0x7E87
"""Advisory lock of one text or message, with a number made of its name."""


class StaleTextError(Exception):
    """Somebody has written another version meanwhile; ``version`` is the last one."""

    def __init__(self, version: int) -> None:
        super().__init__("there is a later version")
        self.version = version


class UnknownVersionError(Exception):
    """A text never had such a version."""


@dataclass(frozen=True, slots=True)
class TextName:
    """Which text: of a message, in a language, for a channel or all."""

    template: str
    language: str
    channel: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, and when."""

    subject: str
    at: datetime


async def hold_template(connection: AsyncConnection, template: str) -> None:
    """Let nobody else write a text of a message, or decide which events it tells, until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(template))))


async def write_text(connection: AsyncConnection, name: TextName, text: Wording, *, after: int, author: Author) -> int:
    """Write the next version of a text, which counts from now on; ``after`` is the one that it was made of.

    Returns its number.

    Raises:
        StaleTextError: there is a later one.
    """
    last = await _locked(connection, name)
    if last != after:
        raise StaleTextError(last)
    return await _add(connection, name, last + 1, text, author)


async def roll_back(connection: AsyncConnection, name: TextName, version: int, author: Author) -> int:
    """Go back to an earlier version of a text, 0 being what is packaged: it is written again as the next one.

    Returns its number.

    Raises:
        UnknownVersionError: there never was such a version.
    """
    last = await _locked(connection, name)
    if not 0 <= version <= last:
        raise UnknownVersionError
    query = select(wordings.c.title, wordings.c.body).where(*_its(name), wordings.c.version == version)
    row = (await connection.execute(query)).one_or_none()
    text = None if row is None or row.title is None else Wording(title=row.title, body=row.body)
    return await _add(connection, name, last + 1, text, author)


async def decide_manner(connection: AsyncConnection, area: str, template: str, manner: Manner, author: Author) -> None:
    """Tell a message in an area and below from now on in this manner."""
    decided = {"manner": manner.model_dump(mode="json"), "changed_at": author.at, "changed_by": author.subject}
    new = upsert(manners).values(area=area, template=template, **decided)
    key = [manners.c.area, manners.c.template]
    await connection.execute(new.on_conflict_do_update(index_elements=key, set_=decided))


async def drop_manner(connection: AsyncConnection, area: str, template: str) -> None:
    """Tell a message in an area again as the area above or the rules say."""
    await connection.execute(delete(manners).where(manners.c.area == area, manners.c.template == template))


async def _locked(connection: AsyncConnection, name: TextName) -> int:
    key = func.hashtext(f"{name.template}/{name.language}/{name.channel}")
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK, key)))
    return await connection.scalar(select(func.coalesce(func.max(wordings.c.version), 0)).where(*_its(name))) or 0


async def _add(connection: AsyncConnection, name: TextName, version: int, text: Wording | None, author: Author) -> int:
    row = {
        "template": name.template,
        "language": name.language,
        "channel": name.channel,
        "version": version,
        "title": text and text.title,
        "body": text and text.body,
        "made_at": author.at,
        "made_by": author.subject,
    }
    await connection.execute(insert(wordings).values(row))
    return version


def _its(name: TextName) -> tuple[ColumnElement[bool], ...]:
    return (
        wordings.c.template == name.template,
        wordings.c.language == name.language,
        wordings.c.channel == name.channel,
    )
