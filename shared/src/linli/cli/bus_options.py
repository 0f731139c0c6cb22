"""What the `linli bus` commands have in common: their options, and how a bus URL is looked at."""

from pathlib import Path
from typing import Annotated

import typer

from linli.messaging.connect import TransportUrlError, check_url
from linli.messaging.management import check_management_url
from linli.messaging.refusal import BusError


def _bus_url(given: str) -> str:
    try:
        return check_url(given)
    except TransportUrlError as error:
        raise typer.BadParameter(str(error)) from None


def _management_url(given: str | None) -> str | None:
    try:
        return None if given is None else check_management_url(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Bus = Annotated[
    str,
    typer.Option(
        "--bus",
        envvar="LINLI_BUS_URL",
        show_envvar=True,
        callback=_bus_url,
        help="amqp://... or, of standalone, postgresql://...",
    ),
]
Management = Annotated[
    str | None,
    typer.Option(
        "--management",
        envvar="LINLI_MANAGEMENT_URL",
        callback=_management_url,
        help="RabbitMQ's management API; without it port 15672 on the host of --bus. The account is that of --bus "
        "unless the URL names another.",
    ),
]
District = Annotated[
    Path | None,
    typer.Option(
        "--district",
        metavar="DIR",
        envvar="LINLI_DISTRICT_DIR",
        help="Folder of the district whose departments have queues; without it the example that the services take too.",
    ),
]


def require_rabbitmq(bus: str, what: str) -> None:
    """Refuse what only RabbitMQ has.

    Raises:
        BusError: the bus is an embedded one.
    """
    if not bus.startswith("amqp"):
        raise BusError(f"{what} is for RabbitMQ; an embedded bus is its database, and the services declare it alone")
