"""Servers to harm, and a table of what was done to them and what came of it."""

import json
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from linli.messaging.amqp import AmqpTransport
from linli.messaging.transport import Transport
from linli.testing.choice import AMQP_VARIABLE, MANAGEMENT_VARIABLE, Kind, choose_kind
from linli.testing.rabbitmq import Broker, rabbitmq_server

from .counting import Verdict

COLUMNS = ("fault", "messages", "lost", "duplicated effects", "recovery")

Recorded = Callable[[str, Verdict], None]


@pytest.fixture
def recorded(record_property: Callable[[str, object], None]) -> Recorded:
    """Keeps what a test has counted for the table at the end of ``make faults``."""

    def keep(fault: str, verdict: Verdict) -> None:
        row = fault, verdict.reports, verdict.lost, verdict.doubled, f"{verdict.recovery_s:.1f} s"
        record_property("fault", json.dumps([str(word) for word in row]))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table. With workers this runs where ``tests/faults`` was asked for by name, not in every run."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    rows = [json.loads(value) for report in reports for name, value in report.user_properties if name == "fault"]
    if not rows:
        return
    widths = [max(len(row[place]) for row in [COLUMNS, *rows]) for place in range(len(COLUMNS))]
    terminalreporter.section("faults")
    for row in [COLUMNS, *sorted(rows)]:
        words = [
            word.ljust(width) if not place else word.rjust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ]
        terminalreporter.line(" | ".join(words))


@pytest.fixture(scope="module")
def own_broker() -> Iterator[Broker]:
    """A broker to harm."""
    kind = choose_kind(AMQP_VARIABLE, MANAGEMENT_VARIABLE)
    with rabbitmq_server(Kind.LOCAL if kind is Kind.ENVIRONMENT else kind) as broker:
        yield broker


@pytest.fixture(scope="module")
def vhost(broker: Broker) -> Iterator[str]:
    """AMQP URL of a virtual host for the tests of a module."""
    url = broker.new_vhost()
    yield url
    broker.delete_vhost(url)


@pytest.fixture(scope="module")
async def bus(vhost: str) -> AsyncIterator[Transport]:
    """The module's virtual host, past all faults."""
    transport = AmqpTransport(vhost)
    yield transport
    await transport.close()
