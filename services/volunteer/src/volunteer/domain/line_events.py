"""What is said of the lists of resources and needs."""

from typing import Any
from uuid import UUID

from linli.contracts import EventData, LineEntered, LineMatched, LineSeparated, LineSettled
from volunteer.domain.lines import Line


def entered(line: Line) -> EventData:
    """Return the event of a line that is new on its list."""
    return LineEntered(**_of(line))


def matched(line: Line, other: UUID, quantity: int) -> EventData:
    """Return the event of a line of which so much was brought together with another."""
    return LineMatched(**_of(line), other=other, quantity=quantity)


def separated(line: Line, other: UUID, quantity: int) -> EventData:
    """Return the event of a line of which so much is brought together with another no more."""
    return LineSeparated(**_of(line), other=other, quantity=quantity)


def settled(line: Line) -> EventData:
    """Return the event of a line of which somebody noted what came of it."""
    return LineSettled(**_of(line), outcome=line.outcome or "")


def _of(line: Line) -> dict[str, Any]:
    return {
        "category": f"{line.list}.{line.kind}",
        "area": line.area,
        "line_id": line.id,
        "list": line.list.value,
        "what": line.what,
        "amount": line.amount,
        "measure": line.measure,
        "matched": line.matched,
    }
