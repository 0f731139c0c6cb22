"""What volunteer says of the lists of resources and needs, which name organisations and no residents.

``category`` is ``resource.<kind>`` or ``need.<kind>``.
"""

from typing import Literal
from uuid import UUID

from pydantic import Field

from linli.contracts.words import EventData, Line


class LineEvent(EventData):
    """What every event of a line names: ``matched`` of its ``amount``, in ``measure``, serve or are served."""

    line_id: UUID
    list: Literal["resource", "need"]
    what: Line
    amount: int = Field(ge=1)
    measure: Line
    matched: int = Field(ge=0)


class LineEntered(LineEvent):
    """A line is on one of the lists."""


class LineMatched(LineEvent):
    """Some of a line was brought together with a line of the other list, ``other``."""

    other: UUID
    quantity: int = Field(ge=1)


class LineSeparated(LineEvent):
    """What was brought together with ``other`` is not any more."""

    other: UUID
    quantity: int = Field(ge=1)


class LineSettled(LineEvent):
    """Somebody noted what came of a line: it is done."""

    outcome: str = Field(max_length=2000)
