"""The command line, put together."""

import logging
import sys
from importlib.metadata import entry_points

import typer

from linli.cli.bus_dead import dead
from linli.cli.bus_parked import parked
from linli.cli.bus_status import show_status
from linli.cli.bus_topology import topology
from linli.cli.district import app as district
from linli.cli.docs import write_docs
from linli.cli.event_description import describe_event
from linli.cli.events import list_events, tail_events
from linli.cli.import_file import import_file
from linli.cli.replay import replay_events
from linli.cli.token import print_token
from linli.cli.verify_signature import verify_signature

app = typer.Typer(
    help="The departments' and operators' side of Linli.",
    no_args_is_help=True,
    add_completion=False,
    # It would print the values of variables, tokens among them.
    pretty_exceptions_show_locals=False,
)
events = typer.Typer(help="Events: what there is, what arrives, and whether it is signed.", no_args_is_help=True)
events.command("tail")(tail_events)
events.command("list")(list_events)
events.command("describe")(describe_event)
events.command("replay")(replay_events)
events.command("verify-signature")(verify_signature)
app.add_typer(events, name="events")
bus = typer.Typer(help="The bus, for operators: topology, figures, dead letters, parked events.", no_args_is_help=True)
bus.add_typer(topology, name="topology")
bus.command("status")(show_status)
bus.add_typer(dead, name="dead")
bus.add_typer(parked, name="parked")
app.add_typer(bus, name="bus")
app.add_typer(district, name="district")
app.command("import")(import_file)
app.command("token")(print_token)
app.command("docs")(write_docs)

# Commands of the services that are installed beside it; the library itself knows none of them.
for command in entry_points(group="linli.commands"):
    app.add_typer(command.load(), name=command.name)


def main() -> None:
    """Run the command line; what goes wrong on the way is told on standard error."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    app()
