"""Tools of npm that tests ask: installed once a cache, in exactly the versions of a lock file."""

import fcntl
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
FIRST_S = 300
"""How long a test may take that is the first to install them."""

needs_npm = pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="needs node and npm")


def installed(config: pytest.Config, package: Path, files: Sequence[str]) -> Path:
    """Return a folder with what ``package`` locks and some files of it, however many test processes ask for it."""
    assert config.cache is not None  # noqa: S101 - for tests
    names = ("package.json", "package-lock.json", *files)
    versions = sha256(b"".join((package / name).read_bytes() for name in names)).hexdigest()[:16]
    folder = config.cache.mkdir(f"npm-{versions}")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in names:
                shutil.copy(package / name, folder)
            done = subprocess.run(  # noqa: S603 - what the tests name
                INSTALL, cwd=folder, capture_output=True, text=True, timeout=FIRST_S, check=False
            )
            assert done.returncode == 0, done.stderr  # noqa: S101 - for tests
            (folder / "installed").touch()
    return folder
