"""What units have to do for others' cases."""

from typing import Annotated

from fastapi import APIRouter, Query

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading
from linli.contracts import AreaPath
from routing.api.callers import CurrentRulebook, Reader, actor_of
from routing.api.schemas import TaskOfCase
from routing.queries import CaseCursor, list_tasks

router = APIRouter(prefix="/v1/tasks", tags=["parts of cases"])


@router.get("")
async def list_open_tasks(
    unit: Annotated[AreaPath, Query(description="The unit that is to do them")],
    connection: Reading,
    reader: Reader,
    rulebook: CurrentRulebook,
    after: After = None,
    limit: Limit = 50,
) -> Page[TaskOfCase]:
    """List the open tasks of a unit, those of the newest cases first."""
    cursor = CaseCursor.decode(after) if after is not None else None
    sees_all = actor_of(reader, rulebook).works_for(unit)
    tasks, following = await list_tasks(connection, unit, None if sees_all else reader, after=cursor, limit=limit)
    items = [TaskOfCase.of(case, task) for case, task in tasks]
    return Page(items=items, next=following and following.encode())
