"""`linli events replay`: a department has what was sent to it in the past sent again."""

import time
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import httpx
import typer

from linli.cli.refusing import say
from linli.cli.upload import reason_of

TIMEOUT_S = 30.0
LOOK_S = 1.0
EXIT_REFUSED = 1
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]
PLACES = ("/notify", "")
"""Where notify's paths may begin: behind the suite's door, or at a service of its own."""


class ReplayError(Exception):
    """It cannot be done; the message says why."""


def replay_events(
    url: Annotated[str, typer.Option(envvar="LINLI_URL", help="Of the suite, such as http://127.0.0.1:8000.")],
    token: Annotated[str, typer.Option(envvar="LINLI_TOKEN", help="Of the department or the platform.")],
    department: Annotated[str, typer.Option(help="Slug of the department.")],
    since: Annotated[datetime, typer.Option(formats=MOMENTS, help="From when; without a zone, that of this machine.")],
    until: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="Until when; now unless given.")] = None,
    subscription: Annotated[str, typer.Option(help="Name of one of its subscriptions.")] = "inbox",
    per_s: Annotated[int, typer.Option(min=1, max=5000, help="Events a second, at most.")] = 500,
) -> None:
    """Send events of a period to a subscription again, and wait until that is done.

    They arrive in its queue behind what waits there; whoever reads it has seen them before, and so must remember ids.
    Interrupted, it goes on without this command.
    """
    try:
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S) as client:
            streams = _streams(client)
            path = f"{streams}/{_find(client, streams, department, subscription)}/replays"
            period = {"since": _zoned(since), "until": until and _zoned(until)}
            started = _ask(client, "POST", path, json={**period, "per_s": per_s})
            _follow(client, path, started["id"])
    except (httpx.HTTPError, httpx.InvalidURL, ReplayError) as error:
        say(str(error) or type(error).__name__)
        raise typer.Exit(EXIT_REFUSED) from None


def _zoned(moment: datetime) -> str:
    return moment.astimezone().isoformat()


def _streams(client: httpx.Client) -> str:
    for place in PLACES:
        if client.get(f"{place}/v1/subscriptions").status_code != HTTPStatus.NOT_FOUND:
            return f"{place}/v1/subscriptions"
    raise ReplayError(f"{client.base_url} is not Linli")


def _find(client: httpx.Client, streams: str, department: str, name: str) -> str:
    for one in _ask(client, "GET", streams):
        if (one["department"], one["name"]) == (department, name):
            return str(one["id"])
    raise ReplayError(f"{department} has no subscription {name} that the token may see")


def _follow(client: httpx.Client, path: str, replay: str) -> None:
    shown: Mapping[str, Any] = {"state": "running"}
    while shown["state"] in ("running", "paused"):
        time.sleep(LOOK_S)
        shown = next(one for one in _ask(client, "GET", path) if one["id"] == replay)
        print(f"{shown['state']}: {shown['sent']} sent, all that was made before {shown['position']}", flush=True)  # noqa: T201 - the progress


def _ask(client: httpx.Client, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
    answer = client.request(method, path, **request)
    if not answer.is_success:
        raise ReplayError(reason_of(answer))
    return answer.json()
