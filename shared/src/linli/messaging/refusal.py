"""What somebody is told who asked for what cannot be had: one line, and no password in it."""

from urllib.parse import unquote, urlsplit

import aiormq
from aiormq import exceptions as amqp

from linli.messaging.message import NoQueueError

LOGIN_STATES = ("28", "3D")
"""Classes of SQLSTATE: the server knows no such account, password or database."""

MOST_WORDS = 300


class BusError(Exception):
    """What was asked of the bus cannot be done; the message says why in one line and repeats no password."""


def address_of(url: str) -> str:
    """Return host and port of a URL, for a message."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port}" if parts.port else parts.hostname or "localhost"


def vhost_of(url: str) -> str:
    """Return the virtual host that an AMQP URL names."""
    return unquote(urlsplit(url).path[1:]) or "/"


def refusal_of(error: BaseException) -> str | None:
    """Return the broker's no when that is what ``error`` comes from, or None when trying again may help."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, NoQueueError):
            return str(seen)
        if (words := _amqp_words(seen) or _database_words(seen)) is not None:
            return words
        seen = seen.__cause__ if seen.__cause__ is not seen else None
    return None


def explain(error: BaseException, url: str) -> str:
    """Return why the bus at ``url`` cannot be used."""
    where = address_of(url)
    refused = refusal_of(error)
    if refused is not None:
        return f"{where}: {refused}"
    return f"{where} does not answer ({type(error).__name__})"


def _amqp_words(error: BaseException) -> str | None:
    match error:
        case amqp.ProbableAuthenticationError() | amqp.AuthenticationError():
            return "the login is refused"
        case amqp.ConnectionNotAllowed() | amqp.InvalidFrameError():
            # The broker closes where aiormq expects it to open: aiormq hides the reason in its text.
            return "the virtual host does not exist, or this account may not use it"
        case amqp.ChannelNotFoundEntity() | amqp.ChannelAccessRefused() | aiormq.ChannelPreconditionFailed():
            return _server_words(error)
    return None


def _server_words(error: BaseException) -> str:
    text = str(error.args[0]) if error.args else type(error).__name__
    return text.partition(" - ")[2][:MOST_WORDS] or text[:MOST_WORDS]


def _database_words(error: BaseException) -> str | None:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return "the login is refused, or there is no such database" if str(state).startswith(LOGIN_STATES) else None
