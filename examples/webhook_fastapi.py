"""A department's webhook with FastAPI: signed requests only, each event once, answered when it is stored.

    pip install linli fastapi uvicorn
    WEBHOOK_SECRETS="whsec_... whsec_..." ORDERS=orders.db PORT=8000 python webhook_fastapi.py

While a secret is replaced, WEBHOOK_SECRETS holds the old one and the new one. Behind a proxy with TLS. REPLACE marks
what is the department's own.
"""

import os
import sqlite3
from contextlib import closing
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from linli.contracts import CaseRouted, Event, EventError, UnknownTypeError
from linli.subscriber.webhooks import WebhookError, Webhooks

MAX_BODY_BYTES = 256 * 1024
"""No event is larger."""

app = FastAPI()
webhooks = Webhooks(os.environ["WEBHOOK_SECRETS"].split())


def take(event: Event[Any]) -> None:
    """REPLACE: do what an event asks for, once, its id and its effect in one transaction: the same may come again."""
    with closing(sqlite3.connect(os.environ["ORDERS"])) as orders, orders:
        orders.execute("create table if not exists seen (event_id text primary key)")
        orders.execute("create table if not exists orders (case_id text, category text, area text, deadline text)")
        if not orders.execute("insert or ignore into seen values (?)", [str(event.id)]).rowcount:
            return
        if isinstance(event.data, CaseRouted):
            data = event.data
            row = [str(data.case_id), data.category, data.area, data.deadline.isoformat()]
            orders.execute("insert into orders values (?, ?, ?, ?)", row)


async def body_of(request: Request) -> bytes:
    """Read no more than an event can have: whoever sends without end is nobody we know."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"an event has at most {MAX_BODY_BYTES} bytes")
    return bytes(body)


@app.post("/events", status_code=204)
async def receive(request: Request) -> None:
    """Take an event. Any answer but 2xx has it sent again later, so an error of ours (a 500) loses nothing."""
    try:
        event = webhooks.receive(request.headers, await body_of(request))
    except WebhookError as error:
        raise HTTPException(401, str(error)) from None
    except UnknownTypeError:
        return  # of a later release: nothing here is waiting for it
    except EventError as error:
        raise HTTPException(400, str(error)) from None
    await run_in_threadpool(take, event)


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8000")))
