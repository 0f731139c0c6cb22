"""A RabbitMQ server as a process of this machine, on ports and in a folder of its own."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

from linli.testing.choice import ServersError

NO_BUSY_WAIT = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""For the Erlang machine: idle schedulers must not burn the processor that the tests need."""

ON_LOOPBACK = "-noinput -kernel inet_dist_use_interface {127,0,0,1}"
PID_FILES = ("rabbitmq.pid", "epmd.pid")
_ACCOUNT = "rabbitmq"
# Debian wraps the programs in scripts that change the account and the folder; the real ones lie here.
_DEBIAN = Path("/usr/lib/rabbitmq/bin")
_STOP_SECONDS = 10.0


class LocalRabbitMQ:
    """The process of one throw-away RabbitMQ node; nothing of it is shared with another node of this machine.

    Attributes:
        amqp_address: `host:port` of AMQP 0-9-1.
        management_address: `host:port` of the management HTTP API.
        pid: operating-system process id of the running node; changes with every start.
    """

    def __init__(self, folder: Path, *, user: str, password: str) -> None:
        """Prepares the node's folder and starts it; it may not answer yet.

        Raises:
            ServersError: RabbitMQ is not installed.
        """
        self._folder = folder
        self._programs: Path = rabbitmq_programs()
        self._amqp, self._management, self._stream, self._distribution, self._epmd_port = free_ports(5)
        self.amqp_address = f"127.0.0.1:{self._amqp}"
        self.management_address = f"127.0.0.1:{self._management}"
        self._write_configuration(user, password)
        _give_to_account(folder)
        self._epmd = self._spawn("epmd.pid", "epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1")
        self.start()

    def start(self) -> None:
        """Starts the node on its kept data."""
        self._server = self._spawn("rabbitmq.pid", self._programs / "rabbitmq-server")
        self.pid = self._server.pid

    def kill(self) -> None:
        """Ends the node at once, as a power cut does; a node already gone is fine."""
        self._server.kill()
        self._server.wait(_STOP_SECONDS)

    def freeze(self) -> None:
        """Stops the node in its tracks; its connections stay open."""
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        self._server.send_signal(signal.SIGCONT)

    def is_running(self) -> bool:
        """Whether the process exists, answering or not."""
        return self._server.poll() is None

    def control(self, *words: str) -> str:
        """Runs `rabbitmqctl` with these words on the node and returns what it prints; takes about two seconds."""
        command = [*_become_account(), str(self._programs / "rabbitmqctl"), *words]
        folder, environment = self._folder, self._environment()
        return subprocess.check_output(command, cwd=folder, env=environment, text=True, stderr=subprocess.STDOUT)  # noqa: S603 - tests say the words

    def close(self) -> None:
        """Ends the node and its port mapper."""
        self.kill()
        self._epmd.kill()
        self._epmd.wait(_STOP_SECONDS)

    def last_log_lines(self) -> str:
        """The end of what the node printed, for error messages."""
        return "\n".join((self._folder / "output").read_text(errors="replace").splitlines()[-20:])

    def _spawn(self, pid_file: str, *command: str | Path) -> "subprocess.Popen[bytes]":
        with (self._folder / "output").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - programs of the system's RabbitMQ
                [*_become_account(), *command],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        (self._folder / pid_file).write_text(str(process.pid))
        return process

    def _write_configuration(self, user: str, password: str) -> None:
        settings = {
            "listeners.tcp.1": self.amqp_address,
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": self._management,
            "stream.listeners.tcp.1": f"127.0.0.1:{self._stream}",
            "default_user": user,
            "default_pass": password,
            "disk_free_limit.absolute": "50MB",
        }
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        (self._folder / "rabbitmq.conf").write_text("".join(lines))
        (self._folder / "plugins").write_text("[rabbitmq_management,rabbitmq_stream].\n")
        (self._folder / "environment").touch()

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "HOME": str(folder),  # where Erlang keeps its cookie
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
            "RABBITMQ_ALLOW_INPUT": "1",  # the node replaces the shell: the process id is the node's own
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": f"{folder.name.replace('_', '-')}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{ON_LOOPBACK} {NO_BUSY_WAIT}",
        }


def free_ports(count: int) -> list[int]:
    """Finds TCP ports of the loopback interface on which nobody listens now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def rabbitmq_programs() -> Path:
    """The folder of RabbitMQ's programs.

    Raises:
        ServersError: RabbitMQ is not installed.
    """
    found = shutil.which("rabbitmq-server")
    if not (_DEBIAN / "rabbitmq-server").exists() and found is None:
        raise ServersError(
            "tests need a RabbitMQ server: start a Docker engine, or install one (Debian: apt-get install "
            "rabbitmq-server), or set LINLI_TEST_AMQP_URL and LINLI_TEST_RABBITMQ_MANAGEMENT_URL"
        )
    return _DEBIAN if found is None or _DEBIAN.exists() else Path(found).parent


def _give_to_account(folder: Path) -> None:
    if os.geteuid() == 0:
        account = _account()
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)


def _become_account() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_ACCOUNT}", f"--regid={_account().pw_gid}", "--clear-groups"]


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        raise ServersError(
            f"root runs RabbitMQ as {_ACCOUNT!r}, and there is no such account: useradd -r {_ACCOUNT}"
        ) from None
