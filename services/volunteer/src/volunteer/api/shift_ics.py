"""Shifts as iCalendar (RFC 5545): somebody's own, or all of an area, which anyone may see. Nobody is named."""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from linli.district import Text
from linli.district.known import KnownDistrict
from volunteer.queries.rows import AnyRow

PRODUCT = "-//Linli//Volunteer//EN"

REFRESH = timedelta(hours=1)
"""How often a program that has subscribed should look again."""

OWN = Text(zh_hans="我的志愿服务", zh_hant="我的志願服務", en="My volunteering")
OF_AREA = Text(zh_hans="{area}：志愿服务", zh_hant="{area}：志願服務", en="{area}: volunteering")


def calendar_of(rows: Sequence[AnyRow], name: str, *, district: KnownDistrict, language: str) -> bytes:
    """Return a calendar of shifts; one that was called off is still there, and says so."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for row in rows:
        calendar.add_component(_shift(row, district, language))
    return bytes(calendar.to_ical())


def _shift(row: AnyRow, district: KnownDistrict, language: str) -> Event:
    event = Event()
    event.add("uid", f"{row.id}@linli")
    event.add("sequence", row.version)
    event.add("dtstamp", row.begins_at)
    event.add("dtstart", row.begins_at)
    event.add("dtend", row.ends_at)
    event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
    event.add("summary", row.title)
    unit = district.named(row.area)
    event.add("location", unit.name.in_language(language) if unit else row.area)
    return event
