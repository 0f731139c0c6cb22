"""What each message says, for example: from the examples of the events that tell it."""

from collections.abc import Collection, Mapping
from typing import Any

from linli.contracts import CATALOGUE
from linli.contracts.examples import example_of
from notify.domain.decisions import Decisions
from notify.domain.rules import BROADCAST, CODE, DIGEST, SUSPENDED, TOGETHER, UNREACHABLE, Rules
from notify.telling import UNTOLD

_TOLD_BY_NONE: Mapping[str, Mapping[str, Any]] = {
    DIGEST: {
        "department": "housing",
        "day": "2026-03-02",
        "open": 3,
        "due_today": 1,
        "overdue": 1,
        "new": 2,
        "nearest": [
            {"category": "facility.roof-leak", "area": "sanchajie/jinpu", "deadline": "2026-03-02T09:00:00+00:00"}
        ],
    },
    TOGETHER: {"count": 3, "more": 1, "told": [{"title": "A", "body": "B"}, {"title": "C", "body": "D"}]},
    CODE: {"code": "123456", "minutes": 15},
    SUSPENDED: {"channel": "email"},
    UNREACHABLE: {"channel": "email"},
    BROADCAST: {
        "area": "sanchajie/jinpu",
        "notice": {
            "zh-Hans": {"title": "停水通知", "body": "明日8时至12时停水。"},
            "en": {"title": "No water", "body": "There will be no water tomorrow from 8 to 12."},
        },
    },
}


def samples_of(template: str, rules: Rules, added: Collection[str] = ()) -> Mapping[str, Mapping[str, Any]]:
    """Return what a message is made of, by the event that tells it; those that none tells are by their own name.

    ``added`` are events that tell it where staff have decided so.
    """
    if template in _TOLD_BY_NONE:
        return {template: _TOLD_BY_NONE[template]}
    events = [event for event, told in rules.events.items() if template in told.values() or event in added]
    return {event: sample_of(event) for event in events}


def sample_of(event: str) -> Mapping[str, Any]:
    """Return what a message of an event is made of."""
    return example_of(CATALOGUE[event]).data.model_dump(mode="json", exclude=UNTOLD)


def events_decided(template: str, decisions: Decisions) -> set[str]:
    """Return the events that tell a message where staff have decided so."""
    return {
        event
        for event, by_area in decisions.items()
        if any(template in by_role.values() for by_role in by_area.values())
    }
