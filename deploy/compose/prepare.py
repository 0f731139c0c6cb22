"""Makes what docker compose needs and no one should commit: `.env` with random secrets, and a local issuer's keys.

What is there already stays as it is: databases and encrypted contacts depend on it.
"""

import os
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

from linli.chassis.issuer import LocalIssuer

PLACEHOLDER = "change-me"


def main() -> None:
    """Prepares the folder given as the only argument, or the current one."""
    root = Path(*sys.argv[1:])
    write_secrets(root / ".env.example", root / ".env")
    keys = root / ".linli" / "compose"
    (keys / "public").mkdir(parents=True, exist_ok=True)
    (keys / "public").chmod(0o755)  # read by the account of a container, whatever our umask says
    LocalIssuer.load_or_create(keys / "issuer.json").write_jwks(keys / "public" / "jwks.json")


def write_secrets(example: Path, target: Path) -> None:
    """Copies `example` to `target`, readable by its owner only, each placeholder replaced by 32 random bytes."""
    if target.exists():
        return
    lines = [_with_secret(line) for line in example.read_text().splitlines(keepends=True)]
    unfinished = target.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text("".join(lines))
    unfinished.rename(target)


def _with_secret(line: str) -> str:
    if line.startswith("#"):
        return line
    secret = urlsafe_b64encode(os.urandom(32)).decode()
    return line.replace(f"={PLACEHOLDER}", f"={secret}")


if __name__ == "__main__":
    main()
