"""What must not reach a log: secrets, contacts, and the values inside of database and validation errors."""

import re
import traceback
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from linli.contracts.listeners import LISTENERS

MASK = "***"
_MAX_DEPTH = 4
_MAX_CAUSES = 10

_OWN = {"linli", *LISTENERS}
"""Whose errors quote nothing: the packages of the suite."""

_SENSITIVE = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|api_?key|private|_url$|dsn|phone|mobile|e?mail|contact|address"
    r"|reporter|id_?card|tracking"
)
_CREDENTIALS = re.compile(r"(://[^:/@\s]*:)[^@\s]*@")


def redact(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` with the values of sensitive keys and the passwords inside of URLs masked."""
    if isinstance(value, str):
        return _CREDENTIALS.sub(rf"\1{MASK}@", value) if "://" in value else value
    if depth >= _MAX_DEPTH:
        return MASK if isinstance(value, Mapping | list | tuple) else value
    if isinstance(value, Mapping):
        return {key: MASK if _is_sensitive(str(key)) else redact(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [redact(one, depth + 1) for one in value]
    return value


@lru_cache(maxsize=1024)
def _is_sensitive(key: str) -> bool:
    return _SENSITIVE.search(key.lower()) is not None


def describe(error: BaseException) -> str:
    """Return the traceback of ``error`` and of its causes, without the values that their messages may quote.

    Those are the words of all errors but the suite's own, the system's (a refused connection) and the runtime's.
    """
    return "\n".join(line for one in _chain(error) for line in _lines(one))


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}: {_message(error)}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"


def _message(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return f"{error.error_count()} errors in {error.title}"
    if isinstance(error, DBAPIError):
        return _database_words(error.orig)
    if hasattr(error, "sqlstate"):
        return _database_words(error)
    if isinstance(error, OSError | RuntimeError) or type(error).__module__.partition(".")[0] in _OWN:
        return str(redact(str(error)))
    return MASK


def _database_words(error: BaseException | None) -> str:
    # PostgreSQL's own message quotes the row.
    cause = getattr(error, "__cause__", None)
    constraint = getattr(cause, "constraint_name", None) or getattr(error, "constraint_name", None)
    return f"sqlstate {getattr(error, 'sqlstate', None)}, constraint {constraint}"
