"""The guide for a department that joins says what works: its commands are run as they stand."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from uuid_utils.compat import uuid7

from linli.chassis.issuer import LocalIssuer
from linli.contracts import CaseRouted, Event, EventData, new_event
from linli.contracts.examples import EXAMPLES
from linli.messaging.connect import open_transport
from linli.messaging.message import message_from
from linli.testing.rabbitmq import Broker
from linli.testing.service import ServiceProcess, service_environment, service_process
from linli.testing.waiting import wait_until

GUIDE = Path(__file__).parents[2] / "docs" / "joining.md"
LINLI = Path(sys.executable).with_name("linli")
CASES = 3


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    made = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    made.write_jwks(tmp_path / "jwks.json")
    return made


@pytest.fixture
def notify(
    database_url: str, amqp_url: str, broker: Broker, issuer: LocalIssuer, tmp_path: Path
) -> Iterator[ServiceProcess]:
    assert issuer
    told = service_environment("notify", database_url=database_url, amqp_url=amqp_url, jwks=tmp_path / "jwks.json")
    management = {"NOTIFY_MANAGEMENT_URL": broker.management_url}
    with service_process("notify", told | management) as process:
        process.start()
        process.wait_until_ready()
        yield process


async def happened(amqp_url: str) -> None:
    """Let some cases be routed."""
    [routed] = [one for one in EXAMPLES if isinstance(one, CaseRouted)]
    bus = open_transport(amqp_url)
    for _ in range(CASES):
        case = routed.model_copy(update={"case_id": uuid4()})
        event: Event[EventData] = new_event(case, id=uuid7(), sequence=1, time=datetime.now(UTC))
        assert await bus.publish([message_from(event)]) == [None]
    await bus.close()


def test_a_department_joins_and_reads_what_was_before(
    notify: ServiceProcess, amqp_url: str, issuer: LocalIssuer, tmp_path: Path
) -> None:
    asyncio.run(happened(amqp_url))
    bus = urlsplit(amqp_url)
    platform = issuer.mint("li-desk", name="例值班", roles=["platform"], areas=["sanchajie"])
    told = {
        "PATH": os.environ["PATH"],
        "URL": notify.url,
        "BUS": f"{bus.hostname}:{bus.port}{bus.path}",
        "PLATFORM": platform,
    }

    def run(commands: str) -> str:
        script = tmp_path / "commands"
        # Here no gateway leads /notify to the service.
        here = commands.replace("uv run linli", str(LINLI)).replace("$URL/notify", "$URL")
        script.write_text(f"set -euo pipefail\n{here}")
        ended = subprocess.run(["bash", script], env=told, capture_output=True, text=True, timeout=250, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    first, *rest = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    preview = "\n".join((first, rest[0]))
    wait_until(lambda: f'"count":{CASES}' in run(preview), "the ledger to know what happened", seconds=30)
    shown = run("\n".join((first, *rest)))
    assert shown.count("linli.case.routed.v1 ") == CASES, shown
    assert '"department":"housing","name":"works"' in shown
    assert f"done: {CASES} sent" in shown
    assert "dept.housing." in shown.splitlines()[-1]
