"""What each error of notify is to the caller."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from linli.chassis.problems import ProblemError, unavailable_problem
from linli.messaging.message import TransportError
from notify.channels.port import AddressError
from notify.contact_secrets import ContactsOffError
from notify.domain.broadcasts import BroadcastError
from notify.domain.decisions import LegalRoleError
from notify.domain.filters import FilterError
from notify.domain.preferences import ContradictionError, LegalNoticeError, PreferenceError
from notify.drafts import DraftError
from notify.usecases import (
    MOST_CONTACTS,
    ByHandError,
    EndedMeanwhileError,
    NotAWebhookError,
    NothingToRotateError,
    StaleSubscriptionError,
    StaleTextError,
    SubscriptionError,
    TooManyCodesError,
    TooManyContactsError,
    UnknownBroadcastError,
    UnknownChannelError,
    UnknownContactError,
    UnknownCredentialError,
    UnknownDepartmentError,
    UnknownEventError,
    UnknownMessageError,
    UnknownReplayError,
    UnknownSubscriptionError,
    UnknownVersionError,
)
from notify.webhook_secrets import WebhooksOffError


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")


def _filter(error: FilterError) -> ProblemError:
    errors = [{"field": error.field, "message": str(error)}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _stale(error: StaleSubscriptionError) -> ProblemError:
    return ProblemError(412, "stale", "The subscription has changed", f"{error}.", version=error.version)


def _not_allowed(error: SubscriptionError) -> ProblemError:
    return ProblemError(409, "subscription", "The subscription does not allow that", f"{error}.")


def _by_hand(error: ByHandError) -> ProblemError:
    return ProblemError(
        503,
        "broker-not-managed",
        "The accounts of the broker cannot be changed from here",
        f"{error}. An operator can do it by hand, with these steps.",
        steps=list(error.steps),
        steps_afterwards=list(error.afterwards),
    )


def _nothing_to_rotate(_: NothingToRotateError) -> ProblemError:
    return ProblemError(
        409, "nothing-to-rotate", "The department has no credential to replace", "The platform lets it in first."
    )


def _ended_meanwhile(_: EndedMeanwhileError) -> ProblemError:
    return ProblemError(409, "ended-meanwhile", "The credential expired while it was being made", "Try again.")


def _off(_: WebhooksOffError) -> ProblemError:
    detail = "NOTIFY_WEBHOOK_KEY is not set, and without it no secret can be kept."
    return ProblemError(409, "webhooks-off", "There are no webhooks here", detail)


def _preference(error: PreferenceError) -> ProblemError:
    errors = [{"field": f"preferences.{error.number}", "message": str(error)}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _contradiction(error: ContradictionError) -> ProblemError:
    errors = [{"field": f"preferences.{error.number}", "message": str(error)}]
    return ProblemError(422, "contradictory-preferences", "The preferences contradict each other", errors=errors)


def _legal(error: LegalNoticeError) -> ProblemError:
    errors = [{"field": f"preferences.{error.number}", "message": str(error)}]
    return ProblemError(422, "legal-notice", "A legal notice cannot be muted", errors=errors)


def _contacts_off(_: ContactsOffError) -> ProblemError:
    detail = "Without NOTIFY_CHANNELS and NOTIFY_CONTACT_KEY nobody is told anything outside of the app."
    return ProblemError(409, "contacts-off", "No addresses are kept here", detail)


def _address(error: AddressError) -> ProblemError:
    errors = [{"field": "address", "message": str(error)}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _channel(error: UnknownChannelError) -> ProblemError:
    errors = [{"field": "channel", "message": f"there is {', '.join(error.known) or 'no channel'}"}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _too_many_codes(error: TooManyCodesError) -> ProblemError:
    again = {"Retry-After": str(ceil(error.wait.total_seconds()))}
    return ProblemError(429, "too-many-codes", "The address was sent several codes already", headers=again)


def _draft(error: DraftError) -> ProblemError:
    errors = [{"field": error.field, "message": str(error)}]
    return ProblemError(422, "invalid-text", "The text cannot be used", errors=errors)


def _stale_text(error: StaleTextError) -> ProblemError:
    return ProblemError(409, "stale-text", "Somebody has written another version", f"{error}.", version=error.version)


def _legal_role(error: LegalRoleError) -> ProblemError:
    errors = [{"field": "template", "message": str(error)}]
    return ProblemError(422, "legal-notice", "A legal notice cannot be taken away", errors=errors)


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    FilterError: _filter,
    StaleSubscriptionError: _stale,
    SubscriptionError: _not_allowed,
    UnknownSubscriptionError: lambda _: not_found("subscription"),
    UnknownReplayError: lambda _: not_found("replay"),
    UnknownEventError: lambda _: not_found("event"),
    UnknownMessageError: lambda _: not_found("message"),
    PreferenceError: _preference,
    ContradictionError: _contradiction,
    LegalNoticeError: _legal,
    NotAWebhookError: lambda _: not_found("webhook"),
    WebhooksOffError: _off,
    ContactsOffError: _contacts_off,
    BroadcastError: lambda error: ProblemError(409, "broadcast", "The notice does not allow that", f"{error}."),
    UnknownBroadcastError: lambda _: not_found("notice"),
    LegalRoleError: _legal_role,
    DraftError: _draft,
    StaleTextError: _stale_text,
    UnknownVersionError: lambda _: not_found("version"),
    AddressError: _address,
    UnknownChannelError: _channel,
    UnknownContactError: lambda _: not_found("contact"),
    TooManyCodesError: _too_many_codes,
    TooManyContactsError: lambda _: ProblemError(
        409, "too-many-contacts", f"Nobody has more than {MOST_CONTACTS} addresses"
    ),
    TransportError: lambda _: unavailable_problem("bus"),
    ByHandError: _by_hand,
    EndedMeanwhileError: _ended_meanwhile,
    NothingToRotateError: _nothing_to_rotate,
    UnknownCredentialError: lambda _: not_found("credential"),
    UnknownDepartmentError: lambda _: not_found("department"),
}
