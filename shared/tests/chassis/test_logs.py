import json
import subprocess
import sys
from typing import Any

import pytest

from linli.chassis.redaction import redact

PROGRAM = """
import logging, warnings
import structlog
from fastapi.exceptions import ResponseValidationError
from linli.chassis.logs import configure_logs
from linli.messaging.tracing import trace_from
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

configure_logs("tiny", {level!r})
log = structlog.get_logger("tiny")

class Row(Exception):
    sqlstate = "23505"

class Thing(BaseModel):
    phone: int

with trace_from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
    log.info("hello 你好", phone="PRIVATE", nested={{"email": "PRIVATE", "size": 1}}, url="amqp://u:PRIVATE@h/")
logging.getLogger("uvicorn.error").info("started %s", "amqp://u:PRIVATE@h/")
logging.getLogger("sqlalchemy.engine").info("select PRIVATE")
for fail in (
    lambda: (_ for _ in ()).throw(IntegrityError("insert", {{"contact": "PRIVATE"}}, Row("Key (contact)=(PRIVATE)"))),
    lambda: Thing.model_validate({{"phone": "PRIVATE"}}),
    lambda: int("PRIVATE"),
    lambda: (_ for _ in ()).throw(ResponseValidationError([{{"input": {{"phone": "PRIVATE"}}}}])),
):
    try:
        fail()
    except Exception as error:
        log.exception("failed")
        logging.getLogger("library").exception("also failed")
try:
    raise RuntimeError("useful words")
except RuntimeError:
    log.exception("failed")
log.debug("only when debugging")
warnings.warn("careful")
"""


def lines(level: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(level=level)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "PRIVATE" not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_is_json_with_a_trace_and_without_private_words() -> None:
    hello, started, *failures, useful, careful = lines("INFO")
    assert hello["event"] == "hello 你好"
    assert hello["trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert hello["nested"] == {"email": "***", "size": 1}
    assert hello["url"] == "amqp://u:***@h/"
    assert started["event"] == "started amqp://u:***@h/"
    assert "trace" not in started
    assert len(failures) == 8
    assert "sqlstate 23505" in failures[0]["exception"]
    assert "1 errors in Thing" in failures[3]["exception"]
    assert "builtins.ValueError: ***" in failures[5]["exception"]
    assert "ResponseValidationError: ***" in failures[7]["exception"]
    assert "RuntimeError: useful words" in useful["exception"]
    assert "careful" in careful["event"]
    for line in (hello, started, *failures, useful, careful):
        assert {"time", "level", "event", "service"} <= set(line)
        assert line["service"] == "tiny"


def test_the_level_is_kept() -> None:
    assert {line["level"] for line in lines("ERROR")} == {"error"}


@pytest.mark.parametrize(
    "key", ["password", "DB_PASSWORD", "access_token", "Authorization", "database_url", "reporter", "tracking_code"]
)
def test_a_sensitive_value_is_masked_at_any_depth(key: str) -> None:
    line = {"a": [{"b": {key: "x"}}], "kept": 1}
    assert redact(line) == {"a": [{"b": {key: "***"}}], "kept": 1}


def test_what_lies_too_deep_to_look_at_is_masked() -> None:
    deep: dict[str, Any] = {"phone": "x"}
    for _ in range(10):
        deep = {"in": deep}
    assert "x" not in json.dumps(redact(deep))
