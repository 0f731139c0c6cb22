"""Starting, joining and stopping the embedded PostgreSQL server of a folder."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linli.embedded.programs import (
    EmbeddedPostgresError,
    become_unprivileged,
    give_to_unprivileged,
    postgres_programs,
)

SUPERUSER = "postgres"
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_LONGEST_SOCKET_FOLDER = 85
_NO_PROCESS = str(2**31 - 1)

_SETTINGS = {
    "autovacuum_naptime": "15s",
    "jit": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@contextmanager
def embedded_postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Runs, or joins, the PostgreSQL server whose data lives in `folder`.

    The first user of the folder starts the server and the last one to leave, in whatever process, stops it. It
    listens on a Unix socket that only this account may open, never on the network.

    Args:
        folder: a folder for this server alone; made when missing, data kept in it between runs.
        durable: False lets a crash of the machine lose data, for tests; it counts for the one who starts the server.

    Yields:
        The superuser's URL, `postgresql+asyncpg://postgres@/postgres?host=...`, valid in any process of the account.

    Raises:
        EmbeddedPostgresError: the server's programs are missing, or it does not start in a minute.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("w") as users:
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if server_pid(folder) is None:
                _start(folder, durable=durable)
        try:
            yield f"postgresql+asyncpg://{SUPERUSER}@/postgres?host={_socket_folder(folder)}"
        finally:
            with _alone(folder):
                _stop_when_last(folder, users.fileno())


def server_pid(folder: Path) -> int | None:
    """Process id of the server of `folder` when it accepts connections, else None."""
    try:
        pid, _, _, port, sockets, _, _, state, *_ = _pid_file(folder).read_text().split("\n")
    except (FileNotFoundError, ValueError):
        return None
    # After a crash of the machine the file is still there and its process id may be another program's.
    return int(pid) if state.strip() == "ready" and _answers(f"{sockets}/.s.PGSQL.{port}") else None


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address) == 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pid_file(folder: Path) -> Path:
    return folder / "data" / "postmaster.pid"


def _socket_folder(folder: Path) -> str:
    return _pid_file(folder).read_text().split("\n")[4]


def _start(folder: Path, *, durable: bool) -> None:
    programs = postgres_programs()
    become = become_unprivileged(folder)
    give_to_unprivileged(folder)
    log = folder / "log"
    _wait_until_settled(folder)
    if server_pid(folder) is not None:
        return
    if not (folder / "data" / "PG_VERSION").exists():
        _make_cluster(folder, [*become, programs / "initdb"], log, durable=durable)
    settings = _SETTINGS | {"unix_socket_directories": str(_new_socket_folder(folder))}
    settings |= {} if durable else _FORGETFUL
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log.open("ab") as output:
        # A session of its own: Ctrl-C in the terminal is for us, the server must outlive it until it is told to stop.
        server = subprocess.Popen(  # noqa: S603 - our own programs and settings
            [*become, programs / "postgres", "-D", folder / "data", *options],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _wait_until_ready(folder, server, log)


def _make_cluster(folder: Path, initdb: list[str | Path], log: Path, *, durable: bool) -> None:
    # Made aside and moved: a start that is cut short leaves nothing that looks like a cluster.
    data, unfinished = folder / "data", folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    how = [
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        f"--username={SUPERUSER}",
    ]
    speed = [] if durable else ["--no-sync"]
    with log.open("ab") as output:
        done = subprocess.run([*initdb, *how, *speed, "-D", unfinished], stdout=output, stderr=output, check=False)  # noqa: S603 - our own programs
    if done.returncode != 0:
        raise _failure("could not make its data folder", log)
    unfinished.rename(data)


def _wait_until_settled(folder: Path) -> None:
    # Whoever began to start or to stop the server may have been killed over it.
    deadline = time.monotonic() + _START_SECONDS
    while _process(folder) is not None and server_pid(folder) is None:
        if time.monotonic() > deadline:
            raise _failure("neither starts nor stops", folder / "log")
        time.sleep(0.02)
    if server_pid(folder) is None and folder in _children:
        # It has taken its process id away a moment before its end.
        _children.pop(folder).wait(timeout=_STOP_SECONDS)


def _process(folder: Path) -> int | None:
    """Process id of the server of `folder`, in whatever state it is; None when no such process lives."""
    if folder in _children:
        _children[folder].poll()
    try:
        pid = int(_pid_file(folder).read_text().partition("\n")[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    if _works_elsewhere(pid, folder):
        with suppress(FileNotFoundError):  # it was ending, and took the file away itself
            _clear_traces(folder)
        return None
    return pid


def _works_elsewhere(pid: int, folder: Path) -> bool:
    # A server works in its data folder. Where there is no /proc, the process id has to do.
    if not Path("/proc/self").exists():
        return False
    works_in = Path(f"/proc/{pid}/cwd")
    try:
        return not (works_in.exists() and works_in.samefile(folder / "data"))
    except PermissionError:
        # In a container even root may not look into another user's process; its command line anybody may read.
        return b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def _clear_traces(folder: Path) -> None:
    # A server that lost its power leaves its process id in two files, and it may be another program's by now:
    # PostgreSQL would not start beside that one. The rest of the file stays: by it PostgreSQL makes sure that nothing
    # of the old server is left in shared memory.
    _, data, since, port, sockets, *rest = _pid_file(folder).read_text().split("\n")
    Path(sockets, f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
    _pid_file(folder).write_text("\n".join((_NO_PROCESS, data, since, port, sockets, *rest)))


def _wait_until_ready(folder: Path, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server_pid(folder) != server.pid:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            server.wait()
            raise _failure("did not start", log)
        time.sleep(0.02)
    _children[folder] = server


# The servers this process started: a child must be waited for, or it stays as a zombie that looks alive.
_children: "dict[Path, subprocess.Popen[bytes]]" = {}


def _stop_when_last(folder: Path, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    pid = server_pid(folder)
    if pid is None:
        return
    sockets = Path(_socket_folder(folder))
    os.kill(pid, signal.SIGINT)  # "fast": ends sessions, keeps all that was committed
    _wait_until_gone(folder)
    if sockets != folder:
        shutil.rmtree(sockets, ignore_errors=True)


def _wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    child = _children.pop(folder, None)
    while child.poll() is None if child else _process(folder) is not None:
        if time.monotonic() > deadline:
            raise _failure("did not stop", folder / "log")
        time.sleep(0.02)


def _failure(what: str, log: Path) -> EmbeddedPostgresError:
    # Its last words come along: a test's folder is gone when someone reads this.
    last = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    return EmbeddedPostgresError(f"PostgreSQL {what}; see {log}, which ends with:\n{last}")


def _new_socket_folder(folder: Path) -> Path:
    if len(str(folder)) <= _LONGEST_SOCKET_FOLDER:
        return folder
    short = Path(tempfile.mkdtemp(prefix="linli-pg-"))
    give_to_unprivileged(short)
    return short
