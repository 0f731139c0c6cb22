"""When something takes place that comes again: RFC 5545 rules, as far as neighbourhoods need them."""

import re
from datetime import datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

from linli.district.calendars import zone_named
from volunteer.domain.availability import moment_of
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.words import Span

MOST = 400
"""Occurrences that are laid down at once."""

HORIZON = timedelta(days=366)
"""So far ahead."""

# No rule of these goes on for ever without an occurrence.
_RULE = re.compile(
    r"FREQ=(?:DAILY|WEEKLY(?:;BYDAY=(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU)){0,6})?"
    r"|MONTHLY(?:;BYDAY=(?:[1-4]|-1)(?:MO|TU|WE|TH|FR|SA|SU)|;BYMONTHDAY=(?:[1-9]|1\d|2[0-8]|-1))?)"
    r"(?:;INTERVAL=[1-9]\d?)?(?:;COUNT=[1-9]\d{0,2})?(?:;UNTIL=\d{8}T\d{6})?"
)


def occurrences(starts: datetime, minutes: int, rule: str | None, zone: str) -> tuple[Span, ...]:
    """Return when something takes place that first starts at a local time and comes again by a rule, in UTC.

    ``rule`` is like ``FREQ=WEEKLY;BYDAY=MO,TH``; None for what happens once. At most 400 in a year are returned.

    Raises:
        FieldError: the rule is not of the kind that is understood, or it has no occurrence.
    """
    if rule is not None and not _RULE.fullmatch(rule):
        raise FieldError("rule", "is like FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=1;COUNT=10, in this order")
    try:
        found = [starts] if rule is None else list(islice(rrulestr(rule, dtstart=starts), MOST))
    except ValueError:
        raise FieldError("rule", "is no recurrence rule") from None
    ground = zone_named(zone)
    spans = tuple(
        Span(begins, begins + timedelta(minutes=minutes))
        for begins in (moment_of(one, ground, fold=0) for one in found if one <= starts + HORIZON)
    )
    if not spans:
        raise FieldError("rule", "has no occurrence within a year")
    return spans
