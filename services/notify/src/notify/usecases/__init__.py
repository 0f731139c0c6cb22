"""The commands of notify: letting departments in to the bus, what they subscribe to, what comes to them again."""

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

__all__ = [
    "FASTEST",
    "Admission",
    "Again",
    "ByHandError",
    "EndedMeanwhileError",
    "NothingToRotateError",
    "StaleSubscriptionError",
    "SubscriptionError",
    "UnknownCredentialError",
    "UnknownDepartmentError",
    "UnknownEventError",
    "UnknownReplayError",
    "UnknownSubscriptionError",
    "Wanted",
    "Wish",
    "change",
    "change_replay",
    "close",
    "end_due",
    "let_in",
    "made_of",
    "preview",
    "replay",
    "revoke",
    "subscribe",
]
