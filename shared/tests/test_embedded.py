import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from linli.embedded import EmbeddedPostgresError, embedded_postgres, server_pid
from linli.testing.waiting import wait_until

ANOTHER_PROCESS = """
import sys
from pathlib import Path
from linli.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1]), durable=False) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def another_process(folder: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", ANOTHER_PROCESS, str(folder)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_data_stays_in_the_folder_between_runs(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path, durable=False) as url:
        await ask(url, "create table cases as select 42 as id")
    assert server_pid(tmp_path) is None

    with embedded_postgres(tmp_path, durable=False) as url:
        assert await ask(url, "select id from cases") == 42


async def test_durable_server_syncs_to_disk(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path) as url:
        assert await ask(url, "select current_setting('fsync')") == "on"


async def test_server_stops_when_its_last_user_leaves(tmp_path: Path) -> None:
    with another_process(tmp_path) as other:
        assert other.stdout is not None
        url = other.stdout.readline().strip()
        with embedded_postgres(tmp_path, durable=False) as joined:
            assert joined == url
        assert await ask(url, "select 1") == 1
        other.communicate("")

    assert server_pid(tmp_path) is None


async def test_joined_server_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    with another_process(tmp_path) as starter:
        assert starter.stdout is not None
        starter.stdout.readline()
        with embedded_postgres(tmp_path, durable=False) as url:
            starter.send_signal(signal.SIGKILL)
            starter.wait()
            assert await ask(url, "select 1") == 1

    assert server_pid(tmp_path) is None


async def test_killed_server_starts_again_on_its_data(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path) as url:
        await ask(url, "create table cases as select 42 as id")
        pid = server_pid(tmp_path)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: server_pid(tmp_path) is None, "the server to be gone", seconds=10)

    with embedded_postgres(tmp_path) as url:
        assert await ask(url, "select id from cases") == 42


async def test_server_that_died_with_its_machine_starts_again_on_its_data(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path) as url:
        await ask(url, "create table cases as select 42 as id")
    with another_process(tmp_path) as starter:
        assert starter.stdout is not None
        starter.stdout.readline()
        server = server_pid(tmp_path)
        assert server is not None
        starter.kill()
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: server_pid(tmp_path) is None, "the server to be gone", seconds=10)
    # As after a restart of the machine, which gave the server's process id to another program.
    for left in (tmp_path / "data" / "postmaster.pid", tmp_path / ".s.PGSQL.5432.lock"):
        left.write_text("\n".join([str(os.getpid()), *left.read_text().split("\n")[1:]]))

    with embedded_postgres(tmp_path, durable=False) as url:
        assert await ask(url, "select id from cases") == 42


async def test_server_whose_starter_was_killed_over_it_is_joined(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path, durable=False):
        pass
    pid_file = tmp_path / "data" / "postmaster.pid"
    with another_process(tmp_path) as starter:
        wait_until(pid_file.exists, "the server to begin", seconds=10)
        starter.kill()

    with embedded_postgres(tmp_path, durable=False) as url:
        assert await ask(url, "select 1") == 1
    assert server_pid(tmp_path) is None


async def test_very_long_folder_name_is_fine(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path / ("long" * 30), durable=False) as url:
        assert await ask(url, "select 1") == 1


async def test_closed_parent_folder_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with embedded_postgres(closed / "postgres", durable=False) as url:
        assert await ask(url, "select 1") == 1

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_folder_that_cannot_hold_a_server_is_an_error_that_names_the_log(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path, durable=False):
        pass
    (tmp_path / "data" / "global" / "pg_control").unlink()

    with pytest.raises(EmbeddedPostgresError, match=r"did not start; see .*log"), embedded_postgres(tmp_path):
        pass
