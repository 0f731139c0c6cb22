import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from linli.chassis.auth import Authenticator
from linli.chassis.issuer import AUDIENCE, ISSUER

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / ".env.example", tmp_path)
    prepare(tmp_path)
    return tmp_path


def prepare(folder: Path) -> None:
    subprocess.run([sys.executable, ROOT / "deploy" / "compose" / "prepare.py", folder], check=True, timeout=60)


def values(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_each_secret_is_random_and_the_rest_is_kept(folder: Path) -> None:
    example, made = values(ROOT / ".env.example"), values(folder / ".env")
    secrets = [made[name] for name, value in example.items() if value == "change-me"]

    assert len(secrets) >= 7
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) == 44 for secret in secrets)
    assert {name: made[name] for name, value in example.items() if value != "change-me"} == {
        name: value for name, value in example.items() if value != "change-me"
    }


def test_secrets_are_readable_by_their_owner_only(folder: Path) -> None:
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ".linli/compose/issuer.json").stat().st_mode) == 0o600


def test_published_keys_hold_nothing_private(folder: Path) -> None:
    keys = json.loads((folder / ".linli/compose/public/jwks.json").read_text())["keys"]

    assert keys
    assert all("d" not in key for key in keys)


def test_second_run_changes_nothing(folder: Path) -> None:
    files = [folder / ".env", folder / ".linli/compose/issuer.json", folder / ".linli/compose/public/jwks.json"]
    before = [file.read_bytes() for file in files]

    prepare(folder)

    assert [file.read_bytes() for file in files] == before


async def test_each_example_department_has_a_token_of_its_own(folder: Path) -> None:
    jwks = folder / ".linli/compose/public/jwks.json"
    departments = folder / ".linli/compose/departments"
    authenticator = Authenticator(ISSUER, AUDIENCE, jwks.as_uri())

    for name in ("housing", "urban-management"):
        file = departments / f"{name}.env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        principal = await authenticator.authenticate(values(file)["DEPARTMENT_TOKEN"])
        assert (principal.department, principal.roles) == (name, frozenset(["department"]))


def test_what_a_later_release_asks_for_is_added_and_the_rest_stays(folder: Path) -> None:
    env = folder / ".env"
    older = [line for line in env.read_text().splitlines() if not line.startswith("INTAKE_CONTACT_KEY")]
    env.write_text("\n".join(older))

    prepare(folder)

    [*kept, added] = env.read_text().splitlines()
    assert kept == older
    assert len(added.removeprefix("INTAKE_CONTACT_KEY=")) == 44
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_no_secret_is_written_in_the_repository() -> None:
    example = values(ROOT / ".env.example")
    secret = {name for name in example if name.endswith(("_PASSWORD", "_KEY"))}

    assert secret
    assert {example[name] for name in secret} == {"change-me"}
