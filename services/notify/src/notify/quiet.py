"""Whose quiet hours are which."""

from datetime import tzinfo

from linli.district.calendars import zone_named
from notify.domain.quiet_hours import QuietHours
from notify.domain.rules import Rules
from notify.queries import AnyRow


def quiet_hours_of(said: AnyRow, rules: Rules, zone: tzinfo) -> QuietHours:
    """Return the quiet hours that somebody has said, else those of the rules; in ``zone`` unless another is named."""
    if said.begins is None:
        return QuietHours(rules.quiet_hours.begins, rules.quiet_hours.ends, zone)
    return QuietHours(said.begins, said.ends, zone_named(said.zone) if said.zone else zone)
