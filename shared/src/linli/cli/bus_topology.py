"""`linli bus topology`: the exchanges, queues and bindings of the suite, written down, compared and made."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.bus_options import Bus, District, Management, require_rabbitmq
from linli.cli.columns import tell
from linli.cli.refusing import EXIT_REFUSED, refusing, say
from linli.district import load_district
from linli.messaging.amqp_operator import amqp_operator
from linli.messaging.applying import declare_missing, make_equal
from linli.messaging.definitions import Definitions, decode_definitions, definitions_of, encode_definitions
from linli.messaging.drift import Drift, drift
from linli.messaging.management import open_management
from linli.messaging.refusal import BusError, vhost_of
from linli.messaging.suite import suite_topology

MOST_FILE_BYTES = 16 * 1024 * 1024

topology = typer.Typer(help="The suite's exchanges, queues and bindings.", no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Option("--file", help="A definitions file, such as an export; without it what the suite declares."),
]


@topology.command("export")
def export_topology(
    district: District = None,
    output: Annotated[Path | None, typer.Option(help="Where it goes; without it standard output.")] = None,
    vhost: Annotated[str, typer.Option(help="Virtual host that the file is for.")] = "/",
) -> None:
    """Write a definitions file that RabbitMQ imports: all that the services declare themselves, and no account."""
    with refusing():
        text = encode_definitions(_described(district), vhost=vhost)
        if output is None:
            print(text, end="")  # noqa: T201 - what was asked for
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BusError(f"{output}: {error.strerror}") from None


@topology.command("check")
def check_topology(bus: Bus, management: Management = None, file: File = None, district: District = None) -> None:
    """Compare the broker with what the suite declares, or with a file; end with 1 when they differ."""
    with refusing():
        require_rabbitmq(bus, "topology check")
        found = asyncio.run(_check(bus, management, _wanted(file, district, bus)))
    for line in found.lines():
        tell(line)
    if found.lines():
        raise typer.Exit(EXIT_REFUSED)
    say("no drift")


@topology.command("apply")
def apply_topology(
    bus: Bus,
    management: Management = None,
    file: File = None,
    district: District = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also take away bindings and queues of the suite that are left over.")
    ] = False,
) -> None:
    """Declare what is missing. A queue that holds messages or is being read is never deleted."""
    with refusing():
        require_rabbitmq(bus, "topology apply")
        asyncio.run(_apply(bus, management, _wanted(file, district, bus), prune=prune))


def _wanted(file: Path | None, district: Path | None, bus: str) -> Definitions:
    if file is None:
        return _described(district)
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise BusError(f"{file}: {error.strerror}") from None
    if len(text) > MOST_FILE_BYTES:
        raise BusError(f"{file}: larger than {MOST_FILE_BYTES} bytes")
    try:
        return decode_definitions(text, vhost=vhost_of(bus))
    except BusError as error:
        raise BusError(f"{file}: {error}") from None


def _described(district: Path | None) -> Definitions:
    return definitions_of(suite_topology(load_district(district)))


async def _check(bus: str, url: str | None, wanted: Definitions) -> Drift:
    async with amqp_operator(bus) as operator, open_management(url, bus=bus) as management:
        await management.belong_to(operator.cluster_name)
        return drift(wanted, await management.definitions())


async def _apply(bus: str, url: str | None, wanted: Definitions, *, prune: bool) -> None:
    async with amqp_operator(bus) as operator, open_management(url, bus=bus) as management:
        if prune:
            await management.belong_to(operator.cluster_name)
        work = make_equal(operator, management, wanted) if prune else declare_missing(operator, wanted)
        async for line in work:
            tell(line)
