"""The services as processes on one virtual host, each with a database of its own."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from httpx import AsyncClient

from linli.chassis.issuer import LocalIssuer
from linli.messaging.amqp import AmqpTransport
from linli.testing.postgres import create_database, drop_database
from linli.testing.service import SERVICES, ServiceProcess, service_environment, service_process
from linli.testing.waiting import WaitingError, eventually

from .counting import Listener, Verdict, count, judge
from .load import Load

AREA = "sanchajie"
SETTLES_S = 90.0
LAST_WORDS = 30


@dataclass
class Suite:
    """Running services, the load that they are under, and what came of it."""

    amqp_url: str
    issuer: LocalIssuer
    databases: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    processes: Mapping[str, ServiceProcess]

    def __getitem__(self, name: str) -> ServiceProcess:
        return self.processes[name]

    @cached_property
    def load(self) -> Load:
        """The reports of all tests that share this suite; what came of the former is counted again with the latter."""
        return Load(self["intake"].url)

    @contextmanager
    def another(self, name: str) -> Iterator[ServiceProcess]:
        """Run one more process of a service until the block ends."""
        with service_process(name, self.environments[name]) as process:
            process.start()
            process.wait_until_ready()
            yield process

    async def settles(self, *departments: Listener, within_s: float = SETTLES_S) -> Verdict:
        """Wait until each report has had all its effects, or too long; return what is wrong then."""
        began = monotonic()
        with suppress(WaitingError):
            await eventually(self._complete, "every report to take effect everywhere", seconds=within_s)
        took = monotonic() - began
        accepted = set(self.load.accepted.values())
        return judge(await count(self.databases, accepted), accepted, [await one.take() for one in departments], took)

    async def _complete(self) -> bool:
        counted = await count(self.databases, set(self.load.accepted.values()))
        return not counted.lost and not counted.unpublished

    async def act(self, issue: str, *actions: str) -> None:
        """Let the handler of a case move it."""
        async with AsyncClient(base_url=self["routing"].url, timeout=30, trust_env=False) as client:
            case = (await client.get(f"/v1/cases/{issue}", headers=self._token("li-desk", "platform"))).json()
            handler = self._token(case["handler"]["id"], "handler")
            for action in actions:
                body = {"outcome": "已清理"} if action == "resolve" else None
                answer = await client.post(f"/v1/cases/{issue}/{action}", json=body, headers=handler)
                assert answer.status_code == 200, answer.text

    def _token(self, subject: str, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.mint(subject, name=subject, roles=[role], areas=[AREA])}"}


@contextmanager
def suite_on(
    amqp_url: str, postgres_url: str, *names: str, through: Mapping[str, str] | None = None
) -> Iterator[Suite]:
    """Run services, all when none is named, on new databases.

    ``through`` gives the URL of the bus to services that reach it another way. Their last words are printed at the
    end: pytest shows them where a test failed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="linli-faults-")))
        issuer = LocalIssuer.load_or_create(folder / "issuer.json")
        issuer.write_jwks(folder / "jwks.json")
        databases = {name: create_database(postgres_url) for name in names or SERVICES}
        buses = dict.fromkeys(databases, amqp_url) | dict(through or {})
        told = {
            name: service_environment(name, database_url=url, amqp_url=buses[name], jwks=folder / "jwks.json")
            for name, url in databases.items()
        }
        for url in databases.values():
            stack.callback(drop_database, postgres_url, url)
        processes = {name: stack.enter_context(service_process(name, told[name])) for name in databases}
        stack.callback(_print_last_words, processes.values())
        for process in processes.values():
            process.start()
        for process in processes.values():
            process.wait_until_ready()
        yield Suite(amqp_url, issuer, databases, told, processes)


def _print_last_words(processes: Iterable[ServiceProcess]) -> None:
    for process in processes:
        words = process.log().splitlines()[-LAST_WORDS:]
        print(f"--- {process.name}", *words, sep="\n")  # noqa: T201 - pytest keeps it for those that failed


@asynccontextmanager
async def listening(amqp_url: str, queue: str, *patterns: str) -> AsyncIterator[Listener]:
    """Listen to a queue, or read one that exists when there are no ``patterns``."""
    transport = AmqpTransport(amqp_url)
    listener = Listener(transport, queue)
    try:
        if patterns:
            await listener.subscribe(*patterns)
        yield listener
    finally:
        await transport.close()
