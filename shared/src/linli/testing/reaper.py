"""Servers must not outlive the run that started them, however it ends."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of an unguessable name is made in it
ROOM_BYTES = 2_000_000_000
"""What the databases of a test run take at most, with some to spare."""

# Waits until this process is gone (its end of the pipe closes), then ends what the pid files name. First SIGQUIT, at
# which PostgreSQL takes its children along and returns its shared memory; a frozen server needs SIGKILL.
_WATCH = """
cat >/dev/null
for signal in QUIT KILL; do
  for file in "$@"; do [ -s "$file" ] && kill -$signal "$(head -n 1 "$file")" 2>/dev/null; done
  sleep 1
done
rm -rf "$0"
"""


@contextmanager
def reaped_folder(*pid_files: str, in_memory: bool = False) -> Iterator[Path]:
    """Makes a folder for servers and deletes it afterwards; if this process is killed, ends the servers in it.

    Args:
        pid_files: paths inside the folder whose first line is, or will be, the process id of a server to end with us.
        in_memory: makes it where files are kept in memory, if the machine has room there.

    Yields:
        The new folder, which other accounts may pass but not list.
    """
    home = MEMORY if in_memory and _has_room(MEMORY) else None
    with TemporaryDirectory(prefix="linli-", ignore_cleanup_errors=True, dir=home) as name:
        folder = Path(name)
        folder.chmod(0o711)
        words = ["sh", "-c", _WATCH, name, *(str(folder / pid_file) for pid_file in pid_files)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as watch:  # noqa: S603 - our own words
            try:
                yield folder
            finally:
                watch.kill()


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_BYTES
