"""Makes what docker compose needs and no one should commit: random secrets, a local issuer's keys, departments' tokens.

What is there already stays as it is, for databases and encrypted contacts depend on it; the tokens are made anew.
"""

import os
import sys
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

from linli.chassis.issuer import LocalIssuer

PLACEHOLDER = "change-me"
DEPARTMENTS = ("housing", "urban-management")
TOKEN_LIFETIME = timedelta(days=90)


def main() -> None:
    """Prepares the folder given as the only argument, or the current one."""
    root = Path(*sys.argv[1:])
    write_secrets(root / ".env.example", root / ".env")
    keys = root / ".linli" / "compose"
    (keys / "public").mkdir(parents=True, exist_ok=True)
    (keys / "public").chmod(0o755)  # read by the account of a container, whatever our umask says
    issuer = LocalIssuer.load_or_create(keys / "issuer.json")
    issuer.write_jwks(keys / "public" / "jwks.json")
    for department in DEPARTMENTS:
        write_token(issuer, department, keys / "departments" / f"{department}.env")


def write_token(issuer: LocalIssuer, department: str, target: Path) -> None:
    """Writes a variable with a token that answers for a department, readable by its owner only."""
    token = issuer.mint(
        department, name=department, roles=["department"], department=department, lifetime=TOKEN_LIFETIME
    )
    _write_private(target, f"DEPARTMENT_TOKEN={token}\n")


def write_secrets(example: Path, target: Path) -> None:
    """Copies `example` to `target`, readable by its owner only, each placeholder replaced by 32 random bytes.

    Of a `target` that is there already only what it lacks is added: a later release may ask for more.
    """
    kept = target.read_text().splitlines() if target.exists() else []
    known = {"", *map(_name, kept)} if kept else set()
    lacking = [_with_secret(line) for line in example.read_text().splitlines() if _name(line) not in known]
    if not lacking:
        return
    _write_private(target, "".join(f"{line}\n" for line in (*kept, *lacking)))


def _write_private(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.rename(target)


def _name(line: str) -> str:
    return "" if line.startswith("#") else line.partition("=")[0].strip()


def _with_secret(line: str) -> str:
    if line.startswith("#"):
        return line
    secret = urlsafe_b64encode(os.urandom(32)).decode()
    return line.replace(f"={PLACEHOLDER}", f"={secret}")


if __name__ == "__main__":
    main()
