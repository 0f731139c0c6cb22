"""From a URL to a transport."""

from urllib.parse import urlsplit

from linli.messaging.transport import Transport


class TransportUrlError(ValueError):
    """The URL names no transport; the message does not quote it, because it may hold a password."""


def open_transport(url: str) -> Transport:
    """Return the transport behind a URL: ``amqp://`` or ``amqps://`` is RabbitMQ, ``postgresql://`` the embedded one.

    It connects when it is first used.

    Raises:
        TransportUrlError: another scheme, or no URL.
    """
    scheme = urlsplit(check_url(url)).scheme
    if scheme in {"amqp", "amqps"}:
        from linli.messaging.amqp import AmqpTransport  # noqa: PLC0415 - a process loads the one that it uses

        return AmqpTransport(url)
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    from linli.messaging.embedded import EmbeddedTransport  # noqa: PLC0415
    from linli.messaging.postgres_url import asyncpg_url  # noqa: PLC0415

    return EmbeddedTransport(create_async_engine(asyncpg_url(url), hide_parameters=True))


def check_url(url: str) -> str:
    """Return ``url`` when a transport may be behind it.

    Raises:
        TransportUrlError: another scheme, or no URL.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # asked here: the error of whoever asks later would quote a part of the password
    except ValueError:
        raise TransportUrlError("a bus URL is like amqp://user:password@host:5672/vhost, its parts quoted") from None
    if parts.scheme in {"amqp", "amqps"}:
        return url
    if not parts.scheme.startswith("postgresql"):
        raise TransportUrlError("a bus URL begins with amqp://, amqps:// or postgresql://")
    from linli.messaging.postgres_url import asyncpg_url  # noqa: PLC0415

    try:
        asyncpg_url(url)
    except ValueError as error:
        raise TransportUrlError(f"a bus URL {error}") from None
    return url
