"""Whose quiet hours are which."""

from collections.abc import Collection, Mapping
from datetime import tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.calendars import zone_named
from notify.domain.quiet_hours import QuietHours
from notify.domain.rules import Rules
from notify.tables import quiet_hours


async def quiet_hours_of(
    connection: AsyncConnection, owners: Collection[str], rules: Rules, zone: tzinfo
) -> Mapping[str, QuietHours]:
    """Return the quiet hours of all owners: what they said, or what the rules say, there in ``zone``."""
    query = select(quiet_hours).where(quiet_hours.c.owner.in_(owners))
    said = {row.owner: row for row in (await connection.execute(query)).all()}
    usual = QuietHours(rules.quiet_hours.begins, rules.quiet_hours.ends, zone)
    return {
        owner: QuietHours(its.begins, its.ends, zone_named(its.zone) if its.zone else zone) if its else usual
        for owner in owners
        for its in [said.get(owner)]
    }
