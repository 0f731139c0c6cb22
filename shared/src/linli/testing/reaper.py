"""Servers must not outlive the run that started them, however it ends."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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
def reaped_folder(*pid_files: str) -> Iterator[Path]:
    """Makes a folder for servers and deletes it afterwards; if this process is killed, ends the servers in it.

    Args:
        pid_files: paths inside the folder whose first line is, or will be, the process id of a server to end with us.

    Yields:
        The new folder, which other accounts may pass but not list.
    """
    with TemporaryDirectory(prefix="linli-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        words = ["sh", "-c", _WATCH, name, *(str(folder / pid_file) for pid_file in pid_files)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True) as watch:  # noqa: S603 - our own words
            try:
                yield folder
            finally:
                watch.kill()
