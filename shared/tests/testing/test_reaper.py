import os
import subprocess
import sys
from pathlib import Path

import pytest

from linli.testing import reaper
from linli.testing.reaper import reaped_folder
from linli.testing.waiting import wait_until

VICTIM = """
import os, subprocess, sys
from linli.testing.reaper import reaped_folder
with reaped_folder("server.pid") as folder:
    server = subprocess.Popen(["sleep", "300"], start_new_session=True)
    (folder / "server.pid").write_text(str(server.pid))
    print(folder, server.pid, flush=True)
    sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    # An orphan that nobody waits for may stay as a zombie; that is not running.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_folder_is_deleted_afterwards() -> None:
    with reaped_folder() as folder:
        (folder / "data").mkdir()

    assert not folder.exists()


@pytest.mark.parametrize(("room", "in_memory"), [(0, True), (1 << 62, False)])
def test_folder_lies_in_memory_where_that_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, room: int, in_memory: bool
) -> None:
    monkeypatch.setattr(reaper, "MEMORY", tmp_path)
    monkeypatch.setattr(reaper, "ROOM_BYTES", room)
    with reaped_folder(in_memory=True) as folder, reaped_folder() as on_disk:
        assert (folder.parent == tmp_path) is in_memory
        assert on_disk.parent != tmp_path


def test_server_and_folder_go_when_the_run_is_killed() -> None:
    run = subprocess.Popen([sys.executable, "-c", VICTIM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout is not None
        folder, pid = run.stdout.readline().split()
        assert is_running(int(pid))
        os.kill(run.pid, 9)

    wait_until(lambda: not is_running(int(pid)), "the server to end", seconds=10)
    wait_until(lambda: not Path(folder).exists(), "the folder to go", seconds=10)
