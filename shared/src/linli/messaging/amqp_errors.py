"""What aio-pika and aiormq raise, told apart: gone for now, or our own task told to stop."""

import asyncio

import aiormq

from linli.messaging.message import DeclaredOtherwiseError, TransportError

LOST = (aiormq.exceptions.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, TimeoutError, RuntimeError)
"""What they raise when a channel, a connection or a broker is gone."""


def lost(error: BaseException) -> BaseException:
    """Return the error to raise for what aio-pika raised.

    A frozen or vanished broker makes aio-pika cancel whoever waits on it; that cancellation is not ours to obey.
    """
    if isinstance(error, TransportError):
        return error
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return error
    kind = DeclaredOtherwiseError if isinstance(error, aiormq.ChannelPreconditionFailed) else TransportError
    return kind(f"{type(error).__name__}: {error}"[:300])
