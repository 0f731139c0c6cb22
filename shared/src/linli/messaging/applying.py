"""Making a broker what the suite describes, all of it or, when something stands against it, nothing."""

from collections.abc import AsyncIterator, Mapping

from linli.messaging.amqp_operator import AmqpOperator, NoSuchQueueError
from linli.messaging.definitions import Definitions
from linli.messaging.drift import Drift, drift
from linli.messaging.management import Management, QueueCount
from linli.messaging.refusal import BusError

UNCHANGED = "nothing was changed"


async def declare_missing(operator: AmqpOperator, wanted: Definitions) -> AsyncIterator[str]:
    """Declare what is missing, asking over AMQP alone; yield what was done, a line each.

    Raises:
        BusError: something is declared otherwise, or a binding is to something that is not there; nothing was changed.
    """
    there = await _declared(operator, wanted)
    await _refuse_dangling(operator, wanted)
    missing = Definitions(
        exchanges=tuple(one for one in wanted.exchanges if one.name not in there),
        queues=tuple(one for one in wanted.queues if one.name not in there),
        bindings=wanted.bindings,
    )
    async for line in _declare(operator, missing, bindings_told=False):
        yield line
    yield f"made sure of {len(wanted.bindings)} bindings"


async def make_equal(operator: AmqpOperator, management: Management, wanted: Definitions) -> AsyncIterator[str]:
    """Declare what is missing and take away what is left over; yield what was done, a line each.

    An exchange that is left over stays. A queue is deleted when it is empty and nobody reads it.

    Raises:
        BusError: something is declared otherwise, a binding is to something that is not there, or a queue that would
            be deleted is in use; nothing was changed.
    """
    found = drift(wanted, await management.definitions())
    if found.otherwise:
        raise BusError(f"{UNCHANGED}: {'; '.join(found.otherwise)}")
    await _refuse_dangling(operator, wanted)
    await _refuse_used(operator, found, await management.counts())
    async for line in _declare(operator, found.missing, bindings_told=True):
        yield line
    async for line in _remove(operator, found.left):
        yield line


async def _declared(operator: AmqpOperator, wanted: Definitions) -> set[str]:
    """Return the names of what is there; what is there otherwise is refused."""
    there: set[str] = set()
    try:
        for exchange in wanted.exchanges:
            if await operator.has_exchange(exchange.name):
                await operator.declare_exchange(exchange)
                there.add(exchange.name)
        for queue in wanted.queues:
            if await _exists(operator, queue.name):
                await operator.declare_queue(queue)
                there.add(queue.name)
    except BusError as error:
        raise BusError(f"{UNCHANGED}: {error}") from None
    return there


async def _refuse_dangling(operator: AmqpOperator, wanted: Definitions) -> None:
    exchanges, queues = {one.name for one in wanted.exchanges}, {one.name for one in wanted.queues}
    for one in wanted.bindings:
        to_queue = one.destination_type == "queue"
        needed = {one.source} if to_queue else {one.source, one.destination}
        for exchange in needed - exchanges:
            if not await operator.has_exchange(exchange):
                raise BusError(f"{UNCHANGED}: binding {one}: there is no exchange {exchange!r}")
        if to_queue and one.destination not in queues and not await _exists(operator, one.destination):
            raise BusError(f"{UNCHANGED}: binding {one}: there is no queue {one.destination!r}")


async def _refuse_used(operator: AmqpOperator, found: Drift, counts: Mapping[str, QueueCount]) -> None:
    for one in found.left.queues:
        counted = counts.get(one.name, QueueCount(0, 0)).messages
        use = await _use(operator, one.name, counted)
        if use:
            raise BusError(f"{UNCHANGED}: queue {one.name} would be deleted and {use}")


async def _use(operator: AmqpOperator, queue: str, counted: int = 0) -> str | None:
    # The broker's count of unsettled messages is seconds old; who holds one is a consumer.
    look = await operator.look(queue)
    if messages := max(look.ready, counted):
        return f"holds {messages} messages"
    return f"is read by {look.consumers} consumers" if look.consumers else None


async def _declare(operator: AmqpOperator, missing: Definitions, *, bindings_told: bool) -> AsyncIterator[str]:
    for exchange in missing.exchanges:
        await operator.declare_exchange(exchange)
        yield f"declared exchange {exchange.name}"
    for queue in missing.queues:
        await operator.declare_queue(queue)
        yield f"declared queue {queue.name}"
    for binding in missing.bindings:
        await operator.bind(binding)
        if bindings_told:
            yield f"bound {binding}"


async def _remove(operator: AmqpOperator, left: Definitions) -> AsyncIterator[str]:
    for binding in left.bindings:
        await operator.unbind(binding)
        yield f"unbound {binding}"
    for queue in left.queues:
        # Asked again: until its bindings were gone something may have come.
        use = await _use(operator, queue.name)
        if use:
            raise BusError(f"queue {queue.name} {use} by now and was not deleted")
        await operator.delete_queue(queue.name)
        yield f"deleted queue {queue.name}"
    for exchange in left.exchanges:
        yield f"exchange {exchange.name} is left over and was left alone"


async def _exists(operator: AmqpOperator, queue: str) -> bool:
    try:
        await operator.look(queue)
    except NoSuchQueueError:
        return False
    return True
