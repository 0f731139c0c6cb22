"""From a URL to a transport."""

from urllib.parse import urlsplit

from linli.messaging.transport import Transport


class TransportUrlError(ValueError):
    """The URL names no transport; the message does not quote it, because it may hold a password."""


def open_transport(url: str) -> Transport:
    """Return the transport behind a URL: ``amqp://`` or ``amqps://`` is RabbitMQ, ``postgresql://`` the embedded one.

    It connects when it is first used.

    Raises:
        TransportUrlError: another scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme in {"amqp", "amqps"}:
        from linli.messaging.amqp import AmqpTransport  # noqa: PLC0415 - a process loads the one that it uses

        return AmqpTransport(url)
    if scheme.startswith("postgresql"):
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

        from linli.messaging.embedded import EmbeddedTransport  # noqa: PLC0415

        _, _, address = url.partition("://")
        return EmbeddedTransport(create_async_engine(f"postgresql+asyncpg://{address}", hide_parameters=True))
    raise TransportUrlError("a bus URL begins with amqp://, amqps:// or postgresql://")
