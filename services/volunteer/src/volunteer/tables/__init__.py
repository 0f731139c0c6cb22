"""The tables of volunteer."""

from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table
from volunteer.tables.asking import asks, searches
from volunteer.tables.duty import nominations, posts, slips
from volunteer.tables.lines import line_matches, lines
from volunteer.tables.needs import claims, needs
from volunteer.tables.people import memberships, qualifications, teams, volunteers
from volunteer.tables.shifts import activities, assignments, attendances, calendar_feeds, shifts, swaps
from volunteer.tables.wishes import wish_claims, wish_contacts, wishes
from volunteer.tables.words import metadata

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)

__all__ = [
    "activities",
    "asks",
    "assignments",
    "attendances",
    "calendar_feeds",
    "claims",
    "district_entries",
    "idempotency_keys",
    "line_matches",
    "lines",
    "memberships",
    "metadata",
    "needs",
    "nominations",
    "posts",
    "qualifications",
    "searches",
    "shifts",
    "slips",
    "swaps",
    "teams",
    "volunteers",
    "wish_claims",
    "wish_contacts",
    "wishes",
]
