"""Sending reports to intake: several at once, each until it is taken or refused."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import httpx

from linli.cli.mapping import Columns, Report, RowError
from linli.cli.spreadsheet import Row

AT_ONCE = 8
ATTEMPTS = 8
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 15.0
TIMEOUT_S = 30.0
PASSING = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}
PASSING |= {HTTPStatus.GATEWAY_TIMEOUT}
PLACES = ("/intake", "")
"""Where intake's paths may begin: behind the suite's door, or at a service of its own."""


class UploadError(Exception):
    """Nothing more can be sent; the message says why. What was sent is kept, and sending it again changes nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: ``reason`` is None when it was taken; ``known`` says what it is already, where it is."""

    row: Row
    reason: str | None
    known: str | None = None


class Intake:
    """The API of intake behind ``client``, whose base URL it has."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._prefix = ""

    async def find(self) -> None:
        """Find where intake's paths begin.

        Raises:
            UploadError: it answers nowhere.
        """
        for self._prefix in PLACES:
            answer = await self._patiently("GET", "/v1/categories")
            if answer.is_success:
                return
        raise UploadError(f"{self._client.base_url} is not Linli: {answer.status_code} for /v1/categories")

    async def report(self, body: Report, key: str) -> str | None:
        """Report one issue; return why it was refused, or None.

        Raises:
            UploadError: the token is not valid, or nobody answers.
        """
        answer = await self._patiently("POST", "/v1/issues", json=body, headers={"Idempotency-Key": key})
        if answer.is_success:
            return None
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise UploadError(f"the token is not accepted: {reason_of(answer)}")
        return reason_of(answer)

    async def check(self, body: Report, key: str) -> tuple[str | None, str | None]:
        """Return why a report would be refused, or None, and which issue it is already, if it is one.

        Raises:
            UploadError: the token is not valid, or nobody answers.
        """
        answer = await self._patiently("POST", "/v1/issues/check", json=body, headers={"Idempotency-Key": key})
        if answer.is_success:
            return None, answer.json()["issue"]
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise UploadError(f"the token is not accepted: {reason_of(answer)}")
        return reason_of(answer), None

    async def _patiently(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        failure = ""
        for attempt in range(ATTEMPTS):
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
            try:
                answer = await self._client.request(method, f"{self._prefix}{path}", **request)
            except httpx.TransportError as error:
                failure = f"{type(error).__name__} {error}".strip()
            else:
                if answer.status_code not in PASSING:
                    return answer
                failure = f"status {answer.status_code}"
                pause_s = _retry_after(answer.headers, pause_s)
            if attempt < ATTEMPTS - 1:
                await asyncio.sleep(pause_s)
        raise UploadError(f"{self._client.base_url} does not answer: {failure}")


async def upload(
    url: str,
    token: str,
    columns: Columns,
    rows: Iterator[Row],
    *,
    show: Callable[[Outcome], None],
    dry_run: bool = False,
) -> None:
    """Send every row, at most `AT_ONCE` at a time, and show what became of each as it does.

    With ``dry_run`` nothing is reported, and what would become of each is shown.

    Raises:
        UploadError: the server cannot be used (any longer); rows not shown by then are not known to have arrived.
    """
    async with _client(url, token) as client:
        intake = Intake(client)
        await intake.find()
        send = partial(_check, intake, {}) if dry_run else partial(_report, intake)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(_send(send, columns, rows, show))
        except ExceptionGroup as failures:
            # The others failed of the same, or were cancelled.
            raise failures.exceptions[0] from None


def _client(url: str, token: str) -> httpx.AsyncClient:
    if not token.isascii() or not token.isprintable() or not token:
        raise UploadError("the token is no token")
    headers = {"Authorization": f"Bearer {token}"}
    try:
        client = httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT_S)
    except httpx.InvalidURL as error:
        raise UploadError(f"{url}: {error}") from None
    if client.base_url.scheme not in {"http", "https"} or not client.base_url.host:
        raise UploadError(f"{url} does not begin with http:// or https:// and a host")
    return client


Send = Callable[[Row, Report, str], Awaitable[Outcome]]


async def _report(intake: Intake, row: Row, body: Report, key: str) -> Outcome:
    return Outcome(row, await intake.report(body, key))


async def _check(intake: Intake, met: dict[str, tuple[int, Report]], row: Row, body: Report, key: str) -> Outcome:
    # The server has not seen the rows before this one; what is the same as one of them is found here.
    number, other = met.setdefault(key, (row.number, body))
    if number != row.number:
        same = f"the same as row {number}"
        return Outcome(row, None, same) if other == body else Outcome(row, f"has the id of row {number}, and differs")
    reason, issue = await intake.check(body, key)
    return Outcome(row, reason, None if issue is None else f"issue {issue}")


async def _send(send: Send, columns: Columns, rows: Iterator[Row], show: Callable[[Outcome], None]) -> None:
    # The tasks share one iterator: each takes the next row that nobody has.
    for row in rows:
        try:
            body = columns.report(row)
            key = columns.key(row, body)
        except RowError as error:
            show(Outcome(row, str(error)))
        else:
            show(await send(row, body, key))


def _retry_after(headers: Mapping[str, str], pause_s: float) -> float:
    wanted = headers.get("Retry-After", "")
    return min(LONGEST_PAUSE_S, max(pause_s, float(wanted))) if wanted.isdecimal() else pause_s


def reason_of(answer: httpx.Response) -> str:
    """Return why a request was refused, as the problem that answers it says."""
    try:
        problem = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    errors = problem.get("errors") if isinstance(problem, dict) else None
    if errors:
        return "; ".join(f"{one['field']}: {one['message']}" for one in errors)
    return str(problem.get("detail") or problem.get("title") or f"status {answer.status_code}")
