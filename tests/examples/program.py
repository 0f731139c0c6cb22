"""An example as the process that a department would run."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
STOP_S = 20.0


@contextmanager
def program(interpreter: str, name: str, log: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run an example until the block ends; what it says goes to a file."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [interpreter, EXAMPLES / name],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(STOP_S)


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Tell a program to end, as an operator does, and return its status."""
    process.terminate()
    return process.wait(STOP_S)
