"""The tables of notify."""

from linli.chassis.district import district_table
from linli.chassis.idempotency import idempotency_table
from notify.tables.broadcasts import broadcasts
from notify.tables.decisions import decisions
from notify.tables.inboxes import concerned, messages, preferences, untold, wordings
from notify.tables.kinds import UTC, metadata
from notify.tables.outgoing import DUE, GATHERING, contacts, manners, outgoing, paces, quiet_hours
from notify.tables.subscriptions import (
    DEAD,
    WAITING,
    credentials,
    deliveries,
    events,
    replays,
    subscriptions,
    webhook_bodies,
    webhooks,
)
from notify.tables.teams import team_members, teams
from notify.tables.worklists import calendar_feeds, digests, meetings, open_dispatches

idempotency_keys = idempotency_table(metadata)

district_entries = district_table(metadata)

__all__ = [
    "DEAD",
    "DUE",
    "GATHERING",
    "UTC",
    "WAITING",
    "broadcasts",
    "calendar_feeds",
    "concerned",
    "contacts",
    "credentials",
    "decisions",
    "deliveries",
    "digests",
    "district_entries",
    "events",
    "idempotency_keys",
    "manners",
    "meetings",
    "messages",
    "metadata",
    "open_dispatches",
    "outgoing",
    "paces",
    "preferences",
    "quiet_hours",
    "replays",
    "subscriptions",
    "team_members",
    "teams",
    "untold",
    "webhook_bodies",
    "webhooks",
    "wordings",
]
