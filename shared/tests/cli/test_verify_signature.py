"""`linli events verify-signature` says why a webhook is taken or refused."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.contracts import CaseRouted, event_type
from linli.contracts.examples import example_of

SECRET, NEW = (f"whsec_{b64encode(letter * 32).decode()}" for letter in (b"s", b"n"))
EVENT = example_of(event_type(CaseRouted))
BODY = EVENT.encode()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def verify(
    *options: str, body: bytes = BODY, sign: bytes = BODY, late: timedelta = timedelta(), secrets: str | None = None
) -> Result:
    at = datetime.now(UTC) - late
    headers = {
        "--webhook-id": "msg_1",
        "--webhook-timestamp": str(int(at.timestamp())),
        "--webhook-signature": Webhook(SECRET).sign("msg_1", at, sign.decode()),
    }
    words = ["events", "verify-signature", *(word for pair in headers.items() for word in pair), *options]
    return CliRunner().invoke(app, words, input=body, env={"LINLI_WEBHOOK_SECRETS": secrets})


def test_valid_request_is_told_with_its_event(secret_file: Path) -> None:
    told = verify("--secret-file", str(secret_file))
    assert (told.exit_code, told.stdout) == (0, f"valid: linli.case.routed.v1 {EVENT.id}\n")


def test_body_may_be_a_file_and_secrets_a_variable(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    told = verify(str(tmp_path / "body"), body=b"", secrets=f"{NEW} {SECRET}")
    assert told.exit_code == 0, told.stderr


def test_old_and_new_secret_may_lie_in_two_files(tmp_path: Path, secret_file: Path) -> None:
    (tmp_path / "new").write_text(NEW)
    told = verify("--secret-file", str(tmp_path / "new"), "--secret-file", str(secret_file))
    assert told.exit_code == 0, told.stderr


def test_each_refusal_says_why_with_status_1(secret_file: Path) -> None:
    options = "--secret-file", str(secret_file)
    refused = {
        "another secret": verify(secrets=NEW),
        "of another body": verify(*options, body=BODY + b"\n"),
        " s behind": verify(*options, late=timedelta(minutes=10)),
        " s ahead of": verify(*options, late=timedelta(minutes=-10)),
        "signed, but it is not a valid event": verify(*options, body=b"{}", sign=b"{}"),
        "no header webhook-id": verify(*options, "--webhook-id", ""),
    }
    for why, told in refused.items():
        assert (told.exit_code, told.stdout) == (1, "")
        assert told.stderr.startswith("linli: not valid: ")
        assert why in told.stderr


@pytest.mark.parametrize("content", ["", "password", "whsec_c2hvcnQ="])
def test_file_without_a_secret_is_wrong_usage_and_is_not_quoted(tmp_path: Path, content: str) -> None:
    (tmp_path / "wrong").write_text(content)
    told = verify("--secret-file", str(tmp_path / "wrong"))
    assert told.exit_code == 2
    assert "--secret-file" in told.stderr
    assert not content or content not in told.stderr


def test_secret_is_no_option() -> None:
    assert verify("--secret", SECRET).exit_code == 2
