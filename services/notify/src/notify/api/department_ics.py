"""A department's deadlines and meetings as iCalendar (RFC 5545), as far as whoever has the link may know them."""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event

from linli.contracts.wording import LanguageTag
from linli.district import Department, Text
from linli.district.known import KnownDistrict
from notify.api.worklists import names_of
from notify.queries import AnyRow
from notify.worklists import public_categories

PRODUCT = "-//Linli//Notify//EN"

REFRESH = timedelta(hours=1)
"""How often a program that has subscribed should look again."""

NAME = Text(
    zh_hans="{department}：时限与会议", zh_hant="{department}：時限與會議", en="{department}: deadlines, meetings"
)
DEADLINE = Text(
    zh_hans="时限：{category}（{area}）", zh_hant="時限：{category}（{area}）", en="Due: {category} ({area})"
)
HIDDEN_DEADLINE = Text(zh_hans="时限：保密事项", zh_hant="時限：保密事項", en="Due: a confidential matter")
HIDDEN_MEETING = Text(zh_hans="保密事项会议", zh_hant="保密事項會議", en="Meeting on a confidential matter")


def calendar_of(
    department: Department,
    dispatches: Sequence[AnyRow],
    meetings: Sequence[AnyRow],
    *,
    district: KnownDistrict,
    language: LanguageTag,
) -> bytes:
    """Return a department's calendar.

    A calendar goes to programs and companies that nobody here knows. It names nobody, repeats nothing that somebody
    wrote of a case, and of confidential matters says only when.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    name = department.name.in_language(language)
    calendar.add("x-wr-calname", NAME.in_language(language).format(department=name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    public = public_categories(district)
    for row in dispatches:
        calendar.add_component(_deadline(row, district, language, hidden=row.category not in public))
    for row in meetings:
        calendar.add_component(_meeting(row, language, hidden=row.category not in public))
    return bytes(calendar.to_ical())


def _deadline(row: AnyRow, district: KnownDistrict, language: LanguageTag, *, hidden: bool) -> Event:
    event = Event()
    event.add("uid", f"{row.case_id}.{row.department}@linli")
    event.add("dtstamp", row.requested_at)
    event.add("dtstart", row.deadline)
    # Without an end it is a moment, and nobody is busy for it.
    event.add("transp", "TRANSPARENT")
    if hidden:
        event.add("summary", HIDDEN_DEADLINE.in_language(language))
    else:
        category, area = names_of(row, district, language)
        event.add("summary", DEADLINE.in_language(language).format(category=category, area=area))
    return event


def _meeting(row: AnyRow, language: LanguageTag, *, hidden: bool) -> Event:
    event = Event()
    # As in the calendars that routing gives of single meetings: a program that has one of those knows it again.
    event.add("uid", f"{row.id}@linli")
    event.add("sequence", row.version - 1)
    event.add("dtstamp", row.changed_at)
    event.add("dtstart", row.starts_at)
    event.add("dtend", row.ends_at)
    event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
    event.add("summary", HIDDEN_MEETING.in_language(language) if hidden else row.title)
    if not hidden:
        event.add("location", row.place)
    return event
