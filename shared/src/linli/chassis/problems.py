"""Errors as RFC 9457 problem details: ``application/problem+json`` with a stable ``type``."""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from linli.messaging.outbox_limit import OutboxFullError
from linli.messaging.tracing import current_trace_id

TYPE_BASE = "https://linli.example/problems/"
RETRY_AFTER_S = "2"
OUTBOX_RETRY_AFTER_S = "30"

# Connection lost, transaction to be tried again, resources exhausted, operator intervention.
_PASSING_SQLSTATES = ("08", "40", "53", "57")
# Text that PostgreSQL cannot hold (a NUL, for example) is the caller's mistake.
_UNSTORABLE_SQLSTATES = frozenset({"22021", "22P05"})

# Not HTTPStatus.phrase: its words change between Python versions, a problem's type does not.
_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    413: "Content too large",
    415: "Unsupported media type",
}

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


class ProblemError(Exception):
    """A failure that the caller is told of.

    ``slug`` ends the problem's ``type`` URI and never changes its meaning; ``title`` says the same for people and is
    constant; ``detail`` is about this occurrence. ``headers`` go with the answer; everything in ``extra`` becomes a
    member of the body.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,  # noqa: ANN401 - any JSON value
    ) -> None:
        super().__init__(title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.headers = headers
        self.extra = extra


class Problem(BaseModel):
    """The body of every error answer."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Stable URI of the kind of problem")
    title: str
    status: int
    detail: str | None = None
    instance: str = Field(description="Path of the request")
    errors: list[dict[str, str]] | None = Field(None, description="Fields that were refused, and why")
    trace: str | None = Field(None, description="Trace id, to quote when asking for help")


def problem_response(path: str, problem: ProblemError) -> Response:
    """Return the answer that tells ``problem`` about the request to ``path``."""
    body = {
        "type": TYPE_BASE + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "instance": path,
        **problem.extra,
    }
    if problem.detail is not None:
        body["detail"] = problem.detail
    # A lone surrogate in a field name must not turn a 422 into a 500.
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    headers = dict(problem.headers or {})
    return Response(content, problem.status, headers, "application/problem+json")


def unexpected_problem() -> ProblemError:
    """Return the problem that stands for any failure we did not foresee: it says the trace and nothing else."""
    return ProblemError(500, "internal-error", "Internal error", trace=current_trace_id())


def unavailable_problem(what: str) -> ProblemError:
    """Return the problem that says that ``what`` does not answer for now."""
    return ProblemError(
        503,
        "temporarily-unavailable",
        "Temporarily unavailable",
        f"The {what} does not answer; try again.",
        headers={"Retry-After": RETRY_AFTER_S},
        trace=current_trace_id(),
    )


def problem_handlers(
    mapping: Mapping[type[Exception], Callable[[Any], ProblemError]],
) -> dict[int | type[Exception], Handler]:
    """Return the exception handlers of a service: those of the chassis and one for each error in ``mapping``."""
    return {
        ProblemError: _handler(lambda problem: problem),
        RequestValidationError: _handler(_validation_problem),
        HTTPException: _handler(_http_problem),
        DBAPIError: _handler(_database_problem),
        OutboxFullError: _handler(_outbox_problem),
        PoolTimeoutError: _handler(lambda _error: unavailable_problem("database")),
        TimeoutError: _handler(lambda _error: unavailable_problem("service")),
        **{kind: _handler(translate) for kind, translate in mapping.items()},
    }


def _handler(translate: Callable[[Any], ProblemError]) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        return problem_response(request.scope["path"], translate(error))

    return handle


def _validation_problem(error: RequestValidationError) -> ProblemError:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return ProblemError(400, "invalid-json", "The body is not valid JSON")
    if any(tuple(fault["loc"]) == ("body",) and isinstance(fault.get("input"), bytes) for fault in faults):
        # FastAPI hands on as bytes what is not called JSON.
        return ProblemError(
            415, "unsupported-media-type", "Unsupported media type", "Send JSON, with Content-Type: application/json."
        )
    errors = [{"field": _field(fault["loc"]), "message": _said(fault)} for fault in faults]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _said(fault: Mapping[str, Any]) -> str:
    """Return what is wrong; a text has characters, also where its length was checked by what counts anything."""
    message: str = fault["msg"]
    if fault["type"] in {"too_long", "too_short"} and isinstance(fault.get("input"), str):
        return message.replace(" item", " character")
    return message


def _field(loc: Sequence[int | str]) -> str:
    place = [str(part) for part in loc]
    return ".".join(place[1:] if len(place) > 1 and place[0] in {"body", "query", "path", "header"} else place)


def _http_problem(error: HTTPException) -> ProblemError:
    title = _TITLES.get(error.status_code, f"HTTP {error.status_code}")
    detail = None if error.detail == HTTPStatus(error.status_code).phrase else str(error.detail)
    return ProblemError(error.status_code, title.lower().replace(" ", "-"), title, detail, headers=error.headers)


def _outbox_problem(_error: OutboxFullError) -> ProblemError:
    return ProblemError(
        503,
        "outbox-full",
        "Too much waits to be passed on",
        "Nothing was changed or accepted; try again later.",
        headers={"Retry-After": OUTBOX_RETRY_AFTER_S},
        trace=current_trace_id(),
    )


def _database_problem(error: DBAPIError) -> ProblemError:
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or sqlstate.startswith(_PASSING_SQLSTATES):
        return unavailable_problem("database")
    if sqlstate in _UNSTORABLE_SQLSTATES:
        return ProblemError(422, "unstorable-text", "The text contains a character that cannot be stored")
    raise error
