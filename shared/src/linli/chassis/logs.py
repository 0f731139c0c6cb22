"""Logs: one JSON object a line on standard output, with the trace id and without secrets."""

import json
import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from linli.chassis.redaction import describe, redact
from linli.messaging.tracing import current_trace_id

Line = MutableMapping[str, Any]

# They log every message or statement below WARNING.
_CHATTY = ("aio_pika", "aiormq", "alembic", "asyncio", "httpcore", "httpx", "sqlalchemy")


def configure_logs(service: str, level: str) -> None:
    """Send everything that is logged in this process, also by libraries, to standard output as JSON.

    ``service`` is put on lines that name no service; ``level`` is one of DEBUG, INFO, WARNING and ERROR.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _named(service),
        _with_trace,
        _with_exception,
        _without_secrets,
    ]
    render = structlog.processors.JSONRenderer(_dumps)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(shared, render, level)


def _configure_libraries(shared: list[Processor], render: Processor, level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[_without_colour, strip, render], foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _named(service: str) -> Processor:
    def named(_logger: object, _method: str, line: Line) -> Line:
        line.setdefault("service", service)
        return line

    return named


def _with_trace(_logger: object, _method: str, line: Line) -> Line:
    trace_id = current_trace_id()
    if trace_id is not None:
        line["trace"] = trace_id
    return line


def _with_exception(_logger: object, _method: str, line: Line) -> Line:
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["exception"] = describe(error)
    return line


def _without_secrets(_logger: object, _method: str, line: Line) -> Line:
    masked: Line = redact(dict(line))
    return masked


def _without_colour(_logger: object, _method: str, line: Line) -> Line:
    line.pop("color_message", None)
    return line


def _dumps(line: Line, **_options: object) -> str:
    return json.dumps(line, ensure_ascii=False, default=str)
