"""The commands of notify: what readers do to their messages; departments' accounts, subscriptions and replays."""

from notify.usecases.credentials import (
    Admission,
    ByHandError,
    EndedMeanwhileError,
    NothingToRotateError,
    UnknownCredentialError,
    UnknownDepartmentError,
    Wish,
    end_due,
    let_in,
    revoke,
)
from notify.usecases.inboxes import UnknownMessageError, archive, mark_read
from notify.usecases.replays import (
    FASTEST,
    Again,
    SubscriptionError,
    UnknownEventError,
    UnknownReplayError,
    UnknownSubscriptionError,
    change_replay,
    made_of,
    replay,
)
from notify.usecases.subscriptions import StaleSubscriptionError, Wanted, change, close, preview, subscribe
from notify.usecases.webhooks import NotAWebhookError, add_webhook, enable_webhook, move_webhook, rotate_secret

__all__ = [
    "FASTEST",
    "Admission",
    "Again",
    "ByHandError",
    "EndedMeanwhileError",
    "NotAWebhookError",
    "NothingToRotateError",
    "StaleSubscriptionError",
    "SubscriptionError",
    "UnknownCredentialError",
    "UnknownDepartmentError",
    "UnknownEventError",
    "UnknownMessageError",
    "UnknownReplayError",
    "UnknownSubscriptionError",
    "Wanted",
    "Wish",
    "add_webhook",
    "archive",
    "change",
    "change_replay",
    "close",
    "enable_webhook",
    "end_due",
    "let_in",
    "made_of",
    "mark_read",
    "move_webhook",
    "preview",
    "replay",
    "revoke",
    "rotate_secret",
    "subscribe",
]
