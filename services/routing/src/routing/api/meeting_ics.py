"""Meetings as iCalendar (RFC 5545), for the calendars of those who are invited."""

from icalendar import Calendar, Event, vCalAddress, vText

from linli.district import District
from routing.domain.meetings import Meeting, MeetingState

PRODUCT = "-//Linli//Routing//EN"


def method_of(meeting: Meeting) -> str:
    """Return what a calendar is asked to do: take the meeting in as it is now, or strike it."""
    return "CANCEL" if meeting.state is MeetingState.CANCELLED else "REQUEST"


def calendar_of(meeting: Meeting, district: District, language: str) -> bytes:
    """Return a meeting as a calendar. People are named by their posts: nobody's mail address is in it."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method_of(meeting))
    calendar.add_component(_event(meeting, district, language))
    return bytes(calendar.to_ical())


def _event(meeting: Meeting, district: District, language: str) -> Event:
    plan, event = meeting.plan, Event()
    event.add("uid", f"{meeting.id}@linli")
    # The first version is 0, and each that those invited are told of one more.
    event.add("sequence", meeting.version - 1)
    event.add("dtstamp", meeting.changed_at)
    event.add("dtstart", plan.starts_at)
    event.add("dtend", plan.ends_at)
    event.add("summary", plan.title)
    event.add("location", plan.place)
    event.add("description", "\n".join(plan.agenda))
    event.add("status", "CANCELLED" if meeting.state is MeetingState.CANCELLED else "CONFIRMED")
    event.add("organizer", _address(f"urn:linli:post:{meeting.unit}", meeting.called_by_name))
    for path in plan.units:
        unit = district.units.get(path)
        name = path if unit is None else unit.name.in_language(language)
        event.add("attendee", _address(f"urn:linli:post:{path}", name))
    for slug in plan.departments:
        department = district.departments.get(slug)
        name = slug if department is None else department.name.in_language(language)
        event.add("attendee", _address(f"urn:linli:department:{slug}", name))
    return event


def _address(urn: str, name: str) -> vCalAddress:
    address = vCalAddress(urn)
    address.params["CN"] = vText(name)
    return address
