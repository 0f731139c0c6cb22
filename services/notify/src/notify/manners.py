"""How messages are told in an area: as the rules say, or as staff of the area or of one above it have decided."""

from collections.abc import Collection, Mapping
from itertools import accumulate

from sqlalchemy import Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.manners import Manner
from notify.domain.rules import Rules
from notify.tables import manners


async def manners_of(
    connection: AsyncConnection, rules: Rules, area: str, templates: Collection[str]
) -> Mapping[str, Manner]:
    """Return how each template is told in an area; the nearest decision counts."""
    decided = {template: rules.manner_of(template) for template in templates}
    asked = {"areas": above(area), "templates": list(templates)}
    for row in await connection.execute(_DECIDED, asked):
        decided[row.template] = Manner.model_validate(row.manner)
    return decided


def above(area: str) -> list[str]:
    """Return the paths of an area and of all above it, the widest first."""
    return list(accumulate(area.split("/"), "{}/{}".format))


# The longer path is the nearer one.
_DECIDED = (
    select(manners.c.template, manners.c.manner)
    .where(
        manners.c.area == any_(bindparam("areas", type_=ARRAY(Text))),
        manners.c.template == any_(bindparam("templates", type_=ARRAY(Text))),
    )
    .order_by(manners.c.area)
)
