"""`linli token`, `linli events list` and `linli docs`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from linli.chassis.auth import Authenticator
from linli.chassis.issuer import LocalIssuer
from linli.cli.main import app
from linli.contracts import CATALOGUE


async def test_token_is_accepted_and_says_who(tmp_path: Path) -> None:
    issuer = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    issuer.write_jwks(tmp_path / "jwks.json")
    words = ["token", "--key", str(tmp_path / "issuer.json"), "--subject", "li-yi", "--name", "例一", "--hours", "1"]
    words += ["--role", "handler", "--role", "staff", "--area", "top/one"]
    words += ["--role", "department", "--department", "housing"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    authenticator = Authenticator(issuer.issuer, issuer.audience, (tmp_path / "jwks.json").as_uri())
    principal = await authenticator.authenticate(result.stdout.strip())
    assert (principal.subject, principal.name, principal.department) == ("li-yi", "例一", "housing")
    assert principal.has_role("handler")
    assert principal.has_role("staff")
    assert principal.has_role("department")
    assert principal.covers("top/one/b1")


@pytest.mark.parametrize("option", ["--key", "--role", "--hours"])
def test_token_with_a_wrong_option_is_refused(tmp_path: Path, option: str) -> None:
    LocalIssuer.load_or_create(tmp_path / "issuer.json")
    right = {"--key": str(tmp_path / "issuer.json"), "--role": "staff", "--hours": "8"}
    wrong = {"--key": str(tmp_path / "none.json"), "--role": "king", "--hours": "0"}
    options = [word for pair in (right | {option: wrong[option]}).items() for word in pair]
    result = CliRunner().invoke(app, ["token", *options, "--subject", "li-yi", "--name", "例一"])
    assert result.exit_code == 2
    assert option in result.stderr


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "issuer.json"
    LocalIssuer.load_or_create(key)
    key.chmod(0o644)
    result = CliRunner().invoke(app, ["token", "--key", str(key), "--subject", "li-yi", "--name", "例一"])
    assert result.exit_code == 2
    assert result.stdout == ""


def test_list_names_every_event_with_its_producer() -> None:
    lines = CliRunner().invoke(app, ["events", "list"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    routed = next(line for line in lines if line.startswith("linli.case.routed.v1"))
    assert routed.split(maxsplit=3)[1:3] == ["case.routed.<category>.<area>", "routing"]
    assert "has an owner" in routed


def test_docs_tell_every_event_and_field(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["docs", str(tmp_path / "docs")]).exit_code == 0
    page = (tmp_path / "docs" / "events.md").read_text(encoding="utf-8")
    for name, kind in CATALOGUE.items():
        section = page.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert all(f"`{field}`" in section for field in kind.model.model_fields)
