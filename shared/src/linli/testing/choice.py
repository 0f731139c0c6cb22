"""Where the servers of a test run come from: the environment, a Docker engine, or programs on this machine."""

import os
import socket
from enum import StrEnum

CHOICE_VARIABLE = "LINLI_TEST_SERVERS"
DATABASE_VARIABLE = "LINLI_TEST_DATABASE_URL"
AMQP_VARIABLE = "LINLI_TEST_AMQP_URL"
MANAGEMENT_VARIABLE = "LINLI_TEST_RABBITMQ_MANAGEMENT_URL"


class ServersError(Exception):
    """No server could be had; the text says what to install or set."""


class Kind(StrEnum):
    """Where a server comes from, in the order of preference."""

    ENVIRONMENT = "environment"
    CONTAINERS = "containers"
    LOCAL = "local"


def choose_kind(*variables: str) -> Kind:
    """Decides where a server comes from.

    Args:
        variables: names of the environment variables that together give its address.

    Returns:
        What LINLI_TEST_SERVERS says; without it the first that is there: every one of `variables`, a Docker engine
        that answers, this machine.

    Raises:
        ServersError: LINLI_TEST_SERVERS has another value than those of `Kind`, or asks for variables not set, or
            some of `variables` are set and others not.
    """
    given = os.environ.get(CHOICE_VARIABLE)
    missing = [name for name in variables if not os.environ.get(name)]
    if 0 < len(missing) < len(variables):
        told = [name for name in variables if name not in missing]
        raise ServersError(f"{' and '.join(told)} needs {' and '.join(missing)} beside it")
    if given is None:
        return Kind.ENVIRONMENT if not missing else Kind.CONTAINERS if docker_engine_answers() else Kind.LOCAL
    if given not in list(Kind):
        raise ServersError(f"{CHOICE_VARIABLE} is one of {', '.join(Kind)}, not {given!r}")
    if given == Kind.ENVIRONMENT and missing:
        raise ServersError(f"{CHOICE_VARIABLE}=environment needs {' and '.join(missing)}")
    return Kind(given)


def docker_engine_answers() -> bool:
    """True when a Docker engine can be reached and used by this account."""
    import docker  # noqa: PLC0415 - takes a third of a second, and most runs name their servers
    from docker.errors import APIError, DockerException  # noqa: PLC0415 - as above

    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://") and not _listens(address.removeprefix("unix://")):
        return False  # the client would tell the same, and leave its socket open
    client = docker.DockerClient.from_env(version="1.44", timeout=5)
    try:
        return bool(client.ping())
    except APIError:
        return True  # an answer, though of an engine older than the version
    except (DockerException, OSError):
        return False
    finally:
        client.close()


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0
